/* SPDX-License-Identifier: BSD-2-Clause */
/* State of one card, and the functions that the files of the driver offer each other. */
#ifndef SLUICE_DRIVERS_NET_IXGBE_DEVICE_H
#define SLUICE_DRIVERS_NET_IXGBE_DEVICE_H

#include "drivers/net/ixgbe/descriptor.h"
#include "drivers/net/ixgbe/ixgbe.h"
#include "drivers/net/ixgbe/regs.h"

/* The receive ring, touched only by the queue's thread, or with the gate shut. */
struct ixgbe_rx {
	volatile struct ixgbe_descriptor *ring;
	struct packet **packets; /* by descriptor, posted ones only */
	struct packet_pool *pool;
	volatile void *tail; /* RDT */
	uint64_t dma_offset; /* bus address of a buffer of the pool less its address */
	uint32_t size;
	uint32_t next;   /* the next to be written back */
	uint32_t fill;   /* the next to be posted */
	uint32_t posted; /* from next to fill, at most size - 1 */
	bool discarding; /* until the end of a frame larger than a buffer */
	uint64_t oversize;
	uint64_t errors;
};

/* Bytes of a transmit descriptor: DTALEN is safe up to 15.5 KB. */
#define IXGBE_CHUNK_SHIFT 13
#define IXGBE_CHUNK_BYTES (1u << IXGBE_CHUNK_SHIFT)

/* The transmit ring, likewise. */
struct ixgbe_tx {
	volatile struct ixgbe_descriptor *ring;
	struct packet **packets; /* at each packet's last descriptor, else NULL */
	uint16_t *report;        /* queue of descriptors with RS, in ring order */
	volatile void *tail;     /* TDT */
	uint32_t size;
	uint32_t frame_most;  /* bytes of the largest frame for the wire, without CRC */
	uint32_t plain_most;  /* bytes of the largest that fits one descriptor */
	uint32_t next;        /* the next to be written */
	uint32_t clean;       /* the oldest whose packet is not freed */
	uint32_t report_head; /* indices into report[] */
	uint32_t report_tail;
	uint32_t reports_asked; /* free-running totals */
	uint32_t reports_seen;
	uint32_t unreported; /* descriptors since the last RS */
	bool context_valid;  /* the card holds this context in slot 0 */
	uint64_t context[2];
	/* The last packet that asked for a checksum or a tag: what, of which type; 0: nothing. */
	uint64_t request;
	uint16_t request_type;
	uint64_t request_command; /* so its descriptor began */
	struct packet *unsent;    /* taken but never to be sent: to be freed */
	uint64_t dropped;
};

/* What the thread of control remembers of a queue between two looks at its progress. */
struct ixgbe_watch {
	uint32_t reports_seen;
	uint32_t rx_next;
	bool tx_waits;  /* for the card */
	bool rx_unseen; /* work waits for the queue's thread */
	bool tx_unseen;
	uint64_t received, lost; /* by the card's counters of the queue, free-running */
	uint64_t received_seen, lost_seen;
	uint64_t oversize, errors, dropped; /* what the statistics have of the queue's counters */
};

/*
 * A queue pair. busy is the gate: the queue's thread raises it, then looks at the card's
 * running; the thread of control clears running, then waits for busy to fall.
 */
struct ixgbe_queue {
	bool busy;
	uint16_t itr_us;
	struct ixgbe_rx rx;
	struct ixgbe_tx tx;
	struct ixgbe_watch watch;
	void *memory; /* rings and tables of both */
	size_t memory_bytes;
} CACHE_ALIGNED;

enum ixgbe_media {
	IXGBE_MEDIA_SFP,
	IXGBE_MEDIA_BACKPLANE,
};

/* Bytes of an SFP module's EEPROM that tell its kind. */
struct ixgbe_sff {
	uint8_t identifier, codes_10g, codes_1g, cable;
};

/* The module in the SFP+ cage. */
struct ixgbe_module {
	struct ixgbe_sff sff;
	bool known;          /* sff is that of the module looked at last, of which was told */
	bool ready;          /* the NVM's settings for it are loaded */
	bool two_rates;      /* 10 Gb/s and 1 Gb/s, by RS0 */
	bool settling;       /* since a change of RS0; the link is not set up yet */
	bool flapped;        /* the laser, since the module was set up */
	bool replaced;       /* the cage has been empty since a module was looked at */
	uint16_t mbps;       /* that the link is set up for */
	uint64_t rate_ticks; /* two_rates: when it has settled, or another speed is tried */
};

struct ixgbe {
	struct netdev netdev;
	volatile uint8_t *bar0;
	volatile uint8_t *msix_table;
	unsigned msix_entries;
	uint16_t (*read_config)(const void *function, unsigned offset);
	const void *function;
	enum ixgbe_media media;
	unsigned port;      /* 0 or 1, of a two-port card */
	uint32_t nvm_words; /* size of the NVM */
	bool cage_sensed;   /* SFP: SDP2 tells whether the cage is full */
	struct ixgbe_module module;
	bool veto_told;         /* management firmware's veto against changes of the link */
	bool running;           /* the gate, see struct ixgbe_queue */
	bool started;           /* between start() and stop() */
	bool removed;           /* registers read all-ones */
	bool reset_wanted;      /* by the link vector's handler or a failed recovery */
	unsigned resets_failed; /* recoveries in a row */
	uint64_t reset_ticks;   /* none is tried again before */
	uint64_t watch_ticks;   /* of the last look at the queues' progress */
	struct netdev_config config;
	struct ixgbe_queue queues[NETDEV_QUEUES_MOST];
};

static inline struct ixgbe *ixgbe_of(struct netdev *netdev)
{
	return (struct ixgbe *)netdev; /* its first member */
}

static inline uint32_t ixgbe_read(const struct ixgbe *dev, uint32_t reg)
{
	return mmio_read32(dev->bar0 + reg);
}

static inline void ixgbe_write(struct ixgbe *dev, uint32_t reg, uint32_t value)
{
	mmio_write32(dev->bar0 + reg, value);
}

static inline void ixgbe_change(struct ixgbe *dev, uint32_t reg, uint32_t clear, uint32_t set)
{
	ixgbe_write(dev, reg, (ixgbe_read(dev, reg) & ~clear) | set);
}

/* True if the queue's thread may use the queue; then it must call ixgbe_leave(). */
static inline bool ixgbe_enter(struct ixgbe *dev, struct ixgbe_queue *queue)
{
	WRITE_ONCE(queue->busy, true);
	smp_mb();
	if (__builtin_expect(READ_ONCE(dev->running), true))
		return true;
	WRITE_ONCE(queue->busy, false);
	return false;
}

static inline void ixgbe_leave(struct ixgbe_queue *queue)
{
	smp_rmb();
	smp_wmb();
	WRITE_ONCE(queue->busy, false);
}

/* A register's state to wait for. */
struct ixgbe_wait {
	const char *name; /* register, field and state, for the message */
	uint32_t reg;
	uint32_t mask;
	uint32_t value;
	uint32_t timeout_us;
	uint32_t step_us;
};

/*
 * Waits until (reg & mask) == value. Returns 0, -ENODEV for a removed card, or -ETIMEDOUT after
 * logging the register and what it held.
 */
int ixgbe_wait_for(struct ixgbe *dev, const struct ixgbe_wait *wait);

/* The same where the driver goes on all the same: a warning, with what it does then. */
int ixgbe_hope_for(struct ixgbe *dev, const struct ixgbe_wait *wait, const char *so);

/* True, after logging it once, when the card no longer answers. */
bool ixgbe_is_removed(struct ixgbe *dev);

/* True if value, just read from a register, means that the NIC is gone: then it is as above. */
bool ixgbe_is_gone(struct ixgbe *dev, uint32_t value);

/* probe.c: false if the driver does not know the card. */
bool ixgbe_find_media(uint16_t device_id, enum ixgbe_media *media);

/* peek.c: the address in RAL and RAH. False if it is no valid unicast one. */
bool ixgbe_unpack_mac(uint32_t low, uint32_t high, uint8_t mac[6]);

/* reset.c: DS 4.6.3, 5.2.5.3.2. The card is idle and has its NVM's settings afterwards. */
int ixgbe_reset(struct ixgbe *dev);

/* semaphore.c: resources shared with firmware, GSSR_ bits. */
int ixgbe_acquire(struct ixgbe *dev, uint32_t resource);
void ixgbe_release(struct ixgbe *dev, uint32_t resource);

/* management.c: true while a baseboard controller uses the port beside us. */
bool ixgbe_is_managed(const struct ixgbe *dev);
/*
 * To be held while AUTOC is written. -EPERM, said once, while management firmware forbids changes
 * of the link; -ENODEV for a removed NIC; or an error of ixgbe_acquire().
 */
int ixgbe_lock_link(struct ixgbe *dev);
void ixgbe_unlock_link(struct ixgbe *dev);

/* nvm.c */
int ixgbe_nvm_init(struct ixgbe *dev);
int ixgbe_nvm_read(struct ixgbe *dev, uint32_t word, uint16_t *value);
int ixgbe_nvm_verify(struct ixgbe *dev);

/* sfp.c: byte of the module's EEPROM; -ENODEV when nothing answers, -ETIMEDOUT for a stuck bus. */
int ixgbe_sfp_read(struct ixgbe *dev, uint8_t offset, uint8_t *value);

/*
 * module.c: identifies the SFP module, fills in dev->module, and loads the NVM's settings for it,
 * which take effect when the pipeline restarts. False: no module, or no settings.
 */
bool ixgbe_module_init(struct ixgbe *dev);

/* link.c */
void ixgbe_link_init(struct ixgbe *dev);
void ixgbe_link_start(struct ixgbe *dev);
void ixgbe_link_stop(struct ixgbe *dev);
void ixgbe_link_update(struct ixgbe *dev);
/* LINKS as it is now; the first of two readings tells of the past. */
uint32_t ixgbe_read_links(const struct ixgbe *dev);
void ixgbe_link_set(struct ixgbe *dev, bool up, uint32_t mbps);

/* mac_init.c: packet buffers, flow control off, MAC, its loopback. */
void ixgbe_mac_init(struct ixgbe *dev);
void ixgbe_set_loopback(struct netdev *netdev, bool on);

/* queue.c: memory of the rings, and what they hold. */
int ixgbe_queue_alloc(struct ixgbe *dev, unsigned index);
void ixgbe_queue_free(struct ixgbe_queue *queue);
void ixgbe_queue_rewind(struct ixgbe_queue *queue);

/* rx_init.c, tx_init.c */
void ixgbe_rx_init(struct ixgbe *dev);
int ixgbe_rx_start_queue(struct ixgbe *dev, unsigned index);
int ixgbe_rx_enable(struct ixgbe *dev);
void ixgbe_tx_init(struct ixgbe *dev);
int ixgbe_tx_start_queue(struct ixgbe *dev, unsigned index);

/* rx.c, tx.c: the data path. */
void ixgbe_rx_refill(struct ixgbe_rx *rx);
unsigned ixgbe_rx_burst(struct netdev *netdev, unsigned index, struct packet **packets,
			unsigned most);
unsigned ixgbe_tx_burst(struct netdev *netdev, unsigned index, struct packet **packets,
			unsigned count);
unsigned ixgbe_tx_reclaim(struct netdev *netdev, unsigned index);

/* Buffers are posted in batches of at least so many. */
#define IXGBE_REFILL_BATCH 16

/* True if there are free descriptors to refill, and buffers for them. */
static inline bool ixgbe_rx_refillable(const struct ixgbe_rx *rx)
{
	return rx->size - 1 - rx->posted >= IXGBE_REFILL_BATCH && rx->pool->free;
}

/* True if the ring's next packet has been written back, or the oldest reported as sent. */
static inline bool ixgbe_rx_pending(const struct ixgbe_rx *rx)
{
	return READ_ONCE(rx->posted) && (rx->ring[READ_ONCE(rx->next)].q1 & RXD_DD);
}

static inline bool ixgbe_tx_pending(const struct ixgbe_tx *tx)
{
	if (READ_ONCE(tx->unsent))
		return true;
	if (READ_ONCE(tx->reports_asked) == READ_ONCE(tx->reports_seen))
		return false;
	return tx->ring[READ_ONCE(tx->report[READ_ONCE(tx->report_head)])].q1 & TXD_DD;
}

/* offload.c: what a packet asks of the card. */
struct ixgbe_offload {
	uint64_t context[2]; /* context descriptor */
	uint64_t command;    /* for the data descriptors' q1 */
	uint32_t paylen;
};

/*
 * Prepares checksum, segmentation and VLAN offload; with segmentation it rewrites the headers as
 * the card wants them (DS 7.2.4). False if the request contradicts the packet.
 */
bool ixgbe_offload_prepare(struct packet *packet, struct ixgbe_offload *offload);

/* rss.c */
void ixgbe_rss_init(struct ixgbe *dev);

/* interrupt.c */
void ixgbe_interrupt_init(struct ixgbe *dev);
void ixgbe_interrupt_stop(struct ixgbe *dev);
void ixgbe_interrupt_link_enable(struct ixgbe *dev);
void ixgbe_interrupt_kick(struct ixgbe *dev, uint32_t vectors);
bool ixgbe_interrupt_enable(struct netdev *netdev, unsigned index);
void ixgbe_interrupt_disable(struct netdev *netdev, unsigned index);
void ixgbe_set_itr(struct netdev *netdev, unsigned index, unsigned us);

/* stats.c */
void ixgbe_stats_clear(struct ixgbe *dev);
void ixgbe_stats_update(struct ixgbe *dev);

/* start.c */
int ixgbe_bring_up(struct ixgbe *dev);
int ixgbe_start(struct netdev *netdev, const struct netdev_config *config);
void ixgbe_stop(struct netdev *netdev);
bool ixgbe_shut_gate(struct ixgbe *dev);
void ixgbe_open_gate(struct ixgbe *dev);

/* service.c, dump.c */
void ixgbe_service(struct netdev *netdev);
void ixgbe_dump(struct netdev *netdev);

#endif
