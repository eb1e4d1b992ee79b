// SPDX-License-Identifier: BSD-2-Clause
/* Power-off and reset. */
#include <machine_control.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/io.h"
#include "arch/x86/cpu/paging.h"
#include "arch/x86/cpu/panic.h"
#include "kernel/console.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/spinlock.h"

/* PM1 control register (ACPI 4.8.3.2.1). */
#define PM1_SCI_EN          (1u << 0)
#define PM1_SLEEP_TYPE(t)   ((t) << 10)
#define PM1_SLEEP_TYPE_MASK (7u << 10)
#define PM1_SLEEP_ENABLE    (1u << 13)

/* Sleep control register of hardware-reduced ACPI (4.8.3.7). */
#define SLEEP_CONTROL_TYPE(t) ((t) << 2)
#define SLEEP_CONTROL_ENABLE  (1u << 5)

/* Reset control register of the chipset, which the FADT of older machines does not name. */
#define RESET_CONTROL      0xcf9
#define RESET_CONTROL_HARD 0x02
#define RESET_CONTROL_NOW  0x04

#define KBC_STATUS       0x64
#define KBC_INPUT_FULL   0x02
#define KBC_COMMAND      0x64
#define KBC_PULSE_RESET  0xfe
#define KBC_POLLS_MOST   100000
#define ACPI_ENABLE_WAIT 300 /* in units of 10 ms */
#define SETTLE_US        500000
#define SPACE_MEMORY     0
#define SPACE_IO         1

/* Takes the power management registers over from the firmware. */
static void enable_acpi(void)
{
	const struct acpi_info *acpi = &acpi_info;

	if (io_read16(acpi->pm1a_control) & PM1_SCI_EN || !acpi->smi_command || !acpi->acpi_enable)
		return;
	io_write8(acpi->smi_command, acpi->acpi_enable);
	for (unsigned i = 0; i < ACPI_ENABLE_WAIT; i++) {
		if (io_read16(acpi->pm1a_control) & PM1_SCI_EN)
			return;
		delay_us(10000);
	}
}

static void sleep(uint16_t port, uint32_t type)
{
	uint32_t value = io_read16(port) & ~(PM1_SLEEP_TYPE_MASK | PM1_SLEEP_ENABLE);

	io_write16(port, (uint16_t)(value | PM1_SLEEP_TYPE(type) | PM1_SLEEP_ENABLE));
}

_Noreturn void machine_power_off(void)
{
	const struct acpi_info *acpi = &acpi_info;

	log_info("power off");
	console_flush();
	irq_disable();
	if (acpi->has_s5 && acpi->pm1a_control) {
		enable_acpi();
		sleep(acpi->pm1a_control, acpi->s5_type_a);
		if (acpi->pm1b_control)
			sleep(acpi->pm1b_control, acpi->s5_type_b);
		delay_us(SETTLE_US);
	} else if (acpi->has_s5 && acpi->sleep_control) {
		io_write8(acpi->sleep_control,
			  (uint8_t)(SLEEP_CONTROL_TYPE(acpi->s5_type_a) | SLEEP_CONTROL_ENABLE));
		delay_us(SETTLE_US);
	}
	log_error("the machine could not be switched off (%s): halted",
		  acpi->has_s5 ? "it ignored the request" : "ACPI has no \\_S5");
	console_flush();
	halt_for_ever();
}

static void reset_by_acpi(void)
{
	const struct acpi_register *reset = &acpi_info.reset;
	volatile uint8_t *mapped = NULL;

	if (!acpi_info.has_reset)
		return;
	if (reset->space == SPACE_IO)
		io_write8((uint16_t)reset->address, acpi_info.reset_value);
	else if (reset->space == SPACE_MEMORY)
		mapped = mmio_map(reset->address, 1);
	if (mapped)
		*mapped = acpi_info.reset_value;
	delay_us(SETTLE_US);
}

static void reset_by_chipset(void)
{
	io_write8(RESET_CONTROL, RESET_CONTROL_HARD);
	io_write8(RESET_CONTROL, RESET_CONTROL_HARD | RESET_CONTROL_NOW);
	delay_us(SETTLE_US);
}

static void reset_by_keyboard_controller(void)
{
	for (unsigned i = 0; i < KBC_POLLS_MOST && io_read8(KBC_STATUS) & KBC_INPUT_FULL; i++)
		cpu_relax();
	io_write8(KBC_COMMAND, KBC_PULSE_RESET);
	delay_us(SETTLE_US);
}

static _Noreturn void triple_fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt;

	__asm__ volatile("lidt %0; int3" ::"m"(no_idt) : "memory");
	halt_for_ever();
}

_Noreturn void machine_reboot(void)
{
	log_info("reboot");
	console_flush();
	irq_disable();
	reset_by_acpi();
	reset_by_chipset();
	reset_by_keyboard_controller();
	triple_fault();
}
