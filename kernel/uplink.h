/* SPDX-License-Identifier: BSD-2-Clause */
/* The network card: found on the PCI bus, given interrupts, watched. */
#ifndef SLUICE_KERNEL_UPLINK_H
#define SLUICE_KERNEL_UPLINK_H

#include "drivers/net/netdev.h"

struct thread;

/*
 * Lists all cards with a driver, and initialises the configured one, else the first that works; the
 * others are left as they are. Returns NULL, after a line that says why, if there is none.
 */
struct netdev *uplink_probe(void);

/* Logs the PCI Express link of the card in use, if there is one. */
void uplink_report(void);

/*
 * A message for the card's link vector: its causes are acknowledged on the calling thread's core,
 * and that thread is woken. Returns 0 or -ENOSPC, logged.
 */
int uplink_alloc_link(struct netdev *dev, struct netdev_msi *msi);

/*
 * Starts the card with the pools and tables in config. Queue pair n raises its interrupt on the
 * core of threads[n % count] and wakes that thread; the link's wakes the calling thread. Returns 0
 * or a negative errno, logged.
 */
int uplink_start(struct netdev *dev, struct netdev_config *config, struct thread **threads,
		 unsigned count);

#endif
