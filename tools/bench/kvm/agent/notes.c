/* SPDX-License-Identifier: BSD-2-Clause */
/* What the load generator is told: commands, and notes that it keeps (docs/wire.md). */
#include "tools/bench/kvm/agent/notes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/bench/kvm/agent/snapshot.h"

#define GENERATOR    "10.0.2.100"
#define COMMAND_PORT 0x534c
#define NOTE_PORT    0x534d
#define PIECE_BYTES  1400
#define PIECE_US     50 /* between two: a burst might be too much for somebody */

/* Sends text to a port of the generator's, in pieces. */
static int send_text(uint16_t port, const char *text, size_t len)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int err = fd < 0 ? -errno : 0;

	inet_pton(AF_INET, GENERATOR, &to.sin_addr);
	for (size_t at = 0; at < len && !err; at += PIECE_BYTES) {
		const size_t bytes = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;

		if (sendto(fd, text + at, bytes, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			err = -errno;
		if (at + bytes < len)
			usleep(PIECE_US);
	}
	close(fd);
	return err;
}

int note_command(const char *settings)
{
	return send_text(COMMAND_PORT, settings, strlen(settings));
}

void note_text(const char *text)
{
	const int err = send_text(NOTE_PORT, text, strlen(text));

	if (err)
		printf("FAILED note: %s\n", strerror(-err));
}

void note_snapshots(const char *name)
{
	size_t len = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	if (!f) {
		puts("FAILED note: out of memory");
		return;
	}
	snapshot_print(name, f);
	fclose(f);
	note_text(text);
	free(text);
}
