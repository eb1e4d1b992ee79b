/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guests' transmit rings of one backend. Devices, not queues, share in turn, and by bytes of
 * the wire: deficit round robin (Shreedhar and Varghese, 1995), in which a packet larger than what
 * is left of a turn is sent and owed for. A device that its rate limit holds back keeps its packets
 * in its rings and passes its turn.
 */
#ifndef SLUICE_VIO_TRANSMIT_H
#define SLUICE_VIO_TRANSMIT_H

#include "vio/backend.h"

/* Adds or removes a transmit queue that backend owns. On its thread, between two rounds. */
void vio_transmit_add(struct vio_backend *backend, struct vio_queue *queue);
void vio_transmit_remove(struct vio_backend *backend, const struct vio_queue *queue);

/* Takes up to budget packets out of the rings and sends them on. Returns how many. */
unsigned vio_transmit(struct vio_backend *backend, unsigned budget);

/*
 * Before sleeping: asks for doorbells, and moves *deadline to where the first rate limit opens, if
 * that is earlier. Returns true if there is work already.
 */
bool vio_transmit_sleep(struct vio_backend *backend, uint64_t now, uint64_t *deadline);

#endif
