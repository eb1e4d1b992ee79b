// SPDX-License-Identifier: GPL-2.0-only
/* Transmit: an skb becomes an optional offload descriptor and its pieces. */
#include "sluice_net.h"

#include <linux/if_vlan.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>

static u32 tx_free(const struct sluice_queue *queue)
{
	return queue->size - (queue->produced - queue->consumed);
}

static void put_data(struct sluice_queue *queue, dma_addr_t dma, u32 bytes, bool is_page)
{
	struct vio_descriptor *descriptor = sluice_descriptor(queue, queue->produced);
	struct sluice_slot *slot = sluice_slot(queue, queue->produced);

	descriptor->address = cpu_to_le64(dma);
	descriptor->bytes = cpu_to_le32(bytes);
	descriptor->flags = cpu_to_le16(VIO_TX_MORE);
	descriptor->unused = 0;
	*slot = (struct sluice_slot){.dma = dma, .bytes = bytes, .is_page = is_page};
	queue->produced++;
}

static void unmap_slot(struct device *device, const struct sluice_slot *slot)
{
	if (!slot->bytes)
		return;
	if (slot->is_page)
		dma_unmap_page(device, slot->dma, slot->bytes, DMA_TO_DEVICE);
	else
		dma_unmap_single(device, slot->dma, slot->bytes, DMA_TO_DEVICE);
}

static void put_offload(struct sluice_queue *queue, const struct sk_buff *skb)
{
	struct vio_tx_offload *offload =
		(struct vio_tx_offload *)sluice_descriptor(queue, queue->produced);
	u16 wanted = 0;

	memset(offload, 0, sizeof(*offload));
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		wanted |= VIO_OFFLOAD_CSUM;
		offload->csum_start = cpu_to_le16(skb_checksum_start_offset(skb));
		offload->csum_offset = cpu_to_le16(skb->csum_offset);
	}
	if (skb_is_gso(skb)) {
		wanted |= skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6 ? VIO_OFFLOAD_TSO6
								    : VIO_OFFLOAD_TSO4;
		offload->gso_size = cpu_to_le16(skb_shinfo(skb)->gso_size);
		offload->header_bytes = cpu_to_le16(skb_tcp_all_headers(skb));
	}
	if (skb_vlan_tag_present(skb)) {
		wanted |= VIO_OFFLOAD_VLAN;
		offload->vlan_tci = cpu_to_le16(skb_vlan_tag_get(skb));
	}
	offload->offload = cpu_to_le16(wanted);
	offload->flags = cpu_to_le16(VIO_TX_OFFLOAD | VIO_TX_MORE);
	*sluice_slot(queue, queue->produced) = (struct sluice_slot){};
	queue->produced++;
}

static bool needs_offload(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_PARTIAL || skb_is_gso(skb) || skb_vlan_tag_present(skb);
}

/* Puts the whole skb into the ring, which has room. On a mapping error the ring is unchanged. */
static int put_packet(struct sluice_device *dev, struct sluice_queue *queue, struct sk_buff *skb)
{
	struct device *device = &dev->pdev->dev;
	u32 start = queue->produced;
	dma_addr_t dma;
	int i;

	if (needs_offload(skb))
		put_offload(queue, skb);
	dma = dma_map_single(device, skb->data, skb_headlen(skb), DMA_TO_DEVICE);
	if (dma_mapping_error(device, dma))
		goto err_unmap;
	put_data(queue, dma, skb_headlen(skb), false);
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		dma = skb_frag_dma_map(device, frag, 0, skb_frag_size(frag), DMA_TO_DEVICE);
		if (dma_mapping_error(device, dma))
			goto err_unmap;
		put_data(queue, dma, skb_frag_size(frag), true);
	}
	sluice_descriptor(queue, queue->produced - 1)->flags = 0;
	sluice_slot(queue, queue->produced - 1)->data = skb;
	return 0;

err_unmap:
	while (queue->produced != start)
		unmap_slot(device, sluice_slot(queue, --queue->produced));
	return -ENOMEM;
}

/* Keeps the stack from sending what the ring may not hold; re-checks, so no wake-up is lost. */
static void stop_if_full(struct sluice_queue *queue, struct netdev_queue *txq)
{
	if (likely(tx_free(queue) >= SLUICE_TX_DESCRIPTORS_MOST))
		return;
	netif_tx_stop_queue(txq);
	u64_stats_update_begin(&queue->stats.sync);
	queue->stats.stops++;
	u64_stats_update_end(&queue->stats.sync);
	virt_mb();
	if (tx_free(queue) >= SLUICE_TX_DESCRIPTORS_MOST)
		netif_tx_start_queue(txq);
}

/*
 * Whether the device takes the packet for segmentation (vio_net.h, section 5). Peers choose the
 * segment size, and users may add extension headers: neither may break the device.
 */
static bool device_can_segment(const struct sk_buff *skb, const struct net_device *netdev)
{
	unsigned int gso_size = skb_shinfo(skb)->gso_size;
	unsigned int header_bytes = skb_tcp_all_headers(skb);

	return skb->ip_summed == CHECKSUM_PARTIAL && gso_size >= VIO_GSO_SIZE_LEAST &&
	       skb_shinfo(skb)->nr_frags <= SLUICE_TX_FRAGS_MOST &&
	       header_bytes <= VIO_TX_HEADERS_MOST &&
	       gso_size + header_bytes <= netdev->max_mtu + VLAN_ETH_HLEN &&
	       (vlan_get_protocol(skb) != htons(ETH_P_IPV6) ||
		skb_network_header_len(skb) == sizeof(struct ipv6hdr));
}

/* What offloads look at must lie in the first VIO_TX_HEADERS_MOST bytes; else software does it. */
netdev_features_t sluice_features_check(struct sk_buff *skb, struct net_device *netdev,
					netdev_features_t features)
{
	if (skb_is_gso(skb) && !device_can_segment(skb, netdev))
		features &= ~NETIF_F_GSO_MASK;
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_checksum_start_offset(skb) + skb->csum_offset + 2 > VIO_TX_HEADERS_MOST)
		features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
	return vlan_features_check(skb, features);
}

/* Drops skb, which may be NULL; packets before it that waited for more go out. */
static netdev_tx_t drop_packet(struct sluice_queue *queue, struct sk_buff *skb)
{
	u64_stats_update_begin(&queue->stats.sync);
	queue->stats.drops++;
	u64_stats_update_end(&queue->stats.sync);
	dev_kfree_skb_any(skb);
	if (queue->produced != queue->kicked)
		sluice_queue_publish(queue);
	return NETDEV_TX_OK;
}

/*
 * Puts the data of a packet in more pieces than the device takes into one; true if there is no
 * memory for that. The stack has cut those for segment offload already (sluice_features_check()).
 */
static bool is_too_scattered(struct sk_buff *skb)
{
	return skb_shinfo(skb)->nr_frags > SLUICE_TX_FRAGS_MOST && skb_linearize(skb);
}

/* The device takes no frame without segment offload that is larger than its wire carries. */
static bool is_too_long(const struct sk_buff *skb, const struct net_device *netdev)
{
	return !skb_is_gso(skb) && skb->len > netdev->max_mtu + VLAN_ETH_HLEN;
}

netdev_tx_t sluice_start_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);
	struct sluice_queue *queue = &dev->pair[skb_get_queue_mapping(skb)].tx;
	struct netdev_queue *txq = netdev_get_tx_queue(netdev, skb_get_queue_mapping(skb));
	u32 bytes = skb->len;

	if (unlikely(!queue->open)) {
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	if (unlikely(tx_free(queue) < SLUICE_TX_DESCRIPTORS_MOST)) {
		netif_tx_stop_queue(txq);
		return NETDEV_TX_BUSY;
	}
	if (unlikely(skb_put_padto(skb, ETH_ZLEN)))
		return drop_packet(queue, NULL);
	skb_tx_timestamp(skb);
	if (unlikely(is_too_long(skb, netdev) || is_too_scattered(skb) ||
		     put_packet(dev, queue, skb)))
		return drop_packet(queue, skb);
	u64_stats_update_begin(&queue->stats.sync);
	queue->stats.packets++;
	queue->stats.bytes += bytes;
	u64_stats_update_end(&queue->stats.sync);
	stop_if_full(queue, txq);
	if (__netdev_tx_sent_queue(txq, skb->len, netdev_xmit_more()))
		sluice_queue_publish(queue);
	return NETDEV_TX_OK;
}

/* Gives back what the device has sent; in NAPI context (budget as for napi_consume_skb()). */
void sluice_tx_reclaim(struct sluice_pair *pair, int budget)
{
	struct sluice_queue *queue = &pair->tx;
	struct netdev_queue *txq = netdev_get_tx_queue(pair->dev->netdev, pair->index);
	u32 completed = sluice_queue_completed(queue);
	unsigned int packets = 0, bytes = 0;

	while (queue->consumed != completed) {
		struct sluice_slot *slot = sluice_slot(queue, queue->consumed);
		struct sk_buff *skb = slot->data;

		unmap_slot(&pair->dev->pdev->dev, slot);
		if (skb) {
			packets++;
			bytes += skb->len;
			napi_consume_skb(skb, budget);
			slot->data = NULL;
		}
		WRITE_ONCE(queue->consumed, queue->consumed + 1);
	}
	if (!packets)
		return;
	netdev_tx_completed_queue(txq, packets, bytes);
	virt_mb();
	if (netif_tx_queue_stopped(txq) && tx_free(queue) >= 2 * SLUICE_TX_DESCRIPTORS_MOST &&
	    pair->index < READ_ONCE(pair->dev->tx_pairs))
		netif_tx_wake_queue(txq);
}

/*
 * Asks for an interrupt when three quarters of what is under way is done, or at the next
 * completion if nothing is. False: it is done already, so poll again.
 */
bool sluice_tx_ask(struct sluice_queue *queue)
{
	u32 under_way = READ_ONCE(queue->produced) - queue->consumed;

	return sluice_queue_ask(queue, queue->consumed + (under_way ? under_way * 3 / 4 : 0));
}

/* Frees all packets; the device has stopped. */
void sluice_tx_clean(struct sluice_pair *pair)
{
	struct sluice_queue *queue = &pair->tx;

	while (queue->consumed != queue->produced) {
		struct sluice_slot *slot = sluice_slot(queue, queue->consumed++);

		unmap_slot(&pair->dev->pdev->dev, slot);
		dev_kfree_skb_any(slot->data);
		slot->data = NULL;
	}
	netdev_tx_reset_queue(netdev_get_tx_queue(pair->dev->netdev, pair->index));
}
