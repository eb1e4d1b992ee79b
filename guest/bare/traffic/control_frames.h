/* SPDX-License-Identifier: BSD-2-Clause */
/* The few frames that are not load: ARP, and the word that traffic has begun. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_CONTROL_FRAMES_H
#define SLUICE_GUEST_BARE_TRAFFIC_CONTROL_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/bare/traffic/device.h"

/* Answers an ARP request for options.ip through ring, if frame is one. */
void control_answer(const uint8_t *frame, uint32_t bytes, const uint8_t mac[6], struct ring *ring);

/* Broadcasts through ring that traffic has begun. */
void control_send_go(const uint8_t mac[6], struct ring *ring);

/*
 * True for that word, and for an ARP request for options.ip or a gratuitous one, by which any guest
 * can say the same.
 */
bool control_is_go(const uint8_t *frame, uint32_t bytes);

#endif
