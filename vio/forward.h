/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet's way from where it came in to where it belongs, inside one backend. */
#ifndef SLUICE_VIO_FORWARD_H
#define SLUICE_VIO_FORWARD_H

#include "vio/backend.h"

/*
 * Sends each of count packets, of at least an Ethernet header, that came in by port `from` to all
 * ports it is for. Takes them over. The uplink's batch has room for them.
 */
void vio_forward(struct vio_backend *backend, unsigned from, struct packet **packets,
		 unsigned count);

/*
 * Forgets the way of the last packet, and adds what took it to the statistics; at the end of a
 * round.
 */
void vio_forward_end(struct vio_backend *backend);

/* Copies packet into queue, which this backend owns. The packet stays the caller's. */
void vio_deliver(struct vio_backend *backend, struct vio_queue *queue, const struct packet *packet);

#endif
