/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's vio-net device: registers, life cycle, statistics (vio_net.h is the specification).
 * The PCI function around it (configuration space, MSI-X, BAR decoding) is the caller's.
 */
#ifndef SLUICE_VIO_DEVICE_H
#define SLUICE_VIO_DEVICE_H

#include "vio/network.h"
#include "vio/ops.h"
#include "vio/queue.h"
#include "vio/rate.h"
#include "vio/vio_net.h"

#define VIO_DEVICE_NAME_BYTES 48

struct vio_device_config {
	const char *name; /* for the log: VM and device, cut at VIO_DEVICE_NAME_BYTES - 1 */
	uint8_t mac[6];
	unsigned queue_pairs; /* 1 to VIO_QUEUE_PAIRS_MOST */
	bool any_source;      /* it may send from any address, as bridges do, and change its own */
	const struct vio_vlan_config *vlans; /* NULL: all */
	uint64_t rate_tx, rate_rx; /* limits (rate.h) of what it sends and gets; 0: none */
	struct vio_network *network;
	const struct vio_guest_ops *ops;
	void *guest;    /* for ops->memory */
	void *function; /* for ops->post_interrupt */
};

/* What the driver has written for a queue. */
struct vio_queue_registers {
	uint64_t ring;
	uint32_t size;
	uint32_t vector;
	uint32_t usecs, frames, adaptive;
	uint32_t enable; /* 1 from the start until nothing of the driver's is in use any more */
};

/* How received packets are spread over queue pairs (vio_net.h, section 9). */
struct vio_rss {
	uint32_t pairs;
	uint32_t hash_types; /* VIO_HASH_MASK() */
	uint8_t table[VIO_RSS_TABLE_ENTRIES];
};

struct vio_device {
	char name[VIO_DEVICE_NAME_BYTES];
	uint64_t mac;            /* its own address now; read by backends */
	uint64_t configured_mac; /* after a reset */
	uint64_t source; /* that it may send from without a look at the switch, or VIO_NO_ADDRESS */
	uint32_t mac_low; /* as written; VIO_REG_MAC_HIGH completes it */
	unsigned queue_pairs_most;
	bool any_source;
	struct vio_network *network;
	unsigned port;
	const struct vio_guest_ops *ops;
	void *guest;
	void *function;

	unsigned first_backend; /* owns pair 0 */
	struct vio_rate rate_tx, rate_rx;
	struct vio_rate rate_fair;         /* of what it sends by the uplink (fair.h) */
	struct vio_port_stats port_before; /* what its port had counted for others before it */

	uint32_t lock;      /* held by a vCPU thread while it changes anything below */
	uint32_t status;    /* VIO_STATUS_FEATURES, RUNNING, RESET (while it cannot be completed) */
	uint32_t broken;    /* enum vio_error << 16 | queue, or 0; set by backends */
	uint32_t breakages; /* how often it was; written by whoever sets `broken` */
	uint32_t range_refusals; /* coalescing settings out of range */
	uint32_t refusal;        /* enum vio_error << 16 | queue of the last refusal */
	uint32_t features;       /* as written */
	uint32_t refused;
	uint32_t mtu;
	uint32_t filter;
	uint64_t multicast;

	struct vio_rss rss_wanted;                /* as written */
	enum vio_error rss_result;                /* of the last VIO_REG_RSS_APPLY */
	struct vio_rss rss;                       /* in effect; read by backends for every packet */
	uint32_t rss_marks[VIO_QUEUE_PAIRS_MOST]; /* `completed` at its last change */
	uint32_t hashes_taken; /* bit n: of a packet with hash type n, no other is needed */

	struct vio_queue_registers registers[VIO_QUEUES_MOST];
	struct vio_queue queue[VIO_QUEUES_MOST];
};

struct vio_device_stats {
	uint32_t features;
	uint32_t status;
	uint32_t queue_pairs;
	struct vio_port_stats port;
	struct vio_queue_stats queue[VIO_QUEUES_MOST];
};

/*
 * Makes a device and puts it on the network. Returns 0 with *device; -EEXIST if the network has
 * that address already, -EINVAL, -ENOSPC or -ENOMEM, all logged by name. From a vCPU's or a
 * control thread, never a backend's.
 */
int vio_device_create(struct vio_device **device, const struct vio_device_config *config);

/*
 * Stops and frees the device. Returns 0: nothing refers to the guest's memory any more; -EBUSY:
 * the card or a backend did not let go of it in time (logged): the device and the guest's memory
 * must stay; try again later. May yield. Never from a backend's thread.
 */
int vio_device_destroy(struct vio_device *device);

/*
 * Register access of the guest; offset in BAR 0, from VIO_BAR_REGISTERS to VIO_BAR_DOORBELLS - 1.
 * Any offset and value may be passed in: unknown registers read 0, bad writes are refused and
 * told in VIO_REG_ERROR. From any vCPU thread, several at once; hold no spinlock: a write may
 * yield while it waits for a backend or another vCPU.
 */
uint32_t vio_device_read(struct vio_device *device, uint32_t offset);
void vio_device_write(struct vio_device *device, uint32_t offset, uint32_t value);

/*
 * The guest rang the doorbell of queue ((offset - VIO_BAR_DOORBELLS) / 4), any number. From any
 * vCPU thread; short, does not block.
 */
void vio_device_doorbell(struct vio_device *device, unsigned queue);

/* Copies the statistics. From any core, any time. */
void vio_device_get_stats(const struct vio_device *device, struct vio_device_stats *stats);

/* For backends: marks the device broken because of queue, logs that, tells the guest. */
void vio_device_break(struct vio_device *device, unsigned queue, enum vio_error error);

/* For the network: the link changed, tell the guest. */
void vio_device_link_changed(struct vio_device *device);

/* True while packets may flow: RUNNING and not broken. From any core. */
static inline bool vio_device_running(const struct vio_device *device)
{
	return (READ_ONCE(device->status) & VIO_STATUS_RUNNING) && !READ_ONCE(device->broken);
}

#endif
