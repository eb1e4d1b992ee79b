// SPDX-License-Identifier: BSD-2-Clause
/* Has the host's counters taken at the begin and the end of a window of time. */
#include "guest/bare/traffic/meter.h"

#include <stddef.h>

#include "arch/x86/platform/hypercalls.h"
#include "guest/bare/bare.h"
#include "guest/bare/traffic/control_frames.h"
#include "guest/bare/traffic/device.h"
#include "guest/bare/traffic/traffic.h"

#define TIMER_VECTOR 0x50

static struct ring receive, transmit;

static void call_hypervisor(uint64_t number)
{
	uint64_t rax = number;

	__asm__ volatile("vmcall" : "+a"(rax)::"memory");
	if (rax)
		check(false, "the hypervisor takes and logs its counters");
}

static void sleep_until(uint64_t deadline)
{
	while (tsc() < deadline) {
		apic_write(APIC_TIMER, TIMER_VECTOR | TIMER_DEADLINE);
		msr_write(IA32_TSC_DEADLINE, deadline);
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
}

/* True if among the frames that have come is the word that traffic has begun. */
static bool take_go(void)
{
	bool go = false;

	for (uint32_t count = ring_received(&receive); count; count--) {
		uint32_t slot = receive.next++ & (receive.size - 1);

		go |= control_is_go(receive.buffers + slot * BUFFER_BYTES,
				    receive.completions[slot].bytes);
	}
	ring_release(&receive);
	return go;
}

static bool wait_for_go(void)
{
	uint64_t end = tsc() + options.limit;

	while (!take_go()) {
		if (tsc() > end)
			return false;
		if (ring_want_interrupt(&receive, receive.next))
			continue;
		apic_write(APIC_TIMER, TIMER_VECTOR | TIMER_DEADLINE);
		msr_write(IA32_TSC_DEADLINE, end);
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
	ring_silence(&receive);
	return true;
}

/* Before the last window the device is stopped: an idle queue keeps the card from moderating. */
static bool measure(bool last)
{
	uint64_t start;

	if (!wait_for_go()) {
		check(false, "traffic has begun");
		return false;
	}
	start = tsc();
	if (last)
		device_reset();
	sleep_until(start + options.begin);
	call_hypervisor(HYPERCALL_TAKE_COUNTERS);
	sleep_until(start + options.begin + options.window);
	call_hypervisor(HYPERCALL_TAKE_COUNTERS);
	return true;
}

void meter_run(void)
{
	if (!device_enable_pair(0, options.ring, 0, &receive, &transmit) ||
	    !device_run(1, TRAFFIC_NONE))
		return;
	for (uint32_t i = 1; i <= options.windows && measure(i == options.windows); i++)
		if (i < options.windows)
			(void)take_go();
	call_hypervisor(HYPERCALL_LOG_COUNTERS);
}
