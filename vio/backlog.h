/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that a driver has been shown and not yet taken, and for how long they will occupy it:
 * as long as that, handing it more changes nothing. Known of drivers that store `consumed`
 * (vio_net.h, VIO_F_RSS).
 */
#ifndef SLUICE_VIO_BACKLOG_H
#define SLUICE_VIO_BACKLOG_H

#include <stdint.h>

/*
 * A driver says what it has taken before and after each of its polls. That many packets of the
 * backlog may be gone already (Linux's budget of a poll).
 */
#define VIO_BACKLOG_UNTOLD 64

struct vio_backlog {
	uint64_t looked;  /* tick of the last look */
	uint32_t taken;   /* what the driver said then */
	uint32_t unread;  /* packets that it surely had to do with then */
	uint64_t ticks;   /* of the present measurement, with the driver busy all the time, */
	uint32_t packets; /* and what it took meanwhile */
	uint64_t pace;    /* ticks a packet of a busy driver; 0: not known */
};

/*
 * Notes at tick now that a ring of so many descriptors has come to `published`, and its driver to
 * `taken`, which is the guest's word: what cannot be counts as no backlog.
 */
void vio_backlog_look(struct vio_backlog *backlog, uint64_t now, uint32_t published, uint32_t taken,
		      uint32_t size);

/* The tick until which the driver has enough to do; the last look's or earlier: it may wait. */
static inline uint64_t vio_backlog_end(const struct vio_backlog *backlog)
{
	return backlog->looked + backlog->unread * backlog->pace;
}

#endif
