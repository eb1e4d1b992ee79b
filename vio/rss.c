// SPDX-License-Identifier: BSD-2-Clause
// Receive-side scaling of a device: what its driver wants, and its coming into effect.
#include "kernel/string.h"
#include "vio/device_internal.h"
#include "vio/gate.h"

void vio_rss_reset(struct vio_device *device)
{
	device->rss_wanted = (struct vio_rss){.pairs = 1, .hash_types = VIO_HASH_MASK_ALL};
	device->rss = device->rss_wanted;
	device->rss_result = VIO_ERROR_NONE;
	vio_rss_update(device);
}

void vio_rss_update(struct vio_device *device)
{
	bool needed = device->rss.pairs > 1 || device->features & VIO_F_RX_HASH;

	WRITE_ONCE(device->hashes_taken, needed ? device->rss.hash_types : UINT32_MAX);
}

/* Whether what is wanted can be: queues that are there, and known hash types. */
static enum vio_error check_wanted(const struct vio_device *device)
{
	const struct vio_rss *wanted = &device->rss_wanted;

	if (!wanted->pairs || wanted->pairs > device->queue_pairs_most ||
	    wanted->hash_types & ~VIO_HASH_MASK_ALL)
		return VIO_ERROR_REGISTER;
	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		if (wanted->table[i] >= wanted->pairs ||
		    !device->registers[2 * wanted->table[i]].enable)
			return VIO_ERROR_REGISTER;
	return VIO_ERROR_NONE;
}

static void park(void *argument)
{
	vio_backend_park(argument);
}

static void take_letters(void *argument)
{
	vio_backend_take_letters(argument);
}

static void change(struct vio_device *device)
{
	struct vio_rss old = device->rss;

	device->rss = device->rss_wanted;
	vio_rss_update(device);
	vio_gate_close(device, &old);
}

/*
 * The change itself, while all backends are parked: when the last is, all letters that were steered
 * the old way have been sent; when all have looked at theirs, those are in the queues.
 */
static enum vio_error apply_parked(struct vio_device *device)
{
	struct vio_network *network = device->network;
	enum vio_error error = VIO_ERROR_BUSY;

	while (__atomic_exchange_n(&network->rendezvous, 1, __ATOMIC_ACQUIRE))
		device->ops->yield();
	if (!vio_device_call_all(device, park) && !vio_device_call_all(device, take_letters)) {
		change(device);
		error = VIO_ERROR_NONE;
	}
	for (unsigned i = 0; i < network->backends; i++)
		vio_backend_unpark(network->backend[i]);
	__atomic_store_n(&network->rendezvous, 0, __ATOMIC_RELEASE);
	return error;
}

static enum vio_error apply(struct vio_device *device)
{
	enum vio_error error = check_wanted(device);

	if (error)
		return error;
	if (!vio_gate_check_all(device))
		return VIO_ERROR_BUSY;
	return apply_parked(device);
}

enum vio_error vio_rss_write(struct vio_device *device, uint32_t offset, uint32_t value)
{
	if (!(device->features & VIO_F_RSS))
		return VIO_ERROR_REGISTER;
	switch (offset) {
	case VIO_REG_QUEUE_PAIRS:
		WRITE_ONCE(device->rss_wanted.pairs, value);
		return VIO_ERROR_NONE;
	case VIO_REG_RSS_HASH:
		WRITE_ONCE(device->rss_wanted.hash_types, value | VIO_HASH_MASK_ADDRESS);
		return VIO_ERROR_NONE;
	case VIO_REG_RSS_APPLY:
		if (value != 1)
			return VIO_ERROR_REGISTER;
		device->rss_result = apply(device);
		return device->rss_result;
	default: /* the table */
		memcpy(device->rss_wanted.table + (offset - VIO_REG_RSS_TABLE), &value,
		       sizeof(value));
		return VIO_ERROR_NONE;
	}
}
