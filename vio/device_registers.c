// SPDX-License-Identifier: BSD-2-Clause
// The register file of a vio-net device: every access checked, refusals told.
#include "kernel/log.h"
#include "kernel/string.h"
#include "vio/device_internal.h"

#define STATUS_WRITABLE (VIO_STATUS_RESET | VIO_STATUS_FEATURES | VIO_STATUS_RUNNING)
#define FILTER_KNOWN    (VIO_FILTER_PROMISCUOUS | VIO_FILTER_ALL_MULTICAST)

#define ERROR_SHIFT 16 /* of enum vio_error beside the queue's number */
#define QUEUE_MASK  0xffffu

/* The device's lock: vCPU threads may have to wait for each other, and for backends, in turn. */
static void lock_device(struct vio_device *device)
{
	while (__atomic_exchange_n(&device->lock, 1, __ATOMIC_ACQUIRE))
		device->ops->yield();
}

static void unlock_device(struct vio_device *device)
{
	__atomic_store_n(&device->lock, 0, __ATOMIC_RELEASE);
}

static void refuse(struct vio_device *device, enum vio_error error, unsigned queue)
{
	WRITE_ONCE(device->refusal, (uint32_t)error << ERROR_SHIFT | queue);
	log_debug("%s: refused: queue %u: %s", device->name, queue, vio_error_name(error));
}

/* The last breakage, or else the last refusal. */
static uint32_t last_error(const struct vio_device *device)
{
	uint32_t broken = READ_ONCE(device->broken);

	return broken ? broken : READ_ONCE(device->refusal);
}

static uint32_t read_status(const struct vio_device *device)
{
	return READ_ONCE(device->status) | (READ_ONCE(device->broken) ? VIO_STATUS_BROKEN : 0);
}

static uint32_t read_queue(const struct vio_device *device, unsigned number, uint32_t offset)
{
	const struct vio_queue_registers *registers = &device->registers[number];

	switch (offset) {
	case VIO_QUEUE_RING_LOW:
		return (uint32_t)READ_ONCE(registers->ring);
	case VIO_QUEUE_RING_HIGH:
		return (uint32_t)(READ_ONCE(registers->ring) >> 32);
	case VIO_QUEUE_SIZE:
		return READ_ONCE(registers->size);
	case VIO_QUEUE_VECTOR:
		return READ_ONCE(registers->vector);
	case VIO_QUEUE_ENABLE:
		return READ_ONCE(registers->enable);
	case VIO_QUEUE_USECS:
		return READ_ONCE(registers->usecs);
	case VIO_QUEUE_FRAMES:
		return READ_ONCE(registers->frames);
	case VIO_QUEUE_ADAPTIVE:
		return READ_ONCE(registers->adaptive);
	default:
		return 0;
	}
}

static uint32_t read_bytes(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t read_general(const struct vio_device *device, uint32_t offset)
{
	switch (offset) {
	case VIO_REG_MAGIC:
		return VIO_NET_MAGIC;
	case VIO_REG_VERSION:
		return VIO_NET_VERSION;
	case VIO_REG_DEVICE_FEATURES:
		return vio_device_features(device);
	case VIO_REG_DRIVER_FEATURES:
		return READ_ONCE(device->features);
	case VIO_REG_REFUSED_FEATURES:
		return READ_ONCE(device->refused);
	case VIO_REG_STATUS:
		return read_status(device);
	case VIO_REG_ERROR:
		return last_error(device) >> ERROR_SHIFT;
	case VIO_REG_ERROR_QUEUE:
		return last_error(device) & QUEUE_MASK;
	case VIO_REG_QUEUE_PAIRS_MOST:
		return device->queue_pairs_most;
	case VIO_REG_QUEUE_PAIRS:
		return READ_ONCE(device->rss_wanted.pairs);
	case VIO_REG_RSS_HASH:
		return READ_ONCE(device->rss_wanted.hash_types);
	case VIO_REG_RSS_APPLY:
		return READ_ONCE(device->rss_result);
	case VIO_REG_MAC_LOW:
		return (uint32_t)READ_ONCE(device->mac);
	case VIO_REG_MAC_HIGH:
		return (uint32_t)(READ_ONCE(device->mac) >> 32);
	case VIO_REG_MTU_MOST:
		return device->network->mtu;
	case VIO_REG_MTU:
		return READ_ONCE(device->mtu);
	case VIO_REG_LINK:
		return READ_ONCE(device->network->link);
	case VIO_REG_FILTER:
		return READ_ONCE(device->filter);
	case VIO_REG_MULTICAST(0):
		return (uint32_t)READ_ONCE(device->multicast);
	case VIO_REG_MULTICAST(1):
		return (uint32_t)(READ_ONCE(device->multicast) >> 32);
	default:
		return 0;
	}
}

uint32_t vio_device_read(struct vio_device *device, uint32_t offset)
{
	if (offset % 4 || offset >= VIO_BAR_DOORBELLS)
		return 0;
	if (offset >= VIO_REG_QUEUE(0) && offset < VIO_REG_QUEUE(2 * device->queue_pairs_most))
		return read_queue(device, (offset - VIO_REG_QUEUE(0)) / VIO_QUEUE_STRIDE,
				  offset % VIO_QUEUE_STRIDE);
	if (offset >= VIO_REG_RSS_TABLE && offset < VIO_REG_RSS_TABLE + VIO_RSS_TABLE_ENTRIES)
		return read_bytes(device->rss_wanted.table + (offset - VIO_REG_RSS_TABLE));
	if (offset >= VIO_REG_RSS_KEY && offset < VIO_REG_RSS_KEY + VIO_RSS_KEY_BYTES)
		return read_bytes(device->network->rss_key + (offset - VIO_REG_RSS_KEY));
	return read_general(device, offset);
}

static enum vio_error accept_features(struct vio_device *device)
{
	uint32_t features = device->features;

	device->refused = features & ~vio_device_features(device);
	if (device->refused)
		log_debug("%s: refused unknown features 0x%x", device->name, device->refused);
	if (device->refused ||
	    (features & (VIO_F_TSO4 | VIO_F_TSO6) && !(features & VIO_F_TX_CSUM)) ||
	    (features & VIO_F_RX_GSO && !(features & VIO_F_RX_CSUM)))
		return VIO_ERROR_FEATURES;
	vio_rss_update(device);
	__atomic_fetch_or(&device->status, VIO_STATUS_FEATURES, __ATOMIC_SEQ_CST);
	return VIO_ERROR_NONE;
}

static enum vio_error write_status(struct vio_device *device, uint32_t value)
{
	enum vio_error error;

	value &= ~VIO_STATUS_BROKEN;
	if (value & ~STATUS_WRITABLE)
		return VIO_ERROR_REGISTER;
	if (value & VIO_STATUS_RESET)
		return vio_device_reset(device);
	if (device->status & VIO_STATUS_RESET || device->broken)
		return VIO_ERROR_REGISTER;
	if (!(value & VIO_STATUS_FEATURES))
		return value || device->status ? VIO_ERROR_REGISTER : VIO_ERROR_NONE;
	if (!(device->status & VIO_STATUS_FEATURES)) {
		error = accept_features(device);
		if (error)
			return error;
	}
	if ((value ^ device->status) & VIO_STATUS_RUNNING)
		return vio_device_run(device, value & VIO_STATUS_RUNNING);
	return VIO_ERROR_NONE;
}

static enum vio_error write_enable(struct vio_device *device, unsigned number, uint32_t value)
{
	if (value == 0)
		return vio_device_disable_queue(device, number);
	if (value != 1 || !(device->status & VIO_STATUS_FEATURES) || device->broken)
		return VIO_ERROR_REGISTER;
	return vio_device_enable_queue(device, number);
}

/* Address, size and vector, which may change only while the queue is disabled. */
static enum vio_error write_ring(struct vio_queue_registers *registers, uint32_t offset,
				 uint32_t value)
{
	if (registers->enable)
		return VIO_ERROR_REGISTER;
	switch (offset) {
	case VIO_QUEUE_RING_LOW:
		registers->ring = (registers->ring & ~0xffffffffull) | value;
		return VIO_ERROR_NONE;
	case VIO_QUEUE_RING_HIGH:
		registers->ring = (registers->ring & 0xffffffff) | (uint64_t)value << 32;
		return VIO_ERROR_NONE;
	case VIO_QUEUE_SIZE:
		registers->size = value;
		return VIO_ERROR_NONE;
	default: /* VIO_QUEUE_VECTOR */
		if (value >= VIO_VECTORS_MOST)
			return VIO_ERROR_REGISTER;
		registers->vector = value;
		return VIO_ERROR_NONE;
	}
}

static enum vio_error write_queue(struct vio_device *device, unsigned number, uint32_t offset,
				  uint32_t value)
{
	switch (offset) {
	case VIO_QUEUE_RING_LOW:
	case VIO_QUEUE_RING_HIGH:
	case VIO_QUEUE_SIZE:
	case VIO_QUEUE_VECTOR:
		return write_ring(&device->registers[number], offset, value);
	case VIO_QUEUE_ENABLE:
		return write_enable(device, number, value);
	case VIO_QUEUE_USECS:
	case VIO_QUEUE_FRAMES:
	case VIO_QUEUE_ADAPTIVE:
		return vio_coalescing_write(device, number, offset, value);
	default:
		return VIO_ERROR_REGISTER;
	}
}

static enum vio_error write_filter(struct vio_device *device, uint32_t filter, uint64_t multicast)
{
	if (filter & ~FILTER_KNOWN)
		return VIO_ERROR_REGISTER;
	WRITE_ONCE(device->filter, filter);
	WRITE_ONCE(device->multicast, multicast);
	vio_switch_set_filter(&device->network->fabric, device->port, filter, multicast);
	return VIO_ERROR_NONE;
}

/* The address changes as a whole, when its high part is written. */
static enum vio_error write_mac(struct vio_device *device, uint32_t offset, uint32_t value)
{
	if (!(device->status & VIO_STATUS_FEATURES) || !(device->features & VIO_F_MAC) ||
	    device->broken)
		return VIO_ERROR_REGISTER;
	if (offset == VIO_REG_MAC_LOW) {
		device->mac_low = value;
		return VIO_ERROR_NONE;
	}
	if (value >> 16)
		return VIO_ERROR_REGISTER;
	return vio_device_set_address(device, (uint64_t)value << 32 | device->mac_low);
}

static enum vio_error write_general(struct vio_device *device, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case VIO_REG_DRIVER_FEATURES:
		if (device->status & VIO_STATUS_FEATURES)
			return VIO_ERROR_REGISTER;
		WRITE_ONCE(device->features, value);
		return VIO_ERROR_NONE;
	case VIO_REG_STATUS:
		return write_status(device, value);
	case VIO_REG_QUEUE_PAIRS:
	case VIO_REG_RSS_HASH:
	case VIO_REG_RSS_APPLY:
		return vio_rss_write(device, offset, value);
	case VIO_REG_MAC_LOW:
	case VIO_REG_MAC_HIGH:
		return write_mac(device, offset, value);
	case VIO_REG_MTU:
		if (value < VIO_MTU_LEAST || value > device->network->mtu)
			return VIO_ERROR_REGISTER;
		WRITE_ONCE(device->mtu, value);
		return VIO_ERROR_NONE;
	case VIO_REG_FILTER:
		return write_filter(device, value, device->multicast);
	case VIO_REG_MULTICAST(0):
		return write_filter(device, device->filter,
				    (device->multicast & ~0xffffffffull) | value);
	case VIO_REG_MULTICAST(1):
		return write_filter(device, device->filter,
				    (device->multicast & 0xffffffff) | (uint64_t)value << 32);
	default:
		return VIO_ERROR_REGISTER;
	}
}

void vio_device_write(struct vio_device *device, uint32_t offset, uint32_t value)
{
	enum vio_error error = VIO_ERROR_REGISTER;
	unsigned queue = 0;

	lock_device(device);
	if (offset % 4 || offset >= VIO_BAR_DOORBELLS) {
		error = VIO_ERROR_REGISTER;
	} else if (offset >= VIO_REG_QUEUE(0) &&
		   offset < VIO_REG_QUEUE(2 * device->queue_pairs_most)) {
		queue = (offset - VIO_REG_QUEUE(0)) / VIO_QUEUE_STRIDE;
		error = write_queue(device, queue, offset % VIO_QUEUE_STRIDE, value);
	} else if (offset >= VIO_REG_RSS_TABLE &&
		   offset < VIO_REG_RSS_TABLE + VIO_RSS_TABLE_ENTRIES) {
		error = vio_rss_write(device, offset, value);
	} else {
		error = write_general(device, offset, value);
	}
	if (error)
		refuse(device, error, queue);
	unlock_device(device);
}

void vio_device_doorbell(struct vio_device *device, unsigned queue)
{
	if (queue >= 2 * device->queue_pairs_most)
		return;
	__atomic_fetch_add(&device->queue[queue].stats.doorbells, 1, __ATOMIC_RELAXED);
	device->queue[queue].owner->ops->wake(device->queue[queue].owner);
}
