// SPDX-License-Identifier: BSD-2-Clause
/* kernel/config.c: what it accepts, and the place and expectation it names for every mistake. */
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
static char error[256];

static int parse(const char *text, const char *command_line)
{
	error[0] = 0;
	return config_parse(&config, text, strlen(text), command_line, error, sizeof(error));
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("", ""), 0);
	assert_int_equal(config.io_cores, 1);
	assert_int_equal(config.shared_cores, 0);
	assert_int_equal(config.mtu, 1500);
	assert_int_equal(config.backend_share, 50);
	assert_int_equal(config.hide, 0);
	assert_int_equal(config.when_done, WHEN_DONE_MONITOR);
	assert_int_equal(config.vms, 0);
}

static void test_whole_file(void **state)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0xaB};

	(void)state;
	assert_int_equal(
		parse("# a comment\n\n[host]\nio_cores = 2\nhide = apicv, vpid,true-controls\r\n"
		      "when_done=poweroff\n[vm web]\n kernel = vmlinuz\ninitrd=initrd\n"
		      "cmdline = console=ttyS0 quiet\nmemory = 512M\nvcpus = 2\n"
		      "cores = 2,3\nconsole = yes\n"
		      "net = mac=52:54:00:12:34:aB queues=2\n[vm second]\nkernel=k",
		      "io_cores=1 log=debug"),
		0);
	assert_int_equal(config.io_cores, 1);
	assert_int_equal(config.log_level, 3);
	assert_int_equal(config.hide, HIDE_APICV | HIDE_VPID | HIDE_TRUE_CONTROLS);
	assert_int_equal(config.when_done, WHEN_DONE_POWEROFF);
	assert_int_equal(config.vms, 2);
	assert_string_equal(config.vm[0].name, "web");
	assert_string_equal(config.vm[0].kernel, "vmlinuz");
	assert_string_equal(config.vm[0].initrd, "initrd");
	assert_string_equal(config.vm[0].cmdline, "console=ttyS0 quiet");
	assert_int_equal(config.vm[0].memory_bytes, 512 << 20);
	assert_int_equal(config.vm[0].vcpus, 2);
	assert_int_equal(config.vm[0].vcpu_core[0], 2);
	assert_int_equal(config.vm[0].vcpu_core[1], 3);
	assert_int_equal(config.vm[0].vcpu_core[2], -1);
	assert_true(config.vm[0].console);
	assert_int_equal(config.vm[0].nets, 1);
	assert_memory_equal(config.vm[0].net[0].mac, mac, 6);
	assert_int_equal(config.vm[0].net[0].queues, 2);
	assert_string_equal(config.vm[1].kernel, "k");
	assert_int_equal(config.vm[1].memory_bytes, 256 << 20);
}

static void test_selftest(void **state)
{
	(void)state;
	assert_int_equal(
		parse("[host]\nselftest = yes\nselftest_faults = remove, stall-tx,stall-rx\n", ""),
		0);
	assert_true(config.selftest);
	assert_int_equal(config.selftest_faults, FAULT_REMOVE | FAULT_STALL_TX | FAULT_STALL_RX);
	assert_int_equal(parse("", ""), 0);
	assert_false(config.selftest);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *command_line, *error;
	} mistakes[] = {
		{"[host]\nio_core = 1", "",
		 "line 2: \"io_core\": expected io_cores, shared_cores, backend_share, hw_queues, "
		 "mtu, "
		 "uplink, coalescing, "
		 "hide, log, when_done, selftest or selftest_faults"},
		{"", "foo=1",
		 "command line: \"foo\": expected io_cores, shared_cores, backend_share, "
		 "hw_queues, mtu, "
		 "uplink, coalescing, "
		 "hide, log, when_done, selftest or selftest_faults"},
		{"", "backend_share=5",
		 "command line: \"5\": expected backend_share from 10 to 90"},
		{"[vm a]\nweight=0", "", "line 2: \"0\": expected weight from 1 to 1000"},
		{"", "mtu=9001", "command line: \"9001\": expected mtu from 68 to 9000"},
		{"", "mtu=", "command line: \"\": expected mtu from 68 to 9000"},
		{"", "mtu=99999999999999999999999",
		 "command line: \"99999999999999999999999\": expected mtu from 68 to 9000"},
		{"", "log=loud", "command line: \"loud\": expected error, warning, info or debug"},
		{"", "selftest=1", "command line: \"1\": expected yes or no"},
		{"", "selftest_faults=link-down,fire",
		 "command line: \"fire\": expected link-down, stall-tx, stall-rx, lose-interrupt, "
		 "corrupt-rx, corrupt-tx, dma-error or remove"},
		{"", "when_done=x", "command line: \"x\": expected monitor or poweroff"},
		{"", "hide=apicv,foo",
		 "command line: \"foo\": expected vmx, posted-interrupts, apicv, preemption-timer, "
		 "x2apic, unrestricted-guest, vpid, pause-loop-exiting, tsc-deadline, tpr-shadow, "
		 "virtual-nmis, "
		 "ept-2mb-pages, invept-single, invvpid-single or true-controls"},
		{"[vm a]\nkernel=k\n[vm a]\n", "",
		 "line 3: \"[vm a]\": expected another name: this VM exists already"},
		{"[vm a]\n", "", "[vm a]: expected kernel = NAME of a boot module"},
		{"[vm ]\n", "", "line 1: \"\": expected a VM's name of 1 to 31 characters"},
		{"[", "", "line 1: \"[\": expected [host] or [vm NAME]"},
		{"[guest]", "", "line 1: \"[guest]\": expected [host] or [vm NAME]"},
		{"[vm a]\nspeed=1", "",
		 "line 2: \"speed\": expected kernel, initrd, cmdline, memory, vcpus, cores, "
		 "weight, console, meter or net"},
		{"[vm a]\nmemory=17M", "",
		 "line 2: \"17M\": expected memory as a multiple of 2M from 16M to 512G"},
		{"[vm a]\nmemory=512T", "",
		 "line 2: \"512T\": expected memory as a multiple of 2M from 16M to 512G"},
		{"[vm a]\ncores=1,x", "",
		 "line 2: \"x\": expected at most 16 core numbers from 0 to 63"},
		{"[vm a]\nconsole=1", "", "line 2: \"1\": expected yes or no"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		assert_int_equal(parse(mistakes[i].text, mistakes[i].command_line), -EINVAL);
		assert_string_equal(error, mistakes[i].error);
	}
}

static void test_too_many(void **state)
{
	char text[2048] = "";

	(void)state;
	for (int i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[vm v%d]\nkernel=k\n",
			 i);
	assert_int_equal(parse(text, ""), -EINVAL);
	assert_string_equal(error, "line 17: \"[vm v8]\": expected at most 8 [vm NAME] sections");
	strcpy(text, "[vm a]\n");
	for (int i = 0; i < 5; i++)
		strcat(text, "net=mac=52:54:00:12:34:56\n");
	assert_int_equal(parse(text, ""), -EINVAL);
	assert_string_equal(
		error, "line 6: \"mac=52:54:00:12:34:56\": expected at most 4 net lines in a VM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_whole_file),
		cmocka_unit_test(test_selftest), cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
