/* SPDX-License-Identifier: BSD-2-Clause */
/* A network with backends and guests' devices for tests, all run by the test's own thread. */
#ifndef SLUICE_TESTS_UNIT_VIO_FAKE_NETWORK_H
#define SLUICE_TESTS_UNIT_VIO_FAKE_NETWORK_H

#include "fake_guest.h"
#include "fake_netdev.h"
#include "vio/device.h"

#define FAKE_GUESTS 4
#define FAKE_PAIRS  4

struct fake_guest {
	struct guest guest;
	struct vio_device *device;
	uint64_t mac;
	struct front_ring rx[FAKE_PAIRS], tx[FAKE_PAIRS];
};

struct fake_network {
	struct fake_netdev card;
	struct vio_network *network;
	uint8_t reta[NETDEV_RETA_ENTRIES];
	struct fake_guest guest[FAKE_GUESTS];
	unsigned guests;
	unsigned wakes[VIO_BACKENDS_MOST];
	bool stuck;        /* calls time out */
	bool poll_in_call; /* a call is followed by a round of the backend */
};

extern struct fake_network fake;

/* Makes the network with this many backends, with or without a card, or with these queues of it. */
void fake_network_start(unsigned backends, bool uplink);
void fake_network_start_with(unsigned backends, unsigned hw_queues);

/* Adds a guest with a device that has so many pairs; its registers are untouched. */
struct fake_guest *fake_network_add(unsigned pairs);

/* The same with what else the configuration says of VLANs, rates and addresses. */
struct fake_guest *fake_network_add_with(struct vio_device_config config);

/* Brings the guest's device up as a driver does: features, queues, RUNNING; posts buffers. */
void fake_guest_up(struct fake_guest *guest, unsigned pairs, uint32_t features);

/* Wants and applies this many pairs with this table, or with the even one. Returns the result. */
enum vio_error fake_guest_steer(struct fake_guest *guest, unsigned pairs,
				const uint8_t table[VIO_RSS_TABLE_ENTRIES]);
enum vio_error fake_guest_spread(struct fake_guest *guest, unsigned pairs);

/* Runs all backends until none finds work. */
void fake_network_run(void);

/* Destroys everything; fails the test if a packet or memory was lost. */
void fake_network_stop(void);

/* A frame into the transmit ring of the guest's pair, of at most its buffers' length. */
void fake_guest_send(struct fake_guest *guest, unsigned pair, uint64_t to, uint32_t bytes,
		     uint32_t number);

/* Likewise in two pieces, so that the device refers to the guest's memory. */
void fake_guest_send_parts(struct fake_guest *guest, unsigned pair, uint64_t to, uint32_t bytes,
			   uint32_t number);

/* Register access in short. */
uint32_t reg_read(struct fake_guest *guest, uint32_t offset);
void reg_write(struct fake_guest *guest, uint32_t offset, uint32_t value);

#endif
