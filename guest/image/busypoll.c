// SPDX-License-Identifier: BSD-2-Clause
/*
 * A UDP socket whose reader looks at the device's queue itself instead of waiting for interrupts
 * (SO_PREFER_BUSY_POLL). Prints how many datagrams came.
 *
 * usage: busypoll PORT MILLISECONDS
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define POLL_US 10000 /* how long a read looks before it sleeps */
#define BUDGET  64    /* packets at a look */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void set_option(int fd, int option, int value)
{
	if (setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)))
		fail("setsockopt");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct timeval patience = {.tv_usec = 20000};
	unsigned long datagrams = 0;
	uint64_t end;
	char data[2048];
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: busypoll PORT MILLISECONDS\n");
		return 2;
	}
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail("socket");
	set_option(fd, SO_BUSY_POLL, POLL_US);
	set_option(fd, SO_PREFER_BUSY_POLL, 1);
	set_option(fd, SO_BUSY_POLL_BUDGET, BUDGET);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		fail("setsockopt");
	end = now_ms() + (uint64_t)atoi(argv[2]);
	while (now_ms() < end) {
		if (recv(fd, data, sizeof(data), 0) >= 0)
			datagrams++;
		else if (errno != EAGAIN && errno != EINTR)
			fail("recv");
	}
	printf("%lu\n", datagrams);
	return 0;
}
