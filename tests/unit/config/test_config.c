// SPDX-License-Identifier: BSD-2-Clause
/* kernel/config.c: what it accepts, and the place and expectation it names for every mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/config.h"
#include "kernel/errno.h"

static struct config config;
static char error[CONFIG_ERROR_BYTES];

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
		      "net = mac=52:54:00:12:34:aB queues=2\nrestarts = always\n"
		      "[vm second]\nkernel=k",
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
	assert_int_equal(config.vm[0].restarts, CONFIG_RESTARTS_ALWAYS);
	assert_string_equal(config.vm[1].kernel, "k");
	assert_int_equal(config.vm[1].restarts, 5);
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

static void assert_card(const char *value, uint16_t segment, uint8_t bus, uint8_t device,
			uint8_t function)
{
	struct pci_address address = {segment, bus, device, function};
	char line[64];

	snprintf(line, sizeof(line), "[host]\ncard = %s\n", value);
	assert_int_equal(parse(line, ""), 0);
	assert_int_equal(config.card.by, CARD_ADDRESS);
	assert_true(pci_is_same(config.card.address, address));
}

static void test_card(void **state)
{
	static const char *const bad[] = {
		"1:00.0",    "01:00",         "01:00.",     "01:00.00",  "01:20.0", "01:00.8",
		"01:0g.0",   "001:01:00.0",   "0000:01:00", "0000:00.0", "",        "any",
		"01:00.0 0", "10001:02:00.0", "0x01:00.0",  "01.00.0",
	};
	char line[64];

	(void)state;
	assert_int_equal(parse("", ""), 0);
	assert_int_equal(config.card.by, CARD_ANY);
	assert_card("01:00.0", 0, 1, 0, 0);
	assert_card("fF:1F.7", 0, 0xff, 0x1f, 7);
	assert_card("0002:41:03.1", 2, 0x41, 3, 1);
	assert_int_equal(parse("[host]\ncard = 01:00.0\n", "card=mac=52:54:00:Ab:cd:ef"), 0);
	assert_int_equal(config.card.by, CARD_MAC);
	assert_memory_equal(config.card.mac, ((uint8_t[]){0x52, 0x54, 0, 0xab, 0xcd, 0xef}), 6);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "[host]\ncard = %s\n", bad[i]);
		assert_int_equal(parse(line, ""), -EINVAL);
		assert_non_null(strstr(error, "expected a PCI address such as 01:00.0 or "
					      "0000:01:00.0, or mac=ADDRESS"));
	}
	assert_int_equal(parse("[host]\ncard = mac=53:54:00:00:00:01\n", ""), -EINVAL);
	assert_non_null(strstr(error, "a unicast MAC address"));
	assert_int_equal(parse("[host]\ncard = mac=\n", ""), -EINVAL);
}

#define HOST_KEYS                                                                          \
	"io_cores, shared_cores, backend_share, card, hw_queues, mtu, smt, node, uplink, " \
	"coalescing, hide, "                                                               \
	"serial, log, "                                                                    \
	"when_done, selftest or selftest_faults"

#define VM_KEYS \
	"kernel, initrd, cmdline, memory, vcpus, cores, weight, restarts, console, meter or net"

#define MEMORY                                                                                  \
	"expected memory as a multiple of 2M from 16M to 512G, a whole number with K, M or G: " \
	"such "                                                                                 \
	"as 512M"

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *command_line, *error;
	} mistakes[] = {
		{"[host]\nio_core = 1", "", "line 2: \"io_core\": expected " HOST_KEYS},
		{"", "foo=1", "command line: \"foo\": expected " HOST_KEYS},
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
		{"[vm a]\nspeed=1", "", "line 2: \"speed\": expected " VM_KEYS},
		{"[vm a]\nmemory=17M", "", "line 2: \"17M\": " MEMORY},
		{"[vm a]\nmemory=512T", "", "line 2: \"512T\": " MEMORY},
		{"[vm a]\ncores=1,x", "",
		 "line 2: \"x\": expected at most 16 core numbers from 0 to 63"},
		{"[vm a]\nrestarts=1001", "",
		 "line 2: \"1001\": expected restarts from 0 to 1000, or always"},
		{"[vm a]\nrestarts=-1", "",
		 "line 2: \"-1\": expected restarts from 0 to 1000, or always"},
		{"[vm a]\nconsole=1", "", "line 2: \"1\": expected yes or no"},
		{"[vm a]\nmemory=128MB", "", "line 2: \"128MB\": " MEMORY},
		{"[vm a]\nmemory=3.5G", "", "line 2: \"3.5G\": " MEMORY},
		{"[vm a]\nmemory=-2M", "", "line 2: \"-2M\": " MEMORY},
		{"[vm a]\nmemory=18446744073709551616", "",
		 "line 2: \"18446744073709551616\": " MEMORY},
		{"[vm a]\nmemory=18014398509481984K", "",
		 "line 2: \"18014398509481984K\": " MEMORY},
		{"[vm a]\nvcpus=0x2", "", "line 2: \"0x2\": expected vcpus from 1 to 16"},
		{"[vm a]\nvcpus=+2", "", "line 2: \"+2\": expected vcpus from 1 to 16"},
		{"[vm a]\nvcpus=2 3", "", "line 2: \"2 3\": expected vcpus from 1 to 16"},
		{"[vm a]\ncores=1,", "",
		 "line 2: \"\": expected at most 16 core numbers from 0 to 63"},
		{"", "hide=",
		 "command line: \"\": expected vmx, posted-interrupts, apicv, "
		 "preemption-timer, x2apic, unrestricted-guest, vpid, "
		 "pause-loop-exiting, tsc-deadline, tpr-shadow, virtual-nmis, "
		 "ept-2mb-pages, invept-single, invvpid-single or true-controls"},
		{"[vm a]\nkernel vmlinuz", "", "line 2: \"kernel vmlinuz\": expected " VM_KEYS},
		{"[vm a]\nconsole", "", "line 2: \"console\": expected KEY = VALUE"},
		{"", "log", "command line: \"log\": expected KEY = VALUE"},
		{"[host]\nserial=com5", "", "line 2: \"com5\": expected " SERIAL_EXPECTED},
		{"", "serial=", "command line: \"\": expected " SERIAL_EXPECTED},
		{"[vm a]\nkernel=two words", "",
		 "line 2: \"two words\": expected kernel as one word of ASCII characters without "
		 "quotes"},
		{"[vm two words]", "",
		 "line 1: \"two words\": expected a VM's name as one word of ASCII characters "
		 "without quotes"},
		{"[vm \"a\"]", "",
		 "line 1: \"\"a\"\": expected a VM's name as one word of ASCII characters without "
		 "quotes"},
		{"[VM a]", "", "line 1: \"[VM a]\": expected [host] or [vm NAME]"},
		{"[vm a] b", "", "line 1: \"[vm a] b\": expected [host] or [vm NAME]"},
		{"[host two]", "", "line 1: \"[host two]\": expected [host] or [vm NAME]"},
		{"[vm a]\nlog=info", "",
		 "line 2: \"log\": expected in section [host], not in [vm NAME]"},
		{"kernel=k", "",
		 "line 1: \"kernel\": expected in a section [vm NAME], not in [host]"},
		{"", "kernel=k",
		 "command line: \"kernel\": expected in a section [vm NAME], not in [host]"},
		{"[vm a]\nkernel=k\n\ncmdline=a\ncmdline=b", "",
		 "line 5: \"cmdline\": expected once in a section: line 4 has it already"},
		{"[host]\nmtu=1500\n[vm a]\nkernel=k\n[host]\nmtu=1400", "",
		 "line 6: \"mtu\": expected once in a section: line 2 has it already"},
		{"[vm a]\nkernel=k\nvcpus=2\ncores=1", "",
		 "[vm a]: cores names 1 of them: expected one for each of vcpus = 2"},
		{"[vm a]\nkernel=k\ncores=1,2", "",
		 "[vm a]: cores names 2 of them: expected one for each of vcpus = 1"},
		{"[vm a]\nkernel=k\nconsole=yes\n[vm b]\nkernel=k\n[vm c]\nkernel=k\nconsole=yes",
		 "", "[vm c]: console = yes, as in [vm a]: expected it in one VM at most"},
		{"[vm a]\ncmdline=a \"b", "",
		 "line 2: \"cmdline=a \"b\": expected a second quote on "
		 "the line"},
		{"[vm a]\ncmdline=\"a\" b", "",
		 "line 2: \" b\": expected nothing after the second quote of a value that begins "
		 "with one"},
		{"", "log=\"info", "command line: \"info\": expected a second quote"},
		{"[vm a]\nkernel=a\x1b[2J", "",
		 "line 2: \"kernel=a?[2J\": expected text without control characters, in lines "
		 "that "
		 "end with LF or CR LF"},
		{"[host]\rmtu=1500", "",
		 "line 1: \"[host]?mtu=1500\": expected text without control characters, in lines "
		 "that end with LF or CR LF"},
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
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "net=mac=52:54:00:12:34:5%d\n", i);
	assert_int_equal(parse(text, ""), -EINVAL);
	assert_string_equal(
		error, "line 6: \"mac=52:54:00:12:34:54\": expected at most 4 net lines in a VM");
}

/* What people write: an editor's mark and line ends, tabs, blanks in brackets, comments, quotes. */
static void test_ways_of_writing(void **state)
{
	(void)state;
	assert_int_equal(parse("\xef\xbb\xbf[ host ] # of all\r\n\tio_cores\t=\t2\t# two\r\n"
			       "hide = vpid,\tapicv # without these\r\n\r\n  # indented\r\n"
			       "[vm\tweb] # one\r\nkernel = k# 1 # the kernel\r\n"
			       "memory = 128m\r\n",
			       ""),
			 -EINVAL);
	assert_string_equal(error, "line 7: \"k# 1\": expected kernel as one word of ASCII "
				   "characters without quotes");
	assert_int_equal(
		parse("\xef\xbb\xbf[ host ] # of all\r\n\tio_cores\t=\t2\t# two\r\n"
		      "hide = vpid,\tapicv # it's without these\r\n\r\n  # indented \"\r\n"
		      "[vm\tweb] # one\r\nkernel = \"k#1\" # the \"kernel\r\n"
		      "memory = 128m\r\nnet =\tmac=52:54:00:12:34:56\tqueues=2  vlan=3 #\r\n"
		      "cmdline = a b#c \"d # e\" f # comment \"g\"",
		      "log=debug\tmtu=9000 \"uplink=trunk=1-3 native=2\""),
		0);
	assert_int_equal(config.io_cores, 2);
	assert_int_equal(config.hide, HIDE_VPID | HIDE_APICV);
	assert_int_equal(config.log_level, 3);
	assert_int_equal(config.mtu, 9000);
	assert_int_equal(config.uplink_vlans.untagged, 2);
	assert_string_equal(config.vm[0].name, "web");
	assert_string_equal(config.vm[0].kernel, "k#1");
	assert_int_equal(config.vm[0].memory_bytes, 128 << 20);
	assert_int_equal(config.vm[0].net[0].queues, 2);
	assert_int_equal(config.vm[0].net[0].vlans.untagged, 3);
	assert_string_equal(config.vm[0].cmdline, "a b#c \"d # e\" f");
	assert_int_equal(parse("[vm a]\nkernel=k\ncmdline = \"console=ttyS0 # x \" # y\n", ""), 0);
	assert_string_equal(config.vm[0].cmdline, "console=ttyS0 # x ");
	assert_int_equal(parse("[vm a]\nkernel=k\nmemory=2147483648", ""), 0);
	assert_true(config.vm[0].memory_bytes == 2ull << 30);
}

static void test_utf16(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
	} files[] = {
		{"\xff\xfe[\0h\0", 6}, {"\xfe\xff\0[\0h", 6}, {"[\0h\0o\0", 6}, {"\0[\0h\0o", 6}};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(config_parse(&config, files[i].text, files[i].bytes, "", error,
					      sizeof(error)),
				 -EINVAL);
		assert_non_null(strstr(error, "this is UTF-16"));
	}
}

static const char *long_line(const char *key, size_t length)
{
	static char text[5000];

	snprintf(text, sizeof(text), "[vm a]\nkernel=k\n%s=", key);
	memset(text + strlen(text), 'x', length);
	text[strlen("[vm a]\nkernel=k\n=") + strlen(key) + length] = 0;
	return text;
}

/* A long value does not hide what was expected; a command line may be as long as Linux takes. */
static void test_long_values(void **state)
{
	(void)state;
	assert_int_equal(parse(long_line("cmdline", 2047), ""), 0);
	assert_int_equal(strlen(config.vm[0].cmdline), 2047);
	assert_int_equal(parse(long_line("cmdline", 2048), ""), -EINVAL);
	assert_non_null(strstr(error, "xxx...\": expected cmdline of 1 to 2047 characters"));
	assert_int_equal(parse(long_line("memory", 4000), ""), -EINVAL);
	assert_non_null(strstr(error, "xxx...\": " MEMORY));
	assert_int_equal(parse(long_line(strchr(long_line("", 4000), 'x'), 0), ""), -EINVAL);
	assert_non_null(strstr(error, "xxx...\": expected " VM_KEYS));
}

static uint32_t random_state;

static unsigned draw(unsigned below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

/* Whatever is accepted is as the rest of the hypervisor expects it. */
static void check_accepted(void)
{
	assert_in_range(config.mtu, 68, 9000);
	assert_in_range(config.vms, 0, CONFIG_VMS_MOST);
	for (unsigned i = 0; i < config.vms; i++) {
		const struct config_vm *vm = &config.vm[i];

		assert_in_range(strlen(vm->name), 1, CONFIG_NAME_BYTES - 1);
		assert_in_range(strlen(vm->kernel), 1, CONFIG_NAME_BYTES - 1);
		assert_in_range(strlen(vm->cmdline), 0, CONFIG_CMDLINE_BYTES - 1);
		assert_in_range(vm->vcpus, 1, CONFIG_VCPUS_MOST);
		assert_in_range(vm->nets, 0, CONFIG_DEVICES_MOST);
		assert_true(vm->memory_bytes >= 16 << 20 && vm->memory_bytes % (2 << 20) == 0);
	}
}

/* A good file with bytes changed, taken out, and pieces of it doubled: never a crash. */
static void test_mutations(void **state)
{
	static const char good[] =
		"[host]\nio_cores = 2\nuplink = trunk=1-9,12 native=2 # x\n"
		"hide = apicv, vpid\ncoalescing = static:20:30\nwhen_done = poweroff\n"
		"[vm web]\nkernel = vmlinuz\ninitrd = initrd\ncmdline = \"console=ttyS0 quiet\"\n"
		"memory = 512M\nvcpus = 2\ncores = 2,3\nconsole = yes\n"
		"net = mac=52:54:00:12:34:ab queues=2 vlan=5 rate=100M\n[vm b]\nkernel=k\n";
	static const char odd[] = "=[]\"# \t\n\r,:-09zKMG\0\xff\xef";
	unsigned accepted = 0;

	(void)state;
	for (random_state = 0; random_state < 20000; random_state++) {
		uint32_t seed = random_state;
		size_t bytes = sizeof(good) - 1, from = draw(bytes), count = draw(40);
		char *text = malloc(bytes + count); /* exactly, so that reads beyond are seen */

		if (from + count > bytes)
			count = bytes - from;
		memcpy(text, good, bytes);
		memcpy(text + bytes, good + from, draw(2) ? count : (count = 0));
		bytes += count;
		for (unsigned i = draw(5); i; i--)
			text[draw(bytes)] = odd[draw(sizeof(odd) - 1)];
		bytes -= draw(3) ? 0 : draw(bytes);
		text = realloc(text, bytes);
		memset(error, 0, sizeof(error));
		if (!config_parse(&config, text, bytes, "mtu=1400", error, sizeof(error))) {
			check_accepted();
			accepted++;
		} else {
			assert_non_null(strstr(error, "expected "));
			assert_null(strpbrk(error, "\n\r\t\x1b"));
		}
		free(text);
		random_state = seed;
	}
	assert_in_range(accepted, 1000, 15000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),        cmocka_unit_test(test_whole_file),
		cmocka_unit_test(test_selftest),        cmocka_unit_test(test_card),
		cmocka_unit_test(test_mistakes),        cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_ways_of_writing), cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_long_values),     cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
