/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of the image's functions, for addresses in messages. */
#ifndef SLUICE_KERNEL_SYMBOLS_H
#define SLUICE_KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* Where a function begins, and where its name is among symbol_names. */
struct symbol {
	uint32_t address, name;
};

/* Made by tools/symbols from the linked image; sorted, the last one only ends the one before. */
extern const struct symbol symbol_table[];
extern const uint32_t symbol_count;
extern const char symbol_names[];

#define SYMBOL_TEXT_BYTES 80

/* Writes "address name+offset" into text, or the address alone if it lies in no function. */
void symbol_format(char text[SYMBOL_TEXT_BYTES], uint64_t address);

#endif
