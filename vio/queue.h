/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's side of one virtual queue: a ring in guest memory (vio_net.h, sections 3 to 6).
 *
 * Everything in guest memory is read once, checked, and only then used. Only the thread of the
 * queue's owner calls these functions, except where stated.
 */
#ifndef SLUICE_VIO_QUEUE_H
#define SLUICE_VIO_QUEUE_H

#include <stdbool.h>

#include "drivers/net/packet.h"
#include "vio/backlog.h"
#include "vio/coalesce.h"
#include "vio/ops.h"
#include "vio/vio_net.h"

/*
 * As many bytes at the start of a transmit packet are copied before they are looked at, so that
 * what was checked is what is sent. Shorter packets never refer to guest memory; nor do those of
 * one buffer without offload, up to PACKET_BUFFER_BYTES: copying costs less than waiting for the
 * card to be done with the guest's.
 */
#define VIO_TX_COPY_BYTES VIO_TX_HEADERS_MOST

struct vio_device;
struct vio_backend;

/* Totals since the device was made. Written by one thread each, read by any. */
struct vio_queue_stats {
	uint64_t packets, bytes;
	uint64_t interrupts;     /* posted */
	uint64_t doorbells;      /* rung by the driver; counted by vCPU threads */
	uint64_t drop_no_buffer; /* receive: no descriptors posted, or too few */
	uint64_t drop_down;      /* receive: queue not running */
	uint64_t drop_segment;   /* receive: could not be cut into segments */
	uint64_t drop_spoofed;   /* transmit: source address is not the device's own */
};

/* A transmit packet of which parts are still read from guest memory. */
struct vio_tx_pending {
	uint32_t end; /* index after its last descriptor, and after copied packets behind it */
	bool done;
};

struct vio_queue {
	/* Constant. */
	struct vio_device *device;
	struct vio_backend *owner;
	const struct vio_guest_ops *ops;
	void *guest;
	void *function;  /* for ops->post_interrupt */
	unsigned number; /* 2p: receives, 2p + 1: transmits */

	/* Constant while the queue is enabled. */
	bool enabled;
	uint32_t features;      /* VIO_F_* negotiated */
	uint32_t receive_flags; /* VIO_RX_* that they allow */
	uint32_t receive_hash;  /* all ones if they allow the hash */
	uint32_t special_flags; /* PACKET_* that need more than copying */
	uint32_t size, mask;
	unsigned vector;
	struct vio_ring_driver *driver;
	struct vio_ring_device *shared;
	struct vio_descriptor *descriptors;
	struct vio_completion *completions; /* receive queues */
	struct vio_tx_pending *pending;     /* transmit queues: `size` entries */

	struct vio_region region; /* of guest memory, in which buffers were found last */

	/* Indices, free-running. */
	uint32_t produced;  /* the driver's, as last read and found good */
	uint32_t next;      /* first descriptor not taken */
	uint32_t completed; /* first descriptor not worked off */
	uint32_t published; /* what the driver sees of `completed` */
	uint32_t pending_first, pending_end;
	enum vio_error error; /* why the queue is broken */

	/* Coalescing. */
	struct vio_coalesce_settings coalesce; /* written by vCPU threads */
	struct vio_coalesce_history history;
	uint32_t interrupt_from;    /* `published` when the last interrupt was decided on, */
	uint64_t interrupt_packets; /* and stats.packets */
	uint64_t observed_arrivals; /* packets, dropped ones too, that `history` knows of */
	uint64_t waiting_since;     /* tick of the first packet since; 0: none */
	uint64_t last_interrupt;    /* tick; 0: none yet */
	uint64_t interrupt_due;     /* VIO_COALESCE_NEVER or a tick to come */
	struct vio_backlog backlog; /* receive queues whose driver stores `consumed` */

	uint32_t
		gate; /* receive: bit p: not to be published before pair p's is consumed (gate.h) */
	bool on_flush_list;
	struct vio_queue *flush_next;

	struct vio_queue_stats stats;
} CACHE_ALIGNED;

/*
 * Takes the ring at guest-physical address ring, with size descriptors, into use at index 0;
 * queue->features, vector and the constant part are set. From the thread of control, while the
 * owner does not know of the queue. Returns VIO_ERROR_NONE, VIO_ERROR_RING_ADDRESS or
 * VIO_ERROR_RING_SIZE; -ENOMEM without memory.
 */
int vio_queue_start(struct vio_queue *queue, uint64_t ring, uint32_t size);

/* Frees what vio_queue_start() took. No packet may be out (vio_queue_outstanding()). */
void vio_queue_stop(struct vio_queue *queue);

/* Transmit packets that still refer to guest memory. */
static inline uint32_t vio_queue_outstanding(const struct vio_queue *queue)
{
	return queue->pending_end - queue->pending_first;
}

/* Receive descriptors posted and not used, as far as known without looking. */
static inline uint32_t vio_queue_posted(const struct vio_queue *queue)
{
	return queue->produced - queue->next;
}

enum vio_push {
	VIO_PUSH_DONE,
	VIO_PUSH_FULL,   /* not enough buffers posted: nothing was taken */
	VIO_PUSH_LARGE,  /* more than VIO_RX_PIECES_MOST buffers would be: nothing was taken */
	VIO_PUSH_BROKEN, /* queue->error says why */
};

/*
 * Copies packet into posted buffers and fills their completions, unseen until
 * vio_queue_publish(). The packet stays the caller's.
 */
enum vio_push vio_queue_push(struct vio_queue *queue, const struct packet *packet);

/*
 * Takes the next transmit packet of the ring into packet, which has a buffer of at least
 * PACKET_BUFFER_BYTES and is empty. Returns 1; 0 if there is none; -EPROTO if the queue broke. A
 * packet with fragments holds guest memory until it is freed: then, by its done(), the queue
 * notes that, in order. mtu: the network's; frames without segment offload are at most mtu + 18.
 */
int vio_queue_pull(struct vio_queue *queue, struct packet *packet, uint32_t mtu);

/*
 * Takes up to most packets likewise, with packets of pool, as many as that has, while *allowance is
 * above 0: it is lessened by what each takes of a wire. Returns how many; queue->error is set if
 * the queue broke after them.
 */
unsigned vio_queue_pull_burst(struct vio_queue *queue, struct packet_pool *pool,
			      struct packet **packets, unsigned most, int64_t *allowance,
			      uint32_t mtu);

/* Shows the driver how far `completed` has come. Returns true if it moved. */
bool vio_queue_publish(struct vio_queue *queue);

/*
 * Decides at tick now on an interrupt for what was published, and was there at tick since or
 * later: posts it, or leaves the tick to ask again in queue->interrupt_due. After
 * vio_queue_publish(), and when interrupt_due is over.
 *
 * Where the backend shares its core, packets gather while it sleeps, for `gathered` ticks (else 0),
 * and that is part of their delay: an interrupt so long after the last is late enough.
 */
void vio_queue_interrupt(struct vio_queue *queue, uint64_t since, uint64_t now, uint64_t gathered);

/* The ticks by which an interrupt for a packet that comes at tick now would be delayed on purpose.
 */
uint64_t vio_queue_delay(const struct vio_queue *queue, uint64_t now);

/* The part of that for which the card may keep it to itself: vio_coalesce_hold(). */
uint64_t vio_queue_hold(const struct vio_queue *queue, uint64_t now);

/*
 * The ticks for which packets of a receive queue may be left where they are, at tick now, because
 * its driver has enough to do that long; no more than it lets interrupts be delayed.
 */
uint64_t vio_queue_rest(const struct vio_queue *queue, uint64_t now);

/*
 * Asks the driver for a doorbell with the next descriptor. Returns true if one is there already:
 * poll again instead of going to sleep. (Write the wish, full barrier, look again: section 6.)
 */
bool vio_queue_want_doorbell(struct vio_queue *queue);

/* Wants no doorbells from now on. */
void vio_queue_silence_doorbell(struct vio_queue *queue);

#endif
