/* SPDX-License-Identifier: BSD-2-Clause */
/* One card: the model, its wire, and the client's memory and interrupts. */
#ifndef SLUICE_TOOLS_VFIO_USER_PORT_H
#define SLUICE_TOOLS_VFIO_USER_PORT_H

#include "tools/i82599/i82599.h"
#include "tools/vfio_user/dma.h"
#include "tools/vfio_user/irq.h"
#include "tools/vfio_user/remote.h"
#include "tools/wire/options.h"

struct vfu_port {
	struct nic_options options;
	const char *name; /* for messages */
	i82599_time_t (*now)(void);
	struct i82599 *dev;
	struct wire *wire;
	struct vfu_port *partner; /* at the other end of a crossed cable */
	i82599_time_t wake;       /* when the card wants to run */
	struct vfu_dma dma;
	struct vfu_irqs irqs;
	struct vfu_remote remote;
	const volatile uint8_t *bridge; /* 0 there: the bridge above refuses requests; NULL: none */
	bool refused;                   /* by the bridge, the last request */
	bool line;                      /* the card asserts INTA */
	bool dma_waits;                 /* the last read that was refused is only on its way */
};

/*
 * Makes a card and plugs in its cable. The options, which were checked, are taken over; `name` is
 * not copied. `now` never decreases. Returns 0, or a negative errno with the reason in `why`.
 */
int vfu_port_open(struct vfu_port *port, const struct nic_options *options, const char *name,
		  i82599_time_t (*now)(void), char *why, size_t why_len);
/* Writes the counters and ends everything; nothing happens if it is not open. */
void vfu_port_close(struct vfu_port *port);
/*
 * Puts the card behind a bridge, which refuses its DMA and messages as unsupported requests while
 * the file's first byte is 0. Returns 0, or a negative errno with the reason in `why`.
 */
int vfu_port_put_behind(struct vfu_port *port, const char *path, char *why, size_t why_len);
/* A cable between two ports of wire=cross. */
void vfu_port_join(struct vfu_port *a, struct vfu_port *b);

/* One line on stderr with the port's name. */
void vfu_port_log(const struct vfu_port *port, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As after power-on; the client's memory and interrupts stay. */
void vfu_port_reset(struct vfu_port *port);
/* The client has gone: its memory and interrupts too; the card is reset, its counters written. */
void vfu_port_detach(struct vfu_port *port);
/* Tells the card which MSI-X vectors lead somewhere: after SET_IRQS, and after a reset. */
void vfu_port_sync_vectors(struct vfu_port *port);

/* Whether the client is so far behind with the card's DMA that time should stand still. */
bool vfu_port_congested(const struct vfu_port *port);

/* When vfu_port_run() is due; WIRE_NEVER: not. */
i82599_time_t vfu_port_next(const struct vfu_port *port);
void vfu_port_run(struct vfu_port *port);

#endif
