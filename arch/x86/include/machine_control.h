/* SPDX-License-Identifier: BSD-2-Clause */
/* Ending the machine's run. */
#ifndef SLUICE_ARCH_X86_INCLUDE_MACHINE_CONTROL_H
#define SLUICE_ARCH_X86_INCLUDE_MACHINE_CONTROL_H

/* Soft-off by ACPI (specification 7.4.2.5); where that fails says so and halts this core. */
_Noreturn void machine_power_off(void);

/* Resets the machine: by ACPI's register, the chipset's, the 8042, or a triple fault. */
_Noreturn void machine_reboot(void);

#endif
