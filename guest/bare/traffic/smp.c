// SPDX-License-Identifier: BSD-2-Clause
/* The vCPUs of the traffic guest. */
#include "guest/bare/traffic/smp.h"

#include "guest/bare/bare.h"

unsigned smp_vcpus(void)
{
	uint32_t r[4];

	cpuid(0xb, 1, r);
	return r[1] & 0xffff ? r[1] & 0xffff : 1;
}

bool smp_start(unsigned count, void (*main)(unsigned vcpu))
{
	for (unsigned vcpu = 1; vcpu < count; vcpu++)
		if (!start_vcpu(vcpu, main))
			return false;
	return true;
}
