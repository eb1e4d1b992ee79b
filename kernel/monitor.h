/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor: commands on the serial console, and whose the console's input is. */
#ifndef SLUICE_KERNEL_MONITOR_H
#define SLUICE_KERNEL_MONITOR_H

struct vm;

/* This character, Ctrl-], moves the console's input between guest and monitor. */
#define MONITOR_ESCAPE 0x1d

/* The VM that the console belongs to by configuration; NULL if there is none, or it has stopped. */
struct vm *monitor_console_vm(void);

/* From now on input goes to vm, or, with NULL, to the monitor. */
void monitor_attach(struct vm *vm);

/* Handles what was typed since the last call; called by the control thread. */
void monitor_poll(void);

#endif
