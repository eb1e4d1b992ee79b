// SPDX-License-Identifier: BSD-2-Clause
/* What one vCPU does: rounds over its queue pairs, and its sleep. */
#include "guest/bare/traffic/worker.h"

#include "guest/bare/bare.h"
#include "guest/bare/traffic/control_frames.h"
#include "guest/bare/traffic/frame.h"
#include "guest/bare/traffic/sink.h"
#include "guest/bare/traffic/traffic.h"

#define TIMER_VECTOR 0x50

struct pair pairs[VIO_QUEUE_PAIRS_MOST];
uint8_t own_mac[6];
volatile bool sending, stopping;

static void take_frame(struct pair *pair, const uint8_t *frame, uint32_t bytes)
{
	pair->rx_packets++;
	pair->rx_bytes += bytes;
	if (guest_sink_take(frame, bytes))
		return;
	pair->unmarked++;
	control_answer(frame, bytes, own_mac, &pair->transmit);
}

static unsigned receive(struct pair *pair)
{
	struct ring *ring = &pair->receive;
	uint32_t count = ring_received(ring), mask = ring->size - 1;

	if (!count || pair->stalled)
		return 0;
	for (uint32_t end = ring->next + count; ring->next != end; ring->next++) {
		uint32_t slot = ring->next & mask;

		take_frame(pair, ring->buffers + slot * BUFFER_BYTES,
			   ring->completions[slot].bytes);
	}
	ring_release(ring);
	return count;
}

static void echo_frame(struct pair *pair, const uint8_t *frame, uint32_t bytes)
{
	struct ring *ring = &pair->transmit;
	uint8_t *copy = ring->buffers + (ring->produced & (ring->size - 1)) * BUFFER_BYTES;
	const uint8_t *from = frame;
	uint8_t *to = copy;
	uint64_t words = (bytes + 7) / 8;

	__asm__ volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(words)::"memory");
	for (unsigned i = 0; i < 6; i++) {
		copy[i] = frame[6 + i];
		copy[6 + i] = frame[i];
	}
	ring_put(ring, copy, bytes);
	pair->tx_packets++;
	pair->tx_bytes += bytes;
}

/* Takes no more than it can send on. */
static unsigned echo(struct pair *pair)
{
	struct ring *ring = &pair->receive;
	uint32_t count = ring_received(ring), room = ring_room(&pair->transmit);
	uint32_t mask = ring->size - 1;

	if (count > room)
		count = room;
	if (!count)
		return 0;
	for (uint32_t end = ring->next + count; ring->next != end; ring->next++) {
		uint32_t slot = ring->next & mask, bytes = ring->completions[slot].bytes;
		const uint8_t *frame = ring->buffers + slot * BUFFER_BYTES;
		uint64_t unmarked = pair->unmarked;

		take_frame(pair, frame, bytes);
		if (pair->unmarked == unmarked)
			echo_frame(pair, frame, bytes);
	}
	ring_release(ring);
	ring_show(&pair->transmit);
	return count;
}

static unsigned serve(struct pair *pair, uint64_t now)
{
	unsigned work = options.role & ROLE_ECHO ? echo(pair) : receive(pair);
	unsigned sent;

	if (!sending)
		return work;
	sent = source_push(&pair->source, now);
	pair->tx_packets += sent;
	pair->tx_bytes += sent * (options.bytes - CRC_BYTES);
	return work + sent;
}

/* Asks for interrupts of pair; true if there is something to do already. */
static bool want_interrupts(struct pair *pair)
{
	struct ring *transmit = &pair->transmit;
	bool work = !pair->stalled && ring_want_interrupt(&pair->receive, pair->receive.next);

	if (sending && pair->source.flows)
		work |= options.pace || ring_room(transmit) ||
			ring_want_interrupt(transmit, transmit->produced - transmit->size);
	return work;
}

/* The timer is set no more often than it must: that costs exits. */
static void arm_timer(void)
{
	static uint64_t deadline;
	uint64_t now = tsc();

	if (now < deadline)
		return;
	if (!deadline)
		apic_write(APIC_TIMER, TIMER_VECTOR | TIMER_DEADLINE);
	deadline = now + options.supervise;
	msr_write(IA32_TSC_DEADLINE, deadline);
}

/* Halts until an interrupt, unless there is work; interrupts are off but while it halts. */
static void sleep(unsigned first, unsigned step, bool timer)
{
	bool work = stopping;

	for (unsigned i = first; i < options.queues; i += step)
		work |= want_interrupts(&pairs[i]);
	if (timer)
		arm_timer();
	if (!work)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	for (unsigned i = first; i < options.queues; i += step) {
		ring_silence(&pairs[i].receive);
		ring_silence(&pairs[i].transmit);
	}
}

void worker_run(unsigned first, unsigned step, void (*supervise)(void))
{
	uint64_t due = 0;

	while (!stopping) {
		unsigned total = 0;
		uint64_t now = tsc();

		for (unsigned i = first; i < options.queues; i += step) {
			uint64_t before = tsc();
			unsigned work = serve(&pairs[i], now);

			if (work)
				pairs[i].busy_ticks += tsc() - before;
			total += work;
		}
		if (supervise && now >= due) {
			due = now + options.supervise;
			supervise();
		}
		if (!total && !options.poll)
			sleep(first, step, supervise);
	}
}
