/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of arch/x86/cpu/io.h: ports that the test answers. */
#ifndef SLUICE_TESTS_UNIT_PCI_FAKE_IO_H
#define SLUICE_TESTS_UNIT_PCI_FAKE_IO_H

#define SLUICE_ARCH_X86_CPU_IO_H

#include <stdint.h>

uint32_t io_read32(uint16_t port);
void io_write32(uint16_t port, uint32_t value);
void io_write16(uint16_t port, uint16_t value);

#endif
