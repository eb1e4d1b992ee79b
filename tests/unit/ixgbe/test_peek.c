// SPDX-License-Identifier: BSD-2-Clause
/* Looking at a card that nobody has set up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "machine_host.h"
#include "nic.h"

#define BAR0_BYTES 0x20000

static uint8_t bar0[BAR0_BYTES];

static unsigned reads_left = UINT32_MAX; /* until the card goes */

static uint32_t read_register(const volatile void *reg)
{
	if (!reads_left)
		return UINT32_MAX;
	reads_left--;
	return (uint32_t)i82599_bar_read(nic.model, 0, (uint32_t)((const uint8_t *)reg - bar0), 4);
}

static int look(size_t bytes, struct ixgbe_sight *sight)
{
	host_mmio_read = read_register;
	host_mmio_write = NULL; /* a write would end the test */
	memset(sight, 0x55, sizeof(*sight));
	return ixgbe_peek(nic.device_id, bar0, bytes, sight);
}

/* A backplane's link needs no driver. */
static int set_up(void **state)
{
	(void)state;
	nic_create(NIC_KX4, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	nic_destroy();
	return 0;
}

static void test_mac_and_link(void **state)
{
	struct ixgbe_sight sight;

	(void)state;
	assert_int_equal(look(BAR0_BYTES, &sight), 0);
	assert_true(sight.has_mac);
	assert_memory_equal(sight.mac, nic_mac, 6);
	assert_true(sight.link_up);
	i82599_set_carrier(nic.model, false);
	assert_int_equal(look(BAR0_BYTES, &sight), 0);
	assert_false(sight.link_up);
	/* The loss is latched, but a reading later the link is back. */
	i82599_set_carrier(nic.model, true);
	assert_int_equal(look(BAR0_BYTES, &sight), 0);
	assert_true(sight.link_up);
}

static bool shows_link(struct i82599_config config)
{
	struct ixgbe_sight sight;

	nic_destroy();
	config.device_id = NIC_SFP;
	nic_create_board(config);
	assert_int_equal(look(BAR0_BYTES, &sight), 0);
	return sight.link_up;
}

/* Crosstalk is no link; the cage of a board without its sense counts as empty. */
static void test_cage(void **state)
{
	(void)state;
	assert_true(shows_link((struct i82599_config){.module = I82599_PASSIVE_CABLE}));
	assert_false(
		shows_link((struct i82599_config){.module = I82599_NO_MODULE, .crosstalk = true}));
	assert_false(shows_link((struct i82599_config){.no_cage_sense = true}));
}

/* A card that goes while it is looked at is none, and nothing is said of it. */
static void test_goes_meanwhile(void **state)
{
	struct ixgbe_sight sight, before;
	unsigned reads;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	for (reads = 0; reads < 100; reads++) {
		reads_left = reads;
		if (!look(BAR0_BYTES, &sight))
			break;
		assert_memory_equal(&sight, &before, sizeof(sight));
	}
	assert_in_range(reads, 4, 10);
	reads_left = UINT32_MAX;
}

static void test_no_valid_mac(void **state)
{
	struct ixgbe_sight sight;

	(void)state;
	nic_set_register(0xA204, 0x5634); /* no AV */
	assert_int_equal(look(BAR0_BYTES, &sight), 0);
	assert_false(sight.has_mac);
}

static void test_no_card(void **state)
{
	const struct i82599_fault removed = {.kind = I82599_REMOVE};
	struct ixgbe_sight sight;

	(void)state;
	assert_int_equal(look(BAR0_BYTES / 2, &sight), -ENODEV);
	i82599_inject(nic.model, &removed);
	assert_int_equal(look(BAR0_BYTES, &sight), -ENODEV);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mac_and_link), TEST(test_cage),    TEST(test_goes_meanwhile),
		TEST(test_no_valid_mac), TEST(test_no_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
