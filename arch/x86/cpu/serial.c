// SPDX-License-Identifier: BSD-2-Clause
/* The 16550 at COM1. Register names are those of the PC16550D datasheet. */
#include "arch/x86/cpu/serial.h"

#include <stdint.h>

#include "arch/x86/cpu/io.h"
#include "kernel/machine.h"

#define COM1            0x3f8
#define UART_RBR        (COM1 + 0)
#define UART_THR        (COM1 + 0)
#define UART_DLL        (COM1 + 0)
#define UART_IER        (COM1 + 1)
#define UART_DLM        (COM1 + 1)
#define UART_IIR        (COM1 + 2)
#define UART_FCR        (COM1 + 2)
#define UART_LCR        (COM1 + 3)
#define UART_MCR        (COM1 + 4)
#define UART_LSR        (COM1 + 5)
#define UART_MSR        (COM1 + 6)
#define UART_SCR        (COM1 + 7)
#define IER_RECEIVED    0x01
#define IER_THRE        0x02
#define IIR_NONE        0x01
#define FCR_ENABLE      0x01
#define FCR_CLEAR       0x06
#define LCR_8N1         0x03
#define LCR_DLAB        0x80
#define MCR_DTR_RTS     0x03
#define MCR_OUT2        0x08 /* on a PC: lets the interrupt out */
#define LSR_DATA_READY  0x01
#define LSR_THRE        0x20
#define LSR_TEMT        0x40
#define FIFO_BYTES      16
#define INTERRUPTS_MOST 64

/* Port reads until a transmitter counts as stuck; a character takes 87 us. */
#define POLLS_MOST 1000000

#define SEND_BYTES    16384 /* powers of two */
#define RECEIVE_BYTES 4096

static bool present;
static bool interrupts_used;

/* Rings; the indices run freely. */
static char send[SEND_BYTES];
static uint32_t send_end, send_start;
static char received[RECEIVE_BYTES];
static uint32_t received_end, received_start;

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

void serial_use_interrupts(bool use)
{
	if (!present)
		return;
	interrupts_used = use;
	io_write8(UART_MCR, use ? MCR_DTR_RTS | MCR_OUT2 : MCR_DTR_RTS);
	io_write8(UART_IER, use ? IER_RECEIVED | IER_THRE : 0);
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

/* Fills an empty FIFO. */
static void fill_fifo(void)
{
	for (unsigned i = 0; i < FIFO_BYTES && send_start != send_end; i++)
		io_write8(UART_THR, (uint8_t)send[send_start++ % SEND_BYTES]);
}

/* Waits for the FIFO to be empty and fills it. A stuck UART counts as absent from then on. */
static void send_waiting(void)
{
	present = wait_status(LSR_THRE);
	if (present)
		fill_fifo();
}

void serial_put(char c)
{
	if (present && send_end - send_start == SEND_BYTES)
		send_waiting();
	if (present)
		send[send_end++ % SEND_BYTES] = c;
}

/* If the FIFO is not empty now, an interrupt will come when it is: none can be lost between. */
void serial_start(void)
{
	if (interrupts_used && present && io_read8(UART_LSR) & LSR_THRE)
		fill_fifo();
	while (!interrupts_used && present && send_start != send_end)
		send_waiting();
}

void serial_put_now(char c)
{
	if (!present || !wait_status(LSR_TEMT))
		return;
	io_write8(UART_THR, (uint8_t)c);
	wait_status(LSR_TEMT);
}

void serial_flush(void)
{
	while (present && send_start != send_end)
		send_waiting();
	if (present)
		wait_status(LSR_TEMT);
}

/* Takes what has come; without room the newest is lost. */
static void receive(void)
{
	for (unsigned i = 0; i < RECEIVE_BYTES && io_read8(UART_LSR) & LSR_DATA_READY; i++) {
		char c = (char)io_read8(UART_RBR);

		if (received_end - received_start < RECEIVE_BYTES)
			received[received_end++ % RECEIVE_BYTES] = c;
	}
}

int serial_get(void)
{
	if (present)
		receive();
	if (received_start == received_end)
		return -1;
	return (uint8_t)received[received_start++ % RECEIVE_BYTES];
}

/* The line is edge-triggered: only when no reason is left can the next edge come. */
void serial_interrupt(void)
{
	for (unsigned i = 0; i < INTERRUPTS_MOST && !(io_read8(UART_IIR) & IIR_NONE); i++) {
		receive();
		io_read8(UART_MSR);
		if (io_read8(UART_LSR) & LSR_THRE)
			fill_fifo();
	}
}
