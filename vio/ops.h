/* SPDX-License-Identifier: BSD-2-Clause */
/* What vio asks of the hypervisor around it, beyond kernel/machine.h, kernel/log.h and netdev.h. */
#ifndef SLUICE_VIO_OPS_H
#define SLUICE_VIO_OPS_H

#include <stdbool.h>
#include <stdint.h>

struct vio_backend;

/* A piece of guest memory that is contiguous for guest and hypervisor. */
struct vio_region {
	uint64_t start; /* guest-physical */
	uint64_t bytes;
	uint8_t *memory;
};

/* A virtual machine with a vio device in it. */
struct vio_guest_ops {
	/*
	 * The piece of guest memory that guest-physical address lies in; false if there is none.
	 * From any core. It stays as it is until vio_device_destroy() has returned 0.
	 */
	bool (*region)(void *guest, uint64_t address, struct vio_region *region);

	/*
	 * Posts the interrupt of MSI-X table entry `vector` (below VIO_VECTORS_MOST) of the
	 * device's PCI function. From any core; neither blocks nor loses one (masked ones stay
	 * pending).
	 */
	void (*post_interrupt)(void *function, unsigned vector);

	/* Lets the other threads of this core run; called while a register access waits. */
	void (*yield)(void);
};

/* The thread that runs a backend. */
struct vio_backend_ops {
	/*
	 * Runs function(argument) on the backend's thread, between two vio_backend_poll(), and
	 * waits for it, letting other threads of the core run. 0, or -ETIMEDOUT: it will not run.
	 * Never called from a backend's thread.
	 */
	int (*call)(struct vio_backend *backend, void (*function)(void *argument), void *argument);

	/*
	 * Ends the backend thread's sleep, or makes its next one return at once. From any core and
	 * from interrupt handlers.
	 */
	void (*wake)(struct vio_backend *backend);
};

#endif
