// SPDX-License-Identifier: BSD-2-Clause
// A network: making and freeing its backends, housekeeping.
#include "vio/network.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"
#include "vio/device.h"
#include "vio/network_lock.h"

#define LINK_MBPS_WITHOUT_UPLINK 10000

/* A frame with a VLAN tag, in units that hardware can be told. */
#define FRAME_OVERHEAD 18
#define BUFFER_UNIT    1024

static uint32_t buffer_bytes(uint16_t mtu)
{
	uint32_t frame = mtu + (uint32_t)FRAME_OVERHEAD;
	uint32_t bytes = (frame + BUFFER_UNIT - 1) / BUFFER_UNIT * BUFFER_UNIT;

	return bytes > PACKET_BUFFER_BYTES ? bytes : PACKET_BUFFER_BYTES;
}

static uint32_t link_state(const struct vio_network *network)
{
	const struct netdev *uplink = network->uplink;

	if (!uplink)
		return VIO_LINK_UP | LINK_MBPS_WITHOUT_UPLINK;
	return READ_ONCE(uplink->link.up) ? VIO_LINK_UP | READ_ONCE(uplink->link.mbps) : 0;
}

static void destroy_backend(struct vio_backend *backend)
{
	for (unsigned i = 0; i < VIO_BACKENDS_MOST; i++)
		if (backend->out[i])
			dma_free(backend->out[i], sizeof(struct vio_mailbox));
	if (backend->uplink.out)
		dma_free(backend->uplink.out, sizeof(struct vio_mailbox));
	if (backend->tx_pool.size)
		packet_pool_destroy(&backend->tx_pool);
	dma_free(backend, sizeof(*backend));
}

static void destroy_backends(struct vio_network *network)
{
	for (unsigned i = 0; i < network->backends; i++)
		if (network->backend[i])
			destroy_backend(network->backend[i]);
	for (unsigned i = 0; i < network->hw_queues; i++)
		if (network->hw_pool[i].size)
			packet_pool_destroy(&network->hw_pool[i]);
}

static int create_backend(struct vio_network *network, unsigned number,
			  const struct vio_network_config *config)
{
	struct vio_backend *backend = dma_alloc(sizeof(*backend), CACHE_LINE_BYTES);
	int error;

	if (!backend)
		return -ENOMEM;
	backend->network = network;
	backend->ops = config->ops;
	backend->thread = config->threads[number];
	backend->number = number;
	backend->watch.dedicated = config->dedicated >> number & 1;
	backend->interrupt_due = VIO_COALESCE_NEVER;
	for (unsigned i = 0; i < VIO_PATHS; i++)
		backend->path[i].to = VIO_NO_ADDRESS;
	error = packet_pool_init(&backend->tx_pool, config->tx_packets, buffer_bytes(config->mtu));
	if (error) {
		dma_free(backend, sizeof(*backend));
		return error;
	}
	network->backend[number] = backend;
	return 0;
}

/* Distributes the hardware queues: see uplink.h. */
static int share_uplink(struct vio_network *network, const struct vio_network_config *config)
{
	for (unsigned i = 0; i < network->hw_queues; i++) {
		int error = packet_pool_init(&network->hw_pool[i], config->rx_packets,
					     buffer_bytes(config->mtu));

		if (error)
			return error;
	}
	for (unsigned i = 0; config->uplink && i < network->backends; i++) {
		struct vio_uplink *uplink = &network->backend[i]->uplink;
		unsigned sender = i % network->hw_queues;

		uplink->dev = config->uplink;
		uplink->number = i;
		uplink->queues =
			(network->hw_queues + network->backends - 1 - i) / network->backends;
		uplink->sender = network->backend[sender];
		if (sender == i)
			continue;
		uplink->out = dma_alloc(sizeof(*uplink->out), CACHE_LINE_BYTES);
		if (!uplink->out)
			return -ENOMEM;
		network->backend[sender]->uplink.in[i] = uplink->out;
	}
	return 0;
}

/* A mailbox from each backend to each other. */
static int connect_backends(struct vio_network *network)
{
	for (unsigned from = 0; from < network->backends; from++) {
		for (unsigned to = 0; to < network->backends; to++) {
			struct vio_mailbox *mailbox;

			if (from == to)
				continue;
			mailbox = dma_alloc(sizeof(*mailbox), CACHE_LINE_BYTES);
			if (!mailbox)
				return -ENOMEM;
			network->backend[from]->out[to] = mailbox;
			network->backend[to]->in[from] = mailbox;
		}
	}
	return 0;
}

static int check_config(const struct vio_network_config *config)
{
	if (!config->backends || config->backends > VIO_BACKENDS_MOST) {
		log_error("network: %u backends, expected 1 to %u", config->backends,
			  VIO_BACKENDS_MOST);
		return -EINVAL;
	}
	if (config->uplink &&
	    (!config->hw_queues || config->hw_queues > config->uplink->queue_pairs_most)) {
		log_error("network: %u hardware queues, expected 1 to the %u of %s",
			  config->hw_queues, config->uplink->queue_pairs_most,
			  config->uplink->name);
		return -EINVAL;
	}
	if (config->mtu < VIO_MTU_LEAST || config->mtu > VIO_MTU_MOST) {
		log_error("network: MTU %u, expected %u to %u", config->mtu, VIO_MTU_LEAST,
			  VIO_MTU_MOST);
		return -EINVAL;
	}
	return 0;
}

int vio_network_create(struct vio_network **created, const struct vio_network_config *config)
{
	struct vio_network *network;
	int error = check_config(config);

	if (error)
		return error;
	network = dma_alloc(sizeof(*network), CACHE_LINE_BYTES);
	if (!network) {
		error = -ENOMEM;
		goto err_log;
	}
	network->uplink = config->uplink;
	network->mtu = config->mtu;
	network->backends = config->backends;
	network->hw_queues = config->uplink ? config->hw_queues : 0;
	network->link = link_state(network);
	network->last_aging = ticks_now();
	network->coalescing = config->coalescing ? *config->coalescing : VIO_COALESCING_DEFAULT;
	network->fair.began = network->last_aging;
	network->fair.due = network->last_aging + VIO_FAIR_PERIOD_US * ticks_per_us();
	/* A single backend's turns are fair. */
	if (!config->uplink || config->backends == 1)
		network->fair.due = VIO_FAIR_NEVER;
	memcpy(network->rss_key, config->rss_key, sizeof(network->rss_key));
	toeplitz_set_key(&network->toeplitz, network->rss_key);
	error = vio_switch_init(&network->fabric, config->uplink);
	if (error)
		goto err_network;
	vio_switch_set_vlans(&network->fabric, VIO_PORT_UPLINK, config->uplink_vlans);
	for (unsigned i = 0; i < config->backends && !error; i++)
		error = create_backend(network, i, config);
	if (!error)
		error = connect_backends(network);
	if (!error)
		error = share_uplink(network, config);
	if (error)
		goto err_backends;
	*created = network;
	return 0;

err_backends:
	destroy_backends(network);
	vio_switch_destroy(&network->fabric);
err_network:
	dma_free(network, sizeof(*network));
err_log:
	log_error("network: no memory for %u backends with %u packets each and %u hardware queues "
		  "with %u",
		  config->backends, config->tx_packets, config->hw_queues, config->rx_packets);
	return error;
}

/* What is still in mailboxes and batches goes back to its pools. */
static void return_packets(struct vio_network *network)
{
	struct vio_letter letter;

	for (unsigned i = 0; i < network->backends; i++) {
		struct vio_backend *backend = network->backend[i];

		for (unsigned from = 0; from < network->backends; from++)
			while (backend->in[from] && vio_mailbox_receive(backend->in[from], &letter))
				vio_mailbox_return(backend->in[from], letter.packet);
		vio_uplink_return_packets(backend);
	}
	for (unsigned i = 0; i < network->backends; i++) {
		struct vio_backend *backend = network->backend[i];

		for (unsigned to = 0; to < network->backends; to++)
			if (backend->out[to])
				vio_mailbox_reclaim(backend->out[to]);
		if (backend->uplink.out)
			vio_mailbox_reclaim(backend->uplink.out);
	}
}

void vio_network_destroy(struct vio_network *network)
{
	return_packets(network);
	destroy_backends(network);
	vio_switch_destroy(&network->fabric);
	dma_free(network, sizeof(*network));
}

void vio_network_fill_netdev(struct vio_network *network, struct netdev_config *config)
{
	config->queue_pairs = network->hw_queues;
	config->mtu = network->mtu;
	for (unsigned i = 0; i < network->hw_queues; i++)
		config->pools[i] = &network->hw_pool[i];
	memcpy(config->rss_key, network->rss_key, sizeof(config->rss_key));
	for (unsigned i = 0; i < NETDEV_RETA_ENTRIES; i++)
		config->reta[i] = (uint8_t)(i % network->hw_queues);
}

/* How many pairs there are already where a device's would be. */
static unsigned load_from(const struct vio_network *network, unsigned first, unsigned pairs)
{
	unsigned load = 0;

	for (unsigned pair = 0; pair < pairs; pair++)
		load += network->placed[(first + pair) % network->backends];
	return load;
}

unsigned vio_network_place(struct vio_network *network, unsigned pairs)
{
	unsigned best = 0;

	vio_network_lock(network);
	for (unsigned first = pairs; first < network->backends; first += pairs)
		if (load_from(network, first, pairs) < load_from(network, best, pairs))
			best = first;
	for (unsigned pair = 0; pair < pairs; pair++)
		network->placed[(best + pair) % network->backends]++;
	vio_network_unlock(network);
	return best;
}

void vio_network_unplace(struct vio_network *network, unsigned first, unsigned pairs)
{
	vio_network_lock(network);
	for (unsigned pair = 0; pair < pairs; pair++)
		network->placed[(first + pair) % network->backends]--;
	vio_network_unlock(network);
}

void vio_network_service(struct vio_network *network)
{
	uint64_t now = ticks_now();
	uint32_t link = link_state(network);
	uint64_t aging =
		VIO_SWITCH_AGEING_SECONDS * 1000000ull / 8 / VIO_SWITCH_AGE_PARTS * ticks_per_us();

	if (now - network->last_aging >= aging) {
		network->last_aging = now;
		vio_switch_age(&network->fabric, now);
	}
	if (link == network->link)
		return;
	WRITE_ONCE(network->link, link);
	vio_network_lock(network);
	for (unsigned i = 0; i < VIO_PORTS_MOST; i++)
		if (network->fabric.port[i].device)
			vio_device_link_changed(network->fabric.port[i].device);
	vio_network_unlock(network);
}

void vio_network_port_stats(const struct vio_network *network, unsigned port,
			    struct vio_port_stats *stats)
{
	uint64_t *sum = (uint64_t *)stats;

	*stats = (struct vio_port_stats){0};
	for (unsigned i = 0; i < network->backends; i++) {
		const uint64_t *part = (const uint64_t *)&network->backend[i]->port_stats[port];

		for (unsigned field = 0; field < VIO_PORT_STATS; field++)
			sum[field] += READ_ONCE(part[field]);
	}
}
