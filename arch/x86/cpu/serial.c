// SPDX-License-Identifier: BSD-2-Clause
/* The 16550 at COM1, polled. Register names are those of the PC16550D datasheet. */
#include "arch/x86/cpu/serial.h"

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu/io.h"
#include "kernel/machine.h"

#define COM1           0x3f8
#define UART_RBR       (COM1 + 0)
#define UART_THR       (COM1 + 0)
#define UART_DLL       (COM1 + 0)
#define UART_IER       (COM1 + 1)
#define UART_DLM       (COM1 + 1)
#define UART_FCR       (COM1 + 2)
#define UART_LCR       (COM1 + 3)
#define UART_MCR       (COM1 + 4)
#define UART_LSR       (COM1 + 5)
#define UART_SCR       (COM1 + 7)
#define FCR_ENABLE     0x01
#define FCR_CLEAR      0x06
#define LCR_8N1        0x03
#define LCR_DLAB       0x80
#define MCR_DTR_RTS    0x03
#define LSR_DATA_READY 0x01
#define LSR_THRE       0x20
#define LSR_TEMT       0x40
#define FIFO_BYTES     16

/* Port reads until a transmitter counts as stuck; a character takes 87 us. */
#define POLLS_MOST 1000000

static bool present;
static unsigned fifo_room;

void serial_init(void)
{
	io_write8(UART_SCR, 0x5a);
	present = io_read8(UART_SCR) == 0x5a;
	if (!present)
		return;
	io_write8(UART_IER, 0);
	io_write8(UART_LCR, LCR_DLAB);
	io_write8(UART_DLL, 1); /* 115200 / 1 */
	io_write8(UART_DLM, 0);
	io_write8(UART_LCR, LCR_8N1);
	io_write8(UART_FCR, FCR_ENABLE | FCR_CLEAR);
	io_write8(UART_MCR, MCR_DTR_RTS);
}

static bool wait_status(uint8_t bit)
{
	for (unsigned polls = 0; polls < POLLS_MOST; polls++) {
		if (io_read8(UART_LSR) & bit)
			return true;
		cpu_relax();
	}
	return false;
}

void serial_put(char c)
{
	if (!present)
		return;
	if (fifo_room == 0) {
		if (!wait_status(LSR_THRE)) {
			present = false;
			return;
		}
		fifo_room = FIFO_BYTES;
	}
	io_write8(UART_THR, (uint8_t)c);
	fifo_room--;
}

void serial_flush(void)
{
	if (present)
		wait_status(LSR_TEMT);
}

int serial_get(void)
{
	if (!present || !(io_read8(UART_LSR) & LSR_DATA_READY))
		return -1;
	return io_read8(UART_RBR);
}
