/* SPDX-License-Identifier: BSD-2-Clause */
/* A network card as the rest of the hypervisor sees it. */
#ifndef SLUICE_DRIVERS_NET_NETDEV_H
#define SLUICE_DRIVERS_NET_NETDEV_H

#include "drivers/net/packet.h"

#define NETDEV_QUEUES_MOST   16
#define NETDEV_RSS_KEY_BYTES 40
#define NETDEV_RETA_ENTRIES  128

struct netdev;

struct netdev_link {
	bool up;
	uint32_t mbps;
};

/* Free-running totals since start; read at any time from any core. */
struct netdev_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_missed;        /* lost to a full packet buffer */
	uint64_t rx_no_descriptor; /* lost because a queue had no buffers posted */
	uint64_t rx_crc_errors;
	uint64_t rx_length_errors;
	uint64_t rx_oversize; /* larger than the receive buffer: dropped by the driver */
	uint64_t rx_errors;   /* written back with an error or nonsense: dropped by the driver */
	/* Taken by tx_burst but not sent: link down, reset, or an offload request at odds with its
	 * packet. */
	uint64_t tx_dropped;
	uint64_t tx_hangs;
	uint64_t rx_hangs;
	uint64_t resets;
	uint64_t interrupts_resent; /* work waited for its thread: the interrupt was lost */
};

/* Message-signalled interrupt: what the device must write, and where. */
struct netdev_msi {
	uint64_t address;
	uint32_t data;
};

struct netdev_config {
	unsigned queue_pairs; /* 1 to NETDEV_QUEUES_MOST */
	unsigned ring_size;   /* 64 to 4096, multiple of 8 */
	uint16_t mtu;         /* 68 to 9000 */
	/* One pool a queue pair, owned by the thread that polls that queue. */
	struct packet_pool *pools[NETDEV_QUEUES_MOST];
	struct netdev_msi queue_msi[NETDEV_QUEUES_MOST];
	struct netdev_msi link_msi;
	uint8_t rss_key[NETDEV_RSS_KEY_BYTES];
	uint8_t reta[NETDEV_RETA_ENTRIES]; /* each below queue_pairs */
};

/*
 * Queue functions (rx_burst to set_itr) are called only by the thread that serves the queue;
 * start, stop, service, set_loopback only by one thread of control.
 */
struct netdev_ops {
	/* Initialises the card and starts its queues. 0 or negative errno, with the reason logged.
	 */
	int (*start)(struct netdev *dev, const struct netdev_config *config);
	/* Stops DMA and interrupts; packets in rings go back to their pools. */
	void (*stop)(struct netdev *dev);

	/*
	 * Takes up to most received packets, the outermost 802.1Q tag in vlan_tci, and refills
	 * the ring. Returns how many.
	 */
	unsigned (*rx_burst)(struct netdev *dev, unsigned queue, struct packet **packets,
			     unsigned most);
	/*
	 * Queues packets for transmission, in order. Returns how many were taken: these are freed
	 * when sent (by tx_reclaim on this queue). The doorbell is rung once. While the link is
	 * down everything is taken and dropped.
	 */
	unsigned (*tx_burst)(struct netdev *dev, unsigned queue, struct packet **packets,
			     unsigned count);
	/* Frees packets that have been sent. Returns how many. */
	unsigned (*tx_reclaim)(struct netdev *dev, unsigned queue);

	/* Unmasks the queue's interrupt; true if work arrived meanwhile, so poll again. */
	bool (*interrupt_enable)(struct netdev *dev, unsigned queue);
	void (*interrupt_disable)(struct netdev *dev, unsigned queue);
	/* Smallest interval between two interrupts of the queue, in microseconds (0 to 1000). */
	void (*set_itr)(struct netdev *dev, unsigned queue, unsigned us);

	/*
	 * Housekeeping, about once a second and after a link interrupt: link state, statistics,
	 * detection of hung queues and recovery by reset.
	 */
	void (*service)(struct netdev *dev);
	/*
	 * Whether what is sent comes back inside the card instead of leaving it, whatever the
	 * link's state; until start, stop or reset. By the thread of control, while nothing is
	 * being sent.
	 */
	void (*set_loopback)(struct netdev *dev, bool on);
	/* Prints the state of the registers that matter, for the monitor. */
	void (*dump)(struct netdev *dev);
};

struct netdev {
	const struct netdev_ops *ops;
	char name[16];
	uint8_t mac[6];
	uint16_t mtu;
	unsigned queue_pairs_most;
	struct netdev_link link;
	struct netdev_stats stats;
};

#endif
