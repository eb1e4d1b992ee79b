/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the machine-independent part starts. */
#ifndef SLUICE_KERNEL_MAIN_H
#define SLUICE_KERNEL_MAIN_H

/* Runs on the boot core with interrupts off, boot_info filled and consoles working. */
_Noreturn void kernel_main(void);

#endif
