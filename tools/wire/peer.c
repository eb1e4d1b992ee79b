/* SPDX-License-Identifier: BSD-2-Clause */
/* A second machine as endpoint: whole frames through a UNIX socket of the host. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/wire/backlog.h"
#include "tools/wire/endpoint.h"

/* Frames taken from the socket in one poll; the rest waits there. */
#define PEER_BATCH 256

/* Frames that may wait for room in the socket: a peer that is behind in real time. */
#define PEER_WAITING 8192u

struct peer_endpoint {
	struct endpoint ep;    /* first */
	int listener, fd;      /* -1: none */
	struct sockaddr_un at; /* of the listener */
	struct backlog waiting;
	unsigned char buf[WIRE_FRAME_MAX + 1];
};

static bool put(const struct peer_endpoint *p, const void *frame, size_t len)
{
	return send(p->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

static void flush_waiting(struct peer_endpoint *p)
{
	const struct backlog_frame *f;

	while ((f = backlog_peek(&p->waiting)) != NULL && put(p, f->data, f->len))
		backlog_pop(&p->waiting);
}

/* Without a peer the cable is not plugged in: frames are lost. */
static bool peer_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	struct peer_endpoint *p = (struct peer_endpoint *)ep;

	if (p->fd < 0)
		return false;
	flush_waiting(p);
	if (!p->waiting.count && put(p, frame, len))
		return true;
	return backlog_push(&p->waiting, frame, len, now);
}

static void hang_up(struct peer_endpoint *p)
{
	backlog_free(&p->waiting);
	close(p->fd);
	p->fd = -1;
	p->ep.log(p->ep.sink, "wire: the peer has gone");
}

static void peer_poll(struct endpoint *ep, wire_time_t now, uint64_t wait_ns)
{
	struct peer_endpoint *p = (struct peer_endpoint *)ep;
	const struct timespec wait = {.tv_nsec = (long)wait_ns};
	struct pollfd fd = {.fd = p->fd >= 0 ? p->fd : p->listener, .events = POLLIN};

	if (p->waiting.count)
		fd.events |= POLLOUT;
	if (wait_ns && ppoll(&fd, 1, &wait, NULL) <= 0)
		return;
	if (p->fd >= 0)
		flush_waiting(p);
	if (p->fd < 0 && p->listener >= 0)
		p->fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	for (int i = 0; p->fd >= 0 && i < PEER_BATCH; i++) {
		ssize_t len = recv(p->fd, p->buf, sizeof(p->buf), MSG_DONTWAIT);

		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len <= 0)
			hang_up(p);
		else
			p->ep.deliver(p->ep.sink, p->buf, (size_t)len, now);
	}
}

static void peer_close(struct endpoint *ep)
{
	struct peer_endpoint *p = (struct peer_endpoint *)ep;

	backlog_free(&p->waiting);
	if (p->fd >= 0)
		close(p->fd);
	if (p->listener >= 0) {
		unlink(p->at.sun_path); /* first: then the name may be another's */
		close(p->listener);
	}
	free(p);
}

static const struct endpoint_ops peer_ops = {
	.send = peer_send,
	.poll = peer_poll,
	.close = peer_close,
};

/* Connects to the machine that listens; if none does, listens. */
static int attach(struct peer_endpoint *p)
{
	const struct sockaddr *at = (const struct sockaddr *)&p->at;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int err;

	if (sock < 0)
		return -errno;
	if (!connect(sock, at, sizeof(p->at))) {
		p->fd = sock;
		return 0;
	}
	if (errno == ECONNREFUSED)
		unlink(p->at.sun_path); /* of a machine that has gone */
	else if (errno != ENOENT)
		goto err_sock;
	if (bind(sock, at, sizeof(p->at)) || listen(sock, 1) ||
	    fcntl(sock, F_SETFL, O_NONBLOCK) < 0)
		goto err_sock;
	p->listener = sock;
	return 0;

err_sock:
	err = errno;
	close(sock);
	return -err;
}

/* Locks the socket's folder, so that of two machines that come at once one listens; returns a file.
 */
static int lock_folder(const struct peer_endpoint *p)
{
	char path[sizeof(p->at.sun_path) + 1];
	int folder, err;

	snprintf(path, sizeof(path), "%s", p->at.sun_path);
	folder = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0 && !flock(folder, LOCK_EX))
		return folder;
	err = errno;
	if (folder >= 0)
		close(folder);
	return -err;
}

static int attach_alone(struct peer_endpoint *p)
{
	int folder = lock_folder(p);
	int err;

	if (folder < 0)
		return folder;
	err = attach(p);
	close(folder);
	return err;
}

int endpoint_open_peer(struct endpoint **ep, const struct wire_config *config, char *why,
		       size_t why_len)
{
	struct peer_endpoint *p = calloc(1, sizeof(*p));
	int err = p ? -ENAMETOOLONG : -ENOMEM;

	if (!p)
		goto err_peer;
	p->ep.ops = &peer_ops;
	backlog_init(&p->waiting, PEER_WAITING);
	p->listener = p->fd = -1;
	p->at.sun_family = AF_UNIX;
	if (strlen(config->spec) >= sizeof(p->at.sun_path))
		goto err_peer;
	memcpy(p->at.sun_path, config->spec, strlen(config->spec) + 1);
	err = attach_alone(p);
	if (err)
		goto err_peer;
	*ep = &p->ep;
	return 0;

err_peer:
	snprintf(why, why_len, "peer=%s: cannot connect or listen: %s", config->spec,
		 strerror(-err));
	free(p);
	return err;
}
