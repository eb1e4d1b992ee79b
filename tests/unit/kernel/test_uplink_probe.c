// SPDX-License-Identifier: BSD-2-Clause
/* Which of several cards is used, what is said of them, and that the others are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/paging.h"
#include "drivers/net/ixgbe/ixgbe.h"
#include "drivers/pci/pci.h"
#include "kernel/config.h"
#include "kernel/errno.h"
#include "kernel/uplink.h"
#include "machine_host.h"
#include "tests/unit/pci/fake_config.h"

#define CARDS 3u

/* Behind each BAR 0; the driver's part is made up here. */
static struct hardware {
	_Alignas(16) uint8_t bar[0x4000];
	struct ixgbe_sight sight;
	bool broken; /* does not probe */
} hardware[CARDS];

static struct fake_function *card[CARDS], *port[CARDS];
static struct netdev devs[CARDS];
static char probed[64];
struct config host_config;

static unsigned index_of(const volatile void *bar0)
{
	for (unsigned i = 0; i < CARDS; i++)
		if (bar0 == hardware[i].bar)
			return i;
	fail_msg("no such BAR");
	return 0;
}

void *mmio_map(uint64_t physical, size_t bytes)
{
	assert_int_equal(bytes, sizeof(hardware[0].bar));
	return hardware[(physical >> 16) & 3].bar;
}

bool ixgbe_supports(uint16_t vendor, uint16_t device_id)
{
	return vendor == 0x8086 && device_id == 0x10fb;
}

/* The node of the card that was chosen. */
static const struct pci_device *near_device;

void numa_prefer_device(const struct pci_device *dev)
{
	near_device = dev;
}

int ixgbe_peek(uint16_t device_id, const volatile void *bar0, size_t bytes,
	       struct ixgbe_sight *sight)
{
	unsigned i = index_of(bar0);

	assert_int_equal(device_id, 0x10fb);
	assert_int_equal(bytes, sizeof(hardware[i].bar));
	assert_true(card[i]->value[1] & PCI_COMMAND_MEMORY);
	assert_true(port[i]->value[1] & PCI_COMMAND_MEMORY);
	*sight = hardware[i].sight;
	return 0;
}

int ixgbe_probe(const struct ixgbe_resources *resources, struct netdev **dev)
{
	unsigned i = index_of(resources->bar0);

	/* Not yet: what firmware has left running must be reset first. */
	assert_false(card[i]->value[1] & PCI_COMMAND_MASTER);
	strcat(probed, resources->name);
	strcat(probed, " ");
	if (hardware[i].broken)
		return -EIO;
	*dev = &devs[i];
	strcpy(devs[i].name, resources->name);
	return 0;
}

static void write_bar(volatile void *reg, uint32_t value)
{
	*(volatile uint32_t *)reg = value;
}

/* Cards 01:00.0 to 03:00.0 behind root ports, none with a link. */
static int setup(void **state)
{
	(void)state;
	fake_clear();
	memset(hardware, 0, sizeof(hardware));
	memset(&host_config, 0, sizeof(host_config));
	memset(host_log_count, 0, sizeof(host_log_count));
	probed[0] = 0;
	host_mmio_write = write_bar;
	for (uint8_t i = 0; i < CARDS; i++) {
		port[i] = fake_add_port(0, 8 + i, 1 + i, 1 + i);
		card[i] = fake_add_card(1 + i, 0);
		card[i]->value[1] &= ~(uint32_t)PCI_COMMAND_MEMORY;
		fake_set_bar(card[i], 0, 0xe0000000 | (uint32_t)i << 16 | PCI_BAR_WIDE, 0xffffc000);
		hardware[i].sight = (struct ixgbe_sight){true, {2, 0, 0, 0, 0, i}, false};
	}
	return 0;
}

static struct netdev *probe(void)
{
	pci_scan();
	return uplink_probe();
}

static void choose_address(uint16_t segment, uint8_t bus)
{
	host_config.card.by = CARD_ADDRESS;
	host_config.card.address = (struct pci_address){segment, bus, 0, 0};
}

static void assert_untouched(unsigned i)
{
	assert_int_equal(card[i]->value[1] & 0xffff, 0);
	assert_int_equal(card[i]->value[FAKE_MSIX / 4] >> 30, 0);
}

static void test_first(void **state)
{
	(void)state;
	card[0]->value[1] |= PCI_COMMAND_MASTER; /* as firmware leaves it */
	assert_ptr_equal(probe(), &devs[0]);
	assert_string_equal(probed, "01:00.0 ");
	assert_true(fake_dma_passes(card[0]));
	assert_string_equal(host_log_line, "NIC 01:00.0 is used, the first of 3 that works: card = "
					   "ADDRESS or card = mac=MAC in [host] chooses another");
	assert_untouched(1);
	assert_untouched(2);
}

static void test_first_that_works(void **state)
{
	(void)state;
	hardware[0].broken = true;
	assert_ptr_equal(probe(), &devs[1]);
	assert_string_equal(probed, "01:00.0 02:00.0 ");
	assert_string_equal(near_device->name, "02:00.0");
	assert_int_equal(card[0]->value[1] & PCI_COMMAND_MASTER, 0);
	assert_untouched(2);
}

/* It would answer wherever its BAR is now. */
static void test_bar_at_a_wrong_address(void **state)
{
	(void)state;
	fake_set_bar(card[0], 0, PCI_BAR_WIDE, 0xffffc000);
	fake_set_bar(card[0], 1, 0, 0xffffffff);
	fake_set_bar(card[1], 1, 0x39, 0xffffffff); /* no bridge's window */
	assert_ptr_equal(probe(), &devs[2]);
	assert_string_equal(probed, "03:00.0 ");
	assert_false(card[0]->decoded_zero);
	assert_untouched(0);
	assert_untouched(1);
}

/* A cable in a later port is told, and changes nothing: the choice is the same at each start. */
static void test_link_elsewhere(void **state)
{
	(void)state;
	hardware[2].sight.link_up = true;
	assert_ptr_equal(probe(), &devs[0]);
	assert_string_equal(host_log_line,
			    "NIC 01:00.0 showed no link, but 03:00.0 did: card = 03:00.0 "
			    "uses that one");
	hardware[0].sight.link_up = true;
	assert_ptr_equal(probe(), &devs[0]);
	assert_non_null(strstr(host_log_line, "the first of 3"));
}

static void test_by_address(void **state)
{
	(void)state;
	choose_address(0, 2);
	assert_ptr_equal(probe(), &devs[1]);
	assert_string_equal(probed, "02:00.0 ");
	assert_string_equal(host_log_line, "NIC 02:00.0 is used, as configured");
	assert_untouched(0);
	assert_untouched(2);
}

static void test_by_mac(void **state)
{
	(void)state;
	host_config.card.by = CARD_MAC;
	memcpy(host_config.card.mac, (uint8_t[]){2, 0, 0, 0, 0, 2}, 6);
	assert_ptr_equal(probe(), &devs[2]);
	assert_string_equal(probed, "03:00.0 ");
	hardware[2].sight.has_mac = false;
	probed[0] = 0;
	assert_null(probe());
	assert_string_equal(probed, "");
	assert_string_equal(host_log_line,
			    "card = mac=02:00:00:00:00:02: no 82599 has it; expected one "
			    "of the 3 listed above");
}

static void test_not_there(void **state)
{
	(void)state;
	choose_address(0, 9);
	assert_null(probe());
	assert_string_equal(host_log_line,
			    "card = 0000:09:00.0: no 82599 is there; expected one of the 3 "
			    "listed above");
	choose_address(1, 2);
	assert_null(probe());
	assert_string_equal(probed, "");
	for (unsigned i = 0; i < CARDS; i++)
		assert_untouched(i);
}

/* What was chosen is not replaced by another. */
static void test_chosen_does_not_work(void **state)
{
	(void)state;
	choose_address(0, 2);
	hardware[1].broken = true;
	assert_null(probe());
	assert_string_equal(probed, "02:00.0 ");
}

/* It would be reset on its way to D0. */
static void test_asleep(void **state)
{
	(void)state;
	card[1]->value[FAKE_POWER / 4 + 1] = 3;
	host_config.card.by = CARD_MAC;
	memcpy(host_config.card.mac, hardware[1].sight.mac, 6);
	assert_null(probe());
	assert_int_equal(card[1]->value[FAKE_POWER / 4 + 1], 3);
	choose_address(0, 2);
	assert_ptr_equal(probe(), &devs[1]);
}

static void test_no_card(void **state)
{
	(void)state;
	fake_clear();
	assert_null(probe());
	assert_int_equal(host_log_count[0], 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first),          TEST(test_first_that_works),
		TEST(test_link_elsewhere), TEST(test_bar_at_a_wrong_address),
		TEST(test_by_address),     TEST(test_by_mac),
		TEST(test_not_there),      TEST(test_chosen_does_not_work),
		TEST(test_asleep),         TEST(test_no_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
