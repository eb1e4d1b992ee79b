/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the device's own sources: registers (device_registers.c) and life (device.c). */
#ifndef SLUICE_VIO_DEVICE_INTERNAL_H
#define SLUICE_VIO_DEVICE_INTERNAL_H

#include "vio/device.h"

#define VIO_FEATURES_OFFERED                                                                       \
	(VIO_F_TX_CSUM | VIO_F_RX_CSUM | VIO_F_TSO4 | VIO_F_TSO6 | VIO_F_TX_VLAN | VIO_F_RX_VLAN | \
	 VIO_F_RX_HASH | VIO_F_RSS | VIO_F_COALESCE | VIO_F_ADAPTIVE | VIO_F_RX_GSO)

static inline uint32_t vio_device_features(const struct vio_device *device)
{
	return VIO_FEATURES_OFFERED | (device->any_source ? VIO_F_MAC : 0);
}

/* Runs function(backend) on all backends' threads in turn. Returns 0 or -ETIMEDOUT, logged. */
int vio_device_call_all(struct vio_device *device, void (*function)(void *argument));

/* Each returns VIO_ERROR_NONE or why it could not be done. The device's lock is held. */
enum vio_error vio_device_enable_queue(struct vio_device *device, unsigned number);
enum vio_error vio_device_disable_queue(struct vio_device *device, unsigned number);

/* Lets packets flow, or stops them: then no backend looks at the rings when it returns. */
enum vio_error vio_device_run(struct vio_device *device, bool run);

/* Back to the state after creation; VIO_ERROR_BUSY if queues could not be stopped yet. */
enum vio_error vio_device_reset(struct vio_device *device);

/* Receive-side scaling as after a reset. No queue is enabled. */
void vio_rss_reset(struct vio_device *device);

/* After features or device->rss changed: which packets must be hashed by software. */
void vio_rss_update(struct vio_device *device);

/* Takes value as what the driver wants; offset is that of VIO_REG_QUEUE_PAIRS or of a RSS one. */
enum vio_error vio_rss_write(struct vio_device *device, uint32_t offset, uint32_t value);

/*
 * Opens a port for a device that has its address, and makes it device->port. Returns 0, or a
 * negative errno, logged. vio_device_leave() closes it.
 */
int vio_device_join(struct vio_device *device, const struct vio_vlan_config *vlans);
void vio_device_leave(struct vio_device *device);

/*
 * Changes the device's own address. VIO_ERROR_ADDRESS: another guest's device has it or may want it
 * back; VIO_ERROR_REGISTER: not a unicast address; VIO_ERROR_BUSY: the switch has no room for it.
 */
enum vio_error vio_device_set_address(struct vio_device *device, uint64_t mac);

/* The defaults of interrupt coalescing. */
void vio_coalescing_reset(struct vio_device *device);

/* A queue's coalescing register was written; offset is that within the queue's registers. */
enum vio_error vio_coalescing_write(struct vio_device *device, unsigned number, uint32_t offset,
				    uint32_t value);

/* What went wrong, in words for the log. */
const char *vio_error_name(enum vio_error error);

#endif
