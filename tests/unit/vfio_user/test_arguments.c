/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/vfio_user/arguments.h"

#include <errno.h>
#include <string.h>

static struct arguments arguments;
static char why[512];

static int read_words(const char *line)
{
	static char copy[1024];
	char *argv[32] = {"i82599"}, *save = NULL;
	int argc = 1;

	strncpy(copy, line, sizeof(copy) - 1);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	why[0] = 0;
	return arguments_read(&arguments, argc, argv, why, sizeof(why));
}

static void test_one_card(void **state)
{
	(void)state;
	assert_int_equal(read_words("--socket /s"), 0);
	assert_int_equal(arguments.ports, 1);
	assert_string_equal(arguments.port[0].socket, "/s");
	assert_int_equal(arguments.port[0].nic.wire.kind, WIRE_SLIRP);
	assert_int_equal(arguments.port[0].nic.device_id, 0x10fb);
	assert_false(arguments.once);
	assert_int_equal(
		read_words("--socket /s --nic 10f7 --mac 02:00:00:00:00:07 --bad-nvm --once "
			   "--hostfwd tcp:127.0.0.1:8080-10.0.2.15:80 --counters c.json "
			   "--pcap p --fault 1s:link-down --control f --tftp / --bootfile b "
			   "--bridge r --pcie x4@2.5"),
		0);
	assert_true(arguments.once);
	assert_int_equal(arguments.port[0].nic.device_id, 0x10f7);
	assert_int_equal(arguments.port[0].nic.mac[5], 7);
	assert_true(arguments.port[0].nic.bad_nvm);
	assert_int_equal(arguments.port[0].nic.wire.hostfwds, 1);
	assert_string_equal(arguments.port[0].nic.counters, "c.json");
	assert_string_equal(arguments.port[0].nic.wire.tftp, "/");
	assert_string_equal(arguments.port[0].nic.wire.bootfile, "b");
	assert_int_equal(arguments.port[0].nic.faults.count, 1);
	assert_string_equal(arguments.port[0].bridge, "r");
	assert_int_equal(arguments.port[0].nic.pcie_lanes, 4);
}

static void test_wires(void **state)
{
	const struct wire_config *wire = &arguments.port[0].nic.wire;

	(void)state;
	assert_int_equal(read_words("--socket /s --wire generator=rate=line;size=64"), 0);
	assert_int_equal(wire->kind, WIRE_GENERATOR);
	assert_string_equal(wire->spec, "rate=line;size=64");
	assert_int_equal(read_words("--socket /s --wire tap=tap7"), 0);
	assert_int_equal(wire->kind, WIRE_TAP);
	assert_string_equal(wire->tap, "tap7");
	assert_int_equal(read_words("--socket /s --wire peer=/p"), 0);
	assert_string_equal(wire->spec, "/p");
	assert_int_equal(read_words("--socket /s --wire peer=/p --wire none"), 0);
	assert_int_equal(wire->kind, WIRE_NONE);
}

static void test_several_cards(void **state)
{
	(void)state;
	assert_int_equal(
		read_words("--socket /a --wire cross --socket /b --wire cross --socket /c"), 0);
	assert_int_equal(arguments.ports, 3);
	assert_int_equal(arguments.port[1].nic.wire.kind, WIRE_CROSS);
	assert_int_equal(arguments.port[2].nic.wire.kind, WIRE_NONE);
	assert_int_equal(arguments.port[0].nic.mac[5], 0x56);
	assert_int_equal(arguments.port[2].nic.mac[5], 0x58);
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(read_words("--help"), 0);
	assert_true(arguments.help);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"--once",
		"--socket",
		"--nic 10fb --socket /s",
		"--socket /s --nic 1234",
		"--socket /s --frob 1",
		"--socket /s --mac",
		"--socket /s --mac 01:00:00:00:00:00",
		"--socket /s --wire",
		"--socket /s --wire token-ring",
		"--socket /s --wire tap",
		"--socket /s --wire generator",
		"--socket /s --wire none=x",
		"--socket /s --wire cross",
		"--socket /s --wire cross --socket /t",
		"--socket /s --wire none --hostfwd tcp:127.0.0.1:8080-10.0.2.15:80",
		"--socket /s --fault soon",
		"--socket 1 --socket 2 --socket 3 --socket 4 --socket 5 --socket 6 --socket 7 "
		"--socket 8 --socket 9",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_words(bad[i]), -EINVAL);
		assert_true(strlen(why) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_card),      cmocka_unit_test(test_wires),
		cmocka_unit_test(test_several_cards), cmocka_unit_test(test_help),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
