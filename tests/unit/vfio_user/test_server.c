/* SPDX-License-Identifier: BSD-2-Clause */
/* The server as a process: sockets, several cards, clients that come and go, and its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/vfio_user/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Only a server that hangs takes so long. */
#define PATIENCE_MS 30000

static char folder[64], first[80], second[80], counters[80];
static volatile sig_atomic_t stop;

static void note_stop(int number)
{
	(void)number;
	stop = 1;
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/vfio_user.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(first, sizeof(first), "%s/a", folder);
	snprintf(second, sizeof(second), "%s/b", folder);
	snprintf(counters, sizeof(counters), "%s/c", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(first);
	unlink(second);
	unlink(counters);
	return rmdir(folder);
}

static void make_arguments(struct arguments *arguments, bool once)
{
	memset(arguments, 0, sizeof(*arguments));
	arguments->once = once;
	arguments->ports = 2;
	for (unsigned i = 0; i < 2; i++) {
		arguments->port[i].socket = i ? second : first;
		nic_options_init(&arguments->port[i].nic);
		arguments->port[i].nic.wire.kind = WIRE_CROSS;
	}
	snprintf(arguments->port[0].nic.counters, PATH_MAX, "%s", counters);
}

/* The child's life; exits with 0 if all went well. */
static void serve(const struct arguments *arguments)
{
	static struct server server;
	const struct sigaction action = {.sa_handler = note_stop};
	sigset_t held;
	char why[256];

	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (server_open(&server, arguments, why, sizeof(why)))
		_exit(1);
	server_run(&server, &stop);
	server_close(&server);
	_exit(0);
}

static pid_t start(bool once)
{
	struct arguments arguments;
	pid_t pid;

	make_arguments(&arguments, once);
	pid = fork();
	if (!pid)
		serve(&arguments);
	assert_true(pid > 0);
	return pid;
}

static int try_connect(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(at.sun_path, path);
	if (!connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		return fd;
	close(fd);
	return -1;
}

/* Waits for the server to listen. */
static int connect_to(const char *path)
{
	int fd = -1;

	for (int ms = 0; ms < PATIENCE_MS && fd < 0; ms += 10) {
		fd = try_connect(path);
		if (fd < 0)
			usleep(10000);
	}
	assert_true(fd >= 0);
	return fd;
}

/* Reads len bytes; false: the server has closed the socket. */
static bool read_all(int fd, void *to, size_t len)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	for (size_t have = 0; have < len;) {
		ssize_t n;

		assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
		n = read(fd, (uint8_t *)to + have, len - have);
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

/* Says hello. False: the server does not want to hear it. */
static bool greet(int fd)
{
	const struct {
		struct vfu_header header;
		struct vfu_version version;
	} hello = {{.id = 1, .command = VFU_VERSION, .size = sizeof(hello)}, {0, 0}};
	struct vfu_header answer;
	uint8_t rest[512];

	if (send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello) ||
	    !read_all(fd, &answer, sizeof(answer)))
		return false;
	assert_int_equal(answer.flags, VFU_REPLY);
	return read_all(fd, rest, answer.size - sizeof(answer));
}

static int wait_for_end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_clients_come_and_go(void **state)
{
	const pid_t pid = start(false);
	int a, b;

	(void)state;
	a = connect_to(first);
	assert_true(greet(a));
	b = connect_to(first); /* one too many */
	assert_false(greet(b));
	close(b);
	b = connect_to(second);
	assert_true(greet(b));
	for (unsigned i = 0; i < 5; i++) {
		close(a);
		do /* the server may not have noticed yet, and refuse */
			a = connect_to(first);
		while (!greet(a) && !close(a));
	}
	assert_int_equal(access(counters, F_OK), 0);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(pid), 0);
	assert_int_equal(access(first, F_OK), -1);
	assert_int_equal(access(second, F_OK), -1);
	close(a);
	close(b);
}

static void test_once(void **state)
{
	const pid_t pid = start(true);
	int a, b;

	(void)state;
	a = connect_to(first);
	assert_true(greet(a));
	b = connect_to(second);
	assert_true(greet(b));
	close(a);
	close(b);
	assert_int_equal(wait_for_end(pid), 0);
}

static void test_sockets_that_are_taken(void **state)
{
	const pid_t pid = start(false);
	static struct server server;
	struct arguments arguments;
	char why[256];
	int a;

	(void)state;
	a = connect_to(first);
	assert_true(greet(a));
	make_arguments(&arguments, false);
	assert_int_equal(server_open(&server, &arguments, why, sizeof(why)), -EADDRINUSE);
	assert_non_null(strstr(why, first));
	/* What a server leaves behind that was killed is no hindrance. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(access(first, F_OK), 0);
	assert_int_equal(server_open(&server, &arguments, why, sizeof(why)), 0);
	server_close(&server);
	close(a);
}

static void test_paths_that_cannot_be(void **state)
{
	static struct server server;
	struct arguments arguments;
	char why[256], longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	make_arguments(&arguments, false);
	arguments.port[1].socket = longer;
	assert_int_equal(server_open(&server, &arguments, why, sizeof(why)), -ENAMETOOLONG);
	assert_int_equal(access(first, F_OK), -1);
	arguments.port[1].socket = "/nowhere/at/all";
	assert_int_equal(server_open(&server, &arguments, why, sizeof(why)), -ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_clients_come_and_go),
		TEST(test_once),
		TEST(test_sockets_that_are_taken),
		TEST(test_paths_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
