/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shares of a full wire among devices, whatever backends their queues are at.
 *
 * Backends share out their own turns (transmit.h), and the card its turns among backends: a device
 * at several would get several parts. So whoever of the backends comes first after a period looks
 * whether the wire was full in it: a transmit ring of the card was, or as much was sent as the link
 * carries. If so it looks at what each device sent, whether it waited, and finds the level: the
 * rate above which no device may send, so that all get what they want if that is less, and the wire
 * stays full. Backends enforce it as they do a rate limit (rate.h). With room on the wire, there is
 * no level.
 */
#ifndef SLUICE_VIO_FAIR_H
#define SLUICE_VIO_FAIR_H

#include "kernel/machine.h"
#include "vio/switch.h"

struct vio_backend;
struct vio_device;
struct vio_network;

#define VIO_FAIR_PERIOD_US 1000

/* A backend is at it, or there is nothing to do: there is no uplink, or only one backend. */
#define VIO_FAIR_NEVER UINT64_MAX

/* Of a device in one period. */
struct vio_fair_use {
	uint64_t bytes; /* sent by the uplink, as bytes of the wire */
	bool waited;    /* it had more, but the level, or the full wire, made it wait */
};

/* What the card's queues had counted when a period began. */
struct vio_fair_card {
	uint64_t full;        /* uplink_full of the backends that have one to send by */
	uint64_t packets;     /* given to the card */
	uint64_t outstanding; /* of these, not sent yet */
	uint64_t bytes;       /* given to the card or lent, as bytes of the wire */
};

/* What a device's port had. */
struct vio_fair_count {
	uint64_t packets, bytes, level_waits, wire_waits;
};

struct vio_fair {
	/* Tick at which the period ends, or VIO_FAIR_NEVER: who stored that has all the rest. */
	uint64_t due CACHE_ALIGNED;
	uint64_t began CACHE_ALIGNED;
	uint64_t capacity; /* of the wire, bits a second, as last seen */
	uint64_t level;    /* bits a second; 0: none */
	bool counting;     /* `before` is of when the period began */
	struct vio_fair_card card_before;
	struct vio_fair_count before[VIO_PORTS_MOST];
};

/*
 * The level in bytes a period at which the devices share capacity bytes a period max-min fairly:
 * each is expected to want a little more than it sent, and if it waited several times that.
 * UINT64_MAX: there is enough for all, or only one sends.
 */
uint64_t vio_fair_level(const struct vio_fair_use *use, unsigned count, uint64_t capacity);

/* The device sent so many bytes of the wire from backend by the uplink. */
void vio_fair_charge(struct vio_backend *backend, struct vio_device *device, uint32_t bytes);

/* Whether the level lets the device send now; if not, *when: the tick from which it does. */
bool vio_fair_allows(struct vio_backend *backend, struct vio_device *device, uint64_t *when);

/* Ends the period. On a backend's thread, in its round; the caller has seen that it is due. */
void vio_fair_run(struct vio_network *network, uint64_t now);

#endif
