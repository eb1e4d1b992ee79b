/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults by schedule and by command, as the model is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "tools/wire/fault_plan.h"

#define MS WIRE_PS_PER_MS

static const char *const names[] = {
	"link-down",  "link-up",    "stall-rx",  "stall-tx", "lose-interrupt",
	"corrupt-rx", "corrupt-tx", "dma-error", "bad-nvm",  "good-nvm",
	"slow",       "manage",     "remove",    "insert",
};

static struct i82599_fault injected[100];
static unsigned count;
static char logged[512];

/* The model's part. */
bool i82599_inject(struct i82599 *dev, const struct i82599_fault *fault)
{
	(void)dev;
	assert_true(count < 100);
	injected[count++] = *fault;
	return true;
}

const char *i82599_wait_name(enum i82599_wait wait)
{
	return wait == I82599_WAIT_SECRX ? "secrx" : "other";
}

const char *i82599_fault_name(enum i82599_fault_kind kind)
{
	return names[kind];
}

static void log_line(void *opaque, const char *line)
{
	(void)opaque;
	snprintf(logged, sizeof(logged), "%s", line);
}

static void add(struct fault_plan *plan, const char *text)
{
	char why[512];

	if (fault_plan_add(plan, text, WIRE_NEVER, why, sizeof(why)))
		fail_msg("%s", why);
}

static void run(struct fault_plan *plan, wire_time_t now)
{
	count = 0;
	fault_plan_run(plan, NULL, now, log_line, NULL);
}

static void schedule_is_kept(void **state)
{
	struct fault_plan plan;

	(void)state;
	fault_plan_init(&plan);
	assert_true(fault_plan_next(&plan) == WIRE_NEVER);
	add(&plan, "20ms:stall-tx:5");
	add(&plan, "10ms:link-down:500ms");
	add(&plan, "20ms:corrupt-rx:127:3:ffff00000000");
	add(&plan, "30ms:lose-interrupt:63:9");
	add(&plan, "30ms:dma-error");
	add(&plan, "600ms:manage:2");
	add(&plan, "700ms:slow:secrx:35ms");
	add(&plan, "700ms:slow:secrx:for-ever");
	add(&plan, "700ms:slow:secrx:usual");
	assert_int_equal(fault_plan_next(&plan), 10 * MS);
	run(&plan, 10 * MS - 1);
	assert_int_equal(count, 0);
	run(&plan, 10 * MS);
	assert_int_equal(count, 1);
	assert_int_equal(injected[0].kind, I82599_LINK_DOWN);
	assert_int_equal(fault_plan_next(&plan), 20 * MS);
	run(&plan, 25 * MS);
	assert_int_equal(count, 2);
	assert_int_equal(injected[0].kind, I82599_STALL_TX);
	assert_int_equal(injected[0].index, 5);
	assert_int_equal(injected[1].kind, I82599_CORRUPT_RX);
	assert_int_equal(injected[1].count, 3);
	assert_true(injected[1].mask == 0xffff00000000);
	run(&plan, 30 * MS);
	assert_int_equal(count, 2);
	assert_int_equal(injected[0].index, 63);
	assert_int_equal(injected[0].count, 9);
	assert_int_equal(injected[1].count, 1);
	assert_int_equal(fault_plan_next(&plan), 510 * MS);
	run(&plan, 510 * MS);
	assert_int_equal(injected[0].kind, I82599_LINK_UP);
	run(&plan, 600 * MS);
	assert_int_equal(injected[0].kind, I82599_MANAGE);
	assert_int_equal(injected[0].index, I82599_VETO);
	run(&plan, 700 * MS);
	assert_int_equal(injected[0].kind, I82599_SLOW);
	assert_int_equal(injected[0].index, I82599_WAIT_SECRX);
	assert_int_equal(injected[0].count, 35000);
	assert_int_equal(injected[1].count, I82599_FOR_EVER);
	assert_int_equal(injected[2].count, 0);
	assert_true(fault_plan_next(&plan) == WIRE_NEVER);
	fault_plan_free(&plan);
}

static void bad_faults_are_named(void **state)
{
	static const char *const rows[][2] = {
		{"link-down", "expected TIME:NAME"},
		{"10:link-down", "expected TIME:NAME"},
		{"10ms", "expected link-down link-up"},
		{"10ms:explode", "10ms:explode: expected link-down link-up"},
		{"10ms:link-down:0ms", "expected link-down[:TIME]"},
		{"10ms:link-up:1", "expected link-up"},
		{"10ms:stall-rx", "expected stall-rx:QUEUE"},
		{"10ms:stall-rx:128", "expected stall-rx:QUEUE"},
		{"10ms:stall-rx:1:1", "expected stall-rx:QUEUE"},
		{"10ms:lose-interrupt:64", "expected lose-interrupt:VECTOR[:COUNT]"},
		{"10ms:corrupt-tx:1:0", "expected corrupt-tx:QUEUE[:COUNT[:HEXMASK]]"},
		{"10ms:corrupt-tx:1:1:zz", "expected corrupt-tx:QUEUE[:COUNT[:HEXMASK]]"},
		{"10ms:dma-error:", "expected dma-error[:COUNT]"},
	};
	struct fault_plan plan;
	char why[512];

	(void)state;
	fault_plan_init(&plan);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(fault_plan_add(&plan, rows[i][0], WIRE_NEVER, why, sizeof(why)) < 0);
		if (!strstr(why, rows[i][1]))
			fail_msg("'%s' says '%s'", rows[i][0], why);
	}
	for (unsigned i = 0; i < FAULT_PLAN_MAX; i++)
		add(&plan, "1s:bad-nvm");
	assert_true(fault_plan_add(&plan, "1s:bad-nvm", WIRE_NEVER, why, sizeof(why)) < 0);
	fault_plan_free(&plan);
}

static void command(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void commands_are_taken(void **state)
{
	struct fault_plan plan;
	char path[64], why[512], line[300];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/control-%d", (int)getpid());
	fault_plan_init(&plan);
	assert_int_equal(fault_plan_open_fifo(&plan, path, why, sizeof(why)), 0);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	run(&plan, MS);
	assert_int_equal(fault_plan_next(&plan), 2 * MS);
	command(fd, "remove:2ms\nstall-rx:1\n\ngood-n");
	run(&plan, 2 * MS);
	assert_int_equal(count, 2);
	assert_int_equal(injected[0].kind, I82599_REMOVE);
	assert_int_equal(injected[1].kind, I82599_STALL_RX);
	command(fd, "vm\nexplode\n");
	run(&plan, 3 * MS);
	assert_int_equal(count, 1);
	assert_int_equal(injected[0].kind, I82599_GOOD_NVM);
	assert_non_null(strstr(logged, "explode"));
	run(&plan, 4 * MS);
	assert_int_equal(count, 1);
	assert_int_equal(injected[0].kind, I82599_INSERT);

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	command(fd, line);
	command(fd, "\nlink-up\n");
	run(&plan, 5 * MS);
	assert_int_equal(count, 1);
	close(fd);
	run(&plan, 6 * MS);
	assert_true(fault_plan_open_fifo(&plan, "/nowhere/at/all", why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "/nowhere/at/all"));
	fault_plan_free(&plan);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedule_is_kept),
		cmocka_unit_test(bad_faults_are_named),
		cmocka_unit_test(commands_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
