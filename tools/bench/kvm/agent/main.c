/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes snapshots of counter files when told to on standard input, and prints them when told to.
 *
 *     take          a snapshot of all files, kept in memory
 *     print NAME    all snapshots since the last "forget"
 *     note LOAD SETTINGS
 *                   the same to the load generator's notes, with the followers'; "NOTED" says that
 * it is over forget send TEXT     a command to the load generator (docs/wire.md) load SETTLE_US
 * WINDOW_US COUNT TEXT anew: sends TEXT, takes COUNT windows after a time to settle, ends the load,
 * takes a last snapshot when nothing can be under way any more; "WINDOW" says that it is over all
 * LINE      a line for the shells of all guests other words   are for the shell
 *
 *     agent [--mark] [--serve] [--mhz N --followers N | --mhz N --follow] FILE...
 *
 * --mark: tells the profile plugin of each snapshot; --serve: takes and answers packets;
 * --followers: leads so many agents of other guests; --follow: is led.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tools/bench/kvm/agent/notes.h"
#include "tools/bench/kvm/agent/peers.h"
#include "tools/bench/kvm/agent/servers.h"
#include "tools/bench/kvm/agent/snapshot.h"

#define DRAIN_US 200000

struct options {
	bool marks, serve, follow;
	unsigned followers, mhz; /* mhz 0: alone */
};

static unsigned mhz;

/* It sleeps itself: a program for it would be work beside the load. */
static void measure(const char *words)
{
	unsigned settle_us, window_us, windows;
	struct peers_plan plan;
	int at = 0;

	if (sscanf(words, "%u %u %u %n", &settle_us, &window_us, &windows, &at) != 3 || !at) {
		printf("FAILED load %s\n", words);
		return;
	}
	snapshot_forget();
	plan.first = __rdtsc() + (uint64_t)settle_us * mhz;
	plan.step = (uint64_t)window_us * mhz;
	plan.count = windows + 1;
	peers_plan(&plan);
	if (note_command(words + at))
		printf("FAILED send %s\n", words + at);
	peers_take(&plan);
	note_command("rate=none");
	usleep(DRAIN_US);
	snapshot_take(false);
	puts("WINDOW");
}

/* Everything about a load; "NOTED" says that it is over. */
static void note_all(const char *name)
{
	char line[300];

	snprintf(line, sizeof(line), "LOAD %s\n", name);
	note_text(line);
	note_snapshots("guest0");
	peers_note();
	puts("NOTED");
}

static void run_everywhere(const char *line)
{
	if (system(line))
		printf("FAILED %s\n", line);
	peers_run(line);
	puts("DONE");
}

static void obey(const char *line)
{
	if (!strcmp(line, "take"))
		snapshot_take(false);
	else if (!strncmp(line, "load ", 5))
		measure(line + 5);
	else if (!strncmp(line, "print ", 6))
		snapshot_print(line + 6, stdout);
	else if (!strncmp(line, "note ", 5))
		note_all(line + 5);
	else if (!strcmp(line, "forget"))
		snapshot_forget();
	else if (!strncmp(line, "all ", 4))
		run_everywhere(line + 4);
	else if (!strncmp(line, "send ", 5) ? note_command(line + 5) : system(line))
		printf("FAILED %s\n", line);
	fflush(stdout);
}

static void lead(void)
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

/* Returns the first word that is not an option. */
static char **read_options(char **word, struct options *options)
{
	for (; *word && !strncmp(*word, "--", 2); word++) {
		if (!strcmp(*word, "--mark"))
			options->marks = true;
		else if (!strcmp(*word, "--serve"))
			options->serve = true;
		else if (!strcmp(*word, "--follow"))
			options->follow = true;
		else if (!strcmp(*word, "--followers") && word[1])
			options->followers = (unsigned)atoi(*++word);
		else if (!strcmp(*word, "--mhz") && word[1])
			options->mhz = (unsigned)atoi(*++word);
		else
			break;
	}
	return word;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	char **paths = read_options(argv + 1, &options);

	(void)argc;
	mhz = options.mhz;
	if (snapshot_init(paths, options.marks))
		return 1;
	if (mhz && peers_init(options.followers, mhz))
		return 1;
	if (options.serve)
		servers_start();
	puts("AGENT READY");
	fflush(stdout);
	if (options.follow)
		peers_follow();
	lead();
}
