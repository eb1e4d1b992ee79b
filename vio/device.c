// SPDX-License-Identifier: BSD-2-Clause
// The life of a vio-net device: creation, queues starting and stopping, breakage, reset.
#include "vio/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"
#include "vio/device_internal.h"
#include "vio/gate.h"
#include "vio/transmit.h"

/*
 * For so long a stopped queue waits for the card to let go of the guest's packets. The card's
 * driver notices a hung transmit ring and resets it in a fraction of this.
 */
#define STOP_TIMEOUT_US 3000000

#define MTU_INITIAL 1500

static struct vio_backend *owner_of(const struct vio_device *device, unsigned queue)
{
	return device->network
		->backend[(device->first_backend + queue / 2) % device->network->backends];
}

/* Runs function(argument) on a backend's thread. Returns 0 or -ETIMEDOUT, logged. */
static int call_backend(struct vio_device *device, struct vio_backend *backend,
			void (*function)(void *argument), void *argument)
{
	int error = backend->ops->call(backend, function, argument);

	if (error)
		log_error("%s: backend %u does not answer", device->name, backend->number);
	return error;
}

static void add_queue(void *argument)
{
	struct vio_queue *queue = argument;
	struct vio_backend *backend = queue->owner;

	if (queue->number & 1) {
		backend->transmit[backend->transmits++] = queue;
		vio_transmit_add(backend, queue);
	} else
		backend->receive[backend->receives++] = queue;
	WRITE_ONCE(queue->enabled, true);
}

static void remove_from(struct vio_queue **list, unsigned *count, const struct vio_queue *queue)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < *count; i++)
		if (list[i] != queue)
			list[kept++] = list[i];
	*count = kept;
}

/* A queue is still on it if its gate is closed. */
static void remove_from_flush_list(struct vio_backend *backend, struct vio_queue *queue)
{
	struct vio_queue **link = &backend->flush_list;

	while (*link && *link != queue)
		link = &(*link)->flush_next;
	if (*link)
		*link = queue->flush_next;
	queue->on_flush_list = false;
}

static void remove_queue(void *argument)
{
	struct vio_queue *queue = argument;
	struct vio_backend *backend = queue->owner;

	WRITE_ONCE(queue->enabled, false);
	if (queue->number & 1)
		vio_transmit_remove(backend, queue);
	remove_from(backend->transmit, &backend->transmits, queue);
	remove_from(backend->receive, &backend->receives, queue);
	remove_from_flush_list(backend, queue);
}

/* Passes when the backend is between two rounds: it holds nothing it saw before. */
static void do_nothing(void *argument)
{
	(void)argument;
}

static void take_letters(void *argument)
{
	vio_backend_take_letters(argument);
}

int vio_device_call_all(struct vio_device *device, void (*function)(void *argument))
{
	int result = 0;

	for (unsigned i = 0; i < device->network->backends; i++) {
		struct vio_backend *backend = device->network->backend[i];
		int error = call_backend(device, backend, function, backend);

		if (error)
			result = error;
	}
	return result;
}

enum vio_error vio_device_enable_queue(struct vio_device *device, unsigned number)
{
	struct vio_queue_registers *registers = &device->registers[number];
	struct vio_queue *queue = &device->queue[number];
	int error;

	if (registers->enable)
		return READ_ONCE(queue->enabled) ? VIO_ERROR_NONE : VIO_ERROR_BUSY;
	queue->features = device->features;
	queue->vector = registers->vector;
	error = vio_queue_start(queue, registers->ring, registers->size);
	if (error)
		return error > 0 ? (enum vio_error)error : VIO_ERROR_BUSY;
	if (call_backend(device, queue->owner, add_queue, queue)) {
		vio_queue_stop(queue);
		return VIO_ERROR_BUSY;
	}
	registers->enable = 1;
	return VIO_ERROR_NONE;
}

struct outstanding {
	const struct vio_queue *queue;
	uint32_t packets;
};

static void read_outstanding(void *argument)
{
	struct outstanding *outstanding = argument;

	outstanding->packets = vio_queue_outstanding(outstanding->queue);
}

/* Waits until no packet of the queue refers to guest memory. */
static bool wait_for_packets(struct vio_device *device, const struct vio_queue *queue)
{
	uint64_t end = ticks_now() + STOP_TIMEOUT_US * ticks_per_us();
	struct outstanding outstanding = {.queue = queue};

	for (;;) {
		if (call_backend(device, queue->owner, read_outstanding, &outstanding))
			return false;
		if (!outstanding.packets)
			return true;
		if (ticks_now() >= end)
			break;
		device->ops->yield();
	}
	log_warning("%s: queue %u: %u packets still not sent or dropped after %u s", device->name,
		    queue->number, outstanding.packets, STOP_TIMEOUT_US / 1000000);
	return false;
}

enum vio_error vio_device_disable_queue(struct vio_device *device, unsigned number)
{
	struct vio_queue *queue = &device->queue[number];

	if (!device->registers[number].enable)
		return VIO_ERROR_NONE;
	if (call_backend(device, queue->owner, remove_queue, queue) ||
	    !wait_for_packets(device, queue))
		return VIO_ERROR_BUSY;
	vio_queue_stop(queue);
	if (!(number & 1))
		vio_gate_forget(device, number / 2);
	device->registers[number].enable = 0;
	return VIO_ERROR_NONE;
}

static void wake_backends(const struct vio_device *device)
{
	for (unsigned i = 0; i < device->network->backends; i++)
		device->network->backend[i]->ops->wake(device->network->backend[i]);
}

enum vio_error vio_device_run(struct vio_device *device, bool run)
{
	if (run) {
		__atomic_fetch_or(&device->status, VIO_STATUS_RUNNING, __ATOMIC_SEQ_CST);
		vio_switch_set_receiving(&device->network->fabric, device->port, true);
		/* What was produced before is found by the round that follows. */
		wake_backends(device);
		return VIO_ERROR_NONE;
	}
	vio_switch_set_receiving(&device->network->fabric, device->port, false);
	__atomic_fetch_and(&device->status, ~VIO_STATUS_RUNNING, __ATOMIC_SEQ_CST);
	return vio_device_call_all(device, do_nothing) ? VIO_ERROR_BUSY : VIO_ERROR_NONE;
}

static void set_defaults(struct vio_device *device)
{
	uint16_t mtu_most = device->network->mtu;

	WRITE_ONCE(device->features, 0);
	device->refused = 0;
	device->refusal = 0;
	WRITE_ONCE(device->mtu, mtu_most < MTU_INITIAL ? mtu_most : MTU_INITIAL);
	device->filter = 0;
	device->multicast = 0;
	vio_switch_set_filter(&device->network->fabric, device->port, 0, 0);
	if (device->mac != device->configured_mac &&
	    vio_device_set_address(device, device->configured_mac))
		log_warning("%s: no room in the switch for its own address", device->name);
	vio_rss_reset(device);
	memset(device->registers, 0, sizeof(device->registers));
	vio_coalescing_reset(device);
	WRITE_ONCE(device->broken, 0);
	WRITE_ONCE(device->status, 0);
}

enum vio_error vio_device_reset(struct vio_device *device)
{
	enum vio_error result = vio_device_run(device, false);

	for (unsigned i = 0; i < VIO_QUEUES_MOST; i++)
		if (vio_device_disable_queue(device, i))
			result = VIO_ERROR_BUSY;
	if (result)
		WRITE_ONCE(device->status, VIO_STATUS_RESET);
	else
		set_defaults(device);
	return result;
}

const char *vio_error_name(enum vio_error error)
{
	static const char *const names[] = {
		[VIO_ERROR_NONE] = "no error",
		[VIO_ERROR_FEATURES] = "features that the device does not know, or need others",
		[VIO_ERROR_REGISTER] = "register value out of range, or written at the wrong time",
		[VIO_ERROR_RING_ADDRESS] = "ring misaligned or not in guest memory",
		[VIO_ERROR_RING_SIZE] = "ring size is not a power of two in range",
		[VIO_ERROR_INDEX] = "`produced` ran ahead of the ring, or back",
		[VIO_ERROR_BUFFER_ADDRESS] = "buffer not in guest memory",
		[VIO_ERROR_BUFFER_BYTES] = "buffer length out of range",
		[VIO_ERROR_DESCRIPTOR_FLAGS] = "descriptor flag unknown or not negotiated",
		[VIO_ERROR_PACKET_BYTES] = "packet too short or too long",
		[VIO_ERROR_PACKET_FRAGMENTS] = "packet with too many fragments, or without end",
		[VIO_ERROR_OFFLOAD] = "offload values do not fit the packet",
		[VIO_ERROR_BUSY] = "no memory or time for it now",
		[VIO_ERROR_ADDRESS] = "the address is another device's",
	};

	return names[error];
}

void vio_device_break(struct vio_device *device, unsigned queue, enum vio_error error)
{
	uint32_t none = 0;

	if (!__atomic_compare_exchange_n(&device->broken, &none, (uint32_t)error << 16 | queue,
					 false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return;
	vio_switch_set_receiving(&device->network->fabric, device->port, false);
	/* A driver may break its device as often as it likes; the log is not to suffer. */
	device->breakages++;
	if (!(device->breakages & (device->breakages - 1)))
		log_warning("%s: broken by its driver (%u times so far): queue %u: %s",
			    device->name, device->breakages, queue, vio_error_name(error));
	device->ops->post_interrupt(device->function, VIO_CONFIG_VECTOR);
}

void vio_device_link_changed(struct vio_device *device)
{
	if (READ_ONCE(device->status) & VIO_STATUS_RUNNING)
		device->ops->post_interrupt(device->function, VIO_CONFIG_VECTOR);
}

static void init_queues(struct vio_device *device)
{
	for (unsigned i = 0; i < VIO_QUEUES_MOST; i++) {
		struct vio_queue *queue = &device->queue[i];

		queue->device = device;
		queue->owner = owner_of(device, i);
		queue->ops = device->ops;
		queue->guest = device->guest;
		queue->function = device->function;
		queue->number = i;
	}
}

static void set_name(struct vio_device *device, const char *name)
{
	size_t length = strlen(name);

	if (length >= sizeof(device->name))
		length = sizeof(device->name) - 1;
	memcpy(device->name, name, length);
}

int vio_device_create(struct vio_device **created, const struct vio_device_config *config)
{
	struct vio_device *device;
	int error;

	if (!config->queue_pairs || config->queue_pairs > VIO_QUEUE_PAIRS_MOST) {
		log_error("%s: %u queue pairs, expected 1 to %u", config->name, config->queue_pairs,
			  VIO_QUEUE_PAIRS_MOST);
		return -EINVAL;
	}
	device = dma_alloc(sizeof(*device), CACHE_LINE_BYTES);
	if (!device) {
		log_error("%s: no memory", config->name);
		return -ENOMEM;
	}
	set_name(device, config->name);
	device->mac = device->configured_mac = device->source = vio_mac(config->mac);
	device->queue_pairs_most = config->queue_pairs;
	device->any_source = config->any_source;
	vio_rate_init(&device->rate_tx, config->rate_tx);
	vio_rate_init(&device->rate_rx, config->rate_rx);
	device->network = config->network;
	device->ops = config->ops;
	device->guest = config->guest;
	device->function = config->function;
	device->first_backend = vio_network_place(device->network, device->queue_pairs_most);
	init_queues(device);
	error = vio_device_join(device, config->vlans);
	if (error) {
		vio_network_unplace(device->network, device->first_backend,
				    device->queue_pairs_most);
		dma_free(device, sizeof(*device));
		return error;
	}
	set_defaults(device);
	*created = device;
	return 0;
}

int vio_device_destroy(struct vio_device *device)
{
	if (vio_device_reset(device))
		return -EBUSY;
	vio_device_leave(device);
	/*
	 * After the first pass no backend sends to the device any more, and what they sent each
	 * other for it has been shown. In the second they look at that too.
	 */
	if (vio_device_call_all(device, do_nothing) || vio_device_call_all(device, take_letters))
		return -EBUSY;
	vio_network_unplace(device->network, device->first_backend, device->queue_pairs_most);
	dma_free(device, sizeof(*device));
	return 0;
}

static void copy_queue_stats(struct vio_queue_stats *to, const struct vio_queue_stats *from)
{
	to->packets = READ_ONCE(from->packets);
	to->bytes = READ_ONCE(from->bytes);
	to->interrupts = READ_ONCE(from->interrupts);
	to->doorbells = READ_ONCE(from->doorbells);
	to->drop_no_buffer = READ_ONCE(from->drop_no_buffer);
	to->drop_down = READ_ONCE(from->drop_down);
	to->drop_segment = READ_ONCE(from->drop_segment);
	to->drop_spoofed = READ_ONCE(from->drop_spoofed);
}

/* What the port has counted for this device. */
static void copy_port_stats(struct vio_port_stats *stats, const struct vio_device *device)
{
	const uint64_t *before = (const uint64_t *)&device->port_before;
	uint64_t *total = (uint64_t *)stats;

	vio_network_port_stats(device->network, device->port, stats);
	for (unsigned i = 0; i < VIO_PORT_STATS; i++)
		total[i] -= before[i];
}

void vio_device_get_stats(const struct vio_device *device, struct vio_device_stats *stats)
{
	stats->features = READ_ONCE(device->features);
	stats->status =
		READ_ONCE(device->status) | (READ_ONCE(device->broken) ? VIO_STATUS_BROKEN : 0);
	stats->queue_pairs = READ_ONCE(device->rss.pairs);
	copy_port_stats(&stats->port, device);
	for (unsigned i = 0; i < VIO_QUEUES_MOST; i++)
		copy_queue_stats(&stats->queue[i], &device->queue[i].stats);
}
