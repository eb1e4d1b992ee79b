// SPDX-License-Identifier: BSD-2-Clause
/* Links of PCI Express as they are and could be, and payloads that both ends take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/paging.h"
#include "drivers/pci/pci.h"
#include "fake_config.h"
#include "kernel/log.h"
#include "machine_host.h"

#define DEVICE_CONTROL       (FAKE_EXPRESS / 4 + 2)
#define LINK_CAPABILITIES    (FAKE_EXPRESS / 4 + 3)
#define LINK                 (FAKE_EXPRESS / 4 + 4) /* control, and status in the upper half */
#define STATUS(lanes, speed) ((uint32_t)((lanes) << 4 | (speed)) << 16)

static struct fake_function *root, *upstream, *downstream, *card;
static const struct pci_device *dev;

void *mmio_map(uint64_t physical, size_t bytes)
{
	(void)physical, (void)bytes;
	return NULL;
}

/* A switch behind a root port, all at eight lanes of 5 GT/s. */
static int setup(void **state)
{
	(void)state;
	fake_clear();
	root = fake_add_port(0, 0x1c, 3, 5);
	upstream = fake_add_port(3, 0, 4, 5);
	downstream = fake_add_port(4, 0, 5, 5);
	card = fake_add_card(5, 0);
	pci_scan();
	dev = &pci_devices[3];
	memset(host_log_count, 0, sizeof(host_log_count));
	host_log_line[0] = 0;
	return 0;
}

static void assert_report(enum log_level level, const char *line)
{
	memset(host_log_count, 0, sizeof(host_log_count));
	pci_report_link(dev, 10000);
	assert_string_equal(host_log_line, line);
	assert_int_equal(host_log_count[level], 1);
	assert_int_equal(host_log_count[LOG_WARNING] + host_log_count[LOG_INFO], 1);
}

static void test_link(void **state)
{
	(void)state;
	downstream->value[LINK_CAPABILITIES] = 16 << 4 | 3;
	assert_report(LOG_INFO,
		      "PCI 05:00.0: PCIe x8 at 5.0 GT/s, 32.0 Gb/s; it can do x8 at 5.0 GT/s, "
		      "its slot x16 at 8.0 GT/s");
}

/* 4 lanes at 2.5 GT/s and 2 at 5 carry 8 Gb/s; 8 at 2.5 and 4 at 5 are enough. */
static void test_narrow_slots(void **state)
{
	(void)state;
	card->value[LINK] = STATUS(4, 1);
	assert_report(LOG_WARNING,
		      "PCI 05:00.0: PCIe x4 at 2.5 GT/s, 8.0 Gb/s: too little for its port; "
		      "it can do x8 at 5.0 GT/s, its slot x8 at 5.0 GT/s");
	card->value[LINK] = STATUS(2, 2);
	pci_report_link(dev, 10000);
	assert_int_equal(host_log_count[LOG_WARNING], 2);
	card->value[LINK] = STATUS(8, 1);
	pci_report_link(dev, 10000);
	card->value[LINK] = STATUS(4, 2);
	pci_report_link(dev, 10000);
	assert_int_equal(host_log_count[LOG_WARNING], 2);
}

/* A card with a switch of its own in a slot for one lane: the card's link says nothing of that. */
static void test_narrow_further_up(void **state)
{
	(void)state;
	upstream->value[LINK] = STATUS(1, 3);
	assert_report(LOG_WARNING,
		      "PCI 05:00.0: PCIe x1 at 8.0 GT/s above, at 03:00.0, 7.8 Gb/s: too little "
		      "for its port; it can do x8 at 5.0 GT/s, its slot x8 at 5.0 GT/s");
}

/* The capability is where the list has it, not where the 82599 has it. */
static void test_moved_capability(void **state)
{
	(void)state;
	card->value[0xc0 / 4] = card->value[FAKE_EXPRESS / 4];
	card->value[0xc0 / 4 + 3] = 0x82;
	card->value[0xc0 / 4 + 4] = STATUS(1, 1);
	card->value[FAKE_POWER / 4] = PCI_CAPABILITY_POWER | 0xc000;
	pci_report_link(dev, 10000);
	assert_non_null(strstr(host_log_line, "x1 at 2.5 GT/s, 2.0 Gb/s"));
}

/* An emulated function without a link, a speed of the future, conventional PCI above or throughout.
 */
static void test_nothing_to_tell(void **state)
{
	(void)state;
	card->value[LINK] = 0;
	pci_report_link(dev, 10000);
	card->value[LINK] = STATUS(8, 15);
	pci_report_link(dev, 10000);
	assert_string_equal(host_log_line, "");
	card->value[LINK] = STATUS(8, 2);
	downstream->value[FAKE_EXPRESS / 4] = 0x7f;
	assert_report(LOG_INFO,
		      "PCI 05:00.0: PCIe x8 at 5.0 GT/s, 32.0 Gb/s; it can do x8 at 5.0 GT/s, "
		      "its slot is not told");
	card->value[FAKE_EXPRESS / 4] = 0x7f;
	host_log_line[0] = 0;
	pci_report_link(dev, 10000);
	assert_string_equal(host_log_line, "");
}

static void test_gone(void **state)
{
	(void)state;
	card->gone = true;
	pci_report_link(dev, 10000);
	pci_match_payload(dev);
	assert_string_equal(host_log_line, "");
}

static void test_power_management(void **state)
{
	(void)state;
	card->value[LINK] |= 2;
	pci_report_link(dev, 10000);
	assert_string_equal(host_log_line,
			    "PCI 05:00.0: ASPM L1 is on: the link's wake-up adds latency");
	card->value[LINK] |= 1;
	pci_report_link(dev, 10000);
	assert_non_null(strstr(host_log_line, "ASPM L0s L1 is on"));
}

static unsigned payload(const struct fake_function *f)
{
	return f->value[DEVICE_CONTROL] >> 5 & 7;
}

static void set_payload(struct fake_function *f, uint32_t code)
{
	f->value[DEVICE_CONTROL] = 0x2810 | code << 5;
}

static void test_payload(void **state)
{
	(void)state;
	set_payload(card, 2);
	set_payload(downstream, 1);
	assert_int_equal(pci_enable(dev), 0);
	assert_int_equal(payload(card), 1);
	assert_int_equal(card->value[DEVICE_CONTROL], 0x2830);
	assert_string_equal(host_log_line,
			    "PCI 05:00.0: payloads of 256 bytes, as 04:00.0, not 512");
	set_payload(card, 0);
	assert_int_equal(pci_enable(dev), 0);
	assert_int_equal(payload(card), 1);
	host_log_line[0] = 0;
	assert_int_equal(pci_enable(dev), 0);
	assert_string_equal(host_log_line, "");
}

static void test_payload_too_large(void **state)
{
	(void)state;
	set_payload(downstream, 3);
	assert_int_equal(pci_enable(dev), 0);
	assert_int_equal(payload(card), 0);
	assert_int_equal(payload(downstream), 3);
	assert_string_equal(host_log_line,
			    "PCI 05:00.0: takes payloads of at most 512 bytes, but 04:00.0 is "
			    "set to 1024");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_link),
		TEST(test_narrow_slots),
		TEST(test_narrow_further_up),
		TEST(test_moved_capability),
		TEST(test_nothing_to_tell),
		TEST(test_gone),
		TEST(test_power_management),
		TEST(test_payload),
		TEST(test_payload_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
