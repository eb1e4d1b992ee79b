/* SPDX-License-Identifier: BSD-2-Clause */
/* The server: listens for clients, and lets cards, wires and clients have their turns. */
#ifndef SLUICE_TOOLS_VFIO_USER_SERVER_H
#define SLUICE_TOOLS_VFIO_USER_SERVER_H

#include <signal.h>

#include "tools/vfio_user/arguments.h"
#include "tools/vfio_user/session.h"

struct served_port {
	const char *path;
	int listener; /* -1: none */
	struct vfu_port port;
	struct vfu_session session;
};

struct server {
	bool once, seen; /* end when all clients have gone; one has come */
	unsigned ports;
	struct served_port served[ARGUMENTS_PORTS_MAX];
};

/*
 * Opens the cards and their sockets; takes the options over. Returns 0, or a negative errno with
 * the reason in `why`.
 */
int server_open(struct server *server, const struct arguments *arguments, char *why,
		size_t why_len);

/*
 * Serves until *stop is set by a signal; no signal is blocked while it waits. Only one server may
 * run in a process.
 */
void server_run(struct server *server, const volatile sig_atomic_t *stop);

/* Ends the clients, writes the counters and removes the sockets. */
void server_close(struct server *server);

#endif
