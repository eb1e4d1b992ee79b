// SPDX-License-Identifier: BSD-2-Clause
/*
 * The VGA text screen. Its memory is slow, the more so where a management controller has it, and a
 * new line moves all of it: what is put goes into a copy, and rows that have changed are shown when
 * there is time.
 */
#include "arch/x86/cpu/vga.h"

#include <stdint.h>

#define VGA_MEMORY    0xb8000
#define VGA_COLUMNS   80
#define VGA_ATTRIBUTE 0x0700 /* light grey on black */
#define ESCAPE        0x1b

static uint16_t screen[VGA_ROWS][VGA_COLUMNS]; /* as it is to be */
static uint16_t shown[VGA_ROWS][VGA_COLUMNS];  /* as it is */
static bool changed[VGA_ROWS];
static unsigned row, column;
static bool in_use, in_escape;

static volatile uint16_t *cell(unsigned y, unsigned x)
{
	return (volatile uint16_t *)(uintptr_t)VGA_MEMORY + y * VGA_COLUMNS + x;
}

void vga_init(void)
{
	for (unsigned y = 0; y < VGA_ROWS; y++) {
		for (unsigned x = 0; x < VGA_COLUMNS; x++) {
			screen[y][x] = shown[y][x] = VGA_ATTRIBUTE | ' ';
			*cell(y, x) = screen[y][x];
		}
	}
	row = column = 0;
	in_use = true;
}

bool vga_has_changed(unsigned y)
{
	return changed[y];
}

void vga_show(unsigned y)
{
	if (!changed[y])
		return;
	changed[y] = false;
	for (unsigned x = 0; x < VGA_COLUMNS; x++) {
		if (shown[y][x] == screen[y][x])
			continue;
		shown[y][x] = screen[y][x];
		*cell(y, x) = screen[y][x];
	}
}

static void new_line(void)
{
	if (row + 1 < VGA_ROWS) {
		row++;
		return;
	}
	for (unsigned y = 0; y < VGA_ROWS; y++)
		changed[y] = true;
	for (unsigned y = 0; y + 1 < VGA_ROWS; y++)
		for (unsigned x = 0; x < VGA_COLUMNS; x++)
			screen[y][x] = screen[y + 1][x];
	for (unsigned x = 0; x < VGA_COLUMNS; x++)
		screen[VGA_ROWS - 1][x] = VGA_ATTRIBUTE | ' ';
}

/* An escape sequence ends at its first letter. */
static bool skip_escape(char c)
{
	if (c == ESCAPE)
		in_escape = true;
	else if (in_escape && ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
		in_escape = false;
	else if (!in_escape)
		return false;
	return true;
}

void vga_put(char c)
{
	if (!in_use || skip_escape(c))
		return;
	if (c == '\r') {
		column = 0;
	} else if (c == '\n') {
		new_line();
	} else if (c == '\b') {
		column -= column > 0;
	} else if ((uint8_t)c >= ' ') {
		if (column == VGA_COLUMNS) {
			column = 0;
			new_line();
		}
		changed[row] = true;
		screen[row][column++] = (uint16_t)(VGA_ATTRIBUTE | (uint8_t)c);
	}
}
