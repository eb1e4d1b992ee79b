/* SPDX-License-Identifier: BSD-2-Clause */
/* Console, interrupts and local APIC of the bare guests. */
#include "guest/bare/bare.h"

#include <stdarg.h>
#include <stddef.h>

#include "arch/x86/platform/ports.h"

#define CODE_SELECTOR  0x10
#define GATE_INTERRUPT 0x8e00
#define STUB_BYTES     16
#define FIRST_FREE     32
#define CMD_LINE_PTR   0x228 /* in boot_params */

struct gate {
	uint16_t offset_low, selector, flags, offset_middle;
	uint32_t offset_high, reserved;
};

extern const uint8_t bare_stubs[];

static struct gate idt[256];
static bool x2apic;
static unsigned failures;
static unsigned expected_fault = 256;
static uint64_t resume_rip, resume_rsp, resume_rbp;

const void *bare_boot_params;
volatile uint32_t interrupts[256];
volatile bool caught;
bool (*on_exception)(struct trap_frame *frame);
void (*on_interrupt)(unsigned vector);

static void print_character(char c)
{
	if (c == '\n')
		io_write8(PORT_COM1, '\r');
	io_write8(PORT_COM1, (uint8_t)c);
}

static void print_number(uint64_t value, unsigned base)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		print_character(digits[--count]);
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		bool wide;

		if (*format != '%') {
			print_character(*format);
			continue;
		}
		format++;
		wide = *format == 'l';
		format += wide;
		if (*format == 's') {
			for (const char *s = va_arg(arguments, const char *); *s; s++)
				print_character(*s);
		} else if (*format == 'u' || *format == 'x') {
			print_number(wide ? va_arg(arguments, unsigned long)
					  : va_arg(arguments, unsigned),
				     *format == 'x' ? 16 : 10);
		} else {
			print_character(*format);
		}
	}
	va_end(arguments);
}

void check(bool fine, const char *name)
{
	print("%s %s\n", fine ? "PASS" : "FAIL", name);
	failures += !fine;
}

_Noreturn void power_off(void)
{
	io_write8(PORT_SLEEP_CONTROL, SLEEP_POWER_OFF);
	stop_vcpu();
}

void bare_load_idt(void)
{
	struct {
		uint16_t limit;
		const struct gate *base;
	} __attribute__((packed)) idtr = {sizeof(idt) - 1, idt};

	__asm__ volatile("lidt %0" ::"m"(idtr));
}

static void set_gates(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t stub = (uint64_t)(bare_stubs + i * STUB_BYTES);

		idt[i] = (struct gate){
			.offset_low = (uint16_t)stub,
			.selector = CODE_SELECTOR,
			.flags = GATE_INTERRUPT,
			.offset_middle = (uint16_t)(stub >> 16),
			.offset_high = (uint32_t)(stub >> 32),
		};
	}
	bare_load_idt();
}

void bare_trap(struct trap_frame *frame)
{
	if (frame->vector >= FIRST_FREE) {
		__atomic_fetch_add(&interrupts[frame->vector], 1, __ATOMIC_RELAXED);
		if (on_interrupt)
			on_interrupt((unsigned)frame->vector);
		apic_write(APIC_EOI, 0);
		return;
	}
	if (on_exception && on_exception(frame))
		return;
	if (frame->vector == expected_fault) {
		caught = true;
		frame->rip = resume_rip;
		frame->rsp = resume_rsp;
		frame->rbp = resume_rbp;
		return;
	}
	print("FAIL exception %u, error code %x, at %x\n", (unsigned)frame->vector,
	      (unsigned)frame->error_code, (unsigned)frame->rip);
	power_off();
}

bool catch_fault(void (*function)(void), unsigned vector)
{
	caught = false;
	expected_fault = vector;
	__asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
			 "movq %%rax, %0\n\t"
			 "movq %%rsp, %1\n\t"
			 "movq %%rbp, %2\n\t"
			 "call *%3\n"
			 "1:"
			 : "=m"(resume_rip), "=m"(resume_rsp), "=m"(resume_rbp)
			 : "r"(function)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
			   "r12", "r13", "r14", "r15", "memory", "cc");
	expected_fault = 256;
	return caught;
}

uint32_t apic_read(uint32_t reg)
{
	if (x2apic)
		return (uint32_t)msr_read(IA32_X2APIC_FIRST + reg / 16);
	return *(volatile uint32_t *)(APIC_ADDRESS + reg);
}

void apic_write(uint32_t reg, uint32_t value)
{
	if (x2apic)
		msr_write(IA32_X2APIC_FIRST + reg / 16, value);
	else
		*(volatile uint32_t *)(APIC_ADDRESS + reg) = value;
}

unsigned this_vcpu(void)
{
	return x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}

void apic_send(uint32_t destination, uint32_t command)
{
	if (x2apic) {
		msr_write(IA32_X2APIC_FIRST + APIC_ICR / 16, (uint64_t)destination << 32 | command);
		return;
	}
	apic_write(APIC_ICR_HIGH, destination << 24);
	apic_write(APIC_ICR, command);
}

static void apic_enable(void)
{
	apic_write(APIC_SVR, 0x1ff);
	apic_write(APIC_TPR, 0);
}

void apic_use_x2apic(void)
{
	x2apic = true;
	apic_follow_mode();
}

void apic_follow_mode(void)
{
	if (x2apic)
		msr_write(IA32_APIC_BASE, msr_read(IA32_APIC_BASE) | IA32_APIC_BASE_EXTD);
	apic_enable();
}

bool wait_interrupts(unsigned vector, uint32_t count, uint64_t ticks, bool halt)
{
	uint64_t start = tsc();

	while (interrupts[vector] < count && tsc() - start < ticks) {
		if (halt)
			__asm__ volatile("sti; hlt; cli" ::: "memory");
		else
			__asm__ volatile("sti; nop; pause; cli" ::: "memory");
	}
	return interrupts[vector] == count;
}

/* --- The command line ---------------------------------------------------------------------------
 */

static const char *command_line = "";

static bool starts_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return false;
	return true;
}

unsigned parameter(const char *name, unsigned otherwise)
{
	for (const char *at = command_line; *at; at++) {
		const char *value = at;
		unsigned number = 0;

		if ((at > command_line && at[-1] != ' ') || !starts_with(at, name))
			continue;
		for (const char *n = name; *n; n++)
			value++;
		if (*value++ != '=')
			continue;
		while (*value >= '0' && *value <= '9')
			number = number * 10 + (unsigned)(*value++ - '0');
		return number;
	}
	return otherwise;
}

void bare_start(const void *boot_params)
{
	set_gates();
	apic_enable();
	if (boot_params)
		command_line = (const char *)(uint64_t) *
			       (const uint32_t *)((const uint8_t *)boot_params + CMD_LINE_PTR);
	else
		print("FAIL boot_params is NULL\n");
	bare_boot_params = boot_params;
	test();
	print("%u failed\n", failures);
	power_off();
}
