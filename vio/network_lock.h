/* SPDX-License-Identifier: BSD-2-Clause */
/* The lock of a network's ports: taken by threads of control, never by backends. */
#ifndef SLUICE_VIO_NETWORK_LOCK_H
#define SLUICE_VIO_NETWORK_LOCK_H

#include "vio/network.h"

/* Threads are cooperative and hold it without waiting, so spinning for it ends. */
static inline void vio_network_lock(struct vio_network *network)
{
	while (__atomic_exchange_n(&network->lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static inline void vio_network_unlock(struct vio_network *network)
{
	__atomic_store_n(&network->lock, 0, __ATOMIC_RELEASE);
}

#endif
