/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts as the client has set them up: an eventfd for each, and its mask. */
#ifndef SLUICE_TOOLS_VFIO_USER_IRQ_H
#define SLUICE_TOOLS_VFIO_USER_IRQ_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/vfio_user/protocol.h"

#define VFU_VECTORS 64

struct vfu_irq {
	int eventfd; /* -1: none */
	bool masked;
};

struct vfu_irqs {
	struct vfu_irq irq[VFU_MSIX + 1][VFU_VECTORS];
	bool line;  /* INTA is asserted */
	int unmask; /* an eventfd that lifts its mask, or -1: for poll() */
};

/* What GET_IRQ_INFO answers for a type below VFU_IRQ_TYPES. */
struct vfu_irq_info vfu_irqs_info(uint32_t type);

void vfu_irqs_init(struct vfu_irqs *irqs);

/* Closes all eventfds and lifts all masks. */
void vfu_irqs_clear(struct vfu_irqs *irqs);

/*
 * Carries out SET_IRQS; len is the message's without its header. Descriptors that are kept are
 * replaced by -1. Returns 0, or -EINVAL or -ENOTSUP with what was wrong and expected in `why`; then
 * nothing has changed.
 */
int vfu_irqs_set(struct vfu_irqs *irqs, const struct vfu_irq_set *set, const uint8_t *bools,
		 size_t len, int *fds, unsigned nfds, char *why, size_t why_len);

/* Whether the interrupt can be told to the client now. */
bool vfu_irqs_open(const struct vfu_irqs *irqs, enum vfu_irq_type type, unsigned n);

/*
 * The card's INTA: the client is told of an assertion once, and again when it has lifted the mask
 * that this sets while the line is still asserted.
 */
void vfu_irqs_set_line(struct vfu_irqs *irqs, bool asserted);

/* The unmask eventfd was told something. */
void vfu_irqs_unmask_told(struct vfu_irqs *irqs);

/* Tells the client; nothing happens without an eventfd. */
void vfu_irqs_fire(const struct vfu_irqs *irqs, enum vfu_irq_type type, unsigned n);

#endif
