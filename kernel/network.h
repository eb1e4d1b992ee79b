/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network of this machine: the card found on the PCI bus, vio's switch over it, and a
 * backend thread on every core that serves I/O.
 */
#ifndef SLUICE_KERNEL_NETWORK_H
#define SLUICE_KERNEL_NETWORK_H

struct vio_network;
struct netdev;

/* The network all guests' devices are on; set by network_start(). */
extern struct vio_network *host_network;

/* The card in use, or NULL. */
extern struct netdev *host_uplink;

/*
 * Finds the card, makes the network, starts card and backend threads. Without a usable card guests
 * still reach each other; that is logged. Needs cores, threads and configuration. Panics only
 * without memory for the network itself.
 */
void network_start(void);

/* Watches the card; called by the control thread about once a second and when woken. */
void network_service(void);

#endif
