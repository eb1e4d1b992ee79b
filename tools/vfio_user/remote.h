/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA by messages, to memory that the client has not shared.
 *
 * We never wait for the client: it may be waiting for us, with everything else in it standing still
 * (QEMU's main lock). A read is asked for and refused; the card repeats it when the answer is
 * there. Writes are sent at once. An interrupt is told when all writes before it were answered.
 */
#ifndef SLUICE_TOOLS_VFIO_USER_REMOTE_H
#define SLUICE_TOOLS_VFIO_USER_REMOTE_H

#include "tools/vfio_user/channel.h"

struct vfu_remote_read;
struct vfu_remote_step;

struct vfu_remote {
	struct vfu_channel *channel; /* NULL: no client */
	uint64_t max_transfer;
	uint16_t next_id;
	struct vfu_remote_read *reads; /* asked for or answered */
	struct vfu_remote_step *first, **last;
	unsigned waiting; /* writes and interrupts in that list */
	bool arrived;     /* an answer to a read, since vfu_remote_begin_retry() */
	unsigned refused; /* writes that the client answered with an error */
	void (*interrupt)(void *opaque, unsigned type, unsigned n);
	void *opaque;
};

enum vfu_remote_result {
	VFU_REMOTE_FAILED,
	VFU_REMOTE_DONE,
	VFU_REMOTE_WAITS
};

/* `interrupt` is called, with `opaque`, for what vfu_remote_interrupt() was given. */
void vfu_remote_init(struct vfu_remote *remote,
		     void (*interrupt)(void *opaque, unsigned type, unsigned n), void *opaque);
/* A client is there; max_transfer is the most bytes it takes in a message, at least 1. */
void vfu_remote_attach(struct vfu_remote *remote, struct vfu_channel *channel,
		       uint64_t max_transfer);
/* The client has gone. */
void vfu_remote_detach(struct vfu_remote *remote);

/*
 * len bytes at a bus address: whether they are there to be taken, on their way, or cannot be had.
 * All that is missing is asked for.
 */
enum vfu_remote_result vfu_remote_ask(struct vfu_remote *remote, uint64_t address, size_t len);
/* Takes what vfu_remote_ask() has just found to be there. */
void vfu_remote_take(struct vfu_remote *remote, uint64_t address, void *buf, size_t len);
/* False: the client cannot be told, or is far behind. */
bool vfu_remote_write(struct vfu_remote *remote, uint64_t address, const void *buf, size_t len);
/* `interrupt` is called behind all writes so far. False: it is not, there are none. */
bool vfu_remote_follow(struct vfu_remote *remote, unsigned type, unsigned n);
/* The same, but at once if there are none. */
void vfu_remote_interrupt(struct vfu_remote *remote, unsigned type, unsigned n);

/* What was asked for is of no use any more; the answers will be thrown away. */
void vfu_remote_forget(struct vfu_remote *remote);

/*
 * Around the card's repetition of its reads. What it does not repeat is forgotten: an answer is
 * good for the read that asked for it only, not for a later one of the same memory.
 */
void vfu_remote_begin_retry(struct vfu_remote *remote);
void vfu_remote_end_retry(struct vfu_remote *remote);

/* Whether anything is under way. */
bool vfu_remote_busy(const struct vfu_remote *remote);

/* Whether so much is under way that the card should stand still. */
bool vfu_remote_congested(const struct vfu_remote *remote);

/*
 * The client's answer to a DMA_READ or DMA_WRITE. 0, or -EPROTO with what was wrong in `why`.
 */
int vfu_remote_answer(struct vfu_remote *remote, const struct vfu_message *message, char *why,
		      size_t why_len);

#endif
