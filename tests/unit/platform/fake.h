/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake VM with one vCPU around the platform's sources. */
#ifndef SLUICE_TESTS_UNIT_PLATFORM_FAKE_H
#define SLUICE_TESTS_UNIT_PLATFORM_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/x86/vmx/vcpu.h"

#define FAKE_MEMORY_BYTES (32ull << 20)
#define FAKE_MESSAGES     64
#define FAKE_MODULES      2

struct fake {
	struct vm vm;
	struct config_vm config;
	uint64_t registers[VCPU_REGISTERS];
	struct vcpu_mode mode;
	unsigned skipped; /* bytes of instruction, in all */

	unsigned stops;
	bool stop_reboot;
	char stop_reason[400];

	unsigned messages;
	struct {
		uint64_t address;
		uint32_t data;
	} message[FAKE_MESSAGES]; /* the last ones, as a ring */

	struct boot_module module[FAKE_MODULES];
	char console[256];
	unsigned console_bytes;

	struct vcpu *woken; /* the last vCPU that was woken up, where, and how often */
	uint64_t woken_rip;
	unsigned wake_ups;

	uint32_t lapic_offset, lapic_value; /* the last access */
	unsigned allocations;               /* kmalloc() without kfree() */
};

extern struct fake fake;

/* Everything fresh: a VM "test" with zeroed memory of bytes. Frees the previous one's. */
void fake_reset(uint64_t bytes);

#define FAKE_VM   (&fake.vm)
#define FAKE_VCPU (&fake.vm.vcpu[0])

#define assert_contains(text, part) assert_non_null(strstr(text, part))

#endif
