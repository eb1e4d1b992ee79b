// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two guests that send one packet to and fro, and sleep while the other has it: each round wakes
 * both guests' vCPUs out of HLT by an interrupt, and the backend between them. Pauses of random
 * length lie where a wake-up could be lost: before a packet is shown, before an interrupt is asked
 * for, between that and HLT. One that is lost stops the game, until ping's watchdog sees it.
 *
 * Words of the command line: rounds=N (ping's), pong=1 (the other one), seed=N, bound=TICKS (what
 * a round may take), pause=TICKS (added to every second pause before a packet is sent)
 */
#include <stddef.h>

#include "guest/bare/bare.h"
#include "guest/bare/traffic/device.h"
#include "guest/bare/traffic/traffic.h"

#define HEAP            0x1800000ul /* this program lies below */
#define RING            64
#define FRAME_BYTES     60
#define TYPE            0x88b5 /* IEEE 802: local experimental */
#define AT_TYPE         12
#define AT_KIND         14
#define AT_ROUND        16
#define WATCHDOG        0x50
#define WATCHDOG_ROUNDS 64
#define WATCHDOG_BOUNDS 128 /* the watchdog's time, in bounds: no round takes so long */
#define STALLS_MOST     10
#define PAUSE_BITS      12 /* random pauses are below 2^12 loops, half of them below 2^6 */

enum kind {
	KIND_HELLO,
	KIND_PACKET,
	KIND_END,
};

static const uint8_t addresses[2][6] = {{0x52, 0x54, 0, 0, 0, 1}, {0x52, 0x54, 0, 0, 0, 2}};

static uint8_t *heap = (uint8_t *)HEAP;
static struct ring receive, transmit;
static unsigned own;
static uint64_t random_state, bound, long_pause;
static uint64_t halts, doorbells, in_time, slow, stalls, longest, sum;

void *traffic_alloc(uint64_t bytes)
{
	void *memory = heap;

	heap += (bytes + 4095) & ~4095ul;
	return memory;
}

/* Marsaglia, "Xorshift RNGs" (2003). */
static uint64_t random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Of any order of magnitude; some of them with a VM exit inside. */
static void pause_randomly(void)
{
	uint64_t r = random(), loops = r >> 32 & ((1ul << (r & 0xff) % (PAUSE_BITS + 1)) - 1);
	uint32_t leaf[4];

	if ((r >> 8 & 15) == 0)
		cpuid(0, 0, leaf);
	for (; loops; loops--)
		__asm__ volatile("");
}

static void pause_before_packet(void)
{
	uint64_t end = tsc() + random() % (long_pause + 1) + long_pause;

	pause_randomly();
	if (long_pause && random() & 1)
		while (tsc() < end)
			pause();
}

static void send(enum kind kind, uint32_t round)
{
	uint8_t *frame = transmit.buffers + (transmit.produced & (RING - 1)) * BUFFER_BYTES;

	for (unsigned i = 0; i < 6; i++) {
		frame[i] = addresses[!own][i];
		frame[6 + i] = addresses[own][i];
	}
	frame[AT_TYPE] = TYPE >> 8;
	frame[AT_TYPE + 1] = TYPE & 0xff;
	frame[AT_KIND] = (uint8_t)kind;
	*(uint32_t *)(frame + AT_ROUND) = round;
	ring_put(&transmit, frame, FRAME_BYTES);
	doorbells += ring_show(&transmit);
}

/* Takes the next frame, if there is one: its kind and round. */
static bool take(enum kind *kind, uint32_t *round)
{
	const uint8_t *frame = receive.buffers + (receive.next & (RING - 1)) * BUFFER_BYTES;

	if (!ring_received(&receive))
		return false;
	*kind = (enum kind)frame[AT_KIND];
	*round = *(const uint32_t *)(frame + AT_ROUND);
	receive.next++;
	ring_release(&receive);
	return true;
}

/* Sleeps until the next frame may be there: interrupts are off but while it halts. */
static void sleep(void)
{
	pause_randomly();
	if (!ring_want_interrupt(&receive, receive.next)) {
		pause_randomly();
		halts++;
		/* Bochs lets an instruction run between the end of HLT and a virtual interrupt. */
		__asm__ volatile("sti; hlt; nop; cli" ::: "memory");
	}
	ring_silence(&receive);
}

static void set_watchdog(void)
{
	msr_write(IA32_TSC_DEADLINE, tsc() + bound * WATCHDOG_BOUNDS);
}

static void stalled(uint32_t round)
{
	stalls++;
	print("wakeup: round %u stalls; ping's interrupts %u, at its ring %u\n", round,
	      interrupts[VECTOR_FIRST], ring_received(&receive));
	*transmit.doorbell = 1;
	set_watchdog();
}

/* Waits for the answer to round, sent at the tick `start`. */
static void wait_for_answer(uint32_t round, uint64_t start)
{
	uint32_t barks = interrupts[WATCHDOG], answered;
	uint64_t ticks;
	enum kind kind;

	do {
		while (!take(&kind, &answered)) {
			sleep();
			if (interrupts[WATCHDOG] == barks)
				continue;
			barks = interrupts[WATCHDOG];
			stalled(round);
			if (stalls == STALLS_MOST)
				return;
		}
	} while (kind != KIND_PACKET || answered != round);
	ticks = tsc() - start;
	sum += ticks;
	longest = ticks > longest ? ticks : longest;
	if (ticks <= bound)
		in_time++;
	else
		slow++;
}

/* The other guest may not be there yet. */
static void greet(void)
{
	enum kind kind;
	uint32_t round;

	do {
		uint64_t end = tsc() + bound;

		send(KIND_HELLO, 0);
		while (!ring_received(&receive) && tsc() < end)
			pause();
	} while (!take(&kind, &round));
	/* What more was sent meanwhile, and its answers. */
	for (uint64_t end = tsc() + 4 * bound; tsc() < end;)
		take(&kind, &round);
}

static void ping(uint32_t rounds)
{
	greet();
	doorbells = 0;
	apic_write(APIC_TIMER, WATCHDOG | TIMER_DEADLINE);
	for (uint32_t round = 1; round <= rounds && stalls < STALLS_MOST; round++) {
		uint64_t start;

		if (round % WATCHDOG_ROUNDS == 1)
			set_watchdog();
		pause_before_packet();
		start = tsc();
		send(KIND_PACKET, round);
		wait_for_answer(round, start);
	}
	msr_write(IA32_TSC_DEADLINE, 0);
	send(KIND_END, 0);
	check(in_time == rounds, "every round in time");
	check(!stalls, "no wake-up lost");
	print("wakeup: rounds %lu slow %lu stalls %lu longest %lu mean %lu\n", in_time + slow, slow,
	      stalls, longest, sum / rounds);
}

static void pong(void)
{
	uint32_t round;
	enum kind kind = KIND_HELLO;

	while (kind != KIND_END) {
		while (!take(&kind, &round))
			sleep();
		pause_randomly();
		if (kind != KIND_END)
			send(kind, round);
	}
}

void test(void)
{
	uint32_t rounds = parameter("rounds", 1000);

	own = parameter("pong", 0);
	random_state = parameter("seed", 1) * 0x9e3779b97f4a7c15ul;
	bound = parameter("bound", 1000000);
	long_pause = parameter("pause", 0);
	if (!device_open() || !device_enable_pair(0, RING, 0, &receive, &transmit) ||
	    !device_run(1, TRAFFIC_NONE))
		return;
	if (own)
		pong();
	else
		ping(rounds);
	/* What is under way may still be read. */
	while (ring_room(&transmit) < RING)
		pause();
	device_reset();
	print("wakeup: %s halts %lu interrupts %u doorbells %lu\n", own ? "pong" : "ping", halts,
	      interrupts[VECTOR_FIRST], doorbells);
}
