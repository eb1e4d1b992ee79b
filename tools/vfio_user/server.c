/* SPDX-License-Identifier: BSD-2-Clause */
/* The server: listens for clients, and lets cards, wires and clients have their turns. */
#include "tools/vfio_user/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

/* The most that time may go on beyond what is due, before that was done. */
#define STEP_MAX (50 * I82599_PS_PER_US)

/*
 * Simulated time is real time since the first client came, less what was too much to do in it: a
 * machine too slow for the load makes time slow.
 */
static struct {
	bool running;
	uint64_t real_ns; /* when it was last looked at */
	i82599_time_t now;
} the_clock;

static uint64_t read_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static i82599_time_t get_time(void)
{
	return the_clock.now;
}

static void start_clock(void)
{
	if (!the_clock.running)
		the_clock.real_ns = read_clock();
	the_clock.running = true;
}

/* Nothing is due before `due`. */
static void advance_clock(i82599_time_t due)
{
	const uint64_t real_ns = read_clock();
	i82599_time_t passed = (real_ns - the_clock.real_ns) * I82599_PS_PER_NS;

	the_clock.real_ns = real_ns;
	if (due != WIRE_NEVER) {
		const i82599_time_t ahead = due > the_clock.now ? due - the_clock.now : 0;

		if (passed > ahead + STEP_MAX)
			passed = ahead + STEP_MAX;
	}
	the_clock.now += passed;
}

/* Whether somebody listens there; else what a server that has gone left behind is removed. */
static bool is_taken(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool taken;

	if (fd < 0)
		return false;
	taken = !connect(fd, (const struct sockaddr *)at, sizeof(*at));
	if (!taken && errno == ECONNREFUSED)
		unlink(at->sun_path);
	close(fd);
	return taken;
}

static int listen_at(const char *path, char *why, size_t why_len)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd, err = ENAMETOOLONG;

	if (strlen(path) >= sizeof(at.sun_path))
		goto err_none;
	strcpy(at.sun_path, path);
	err = EADDRINUSE;
	if (is_taken(&at))
		goto err_none;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !bind(fd, (const struct sockaddr *)&at, sizeof(at)) && !listen(fd, 4))
		return fd;
	err = errno;
	if (fd >= 0)
		close(fd);
err_none:
	snprintf(why, why_len, "--socket %s: cannot listen: %s", path, strerror(err));
	return -err;
}

/* Cables between the cards with wire=cross, two by two. */
static void join_crossed(struct server *server)
{
	struct vfu_port *waiting = NULL;

	for (unsigned i = 0; i < server->ports; i++) {
		struct vfu_port *port = &server->served[i].port;

		if (port->options.wire.kind != WIRE_CROSS)
			continue;
		if (waiting)
			vfu_port_join(waiting, port);
		waiting = waiting ? NULL : port;
	}
}

static int open_port(struct served_port *served, const struct port_arguments *arguments, char *why,
		     size_t why_len)
{
	int err;

	served->path = arguments->socket;
	served->listener = -1;
	err = vfu_port_open(&served->port, &arguments->nic, arguments->socket, get_time, why,
			    why_len);
	if (!err && arguments->bridge)
		err = vfu_port_put_behind(&served->port, arguments->bridge, why, why_len);
	if (err) {
		vfu_port_close(&served->port);
		return err;
	}
	vfu_session_init(&served->session, &served->port);
	err = listen_at(served->path, why, why_len);
	if (err < 0) {
		vfu_port_close(&served->port);
		return err;
	}
	served->listener = err;
	return 0;
}

int server_open(struct server *server, const struct arguments *arguments, char *why, size_t why_len)
{
	memset(server, 0, sizeof(*server));
	server->once = arguments->once;
	for (unsigned i = 0; i < arguments->ports; i++) {
		const int err = open_port(&server->served[i], &arguments->port[i], why, why_len);

		if (err) {
			server_close(server);
			return err;
		}
		server->ports++;
	}
	join_crossed(server);
	return 0;
}

void server_close(struct server *server)
{
	for (unsigned i = 0; i < server->ports; i++) {
		struct served_port *served = &server->served[i];

		vfu_session_end(&served->session, "the server ends");
		unlink(served->path);
		close(served->listener);
	}
	for (unsigned i = 0; i < server->ports; i++)
		vfu_port_close(&server->served[i].port);
	server->ports = 0;
}

/* A card has one client. */
static void accept_client(struct server *server, struct served_port *served)
{
	int fd = accept4(served->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (vfu_session_active(&served->session)) {
		vfu_port_log(&served->port, "client refused: there is one already");
		close(fd);
		return;
	}
	start_clock();
	server->seen = true;
	vfu_session_begin(&served->session, fd);
}

static i82599_time_t get_next(const struct server *server)
{
	i82599_time_t next = WIRE_NEVER;

	for (unsigned i = 0; i < server->ports; i++) {
		const i82599_time_t due = vfu_port_next(&server->served[i].port);

		if (due < next)
			next = due;
	}
	return next;
}

static bool is_congested(const struct server *server)
{
	for (unsigned i = 0; i < server->ports; i++) {
		if (vfu_port_congested(&server->served[i].port))
			return true;
	}
	return false;
}

/* Sleeps until `due` (WIRE_NEVER: for good) or until something comes. */
static void wait_for_work(const struct server *server, struct pollfd *fds, i82599_time_t due)
{
	const i82599_time_t left = due > the_clock.now ? due - the_clock.now : 0;
	const uint64_t ns = (left + I82599_PS_PER_NS - 1) / I82599_PS_PER_NS;
	const struct timespec timeout = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
	sigset_t none;

	for (unsigned i = 0; i < server->ports; i++) {
		const struct vfu_session *session = &server->served[i].session;

		fds[3 * i] = (struct pollfd){server->served[i].listener, POLLIN, 0};
		fds[3 * i + 1] =
			(struct pollfd){session->channel.fd, vfu_session_events(session), 0};
		fds[3 * i + 2] = (struct pollfd){session->port->irqs.unmask, POLLIN, 0};
	}
	sigemptyset(&none);
	if (ppoll(fds, 3 * server->ports, due == WIRE_NEVER ? NULL : &timeout, &none) < 0)
		memset(fds, 0, 3 * server->ports * sizeof(*fds));
}

/* Time stands still for a client that cannot keep up with a card's DMA. */
static void wait_and_tell_time(const struct server *server, struct pollfd *fds)
{
	const bool congested = is_congested(server);
	const i82599_time_t due = the_clock.running && !congested ? get_next(server) : WIRE_NEVER;

	wait_for_work(server, fds, due);
	if (congested)
		the_clock.real_ns = read_clock();
	else if (the_clock.running)
		advance_clock(due);
}

static bool has_client(const struct server *server)
{
	for (unsigned i = 0; i < server->ports; i++) {
		if (vfu_session_active(&server->served[i].session))
			return true;
	}
	return false;
}

void server_run(struct server *server, const volatile sig_atomic_t *stop)
{
	struct pollfd fds[3 * ARGUMENTS_PORTS_MAX];

	while (!*stop && !(server->once && server->seen && !has_client(server))) {
		wait_and_tell_time(server, fds);
		for (unsigned i = 0; i < server->ports; i++) {
			struct served_port *served = &server->served[i];

			if (fds[3 * i + 2].revents)
				vfu_irqs_unmask_told(&served->port.irqs);
			if (fds[3 * i + 1].revents)
				vfu_session_serve(&served->session);
			if (fds[3 * i].revents)
				accept_client(server, served);
			if (the_clock.running)
				vfu_port_run(&served->port);
		}
	}
}
