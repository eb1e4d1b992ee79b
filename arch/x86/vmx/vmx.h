/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX as a whole: switching it on, on every core. */
#ifndef SLUICE_ARCH_X86_VMX_VMX_H
#define SLUICE_ARCH_X86_VMX_VMX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Detects VT-x, less what hide (enum config_hide) takes away, and logs what is used and missing.
 * Once, on the boot core. Returns false, after one line that says why, if guests cannot run.
 */
bool vmx_init(uint32_t hide);

/* Enters VMX operation on this core; does nothing if guests cannot run. On each core. */
void vmx_enable_core(void);

/* True if guests can run. */
bool vmx_usable(void);

#endif
