/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks for tests that run the production scheduler: kernel/stack.h on the host's heap. */
#ifndef SLUICE_TESTS_UNIT_KERNEL_FAKE_STACK_H
#define SLUICE_TESTS_UNIT_KERNEL_FAKE_STACK_H

/* Stacks that were allocated and not freed. */
extern unsigned fake_stacks;

#endif
