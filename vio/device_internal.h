/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the device's own sources: registers (device_registers.c) and life (device.c). */
#ifndef SLUICE_VIO_DEVICE_INTERNAL_H
#define SLUICE_VIO_DEVICE_INTERNAL_H

#include "vio/device.h"

#define VIO_FEATURES_OFFERED                                                                       \
	(VIO_F_TX_CSUM | VIO_F_RX_CSUM | VIO_F_TSO4 | VIO_F_TSO6 | VIO_F_TX_VLAN | VIO_F_RX_VLAN | \
	 VIO_F_RX_HASH | VIO_F_RSS | VIO_F_COALESCE | VIO_F_ADAPTIVE | VIO_F_RX_GSO)

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

/* The defaults of interrupt coalescing. */
void vio_coalescing_reset(struct vio_device *device);

/* A queue's coalescing register was written; offset is that within the queue's registers. */
enum vio_error vio_coalescing_write(struct vio_device *device, unsigned number, uint32_t offset,
				    uint32_t value);

/* What went wrong, in words for the log. */
const char *vio_error_name(enum vio_error error);

#endif
