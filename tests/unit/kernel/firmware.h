/* SPDX-License-Identifier: BSD-2-Clause */
/* firmware_map() for tests: pieces of "physical memory" at addresses of the test's choice. */
#ifndef SLUICE_TESTS_UNIT_KERNEL_FIRMWARE_H
#define SLUICE_TESTS_UNIT_KERNEL_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

/* Forgets all pieces. */
void firmware_clear(void);

/* Puts a copy of data at physical; returns it. What lies in no piece cannot be mapped. */
uint8_t *firmware_put(uint64_t physical, const void *data, size_t bytes);

#endif
