/* SPDX-License-Identifier: BSD-2-Clause */
/* Agents of several guests, whose clocks are one: the first leads the others by datagrams. */
#include "tools/bench/kvm/agent/peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tools/bench/kvm/agent/notes.h"
#include "tools/bench/kvm/agent/snapshot.h"

#define PORT           21325
#define FIRST_FOLLOWER 0x0a000210 /* 10.0.2.16 */
#define TRIES          20
#define TRY_US         200000
#define DONE           "done"

static struct {
	int fd;
	unsigned followers, mhz;
} peers;

int peers_init(unsigned followers, unsigned mhz)
{
	const struct timeval wait = {.tv_usec = followers ? TRY_US : 0};
	const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	peers.followers = followers;
	peers.mhz = mhz;
	peers.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (peers.fd < 0 || bind(peers.fd, (const void *)&here, sizeof(here)) ||
	    setsockopt(peers.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))) {
		perror("agent: socket");
		return -errno;
	}
	return 0;
}

void peers_take(const struct peers_plan *plan)
{
	for (unsigned n = 0; n < plan->count; n++) {
		const int64_t left = (int64_t)(plan->first + n * plan->step - __rdtsc());

		if (left > 0)
			usleep((useconds_t)(left / peers.mhz));
		snapshot_take(n + 1 == plan->count);
	}
}

static void tell(unsigned follower, const char *text)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_port = htons(PORT),
				       .sin_addr.s_addr = htonl(FIRST_FOLLOWER + follower)};
	char word[16];

	for (unsigned i = 0; i < TRIES; i++) {
		ssize_t got;

		if (sendto(peers.fd, text, strlen(text), 0, (const void *)&to, sizeof(to)) < 0)
			continue;
		got = recv(peers.fd, word, sizeof(word) - 1, 0);
		if (got == (ssize_t)strlen(DONE) && !memcmp(word, DONE, strlen(DONE)))
			return;
	}
	printf("FAILED guest%u does not answer to %s\n", follower + 1, text);
}

static void tell_all(const char *text)
{
	for (unsigned i = 0; i < peers.followers; i++)
		tell(i, text);
}

void peers_plan(const struct peers_plan *plan)
{
	char text[128];

	snprintf(text, sizeof(text), "plan %" PRIu64 " %" PRIu64 " %u", plan->first, plan->step,
		 plan->count);
	tell_all(text);
}

void peers_note(void)
{
	char text[128];

	for (unsigned i = 0; i < peers.followers; i++) {
		snprintf(text, sizeof(text), "print guest%u", i + 1);
		tell(i, text);
	}
}

void peers_run(const char *line)
{
	char text[256];

	snprintf(text, sizeof(text), "run %s", line);
	tell_all(text);
}

static void answer(const struct sockaddr_in *to, const char *text)
{
	sendto(peers.fd, text, strlen(text), 0, (const void *)to, sizeof(*to));
}

void peers_follow(void)
{
	struct peers_plan plan;
	struct sockaddr_in from;
	char text[256];

	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t got =
			recvfrom(peers.fd, text, sizeof(text) - 1, 0, (void *)&from, &from_len);

		if (got < 0)
			continue;
		text[got] = '\0';
		if (sscanf(text, "plan %" SCNu64 " %" SCNu64 " %u", &plan.first, &plan.step,
			   &plan.count) == 3) {
			snapshot_forget();
			answer(&from, DONE);
			peers_take(&plan);
		} else if (!strncmp(text, "print ", 6)) {
			snapshot_take(false);
			note_snapshots(text + 6);
			answer(&from, DONE);
		} else if (!strncmp(text, "run ", 4)) {
			answer(&from, system(text + 4) ? "failed" : DONE);
		}
	}
}
