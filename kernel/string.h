/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and string functions of the C library that the hypervisor uses. */
#ifndef SLUICE_KERNEL_STRING_H
#define SLUICE_KERNEL_STRING_H

#if __STDC_HOSTED__
#include <string.h>
#else
#include <stddef.h>
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t most);

/* So that the compiler puts short copies of constant length in line, as it may in hosted code. */
#define memcpy(to, from, bytes)  __builtin_memcpy(to, from, bytes)
#define memset(to, value, bytes) __builtin_memset(to, value, bytes)
#endif

#endif
