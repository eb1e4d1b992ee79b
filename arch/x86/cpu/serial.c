// SPDX-License-Identifier: BSD-2-Clause
/* The serial console. Register names are those of the PC16550D datasheet. */
#include "arch/x86/cpu/serial.h"

#include <stdint.h>

#include "kernel/format.h"
#include "kernel/machine.h"
#include "kernel/string.h"

#define UART_RBR        0
#define UART_THR        0
#define UART_DLL        0
#define UART_IER        1
#define UART_DLM        1
#define UART_IIR        2
#define UART_FCR        2
#define UART_LCR        3
#define UART_MCR        4
#define UART_LSR        5
#define UART_MSR        6
#define UART_SCR        7
#define IER_RECEIVED    0x01
#define IER_THRE        0x02
#define IIR_NONE        0x01
#define IIR_FIFO        0xc0 /* both: the FIFO is there and works */
#define FCR_ENABLE      0x01
#define FCR_CLEAR       0x06
#define LCR_8N1         0x03
#define LCR_DLAB        0x80
#define MCR_DTR_RTS     0x03
#define MCR_OUT2        0x08 /* on a PC: lets the interrupt out */
#define MCR_LOOP_TEST   0x1a /* loop back OUT2 and RTS ... */
#define MSR_LOOP_TEST   0x90 /* ... which are DCD and CTS then */
#define MSR_LOOP_MASK   0xf0
#define LSR_DATA_READY  0x01
#define LSR_ERRORS      0x1c /* parity, framing, break: the character is none */
#define LSR_THRE        0x20
#define LSR_TEMT        0x40
#define GONE            0xff /* of any register: nothing drives the bus */
#define FIFO_BYTES      16
#define INTERRUPTS_MOST 64
#define RECEIVE_MOST    64 /* characters at a time */
#define COM_PORTS       4

/* Reads until a transmitter counts as stuck: a second. At 1200 baud 16 characters take 133 ms. */
#define POLLS_MOST 1000000

/* So long nothing has left the buffer: the other end stops it, or it is dead. */
#define STALLED_US 1000000

#define SEND_BYTES    32768 /* powers of two */
#define RECEIVE_BYTES 4096
#define ROOM_BYTES    (SEND_BYTES / 4) /* kept for those who cannot wait, and as much for guests */
#define NOTICE_BYTES  64

static enum {
	HELD,
	NONE,
	OPEN
} state;
static struct uart uart;
static bool answers; /* when it was looked at last */
static bool waits = true;
static bool interrupts_used;
static unsigned fifo_bytes;
static uint32_t interrupts, interrupts_polled; /* counted; at the last poll */
static uint64_t sent_at;                       /* ticks_now() when something left the buffer */

/* Rings; the indices run freely. */
static char send[SEND_BYTES];
static uint32_t send_end, send_start;
static char received[RECEIVE_BYTES];
static uint32_t received_end, received_start;
static uint64_t lost; /* characters of output, not yet told */

static uint8_t read(unsigned reg)
{
	return uart_read(&uart, reg);
}

static void write(unsigned reg, uint8_t value)
{
	uart_write(&uart, reg, value);
}

static bool has_scratch(void)
{
	write(UART_SCR, 0x5a);
	return read(UART_SCR) == 0x5a;
}

/* An 8250 has no scratch register. */
static bool has_loopback(void)
{
	bool loops;

	write(UART_MCR, MCR_LOOP_TEST);
	loops = (read(UART_MSR) & MSR_LOOP_MASK) == MSR_LOOP_TEST;
	write(UART_MCR, MCR_DTR_RTS);
	return loops;
}

/* Sets the divisor, or takes the one that is there; if that is 0, nobody has set it yet. */
static void set_speed(void)
{
	uint32_t divisor = uart.baud ? (uart.clock / 16 + uart.baud / 2) / uart.baud : 0;

	write(UART_LCR, LCR_DLAB | LCR_8N1);
	if (!uart.baud)
		divisor = read(UART_DLL) | (uint32_t)read(UART_DLM) << 8;
	if (!divisor)
		divisor = 1;
	write(UART_DLL, (uint8_t)divisor);
	write(UART_DLM, (uint8_t)(divisor >> 8));
	write(UART_LCR, LCR_8N1);
}

static void set_interrupts(void)
{
	write(UART_MCR, interrupts_used ? MCR_DTR_RTS | MCR_OUT2 : MCR_DTR_RTS);
	write(UART_IER, interrupts_used ? IER_RECEIVED | IER_THRE : 0);
}

/* Returns whether it is there. */
static bool set_up(void)
{
	if (read(UART_LSR) == GONE || (!uart.named && !has_scratch() && !has_loopback()))
		return false;
	write(UART_IER, 0);
	set_speed();
	write(UART_FCR, FCR_ENABLE | FCR_CLEAR);
	fifo_bytes = (read(UART_IIR) & IIR_FIFO) == IIR_FIFO ? FIFO_BYTES : 1;
	set_interrupts();
	return true;
}

/* A reset clears the line control register. */
static bool is_as_set_up(void)
{
	return answers && read(UART_LSR) != GONE && read(UART_LCR) == LCR_8N1;
}

static bool wait_status(uint8_t bit)
{
	for (unsigned polls = 0; polls < POLLS_MOST; polls++) {
		uint8_t status = read(UART_LSR);

		if (status == GONE)
			return false;
		if (status & bit)
			return true;
		cpu_relax();
	}
	return false;
}

static uint32_t pending(void)
{
	return send_end - send_start;
}

static uint32_t room(void)
{
	return SEND_BYTES - pending();
}

/* Fills an empty FIFO. */
static void fill_fifo(void)
{
	for (unsigned i = 0; i < fifo_bytes && pending(); i++)
		write(UART_THR, (uint8_t)send[send_start++ % SEND_BYTES]);
	sent_at = ticks_now();
}

/* Sends until at most `left` characters are left. A stuck UART counts as absent. */
static void send_waiting(uint32_t left)
{
	while (answers && pending() > left) {
		answers = wait_status(LSR_THRE);
		if (answers)
			fill_fifo();
	}
}

bool serial_open(const struct uart *where)
{
	state = NONE;
	answers = false;
	interrupts = interrupts_polled = 0;
	send_waiting(0);
	if (!where)
		return false;
	uart = *where;
	answers = set_up();
	if (answers || uart.named)
		state = OPEN;
	serial_start();
	return answers;
}

void serial_stop_waiting(bool use_interrupts)
{
	waits = false;
	interrupts_used = use_interrupts;
	sent_at = ticks_now();
	if (state == OPEN && answers)
		set_interrupts();
}

void serial_wait_again(void)
{
	waits = true;
	interrupts_used = false;
	if (state != OPEN)
		return;
	if (is_as_set_up())
		set_interrupts();
	else
		answers = set_up();
}

static void append(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		send[send_end++ % SEND_BYTES] = text[i];
}

/* Tells of what was lost if there is room for `bytes` besides. */
static void tell_loss(size_t bytes)
{
	char notice[NOTICE_BYTES];

	if (!lost || room() < bytes + NOTICE_BYTES)
		return;
	append(notice,
	       format_string(notice, sizeof(notice), "\r\n%llu characters of output lost\r\n",
			     (unsigned long long)lost));
	lost = 0;
}

void serial_write(const char *text, size_t bytes, bool spare)
{
	size_t wanted = bytes + (spare ? ROOM_BYTES : 0);

	if (state == NONE)
		return;
	if (waits && state == OPEN && room() < bytes)
		send_waiting(bytes < SEND_BYTES ? SEND_BYTES - (uint32_t)bytes : 0);
	tell_loss(spare ? 2 * ROOM_BYTES : bytes);
	if (lost || room() < wanted)
		lost += bytes;
	else
		append(text, bytes);
}

/* If the FIFO is not empty now, an interrupt will come when it is: none can be lost between. */
void serial_start(void)
{
	uint8_t status;

	if (state != OPEN || !answers || !pending())
		return;
	if (waits) {
		send_waiting(0);
		return;
	}
	status = read(UART_LSR);
	if (status != GONE && status & LSR_THRE)
		fill_fifo();
}

/* Nobody knows yet which port is the console's. */
static void send_everywhere(void)
{
	uint32_t start = send_start;

	for (unsigned i = 0; i < COM_PORTS; i++) {
		uart = uart_com(i);
		send_start = start;
		answers = set_up();
		send_waiting(0);
		if (answers)
			wait_status(LSR_TEMT);
	}
	answers = false;
	send_start = send_end;
}

void serial_put_now(char c)
{
	if (state != OPEN || !answers || !wait_status(LSR_TEMT))
		return;
	write(UART_THR, (uint8_t)c);
	wait_status(LSR_TEMT);
}

void serial_flush(void)
{
	if (state == HELD) {
		send_everywhere();
		return;
	}
	send_waiting(0);
	if (answers)
		wait_status(LSR_TEMT);
}

bool serial_has_room(void)
{
	bool stalled = ticks_now() - sent_at > STALLED_US * ticks_per_us();

	return state != OPEN || !answers || stalled || room() >= 2 * ROOM_BYTES;
}

/* Takes what has come; without room the newest is lost. */
static void receive(void)
{
	for (unsigned i = 0; i < RECEIVE_MOST; i++) {
		uint8_t status = read(UART_LSR);
		char c;

		if (status == GONE || !(status & LSR_DATA_READY))
			return;
		c = (char)read(UART_RBR);
		if (!(status & LSR_ERRORS) && received_end - received_start < RECEIVE_BYTES)
			received[received_end++ % RECEIVE_BYTES] = c;
	}
}

int serial_get(void)
{
	if (received_start == received_end)
		return -1;
	return (uint8_t)received[received_start++ % RECEIVE_BYTES];
}

/* The line is edge-triggered: only when no reason is left can the next edge come. */
void serial_interrupt(void)
{
	for (unsigned i = 0; i < INTERRUPTS_MOST && !(read(UART_IIR) & IIR_NONE); i++) {
		interrupts++;
		receive();
		read(UART_MSR);
		serial_start();
	}
}

bool serial_is_quiet(void)
{
	return state == NONE || (answers && interrupts && !pending());
}

bool serial_poll(void)
{
	bool interrupted = interrupts != interrupts_polled, idle;

	if (state != OPEN)
		return false;
	interrupts_polled = interrupts;
	if (!is_as_set_up())
		answers = set_up();
	if (!answers)
		return false;
	receive();
	tell_loss(ROOM_BYTES);
	idle = pending() && read(UART_LSR) & LSR_THRE;
	serial_start();
	return idle && !interrupted;
}
