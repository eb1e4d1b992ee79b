// SPDX-License-Identifier: BSD-2-Clause
/* A UART for tests. */
#include "fake_uart.h"

#include <stdlib.h>
#include <string.h>

#include "arch/x86/cpu/uart.h"

struct fake_uart fake_uart;

void fake_uart_reset(uint64_t address)
{
	memset(&fake_uart, 0, sizeof(fake_uart));
	fake_uart.address = address;
	fake_uart.reads_each = 3;
}

void fake_uart_send(void)
{
	struct fake_uart *u = &fake_uart;

	if (u->stuck || !u->fifo_used)
		return;
	if (u->wire_bytes + u->fifo_used > sizeof(u->wire))
		abort();
	memcpy(u->wire + u->wire_bytes, u->fifo, u->fifo_used);
	u->wire_bytes += u->fifo_used;
	u->fifo_used = 0;
	u->empty_pending = true;
}

static bool has_input(void)
{
	return fake_uart.endless || fake_uart.input_left;
}

bool fake_uart_interrupts(void)
{
	struct fake_uart *u = &fake_uart;

	if (u->gone || !(u->mcr & 0x08))
		return false;
	return (u->ier & 1 && has_input()) || (u->ier & 2 && u->empty_pending && !u->mute);
}

static uint8_t read_cause(void)
{
	struct fake_uart *u = &fake_uart;
	uint8_t fifo = u->fcr & 1 && !u->old ? 0xc0 : 0;

	if (u->ier & 1 && has_input())
		return fifo | 0x04;
	if (u->ier & 2 && u->empty_pending && !u->mute) {
		u->empty_pending = false;
		return fifo | 0x02;
	}
	return fifo | 0x01;
}

static uint8_t read_line_status(void)
{
	struct fake_uart *u = &fake_uart;
	uint8_t status = 0;

	if (u->reads_each && ++u->reads % u->reads_each == 0)
		fake_uart_send();
	if (has_input())
		status |= 0x01 | (u->errors ? *u->errors : 0);
	if (!u->fifo_used && !u->stuck)
		status |= 0x60;
	return status;
}

static uint8_t read_data(void)
{
	struct fake_uart *u = &fake_uart;

	if (u->endless)
		return 'e';
	if (!u->input_left)
		return 0;
	u->input_left--;
	if (u->errors)
		u->errors++;
	return (uint8_t)*u->input++;
}

/* With MCR's loop bit the outputs DTR, RTS, OUT1, OUT2 are the inputs DSR, CTS, RI, DCD. */
static uint8_t read_modem_status(void)
{
	uint8_t mcr = fake_uart.mcr;

	if (!(mcr & 0x10) || fake_uart.no_loopback)
		return 0;
	return (uint8_t)((mcr & 1) << 5 | (mcr & 2) << 3 | (mcr & 4) << 4 | (mcr & 8) << 4);
}

static void count_access(void)
{
	fake_uart.accesses++;
	if (fake_uart.gone_after && fake_uart.accesses > fake_uart.gone_after)
		fake_uart.gone = true;
}

uint8_t uart_read(const struct uart *uart, unsigned reg)
{
	struct fake_uart *u = &fake_uart;

	count_access();
	if (u->gone || uart->address != u->address)
		return 0xff;
	if (reg < 2 && u->lcr & 0x80)
		return u->divisor[reg];
	switch (reg) {
	case 0:
		return read_data();
	case 1:
		return u->ier;
	case 2:
		return read_cause();
	case 3:
		return u->lcr;
	case 4:
		return u->mcr;
	case 5:
		return read_line_status();
	case 6:
		return read_modem_status();
	default:
		return u->old ? 0xff : u->scr;
	}
}

static void put(uint8_t value)
{
	struct fake_uart *u = &fake_uart;
	unsigned size = u->fcr & 1 && !u->old ? 16 : 1;

	if (u->fifo_used == size)
		abort(); /* a character is lost */
	u->fifo[u->fifo_used++] = value;
	u->empty_pending = false;
}

void uart_write(const struct uart *uart, unsigned reg, uint8_t value)
{
	struct fake_uart *u = &fake_uart;

	count_access();
	if (u->gone || uart->address != u->address)
		return;
	if (reg < 2 && u->lcr & 0x80) {
		u->divisor[reg] = value;
		return;
	}
	if (reg == 0)
		put(value);
	else if (reg == 1)
		u->ier = value & 0x0f;
	else if (reg == 2)
		u->fcr = value;
	else if (reg == 3)
		u->lcr = value;
	else if (reg == 4)
		u->mcr = value;
	else if (reg == 7)
		u->scr = value;
	if (reg == 2 && value & 0x04)
		u->fifo_used = 0;
}
