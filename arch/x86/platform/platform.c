// SPDX-License-Identifier: BSD-2-Clause
/* The guest's PC: making it, and finding the device behind a port. */
#include "arch/x86/platform/acpi_tables.h"
#include "arch/x86/platform/guest_boot.h"
#include "arch/x86/platform/platform_internal.h"
#include "arch/x86/platform/ports.h"
#include "arch/x86/platform/power.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/network.h"
#include "vio/vio_net.h"

#define CLASS_HOST_BRIDGE 0x060000u
#define HOST_BRIDGE       0x0000 /* device number of VIO_NET_PCI_VENDOR */

/* Keeps console input, which comes from other threads, off a platform that is being freed. */
static struct spinlock console_lock;

static void set_uart_line(void *argument, bool high)
{
	struct platform *platform = argument;

	vioapic_set_line(&platform->ioapic, COM1_IRQ, high);
}

static void add_host_bridge(struct platform *platform)
{
	static const struct vpci_identity identity = {
		.vendor = VIO_NET_PCI_VENDOR,
		.device = HOST_BRIDGE,
		.class_code = CLASS_HOST_BRIDGE,
	};

	vpci_function_init(&platform->host_bridge, &identity, NULL);
	vpci_bus_attach(&platform->pci, 0, &platform->host_bridge);
}

static int add_nets(struct platform *platform)
{
	struct vm *vm = platform->vm;
	int error = 0;

	for (unsigned i = 0; i < vm->config->nets && !error; i++) {
		if (!host_network) {
			log_error("%s: network device %u, but there is no network", vm->name, i);
			return -ENODEV;
		}
		error = vio_pci_create(&platform->net[i], vm, &platform->pci, i, host_network);
	}
	return error;
}

static int load_guest(struct vm *vm, struct vcpu_start *start, struct vcpu_start *further)
{
	uint8_t *memory = vm_memory(vm, GUEST_ACPI, GUEST_ACPI_BYTES);
	uint64_t rsdp;

	if (guest_low_memory(vm) < GUEST_KERNEL) {
		log_error(
			"%s: no memory at 0x%llx for ACPI tables, expected at least 2 MB from 0 on",
			vm->name, (unsigned long long)GUEST_ACPI);
		return -ENOMEM;
	}
	power_write_reset_vector(vm_memory(vm, RESET_VECTOR, RESET_VECTOR_BYTES));
	rsdp = guest_acpi_write(memory, GUEST_ACPI_BYTES, GUEST_ACPI, vm->vcpus,
				further ? PLATFORM_MAILBOX : 0);
	ASSERT(rsdp);
	if (further)
		guest_write_wakeup_tables(vm, further);
	return guest_load(vm, rsdp, start);
}

int platform_create(struct vm *vm, struct vcpu_start *start, struct vcpu_start *further)
{
	struct platform *platform;
	int error;

	error = load_guest(vm, start, further);
	if (error)
		return error;
	platform = kmalloc(sizeof(*platform));
	if (!platform) {
		log_error("%s: no memory for the platform's devices", vm->name);
		return -ENOMEM;
	}
	platform->vm = vm;
	platform->has_mailbox = further != NULL;
	vioapic_init(&platform->ioapic, vm);
	cmos_init(&platform->cmos, &vm->clock_offset_us);
	uart16550_init(&platform->uart, vm->name, vm->config->console, set_uart_line, platform);
	vpci_bus_init(&platform->pci);
	add_host_bridge(platform);
	vm->platform = platform;
	return add_nets(platform);
}

int platform_destroy(struct vm *vm)
{
	struct platform *platform = platform_of(vm);
	bool interrupts;
	int error;

	if (!platform)
		return 0;
	for (unsigned i = 0; i < VM_DEVICES_MOST; i++) {
		if (!platform->net[i])
			continue;
		error = vio_pci_destroy(platform->net[i]);
		if (error)
			return error;
		platform->net[i] = NULL;
	}
	uart16550_flush(&platform->uart);
	interrupts = spin_lock_irq(&console_lock);
	vm->platform = NULL;
	spin_unlock_irq(&console_lock, interrupts);
	kfree(platform);
	return 0;
}

static bool is_pci_port(uint16_t port)
{
	return port >= PORT_PCI_ADDRESS && port < PORT_PCI_DATA + 4;
}

static bool is_uart_port(uint16_t port, unsigned bytes)
{
	return port >= PORT_COM1 && port + bytes <= PORT_COM1 + PORT_COM1_COUNT;
}

static uint32_t read_uart(struct uart16550 *uart, unsigned reg, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint32_t)uart16550_read(uart, reg + i) << 8 * i;
	return value;
}

uint32_t platform_io_read(struct vcpu *vcpu, uint16_t port, unsigned bytes)
{
	struct platform *platform = platform_of(vcpu->vm);

	if (is_uart_port(port, bytes))
		return read_uart(&platform->uart, port - PORT_COM1, bytes);
	if (bytes == 1 &&
	    (port == PORT_SLEEP_CONTROL || port == PORT_SLEEP_STATUS || port == PORT_RESET))
		return 0;
	if (bytes == 1 && port == PORT_CMOS_DATA)
		return cmos_read(&platform->cmos);
	if (is_pci_port(port))
		return vpci_io_read(&platform->pci, port, bytes);
	return 0xffffffff;
}

void platform_io_write(struct vcpu *vcpu, uint16_t port, unsigned bytes, uint32_t value)
{
	struct platform *platform = platform_of(vcpu->vm);

	if (is_uart_port(port, bytes)) {
		for (unsigned i = 0; i < bytes; i++)
			uart16550_write(&platform->uart, port - PORT_COM1 + i, value >> 8 * i);
	} else if (port == PORT_SLEEP_CONTROL && bytes == 1) {
		power_write_sleep(vcpu->vm, value);
	} else if (port == PORT_RESET && bytes == 1) {
		power_write_reset(vcpu->vm, value);
	} else if (port == PORT_CMOS_INDEX && bytes == 1) {
		cmos_select(&platform->cmos, value);
	} else if (port == PORT_CMOS_DATA && bytes == 1) {
		cmos_write(&platform->cmos, value);
	} else if (is_pci_port(port)) {
		vpci_io_write(&platform->pci, port, bytes, value);
	}
}

void platform_eoi(struct vm *vm, uint8_t vector)
{
	vioapic_eoi(&platform_of(vm)->ioapic, vector);
}

void platform_console_input(struct vm *vm, uint8_t character)
{
	bool interrupts = spin_lock_irq(&console_lock);
	struct platform *platform = platform_of(vm);

	if (platform)
		uart16550_receive(&platform->uart, character);
	spin_unlock_irq(&console_lock, interrupts);
}
