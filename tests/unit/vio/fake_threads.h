/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network without a card whose backends run on threads of the host. Its devices are written to by
 * one thread only: that which calls.
 */
#ifndef SLUICE_TESTS_UNIT_VIO_FAKE_THREADS_H
#define SLUICE_TESTS_UNIT_VIO_FAKE_THREADS_H

#include "fake_guest.h"
#include "vio/device.h"
#include "vio/network.h"

#define FAKE_THREADS_MOST 4

/* Makes it and starts the threads. */
struct vio_network *fake_threads_start(unsigned backends);

/* A guest's device in it, with features agreed on; the last byte of its MAC address is mac. */
struct vio_device *fake_threads_make_device(struct guest *guest, uint8_t mac, unsigned queue_pairs,
					    uint32_t features);

/* Enables a queue; its interrupts are those of its pair. */
void fake_threads_enable(struct vio_device *device, unsigned queue, const struct front_ring *ring);

/* Ends the threads and destroys the network, which has no devices. */
void fake_threads_stop(void);

#endif
