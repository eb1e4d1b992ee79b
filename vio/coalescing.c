// SPDX-License-Identifier: BSD-2-Clause
// What a device's driver wants of its interrupts: VIO_QUEUE_USECS, VIO_QUEUE_FRAMES,
// VIO_QUEUE_ADAPTIVE.
#include "kernel/log.h"
#include "vio/device_internal.h"

/* Gives the policy what the registers say. */
static void apply(struct vio_device *device, unsigned number)
{
	const struct vio_queue_registers *registers = &device->registers[number];
	struct vio_coalesce_settings *settings = &device->queue[number].coalesce;

	WRITE_ONCE(settings->delay_ticks, registers->usecs * ticks_per_us());
	WRITE_ONCE(settings->frames, registers->frames);
	WRITE_ONCE(settings->adaptive, registers->adaptive != 0);
	WRITE_ONCE(settings->spacing_ticks,
		   device->network->coalescing.spacing_us * ticks_per_us());
}

void vio_coalescing_reset(struct vio_device *device)
{
	const struct vio_coalescing *defaults = &device->network->coalescing;

	for (unsigned i = 0; i < VIO_QUEUES_MOST; i++) {
		device->registers[i].usecs = defaults->usecs;
		device->registers[i].frames = defaults->frames;
		device->registers[i].adaptive = defaults->adaptive;
		apply(device, i);
	}
}

/* Told in the log, rarer and rarer: a driver may try as often as it likes. */
static enum vio_error refuse_range(struct vio_device *device, unsigned number, const char *name,
				   uint32_t value, uint32_t most)
{
	device->range_refusals++;
	if (!(device->range_refusals & (device->range_refusals - 1)))
		log_warning("%s: queue %u: coalescing %s %u refused, expected 0 to %u",
			    device->name, number, name, value, most);
	return VIO_ERROR_REGISTER;
}

enum vio_error vio_coalescing_write(struct vio_device *device, unsigned number, uint32_t offset,
				    uint32_t value)
{
	struct vio_queue_registers *registers = &device->registers[number];
	uint32_t adaptive_most = device->features & VIO_F_ADAPTIVE ? 1 : 0;

	if (offset == VIO_QUEUE_ADAPTIVE) {
		if (value > adaptive_most)
			return refuse_range(device, number, "adaptive", value, adaptive_most);
		WRITE_ONCE(registers->adaptive, value);
		apply(device, number);
		return VIO_ERROR_NONE;
	}
	if (!(device->features & VIO_F_COALESCE))
		return VIO_ERROR_REGISTER;
	if (offset == VIO_QUEUE_USECS) {
		if (value > VIO_USECS_MOST)
			return refuse_range(device, number, "usecs", value, VIO_USECS_MOST);
		WRITE_ONCE(registers->usecs, value);
	} else {
		if (value > VIO_RING_SIZE_MOST)
			return refuse_range(device, number, "frames", value, VIO_RING_SIZE_MOST);
		WRITE_ONCE(registers->frames, value);
	}
	/* A driver that knows no other way means these literally. */
	if (!adaptive_most)
		WRITE_ONCE(registers->adaptive, 0);
	apply(device, number);
	return VIO_ERROR_NONE;
}
