/* SPDX-License-Identifier: BSD-2-Clause */
/* The option words of an emulated NIC: what they set, and what is said about bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>

#include "tools/wire/hostfwd.h"
#include "tools/wire/options.h"

static void defaults_are_stated(void **state)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
	struct nic_options o;
	char why[256];

	(void)state;
	nic_options_init(&o);
	assert_int_equal(o.device_id, 0x10fb);
	assert_memory_equal(o.mac, mac, 6);
	assert_false(o.bad_nvm);
	assert_int_equal(o.module, I82599_PASSIVE_CABLE);
	assert_int_equal(o.wire.kind, WIRE_NONE);
	assert_int_equal(nic_options_check(&o, why, sizeof(why)), 0);
}

static void good_words_set_their_option(void **state)
{
	static const char *const words[] = {
		"device=10F7",
		"mac=02:ab:CD:00:ff:10",
		"bad_nvm=1",
		"module=sr+sx",
		"pcie=x4@2.5",
		"wire=peer",
		"wire=replay",
		"wire=slirp",
		"pcap=/tmp/a b.pcap",
		"counters=c.json",
		"fault=2s:stall-tx:1",
		"fault=1s:link-down:500ms",
		"control=c.fifo",
		"hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80",
		"hostfwd=udp:0.0.0.0:53-10.0.2.99:5353",
		"hostfwd=tcp:127.0.0.1:8081-:81",
		"tftp=/",
		"bootfile=http://10.0.2.2/a b",
	};
	static const uint8_t mac[6] = {0x02, 0xab, 0xcd, 0x00, 0xff, 0x10};
	struct nic_options o;
	char why[256];

	(void)state;
	nic_options_init(&o);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(nic_options_parse(&o, words[i], why, sizeof(why)), 0);
	assert_int_equal(nic_options_check(&o, why, sizeof(why)), 0);
	assert_int_equal(o.device_id, 0x10f7);
	assert_memory_equal(o.mac, mac, 6);
	assert_true(o.bad_nvm);
	assert_int_equal(o.module, I82599_SR_SX);
	assert_int_equal(o.pcie_lanes, 4);
	assert_true(o.pcie_slow);
	assert_int_equal(o.wire.kind, WIRE_SLIRP);
	assert_string_equal(o.wire.pcap, "/tmp/a b.pcap");
	assert_string_equal(o.counters, "c.json");
	assert_string_equal(o.control, "c.fifo");
	assert_int_equal(o.faults.count, 2);
	assert_int_equal(fault_plan_next(&o.faults), 1000 * WIRE_PS_PER_MS);
	assert_int_equal(o.wire.hostfwds, 3);
	assert_false(o.wire.hostfwd[0].udp);
	assert_int_equal(ntohl(o.wire.hostfwd[0].host_addr.s_addr), 0x7f000001);
	assert_int_equal(o.wire.hostfwd[0].host_port, 8080);
	assert_int_equal(ntohl(o.wire.hostfwd[0].guest_addr.s_addr), 0x0a00020f);
	assert_int_equal(o.wire.hostfwd[0].guest_port, 80);
	assert_true(o.wire.hostfwd[1].udp);
	assert_int_equal(o.wire.hostfwd[1].guest_port, 5353);
	assert_int_equal(o.wire.hostfwd[2].guest_addr.s_addr, 0);
	assert_int_equal(o.wire.hostfwd[2].guest_port, 81);
	assert_string_equal(o.wire.tftp, "/");
	assert_string_equal(o.wire.bootfile, "http://10.0.2.2/a b");
}

static void bad_words_are_refused_with_what_was_expected(void **state)
{
	static const struct {
		const char *word, *expected;
	} cases[] = {
		{"speed=100", "speed=100: expected device="},
		{"device", "device: expected device="},
		{"device=8086", "device=8086: expected 10fb (SFP+) or 10f7"},
		{"mac=52:54:00:12:34", "expected a unicast address"},
		{"mac=52:54:00:12:34:56:78", "expected a unicast address"},
		{"mac=52:54:00:12:34:5g", "expected a unicast address"},
		{"mac=53:54:00:12:34:56", "expected a unicast address"},
		{"bad_nvm=yes", "bad_nvm=yes: expected 0 or 1"},
		{"pcie=x16@5", "pcie=x16@5: expected x1, x2, x4 or x8, @2.5 or @5"},
		{"module=qsfp",
		 "expected one of passive, active, limiting, aoc, sr, lr, sr+sx, lr+lx, "
		 "10gbase-t, no-codes, sx, lx, 1000base-t, none"},
		{"wire=vde", "wire=vde: expected none, slirp, tap, generator"},
		{"tap=", "tap=: expected a name"},
		{"fault=stall-tx:1", "fault stall-tx:1: expected TIME:NAME"},
		{"tap=a-name-of-16-chr", "expected a shorter name"},
		{"hostfwd=sctp:1.2.3.4:5-10.0.2.15:6", "expected tcp: or udp: first"},
		{"hostfwd=tcp:127.0.0.1:8080", "expected HOSTADDR:PORT-GUESTADDR:PORT"},
		{"hostfwd=tcp:127.0.0.1:0-10.0.2.15:80", "expected a host end like"},
		{"hostfwd=tcp:127.0.0.1:65536-10.0.2.15:80", "expected a host end like"},
		{"hostfwd=tcp:127.0.0.1-10.0.2.15:80", "expected a host end like"},
		{"hostfwd=tcp:127.0.0.1:80-10.0.2.15:80x", "expected a guest end like"},
		{"hostfwd=tcp:127.0.0.1:80-10.0.2.15:", "expected a guest end like"},
		{"hostfwd=tcp:127.0.0.1:80-10.0.2.15:800000000000000080", "a guest end like"},
		{"hostfwd=tcp:127.0.0.1:80-10.0.3.15:80", "expected a guest address in 10.0.2.0"},
		{"hostfwd=tcp::80-10.0.2.15:80", "expected a host end like"},
		{"tftp=", "tftp=: expected a folder"},
		{"tftp=/dev/null", "tftp=/dev/null: expected a folder"},
		{"bootfile=", "bootfile=: expected a name"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nic_options o;
		char why[256] = "";

		nic_options_init(&o);
		assert_int_equal(nic_options_parse(&o, cases[i].word, why, sizeof(why)), -EINVAL);
		if (!strstr(why, cases[i].expected))
			fail_msg("'%s' said '%s'", cases[i].word, why);
	}
}

static void too_many_forwards_are_refused(void **state)
{
	struct nic_options o;
	char why[256];

	(void)state;
	nic_options_init(&o);
	for (unsigned i = 0; i < WIRE_HOSTFWD_MAX; i++)
		assert_int_equal(nic_options_parse(&o, "hostfwd=tcp:127.0.0.1:81-10.0.2.15:80", why,
						   sizeof(why)),
				 0);
	assert_int_equal(
		nic_options_parse(&o, "hostfwd=tcp:127.0.0.1:81-10.0.2.15:80", why, sizeof(why)),
		-EINVAL);
	assert_int_equal(o.wire.hostfwds, WIRE_HOSTFWD_MAX);
}

static void options_that_disagree_are_refused(void **state)
{
	static const struct {
		const char *words[2];
	} cases[] = {
		{{"wire=tap", "bad_nvm=0"}},
		{{"wire=slirp", "tap=tap0"}},
		{{"wire=generator", "bad_nvm=0"}},
		{{"wire=slirp", "spec=rate=line"}},
		{{"wire=cross", "spec=rate=line"}},
		{{"wire=none", "hostfwd=tcp:127.0.0.1:81-10.0.2.15:80"}},
		{{"wire=echo", "tftp=/"}},
		{{"wire=echo", "bootfile=a"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nic_options o;
		char why[256] = "";

		nic_options_init(&o);
		for (int w = 0; w < 2; w++)
			assert_int_equal(nic_options_parse(&o, cases[i].words[w], why, sizeof(why)),
					 0);
		assert_int_equal(nic_options_check(&o, why, sizeof(why)), -EINVAL);
		assert_non_null(strstr(why, "beside it"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_stated),
		cmocka_unit_test(good_words_set_their_option),
		cmocka_unit_test(bad_words_are_refused_with_what_was_expected),
		cmocka_unit_test(too_many_forwards_are_refused),
		cmocka_unit_test(options_that_disagree_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
