// SPDX-License-Identifier: BSD-2-Clause
/* Finding the function that an address lies in. */
#include "kernel/symbols.h"

#include "kernel/format.h"

/* The last symbol at or below address; NULL if it is below all, or beyond the last function. */
static const struct symbol *find(uint64_t address)
{
	uint32_t low = 0, high = symbol_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symbol_table[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && low < symbol_count ? &symbol_table[low - 1] : NULL;
}

void symbol_format(char text[SYMBOL_TEXT_BYTES], uint64_t address)
{
	const struct symbol *symbol = find(address);

	if (symbol)
		format_string(text, SYMBOL_TEXT_BYTES, "%lx %s+%#lx", address,
			      symbol_names + symbol->name, address - symbol->address);
	else
		format_string(text, SYMBOL_TEXT_BYTES, "%lx", address);
}
