// SPDX-License-Identifier: BSD-2-Clause
/*
 * One thread posts while the other masks and unmasks: when both have finished, the interrupt has
 * been delivered exactly once.
 */
#include <pthread.h>

#include "arch/x86/platform/msix.h"
#include "tests/unit/platform/fake.h"

#define ROUNDS  200000
#define VECTOR  5
#define CONTROL (VECTOR * MSIX_ENTRY_BYTES + 12)

static struct vpci_msix msix;
static pthread_barrier_t barrier;

/* A different overlap in every round. */
static void delay(unsigned steps)
{
	for (volatile unsigned i = 0; i < steps; i++)
		;
}

static void *post_rounds(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&barrier);
		delay(i * 7 % 61);
		vpci_msix_post(&msix, VECTOR);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void mask(bool by_entry)
{
	if (by_entry)
		vpci_msix_table_write(&msix, CONTROL, 4, 1);
	else
		vpci_msix_enable(&msix, false);
}

static void unmask(bool by_entry)
{
	if (by_entry)
		vpci_msix_table_write(&msix, CONTROL, 4, 0);
	else
		vpci_msix_enable(&msix, true);
}

static void test_delivered_once(void **state)
{
	pthread_t thread;

	(void)state;
	fake_reset(4096);
	vpci_msix_init(&msix, FAKE_VM, 8);
	vpci_msix_table_write(&msix, VECTOR * MSIX_ENTRY_BYTES, 8, 0xfee00000);
	vpci_msix_table_write(&msix, VECTOR * MSIX_ENTRY_BYTES + 8, 8, 0x40);
	vpci_msix_enable(&msix, true);
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, post_rounds, NULL), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		mask(i & 1);
		pthread_barrier_wait(&barrier);
		delay(i * 11 % 53);
		unmask(i & 1);
		pthread_barrier_wait(&barrier);
		assert_int_equal(fake.messages, i + 1);
		assert_int_equal(msix.pending, 0);
	}
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
