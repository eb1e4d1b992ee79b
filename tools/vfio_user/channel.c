/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole messages over a stream socket, with the file descriptors that come along. */
#include "tools/vfio_user/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A message to be sent. Each is sent by a call of its own: a client may want its header whole. */
struct vfu_outgoing {
	struct vfu_outgoing *next;
	size_t len, sent;
	uint8_t data[];
};

static const size_t header_len = sizeof(struct vfu_header);

int vfu_channel_open(struct vfu_channel *channel, int fd)
{
	memset(channel, 0, sizeof(*channel));
	channel->fd = -1;
	channel->last = &channel->first;
	channel->in = malloc(VFU_MAX_MESSAGE);
	if (!channel->in) {
		close(fd);
		return -ENOMEM;
	}
	channel->fd = fd;
	return 0;
}

static void close_fds(struct vfu_channel *channel)
{
	for (unsigned i = 0; i < channel->nfds; i++) {
		if (channel->fds[i] >= 0)
			close(channel->fds[i]);
	}
	channel->nfds = 0;
}

void vfu_channel_close(struct vfu_channel *channel)
{
	if (channel->fd < 0)
		return;
	close_fds(channel);
	while (channel->first) {
		struct vfu_outgoing *next = channel->first->next;

		free(channel->first);
		channel->first = next;
	}
	free(channel->in);
	close(channel->fd);
	channel->fd = -1;
}

bool vfu_is_eventfd(int fd)
{
	char link[64], name[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, name, sizeof(name) - 1);
	if (len < 0)
		return false;
	name[len] = 0;
	return !strcmp(name, "anon_inode:[eventfd]");
}

/*
 * Files and eventfds. Anything else is of no use to us, and if we held the client's end of a socket
 * we would never learn that the client has gone.
 */
static bool is_harmless(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (S_ISREG(st.st_mode) || vfu_is_eventfd(fd));
}

/* Keeps the descriptors of one piece of a message. False: more than a message may have. */
static bool keep_fds(struct vfu_channel *channel, struct msghdr *msg)
{
	bool fit = !(msg->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (channel->nfds == VFU_MAX_FDS) {
				close(fd);
				fit = false;
			} else if (is_harmless(fd)) {
				channel->fds[channel->nfds++] = fd;
			} else {
				close(fd);
				channel->fds[channel->nfds++] = -1;
			}
		}
	}
	return fit;
}

/* Reads until `want` bytes of the message are there. 1: they are; else as the receive call. */
static int read_up_to(struct vfu_channel *channel, size_t want, char *why, size_t why_len)
{
	while (channel->have < want) {
		union {
			struct cmsghdr align;
			char space[CMSG_SPACE(sizeof(int) * VFU_MAX_FDS)];
		} control;
		struct iovec part = {channel->in + channel->have, want - channel->have};
		struct msghdr msg = {.msg_iov = &part,
				     .msg_iovlen = 1,
				     .msg_control = control.space,
				     .msg_controllen = sizeof(control.space)};
		ssize_t n = recvmsg(channel->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0) {
			snprintf(why, why_len, "%s%s",
				 channel->have ? "in the middle of a message: " : "",
				 n ? strerror(errno) : "the client has gone");
			return -ECONNRESET;
		}
		channel->have += (size_t)n;
		if (!keep_fds(channel, &msg)) {
			snprintf(why, why_len,
				 "a message with too many file descriptors, want at most %u",
				 VFU_MAX_FDS);
			return -EPROTO;
		}
	}
	return 1;
}

int vfu_channel_receive(struct vfu_channel *channel, struct vfu_message *message, char *why,
			size_t why_len)
{
	struct vfu_header *header = &message->header;
	int got;

	if (channel->done) {
		close_fds(channel);
		channel->done = false;
		channel->have = 0;
	}
	got = read_up_to(channel, header_len, why, why_len);
	if (got <= 0)
		return got;
	memcpy(header, channel->in, header_len);
	if (header->size < header_len || header->size > VFU_MAX_MESSAGE) {
		snprintf(why, why_len, "message of command %u with size %u, want %zu to %zu",
			 header->command, header->size, header_len, (size_t)VFU_MAX_MESSAGE);
		return -EPROTO;
	}
	if ((header->flags & VFU_TYPE_MASK) > VFU_REPLY) {
		snprintf(why, why_len, "message of command %u with type %u, want 0 or 1",
			 header->command, header->flags & VFU_TYPE_MASK);
		return -EPROTO;
	}
	got = read_up_to(channel, header->size, why, why_len);
	if (got <= 0)
		return got;
	channel->done = true;
	message->payload = channel->in + header_len;
	message->len = header->size - header_len;
	message->fds = channel->fds;
	message->nfds = channel->nfds;
	return 1;
}

int vfu_channel_flush(struct vfu_channel *channel)
{
	while (channel->first) {
		struct vfu_outgoing *out = channel->first;
		ssize_t n = send(channel->fd, out->data + out->sent, out->len - out->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		out->sent += (size_t)n;
		channel->waiting -= (size_t)n;
		if (out->sent < out->len)
			return 0;
		channel->first = out->next;
		if (!channel->first)
			channel->last = &channel->first;
		free(out);
	}
	return 0;
}

int vfu_channel_send(struct vfu_channel *channel, struct vfu_header header,
		     const struct iovec *parts, unsigned n)
{
	struct vfu_outgoing *out;
	size_t len = header_len;

	for (unsigned i = 0; i < n; i++)
		len += parts[i].iov_len;
	out = malloc(sizeof(*out) + len);
	if (!out)
		return -ENOMEM;
	header.size = (uint32_t)len;
	out->next = NULL;
	out->sent = 0;
	memcpy(out->data, &header, header_len);
	out->len = header_len;
	for (unsigned i = 0; i < n; i++) {
		if (parts[i].iov_len)
			memcpy(out->data + out->len, parts[i].iov_base, parts[i].iov_len);
		out->len += parts[i].iov_len;
	}
	*channel->last = out;
	channel->last = &out->next;
	channel->waiting += len;
	return vfu_channel_flush(channel);
}
