/* SPDX-License-Identifier: BSD-2-Clause */
/* Where entry.S enters C. */
#ifndef SLUICE_ARCH_X86_BOOT_START_H
#define SLUICE_ARCH_X86_BOOT_START_H

#include <stdint.h>

/* magic and address: EAX and EBX as the boot loader left them. */
_Noreturn void boot_start(uint32_t magic, uint32_t address);

#endif
