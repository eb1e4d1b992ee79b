// SPDX-License-Identifier: BSD-2-Clause
/* Which UART is the console's. */
#include "arch/x86/cpu/uart.h"
#include "kernel/machine.h"

#define BAUD_DEFAULT 115200

static const struct {
	uint16_t port;
	uint8_t irq;
} com[] = {{0x3f8, 4}, {0x2f8, 3}, {0x3e8, 4}, {0x2e8, 3}};

struct uart uart_com(unsigned number)
{
	return (struct uart){.address = com[number].port,
			     .stride = 1,
			     .width = 1,
			     .irq = com[number].irq,
			     .baud = BAUD_DEFAULT,
			     .clock = UART_CLOCK};
}

static uint8_t usual_irq(uint64_t port)
{
	for (unsigned i = 0; i < ARRAY_SIZE(com); i++)
		if (com[i].port == port)
			return com[i].irq;
	return 0;
}

static void take_spcr(const struct acpi_serial *spcr, struct uart *uart)
{
	*uart = (struct uart){.address = spcr->address,
			      .memory = spcr->memory,
			      .stride = spcr->stride,
			      .width = spcr->width,
			      .irq = spcr->irq,
			      .named = true,
			      .baud = spcr->baud,
			      .clock = spcr->clock ? spcr->clock : UART_CLOCK};
}

/* Of a UART in memory nobody has told the clock: without a speed its divisor stays. */
static void take_setting(const struct serial_setting *setting, struct uart *uart)
{
	bool memory = setting->kind == SERIAL_MMIO;

	*uart = (struct uart){.address = setting->address,
			      .memory = memory,
			      .stride = setting->stride,
			      .width = setting->stride,
			      .irq = memory ? 0 : usual_irq(setting->address),
			      .named = true,
			      .baud = memory ? 0 : BAUD_DEFAULT,
			      .clock = UART_CLOCK};
}

bool uart_choose(const struct serial_setting *setting, const struct acpi_serial *spcr,
		 struct uart *uart)
{
	bool memory = setting->kind == SERIAL_MMIO;

	if (setting->kind == SERIAL_NONE)
		return false;
	if (setting->kind == SERIAL_AUTO && !spcr->there)
		*uart = uart_com(0);
	else if (setting->kind == SERIAL_AUTO)
		take_spcr(spcr, uart);
	else
		take_setting(setting, uart);
	/* The same one, of which ACPI knows more. */
	if (spcr->there && spcr->memory == memory && spcr->address == uart->address) {
		uart->irq = spcr->irq;
		uart->clock = spcr->clock ? spcr->clock : UART_CLOCK;
	}
	if (setting->baud)
		uart->baud = setting->baud;
	return true;
}
