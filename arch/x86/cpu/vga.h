/* SPDX-License-Identifier: BSD-2-Clause */
/* The VGA text screen, 80 by 25. */
#ifndef SLUICE_ARCH_X86_CPU_VGA_H
#define SLUICE_ARCH_X86_CPU_VGA_H

/* Clears it. The VGA is in text mode. */
void vga_init(void);

/* Shows a character at the cursor after vga_init(); knows \r, \n, \b and skips escape sequences. */
void vga_put(char c);

#endif
