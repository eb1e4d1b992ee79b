/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots of counter files, kept in memory until they are printed. */
#include "tools/bench/kvm/agent/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <unistd.h>
#include <x86intrin.h>

#define FILES_MAX     256
#define SNAPSHOTS_MAX 12
#define TEXT_MAX      (64 * 1024)
#define MARK_PORT     0x8910 /* of the lab's profile plugin */
#define SINK          "/proc/sluice_sink"
#define METER         "/proc/sluice_meter"

struct snapshot {
	uint64_t tsc;
	size_t len;
	size_t end[FILES_MAX]; /* where each file's text ends */
	char *text;
};

static struct {
	bool marks;
	int meter, sink; /* -1: there is none */
	int files;
	char *path[FILES_MAX];
	int fd[FILES_MAX];
	unsigned taken;
	struct snapshot snapshot[SNAPSHOTS_MAX];
} agent;

/* Reads file i from its begin; one that cannot be read counts as empty. */
static size_t read_file(int i, char *to, size_t room)
{
	size_t len = 0;
	ssize_t got;

	/* Some of debugfs cannot seek: those are opened again. */
	if (lseek(agent.fd[i], 0, SEEK_SET) < 0) {
		close(agent.fd[i]);
		agent.fd[i] = open(agent.path[i], O_RDONLY);
	}
	while (len < room && (got = read(agent.fd[i], to + len, room - len)) > 0)
		len += (size_t)got;
	return len;
}

static void tell(int fd, const char *what, const char *word)
{
	if (fd >= 0 && write(fd, word, strlen(word)) < 0)
		printf("FAILED %s %s: %s\n", what, word, strerror(errno));
}

void snapshot_take(bool last)
{
	struct snapshot *s = &agent.snapshot[agent.taken];

	if (agent.taken == SNAPSHOTS_MAX) {
		printf("FAILED more than %d snapshots\n", SNAPSHOTS_MAX);
		return;
	}
	/* The hypervisor takes a while, in which the guest stands still: outside the window. */
	if (agent.taken == 0)
		tell(agent.meter, METER, "take");
	tell(agent.sink, SINK, "take");
	s->tsc = __rdtsc();
	if (agent.marks)
		outb((unsigned char)agent.taken, MARK_PORT);
	s->len = 0;
	for (int i = 0; i < agent.files; i++) {
		s->len += read_file(i, s->text + s->len, TEXT_MAX - s->len);
		s->end[i] = s->len;
	}
	if (last)
		tell(agent.meter, METER, "take");
	agent.taken++;
}

static void print_sink(FILE *to)
{
	static char text[4096];
	int fd = open(SINK, O_RDONLY);
	ssize_t got;

	while (fd >= 0 && (got = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)got, to);
	if (fd >= 0)
		close(fd);
}

void snapshot_print(const char *name, FILE *to)
{
	tell(agent.meter, METER, "log");
	for (unsigned n = 0; n < agent.taken; n++) {
		const struct snapshot *s = &agent.snapshot[n];
		size_t begin = 0;

		fprintf(to, "SNAPSHOT %s %u %llu\n", name, n, (unsigned long long)s->tsc);
		for (int i = 0; i < agent.files; i++) {
			fprintf(to, "FILE %s\n%.*s\n", agent.path[i], (int)(s->end[i] - begin),
				s->text + begin);
			begin = s->end[i];
		}
	}
	fprintf(to, "SINK %s\n", name);
	print_sink(to);
	/* Readers that look a line ahead need one after the end. */
	fprintf(to, "END %s\n\n", name);
	fflush(to);
}

void snapshot_forget(void)
{
	agent.taken = 0;
	tell(agent.sink, SINK, "reset");
}

static int open_files(char **paths)
{
	for (; *paths; paths++) {
		if (agent.files == FILES_MAX) {
			fprintf(stderr, "agent: more than %d files\n", FILES_MAX);
			return -E2BIG;
		}
		agent.fd[agent.files] = open(*paths, O_RDONLY);
		if (agent.fd[agent.files] < 0) {
			fprintf(stderr, "agent: %s: %s\n", *paths, strerror(errno));
			return -errno;
		}
		agent.path[agent.files++] = *paths;
	}
	return 0;
}

int snapshot_init(char **paths, bool marks)
{
	agent.marks = marks;
	if (marks && ioperm(MARK_PORT, 1, 1)) {
		perror("agent: ioperm");
		return -errno;
	}
	agent.meter = open(METER, O_WRONLY);
	agent.sink = open(SINK, O_WRONLY);
	for (unsigned i = 0; i < SNAPSHOTS_MAX; i++) {
		agent.snapshot[i].text = malloc(TEXT_MAX);
		if (!agent.snapshot[i].text)
			return -ENOMEM;
		/* Pages are touched now, not while something is measured. */
		memset(agent.snapshot[i].text, 0, TEXT_MAX);
	}
	return open_files(paths);
}
