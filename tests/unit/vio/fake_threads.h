/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network without a card whose backends run on threads of the host. Its devices are written to by
 * one thread only: that which calls.
 */
#ifndef SLUICE_TESTS_UNIT_VIO_FAKE_THREADS_H
#define SLUICE_TESTS_UNIT_VIO_FAKE_THREADS_H

#include "vio/network.h"

#define FAKE_THREADS_MOST 4

/* Makes it and starts the threads. */
struct vio_network *fake_threads_start(unsigned backends);

/* Ends the threads and destroys the network, which has no devices. */
void fake_threads_stop(void);

#endif
