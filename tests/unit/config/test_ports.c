// SPDX-License-Identifier: BSD-2-Clause
// The configuration of switch ports: net lines of VMs, and the uplink.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/config.h"
#include "kernel/errno.h"

static struct config config;
static char error[CONFIG_ERROR_BYTES];

static int parse_net_line(const char *words)
{
	char text[256];

	snprintf(text, sizeof(text), "[vm a]\nkernel=k\nnet=%s\n", words);
	return config_parse(&config, text, strlen(text), "", error, sizeof(error));
}

/* A device's net line, after its address. */
static int parse_net(const char *words)
{
	char line[200];

	snprintf(line, sizeof(line), "mac=52:54:00:12:34:56 %s", words);
	return parse_net_line(line);
}

static int parse_uplink(const char *words)
{
	char text[256];

	snprintf(text, sizeof(text), "[host]\nuplink=%s\n", words);
	return config_parse(&config, text, strlen(text), "", error, sizeof(error));
}

static const struct config_net *net(const char *words)
{
	assert_int_equal(parse_net(words), 0);
	return &config.vm[0].net[0];
}

static unsigned count_carried(const struct vio_vlan_config *vlans)
{
	unsigned count = 0;

	for (unsigned vlan = 0; vlan < VIO_VLANS; vlan++)
		count += vio_vlan_carried(vlans, vlan);
	return count;
}

static void test_defaults(void **state)
{
	const struct config_net *port = net("");

	(void)state;
	assert_int_equal(port->queues, 1);
	assert_false(port->any_source);
	assert_int_equal(port->rate_tx, 0);
	assert_int_equal(port->rate_rx, 0);
	assert_false(port->vlans.access);
	assert_int_equal(port->vlans.untagged, 0);
	assert_int_equal(count_carried(&port->vlans), 4095);
	assert_int_equal(count_carried(&config.uplink_vlans), 4095);
}

static void test_access(void **state)
{
	const struct config_net *port = net("queues=4 vlan=10 any_source=yes");

	(void)state;
	assert_int_equal(port->queues, 4);
	assert_true(port->any_source);
	assert_true(port->vlans.access);
	assert_int_equal(port->vlans.untagged, 10);
	assert_int_equal(count_carried(&port->vlans), 1);
	assert_true(vio_vlan_carried(&port->vlans, 10));
}

static void test_trunk(void **state)
{
	const struct config_net *port = net("trunk=10,20-30,4094");

	(void)state;
	assert_false(port->vlans.access);
	assert_int_equal(port->vlans.untagged, VIO_VLAN_NONE);
	assert_int_equal(count_carried(&port->vlans), 13);
	assert_true(vio_vlan_carried(&port->vlans, 20));
	assert_true(vio_vlan_carried(&port->vlans, 30));
	assert_false(vio_vlan_carried(&port->vlans, 31));
	port = net("native=1 trunk=5-5");
	assert_int_equal(port->vlans.untagged, 1);
	assert_int_equal(count_carried(&port->vlans), 2);
	port = net("trunk=5 native=0");
	assert_int_equal(port->vlans.untagged, 0);
	assert_true(vio_vlan_carried(&port->vlans, 0));
	port = net("trunk=all native=7");
	assert_int_equal(port->vlans.untagged, 7);
	assert_false(vio_vlan_carried(&port->vlans, 0));
	assert_int_equal(count_carried(&port->vlans), 4094);
	port = net("trunk=all");
	assert_int_equal(count_carried(&port->vlans), 4095);
}

static void test_uplink(void **state)
{
	(void)state;
	assert_int_equal(parse_uplink("trunk=1-100 native=2"), 0);
	assert_int_equal(config.uplink_vlans.untagged, 2);
	assert_int_equal(count_carried(&config.uplink_vlans), 100);
	assert_int_equal(parse_uplink("vlan=3"), 0);
	assert_true(config.uplink_vlans.access);
}

static void test_rates(void **state)
{
	const struct config_net *port = net("rate=250M");

	(void)state;
	assert_int_equal(port->rate_tx, 250000000);
	assert_int_equal(port->rate_rx, 250000000);
	port = net("rate_tx=1000K rate_rx=100G");
	assert_int_equal(port->rate_tx, 1000000);
	assert_int_equal(port->rate_rx, 100000000000);
	port = net("rate_tx=10000000000");
	assert_int_equal(port->rate_tx, 10000000000);
	port = net("rate_tx=2g");
	assert_int_equal(port->rate_tx, 2000000000);
	port = net("rate_tx=1234567");
	assert_int_equal(port->rate_tx, 1234567);
	assert_int_equal(port->rate_rx, 0);
}

static void expect_mistake(int result, const char *message)
{
	assert_int_equal(result, -EINVAL);
	/* After the line's number. */
	assert_string_equal(strchr(error, ':') + 2, message);
}

static void test_mistakes(void **state)
{
	static const char text[] = "[vm a]\nnet=queues=2";

	(void)state;
	expect_mistake(config_parse(&config, text, strlen(text), "", error, sizeof(error)),
		       "\"queues=2\": expected mac=ADDRESS [queues=N] ...");
	expect_mistake(parse_net_line("mac=52:54:00:12:34"), "\"52:54:00:12:34\": expected a MAC "
							     "address such as 52:54:00:12:34:56");
	expect_mistake(
		parse_net_line("mac=53:54:00:12:34:56"),
		"\"53:54:00:12:34:56\": expected a unicast MAC address (first byte even, not all "
		"zero)");
	expect_mistake(parse_net("queues=17"), "\"17\": expected queues from 1 to 16");
	expect_mistake(parse_net("speed=52"),
		       "\"speed\": expected mac=, queues=, any_source=, vlan=, trunk=, native=, "
		       "rate=, rate_tx= or rate_rx=");
	expect_mistake(parse_net("any_source=1"), "\"1\": expected yes or no");
	expect_mistake(parse_net("vlan=0"), "\"0\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("vlan=4095"), "\"4095\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("vlan="), "\"\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("trunk="), "\"\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("trunk=5-"), "\"\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("trunk=5-4"), "\"4\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("trunk=5,x"), "\"x\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("trunk=5 native=4095"),
		       "\"4095\": expected a VLAN from 1 to 4094, or 0 for frames without tag");
	expect_mistake(parse_net("native=4"), "\"4\": expected native= after trunk=");
	expect_mistake(parse_net("vlan=4 trunk=5"),
		       "\"4\": expected either vlan= or trunk= and native=");
	for (unsigned i = 0; i < 6; i++) {
		static const char *const rates[] = {"999999", "101G",         "M",
						    "1T",     "99999999999G", "1.5G"};
		char words[32], message[120];

		snprintf(words, sizeof(words), "rate=%s", rates[i]);
		snprintf(message, sizeof(message),
			 "\"%s\": expected bits a second from 1M to 100G, "
			 "a whole number with K, M or G",
			 rates[i]);
		expect_mistake(parse_net(words), message);
	}
	expect_mistake(parse_net("trunk=5,"), "\"\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("trunk"), "\"\": expected a VLAN from 1 to 4094");
	expect_mistake(parse_net("mac=52:54:00:12:34:57"), "\"mac\": expected each word once");
	expect_mistake(parse_net("queues=1 queues=2"), "\"queues\": expected each word once");
	expect_mistake(parse_net("vlan=1 vlan=2"), "\"vlan\": expected each word once");
	expect_mistake(parse_net("vlan vlan=2"), "\"vlan\": expected each word once");
	expect_mistake(parse_net("rate_tx=1M rate=2M"),
		       "\"rate\": expected either rate= or rate_tx= and rate_rx=");
	expect_mistake(parse_net("\nnet = mac=52:54:00:12:34:56"),
		       "\"52:54:00:12:34:56\": expected another address: it is that of device 0 of "
		       "[vm a]");
	expect_mistake(
		parse_net("\nnet = mac=00:00:00:00:00:00"),
		"\"00:00:00:00:00:00\": expected a unicast MAC address (first byte even, not "
		"all zero)");
	expect_mistake(parse_uplink(""), "\"\": expected trunk=, native= or vlan=");
	expect_mistake(parse_uplink("rate=1M"), "\"rate\": expected trunk=, native= or vlan=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_access),
		cmocka_unit_test(test_trunk),    cmocka_unit_test(test_uplink),
		cmocka_unit_test(test_rates),    cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
