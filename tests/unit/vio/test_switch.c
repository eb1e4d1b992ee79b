// SPDX-License-Identifier: BSD-2-Clause
// The switch: learning, ageing, filters, spoofing, full tables.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "machine_host.h"
#include "vio/switch.h"
#include "vio/vio_net.h"

#define UPLINK    (1ull << VIO_PORT_UPLINK)
#define BIT(port) (1ull << (port))
#define SECOND    1000000000ull /* ticks */
#define BROADCAST 0xffffffffffffull

/* Addresses as the switch keeps them: byte 0 lowest. */
#define MAC(n) (0x02 | (uint64_t)(n) << 8)

static struct vio_switch fabric;
static int port_a, port_b, port_c;

static struct vio_device *device(int n)
{
	return (struct vio_device *)(uintptr_t)(n * 64);
}

/* Where a frame goes, without regard to whether that is known. */
static uint64_t route(struct vio_switch *network, int from, uint64_t to, uint64_t now)
{
	return vio_switch_route(network, (unsigned)from, to, now).ports;
}

static int open_port(int n)
{
	int port = vio_switch_open_port(&fabric, device(n), MAC(n));

	assert_true(port > 0);
	vio_switch_set_receiving(&fabric, (unsigned)port, true);
	return port;
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(vio_switch_init(&fabric, true), 0);
	port_a = open_port(1);
	port_b = open_port(2);
	port_c = open_port(3);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vio_switch_destroy(&fabric);
	assert_int_equal(host_dma_bytes, 0);
	return 0;
}

static void age_all(uint64_t now)
{
	for (unsigned i = 0; i < VIO_SWITCH_AGE_PARTS; i++)
		vio_switch_age(&fabric, now);
}

static void routes_own_addresses(void **state)
{
	(void)state;
	assert_int_equal(route(&fabric, 0, MAC(1), 0), BIT(port_a));
	assert_int_equal(route(&fabric, port_a, MAC(2), 0), BIT(port_b));
	/* To oneself: nowhere, and never out by the uplink. */
	assert_int_equal(route(&fabric, port_a, MAC(1), 0), 0);
	/* A device that does not run takes nothing, and nobody else gets it. */
	vio_switch_set_receiving(&fabric, port_b, false);
	assert_int_equal(route(&fabric, port_a, MAC(2), 0), 0);
	/* Static entries do not age. */
	assert_int_equal(route(&fabric, 0, MAC(1), 1000000 * SECOND), BIT(port_a));
	age_all(1000000 * SECOND);
	assert_int_equal(route(&fabric, 0, MAC(1), 1000000 * SECOND), BIT(port_a));
}

static void sends_unknown_to_the_uplink_only(void **state)
{
	(void)state;
	assert_int_equal(route(&fabric, port_a, MAC(99), 0), UPLINK);
	assert_int_equal(route(&fabric, 0, MAC(99), 0), 0);
	vio_switch_set_filter(&fabric, port_c, VIO_FILTER_PROMISCUOUS, 0);
	assert_int_equal(route(&fabric, 0, MAC(99), 0), BIT(port_c));
	assert_int_equal(route(&fabric, 0, MAC(1), 0), BIT(port_a) | BIT(port_c));
	assert_int_equal(route(&fabric, port_c, MAC(99), 0), UPLINK);
	vio_switch_set_receiving(&fabric, port_c, false);
	assert_int_equal(route(&fabric, 0, MAC(99), 0), 0);
}

static void works_without_uplink(void **state)
{
	(void)state;
	vio_switch_destroy(&fabric);
	assert_int_equal(vio_switch_init(&fabric, false), 0);
	port_a = open_port(1);
	port_b = open_port(2);
	assert_int_equal(route(&fabric, port_a, MAC(99), 0), 0);
	assert_int_equal(route(&fabric, port_a, BROADCAST, 0), BIT(port_b));
	assert_int_equal(route(&fabric, port_a, MAC(2), 0), BIT(port_b));
}

static void broadcasts_to_all_others(void **state)
{
	uint64_t guests = BIT(port_a) | BIT(port_b) | BIT(port_c);

	(void)state;
	assert_int_equal(route(&fabric, 0, BROADCAST, 0), guests);
	assert_int_equal(route(&fabric, port_b, BROADCAST, 0), (guests & ~BIT(port_b)) | UPLINK);
}

static void filters_multicast(void **state)
{
	static const uint8_t all_nodes[] = {0x33, 0x33, 0, 0, 0, 1};
	static const uint8_t all_hosts[] = {0x01, 0x00, 0x5e, 0, 0, 1};
	uint64_t v6 = vio_mac(all_nodes), v4 = vio_mac(all_hosts);

	(void)state;
	assert_int_not_equal(vio_multicast_bit(v6), vio_multicast_bit(v4));
	assert_int_equal(route(&fabric, 0, v6, 0), 0);
	assert_int_equal(route(&fabric, port_a, v6, 0), UPLINK);
	vio_switch_set_filter(&fabric, port_b, 0, 1ull << vio_multicast_bit(v6));
	vio_switch_set_filter(&fabric, port_c, VIO_FILTER_ALL_MULTICAST, 0);
	assert_int_equal(route(&fabric, 0, v6, 0), BIT(port_b) | BIT(port_c));
	assert_int_equal(route(&fabric, 0, v4, 0), BIT(port_c));
	vio_switch_set_filter(&fabric, port_c, VIO_FILTER_PROMISCUOUS, 0);
	assert_int_equal(route(&fabric, 0, v4, 0), BIT(port_c));
}

/* An independent CRC-32: reflected, as zlib has it, then its bits reversed. */
static void hashes_multicast_as_ethernet_does(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 500; seed++) {
		uint64_t mac = (seed * 0x9e3779b97f4a7c15ull) >> 16;
		uint32_t crc = 0xffffffff, reversed = 0;

		for (int byte = 0; byte < 6; byte++) {
			crc ^= (uint8_t)(mac >> 8 * byte);
			for (int i = 0; i < 8; i++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		}
		for (int i = 0; i < 32; i++)
			reversed |= (crc >> i & 1) << (31 - i);
		assert_int_equal(vio_multicast_bit(mac), reversed >> 26);
	}
}

static void learns_moves_and_forgets(void **state)
{
	(void)state;
	assert_true(vio_switch_learn(&fabric, port_a, MAC(50), SECOND));
	assert_int_equal(route(&fabric, 0, MAC(50), SECOND), BIT(port_a));
	assert_true(vio_switch_learn(&fabric, port_b, MAC(50), 2 * SECOND));
	assert_int_equal(route(&fabric, 0, MAC(50), 2 * SECOND), BIT(port_b));
	/* Seen within the ageing time, it stays; unseen for twice that, it is gone. */
	assert_int_equal(route(&fabric, 0, MAC(50), 250 * SECOND), BIT(port_b));
	assert_true(vio_switch_learn(&fabric, port_b, MAC(50), 250 * SECOND));
	assert_int_equal(route(&fabric, 0, MAC(50), 500 * SECOND), BIT(port_b));
	assert_int_equal(route(&fabric, 0, MAC(50), 850 * SECOND), 0);
	/* The epoch counter wraps in time; sweeping keeps the dead from rising. */
	for (uint64_t now = 500; now < 100000; now += 60)
		age_all(now * SECOND);
	for (uint64_t now = 850; now < 100000; now += 10)
		assert_int_equal(route(&fabric, 0, MAC(50), now * SECOND), 0);
}

/* An address may be in as many VLANs as there are entries in a bucket, each at a place of its own.
 */
static void learns_by_vlan(void **state)
{
	(void)state;
	for (unsigned vlan = 0; vlan < 6; vlan++)
		assert_true(vio_switch_learn(&fabric, vlan % 2 ? port_a : port_b,
					     vio_address(MAC(50), vlan), 0));
	for (unsigned vlan = 0; vlan < 6; vlan++)
		assert_int_equal(route(&fabric, port_c, vio_address(MAC(50), vlan), 0),
				 BIT(vlan % 2 ? port_a : port_b));
	assert_true(vio_switch_route(&fabric, port_c, vio_address(MAC(50), 6), 0).unknown);
	assert_false(vio_switch_route(&fabric, port_c, vio_address(MAC(50), 5), 0).unknown);
	assert_false(vio_switch_route(&fabric, port_c, BROADCAST, 0).unknown);
}

static void own_addresses_are_in_all_vlans_of_the_port(void **state)
{
	struct vio_vlan_config vlans = {.listed = true, .carried = {1ull << 10}};

	(void)state;
	vio_switch_set_vlans(&fabric, (unsigned)port_a, &vlans);
	assert_int_equal(route(&fabric, port_b, vio_address(MAC(1), 10), 0), BIT(port_a));
	assert_false(vio_switch_learn(&fabric, port_b, vio_address(MAC(1), 10), 0));
	/* Elsewhere somebody else may have the address. */
	assert_int_equal(route(&fabric, port_b, vio_address(MAC(1), 11), 0), UPLINK);
	assert_true(vio_switch_learn(&fabric, port_c, vio_address(MAC(1), 11), 0));
	assert_int_equal(route(&fabric, port_b, vio_address(MAC(1), 11), 0), BIT(port_c));
	assert_int_equal(route(&fabric, port_b, vio_address(MAC(1), 10), 0), BIT(port_a));
	/* Groups are of one VLAN. */
	assert_int_equal(route(&fabric, port_b, vio_address(BROADCAST, 10), 0),
			 UPLINK | BIT(port_a) | BIT(port_c));
	assert_int_equal(route(&fabric, port_b, vio_address(BROADCAST, 11), 0),
			 UPLINK | BIT(port_c));
	/* A port that is opened anew carries all. */
	vio_switch_close_port(&fabric, (unsigned)port_a);
	assert_int_equal(open_port(1), port_a);
	assert_int_equal(route(&fabric, port_b, vio_address(MAC(1), 11), 0), BIT(port_a));
}

struct seen {
	unsigned own, learned;
	bool wrong;
};

static void see(void *context, uint64_t mac, unsigned vlan, unsigned port)
{
	struct seen *seen = context;

	if (vlan == VIO_VLAN_NONE) {
		seen->own++;
		seen->wrong |= mac != MAC(port);
	} else {
		seen->learned++;
		seen->wrong |= vlan != (mac >> 8) % 4000 || port != (unsigned)port_b;
	}
}

/* All that was scrambled comes out as it was. */
static void shows_what_it_knows(void **state)
{
	struct seen seen = {0};

	(void)state;
	for (uint64_t n = 1000; n < 2000; n++)
		assert_true(vio_switch_learn(&fabric, (unsigned)port_b,
					     vio_address(MAC(n * n * 77777), n * n * 77777 % 4000),
					     SECOND));
	vio_switch_visit(&fabric, 2 * SECOND, see, &seen);
	assert_int_equal(seen.own, 3);
	assert_in_range(seen.learned, 990, 1000);
	assert_false(seen.wrong);
	seen = (struct seen){0};
	vio_switch_visit(&fabric, 1000 * SECOND, see, &seen);
	assert_int_equal(seen.own, 3);
	assert_int_equal(seen.learned, 0);
}

static void refuses_spoofed_sources(void **state)
{
	(void)state;
	assert_true(vio_switch_learn(&fabric, port_a, MAC(1), 0));
	assert_false(vio_switch_learn(&fabric, port_b, MAC(1), 0));
	assert_false(vio_switch_learn(&fabric, 0, MAC(1), 0));
	assert_false(vio_switch_learn(&fabric, 0, BROADCAST, 0));
	assert_false(vio_switch_learn(&fabric, port_a, MAC(7) | 1, 0));
	assert_int_equal(route(&fabric, 0, MAC(1), 0), BIT(port_a));
}

static void uplink_floods_do_not_evict_guests(void **state)
{
	(void)state;
	assert_true(vio_switch_learn(&fabric, port_a, MAC(50), 0));
	for (uint64_t i = 1000; i < 200000; i++)
		vio_switch_learn(&fabric, VIO_PORT_UPLINK, MAC(i), 0);
	assert_int_equal(route(&fabric, 0, MAC(50), 0), BIT(port_a));
	for (int n = 1; n <= 3; n++)
		assert_int_not_equal(route(&fabric, 0, MAC(n), 0), 0);
	/* A guest's flood may evict what was learned, but no own address. */
	for (uint64_t i = 1000; i < 200000; i++)
		vio_switch_learn(&fabric, port_b, MAC(i), 0);
	assert_int_equal(route(&fabric, 0, MAC(1), 0), BIT(port_a));
	/* The table is full, but a new device still finds a place. */
	assert_int_equal(route(&fabric, 0, MAC(4), 0), 0);
	open_port(4);
	assert_int_not_equal(route(&fabric, 0, MAC(4), 0), 0);
}

static void opens_and_closes_ports(void **state)
{
	int port;

	(void)state;
	assert_int_equal(vio_switch_open_port(&fabric, device(9), MAC(1)), -EEXIST);
	assert_int_equal(vio_switch_open_port(&fabric, device(9), BROADCAST), -EINVAL);
	assert_int_equal(vio_switch_open_port(&fabric, device(9), 0), -EINVAL);
	/* An address learned elsewhere becomes the new port's own. */
	assert_true(vio_switch_learn(&fabric, VIO_PORT_UPLINK, MAC(5), 0));
	port = open_port(5);
	assert_int_equal(route(&fabric, port_a, MAC(5), 0), BIT(port));
	vio_switch_close_port(&fabric, (unsigned)port);
	assert_int_equal(route(&fabric, port_a, MAC(5), 0), UPLINK);
	assert_int_equal(route(&fabric, 0, BROADCAST, 0) & BIT(port), 0);
	for (int n = 10; n < 10 + VIO_PORTS_MOST - 4; n++)
		open_port(n);
	assert_int_equal(vio_switch_open_port(&fabric, device(9), MAC(99)), -ENOSPC);
}

static void says_when_there_is_no_memory(void **state)
{
	struct vio_switch none;

	(void)state;
	host_dma_allocations_left = 0;
	assert_int_equal(vio_switch_init(&none, true), -ENOMEM);
	host_dma_allocations_left = -1;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(routes_own_addresses),
		TEST(sends_unknown_to_the_uplink_only),
		TEST(works_without_uplink),
		TEST(broadcasts_to_all_others),
		TEST(filters_multicast),
		TEST(hashes_multicast_as_ethernet_does),
		TEST(learns_moves_and_forgets),
		TEST(learns_by_vlan),
		TEST(own_addresses_are_in_all_vlans_of_the_port),
		TEST(shows_what_it_knows),
		TEST(refuses_spoofed_sources),
		TEST(uplink_floods_do_not_evict_guests),
		TEST(opens_and_closes_ports),
		TEST(says_when_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
