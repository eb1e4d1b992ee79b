/* SPDX-License-Identifier: BSD-2-Clause */
/* Neighbours of the generator: it asks for an address (ARP) and answers for its own (ARP, IPv6). */
#ifndef SLUICE_TOOLS_WIRE_NEIGHBOR_H
#define SLUICE_TOOLS_WIRE_NEIGHBOR_H

#include "tools/wire/flow.h"

/* The longest frame made here. */
#define NEIGHBOR_FRAME_MAX 90u

/* Who has `target` (host byte order)? From the first flow's source. Returns the length. */
size_t neighbor_ask(const struct flow_config *config, uint32_t target, uint8_t *frame);

/*
 * Answers a frame that asks for a source address of any flow: ARP (RFC 826) or neighbour
 * solicitation (RFC 4861). Returns the answer's length, 0 if the frame asks nothing of that kind.
 */
size_t neighbor_answer(const struct flow_config *config, const uint8_t *frame, size_t len,
		       uint8_t *answer);

/* True if the frame says which MAC address `target` has. */
bool neighbor_learn(const uint8_t *frame, size_t len, uint32_t target, uint8_t mac[6]);

#endif
