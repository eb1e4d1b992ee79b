/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows of numbered UDP frames, checked for loss, duplicates and order across all queues. */
#ifndef SLUICE_TESTS_UNIT_VIO_FAKE_FLOW_H
#define SLUICE_TESTS_UNIT_VIO_FAKE_FLOW_H

#include <stdint.h>

#include "fake_network.h"

#define FAKE_FLOWS      24
#define FAKE_FLOW_BYTES 60

struct fake_flows {
	uint32_t sent[FAKE_FLOWS], taken[FAKE_FLOWS];
};

/* The next frame of flow, from a station, into the hardware queue that its hash says. */
void fake_flow_receive(struct fake_flows *flows, struct fake_guest *guest, unsigned flow);

/* Takes a frame; fails the test if it is not the next of its flow. */
void fake_flow_take(struct fake_flows *flows, const uint8_t *frame, uint32_t bytes);

/* Frames sent and not taken. */
uint32_t fake_flow_missing(const struct fake_flows *flows);

#endif
