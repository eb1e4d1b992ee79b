/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of VM-instruction errors (SDM volume 3, "VM Instruction Error Numbers"). */
#ifndef SLUICE_ARCH_X86_VMX_INSTRUCTION_ERROR_H
#define SLUICE_ARCH_X86_VMX_INSTRUCTION_ERROR_H

#include <stdint.h>

const char *vmx_instruction_error_name(uint64_t number);

#endif
