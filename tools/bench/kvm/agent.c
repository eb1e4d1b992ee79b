/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes snapshots of counter files when told to on standard input, and prints them when told to.
 *
 *     take          a snapshot of all files, kept in memory
 *     window MS     two snapshots, so long apart; "WINDOW" says that it is over
 *     print NAME    all snapshots since the last "forget"
 *     forget
 *     send TEXT     a command to the load generator (docs/wire.md)
 *     other words   are for the shell
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/socket.h>
#include <unistd.h>
#include <x86intrin.h>

#define FILES_MAX     256
#define SNAPSHOTS_MAX 4
#define TEXT_MAX      (512 * 1024)
#define MARK_PORT     0x8910 /* of the lab's profile plugin */
#define GENERATOR     "10.0.2.100"
#define COMMAND_PORT  0x534c

struct snapshot {
	uint64_t tsc;
	size_t len;
	size_t end[FILES_MAX]; /* where each file's text ends */
	char *text;
};

static struct {
	bool marks; /* tells the profile plugin of each snapshot */
	int meter;  /* /proc/sluice_meter; -1: there is none */
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

static void tell_meter(const char *word)
{
	if (agent.meter >= 0 && write(agent.meter, word, strlen(word)) < 0)
		printf("FAILED meter %s: %s\n", word, strerror(errno));
}

static void take(void)
{
	struct snapshot *s = &agent.snapshot[agent.taken % SNAPSHOTS_MAX];

	/*
	 * The first two are a window's begin and end. The hypervisor takes a while, in which the
	 * guest stands still: outside the window.
	 */
	if (agent.taken == 0)
		tell_meter("take");
	s->tsc = __rdtsc();
	if (agent.marks)
		outb((unsigned char)agent.taken, MARK_PORT);
	s->len = 0;
	for (int i = 0; i < agent.files; i++) {
		s->len += read_file(i, s->text + s->len, TEXT_MAX - s->len);
		s->end[i] = s->len;
	}
	if (agent.taken == 1)
		tell_meter("take");
	agent.taken++;
}

/* It sleeps itself: a program for it would be work in the window. */
static void take_window(unsigned ms)
{
	take();
	usleep(ms * 1000);
	take();
	puts("WINDOW");
}

static void print(const char *name)
{
	const unsigned first = agent.taken > SNAPSHOTS_MAX ? agent.taken - SNAPSHOTS_MAX : 0;

	for (unsigned n = first; n < agent.taken; n++) {
		const struct snapshot *s = &agent.snapshot[n % SNAPSHOTS_MAX];
		size_t begin = 0;

		printf("SNAPSHOT %s %u %llu\n", name, n, (unsigned long long)s->tsc);
		for (int i = 0; i < agent.files; i++) {
			printf("FILE %s\n%.*s\n", agent.path[i], (int)(s->end[i] - begin),
			       s->text + begin);
			begin = s->end[i];
		}
	}
	tell_meter("log");
	/* Readers that look a line ahead need one after the end. */
	printf("END %s\n\n", name);
	fflush(stdout);
}

static int send_command(const char *text)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(COMMAND_PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t sent;

	inet_pton(AF_INET, GENERATOR, &to.sin_addr);
	sent = sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return sent < 0 ? -errno : 0;
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

static void obey(const char *line)
{
	if (!strcmp(line, "take"))
		take();
	else if (!strncmp(line, "window ", 7))
		take_window((unsigned)atoi(line + 7));
	else if (!strncmp(line, "print ", 6))
		print(line + 6);
	else if (!strcmp(line, "forget"))
		agent.taken = 0;
	else if (!strncmp(line, "send ", 5) ? send_command(line + 5) : system(line))
		printf("FAILED %s\n", line);
	fflush(stdout);
}

static void serve(void)
{
	char line[256];

	for (;;) {
		if (!fgets(line, sizeof(line), stdin)) {
			/* A virtio port reads as ended until the host has opened its side. */
			clearerr(stdin);
			usleep(1000);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			obey(line);
	}
}

int main(int argc, char **argv)
{
	char **paths = argv + 1;

	if (argc > 1 && !strcmp(*paths, "--mark")) {
		paths++;
		agent.marks = true;
		if (ioperm(MARK_PORT, 1, 1)) {
			perror("agent: ioperm");
			return 1;
		}
	}
	agent.meter = open("/proc/sluice_meter", O_WRONLY);
	if (open_files(paths))
		return 1;
	for (unsigned i = 0; i < SNAPSHOTS_MAX; i++) {
		agent.snapshot[i].text = malloc(TEXT_MAX);
		if (!agent.snapshot[i].text)
			return 1;
		/* Pages are touched now, not while something is measured. */
		memset(agent.snapshot[i].text, 0, TEXT_MAX);
	}
	puts("AGENT READY");
	fflush(stdout);
	serve();
}
