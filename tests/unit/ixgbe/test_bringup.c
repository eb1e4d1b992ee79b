// SPDX-License-Identifier: BSD-2-Clause
/* Probe, start, stop and link of the 82599's driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

static void test_supported_cards(void **state)
{
	(void)state;
	assert_true(ixgbe_supports(0x8086, 0x10fb));
	assert_true(ixgbe_supports(0x8086, 0x10f7));
	assert_false(ixgbe_supports(0x8086, 0x10ed)); /* virtual function */
	assert_false(ixgbe_supports(0x8087, 0x10fb));
}

static void check_flavour(uint16_t device_id)
{
	nic_create(device_id, false);
	memset(host_log_count, 0, sizeof(host_log_count));
	assert_int_equal(nic_probe(), 0);
	assert_memory_equal(nic.dev->mac, nic_mac, 6);
	assert_int_equal(nic.dev->queue_pairs_most, 16);
	assert_string_equal(nic.dev->name, "ixgbe0");
	assert_int_equal(nic_start(4, 128, 1500), 0);
	nic_link_up();
	assert_int_equal(nic.dev->link.mbps, 10000);
	nic.dev->ops->dump(nic.dev);
	nic_stop();
	assert_false(nic.dev->link.up);
	assert_int_equal(host_log_count[LOG_ERROR], 0);
	assert_int_equal(host_log_count[LOG_WARNING], 0);
	nic_destroy();
}

static void test_both_flavours(void **state)
{
	(void)state;
	check_flavour(NIC_SFP);
	check_flavour(NIC_KX4);
}

static void test_bad_nvm(void **state)
{
	(void)state;
	nic_create(NIC_SFP, true);
	assert_int_equal(nic_probe(), -EIO);
	assert_non_null(strstr(host_log_line, "NVM checksum (word 0x3f) is 0x"));
	nic_destroy();
}

/* The checksum is over the words of the sections that words 03 to 0E name, and no others. */
static void test_nvm_checksum(void **state)
{
	static const struct {
		uint32_t word;
		int expected;
	} flipped[] = {
		{0x2C, -EIO},  /* capabilities */
		{0x3F, -EIO},  /* the checksum */
		{0x201, -EIO}, /* a section's first word */
		{0x297, -EIO}, /* the last section's last word */
		{0x298, 0},    /* behind it */
		{0x211, 0},    /* behind an empty section's length */
		{0x221, 0},    /* behind an erased section's length */
		{0x104, 0},    /* the firmware's section */
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(flipped); i++) {
		nic_create(NIC_SFP, false);
		nic.flipped_word = flipped[i].word;
		assert_int_equal(nic_probe(), flipped[i].expected);
		nic_destroy();
	}
}

static void test_no_card(void **state)
{
	(void)state;
	nic_create(NIC_SFP, false);
	nic.removed = true;
	assert_int_equal(nic_probe(), -ENODEV);
	assert_non_null(strstr(host_log_line, "STATUS reads 0xffffffff"));
	nic_destroy();
}

static void test_bad_resources(void **state)
{
	static uint8_t bar[16];
	struct ixgbe_resources good = {"ixgbe0", bar, 0x20000, bar, 64, NIC_SFP, NULL, NULL};
	struct ixgbe_resources bad;
	struct netdev *dev;

	(void)state;
	bad = good;
	bad.device_id = 0x1528;
	assert_int_equal(ixgbe_probe(&bad, &dev), -EINVAL);
	assert_non_null(strstr(host_log_line, "0x1528"));
	bad = good;
	bad.bar0_bytes = 0x10000;
	assert_int_equal(ixgbe_probe(&bad, &dev), -EINVAL);
	bad = good;
	bad.msix_entries = 1;
	assert_int_equal(ixgbe_probe(&bad, &dev), -EINVAL);
	host_dma_allocations_left = 0;
	assert_int_equal(ixgbe_probe(&good, &dev), -ENOMEM);
	host_dma_allocations_left = -1;
}

/* What a crashed driver left in the semaphores is overcome, with a warning. */
static void test_stale_semaphores(void **state)
{
	(void)state;
	nic_create(NIC_SFP, false);
	nic_register(0x10140); /* takes SWSM.SMBI */
	nic_set_register(0x10160, 1);
	memset(host_log_count, 0, sizeof(host_log_count));
	assert_int_equal(nic_probe(), 0);
	assert_in_range(host_log_count[LOG_WARNING], 1, 2);
	assert_int_equal(nic_register(0x10160), 0);
	nic_destroy();
}

static void test_bad_configurations(void **state)
{
	static const struct {
		unsigned queues, ring;
		uint16_t mtu;
		const char *message;
	} cases[] = {
		{17, 128, 1500, "17 queue pairs"},
		{1, 60, 1500, "rings of 60"},
		{1, 132, 1500, "rings of 132"},
		{1, 4104, 1500, "rings of 4104"},
		{1, 128, 67, "MTU 67"},
		{1, 128, 9001, "MTU 9001"},
	};

	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct netdev_config config = {.queue_pairs = cases[i].queues,
					       .ring_size = cases[i].ring,
					       .mtu = cases[i].mtu};

		assert_int_equal(nic.dev->ops->start(nic.dev, &config), -EINVAL);
		assert_non_null(strstr(host_log_line, cases[i].message));
	}
	nic_destroy();
}

static void test_unfit_pool_and_table(void **state)
{
	struct packet_pool pool;
	struct netdev_config config = {
		.queue_pairs = 1, .ring_size = 64, .mtu = 9000, .pools = {&pool}};

	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(packet_pool_init(&pool, 64, 2048), 0);
	assert_int_equal(nic.dev->ops->start(nic.dev, &config), -EINVAL);
	assert_non_null(strstr(host_log_line, "buffers of 2048 bytes, expected 9026"));
	config.mtu = 1500;
	config.reta[5] = 1;
	assert_int_equal(nic.dev->ops->start(nic.dev, &config), -EINVAL);
	assert_non_null(strstr(host_log_line, "RETA entry 5"));
	packet_pool_destroy(&pool);
	nic_destroy();
}

static void test_no_memory_for_queues(void **state)
{
	struct packet_pool pool;
	struct netdev_config config = {.queue_pairs = 2,
				       .ring_size = 64,
				       .mtu = 1500,
				       .pools = {&pool, &pool},
				       .link_msi = {0xFEE00000, NIC_LINK_DATA}};

	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(packet_pool_init(&pool, 256, 2048), 0);
	host_dma_allocations_left = 1;
	assert_int_equal(nic.dev->ops->start(nic.dev, &config), -ENOMEM);
	host_dma_allocations_left = -1;
	assert_int_equal(nic.dev->ops->start(nic.dev, &config), 0);
	nic.dev->ops->stop(nic.dev);
	packet_pool_destroy(&pool);
	nic_destroy();
}

/* A register that does not reach its state ends start() with its name, and nothing is kept. */
static void test_queue_does_not_start(void **state)
{
	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	nic.ignored_register = 0x1028 + 0x40; /* RXDCTL 1 */
	assert_int_equal(nic_start(2, 64, 1500), -ETIMEDOUT);
	nic.ignored_register = 0;
	assert_int_equal(nic_start(2, 64, 1500), 0);
	nic_stop();
	nic_destroy();
}

/* What the model's behaviour does not show, but real cards depend on. */
static void test_settings(void **state)
{
	static const struct {
		const char *name;
		uint32_t offset, mask, value;
	} settings[] = {
		{"CTRL: no master disable", 0x00000, 1u << 2, 0},
		{"CTRL_EXT: no snoop disabled, driver loaded", 0x00018, 0x10010000, 0x10010000},
		{"ESDP: SDP3 drives, laser on", 0x00020, 0x808, 0x800},
		{"EIAC: queues", 0x00810, 0xFFFFFFFF, 0xF},
		{"GPIE: MSI-X, OCD, EIAME, PBA", 0x00898, 0xFFFFFFFF, 0xC0000030},
		{"IVAR 0", 0x00900, 0xFFFFFFFF, 0x81818080},
		{"IVAR 1", 0x00904, 0xFFFFFFFF, 0x83838282},
		{"IVAR_MISC: other causes", 0x00A00, 0xFF00, 0x8400},
		{"DCA_RXCTRL 3: bit 12 and relaxed ordering", 0x010CC, 0xB200, 0},
		{"SRRCTL 3", 0x010D4, 0xFFFFFFFF, 0x12000402},
		{"RDRXCTL", 0x02F00, 0x063E000A, 0x0600000A},
		{"FCRTH 0: below the buffer, off", 0x03260, 0xFFFFFFFF, 0x7A000},
		{"FCCFG: off", 0x03D00, 0x18, 0},
		{"RXPBSIZE 0", 0x03C00, 0xFFC00, 0x80000},
		{"RXPBSIZE 7", 0x03C1C, 0xFFC00, 0},
		{"HLREG0: CRC, padding, no jumbo, no loopback", 0x04240, 0x8407, 0x403},
		{"MFLCN: no pause", 0x04294, 0xE, 2},
		{"PCS1GANA: no pause", 0x04218, 0x180, 0},
		{"AUTOC: 10G serial", 0x042A0, 7u << 13, 3u << 13},
		{"RTTDCS: arbiter on", 0x04900, 1u << 6, 0},
		{"TXPBTHRESH 0", 0x04950, 0x3FF, 150},
		{"TXPBTHRESH 1", 0x04954, 0x3FF, 0},
		{"DMATXCTL: enabled, reserved bit kept", 0x04A80, 5, 5},
		{"RXCSUM: hash in the descriptor", 0x05000, 1u << 13, 1u << 13},
		{"RFCTL: no coalescing", 0x05008, 0xE0, 0xE0},
		{"FCTRL: everything but bad frames", 0x05080, 0x702, 0x700},
		{"VLNCTRL: tag 8100, no filter", 0x05088, 0x4000FFFF, 0x8100},
		{"DCA_TXCTRL 3: relaxed ordering", 0x060CC, 0x2A00, 0},
		{"TXDCTL 3", 0x060E8, 0x007F7F7F, 0x00000120},
		{"DTXMXSZRQ", 0x08100, 0xFFF, 0xFFF},
		{"SECRXCTRL: input on", 0x08D00, 2, 0},
		{"TXPBSIZE 0", 0x0CC00, 0xFFC00, 0x28000},
		{"TXPBSIZE 7", 0x0CC1C, 0xFFC00, 0},
	};

	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_register(0x00020) & 0x808, 0x808); /* laser off until start() */
	assert_int_equal(nic_start(4, 64, 1500), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(settings); i++) {
		uint32_t value = nic_register(settings[i].offset) & settings[i].mask;

		if (value != settings[i].value)
			fail_msg("%s: 0x%08x, expected 0x%08x", settings[i].name, value,
				 settings[i].value);
	}
	nic_stop();
	assert_int_equal(nic_register(0x00020) & 0x808, 0x808);
	assert_int_equal(nic_register(0x03000) & 1, 0);
	nic_destroy();
}

static void check_link_changes(uint16_t device_id)
{
	nic_create(device_id, false);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_start(1, 64, 1500), 0);
	nic_link_up();
	for (unsigned i = 0; i < 3; i++) {
		nic.messages[NIC_LINK_DATA] = 0;
		i82599_set_carrier(nic.model, false);
		nic_advance(200000000);
		assert_true(nic.messages[NIC_LINK_DATA] > 0);
		ixgbe_link_interrupt(nic.dev);
		nic.dev->ops->service(nic.dev);
		assert_false(nic.dev->link.up);

		nic.messages[NIC_LINK_DATA] = 0;
		i82599_set_carrier(nic.model, true);
		nic_advance(200000000);
		assert_true(nic.messages[NIC_LINK_DATA] > 0);
		ixgbe_link_interrupt(nic.dev);
		nic.dev->ops->service(nic.dev);
		assert_true(nic.dev->link.up);
	}
	nic_stop();
	nic_destroy();
}

static void test_link_changes(void **state)
{
	(void)state;
	check_link_changes(NIC_SFP);
	check_link_changes(NIC_KX4);
}

static void test_restart(void **state)
{
	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(nic_start(1 + 7 * i, 64 + 64 * i, i == 1 ? 9000 : 1500), 0);
		assert_int_equal(nic.dev->ops->start(nic.dev, &nic.config), -EBUSY);
		nic_link_up();
		nic_stop();
	}
	nic_destroy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_supported_cards),
		cmocka_unit_test(test_both_flavours),
		cmocka_unit_test(test_bad_nvm),
		cmocka_unit_test(test_nvm_checksum),
		cmocka_unit_test(test_no_card),
		cmocka_unit_test(test_bad_resources),
		cmocka_unit_test(test_stale_semaphores),
		cmocka_unit_test(test_bad_configurations),
		cmocka_unit_test(test_unfit_pool_and_table),
		cmocka_unit_test(test_no_memory_for_queues),
		cmocka_unit_test(test_queue_does_not_start),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_link_changes),
		cmocka_unit_test(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
