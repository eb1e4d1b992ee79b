/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole messages over a stream socket, with the file descriptors that come along. */
#ifndef SLUICE_TOOLS_VFIO_USER_CHANNEL_H
#define SLUICE_TOOLS_VFIO_USER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "tools/vfio_user/protocol.h"

/* A message as it came; payload and descriptors are the channel's until the next call. */
struct vfu_message {
	struct vfu_header header;
	const uint8_t *payload;
	size_t len;
	int *fds; /* -1: neither a file nor an eventfd; who keeps one puts -1 in its place */
	unsigned nfds;
};

struct vfu_outgoing;

struct vfu_channel {
	int fd;      /* -1: closed */
	uint8_t *in; /* VFU_MAX_MESSAGE bytes */
	size_t have;
	int fds[VFU_MAX_FDS];
	unsigned nfds;
	bool done; /* a whole message is in `in`, and was handed out */
	struct vfu_outgoing *first, **last;
	size_t waiting; /* bytes to be sent */
};

bool vfu_is_eventfd(int fd);

/* Takes over a connected SOCK_STREAM socket. 0 or -ENOMEM: then the socket is closed. */
int vfu_channel_open(struct vfu_channel *channel, int fd);
/* Closes the socket and what belongs to an unfinished message; nothing happens if it is closed. */
void vfu_channel_close(struct vfu_channel *channel);

/*
 * Never waits. Returns 1 and a message, 0 if none is complete yet, -ECONNRESET when the other end
 * has gone, or another negative errno when the stream cannot be understood any more, with the
 * reason in `why`; then the channel must be closed.
 */
int vfu_channel_receive(struct vfu_channel *channel, struct vfu_message *message, char *why,
			size_t why_len);

/*
 * Queues a message of a header, whose size is set here, and n parts, copied, and sends what the
 * socket takes. 0 or a negative errno: close the channel.
 */
int vfu_channel_send(struct vfu_channel *channel, struct vfu_header header,
		     const struct iovec *parts, unsigned n);
/* Sends more of what waits. Result as above. */
int vfu_channel_flush(struct vfu_channel *channel);

#endif
