/* SPDX-License-Identifier: BSD-2-Clause */
/* How far simulated time has run ahead of real time. */
#include "tools/wire/pace.h"

uint64_t pace_ahead(struct pace *pace, uint64_t real_ns, wire_time_t simulated)
{
	const uint64_t simulated_ns = (simulated - pace->simulated) / WIRE_PS_PER_NS;
	const uint64_t passed_ns = real_ns - pace->real_ns;

	if (pace->running && simulated_ns > passed_ns)
		return simulated_ns - passed_ns;
	pace->running = true;
	pace->real_ns = real_ns;
	pace->simulated = simulated;
	return 0;
}
