// SPDX-License-Identifier: BSD-2-Clause
/* A card behind root ports and switches as firmware may leave them: what they let pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/paging.h"
#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "fake_config.h"
#include "kernel/errno.h"
#include "machine_host.h"

#define D3           3u
#define COMMAND_SERR 0x100u

static uint8_t bar_memory[0x4000];
static unsigned maps;

void *mmio_map(uint64_t physical, size_t bytes)
{
	(void)physical, (void)bytes;
	maps++;
	return bar_memory;
}

/* Of BARs of any size: the memory behind them is not looked at here. */
static void lose_write(volatile void *reg, uint32_t value)
{
	(void)reg, (void)value;
}

static struct fake_function *root, *upstream, *downstream, *other, *card;

/* A switch with two cards behind a root port, each bridge as after ExitBootServices. */
static int setup(void **state)
{
	(void)state;
	fake_clear();
	maps = 0;
	host_mmio_write = lose_write;
	fake_add(0, 0, 0, 0x12378086, 0);
	root = fake_add_port(0, 0x1c, 3, 6);
	upstream = fake_add_port(3, 0, 4, 6);
	other = fake_add_port(4, 0, 5, 5);
	downstream = fake_add_port(4, 1, 6, 6);
	fake_add_card(5, 0);
	card = fake_add_card(6, 0);
	return 0;
}

static const struct pci_device *find_card(void)
{
	pci_scan();
	for (unsigned i = 0; i < pci_device_count; i++)
		if (pci_is_same(pci_devices[i].at, card->at))
			return &pci_devices[i];
	return NULL;
}

static void set_power(struct fake_function *f, uint32_t state)
{
	f->value[FAKE_POWER / 4 + 1] = state;
}

static void test_levels(void **state)
{
	const struct pci_device *dev = find_card();

	(void)state;
	assert_non_null(dev);
	dev = pci_bridge_above(dev);
	assert_string_equal(dev->name, "04:01.0");
	dev = pci_bridge_above(dev);
	assert_string_equal(dev->name, "03:00.0");
	dev = pci_bridge_above(dev);
	assert_string_equal(dev->name, "00:1c.0");
	assert_null(pci_bridge_above(dev));
}

static void test_bus_mastering(void **state)
{
	const struct pci_device *dev = find_card();

	(void)state;
	assert_int_equal(pci_enable(dev), 0);
	assert_false(fake_dma_passes(card));
	pci_enable_dma(dev);
	assert_true(fake_dma_passes(card));
	assert_int_equal(root->value[1] & 0xffff, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_int_equal(other->value[1] & 0xffff, 0); /* not above it */
	pci_disable(dev);
	assert_false(fake_dma_passes(card));
	assert_int_equal(upstream->value[1] & 0xffff, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* Bridges of another segment, and those whose buses have no numbers yet. */
static void test_strangers(void **state)
{
	struct fake_function *here = fake_add_port(0x40, 0, 0x41, 0x41);
	struct fake_function *foreign = fake_add_port(0, 0x1d, 0x40, 0x50);
	struct fake_function *fresh = fake_add_port(0, 0x1e, 0, 0);
	const struct pci_device *dev;

	(void)state;
	card = fake_add_card(0x41, 0);
	here->at.segment = card->at.segment = 2;
	dev = find_card();
	assert_int_equal(pci_enable(dev), 0);
	pci_enable_dma(dev);
	assert_true(fake_dma_passes(card));
	assert_int_equal(foreign->value[1] & 0xffff, 0);
	assert_int_equal(fresh->value[1] & 0xffff, 0);
}

/* The card is not to be found while a bridge above it is not in D0. */
static void test_bridges_asleep(void **state)
{
	const struct pci_device *dev;

	(void)state;
	set_power(root, D3);
	set_power(downstream, D3);
	dev = find_card();
	assert_non_null(dev);
	assert_int_equal(root->value[6], 0x060300);
	assert_int_equal(root->value[PCI_MEMORY_WINDOW / 4], 0xe000d000);
	assert_int_equal(pci_enable(dev), 0);
	assert_false(fake_dma_passes(card));
	pci_enable_dma(dev);
	assert_true(fake_dma_passes(card));
	assert_non_null(pci_map_bar(dev, 0));
}

static void test_card_asleep(void **state)
{
	const struct pci_device *dev;

	(void)state;
	set_power(card, D3);
	card->value[1] |= COMMAND_SERR;
	dev = find_card();
	assert_int_equal(card->value[FAKE_POWER / 4 + 1], D3); /* nobody has asked for it yet */
	assert_int_equal(pci_enable(dev), 0);
	assert_false(fake_dma_passes(card));
	pci_enable_dma(dev);
	assert_true(fake_dma_passes(card));
	assert_int_equal(card->value[4], 0xe0000000 | PCI_BAR_WIDE | PCI_BAR_PREFETCHABLE);
	assert_int_equal(card->value[5], 0x38);
	assert_true(card->value[1] & COMMAND_SERR);
}

static void test_card_that_stays_asleep(void **state)
{
	const struct pci_device *dev;

	(void)state;
	set_power(card, D3);
	card->writable[FAKE_POWER / 4 + 1] = 0;
	dev = find_card();
	assert_int_equal(pci_enable(dev), -ENODEV);
	assert_non_null(strstr(host_log_line, "PCI 06:00.0: stays in power state D3"));
}

static void test_windows(void **state)
{
	const struct pci_device *dev;

	(void)state;
	fake_set_bar(card, 2, 0xd0000000, 0xffff0000);
	fake_set_bar(card, 3, 0xe00f8000, 0xffff8000); /* the end of the window */
	fake_set_bar(card, 4, 0xe0100000, 0xffff0000);
	dev = find_card();
	assert_non_null(pci_map_bar(dev, 0));
	assert_non_null(pci_map_bar(dev, 2));
	assert_non_null(pci_map_bar(dev, 3));
	assert_int_equal(maps, 3);
	assert_null(pci_map_bar(dev, 4));
	assert_int_equal(maps, 3);
	assert_string_equal(
		host_log_line,
		"PCI 06:00.0: BAR at 0xe0100000 (65536 bytes) is outside the windows of bridge "
		"04:01.0, 0xd0000000-0xe00fffff and 0x3800000000-0x38ffffffff");
	upstream->value[PCI_PREFETCH_BASE_HIGH / 4] = 0x39; /* base above limit: closed */
	assert_null(pci_map_bar(dev, 0));
	assert_non_null(strstr(host_log_line, "bridge 03:00.0"));
	pci_devices[2].class = 0x060401;
	assert_string_equal(pci_devices[2].name, "03:00.0");
	assert_non_null(pci_map_bar(dev, 0));
}

/* A prefetchable window of 32 bits ignores the registers of the upper halves. */
static void test_narrow_window(void **state)
{
	const struct pci_device *dev;

	(void)state;
	fake_set_bar(card, 0, 0xf0000000, 0xffff0000);
	fake_set_bar(card, 1, 0, 0);
	root->value[PCI_PREFETCH_WINDOW / 4] = 0xf000f000;
	upstream->value[PCI_PREFETCH_WINDOW / 4] = 0xf000f000;
	downstream->value[PCI_PREFETCH_WINDOW / 4] = 0xf000f000;
	dev = find_card();
	assert_non_null(pci_map_bar(dev, 0));
}

static void test_bridge_unplugged(void **state)
{
	const struct pci_device *dev = find_card();

	(void)state;
	upstream->gone = true;
	assert_int_equal(pci_enable(dev), -ENODEV);
	assert_non_null(strstr(host_log_line, "does not answer any more"));
}

static void test_card_unplugged(void **state)
{
	const struct pci_device *dev = find_card();
	struct pci_msix msix;

	(void)state;
	card->gone = true;
	assert_true(pci_is_gone(dev));
	assert_int_equal(pci_enable(dev), -ENODEV);
	assert_int_equal(pci_find_capability(dev, PCI_CAPABILITY_MSIX), 0);
	assert_int_equal(pci_enable_msix(dev, &msix), -ENODEV);
}

/* Gone after any number of reads: the scan ends, and what is found has no made-up BARs. */
static void test_card_that_goes_during_the_scan(void **state)
{
	unsigned found = 0;

	for (unsigned lives = 1; lives < 60; lives++) {
		const struct pci_device *dev;

		setup(state);
		card->lives = lives;
		dev = find_card();
		card->lives = 0;
		if (!dev)
			continue;
		found++;
		assert_int_equal(dev->bar[0].address, 0x38e0000000);
		assert_int_equal(dev->bar[0].bytes, 0x4000);
	}
	assert_in_range(found, 1, 50);
}

static uint32_t draw(void)
{
	static uint32_t seed = 12345;

	seed = seed * 1664525 + 1013904223;
	return seed >> 16 | seed << 16;
}

/* Bridges with buses up to 7 and other functions, with capabilities anywhere, some of them ones. */
static void add_nonsense(uint8_t bus)
{
	struct fake_function *f = fake_add(bus, 0, 0, 0x10fb8086, 0);

	for (unsigned n = 1; n < 64; n++) {
		f->value[n] = draw() % 8 ? draw() : UINT32_MAX;
		if (n >= 16 && draw() % 2)
			f->value[n] =
				(f->value[n] & ~0xffu) | (uint8_t[]){1, 5, 0x10, 0x11}[draw() % 4];
		f->writable[n] = draw();
	}
	f->value[1] |= PCI_STATUS_CAPABILITY << 16;
	f->writable[1] = 0xffff;
	f->value[3] = draw() % 2 << 16;
	f->writable[3] = 0;
	f->value[6] &= 0x070700;
	if (draw() % 8 == 0)
		f->lives = draw() % 200;
}

/* Nothing but time-outs and messages comes of it; the numbers are the same in every run. */
static void test_nonsense(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		struct pci_msix msix;

		fake_clear();
		for (uint8_t bus = 0; bus < 8; bus++)
			add_nonsense(bus);
		pci_scan();
		for (unsigned i = 0; i < pci_device_count; i++) {
			pci_enable_memory(&pci_devices[i]);
			pci_enable(&pci_devices[i]);
			pci_map_bar(&pci_devices[i], 0);
			pci_enable_msix(&pci_devices[i], &msix);
			pci_report_link(&pci_devices[i], 10000);
		}
	}
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_levels),
		TEST(test_bus_mastering),
		TEST(test_strangers),
		TEST(test_bridges_asleep),
		TEST(test_card_asleep),
		TEST(test_card_that_stays_asleep),
		TEST(test_windows),
		TEST(test_narrow_window),
		TEST(test_bridge_unplugged),
		TEST(test_card_unplugged),
		TEST(test_card_that_goes_during_the_scan),
		TEST(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
