/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gates keep the order of flows that a change of steering moved from one receive queue to another.
 *
 * A queue with a closed gate publishes nothing until the driver has consumed, in the queues those
 * flows came from, all that was in them at the change. What it waits for was published before, so
 * gates never wait for each other; the next change is refused while one is closed.
 */
#ifndef SLUICE_VIO_GATE_H
#define SLUICE_VIO_GATE_H

#include "vio/device.h"

/*
 * Closes the gates of the queues that get flows which were steered by `old` before, by device->rss
 * now. While no backend touches the device's queues, and with all its gates open.
 */
void vio_gate_close(struct vio_device *device, const struct vio_rss *old);

/* Looks whether a receive queue's gate is open by now. From any thread. */
bool vio_gate_check(struct vio_queue *queue);

/* True if all gates of the device are open by now. The device's lock is held. */
bool vio_gate_check_all(struct vio_device *device);

/* Nothing waits for queue pair `pair` any more: it was disabled. The device's lock is held. */
void vio_gate_forget(struct vio_device *device, unsigned pair);

#endif
