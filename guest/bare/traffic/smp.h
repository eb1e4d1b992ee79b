/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the further vCPUs of a guest. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_SMP_H
#define SLUICE_GUEST_BARE_TRAFFIC_SMP_H

#include <stdbool.h>

#include "guest/bare/bare.h"

/* vCPUs of this guest, as CPUID leaf 0xb counts them. */
unsigned smp_vcpus(void);

/* Starts vCPUs 1 to count - 1; each runs main(its number) with interrupts off. */
bool smp_start(unsigned count, void (*main)(unsigned vcpu));

#endif
