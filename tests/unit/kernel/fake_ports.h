/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of arch/x86/cpu/io.h: ports that the test answers. */
#ifndef SLUICE_TESTS_UNIT_KERNEL_FAKE_PORTS_H
#define SLUICE_TESTS_UNIT_KERNEL_FAKE_PORTS_H

#define SLUICE_ARCH_X86_CPU_IO_H

#include <stdint.h>

uint8_t io_read8(uint16_t port);
void io_write8(uint16_t port, uint8_t value);

#endif
