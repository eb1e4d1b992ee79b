/* SPDX-License-Identifier: BSD-2-Clause */
/* A network card for tests: frames are put in and looked at by the test. */
#ifndef SLUICE_TESTS_UNIT_VIO_FAKE_NETDEV_H
#define SLUICE_TESTS_UNIT_VIO_FAKE_NETDEV_H

#include "drivers/net/netdev.h"

#define FAKE_RING 256

struct fake_queue {
	struct packet_pool *pool;
	struct packet *received[FAKE_RING]; /* for rx_burst */
	unsigned receives;
	struct packet *sent[FAKE_RING]; /* by tx_burst, not reclaimed */
	unsigned sends;
	unsigned send_room;   /* tx_burst takes no more than this in all */
	unsigned reclaimable; /* of `sent`, how many tx_reclaim may free */
	bool interrupt_on;
	unsigned interval_us; /* set_itr */
};

struct fake_netdev {
	struct netdev dev; /* must be first */
	struct fake_queue queue[NETDEV_QUEUES_MOST];
	void (*transmitted)(const struct packet *packet);
};

/* A card with its link up, this many queue pairs, that sends at once all it is given. */
void fake_netdev_init(struct fake_netdev *card, unsigned queues);

/* Puts a frame, its tag stripped, with hash into the receive ring of queue; false if that or the
 * pool is empty. */
bool fake_netdev_receive(struct fake_netdev *card, unsigned queue, const void *frame,
			 uint32_t bytes, uint32_t hash);

/* As netdev_ops.stop: all packets go back. */
void fake_netdev_stop(struct fake_netdev *card);

#endif
