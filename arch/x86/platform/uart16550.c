// SPDX-License-Identifier: BSD-2-Clause
/* The guest's serial port. A byte written is out at once: the transmitter is always empty. */
#include "arch/x86/platform/uart16550.h"

#include "kernel/console.h"
#include "kernel/log.h"
#include "kernel/string.h"

/* Registers (PC16550D, section 8.0, table II). */
#define UART_DATA 0 /* RBR, THR; divisor latch with LCR_DLAB */
#define UART_IER  1
#define UART_IIR  2 /* read */
#define UART_FCR  2 /* write */
#define UART_LCR  3
#define UART_MCR  4
#define UART_LSR  5
#define UART_MSR  6
#define UART_SCR  7

#define IER_DATA   0x01
#define IER_EMPTY  0x02
#define IER_STATUS 0x04
#define IER_MODEM  0x08
#define IER_MASK   0x0f

#define IIR_NONE    0x01
#define IIR_MODEM   0x00
#define IIR_EMPTY   0x02
#define IIR_DATA    0x04
#define IIR_STATUS  0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO    0xc0

#define FCR_ENABLE      0x01
#define FCR_CLEAR_INPUT 0x02
#define FCR_TRIGGER     6
#define FCR_KEPT        0xc9

#define LCR_DLAB 0x80

#define MCR_DTR  0x01
#define MCR_RTS  0x02
#define MCR_OUT1 0x04
#define MCR_OUT2 0x08 /* on PCs: connects the interrupt line */
#define MCR_LOOP 0x10
#define MCR_MASK 0x1f

#define LSR_DATA    0x01
#define LSR_OVERRUN 0x02
#define LSR_EMPTY   0x60 /* THR and shift register */

#define MSR_CTS       0x10
#define MSR_DSR       0x20
#define MSR_RI        0x40
#define MSR_DCD       0x80
#define MSR_CONNECTED (MSR_CTS | MSR_DSR | MSR_DCD)

void uart16550_init(struct uart16550 *uart, const char *name, bool console,
		    void (*set_line)(void *argument, bool high), void *set_line_argument)
{
	memset(uart, 0, sizeof(*uart));
	uart->name = name;
	uart->console = console;
	uart->set_line = set_line;
	uart->set_line_argument = set_line_argument;
	uart->divisor[0] = 1; /* 115200 baud */
	uart->lcr = 0x03;     /* 8N1 */
}

static unsigned input_count(const struct uart16550 *uart)
{
	return uart->input_head - uart->input_tail;
}

static uint8_t interrupt_cause(const struct uart16550 *uart)
{
	static const uint8_t trigger[] = {1, 4, 8, 14};
	unsigned least = uart->fcr & FCR_ENABLE ? trigger[uart->fcr >> FCR_TRIGGER] : 1;

	if (uart->ier & IER_STATUS && uart->overrun)
		return IIR_STATUS;
	/* No character time passes here: fewer characters than the trigger level time out now. */
	if (uart->ier & IER_DATA && input_count(uart))
		return input_count(uart) >= least ? IIR_DATA : IIR_TIMEOUT;
	if (uart->ier & IER_EMPTY && uart->transmit_empty)
		return IIR_EMPTY;
	if (uart->ier & IER_MODEM && uart->msr_delta)
		return IIR_MODEM;
	return IIR_NONE;
}

static void update_line(struct uart16550 *uart)
{
	bool connected = uart->mcr & MCR_OUT2 && !(uart->mcr & MCR_LOOP);

	uart->set_line(uart->set_line_argument, connected && interrupt_cause(uart) != IIR_NONE);
}

static uint8_t modem_status(const struct uart16550 *uart)
{
	uint8_t status = 0;

	if (!(uart->mcr & MCR_LOOP))
		return MSR_CONNECTED;
	if (uart->mcr & MCR_RTS)
		status |= MSR_CTS;
	if (uart->mcr & MCR_DTR)
		status |= MSR_DSR;
	if (uart->mcr & MCR_OUT1)
		status |= MSR_RI;
	if (uart->mcr & MCR_OUT2)
		status |= MSR_DCD;
	return status;
}

static void push_input(struct uart16550 *uart, uint8_t character)
{
	if (input_count(uart) == UART_INPUT_BYTES) {
		uart->overrun = true;
		return;
	}
	uart->input[uart->input_head++ % UART_INPUT_BYTES] = character;
}

static uint8_t pop_input(struct uart16550 *uart)
{
	uint8_t character;

	if (!input_count(uart))
		return 0;
	character = uart->input[uart->input_tail++ % UART_INPUT_BYTES];
	update_line(uart);
	return character;
}

static uint8_t read_cause(struct uart16550 *uart)
{
	uint8_t cause = interrupt_cause(uart);

	if (cause == IIR_EMPTY) {
		uart->transmit_empty = false;
		update_line(uart);
	}
	return cause | (uart->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint8_t read_line_status(struct uart16550 *uart)
{
	uint8_t status = LSR_EMPTY;

	if (input_count(uart))
		status |= LSR_DATA;
	if (uart->overrun) {
		status |= LSR_OVERRUN;
		uart->overrun = false;
		update_line(uart);
	}
	return status;
}

static uint8_t read_modem_status(struct uart16550 *uart)
{
	uint8_t status = modem_status(uart) | uart->msr_delta;

	uart->msr_delta = 0;
	update_line(uart);
	return status;
}

static uint8_t read_register(struct uart16550 *uart, unsigned reg)
{
	if (reg <= UART_IER && uart->lcr & LCR_DLAB)
		return uart->divisor[reg];
	switch (reg) {
	case UART_DATA:
		return pop_input(uart);
	case UART_IER:
		return uart->ier;
	case UART_IIR:
		return read_cause(uart);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return read_line_status(uart);
	case UART_MSR:
		return read_modem_status(uart);
	default:
		return uart->scr;
	}
}

uint8_t uart16550_read(struct uart16550 *uart, unsigned reg)
{
	bool enabled = spin_lock_irq(&uart->lock);
	uint8_t value = read_register(uart, reg);

	spin_unlock_irq(&uart->lock, enabled);
	return value;
}

static void log_line(struct uart16550 *uart)
{
	if (uart->line_length)
		log_guest("%s: %.*s", uart->name, (int)uart->line_length, uart->line);
	uart->line_length = 0;
}

/* Escape sequences and other control characters would garble the log: only text goes there. */
static void append_line(struct uart16550 *uart, uint8_t character)
{
	if (character == '\n') {
		log_line(uart);
		return;
	}
	if (character < ' ' && character != '\t')
		return;
	if (uart->line_length == UART_LINE_BYTES)
		log_line(uart);
	uart->line[uart->line_length++] = character;
}

static void transmit(struct uart16550 *uart, uint8_t character)
{
	if (uart->mcr & MCR_LOOP)
		push_input(uart, character);
	else if (!uart->console)
		append_line(uart, character);
	/* The interrupt line falls and rises again. */
	uart->transmit_empty = false;
	update_line(uart);
	uart->transmit_empty = true;
}

static void write_ier(struct uart16550 *uart, uint8_t value)
{
	if (value & ~uart->ier & IER_EMPTY)
		uart->transmit_empty = true;
	uart->ier = value & IER_MASK;
}

static void write_fcr(struct uart16550 *uart, uint8_t value)
{
	if (value & FCR_CLEAR_INPUT || (value ^ uart->fcr) & FCR_ENABLE)
		uart->input_tail = uart->input_head;
	uart->fcr = value & FCR_ENABLE ? value & FCR_KEPT : 0;
}

static void write_mcr(struct uart16550 *uart, uint8_t value)
{
	uint8_t before = modem_status(uart);
	uint8_t changed;

	uart->mcr = value & MCR_MASK;
	changed = before ^ modem_status(uart);
	/* The ring indicator's delta bit reports trailing edges only. */
	if (changed & MSR_RI && !(before & MSR_RI))
		changed &= ~MSR_RI;
	uart->msr_delta |= changed >> 4;
}

static void write_register(struct uart16550 *uart, unsigned reg, uint8_t value)
{
	if (reg <= UART_IER && uart->lcr & LCR_DLAB) {
		uart->divisor[reg] = value;
		return;
	}
	switch (reg) {
	case UART_DATA:
		transmit(uart, value);
		break;
	case UART_IER:
		write_ier(uart, value);
		break;
	case UART_FCR:
		write_fcr(uart, value);
		break;
	case UART_LCR:
		uart->lcr = value;
		break;
	case UART_MCR:
		write_mcr(uart, value);
		break;
	case UART_SCR:
		uart->scr = value;
		break;
	}
	update_line(uart);
}

void uart16550_write(struct uart16550 *uart, unsigned reg, uint8_t value)
{
	bool enabled = spin_lock_irq(&uart->lock);
	bool out = reg == UART_DATA && uart->console && !(uart->lcr & LCR_DLAB) &&
		   !(uart->mcr & MCR_LOOP);

	write_register(uart, reg, value);
	spin_unlock_irq(&uart->lock, enabled);
	/* Byte by byte, so that echo and prompts appear: each has cost an exit already. */
	if (out)
		console_write((const char *)&value, 1);
}

void uart16550_receive(struct uart16550 *uart, uint8_t character)
{
	bool enabled = spin_lock_irq(&uart->lock);

	push_input(uart, character);
	update_line(uart);
	spin_unlock_irq(&uart->lock, enabled);
}

void uart16550_flush(struct uart16550 *uart)
{
	bool enabled = spin_lock_irq(&uart->lock);

	log_line(uart);
	spin_unlock_irq(&uart->lock, enabled);
}
