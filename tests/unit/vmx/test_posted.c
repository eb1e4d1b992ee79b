// SPDX-License-Identifier: BSD-2-Clause
/* The posted-interrupt descriptor: one notification per batch, none lost. */
#include "arch/x86/vmx/posted.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define POSTS 200000u

static struct posted_interrupts posted;
static uint64_t taken[4];

static void test_first_post_notifies(void **state)
{
	(void)state;
	posted = (struct posted_interrupts){0};
	assert_true(posted_set(&posted, 0x31));
	assert_false(posted_set(&posted, 0x31));
	assert_false(posted_set(&posted, 0xff));
	assert_true(posted_outstanding(&posted));
	assert_true(posted_take(&posted, taken));
	assert_true(taken[0] == 1ull << 0x31 && taken[3] == 1ull << 63 && !taken[1] && !taken[2]);
	assert_false(posted_outstanding(&posted));
	assert_false(posted_take(&posted, taken));
	assert_true(posted_set(&posted, 0x31));
}

/* What the processor's own processing leaves: ON and the bits are clear. */
static void test_layout(void **state)
{
	(void)state;
	posted = (struct posted_interrupts){0};
	posted_set(&posted, 100);
	assert_int_equal(((uint8_t *)&posted)[100 / 8], 1 << 100 % 8);
	assert_int_equal(((uint8_t *)&posted)[32], 1);
}

static uint32_t notified, posts_done;

static void *post(void *argument)
{
	for (unsigned i = 0; i < POSTS; i++)
		if (posted_set(&posted, (uint8_t)(uintptr_t)argument))
			__atomic_store_n(&notified, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&posts_done, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Two posters and a taker that only looks when notified: in the end nothing is left over. */
static void test_no_bit_without_notification(void **state)
{
	pthread_t posters[2];

	(void)state;
	posted = (struct posted_interrupts){0};
	for (uintptr_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&posters[i], NULL, post, (void *)(0x40 + i)), 0);
	for (bool last = false; !last;) {
		last = __atomic_load_n(&posts_done, __ATOMIC_SEQ_CST) == 2;
		if (__atomic_exchange_n(&notified, 0, __ATOMIC_SEQ_CST))
			posted_take(&posted, taken);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(posters[i], NULL);
	for (unsigned i = 0; i < 4; i++)
		assert_true(posted.requests[i] == 0);
	assert_false(posted_outstanding(&posted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_post_notifies),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_no_bit_without_notification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
