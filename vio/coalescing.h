/* SPDX-License-Identifier: BSD-2-Clause */
/* What interrupt coalescing of a device's queues is after a reset. */
#ifndef SLUICE_VIO_COALESCING_H
#define SLUICE_VIO_COALESCING_H

#include <stdint.h>

#include "vio/vio_net.h"

struct vio_coalescing {
	uint32_t usecs, frames; /* VIO_QUEUE_USECS and VIO_QUEUE_FRAMES */
	uint32_t adaptive;      /* VIO_QUEUE_ADAPTIVE */
	/* A fixed rate, whatever guests set: microseconds between two interrupts; 0: none. */
	uint32_t spacing_us;
};

#define VIO_COALESCING_DEFAULT                            \
	(struct vio_coalescing)                           \
	{                                                 \
		.usecs = VIO_USECS_DEFAULT, .adaptive = 1 \
	}

#endif
