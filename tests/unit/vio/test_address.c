// SPDX-License-Identifier: BSD-2-Clause
/* A device's own address: who may change it, to what, and where frames go then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine_host.h"
#include "two_guests.h"

#define OTHER 0x770000000002ull

static struct fake_guest *c; /* not up */

/* a may change its address, b may not. */
static int set_up(void **state)
{
	(void)state;
	fake_network_start(1, true);
	a = fake_network_add_with(
		(struct vio_device_config){.queue_pairs = FAKE_PAIRS, .any_source = true});
	b = fake_network_add(FAKE_PAIRS);
	c = NULL;
	fake_guest_up(a, 1, VIO_F_MAC);
	fake_guest_up(b, 1, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_network_stop();
	return 0;
}

static uint64_t address_of(struct fake_guest *guest)
{
	return (uint64_t)reg_read(guest, VIO_REG_MAC_HIGH) << 32 | reg_read(guest, VIO_REG_MAC_LOW);
}

/* Returns why it was refused. */
static enum vio_error set_address(struct fake_guest *guest, uint64_t mac)
{
	uint64_t before = address_of(guest);

	reg_write(guest, VIO_REG_MAC_LOW, (uint32_t)mac);
	assert_true(address_of(guest) == before); /* in effect as a whole, or not at all */
	reg_write(guest, VIO_REG_MAC_HIGH, (uint32_t)(mac >> 32));
	if (address_of(guest) == mac)
		return VIO_ERROR_NONE;
	assert_true(address_of(guest) == before);
	return reg_read(guest, VIO_REG_ERROR);
}

static bool gets(struct fake_guest *guest, uint64_t mac)
{
	uint32_t before = front_completed(&guest->rx[0]);

	from_wire(0, mac, 1, 0);
	fake_network_run();
	return front_completed(&guest->rx[0]) != before;
}

/* Sends a frame from that address to the wire; whether it got there. */
static bool sends(struct fake_guest *guest, uint64_t from)
{
	uint64_t before = fake.network->backend[0]->stats.uplink_tx;
	uint8_t frame[60];

	frame_fill(frame, 60, STATION, from, 1);
	front_put_data(&guest->tx[0], frame, 60, 0);
	front_show(&guest->tx[0]);
	fake_network_run();
	return fake.network->backend[0]->stats.uplink_tx != before;
}

static void needs_permission(void **state)
{
	(void)state;
	assert_true(reg_read(a, VIO_REG_DEVICE_FEATURES) & VIO_F_MAC);
	assert_false(reg_read(b, VIO_REG_DEVICE_FEATURES) & VIO_F_MAC);
	assert_int_equal(set_address(b, OTHER), VIO_ERROR_REGISTER);
	reg_write(b, VIO_REG_STATUS, VIO_STATUS_RESET);
	reg_write(b, VIO_REG_DRIVER_FEATURES, VIO_F_MAC);
	reg_write(b, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_int_equal(reg_read(b, VIO_REG_STATUS), 0);
	assert_int_equal(reg_read(b, VIO_REG_REFUSED_FEATURES), VIO_F_MAC);
	/* Permitted, but not negotiated. */
	fake_guest_up(a, 1, 0);
	assert_int_equal(set_address(a, OTHER), VIO_ERROR_REGISTER);
}

static void frames_follow(void **state)
{
	uint32_t before;

	(void)state;
	assert_true(gets(a, a->mac));
	assert_int_equal(set_address(a, OTHER), VIO_ERROR_NONE);
	assert_true(gets(a, OTHER));
	assert_false(gets(a, a->mac));
	assert_true(sends(a, OTHER));
	assert_false(sends(b, OTHER));
	/* To what was learned elsewhere. */
	from_wire(0, b->mac, 1, 0);
	fake_network_run();
	assert_int_equal(set_address(a, STATION), VIO_ERROR_NONE);
	before = front_completed(&a->rx[0]);
	fake_guest_send(b, 0, STATION, 60, 1);
	fake_network_run();
	assert_int_equal(front_completed(&a->rx[0]), before + 1);
	assert_false(gets(b, b->mac)); /* from the wire, with the address that is a's now */
}

static void refuses(void **state)
{
	(void)state;
	assert_int_equal(set_address(a, OTHER | 1), VIO_ERROR_REGISTER);
	assert_int_equal(set_address(a, 0), VIO_ERROR_REGISTER);
	reg_write(a, VIO_REG_MAC_HIGH, 0x10000);
	assert_int_equal(reg_read(a, VIO_REG_ERROR), VIO_ERROR_REGISTER);
	assert_true(address_of(a) == a->mac);
	assert_int_equal(set_address(a, b->mac), VIO_ERROR_ADDRESS);
	assert_int_equal(set_address(a, a->mac), VIO_ERROR_NONE);
}

static void reset_brings_it_back(void **state)
{
	(void)state;
	assert_int_equal(set_address(a, OTHER), VIO_ERROR_NONE);
	fake_guest_up(a, 1, VIO_F_MAC);
	assert_true(address_of(a) == a->mac);
	assert_true(gets(a, a->mac));
	assert_false(gets(a, OTHER));
	assert_false(sends(b, a->mac));
}

/* What a device had, and may want back, no other guest's may take. */
static void configured_addresses_are_reserved(void **state)
{
	(void)state;
	b->device->any_source = true;
	fake_guest_up(b, 1, VIO_F_MAC);
	assert_int_equal(set_address(a, OTHER), VIO_ERROR_NONE);
	assert_int_equal(set_address(b, a->mac), VIO_ERROR_ADDRESS);
	assert_int_equal(set_address(b, OTHER), VIO_ERROR_ADDRESS);
}

/* A guest that starts gets the address that it is configured with. */
static void taken_back_for_who_is_configured_with_it(void **state)
{
	(void)state;
	assert_int_equal(set_address(a, 0x030000000002ull), VIO_ERROR_NONE);
	c = fake_network_add(1);
	assert_true(c->mac == 0x030000000002ull);
	assert_true(address_of(a) == a->mac);
	fake_guest_up(c, 1, 0);
	assert_true(gets(c, c->mac));
	assert_true(gets(a, a->mac));
	assert_false(sends(a, c->mac));
}

/* As the links of a bond: it is where it last sent from. */
static void shared_by_devices_of_one_guest(void **state)
{
	(void)state;
	b->device->guest = a->device->guest;
	vio_switch_set_owner(&fake.network->fabric, b->device->port, b->device->guest);
	assert_int_equal(set_address(a, b->mac), VIO_ERROR_NONE);
	assert_true(gets(b, b->mac));
	assert_true(sends(a, b->mac));
	assert_true(gets(a, b->mac));
	assert_true(sends(b, b->mac));
	assert_true(gets(b, b->mac));
	assert_true(sends(a, b->mac));
	/* The one that it is at goes: the other has it alone. */
	fake_guest_up(a, 1, VIO_F_MAC);
	assert_true(gets(b, b->mac));
	assert_true(gets(a, a->mac));
	assert_false(sends(a, b->mac));
	/* Likewise the one that was configured with it. */
	assert_int_equal(set_address(a, b->mac), VIO_ERROR_NONE);
	assert_int_equal(vio_device_destroy(b->device), 0);
	assert_true(gets(a, b->mac));
	b->device = NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(needs_permission),
		TEST(frames_follow),
		TEST(refuses),
		TEST(reset_brings_it_back),
		TEST(configured_addresses_are_reserved),
		TEST(taken_back_for_who_is_configured_with_it),
		TEST(shared_by_devices_of_one_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
