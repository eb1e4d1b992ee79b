/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's test kernel: console, vectors, local APIC and the second CPU. */

#include "tests/system/lab/kernel.h"

#define COM1            0x3f8
#define SHUTDOWN_PORT   0x8900
#define APIC_ADDRESS    0xfee00000u
#define AP_PAGE         0x8000u
#define AP_APIC_ID      1
#define COM1_READY      0x01
#define COM1_ROOM       0x20
#define COM1_EMPTY      0x40
#define AP_INIT_TICKS   1000000u
#define AP_START_TICKS  50000000u
#define PIC1_MASK       0x21
#define PIC2_MASK       0xa1
#define GATE_INTERRUPT  0x8e
#define CODE64_SELECTOR 0x08

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, zero;
};

extern struct gate idt[256];
extern char vector_stubs[], ap_begin[], ap_end[];
void handle_vector(struct frame *frame);
void ap_main(void);

volatile uint32_t guest_interrupts;
static vector_handler handlers[256];
static volatile bool ap_up, ap_busy;
static void (*volatile ap_work)(void);

void machine_start(void)
{
	io_write8(PIC1_MASK, 0xff);
	io_write8(PIC2_MASK, 0xff);
	io_write8(COM1 + 3, 0x80); /* divisor latch */
	io_write8(COM1, 1);
	io_write8(COM1 + 1, 0);
	io_write8(COM1 + 3, 0x03); /* 8 data bits, no parity, 1 stop bit */
}

/* Waits until COM1's line status has all these bits. */
static void wait_console(uint8_t bits)
{
	uint8_t status;

	do
		__asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)(COM1 + 5)));
	while ((status & bits) != bits);
}

void print(const char *text)
{
	for (; *text; text++) {
		wait_console(COM1_ROOM);
		io_write8(COM1, (uint8_t)*text);
	}
}

char read_console(void)
{
	uint8_t byte;

	wait_console(COM1_READY);
	__asm__ volatile("inb %1, %0" : "=a"(byte) : "Nd"((uint16_t)COM1));
	return (char)byte;
}

void print_hex(uint64_t value)
{
	char text[19] = "0x";

	for (int i = 0; i < 16; i++)
		text[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	print(text);
}

void report(const char *name, bool pass)
{
	print(pass ? "PASS " : "FAIL ");
	print(name);
	print("\n");
}

void power_off(void)
{
	wait_console(COM1_EMPTY);
	for (const char *word = "Shutdown"; *word; word++)
		io_write8(SHUTDOWN_PORT, (uint8_t)*word);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void set_gate(unsigned vector, const void *code)
{
	uint64_t offset = (uint64_t)code;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)offset,
		.selector = CODE64_SELECTOR,
		.type = GATE_INTERRUPT,
		.offset_middle = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
	};
}

void set_handler(unsigned vector, vector_handler handler)
{
	handlers[vector] = handler;
	set_gate(vector, vector_stubs + 16 * vector);
}

void handle_vector(struct frame *frame)
{
	if (handlers[frame->vector]) {
		handlers[frame->vector](frame);
		return;
	}
	print("FAIL unexpected vector ");
	print_hex(frame->vector);
	print(" at ");
	print_hex(frame->rip);
	print("\n");
	power_off();
}

uint32_t apic_read(unsigned offset)
{
	return *(volatile uint32_t *)(uintptr_t)(APIC_ADDRESS + offset);
}

void apic_write(unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)(APIC_ADDRESS + offset) = value;
}

void apic_send(unsigned id, unsigned vector)
{
	apic_write(APIC_ICR_HIGH, id << 24);
	apic_write(APIC_ICR_LOW, vector);
}

void ap_main(void)
{
	apic_write(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | SPURIOUS_VECTOR);
	ap_up = true;
	for (;;) {
		while (!ap_busy)
			__asm__ volatile("pause");
		ap_work();
		ap_busy = false;
	}
}

static bool ap_start(void)
{
	char *page = (char *)(uintptr_t)AP_PAGE;
	uint64_t end;

	for (long i = 0; i < ap_end - ap_begin; i++)
		page[i] = ap_begin[i];
	apic_write(APIC_ICR_HIGH, AP_APIC_ID << 24);
	apic_write(APIC_ICR_LOW, 0x4500);
	end = read_tsc() + AP_INIT_TICKS;
	while (read_tsc() < end)
		__asm__ volatile("pause");
	apic_write(APIC_ICR_LOW, 0x4600 | AP_PAGE >> 12);
	end = read_tsc() + AP_START_TICKS;
	while (!ap_up && read_tsc() < end)
		__asm__ volatile("pause");
	return ap_up;
}

bool ap_run(void (*work)(void))
{
	if (!ap_up && !ap_start())
		return false;
	ap_work = work;
	ap_busy = true;
	return true;
}

bool ap_is_idle(void)
{
	return !ap_busy;
}
