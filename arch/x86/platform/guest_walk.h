/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a guest's page tables in software (SDM volume 3, chapter 4). */
#ifndef SLUICE_ARCH_X86_PLATFORM_GUEST_WALK_H
#define SLUICE_ARCH_X86_PLATFORM_GUEST_WALK_H

#include <stdint.h>

#include "arch/x86/vmx/vcpu.h"

/*
 * Translates linear for reading, without checking rights: the processor has just fetched there.
 * Returns 0 with *physical, or -EFAULT: not mapped, or page tables outside the VM's memory.
 */
int guest_walk(const struct vm *vm, const struct vcpu_mode *mode, uint64_t linear,
	       uint64_t *physical);

/*
 * Copies up to bytes of code at RIP to code. Returns how many could be read, fewer where pages are
 * not mapped to memory.
 */
unsigned guest_fetch_code(const struct vm *vm, const struct vcpu_mode *mode, uint8_t *code,
			  unsigned bytes);

#endif
