/* SPDX-License-Identifier: BSD-2-Clause */
/* User-mode network by libslirp: 10.0.2.0/24, guest .15, host .2, DNS .3; clock: simulated time. */
#include <errno.h>
#include <libslirp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/endpoint.h"
#include "tools/wire/lease.h"

struct slirp_endpoint {
	struct endpoint ep; /* first */
	Slirp *slirp;
	wire_time_t now; /* of the call in progress */
	struct pollfd *fds;
	int fds_used, fds_size;
	struct wire_hostfwd following[WIRE_HOSTFWD_MAX]; /* forwards without a guest address */
	unsigned followings;
	struct in_addr leased; /* by DHCP, the last one */
	bool moved;            /* leased has changed, and forwards have not followed yet */
};

static ssize_t send_packet_cb(const void *buf, size_t len, void *opaque)
{
	struct slirp_endpoint *s = opaque;
	struct in_addr leased;

	if (lease_find(buf, len, &leased) && leased.s_addr != s->leased.s_addr) {
		s->leased = leased;
		s->moved = true;
	}
	s->ep.deliver(s->ep.sink, buf, len, s->now);
	return (ssize_t)len;
}

static void guest_error_cb(const char *msg, void *opaque)
{
	struct slirp_endpoint *s = opaque;

	s->ep.log(s->ep.sink, msg);
}

static int64_t clock_cb(void *opaque)
{
	const struct slirp_endpoint *s = opaque;

	return (int64_t)(s->now / WIRE_PS_PER_NS);
}

/* Sockets are listed anew at every poll, so their coming and going needs no bookkeeping. */
static void fd_cb(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void notify_cb(void *opaque)
{
	(void)opaque;
}

static int add_poll_cb(int fd, int events, void *opaque)
{
	struct slirp_endpoint *s = opaque;
	short wanted = 0;

	if (s->fds_used == s->fds_size) {
		int size = s->fds_size ? 2 * s->fds_size : 16;
		struct pollfd *fds = realloc(s->fds, (size_t)size * sizeof(*fds));

		if (!fds)
			return -1;
		s->fds = fds;
		s->fds_size = size;
	}
	if (events & SLIRP_POLL_IN)
		wanted |= POLLIN;
	if (events & SLIRP_POLL_OUT)
		wanted |= POLLOUT;
	if (events & SLIRP_POLL_PRI)
		wanted |= POLLPRI;
	s->fds[s->fds_used] = (struct pollfd){.fd = fd, .events = wanted};
	return s->fds_used++;
}

static int get_revents_cb(int idx, void *opaque)
{
	const struct slirp_endpoint *s = opaque;
	int events = 0;
	short seen;

	if (idx < 0 || idx >= s->fds_used)
		return 0;
	seen = s->fds[idx].revents;
	if (seen & POLLIN)
		events |= SLIRP_POLL_IN;
	if (seen & POLLOUT)
		events |= SLIRP_POLL_OUT;
	if (seen & POLLPRI)
		events |= SLIRP_POLL_PRI;
	if (seen & POLLERR)
		events |= SLIRP_POLL_ERR;
	if (seen & POLLHUP)
		events |= SLIRP_POLL_HUP;
	return events;
}

static bool slirp_endpoint_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	struct slirp_endpoint *s = (struct slirp_endpoint *)ep;

	s->now = now;
	slirp_input(s->slirp, frame, (int)len);
	return true;
}

/*
 * Leads the forwards without a guest address to who got one last: a boot loader may have had
 * another MAC address, and so another lease, than the guest. Connections stay.
 */
static void follow_lease(struct slirp_endpoint *s)
{
	for (unsigned i = 0; i < s->followings; i++) {
		struct wire_hostfwd *fwd = &s->following[i];
		char line[128], addr[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &s->leased, addr, sizeof(addr));
		slirp_remove_hostfwd(s->slirp, fwd->udp, fwd->host_addr, fwd->host_port);
		if (slirp_add_hostfwd(s->slirp, fwd->udp, fwd->host_addr, fwd->host_port, s->leased,
				      fwd->guest_port))
			snprintf(line, sizeof(line), "hostfwd: cannot lead port %u to %s",
				 fwd->host_port, addr);
		else
			snprintf(line, sizeof(line), "hostfwd: port %u leads to %s:%u",
				 fwd->host_port, addr, fwd->guest_port);
		s->ep.log(s->ep.sink, line);
	}
	s->moved = false;
}

static void slirp_endpoint_poll(struct endpoint *ep, wire_time_t now, uint64_t wait_ns)
{
	struct slirp_endpoint *s = (struct slirp_endpoint *)ep;
	const struct timespec wait = {.tv_nsec = (long)wait_ns};
	uint32_t timeout = 0;
	int n = 0;

	s->now = now;
	s->fds_used = 0;
	slirp_pollfds_fill(s->slirp, &timeout, add_poll_cb, s);
	if (s->fds_used || wait_ns)
		n = ppoll(s->fds, (nfds_t)s->fds_used, &wait, NULL);
	slirp_pollfds_poll(s->slirp, n < 0, get_revents_cb, s);
	if (s->moved)
		follow_lease(s);
}

static void slirp_endpoint_close(struct endpoint *ep)
{
	struct slirp_endpoint *s = (struct slirp_endpoint *)ep;

	slirp_cleanup(s->slirp);
	free(s->fds);
	free(s);
}

static const struct endpoint_ops slirp_endpoint_ops = {
	.send = slirp_endpoint_send,
	.poll = slirp_endpoint_poll,
	.close = slirp_endpoint_close,
};

/* IPv4 only: nothing on this network then uses a timer of its own or random advertisements. */
static Slirp *create_network(struct slirp_endpoint *s, const struct wire_config *wire)
{
	static const SlirpCb callbacks = {
		.send_packet = send_packet_cb,
		.guest_error = guest_error_cb,
		.clock_get_ns = clock_cb,
		.register_poll_fd = fd_cb,
		.unregister_poll_fd = fd_cb,
		.notify = notify_cb,
	};
	const SlirpConfig network = {
		.version = 4,
		.in_enabled = true,
		.vnetwork = {htonl(0x0a000200)},
		.vnetmask = {htonl(0xffffff00)},
		.vhost = {htonl(0x0a000202)},
		.vnameserver = {htonl(0x0a000203)},
		.vdhcp_start = {htonl(0x0a00020f)},
		.tftp_path = wire->tftp[0] ? wire->tftp : NULL,
		.bootfile = wire->bootfile[0] ? wire->bootfile : NULL,
	};

	return slirp_new(&network, &callbacks, s);
}

static int add_hostfwd(struct slirp_endpoint *s, const struct wire_hostfwd *fwd, char *why,
		       size_t why_len)
{
	char addr[INET_ADDRSTRLEN];
	int err;

	errno = 0;
	if (!slirp_add_hostfwd(s->slirp, fwd->udp, fwd->host_addr, fwd->host_port, fwd->guest_addr,
			       fwd->guest_port)) {
		if (!fwd->guest_addr.s_addr)
			s->following[s->followings++] = *fwd;
		return 0;
	}
	err = errno ? errno : EIO;
	inet_ntop(AF_INET, &fwd->host_addr, addr, sizeof(addr));
	snprintf(why, why_len, "hostfwd: cannot listen on %s %s:%u: %s", fwd->udp ? "udp" : "tcp",
		 addr, fwd->host_port, strerror(err));
	return -err;
}

int endpoint_open_slirp(struct endpoint **ep, const struct wire_config *config, char *why,
			size_t why_len)
{
	struct slirp_endpoint *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (!s)
		goto err_memory;
	signal(SIGPIPE, SIG_IGN); /* libslirp sends to sockets whose other end may be gone */
	s->ep.ops = &slirp_endpoint_ops;
	s->slirp = create_network(s, config);
	if (!s->slirp)
		goto err_memory;
	for (unsigned i = 0; i < config->hostfwds; i++) {
		err = add_hostfwd(s, &config->hostfwd[i], why, why_len);
		if (err) {
			slirp_endpoint_close(&s->ep);
			return err;
		}
	}
	*ep = &s->ep;
	return 0;

err_memory:
	free(s);
	snprintf(why, why_len, "slirp: out of memory");
	return err;
}
