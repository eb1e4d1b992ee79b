// SPDX-License-Identifier: BSD-2-Clause
// How long a driver has enough to do: measured while it is busy, and never believed beyond reason.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vio/backlog.h"

#define SIZE 512
#define PACE 1500

/* A driver that takes `step` packets in PACE ticks each, with so many unread, for so many looks. */
static uint64_t look_often(struct vio_backlog *backlog, uint64_t now, uint32_t *taken,
			   uint32_t unread, uint32_t step, unsigned looks)
{
	for (unsigned i = 0; i < looks; i++) {
		now += (uint64_t)step * PACE;
		*taken += step;
		vio_backlog_look(backlog, now, *taken + unread, *taken, SIZE);
	}
	return now;
}

static void learns_the_pace(void **state)
{
	struct vio_backlog backlog = {0};
	uint32_t taken = UINT32_MAX - 300; /* indices wrap */
	uint64_t now = look_often(&backlog, 1000000, &taken, 300, 64, 3);

	(void)state;
	assert_true(vio_backlog_end(&backlog) <= now);
	now = look_often(&backlog, now, &taken, 300, 64, 10);
	assert_int_equal(vio_backlog_end(&backlog), now + (300 - VIO_BACKLOG_UNTOLD) * PACE);
	/* What it may have taken without saying so does not occupy it. */
	now = look_often(&backlog, now, &taken, VIO_BACKLOG_UNTOLD, 64, 1);
	assert_int_equal(vio_backlog_end(&backlog), now);
	now = look_often(&backlog, now, &taken, 0, 64, 1);
	assert_int_equal(vio_backlog_end(&backlog), now);
}

/* Time in which it had nothing to do does not count as work. */
static void leaves_idle_time_out(void **state)
{
	struct vio_backlog backlog = {0};
	uint32_t taken = 0;
	uint64_t now = 1000000;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		now = look_often(&backlog, now, &taken, 200, 64, 6);
		now = look_often(&backlog, now, &taken, 0, 64, 1) + 100 * 1000 * PACE;
	}
	now = look_often(&backlog, now, &taken, 100, 64, 1);
	assert_int_equal(vio_backlog_end(&backlog), now + (100 - VIO_BACKLOG_UNTOLD) * PACE);
}

/* `consumed` is the guest's word. */
static void does_not_believe_the_impossible(void **state)
{
	struct vio_backlog backlog = {0};
	uint32_t taken = 0;
	uint64_t now = look_often(&backlog, 1000000, &taken, 300, 64, 10);

	(void)state;
	vio_backlog_look(&backlog, now, taken, taken - SIZE - 1, SIZE);
	assert_int_equal(vio_backlog_end(&backlog), now);
	vio_backlog_look(&backlog, now, taken, taken + 1, SIZE);
	assert_int_equal(vio_backlog_end(&backlog), now);
	/* One that goes back and forth is not measured. */
	for (unsigned i = 0; i < 1000; i++)
		vio_backlog_look(&backlog, now += 10, taken + 300, taken - (i & 1), SIZE);
	assert_true(vio_backlog_end(&backlog) <= now + SIZE * PACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_the_pace),
		cmocka_unit_test(leaves_idle_time_out),
		cmocka_unit_test(does_not_believe_the_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
