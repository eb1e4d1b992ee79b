// SPDX-License-Identifier: BSD-2-Clause
/* USB controllers that the firmware owns: it is asked, waited for, and does without in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/pci/pci.h"
#include "drivers/pci/usb.h"
#include "machine_host.h"

#define BIOS (1u << 16)
#define OS   (1u << 24)

struct pci_device pci_devices[PCI_DEVICES_MOST];
unsigned pci_device_count;

static uint32_t config[64]; /* of the one controller */
static uint32_t registers[0x1000];
static unsigned config_writes, register_writes;
static bool stubborn;
/* Where the firmware sees the request, and what it does a millisecond later. */
static uint32_t *request, request_bit, *owner, owner_bit;

uint16_t pci_read16(const struct pci_device *dev, unsigned offset)
{
	(void)dev;
	return (uint16_t)(config[offset / 4] >> 8 * (offset & 2));
}

uint32_t pci_read32(const struct pci_device *dev, unsigned offset)
{
	(void)dev;
	return config[offset / 4];
}

void pci_write16(const struct pci_device *dev, unsigned offset, uint16_t value)
{
	unsigned shift = 8 * (offset & 2);

	(void)dev;
	config[offset / 4] = (config[offset / 4] & ~(0xffffu << shift)) | (uint32_t)value << shift;
	config_writes++;
}

void pci_write32(const struct pci_device *dev, unsigned offset, uint32_t value)
{
	(void)dev;
	config[offset / 4] = value;
	config_writes++;
}

volatile void *pci_map_bar(const struct pci_device *dev, unsigned bar)
{
	assert_int_equal(bar, 0);
	return dev->bar[0].bytes ? registers : NULL;
}

static uint32_t read(const volatile void *reg)
{
	uint64_t offset = (uint64_t)reg - (uint64_t)registers;

	assert_true(offset < pci_devices[0].bar[0].bytes);
	return registers[offset / 4];
}

static void write(volatile void *reg, uint32_t value)
{
	registers[((uint64_t)reg - (uint64_t)registers) / 4] = value;
	register_writes++;
}

static void run_firmware(uint32_t us)
{
	(void)us;
	if (!stubborn && request && *request & request_bit)
		*owner &= ~owner_bit;
}

static int setup(void **state)
{
	(void)state;
	memset(config, 0, sizeof(config));
	memset(registers, 0, sizeof(registers));
	memset(host_log_count, 0, sizeof(host_log_count));
	config_writes = register_writes = 0;
	stubborn = false;
	request = NULL;
	config[1] = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
	pci_device_count = 1;
	pci_devices[0] = (struct pci_device){.name = "00:14.0", .bar[0] = {.bytes = 0x4000}};
	host_mmio_read = read;
	host_mmio_write = write;
	host_delay = run_firmware;
	return 0;
}

static void use_firmware(uint32_t *asked, uint32_t asked_bit, uint32_t *owned, uint32_t owned_bit)
{
	request = asked;
	request_bit = asked_bit;
	owner = owned;
	owner_bit = owned_bit;
}

/* Two extended capabilities; the second one is the legacy support. */
static void make_xhci(uint32_t legacy)
{
	pci_devices[0].class = 0x0c0330;
	registers[0x10 / 4] = 0x2000u << 16 >> 2;
	registers[0x2000 / 4] = 0x0402;
	registers[0x2010 / 4] = legacy | 1;
	registers[0x2014 / 4] = 0x000e1fffu;
	use_firmware(&registers[0x2010 / 4], OS, &registers[0x2010 / 4], BIOS);
}

static void test_xhci(void **state)
{
	(void)state;
	make_xhci(BIOS);
	usb_take_over();
	assert_int_equal(registers[0x2010 / 4], OS | 1);
	/* SMIs off, events cleared, the rest kept. */
	assert_int_equal(registers[0x2014 / 4], 0xe00e1feeu);
	assert_int_equal(host_log_count[2], 1);
	assert_non_null(strstr(host_log_line, "00:14.0"));
}

static void test_stubborn_xhci(void **state)
{
	uint64_t start = host_ticks;

	(void)state;
	make_xhci(BIOS);
	stubborn = true;
	usb_take_over();
	assert_int_equal(registers[0x2010 / 4], OS | 1);
	assert_int_equal(registers[0x2014 / 4] & 0xe011, 0);
	assert_int_equal(host_log_count[1], 1);
	assert_true(host_ticks - start <= 1100000ull * 1000);
}

/* Not the firmware's: its SMIs go off all the same, without a word. */
static void test_free_xhci(void **state)
{
	(void)state;
	make_xhci(0);
	usb_take_over();
	assert_int_equal(registers[0x2014 / 4] & 0xe011, 0);
	assert_int_equal(host_log_count[1] + host_log_count[2], 0);
}

/* Lists of capabilities that leave the registers, have no end, or are off the bus. */
static void test_bad_xhci(void **state)
{
	(void)state;
	make_xhci(BIOS);
	registers[0x10 / 4] = 0xffffu << 16;
	usb_take_over();
	registers[0x10 / 4] = 0x1000u << 16;
	pci_devices[0].bar[0].bytes = 0x4000;
	registers[0x4000 / 4 - 1] = 0;
	usb_take_over();
	registers[0x10 / 4] = 1u << 16;
	for (unsigned i = 1; i < 0x1000; i++)
		registers[i] = i == 4 ? 1u << 16 : 0x0102;
	usb_take_over();
	memset(registers, 0xff, sizeof(registers));
	usb_take_over();
	assert_int_equal(register_writes, 0);
}

static void make_ehci(void)
{
	pci_devices[0].class = 0x0c0320;
	registers[0x08 / 4] = 0x6800;
	config[0x68 / 4] = BIOS | 0x0001;
	config[0x6c / 4] = 0xe03f;
	use_firmware(&config[0x68 / 4], OS, &config[0x68 / 4], BIOS);
}

static void test_ehci(void **state)
{
	(void)state;
	make_ehci();
	usb_take_over();
	assert_int_equal(config[0x68 / 4], OS | 1);
	assert_int_equal(config[0x6c / 4], 0);
	make_ehci();
	stubborn = true;
	usb_take_over();
	assert_int_equal(config[0x68 / 4], OS | 1);
	assert_int_equal(config[0x6c / 4], 0);
	assert_int_equal(host_log_count[1], 1);
	/* A list without an end. */
	config[0x68 / 4] = 0x6802;
	config_writes = 0;
	usb_take_over();
	assert_int_equal(config_writes, 0);
}

static void test_ohci(void **state)
{
	(void)state;
	pci_devices[0].class = 0x0c0310;
	registers[1] = 0x100 | 0x83;
	use_firmware(&registers[2], 8, &registers[1], 0x100);
	usb_take_over();
	assert_int_equal(registers[1], 0x83);
	assert_int_equal(registers[0x14 / 4], UINT32_MAX);
	registers[1] = 0x183;
	stubborn = true;
	usb_take_over();
	assert_int_equal(registers[1], 0x83);
	register_writes = 0;
	usb_take_over();
	assert_int_equal(register_writes, 0);
}

static void test_uhci(void **state)
{
	(void)state;
	pci_devices[0].class = 0x0c0300;
	config[0xc0 / 4] = 0x12340000 | 0x203f;
	usb_take_over();
	assert_int_equal(config[0xc0 / 4], 0x12348f00);
	config_writes = 0;
	usb_take_over();
	assert_int_equal(config_writes, 0);
}

/* Others, what decodes nothing, what is gone, and what has no registers. */
static void test_untouched(void **state)
{
	(void)state;
	make_xhci(BIOS);
	pci_devices[0].class = 0x0c03fe;
	usb_take_over();
	pci_devices[0].class = 0x0c0330;
	config[1] = PCI_COMMAND_IO;
	usb_take_over();
	config[1] = UINT32_MAX;
	usb_take_over();
	config[1] = PCI_COMMAND_MEMORY;
	pci_devices[0].bar[0].bytes = 0;
	usb_take_over();
	assert_int_equal(register_writes + config_writes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_xhci, setup),
		cmocka_unit_test_setup(test_stubborn_xhci, setup),
		cmocka_unit_test_setup(test_free_xhci, setup),
		cmocka_unit_test_setup(test_bad_xhci, setup),
		cmocka_unit_test_setup(test_ehci, setup),
		cmocka_unit_test_setup(test_ohci, setup),
		cmocka_unit_test_setup(test_uhci, setup),
		cmocka_unit_test_setup(test_untouched, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
