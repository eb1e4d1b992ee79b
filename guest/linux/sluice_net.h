/* SPDX-License-Identifier: GPL-2.0-only */
/* The vio-net front driver: what its files share. The protocol is vio_net.h. */
#ifndef SLUICE_NET_H
#define SLUICE_NET_H

#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/u64_stats_sync.h>

#include "vio_net.h"

#define SLUICE_RING_DEFAULT 512

/* A receive buffer with headroom and tail for build_skb(), half a page. */
#define SLUICE_RX_TRUESIZE 2048
#define SLUICE_RX_HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)
#define SLUICE_RX_BYTES \
	(SLUICE_RX_TRUESIZE - SLUICE_RX_HEADROOM - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

/* Descriptors the largest packet needs: offload, linear part, page fragments. */
#define SLUICE_TX_DESCRIPTORS_MOST (2 + MAX_SKB_FRAGS)

struct sluice_stats {
	u64 packets, bytes;
	u64 drops;         /* receive: no memory for a packet; transmit: unmappable */
	u64 notifications; /* interrupts (receive), doorbells (both) */
	u64 stops;         /* transmit: ring was full */
	struct u64_stats_sync sync;
};

/* What the driver remembers of a descriptor. */
struct sluice_slot {
	void *data; /* receive: buffer; transmit: skb at a packet's last descriptor */
	dma_addr_t dma;
	u32 bytes;
	bool is_page;
};

/* The driver's side of one ring. Only the queue's NAPI (and its transmit lock) touch it. */
struct sluice_queue {
	struct vio_ring_driver *driver;
	struct vio_ring_device *device;
	struct vio_descriptor *descriptors;
	const struct vio_completion *completions; /* receive queues only */
	struct sluice_slot *slots;
	u32 size;
	u32 produced; /* ours, published in driver->produced */
	u32 consumed; /* completions we have worked off */
	u32 kicked;   /* produced at the last doorbell decision */
	void __iomem *doorbell;
	u32 index; /* of the queue in the device */
	dma_addr_t ring_dma;
	void *ring;
	struct sluice_stats stats;
};

/* A pair shares a vector and a NAPI context. */
struct sluice_pair {
	struct napi_struct napi;
	struct sluice_queue rx, tx;
	struct sluice_device *dev;
	struct sk_buff *partial; /* a packet whose later buffers are still to come */
	bool skipping;           /* the rest of a packet that could not be kept */
	unsigned int irq;
	unsigned int index;
	char irq_name[IFNAMSIZ + 16];
};

struct sluice_device {
	struct net_device *netdev;
	struct pci_dev *pdev;
	void __iomem *registers;
	u32 features; /* VIO_F_* both sides agreed on */
	unsigned int pairs;
	u32 rx_size, tx_size;
	bool broken;
	struct work_struct reset_work;
	struct sluice_pair pair[VIO_QUEUE_PAIRS_MOST];
};

/* device.c: the control path. */
u32 sluice_read(struct sluice_device *dev, u32 offset);
void sluice_write(struct sluice_device *dev, u32 offset, u32 value);
const char *sluice_error_name(u32 error);
int sluice_device_reset(struct sluice_device *dev);
int sluice_device_negotiate(struct sluice_device *dev);
int sluice_queue_enable(struct sluice_device *dev, struct sluice_queue *queue, u32 vector);
void sluice_update_link(struct sluice_device *dev);
void sluice_set_rx_mode(struct net_device *netdev);

/* queue.c: rings and notifications. */
int sluice_queue_alloc(struct sluice_device *dev, struct sluice_queue *queue, u32 index, u32 size);
void sluice_queue_free(struct sluice_device *dev, struct sluice_queue *queue);
void sluice_queue_publish(struct sluice_queue *queue);
u32 sluice_queue_completed(const struct sluice_queue *queue);
bool sluice_queue_ask(struct sluice_queue *queue, u32 event);
void sluice_queue_silence(struct sluice_queue *queue);

/* rx.c */
int sluice_rx_fill(struct sluice_pair *pair);
int sluice_rx_poll(struct sluice_pair *pair, int budget);
void sluice_rx_clean(struct sluice_pair *pair);

/* tx.c */
netdev_tx_t sluice_start_xmit(struct sk_buff *skb, struct net_device *netdev);
netdev_features_t sluice_features_check(struct sk_buff *skb, struct net_device *netdev,
					netdev_features_t features);
void sluice_tx_reclaim(struct sluice_pair *pair, int budget);
bool sluice_tx_ask(struct sluice_queue *queue);
void sluice_tx_clean(struct sluice_pair *pair);

/* main.c */
int sluice_restart(struct sluice_device *dev, u32 rx_size, u32 tx_size);

/* ethtool.c */
extern const struct ethtool_ops sluice_ethtool_ops;

static inline struct vio_descriptor *sluice_descriptor(struct sluice_queue *queue, u32 index)
{
	return &queue->descriptors[index & (queue->size - 1)];
}

static inline struct sluice_slot *sluice_slot(struct sluice_queue *queue, u32 index)
{
	return &queue->slots[index & (queue->size - 1)];
}

#endif
