// SPDX-License-Identifier: BSD-2-Clause
/* P-state, turbo and C1E as the firmware left them (SDM volume 3, chapter 14; volume 4). */
#include "arch/x86/cpu/cpu_clock.h"

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "kernel/log.h"

#define LEAF_POWER            6
#define LEAF_POWER_EAX_TURBO  (1u << 1)
#define MISC_ENABLE_TURBO_OFF (1ull << 38)
#define POWER_CTL_C1E         (1ull << 1)
#define RATIO(value)          ((unsigned)((value) >> 8 & 0xff))

void cpu_clock_report(struct cpuid (*cpuid)(uint32_t leaf, uint32_t subleaf),
		      bool (*msr)(uint32_t msr, uint64_t *value))
{
	bool turbo = cpuid(LEAF_POWER, 0).eax & LEAF_POWER_EAX_TURBO;
	uint64_t status, platform, misc, power;
	unsigned now, base;

	if (!msr(IA32_PERF_STATUS, &status) || !msr(MSR_PLATFORM_INFO, &platform) ||
	    !msr(IA32_MISC_ENABLE, &misc) || !msr(MSR_POWER_CTL, &power))
		return;
	now = RATIO(status);
	base = RATIO(platform);
	if (!now || !base)
		return;
	log_info("CPU: clock ratio %u now, %u without turbo; turbo %s, C1E %s", now, base,
		 turbo && !(misc & MISC_ENABLE_TURBO_OFF) ? "on" : "off",
		 power & POWER_CTL_C1E ? "on" : "off");
	if (now < base)
		log_warning("CPU: the firmware left it slower than it can run: choose \"maximum "
			    "performance\" in its setup");
}
