// SPDX-License-Identifier: BSD-2-Clause
/* Checks of interrupts: one vector a queue, masking that loses nothing, moderation. */
#include "kernel/selftest/bench.h"

#define ITR_UNIT_NS 2048 /* of EITR at 10 Gb/s */
#define INTERVALS   8

static bool wait_for_interrupt(struct bench *bench, unsigned queue, unsigned number)
{
	uint64_t end = ticks_now() + bench->timeout_us * ticks_per_us();

	while (READ_ONCE(bench->queue[queue].interrupts) < number && ticks_now() < end)
		bench_sleep(bench, 100);
	return READ_ONCE(bench->queue[queue].interrupts) >= number;
}

/* Unmasks, after taking whatever there is. */
static void unmask(struct bench *bench, unsigned queue)
{
	while (bench->dev->ops->interrupt_enable(bench->dev, queue))
		bench_poll(bench, queue);
}

/*
 * Unmasks all queues and lets the causes from before send their interrupts, then unmasks again
 * those that masked themselves by that.
 */
static void unmask_quietly(struct bench *bench)
{
	bench_expect(bench);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned q = 0; q < bench->queues; q++)
			unmask(bench, q);
		bench_sleep(bench, bench->settle_us);
	}
	for (unsigned q = 0; q < bench->queues; q++)
		bench->queue[q].interrupts = bench->queue[q].misdirected = 0;
}

/* One frame on a queue, while all are unmasked: its interrupt comes, once, on its core. */
static void check_vector(struct bench *bench, unsigned queue)
{
	unmask_quietly(bench);
	bench_send(bench, queue, bench_find_flow(bench, queue), FRAME_BYTES_LEAST, 1);
	if (!wait_for_interrupt(bench, queue, 1))
		bench_fail(bench, "queue %u: no interrupt for a frame", queue);
	bench_sleep(bench, bench->settle_us);
	for (unsigned q = 0; q < bench->queues; q++) {
		unsigned wanted = q == queue;

		if (bench->queue[q].interrupts != wanted || bench->queue[q].misdirected)
			bench_blame(bench,
				    "queue %u: %u interrupts, %u on another core, for a "
				    "frame on queue %u, expected %u and 0",
				    q, bench->queue[q].interrupts, bench->queue[q].misdirected,
				    queue, wanted);
		bench->dev->ops->interrupt_disable(bench->dev, q);
	}
	bench_collect(bench);
}

void selftest_vectors(struct bench *bench)
{
	for (unsigned q = 0; q < bench->queues && !bench->failed; q++)
		check_vector(bench, q);
	bench_note(bench, "%u vectors", bench->queues);
}

/* Frames that come while masked are silent, and not forgotten at the unmasking. */
static void check_masking(struct bench *bench, unsigned queue)
{
	const struct netdev_ops *ops = bench->dev->ops;
	struct bench_queue *state = &bench->queue[queue];
	unsigned flow = bench_find_flow(bench, queue);

	unmask_quietly(bench);
	ops->interrupt_disable(bench->dev, queue);
	bench_send(bench, queue, flow, FRAME_BYTES_LEAST, 1);
	bench_sleep(bench, bench->settle_us);
	if (state->interrupts)
		bench_blame(bench, "queue %u: %u interrupts while masked", queue,
			    state->interrupts);
	if (!ops->interrupt_enable(bench->dev, queue))
		bench_fail(bench, "queue %u: unmasked without word of the waiting frame", queue);
	bench_collect(bench);
	unmask_quietly(bench);
	for (unsigned i = 0; i < 2; i++) { /* the first masks the vector */
		bench_send(bench, queue, flow, FRAME_BYTES_LEAST, 1);
		bench_sleep(bench, bench->settle_us);
	}
	bench_sleep(bench, bench->settle_us);
	if (state->interrupts != 1)
		bench_blame(bench,
			    "queue %u: %u interrupts for frames after an unmasking, expected 1",
			    queue, state->interrupts);
	bench_collect(bench);
	ops->interrupt_disable(bench->dev, queue);
}

void selftest_masking(struct bench *bench)
{
	for (unsigned q = 0; q < bench->queues && !bench->failed; q++)
		check_masking(bench, q);
	bench_note(bench, "%u queues", bench->queues);
}

/* How long interrupts may take to come at one interval each. */
static uint64_t intervals_most(const struct bench *bench, unsigned us)
{
	uint64_t each = us + 1000;

	return (bench->virtual ? bench->timeout_us : (INTERVALS + 2) * each) * ticks_per_us();
}

/* Interrupts as fast as the card gives them: frames come all the time, each one is unmasked. */
static bool take_interrupts(struct bench *bench, unsigned queue, unsigned us, uint64_t *begin)
{
	struct bench_queue *state = &bench->queue[queue];
	unsigned flow = bench_find_flow(bench, queue), seen = 0;
	uint64_t end;

	bench_expect(bench);
	*begin = ticks_now();
	end = *begin + intervals_most(bench, us);
	bench->dev->ops->set_itr(bench->dev, queue, us);
	unmask(bench, queue);
	while (seen < INTERVALS + 2 && ticks_now() < end && !bench->failed) {
		if (bench->sent == bench->received)
			bench_send(bench, queue, flow, FRAME_BYTES_LEAST, 1);
		bench_poll(bench, queue);
		if (READ_ONCE(state->interrupts) == seen)
			continue;
		seen = READ_ONCE(state->interrupts);
		unmask(bench, queue);
	}
	bench->dev->ops->interrupt_disable(bench->dev, queue);
	bench->dev->ops->set_itr(bench->dev, queue, 0);
	bench_collect(bench);
	if (seen < INTERVALS + 2)
		bench_fail(bench, "queue %u, %u us: %u interrupts, expected %u", queue, us, seen,
			   INTERVALS + 2);
	return !bench->failed;
}

/* Each interval (but the first, which the setting may have met running) within one unit. */
static void check_intervals(struct bench *bench, unsigned queue, unsigned us, uint64_t *worst)
{
	const uint64_t *stamp = bench->queue[queue].stamp;
	uint64_t wanted = (us * 1000ull + ITR_UNIT_NS - 1) / ITR_UNIT_NS * ITR_UNIT_NS;

	for (unsigned i = 1; i <= INTERVALS; i++) {
		uint64_t ns = (stamp[i + 1] - stamp[i]) * 1000000000 / ticks_per_second();
		uint64_t off = ns > wanted ? ns - wanted : wanted - ns;

		if (off > ITR_UNIT_NS)
			bench_fail(bench, "queue %u, %u us: an interval of %lu ns, expected %lu",
				   queue, us, ns, wanted);
		if (off > *worst)
			*worst = off;
	}
}

/*
 * An interrupt may be seen late, by a processor that stood still, so that the next interval looks
 * short, but all together cannot be seen early. One percent is for the calibration of the clock.
 */
static void check_sum(struct bench *bench, unsigned queue, unsigned us, uint64_t begin)
{
	uint64_t took = (bench->queue[queue].stamp[INTERVALS + 1] - begin) / ticks_per_us();

	if (took < INTERVALS * us - INTERVALS * us / 100)
		bench_fail(bench, "queue %u, %u us: %u intervals within %lu us", queue, us,
			   INTERVALS, took);
}

void selftest_moderation(struct bench *bench)
{
	static const unsigned settings[] = {100, 250, 500, 1000};
	uint64_t worst = 0, begin;

	for (unsigned q = 0; q < bench->queues; q++) {
		for (unsigned i = 0; i < ARRAY_SIZE(settings) && !bench->failed; i++) {
			if (!take_interrupts(bench, q, settings[i], &begin))
				continue;
			if (bench->virtual)
				check_sum(bench, q, settings[i], begin);
			else
				check_intervals(bench, q, settings[i], &worst);
		}
	}
	if (bench->virtual) {
		bench_note(bench, "100 to 1000 us on %u queues, on average: a virtual processor",
			   bench->queues);
		return;
	}
	bench_note(bench, "100 to 1000 us on %u queues, at most %lu ns off", bench->queues, worst);
}
