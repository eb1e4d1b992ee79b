// SPDX-License-Identifier: BSD-2-Clause
/* Begin, supervision, end and report of the traffic guest; traffic.h says how it is used. */
#include "guest/bare/traffic/traffic.h"

#include <stddef.h>

#include "guest/bare/bare.h"
#include "guest/bare/traffic/control_frames.h"
#include "guest/bare/traffic/device.h"
#include "guest/bare/traffic/meter.h"
#include "guest/bare/traffic/sink.h"
#include "guest/bare/traffic/smp.h"
#include "guest/bare/traffic/worker.h"

/* All that this program allocates lies behind it; its VM has memory enough. */
#define HEAP       0x2000000ul
#define WAKE_UP    0x51
#define CMDLINE_AT 0x228 /* of boot_params: the command line's address */

static uint8_t *heap = (uint8_t *)HEAP;
static unsigned vcpus;
static volatile unsigned running; /* vCPUs that serve queues */
static uint64_t booted, begun, last_change, last_packets;

void *traffic_alloc(uint64_t bytes)
{
	void *memory = heap;

	heap += (bytes + 4095) & ~4095ul;
	return memory;
}

static uint64_t received(void)
{
	uint64_t packets = 0;

	for (unsigned i = 0; i < options.queues; i++)
		packets += pairs[i].rx_packets - pairs[i].unmarked;
	return packets;
}

/* What the transmit rings still hold. */
static bool transmitting(void)
{
	for (unsigned i = 0; i < options.queues; i++)
		if (ring_room(&pairs[i].transmit) < options.ring)
			return true;
	return false;
}

static void wake_others(void)
{
	for (unsigned vcpu = 1; vcpu < vcpus; vcpu++)
		apic_send(vcpu, WAKE_UP);
}

static void begin(uint64_t now)
{
	begun = last_change = now;
	sending = options.role & ROLE_SOURCE;
	wake_others();
	if (options.go)
		control_send_go(own_mac, &pairs[0].transmit);
	if (options.stall < options.queues)
		pairs[options.stall].stalled = true;
}

/* On vCPU 0, between its rounds. */
static void supervise(void)
{
	uint64_t now = tsc(), packets = received();

	if (!begun) {
		if (options.role == ROLE_SOURCE || packets)
			begin(now);
		else if (now - booted > options.limit)
			stopping = true;
		return;
	}
	if (packets != last_packets || transmitting())
		last_change = now;
	last_packets = packets;
	if (sending && options.send && now - begun > options.send)
		sending = false;
	if (!sending && now - last_change > options.idle)
		stopping = true;
}

static void run_vcpu(unsigned vcpu)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
	worker_run(vcpu, vcpus, vcpu ? NULL : supervise);
	__atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
}

static bool set_up(void)
{
	unsigned most = device_pairs_most();

	if (!options.queues)
		options.queues = most;
	check(options.queues <= most, "the device has as many queue pairs as asked for");
	if (options.queues > most)
		return false;
	device_get_mac(own_mac);
	guest_sink_init();
	vcpus = smp_vcpus();
	for (unsigned i = 0; i < options.queues; i++) {
		struct pair *pair = &pairs[i];

		if (!device_enable_pair(i, options.ring, i % vcpus, &pair->receive,
					&pair->transmit))
			return false;
		source_init(&pair->source, &pair->transmit, i, options.queues, own_mac);
	}
	return device_run(options.queues, options.pin);
}

static void stop_others(void)
{
	wake_others();
	while (running)
		__asm__ volatile("pause");
}

static void report(void)
{
	struct guest_totals totals;
	uint64_t unmarked = 0;

	for (unsigned i = 0; i < options.queues; i++) {
		const struct pair *pair = &pairs[i];

		print("traffic: queue %u rx_packets %lu rx_bytes %lu tx_packets %lu tx_bytes %lu "
		      "busy_ticks %lu\n",
		      i, pair->rx_packets, pair->rx_bytes, pair->tx_packets, pair->tx_bytes,
		      pair->busy_ticks);
		unmarked += pair->unmarked;
	}
	guest_sink_sum(&totals);
	print("traffic: sink frames %lu lost %lu reordered %lu duplicated %lu stale %lu "
	      "unmarked %lu flows %u\n",
	      totals.frames, totals.lost, totals.reordered, totals.duplicated, totals.stale,
	      unmarked, totals.flows);
}

static const char *command_line(void)
{
	return (const char *)(uint64_t) *
	       (const uint32_t *)((const char *)bare_boot_params + CMDLINE_AT);
}

void test(void)
{
	booted = tsc();
	if (!options_parse(command_line()) || !device_open())
		return;
	if (options.role & ROLE_METER) {
		meter_run();
		return;
	}
	if (!set_up())
		return;
	check(smp_start(vcpus, run_vcpu), "all vCPUs start");
	run_vcpu(0);
	check(begun, "traffic has begun");
	stop_others();
	device_reset();
	report();
}
