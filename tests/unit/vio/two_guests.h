/* SPDX-License-Identifier: BSD-2-Clause */
/* Two guests on a network with a card, for tests of backends end to end. */
#ifndef SLUICE_TESTS_UNIT_VIO_TWO_GUESTS_H
#define SLUICE_TESTS_UNIT_VIO_TWO_GUESTS_H

#include "fake_network.h"

#define STATION   0x060504030202ull /* on the wire */
#define BROADCAST 0xffffffffffffull

extern struct fake_guest *a, *b;
extern uint8_t got[70000]; /* a frame taken */

/* Starts the network, and both guests with so many pairs. */
void two_guests(unsigned backends, unsigned pairs, uint32_t features);

/* A frame of 60 bytes from the station into a hardware queue. */
void from_wire(unsigned queue, uint64_t to, uint32_t number, uint32_t hash);

/* What all queues of guest have dropped. */
uint64_t sum_drops(const struct fake_guest *guest);

#endif
