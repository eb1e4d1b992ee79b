// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life of VMs: the production scheduler on one simulated core, around fakes of what a
 * processor's virtualization and the allocators do. Time passes only while the core sleeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/processor.h"
#include "kernel/schedule.h"
#include "kernel/timer.h"
#include "kernel/trace.h"
#include "kernel/vm_arch.h"
#include "machine_host.h"
#include "tests/unit/kernel/fake_stack.h"

#define MS    1000000ull
#define NEVER 0

struct trace_rings trace_rings;
struct config host_config;

static struct core *const core = &cores[0];
static uint64_t timer_deadline;
static jmp_buf out_of_events;
static unsigned objects, pages; /* in use */

/* What the fake processor is to do, and what it did. */
static unsigned create_fails_at; /* which creation fails, counted from 1 */
static unsigned busy;            /* how many destructions fail first */
static unsigned reboots;         /* how often the first guest resets itself */
static unsigned life_ms;         /* how long after its start */
static uint64_t start_ms[16];    /* when it was started, the first 16 times */
static unsigned starts;
static unsigned created, destroyed, refused, runs, ends;
static bool memory_was_there; /* at every call of vm_arch_destroy() */

struct core *core_this(void)
{
	return core;
}

void core_kick(struct core *other)
{
	(void)other;
}

void *kmalloc(size_t bytes)
{
	objects++;
	return calloc(1, bytes);
}

void kfree(void *object)
{
	objects -= object != NULL;
	free(object);
}

bool memory_is_preferred(const void *memory, size_t bytes)
{
	(void)memory, (void)bytes;
	return true;
}

void *memory_take(size_t bytes, size_t align)
{
	(void)align;
	pages++;
	return malloc(bytes);
}

void memory_free(void *memory, size_t bytes)
{
	(void)bytes;
	pages--;
	free(memory);
}

uint64_t memory_available(void)
{
	return 0;
}

uint64_t memory_total(void)
{
	return 0;
}

void processor_set_timer(uint64_t deadline)
{
	timer_deadline = deadline;
}

void processor_sleep(void)
{
	if (timer_deadline == UINT64_MAX)
		longjmp(out_of_events, 1);
	if (host_ticks < timer_deadline)
		host_ticks = timer_deadline;
	timer_run_due();
}

int vm_arch_create(struct vm *vm)
{
	vm->arch = kmalloc(1);
	created++;
	return created == create_fails_at ? -ENOMEM : 0;
}

int vm_arch_destroy(struct vm *vm)
{
	memory_was_there = memory_was_there && vm->regions == 1;
	if (busy) {
		busy--;
		refused++;
		return -EBUSY;
	}
	kfree(vm->arch);
	vm->arch = NULL;
	destroyed++;
	return 0;
}

void vcpu_arch_run(struct vcpu *vcpu)
{
	runs++;
	if (vcpu->id == 0 && vcpu->vm == vms[0]) {
		if (starts < 16)
			start_ms[starts] = host_ticks / MS;
		starts++;
		if (reboots) {
			uint64_t end = host_ticks + life_ms * MS;

			while (host_ticks < end && !READ_ONCE(vcpu->vm->stop_requested))
				thread_block(end);
			reboots--;
			vm_stop(vcpu->vm, true, "reset");
		}
	}
	while (!READ_ONCE(vcpu->vm->stop_requested))
		thread_block(UINT64_MAX);
}

void vm_arch_console_input(struct vm *vm, uint8_t character)
{
	(void)vm;
	(void)character;
}

/* Counters are of a VM that has all its parts. */
void counters_log_vm(struct vm *vm)
{
	assert_non_null(vm->arch);
	assert_int_equal(vm->regions, 1);
}

void vm_all_stopped(void)
{
	ends++;
}

/* --- Tests ---------------------------------------------------------------------------------------
 */

/* Runs script as the control thread, and everything else, until nothing happens any more. */
static void run(void (*script)(void *argument))
{
	struct thread *control = thread_create(core, "control", ACCOUNT_OTHER, script, NULL);

	if (!setjmp(out_of_events))
		thread_run_core();
	assert_true(control->finished);
	thread_free(control);
}

static void wait_ms(unsigned ms)
{
	thread_block(host_ticks + ms * MS);
	vm_service();
}

static void create_all(void *argument)
{
	(void)argument;
	assert_int_equal(vm_create_all(), 2);
}

static int setup(void **state)
{
	(void)state;
	memset(core, 0, sizeof(*core));
	core->self = core;
	core->online = true;
	core->role = CORE_SHARED;
	core_count = 1;
	host_ticks = 1000;
	timer_deadline = UINT64_MAX;
	objects = pages = fake_stacks = 0;
	create_fails_at = NEVER;
	starts = life_ms = 0;
	busy = reboots = created = destroyed = refused = runs = ends = 0;
	memory_was_there = true;
	memset(host_log_count, 0, sizeof(host_log_count));
	memset(&host_config, 0, sizeof(host_config));
	host_config.vms = 2;
	host_config.backend_share = 50;
	for (unsigned i = 0; i < 2; i++) {
		struct config_vm *vm = &host_config.vm[i];

		strcpy(vm->name, i ? "two" : "one");
		vm->memory_bytes = 2 << 20;
		vm->vcpus = 3;
		vm->weight = 100;
		vm->restarts = CONFIG_RESTARTS_ALWAYS;
		for (unsigned v = 0; v < CONFIG_VCPUS_MOST; v++)
			vm->vcpu_core[v] = -1;
	}
	vm_count = 0;
	schedule_init(core);
	run(create_all);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < vm_count; i++) {
		assert_int_equal(vms[i]->state, VM_STOPPED);
		assert_null(vms[i]->thread);
		kfree(vms[i]);
	}
	assert_int_equal(objects, 0);
	assert_int_equal(pages, 0);
	assert_int_equal(fake_stacks, 0);
	assert_true(memory_was_there);
	assert_false(vm_any_started());
	return 0;
}

static void stop_both(void)
{
	vm_stop(vms[0], false, "first");
	vm_stop(vms[0], true, "too late");
	wait_ms(10);
	assert_int_equal(ends, 0);
	assert_int_equal(vms[0]->state, VM_STOPPED);
	assert_string_equal(vms[0]->stop_reason, "first");
	assert_int_equal(vms[1]->state, VM_RUNNING);
	vm_stop(vms[1], false, "second");
	wait_ms(10);
	assert_int_equal(ends, 1);
}

static void start_and_stop(void *argument)
{
	unsigned expected = 6 + 3 * reboots;

	(void)argument;
	vm_start_all();
	wait_ms(10);
	assert_int_equal(runs, expected);
	assert_int_equal(vms[0]->state, VM_RUNNING);
	assert_true(vm_any_started());
	stop_both();
}

static void test_start_and_stop(void **state)
{
	(void)state;
	run(start_and_stop);
	assert_int_equal(destroyed, 2);
}

static void start_again(void *argument)
{
	start_and_stop(argument);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(vm_start(vms[0]), 0);
		assert_int_equal(vm_start(vms[0]), -EBUSY);
		wait_ms(10);
		assert_int_equal(vms[0]->state, VM_RUNNING);
		assert_string_equal(vms[0]->stop_reason, "");
		assert_int_equal(vm_start(vms[0]), -EBUSY);
		vm_stop(vms[0], false, "again");
		assert_int_equal(vm_start(vms[0]), -EBUSY);
		wait_ms(10);
		assert_int_equal(vms[0]->state, VM_STOPPED);
		assert_int_equal(pages, 0);
		assert_int_equal(fake_stacks, 1); /* the control thread's */
	}
	assert_int_equal(ends, 21);
	vm_stop(vms[0], false, "is stopped already");
	assert_string_equal(vms[0]->stop_reason, "again");
}

static void test_start_again(void **state)
{
	(void)state;
	run(start_again);
	assert_int_equal(created, 22);
	assert_int_equal(destroyed, 22);
}

/* Stopped before it has run, and before it has been made again. */
static void stop_at_once(void *argument)
{
	(void)argument;
	vm_start_all();
	vm_stop(vms[0], false, "at once");
	vm_stop(vms[1], false, "at once");
	wait_ms(10);
	assert_int_equal(vm_start(vms[0]), 0);
	vm_stop(vms[0], false, "at once again");
	wait_ms(10);
	assert_int_equal(ends, 2);
}

static void test_stop_at_once(void **state)
{
	(void)state;
	run(stop_at_once);
}

static void test_reboot(void **state)
{
	(void)state;
	reboots = 5;
	run(start_and_stop);
	assert_int_equal(created, 7);
	assert_int_equal(destroyed, 7);
}

/* Starts the first VM and waits; then stops what still runs. */
static void run_first(void *argument)
{
	(void)argument;
	assert_int_equal(vm_start(vms[0]), 0);
	wait_ms(200000);
	for (unsigned i = 0; i < 2; i++)
		vm_stop(vms[i], false, "done");
	assert_int_equal(vm_start(vms[1]), 0);
	vm_stop(vms[1], false, "done");
	wait_ms(100);
}

/* Between two starts, in tenths of a second: the end of a run takes a few milliseconds more. */
static unsigned gap(unsigned from, unsigned to)
{
	return (unsigned)(start_ms[to] - start_ms[from]) / 100;
}

static void test_pauses_grow(void **state)
{
	(void)state;
	reboots = 8;
	host_config.vm[0].restarts = 8;
	run(run_first);
	assert_int_equal(starts, 9);
	for (unsigned i = 1; i < 9; i++)
		assert_int_equal(gap(i - 1, i), 10 << (i < 6 ? i - 1 : 5));
}

static void test_given_up(void **state)
{
	(void)state;
	reboots = 100;
	host_config.vm[0].restarts = 3;
	run(run_first);
	assert_int_equal(starts, 4);
	assert_int_equal(gap(0, 3), 70);
	assert_int_equal(ends, 2); /* of the first at once, of both */
	assert_int_equal(host_log_count[LOG_ERROR], 1);
}

/* Who resets itself later than 10 s after its start may do so for ever, and starts at once. */
static void test_long_lives_do_not_count(void **state)
{
	(void)state;
	reboots = 12;
	life_ms = 10000;
	host_config.vm[0].restarts = 0;
	run(run_first);
	assert_int_equal(starts, 13);
	for (unsigned i = 1; i < 13; i++)
		assert_int_equal(gap(i - 1, i), 100);
}

static void die_then_live(void *argument)
{
	(void)argument;
	assert_int_equal(vm_start(vms[0]), 0);
	wait_ms(1500); /* early resets at 0 s and 1 s */
	life_ms = 10000;
	wait_ms(13000); /* late ones at 13 s and 23 s, then early ones */
	life_ms = 0;
	wait_ms(60000);
	assert_int_equal(vms[0]->state, VM_STOPPED);
	reboots = 0;
	run_first(argument);
}

static void test_a_long_life_makes_up(void **state)
{
	(void)state;
	reboots = 100;
	host_config.vm[0].restarts = 2;
	run(die_then_live);
	assert_int_equal(starts, 8);
}

static void stop_while_waiting(void *argument)
{
	(void)argument;
	assert_int_equal(vm_start(vms[0]), 0);
	wait_ms(500);
	assert_int_equal(vms[0]->state, VM_WAITING);
	assert_int_equal(pages, 1); /* the other VM's */
	assert_int_equal(vm_start(vms[0]), -EBUSY);
	assert_int_equal(ends, 0);
	vm_stop(vms[0], false, "while waiting");
	wait_ms(10);
	assert_int_equal(vms[0]->state, VM_STOPPED);
	assert_int_equal(ends, 1);
	reboots = 2;
	run_first(argument);
}

static void test_stop_while_waiting(void **state)
{
	(void)state;
	reboots = 1;
	host_config.vm[0].restarts = 2;
	run(stop_while_waiting);
	assert_int_equal(starts, 4); /* counted anew */
	assert_int_equal(gap(1, 2), 10);
}

static void destroy_later(void *argument)
{
	(void)argument;
	vm_start_all();
	wait_ms(10);
	busy = 10;
	vm_stop(vms[0], false, "first");
	wait_ms(50);
	assert_true(busy > 0 && busy < 8);
	assert_int_equal(vms[0]->state, VM_STOPPING);
	assert_int_equal(vm_start(vms[0]), -EBUSY);
	assert_int_equal(pages, 2);
	assert_int_equal(host_log_count[1], 1);
	vm_stop(vms[1], false, "second"); /* takes turns in being refused */
	wait_ms(500);
	assert_int_equal(vms[0]->state, VM_STOPPED);
	assert_int_equal(ends, 1);
}

static void test_memory_stays_while_it_is_in_use(void **state)
{
	(void)state;
	run(destroy_later);
	assert_int_equal(refused, 10);
	assert_int_equal(destroyed, 2);
}

static void fail_to_start(void *argument)
{
	start_and_stop(argument);
	create_fails_at = created + 1;
	busy = 3;
	assert_int_equal(vm_start(vms[1]), 0);
	wait_ms(100);
	assert_int_equal(busy, 0);
	assert_int_equal(vms[1]->state, VM_STOPPED);
	assert_int_equal(ends, 2);
	assert_string_equal(host_log_line, "two: cannot start");
	assert_int_equal(vm_start(vms[1]), 0);
	wait_ms(10);
	assert_int_equal(vms[1]->state, VM_RUNNING);
	vm_stop(vms[1], false, "done");
	wait_ms(10);
}

static void test_start_fails(void **state)
{
	(void)state;
	run(fail_to_start);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start_and_stop),
		TEST(test_start_again),
		TEST(test_stop_at_once),
		TEST(test_reboot),
		TEST(test_pauses_grow),
		TEST(test_given_up),
		TEST(test_long_lives_do_not_count),
		TEST(test_a_long_life_makes_up),
		TEST(test_stop_while_waiting),
		TEST(test_memory_stays_while_it_is_in_use),
		TEST(test_start_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
