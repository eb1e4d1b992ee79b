// SPDX-License-Identifier: GPL-2.0-only
/* Receive: buffers posted in order, filled in order; large packets span several. */
#include "sluice_net.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

/* Refill when this many slots are free: rings are written in batches. */
#define REFILL_BATCH 32

/* Buffers are halves of pages, which come back to the pool when the stack is done with them. */
int sluice_rx_create_pool(struct sluice_pair *pair)
{
	const struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV | PP_FLAG_PAGE_FRAG,
		.pool_size = pair->rx.size,
		.nid = NUMA_NO_NODE,
		.dev = &pair->dev->pdev->dev,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
	};

	pair->pool = page_pool_create(&params);
	return PTR_ERR_OR_ZERO(pair->pool);
}

static int post_buffer(struct sluice_pair *pair)
{
	struct sluice_queue *queue = &pair->rx;
	struct vio_descriptor *descriptor = sluice_descriptor(queue, queue->produced);
	struct sluice_slot *slot = sluice_slot(queue, queue->produced);
	unsigned int offset;
	struct page *page = page_pool_dev_alloc_frag(pair->pool, &offset, SLUICE_RX_TRUESIZE);

	if (!page)
		return -ENOMEM;
	slot->data = page_address(page) + offset;
	slot->dma = page_pool_get_dma_addr(page) + offset + SLUICE_RX_HEADROOM;
	descriptor->address = cpu_to_le64(slot->dma);
	descriptor->bytes = cpu_to_le32(SLUICE_RX_BYTES);
	descriptor->flags = 0;
	descriptor->unused = 0;
	queue->produced++;
	return 0;
}

/* Posts buffers until the ring is full. Returns 0, or -ENOMEM when it is not quite. */
int sluice_rx_fill(struct sluice_pair *pair)
{
	struct sluice_queue *queue = &pair->rx;
	int error = 0;

	while (!error && queue->produced - queue->consumed < queue->size)
		error = post_buffer(pair);
	if (queue->produced != queue->kicked)
		sluice_queue_publish(queue);
	return error;
}

static void free_buffer(struct sluice_pair *pair, void *data)
{
	page_pool_put_full_page(pair->pool, virt_to_head_page(data), false);
}

static void set_checksum(struct sluice_pair *pair, struct sk_buff *skb, u16 flags)
{
	if (flags & VIO_RX_L4_PARTIAL)
		skb->ip_summed = CHECKSUM_PARTIAL;
	if (!(pair->dev->netdev->features & NETIF_F_RXCSUM))
		return;
	if (flags & VIO_RX_L4_CSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
}

static void set_hash(struct sk_buff *skb, const struct vio_completion *completion)
{
	enum pkt_hash_types type = PKT_HASH_TYPE_L4;

	if (completion->hash_type == VIO_HASH_NONE)
		return;
	if (completion->hash_type == VIO_HASH_IPV4 || completion->hash_type == VIO_HASH_IPV6)
		type = PKT_HASH_TYPE_L3;
	skb_set_hash(skb, le32_to_cpu(completion->hash), type);
}

/* What start_packet() noted of a packet larger than the MTU becomes whole with its protocol. */
static void set_gso_type(struct sk_buff *skb)
{
	if (!skb_is_gso(skb))
		return;
	skb_shinfo(skb)->gso_type =
		vlan_get_protocol(skb) == htons(ETH_P_IPV6) ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
}

/* The first buffer of a packet becomes the skb itself. NULL without memory. */
static struct sk_buff *start_packet(struct sluice_pair *pair, void *data, u32 bytes,
				    const struct vio_completion *completion)
{
	struct sk_buff *skb = napi_build_skb(data, SLUICE_RX_TRUESIZE);
	u16 flags = le16_to_cpu(completion->flags);

	if (!skb)
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, SLUICE_RX_HEADROOM);
	skb_put(skb, bytes);
	set_checksum(pair, skb, flags);
	set_hash(skb, completion);
	skb_shinfo(skb)->gso_size = le16_to_cpu(completion->gso_size);
	skb_shinfo(skb)->gso_segs = le16_to_cpu(completion->segments);
	if (flags & VIO_RX_VLAN)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), le16_to_cpu(completion->vlan_tci));
	return skb;
}

static bool append_buffer(struct sk_buff *skb, void *data, u32 bytes)
{
	struct page *page = virt_to_head_page(data);
	unsigned int frags = skb_shinfo(skb)->nr_frags;

	if (frags == MAX_SKB_FRAGS)
		return false;
	skb_add_rx_frag(skb, frags, page, data + SLUICE_RX_HEADROOM - page_address(page), bytes,
			SLUICE_RX_TRUESIZE);
	return true;
}

static void count_drop(struct sluice_queue *queue)
{
	u64_stats_update_begin(&queue->stats.sync);
	queue->stats.drops++;
	u64_stats_update_end(&queue->stats.sync);
}

/* Adds a buffer to the packet under construction, or starts one. False: it was not used. */
static bool use_buffer(struct sluice_pair *pair, void *data, u32 bytes,
		       const struct vio_completion *completion)
{
	if (pair->skipping || bytes > SLUICE_RX_BYTES)
		return false;
	if (pair->partial)
		return append_buffer(pair->partial, data, bytes);
	if (bytes >= ETH_HLEN)
		pair->partial = start_packet(pair, data, bytes, completion);
	return pair->partial != NULL;
}

/* Takes the buffer of one completion. Returns the packet when it is whole, else NULL. */
static struct sk_buff *take_buffer(struct sluice_pair *pair)
{
	struct sluice_queue *queue = &pair->rx;
	struct sluice_slot *slot = sluice_slot(queue, queue->consumed);
	struct vio_completion completion = queue->completions[queue->consumed & (queue->size - 1)];
	bool last = !(le16_to_cpu(completion.flags) & VIO_RX_MORE);
	struct sk_buff *skb = NULL;

	queue->consumed++;
	dma_sync_single_for_cpu(&pair->dev->pdev->dev, slot->dma, SLUICE_RX_BYTES, DMA_FROM_DEVICE);
	if (!use_buffer(pair, slot->data, le16_to_cpu(completion.bytes), &completion)) {
		free_buffer(pair, slot->data);
		dev_kfree_skb_any(pair->partial);
		pair->partial = NULL;
		pair->skipping = true;
	}
	slot->data = NULL;
	if (!last)
		return NULL;
	if (pair->skipping)
		count_drop(queue);
	pair->skipping = false;
	swap(skb, pair->partial);
	return skb;
}

/*
 * A packet of another guest whose checksum was left to a wire it never saw. Returns false, and has
 * freed the packet, if its headers are not what they should be.
 */
static bool setup_partial_checksum(struct sluice_pair *pair, struct sk_buff *skb)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return true;
	skb_reset_network_header(skb);
	if (!skb_checksum_setup(skb, false))
		return true;
	count_drop(&pair->rx);
	dev_kfree_skb_any(skb);
	return false;
}

/*
 * Receives up to budget packets. Returns how many, or budget, to be polled again, when the ring
 * is empty for want of memory.
 */
int sluice_rx_poll(struct sluice_pair *pair, int budget)
{
	struct sluice_queue *queue = &pair->rx;
	u32 completed = sluice_queue_completed(queue);
	u64 bytes = 0;
	int packets = 0;

	while (packets < budget && queue->consumed != completed) {
		struct sk_buff *skb = take_buffer(pair);

		if (!skb)
			continue;
		bytes += skb->len;
		packets++;
		skb_record_rx_queue(skb, pair->index);
		skb->protocol = eth_type_trans(skb, pair->dev->netdev);
		set_gso_type(skb);
		if (setup_partial_checksum(pair, skb))
			napi_gro_receive(&pair->napi, skb);
	}
	u64_stats_update_begin(&queue->stats.sync);
	queue->stats.packets += packets;
	queue->stats.bytes += bytes;
	u64_stats_update_end(&queue->stats.sync);
	if (queue->size - (queue->produced - queue->consumed) < REFILL_BATCH)
		return packets;
	if (sluice_rx_fill(pair) && queue->produced == queue->consumed)
		return budget;
	return packets;
}

/*
 * Tells the device that packets have left the queue for good, unless generic receive offload holds
 * some of them; `flush` makes it hand them on. The stack itself does that after polls that used
 * their budget up. In NAPI context.
 */
void sluice_rx_release(struct sluice_pair *pair, bool flush)
{
	struct sluice_queue *queue = &pair->rx;
	struct napi_struct *napi = &pair->napi;

	if (flush && napi->gro_bitmask)
		napi_gro_flush(napi, false);
	if (flush && napi->rx_count) {
		netif_receive_skb_list(&napi->rx_list);
		INIT_LIST_HEAD(&napi->rx_list);
		napi->rx_count = 0;
	}
	if (queue->released == queue->consumed || napi->gro_bitmask || napi->rx_count)
		return;
	WRITE_ONCE(queue->released, queue->consumed);
	virt_store_release(&queue->driver->consumed, cpu_to_le32(queue->consumed));
}

/* Frees all buffers; the device has stopped. */
void sluice_rx_clean(struct sluice_pair *pair)
{
	struct sluice_queue *queue = &pair->rx;

	while (queue->consumed != queue->produced)
		free_buffer(pair, sluice_slot(queue, queue->consumed++)->data);
	dev_kfree_skb_any(pair->partial);
	pair->partial = NULL;
}
