// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads, timers and calls between threads: the production scheduler and context switch on one
 * simulated core, whose time passes only while it sleeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "kernel/memory.h"
#include "kernel/processor.h"
#include "kernel/schedule.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/trace.h"
#include "machine_host.h"
#include "tests/unit/kernel/fake_stack.h"

#define MS 1000000ull

struct trace_rings trace_rings;
struct config host_config = {.backend_share = 50};

static struct core *const core = &cores[0];
static uint64_t timer_deadline;
static void (*while_asleep)(void); /* what a device does meanwhile */
static jmp_buf end_of_test;
static unsigned kicks;
static char events[200];

struct core *core_this(void)
{
	return core;
}

void core_kick(struct core *other)
{
	kicks += other != core;
}

void *kmalloc(size_t bytes)
{
	return calloc(1, bytes);
}

void kfree(void *object)
{
	free(object);
}

void processor_set_timer(uint64_t deadline)
{
	timer_deadline = deadline;
}

/* Sleeps until the timer, or what happens meanwhile, wakes the core; nothing left: the test ends.
 */
void processor_sleep(void)
{
	void (*device)(void) = while_asleep;

	while_asleep = NULL;
	if (device) {
		device();
		return;
	}
	if (timer_deadline == UINT64_MAX)
		longjmp(end_of_test, 1);
	if (host_ticks < timer_deadline)
		host_ticks = timer_deadline;
	timer_run_due();
}

static void note(const char *event)
{
	strcat(events, event);
}

static struct thread *make(const char *name, void (*run)(void *), void *argument)
{
	struct thread *thread = thread_create(core, name, ACCOUNT_OTHER, run, argument);

	assert_non_null(thread);
	return thread;
}

static void run_core(void)
{
	if (!setjmp(end_of_test))
		thread_run_core();
}

static int setup(void **state)
{
	(void)state;
	memset(core, 0, sizeof(*core));
	core->self = core;
	schedule_init(core);
	core_count = 1;
	timer_deadline = UINT64_MAX;
	while_asleep = NULL;
	host_ticks = 1000;
	fake_stacks = kicks = 0;
	events[0] = 0;
	return 0;
}

static void yielder(void *argument)
{
	for (unsigned i = 0; i < 3; i++) {
		note(argument);
		host_ticks += MS;
		thread_yield();
	}
}

static void test_turns_and_end(void **state)
{
	struct thread *threads[3];

	(void)state;
	threads[0] = make("a", yielder, "a");
	threads[1] = make("b", yielder, "b");
	threads[2] = make("c", yielder, "c");
	run_core();
	assert_int_equal(strlen(events), 9);
	for (unsigned i = 1; i < 3; i++)
		assert_int_not_equal(events[i], events[i - 1]);
	assert_int_not_equal(events[2], events[0]);
	assert_int_equal(core->threads, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(threads[i]->finished);
		thread_free(threads[i]);
	}
	assert_int_equal(fake_stacks, 0);
}

static void sleeper(void *argument)
{
	uint64_t start = host_ticks;

	thread_block(start + *(uint64_t *)argument * MS);
	assert_int_equal(host_ticks - start, *(uint64_t *)argument * MS);
	note(*(uint64_t *)argument == 5 ? "5" : *(uint64_t *)argument == 2 ? "2" : "9");
}

static void test_deadlines_in_order(void **state)
{
	uint64_t ms[] = {9, 2, 5};
	struct thread *threads[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		threads[i] = make("sleeper", sleeper, &ms[i]);
	run_core();
	assert_string_equal(events, "259");
	assert_null(core->timers);
	for (unsigned i = 0; i < 3; i++)
		thread_free(threads[i]);
}

static void wake_before_block(void *argument)
{
	(void)argument;
	thread_wake(core->current);
	thread_block(UINT64_MAX);
	note("1");
	thread_wake(core->current);
	thread_wake(core->current); /* two wake-ups merge */
	thread_block(host_ticks + MS);
	note("2");
	assert_int_equal(host_ticks, 1000);
	thread_block(host_ticks + MS);
	note("3");
	assert_int_equal(host_ticks, 1000 + MS);
	thread_block(host_ticks - 5); /* a deadline that has passed */
	note("4");
}

static void test_wake_before_block(void **state)
{
	struct thread *thread = make("self", wake_before_block, NULL);

	(void)state;
	run_core();
	assert_string_equal(events, "1234");
	thread_free(thread);
}

static struct thread *waiting;

static void wake_waiting(void)
{
	host_ticks += 100;
	thread_wake(waiting);
}

static void wait_for_device(void *argument)
{
	(void)argument;
	while_asleep = wake_waiting;
	thread_block(host_ticks + MS);
	assert_int_equal(host_ticks, 1100);
	assert_null(core->timers);
	note("w");
}

static void test_wake_from_interrupt(void **state)
{
	(void)state;
	waiting = make("waiting", wait_for_device, NULL);
	run_core();
	assert_string_equal(events, "w");
	thread_free(waiting);
}

static void wake_halfway(void)
{
	host_ticks += 2 * MS;
	thread_wake(waiting);
}

static void sleep_whole(void *argument)
{
	(void)argument;
	while_asleep = wake_halfway;
	sleep_us(5000);
	assert_int_equal(host_ticks, 1000 + 5 * MS);
	note("s");
	thread_block(UINT64_MAX); /* the wake-up that came meanwhile is still there */
	note("w");
	sleep_us(1000);
	assert_int_equal(host_ticks, 1000 + 6 * MS);
	thread_block(host_ticks + MS);
	assert_int_equal(host_ticks, 1000 + 7 * MS);
}

static void run_meanwhile(void *argument)
{
	(void)argument;
	note("m");
	assert_int_equal(host_ticks, 1000);
}

/* A thread that sleeps leaves its core to others, as long as it said, and loses no wake-up. */
static void test_sleep(void **state)
{
	struct thread *other;

	(void)state;
	waiting = make("sleeper", sleep_whole, NULL);
	other = make("other", run_meanwhile, NULL);
	run_core();
	assert_string_equal(events, "msw");
	assert_true(waiting->finished);
	thread_free(other);
	thread_free(waiting);
}

static void see_waiting(void *argument)
{
	(void)argument;
	assert_false(thread_waits(waiting));
	thread_wake(waiting);
	assert_true(thread_waits(waiting));
	host_ticks += MS;
	thread_yield();
	assert_false(thread_waits(waiting));
	note("s");
}

static void just_block(void *argument)
{
	thread_block(UINT64_MAX);
	note(argument);
}

static void test_waits(void **state)
{
	struct thread *thread;

	(void)state;
	waiting = make("blocked", just_block, "b");
	run_core();
	thread = make("seer", see_waiting, NULL);
	run_core();
	assert_string_equal(events, "bs");
	thread_free(thread);
	thread_free(waiting);
}

static void serve(void *argument)
{
	for (unsigned i = 0; i < *(unsigned *)argument; i++) {
		thread_block(UINT64_MAX);
		thread_serve_calls();
	}
}

static void called(void *argument)
{
	assert_ptr_equal(core->current, waiting);
	note(argument);
}

static void call_twice(void *argument)
{
	(void)argument;
	assert_int_equal(thread_call(waiting, called, "x", 1000), 0);
	assert_int_equal(thread_call(waiting, called, "y", 1000), 0);
	note("d");
}

static void test_call(void **state)
{
	unsigned rounds = 2;
	struct thread *thread;

	(void)state;
	waiting = make("server", serve, &rounds);
	run_core();
	thread = make("caller", call_twice, NULL);
	run_core();
	assert_string_equal(events, "xyd");
	thread_free(thread);
	thread_free(waiting);
}

static void call_deaf(void *argument)
{
	uint64_t start = host_ticks;

	(void)argument;
	assert_int_equal(thread_call(waiting, called, "!", 3000), -ETIMEDOUT);
	assert_int_equal(host_ticks - start, 3 * MS);
	assert_null(waiting->calls);
	note("t");
}

static void sleep_then_serve(void *argument)
{
	(void)argument;
	thread_block(UINT64_MAX); /* woken by the call, but does not serve it */
	thread_block(host_ticks + 10 * MS);
	thread_serve_calls();
	note("s");
}

static void test_call_times_out_and_never_runs(void **state)
{
	struct thread *thread;

	(void)state;
	waiting = make("deaf", sleep_then_serve, NULL);
	run_core();
	thread = make("caller", call_deaf, NULL);
	run_core();
	assert_string_equal(events, "ts");
	thread_free(thread);
	thread_free(waiting);
}

static void call_self(void *argument)
{
	waiting = core->current;
	assert_int_equal(thread_call(core->current, called, argument, 1000), 0);
}

static void test_call_of_oneself(void **state)
{
	struct thread *thread = make("self", call_self, "m");

	(void)state;
	run_core();
	assert_string_equal(events, "m");
	thread_free(thread);
}

static void test_accounts(void **state)
{
	uint64_t ms = 2;
	struct thread *thread = make("sleeper", sleeper, &ms);

	(void)state;
	core->account = ACCOUNT_OTHER;
	core->account_since = host_ticks;
	run_core();
	assert_int_equal(core->ticks[ACCOUNT_IDLE], 2 * MS);
	assert_int_equal(core->ticks[ACCOUNT_OTHER], 0);
	assert_int_equal(core->account, ACCOUNT_IDLE);
	host_ticks += 7;
	assert_int_equal(core_account_ticks(core, ACCOUNT_IDLE), 2 * MS + 7);
	thread_free(thread);
}

static void rearm(struct timer *timer)
{
	note("r");
	if (strlen(events) < 3)
		timer_arm(timer, host_ticks + MS);
}

static void test_timers(void **state)
{
	struct timer a = {.expired = rearm}, b = {.expired = rearm};

	(void)state;
	timer_arm(&a, 5 * MS);
	timer_arm(&b, 3 * MS);
	assert_int_equal(timer_deadline, 3 * MS);
	timer_arm(&b, 8 * MS);
	assert_int_equal(timer_deadline, 5 * MS);
	timer_disarm(&b);
	timer_disarm(&b);
	timer_run_due();
	assert_string_equal(events, "");
	run_core();
	assert_string_equal(events, "rrr");
	assert_int_equal(host_ticks, 7 * MS);
	assert_false(a.armed);
}

static struct thread *spinner, *holder;

static struct thread *make_vcpu(const struct thread_group *group, void (*run)(void *), void *name)
{
	struct thread *thread = thread_create_vcpu(core, name, group, run, name);

	assert_non_null(thread);
	return thread;
}

/* Each time takes half of what one may be ahead. */
static void compute(void *argument)
{
	for (unsigned i = 0; i < 24; i++) {
		note(argument);
		host_ticks += MS / 4;
		thread_yield();
	}
}

/* Among the first 24 events: nobody has ended by then. */
static unsigned count(char letter)
{
	unsigned n = 0;

	for (const char *c = events; *c && c < events + 24; c++)
		n += *c == letter;
	return n;
}

/* Three vCPUs get as much as one. */
static void test_groups_are_even(void **state)
{
	const struct thread_group one = {0, 100}, other = {1, 100};
	struct thread *threads[] = {
		make_vcpu(&one, compute, "a"),
		make_vcpu(&one, compute, "b"),
		make_vcpu(&one, compute, "c"),
		make_vcpu(&other, compute, "x"),
	};

	(void)state;
	run_core();
	assert_in_range(count('x'), 10, 14);
	for (unsigned i = 0; i < 4; i++)
		thread_free(threads[i]);
}

static void spin(void *argument)
{
	(void)argument;
	host_ticks += 1000;
	thread_yield();
	note("s");
	thread_give_way(holder);
	thread_call_on(holder);
	thread_yield();
	note("S");
}

static void hold(void *argument)
{
	(void)argument;
	thread_yield();
	host_ticks += 1000;
	thread_yield();
	note("h");
	holder = NULL;
	thread_yield();
}

static void spin_first(void *argument)
{
	while (!spinner)
		thread_block(host_ticks + 1000);
	spin(argument);
}

/* The holder of the lock has its turn at once, not when the spinner has used up its own. */
static void test_directed_yield(void **state)
{
	const struct thread_group group = {0, 100};
	struct thread *threads[2];

	(void)state;
	threads[0] = spinner = make_vcpu(&group, spin_first, "spinner");
	threads[1] = holder = make_vcpu(&group, hold, "holder");
	run_core();
	assert_true(strstr(events, "h") < strstr(events, "S"));
	for (unsigned i = 0; i < 2; i++)
		thread_free(threads[i]);
}

/* Time is charged to the backend as to anyone: it gets half, however much there is for it to do. */
static void test_backend_is_bounded(void **state)
{
	const struct thread_group group = {0, 100};
	struct thread *backend = thread_create(core, "backend", ACCOUNT_BACKEND, compute, "k");
	struct thread *vcpu = make_vcpu(&group, compute, "v");

	(void)state;
	run_core();
	assert_in_range(count('k'), 10, 14);
	thread_free(backend);
	thread_free(vcpu);
}

static void test_other_core_is_kicked_only_if_blocked(void **state)
{
	struct thread thread = {.core = &cores[1]};

	(void)state;
	thread_wake(&thread);
	assert_true(thread.woken);
	assert_int_equal(kicks, 0);
	thread.woken = false;
	thread.blocked = true;
	thread_wake(&thread);
	thread_wake(&thread);
	assert_int_equal(kicks, 1);
}

/* A spinning vCPU asks again and again; one kick tells the other core. */
static void test_calling_on_kicks_once(void **state)
{
	struct thread thread = {.core = &cores[1]};

	(void)state;
	thread_call_on(&thread);
	thread_call_on(&thread);
	assert_true(thread.called_on);
	assert_int_equal(kicks, 1);
}

/* Out of turn does not mean without end: the other group is not behind for long. */
static void call_on_forever(void *argument)
{
	for (unsigned i = 0; i < 24; i++) {
		note(argument);
		host_ticks += MS / 4;
		if (spinner)
			thread_call_on(spinner);
		thread_yield();
	}
	spinner = NULL;
}

static void test_calling_on_is_fair(void **state)
{
	const struct thread_group one = {0, 100}, other = {1, 100};
	struct thread *threads[2];

	(void)state;
	threads[0] = spinner = make_vcpu(&one, compute, "a");
	threads[1] = make_vcpu(&other, call_on_forever, "x");
	run_core();
	assert_in_range(count('x'), 8, 14);
	for (unsigned i = 0; i < 2; i++)
		thread_free(threads[i]);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_turns_and_end),
		TEST(test_deadlines_in_order),
		TEST(test_wake_before_block),
		TEST(test_wake_from_interrupt),
		TEST(test_sleep),
		TEST(test_waits),
		TEST(test_call),
		TEST(test_call_times_out_and_never_runs),
		TEST(test_call_of_oneself),
		TEST(test_accounts),
		TEST(test_timers),
		TEST(test_groups_are_even),
		TEST(test_directed_yield),
		TEST(test_backend_is_bounded),
		TEST(test_calling_on_kicks_once),
		TEST(test_calling_on_is_fair),
		TEST(test_other_core_is_kicked_only_if_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
