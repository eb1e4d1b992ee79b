// SPDX-License-Identifier: BSD-2-Clause
/*
 * One thread posts, the other masks and unmasks in every way: every post is delivered, alone or
 * together with others while masked, and never more often than posted.
 */
#include <pthread.h>
#include <sched.h>

#include "arch/x86/platform/msix.h"
#include "kernel/machine.h"
#include "tests/unit/platform/fake.h"

#define POSTS 100000

static struct vpci_msix msix;
static unsigned posted;
static bool done;

/* Posts one by one: the next only when the last has been delivered, so that a lost one hangs. */
static void *post_all(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < POSTS; i++) {
		unsigned before = __atomic_load_n(&fake.messages, __ATOMIC_SEQ_CST);

		__atomic_store_n(&posted, i + 1, __ATOMIC_SEQ_CST);
		vpci_msix_post(&msix, 5);
		while (__atomic_load_n(&fake.messages, __ATOMIC_SEQ_CST) == before)
			sched_yield();
	}
	__atomic_store_n(&done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static void toggle(unsigned turn)
{
	switch (turn % 3) {
	case 0:
		vpci_msix_table_write(&msix, 5 * MSIX_ENTRY_BYTES + 12, 4, 1);
		vpci_msix_table_write(&msix, 5 * MSIX_ENTRY_BYTES + 12, 4, 0);
		break;
	case 1:
		vpci_msix_enable(&msix, false);
		vpci_msix_enable(&msix, true);
		break;
	default:
		vpci_msix_table_write(&msix, 5 * MSIX_ENTRY_BYTES + 8, 4, turn & 0xff);
		break;
	}
}

static void test_none_lost(void **state)
{
	pthread_t thread;
	unsigned turn = 0;

	(void)state;
	fake_reset(4096);
	vpci_msix_init(&msix, FAKE_VM, 8);
	vpci_msix_table_write(&msix, 5 * MSIX_ENTRY_BYTES, 8, 0xfee00000);
	vpci_msix_table_write(&msix, 5 * MSIX_ENTRY_BYTES + 8, 8, 0x40);
	vpci_msix_enable(&msix, true);
	assert_int_equal(pthread_create(&thread, NULL, post_all, NULL), 0);
	while (!__atomic_load_n(&done, __ATOMIC_SEQ_CST)) {
		unsigned delivered = __atomic_load_n(&fake.messages, __ATOMIC_SEQ_CST);

		assert_true(delivered <= __atomic_load_n(&posted, __ATOMIC_SEQ_CST));
		toggle(turn++);
	}
	pthread_join(thread, NULL);
	assert_int_equal(fake.messages, POSTS);
	assert_int_equal(msix.pending, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
