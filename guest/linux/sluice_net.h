/* SPDX-License-Identifier: GPL-2.0-only */
/* The vio-net front driver: what its files share. The protocol is vio_net.h. */
#ifndef SLUICE_NET_H
#define SLUICE_NET_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/u64_stats_sync.h>

#include "compat.h"
#include "vio_net.h"

#define SLUICE_RING_DEFAULT 512

/* A receive buffer with headroom and tail for build_skb(), half a page. */
#define SLUICE_RX_TRUESIZE 2048
#define SLUICE_RX_HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)
#define SLUICE_RX_BYTES \
	(SLUICE_RX_TRUESIZE - SLUICE_RX_HEADROOM - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

/*
 * The device takes so many pieces of a packet: its linear part and page fragments. Those of
 * MAX_SKB_FRAGS, which kernels since 6.5 let users choose (17 to 45), may be more.
 */
#define SLUICE_TX_FRAGS_MOST (VIO_TX_FRAGMENTS_MOST - 1)

/* Descriptors the largest packet needs: offload and pieces. */
#define SLUICE_TX_DESCRIPTORS_MOST (1 + VIO_TX_FRAGMENTS_MOST)

struct sluice_stats {
	u64 packets, bytes;
	u64 drops;         /* receive: no memory for a packet; transmit: unmappable */
	u64 notifications; /* interrupts (receive), doorbells (both) */
	u64 stops;         /* transmit: ring was full */
	struct u64_stats_sync sync;
};

/* When completions interrupt, as ethtool has it. Kept while the interface is down. */
struct sluice_coalescing {
	u32 usecs, frames;
	bool adaptive;
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
	u32 released; /* receive: ours, published in driver->consumed */
	bool open;    /* transmit: written under the queue's transmit lock */
	void __iomem *doorbell;
	u32 index; /* of the queue in the device */
	dma_addr_t ring_dma;
	void *ring;
	struct sluice_coalescing coalescing;
	struct sluice_stats stats;
};

/* A pair shares a vector and a NAPI context. */
struct sluice_pair {
	struct napi_struct napi;
	struct sluice_queue rx, tx;
	struct sluice_device *dev;
	struct page_pool *pool;  /* of receive buffers */
	struct sk_buff *partial; /* a packet whose later buffers are still to come */
	bool skipping;           /* the rest of a packet that could not be kept */
	unsigned int irq;
	unsigned int cpu; /* that takes the interrupt, unless the user chose another */
	unsigned int index;
	char irq_name[IFNAMSIZ + 16];
};

/* How receive traffic is spread over the pairs. Kept while the interface is down. */
struct sluice_steering {
	u32 pairs;
	u32 hash_types; /* VIO_HASH_MASK() of those hashed over ports too */
	u8 table[VIO_RSS_TABLE_ENTRIES];
};

struct sluice_device {
	struct net_device *netdev;
	struct pci_dev *pdev;
	void __iomem *registers;
	u32 features; /* VIO_F_* both sides agreed on */
	unsigned int pairs, pairs_most;
	unsigned int tx_pairs; /* new packets go to these; below pairs while there become fewer */
	u32 rx_size, tx_size;
	struct sluice_steering steering;
	bool settling; /* a change of steering waits for packets held in GRO */
	bool broken;
	struct work_struct reset_work;
	struct hlist_node online_node; /* told when a CPU comes online */
	struct sluice_pair pair[VIO_QUEUE_PAIRS_MOST];
};

/* device.c: the control path. */
u32 sluice_read(struct sluice_device *dev, u32 offset);
void sluice_write(struct sluice_device *dev, u32 offset, u32 value);
const char *sluice_error_name(u32 error);
int sluice_device_reset(struct sluice_device *dev);
int sluice_device_negotiate(struct sluice_device *dev);
int sluice_queue_enable(struct sluice_device *dev, struct sluice_queue *queue, u32 vector);
int sluice_queue_disable(struct sluice_device *dev, struct sluice_queue *queue);
void sluice_update_link(struct sluice_device *dev);
void sluice_read_address(struct sluice_device *dev, u8 address[ETH_ALEN]);
int sluice_write_address(struct sluice_device *dev, const u8 *address);
void sluice_set_rx_mode(struct net_device *netdev);

/* queue.c: rings and notifications. */
int sluice_queue_alloc(struct sluice_device *dev, struct sluice_queue *queue, u32 index, u32 size);
void sluice_queue_free(struct sluice_device *dev, struct sluice_queue *queue);
void sluice_queue_publish(struct sluice_queue *queue);
u32 sluice_queue_completed(const struct sluice_queue *queue);
bool sluice_queue_ask(struct sluice_queue *queue, u32 event);
void sluice_queue_silence(struct sluice_queue *queue);

/* rx.c */
int sluice_rx_create_pool(struct sluice_pair *pair);
int sluice_rx_fill(struct sluice_pair *pair);
int sluice_rx_poll(struct sluice_pair *pair, int budget);
void sluice_rx_release(struct sluice_pair *pair, bool flush);
void sluice_rx_clean(struct sluice_pair *pair);

/* tx.c */
netdev_tx_t sluice_start_xmit(struct sk_buff *skb, struct net_device *netdev);
netdev_features_t sluice_features_check(struct sk_buff *skb, struct net_device *netdev,
					netdev_features_t features);
void sluice_tx_reclaim(struct sluice_pair *pair, int budget);
bool sluice_tx_ask(struct sluice_queue *queue);
void sluice_tx_clean(struct sluice_pair *pair);

/* tx_queues.c */
u16 sluice_select_queue(struct net_device *netdev, struct sk_buff *skb, struct net_device *below);
unsigned int sluice_fold_queue(unsigned int number, unsigned int pairs);
int sluice_tx_widen(struct sluice_device *dev);
void sluice_tx_narrow(struct sluice_device *dev, unsigned int pairs);

/* pair.c: interrupts and NAPI. */
int sluice_pair_open(struct sluice_device *dev, struct sluice_pair *pair);
void sluice_pair_start(struct sluice_pair *pair);
int sluice_pair_retire(struct sluice_pair *pair);
void sluice_pair_close(struct sluice_pair *pair);
int sluice_pair_poll(struct napi_struct *napi, int budget);

/* netdev.c */
extern const struct net_device_ops sluice_netdev_ops;
int sluice_restart(struct sluice_device *dev, unsigned int pairs, u32 rx_size, u32 tx_size);
void sluice_reset_work(struct work_struct *work);

/* affinity.c: which CPU serves which pair. */
int sluice_affinity_init(void);
void sluice_affinity_exit(void);
int sluice_affinity_add(struct sluice_device *dev);
void sluice_affinity_remove(struct sluice_device *dev);
void sluice_set_xps(struct sluice_device *dev, unsigned int pairs);

/* steering.c: which flows go to which pair. */
void sluice_steering_spread(struct sluice_steering *steering, u32 pairs);
int sluice_steering_apply(struct sluice_device *dev, const struct sluice_steering *wanted);
int sluice_steering_change(struct sluice_device *dev, const struct sluice_steering *wanted);

/* coalesce.c */
void sluice_coalescing_init(struct sluice_device *dev);
void sluice_coalescing_write(struct sluice_device *dev, struct sluice_queue *queue);
int sluice_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *kernel_coalesce,
			struct netlink_ext_ack *extack);
int sluice_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *kernel_coalesce,
			struct netlink_ext_ack *extack);
int sluice_get_queue_coalesce(struct net_device *netdev, u32 pair,
			      struct ethtool_coalesce *coalesce);
int sluice_set_queue_coalesce(struct net_device *netdev, u32 pair,
			      struct ethtool_coalesce *coalesce);

/* channels.c */
void sluice_get_channels(struct net_device *netdev, struct ethtool_channels *channels);
int sluice_set_channels(struct net_device *netdev, struct ethtool_channels *channels);

/* rss.c */
u32 sluice_get_rxfh_key_size(struct net_device *netdev);
u32 sluice_get_rxfh_indir_size(struct net_device *netdev);
#ifdef SLUICE_RXFH_PARAM
int sluice_get_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *param);
int sluice_set_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *param,
		    struct netlink_ext_ack *extack);
#else
int sluice_get_rxfh(struct net_device *netdev, u32 *table, u8 *key, u8 *function);
int sluice_set_rxfh(struct net_device *netdev, const u32 *table, const u8 *key, u8 function);
#endif
int sluice_get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info, u32 *rules);
int sluice_set_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info);

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
