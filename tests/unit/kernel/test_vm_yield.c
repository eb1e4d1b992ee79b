// SPDX-License-Identifier: BSD-2-Clause
/* Directed yield: which vCPU a spinning one has run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/vm.h"

#define VCPUS 4

static struct vm vm;
static struct core two_cores[2];
static struct thread threads[VCPUS];
static bool waits[VCPUS];
static const struct thread *called, *given_way;

bool thread_waits(const struct thread *thread)
{
	return waits[thread - threads];
}

void thread_call_on(struct thread *thread)
{
	called = thread;
}

void thread_give_way(const struct thread *other)
{
	given_way = other;
}

/* vCPUs 0 and 1 live on one core, 2 and 3 on another. */
static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(waits, 0, sizeof(waits));
	memset(two_cores, 0, sizeof(two_cores));
	called = given_way = NULL;
	vm.vcpus = VCPUS;
	for (unsigned i = 0; i < VCPUS; i++)
		vm.vcpu[i] = (struct vcpu){
			.vm = &vm, .id = i, .core = &two_cores[i / 2], .thread = &threads[i]};
	return 0;
}

static void test_nobody_waits(void **state)
{
	(void)state;
	vm.vcpu[2].thread = NULL;
	waits[0] = true;
	assert_false(vm_yield_to_holder(&vm.vcpu[0]));
	assert_null(called);
}

static void test_own_core(void **state)
{
	(void)state;
	waits[1] = true;
	assert_true(vm_yield_to_holder(&vm.vcpu[0]));
	assert_ptr_equal(called, &threads[1]);
	assert_ptr_equal(given_way, &threads[1]);
}

static void test_other_core(void **state)
{
	(void)state;
	waits[3] = true;
	assert_true(vm_yield_to_holder(&vm.vcpu[0]));
	assert_ptr_equal(called, &threads[3]);
	assert_null(given_way);
}

static void test_one_after_the_other(void **state)
{
	static const unsigned order[] = {1, 2, 3, 1};

	(void)state;
	waits[1] = waits[2] = waits[3] = true;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(vm_yield_to_holder(&vm.vcpu[0]));
		assert_ptr_equal(called, &threads[order[i]]);
	}
}

static void test_who_spins_comes_second(void **state)
{
	(void)state;
	waits[1] = waits[3] = true;
	vm.vcpu[1].spins = true;
	assert_true(vm_yield_to_holder(&vm.vcpu[0]));
	assert_ptr_equal(called, &threads[3]);
	waits[3] = false;
	assert_true(vm_yield_to_holder(&vm.vcpu[0]));
	assert_ptr_equal(called, &threads[1]);
	assert_false(vm.vcpu[1].spins);
}

static void test_shared_cores(void **state)
{
	(void)state;
	two_cores[0].threads = two_cores[1].threads = 1;
	assert_false(vm_shares_cores(&vm));
	two_cores[1].threads = 2;
	assert_true(vm_shares_cores(&vm));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody_waits),
		TEST(test_own_core),
		TEST(test_other_core),
		TEST(test_one_after_the_other),
		TEST(test_who_spins_comes_second),
		TEST(test_shared_cores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
