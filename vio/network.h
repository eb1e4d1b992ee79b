/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network: one switch, its uplink if there is one, and the backends that do the work. Queue
 * pair p of a device is owned by backend p plus the device's first one, modulo their number: 0 if
 * it has as many pairs as there are backends, else chosen so that devices spread.
 */
#ifndef SLUICE_VIO_NETWORK_H
#define SLUICE_VIO_NETWORK_H

#include "vio/backend.h"
#include "vio/coalescing.h"
#include "vio/fair.h"
#include "vio/toeplitz.h"

struct vio_network_config {
	struct netdev *uplink; /* NULL: none; started after this */
	unsigned hw_queues;    /* of the uplink in use: 1 to its queue_pairs_most */
	const struct vio_vlan_config *uplink_vlans; /* NULL: all */
	uint16_t mtu;                               /* VIO_MTU_LEAST to VIO_MTU_MOST */
	unsigned backends;                          /* 1 to VIO_BACKENDS_MOST */
	uint32_t dedicated;                         /* bit n: backend n has its core to itself */
	void **threads;                             /* for each backend: vio_backend.thread */
	const struct vio_backend_ops *ops;
	uint32_t rx_packets; /* of each hardware queue's pool: more than its ring */
	uint32_t tx_packets; /* of each backend's pool for packets of guests */
	uint8_t rss_key[VIO_RSS_KEY_BYTES];
	const struct vio_coalescing *coalescing; /* NULL: the default */
};

struct vio_network {
	struct netdev *uplink;
	uint16_t mtu;
	unsigned backends;
	struct vio_backend *backend[VIO_BACKENDS_MOST];
	unsigned hw_queues;
	struct packet_pool hw_pool[NETDEV_QUEUES_MOST]; /* each its queue's backend's */
	unsigned placed[VIO_BACKENDS_MOST]; /* pairs of devices by backend; under lock */
	struct vio_switch fabric;
	struct vio_fair fair;
	uint32_t link;       /* VIO_REG_LINK of all devices */
	uint32_t lock;       /* held while ports open and close, never while waiting */
	uint32_t rendezvous; /* held by whoever has parked the backends; waiters yield */
	uint64_t last_aging; /* tick */
	struct vio_coalescing coalescing;
	uint8_t rss_key[VIO_RSS_KEY_BYTES];
	struct toeplitz toeplitz;
};

/*
 * Makes the network and its backends; their threads may poll as soon as it has returned (the
 * uplink only after netdev start). Returns 0 with *network, or -ENOMEM, -EINVAL (logged).
 */
int vio_network_create(struct vio_network **network, const struct vio_network_config *config);

/* Frees it. No device is left on it, the uplink is stopped and the threads poll no more. */
void vio_network_destroy(struct vio_network *network);

/*
 * Fills in what a netdev must know to feed this network: pools, key and indirection table, so
 * that bucket b goes to hardware queue b mod their number. With as many of them as backends and
 * pairs, a flow stays with one backend from the card to the guest.
 */
void vio_network_fill_netdev(struct vio_network *network, struct netdev_config *config);

/*
 * Housekeeping, about once a second and when the uplink's link changed: tells all devices of a new
 * link state (without uplink it is always up), forgets old addresses. From one thread, never a
 * backend's.
 */
void vio_network_service(struct vio_network *network);

/*
 * Chooses the backend of pair 0 of a device with so many pairs: where the fewest pairs are, the
 * first of these. In steps of the device's pairs, as then the card's table and the device's default
 * one often agree on the backend. Until vio_network_unplace() the pairs count. Never from a
 * backend's thread.
 */
unsigned vio_network_place(struct vio_network *network, unsigned pairs);
void vio_network_unplace(struct vio_network *network, unsigned first, unsigned pairs);

/* Sums a port's statistics over all backends. From any core. */
void vio_network_port_stats(const struct vio_network *network, unsigned port,
			    struct vio_port_stats *stats);

#endif
