/* SPDX-License-Identifier: BSD-2-Clause */
/* The VGA text screen, 80 by 25. */
#ifndef SLUICE_ARCH_X86_CPU_VGA_H
#define SLUICE_ARCH_X86_CPU_VGA_H

#include <stdbool.h>

#define VGA_ROWS 25

/* Clears it. The VGA is in text mode. */
void vga_init(void);

/*
 * Puts a character at the cursor after vga_init(), not yet to be seen; knows \r, \n, \b and skips
 * escape sequences.
 */
void vga_put(char c);

/* Whether a row, 0 to VGA_ROWS - 1, has changed since it was shown. A hint without the lock. */
bool vga_has_changed(unsigned row);

/* Shows what has changed in a row. */
void vga_show(unsigned row);

#endif
