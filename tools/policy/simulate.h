/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small model of card, backend, virtual queue and polling guest around the production policy
 * (vio/coalesce.c, vio/backlog.c): which interrupts it makes of some traffic, and how long packets
 * take.
 */
#ifndef SLUICE_TOOLS_POLICY_SIMULATE_H
#define SLUICE_TOOLS_POLICY_SIMULATE_H

#include "tools/policy/controls.h"
#include "tools/policy/traffic.h"

/* Costs in ticks. The guest is awake from an interrupt's posting until it finds its ring empty. */
struct machine {
	uint64_t guest_wake;     /* from the interrupt's posting to the first packet's handling */
	uint64_t guest_packet;   /* to handle one packet, up to the socket */
	uint64_t guest_rearm;    /* to find the ring empty and ask for an interrupt */
	uint64_t backend_wake;   /* from the card's interrupt, or a timer, to the first look */
	uint64_t backend_round;  /* one look at everything */
	uint64_t backend_packet; /* added by each packet */
	bool backend_polls;      /* it never sleeps */
	uint32_t card_ring;      /* packets the card can hold until the backend looks */
	uint64_t card_hold;      /* the longest its interrupt is held back */
	uint64_t rest_least;     /* the shortest sleep while a guest has enough to do */
	uint32_t ring_size;      /* of the virtual queue */
};

/* A 3 GHz core and a Linux guest: docs/coalescing.md tells where the figures are from. */
extern const struct machine machine_default;

struct result {
	uint64_t packets; /* handled by the guest */
	uint64_t lost;    /* the virtual queue, or the card, was full */
	uint64_t interrupts;
	uint64_t card_interrupts;
	uint64_t wakes; /* of the backend, by the card or a timer */
	uint64_t ticks; /* from the first arrival to the last packet's handling */
	uint64_t p50, p99, max;
	uint64_t longest_delay; /* the policy's, of any packet: must not pass its bound */
};

/* Runs the traffic to its end. Returns 0, or -1 without memory. */
int simulate(const struct machine *machine, const struct control *control, struct traffic *traffic,
	     struct result *result);

#endif
