/* SPDX-License-Identifier: BSD-2-Clause */
/* i82599: emulated Intel 82599s for clients that speak vfio-user. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "tools/vfio_user/server.h"

#define EXIT_USAGE 64

static volatile sig_atomic_t stop;

static void note_stop(int number)
{
	(void)number;
	stop = 1;
}

/* Only while server_run() waits: so none comes between its look at `stop` and its sleep. */
static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = note_stop};
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1ul); /* timers of microseconds are meant so */
}

int main(int argc, char *argv[])
{
	static struct arguments arguments;
	static struct server server;
	char why[512];

	if (arguments_read(&arguments, argc, argv, why, sizeof(why))) {
		fprintf(stderr, "i82599: %s\n%s", why, arguments_usage);
		return EXIT_USAGE;
	}
	if (arguments.help) {
		fputs(arguments_usage, stdout);
		return 0;
	}
	catch_signals();
	if (server_open(&server, &arguments, why, sizeof(why))) {
		fprintf(stderr, "i82599: %s\n", why);
		return 1;
	}
	for (unsigned i = 0; i < server.ports; i++)
		printf("listening on %s\n", server.served[i].path);
	fflush(stdout);
	server_run(&server, &stop);
	server_close(&server);
	return 0;
}
