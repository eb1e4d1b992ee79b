/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux TAP interface as endpoint: an existing one of the user's, or a new one (CAP_NET_ADMIN).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/wire/endpoint.h"

/* Frames taken from the kernel in one poll; the rest waits there. */
#define TAP_BATCH 256

struct tap_endpoint {
	struct endpoint ep; /* first */
	int fd;
	unsigned char buf[WIRE_FRAME_MAX + 1];
};

static bool tap_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	const struct tap_endpoint *t = (const struct tap_endpoint *)ep;

	(void)now;
	return write(t->fd, frame, len) == (ssize_t)len;
}

static void tap_poll(struct endpoint *ep, wire_time_t now, uint64_t wait_ns)
{
	struct tap_endpoint *t = (struct tap_endpoint *)ep;
	const struct timespec wait = {.tv_nsec = (long)wait_ns};
	struct pollfd fd = {.fd = t->fd, .events = POLLIN};

	if (wait_ns && ppoll(&fd, 1, &wait, NULL) <= 0)
		return;
	for (int i = 0; i < TAP_BATCH; i++) {
		ssize_t len = read(t->fd, t->buf, sizeof(t->buf));

		if (len <= 0)
			return;
		t->ep.deliver(t->ep.sink, t->buf, (size_t)len, now);
	}
}

static void tap_close(struct endpoint *ep)
{
	struct tap_endpoint *t = (struct tap_endpoint *)ep;

	close(t->fd);
	free(t);
}

static const struct endpoint_ops tap_ops = {
	.send = tap_send,
	.poll = tap_poll,
	.close = tap_close,
};

static int attach(const char *name, char *why, size_t why_len)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd, err;

	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		snprintf(why, why_len, "tap: cannot open /dev/net/tun: %s", strerror(err));
		return -err;
	}
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = errno;
		snprintf(why, why_len, "tap: cannot attach to %s: %s", name, strerror(err));
		close(fd);
		return -err;
	}
	return fd;
}

/* Brings the interface up unless it is. */
static int bring_up(const char *name, char *why, size_t why_len)
{
	struct ifreq ifr = {0};
	int sock, err = 0;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || ioctl(sock, SIOCGIFFLAGS, &ifr) < 0) {
		err = -errno;
	} else if (!(ifr.ifr_flags & IFF_UP)) {
		ifr.ifr_flags |= IFF_UP;
		if (ioctl(sock, SIOCSIFFLAGS, &ifr) < 0)
			err = -errno;
	}
	if (err)
		snprintf(why, why_len, "tap: cannot bring %s up: %s", name, strerror(-err));
	if (sock >= 0)
		close(sock);
	return err;
}

int endpoint_open_tap(struct endpoint **ep, const struct wire_config *config, char *why,
		      size_t why_len)
{
	struct tap_endpoint *t;
	int fd, err;

	fd = attach(config->tap, why, why_len);
	if (fd < 0)
		return fd;
	err = bring_up(config->tap, why, why_len);
	if (err)
		goto err_fd;
	t = calloc(1, sizeof(*t));
	if (!t) {
		snprintf(why, why_len, "tap: out of memory");
		err = -ENOMEM;
		goto err_fd;
	}
	t->ep.ops = &tap_ops;
	t->fd = fd;
	*ep = &t->ep;
	return 0;

err_fd:
	close(fd);
	return err;
}
