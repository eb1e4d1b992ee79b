/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of the guest that packets are for: one that answers datagrams, one that takes a TCP
 * transfer. */
#include "tools/bench/kvm/agent/servers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ECHO_PORT    7
#define DISCARD_PORT 9
#define BYTES        (256 * 1024)

static char buffer[BYTES];

static int listen_at(int type, uint16_t port)
{
	const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (const void *)&here, sizeof(here)) ||
	    (type == SOCK_STREAM && listen(fd, 4))) {
		perror("agent: server");
		exit(1);
	}
	return fd;
}

static void serve_echo(int fd)
{
	struct sockaddr_in from;

	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t got = recvfrom(fd, buffer, sizeof(buffer), 0, (void *)&from, &from_len);

		if (got >= 0)
			sendto(fd, buffer, (size_t)got, 0, (const void *)&from, from_len);
	}
}

static void serve_discard(int fd)
{
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		while (connection >= 0 && read(connection, buffer, sizeof(buffer)) > 0)
			;
		close(connection);
	}
}

/* The port is there before the process is. */
static void start(void (*serve)(int fd), int type, uint16_t port)
{
	int fd = listen_at(type, port);
	pid_t pid = fork();

	if (pid < 0)
		perror("agent: fork");
	if (pid == 0)
		serve(fd);
}

void servers_start(void)
{
	start(serve_echo, SOCK_DGRAM, ECHO_PORT);
	start(serve_discard, SOCK_STREAM, DISCARD_PORT);
}
