// SPDX-License-Identifier: BSD-2-Clause
/* Both multiboot protocols into boot_info, and structures that break their rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/boot/multiboot.h"
#include "firmware.h"
#include "kernel/boot.h"

#define INFO 0x10000

/* A structure under construction. */
static uint8_t bytes[8192];
static size_t used;
static struct boot_info info;

static void add(const void *data, size_t count)
{
	memcpy(bytes + used, data, count);
	used += count;
}

static void add32(uint32_t value)
{
	add(&value, sizeof(value));
}

static void add64(uint64_t value)
{
	add(&value, sizeof(value));
}

static int setup(void **state)
{
	(void)state;
	firmware_clear();
	memset(bytes, 0, sizeof(bytes));
	memset(&info, 0, sizeof(info));
	used = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	firmware_clear();
	return 0;
}

static void put_string(uint32_t address, const char *string)
{
	static char page[BOOT_STRING_BYTES + 64];

	memset(page, 'x', sizeof(page)); /* a string is to end at its zero */
	strcpy(page, string);
	firmware_put(address, page, sizeof(page));
}

static void multiboot1_info(uint32_t flags, uint32_t modules, uint32_t map_bytes)
{
	uint32_t fields[17] = {flags, 640, 130048, 0, 0x20000, modules, 0x30000};

	fields[11] = map_bytes;
	fields[12] = 0x40000;
	fields[16] = 0x50000;
	firmware_put(INFO, fields, sizeof(fields));
}

static void multiboot1_range(uint32_t size, uint64_t start, uint64_t length, uint32_t type)
{
	add32(size);
	add64(start);
	add64(length);
	add32(type);
	for (uint32_t i = 20; i < size; i++)
		bytes[used++] = 0xff;
}

static void test_multiboot1(void **state)
{
	static const uint32_t modules[] = {0x800000, 0x801234, 0x60000, 0,
					   0x900000, 0x900000, 0,       0};

	(void)state;
	multiboot1_range(20, 0, 0x9fc00, 1);
	multiboot1_range(24, 0x100000, 0x7f00000, 1);
	multiboot1_range(20, 0xfec00000, 0x1000, 2);
	firmware_put(0x40000, bytes, used);
	multiboot1_info(0x24c, 2, (uint32_t)used);
	put_string(0x20000, "log=debug");
	put_string(0x50000, "GRUB 2");
	put_string(0x60000, "config a b");
	firmware_put(0x30000, modules, sizeof(modules));
	assert_null(multiboot1_parse(INFO, &info));
	assert_string_equal(info.command_line, "log=debug");
	assert_string_equal(info.loader, "GRUB 2");
	assert_int_equal(info.ranges, 3);
	assert_int_equal(info.range[1].start, 0x100000);
	assert_int_equal(info.range[1].bytes, 0x7f00000);
	assert_true(info.range[1].usable);
	assert_false(info.range[2].usable);
	assert_int_equal(info.modules, 2);
	assert_ptr_equal(info.module[0].data, (void *)0x800000);
	assert_int_equal(info.module[0].bytes, 0x1234);
	assert_string_equal(info.module[0].string, "config a b");
	assert_int_equal(info.module[1].bytes, 0);
	assert_string_equal(info.module[1].string, "");
}

/* Only what the loader says about the screen counts; without a word the choice stays. */
static void test_multiboot1_screen(void **state)
{
	uint8_t screen[110] = {0};
	uint32_t flags = 0x40;

	(void)state;
	info.text_screen = true;
	memcpy(screen, &flags, sizeof(flags));
	firmware_put(INFO, screen, sizeof(screen));
	assert_null(multiboot1_parse(INFO, &info));
	assert_true(info.text_screen);
	for (uint8_t type = 0; type < 3; type++) {
		flags = 0x1040;
		memcpy(screen, &flags, sizeof(flags));
		screen[109] = type;
		firmware_clear();
		firmware_put(INFO, screen, sizeof(screen));
		assert_null(multiboot1_parse(INFO, &info));
		assert_int_equal(info.text_screen, type == 2);
	}
}

static void test_bios_text_mode(void **state)
{
	uint8_t mode = 3;
	uint8_t *kept;

	(void)state;
	assert_false(boot_bios_text_mode());
	kept = firmware_put(0x449, &mode, 1);
	assert_true(boot_bios_text_mode());
	*kept = 0x12;
	assert_false(boot_bios_text_mode());
	*kept = 0;
	assert_false(boot_bios_text_mode());
}

static void test_ranges_are_joined(void **state)
{
	(void)state;
	boot_add_range(&info, 0, 0x1000, true);
	boot_add_range(&info, 0x1000, 0x3000, true);
	boot_add_range(&info, 0x4000, 0x1000, false);
	boot_add_range(&info, 0x6000, 0x1000, false);
	assert_int_equal(info.ranges, 3);
	assert_int_equal(info.range[0].bytes, 0x4000);
	for (unsigned i = 0; i < 2 * BOOT_RANGES_MOST; i++)
		boot_add_range(&info, 0x100000 + i * 0x10000ull, 0x1000, true);
	assert_int_equal(info.ranges, BOOT_RANGES_MOST);
}

static void test_multiboot1_mistakes(void **state)
{
	static const uint32_t backwards[] = {0x801000, 0x800000, 0, 0};

	(void)state;
	assert_non_null(multiboot1_parse(INFO, &info));
	multiboot1_info(0, 0, 0);
	assert_string_equal(multiboot1_parse(INFO, &info), "no memory map from the boot loader");
	firmware_clear();
	multiboot1_range(8, 0, 0x9fc00, 1);
	firmware_put(0x40000, bytes, used);
	multiboot1_info(0x40, 0, (uint32_t)used);
	assert_non_null(multiboot1_parse(INFO, &info));
	firmware_clear();
	used = 0;
	multiboot1_range(20, 0, 0x9fc00, 1);
	firmware_put(0x40000, bytes, used);
	multiboot1_info(0x48, 1, (uint32_t)used);
	assert_string_equal(multiboot1_parse(INFO, &info), "module list outside memory");
	firmware_put(0x30000, backwards, sizeof(backwards));
	assert_non_null(multiboot1_parse(INFO, &info));
}

static void begin2(void)
{
	used = 8;
}

static void tag2(uint32_t type, const void *data, size_t count)
{
	add32(type);
	add32((uint32_t)(8 + count));
	add(data, count);
	used = (used + 7) & ~7ul;
}

static const char *parse2(void)
{
	uint32_t total = (uint32_t)used;

	memcpy(bytes, &total, sizeof(total));
	firmware_clear();
	firmware_put(INFO, bytes, used);
	return multiboot2_parse(INFO, &info);
}

static void map2(void)
{
	uint8_t map[8 + 2 * 24] = {24};
	uint64_t low[] = {0, 0x9fc00, 1}, high[] = {1ull << 32, 1ull << 31, 1};

	memcpy(map + 8, low, sizeof(low));
	memcpy(map + 32, high, sizeof(high));
	tag2(6, map, sizeof(map));
}

static void test_multiboot2(void **state)
{
	uint8_t module[8 + 7] = {0};
	uint32_t where[] = {0x800000, 0x800123};
	uint8_t old_rsdp[20] = "RSD PTR old", new_rsdp[36] = "RSD PTR new";

	(void)state;
	memcpy(module, where, sizeof(where));
	memcpy(module + 8, "linux", 6);
	begin2();
	tag2(1, "log=debug", 10);
	tag2(2, "GRUB 2", 7);
	tag2(3, module, sizeof(module));
	map2();
	tag2(15, new_rsdp, sizeof(new_rsdp));
	tag2(14, old_rsdp, sizeof(old_rsdp));
	tag2(99, "unknown", 8);
	tag2(0, "", 0);
	assert_null(parse2());
	firmware_clear(); /* nothing may point into the structure */
	assert_string_equal(info.command_line, "log=debug");
	assert_string_equal(info.loader, "GRUB 2");
	assert_int_equal(info.ranges, 2);
	assert_int_equal(info.range[1].start, 1ull << 32);
	assert_int_equal(info.range[1].bytes, 1ull << 31);
	assert_int_equal(info.modules, 1);
	assert_int_equal(info.module[0].bytes, 0x123);
	assert_string_equal(info.module[0].string, "linux");
	assert_memory_equal((void *)info.rsdp, "RSD PTR new", 11);
}

static void test_multiboot2_screen(void **state)
{
	uint8_t screen[24] = {0};

	(void)state;
	for (uint8_t type = 0; type < 3; type++) {
		screen[21] = type;
		info.text_screen = type != 2;
		begin2();
		map2();
		tag2(8, screen, sizeof(screen));
		tag2(0, "", 0);
		assert_null(parse2());
		assert_int_equal(info.text_screen, type == 2);
	}
	begin2();
	map2();
	tag2(8, screen, 13);
	tag2(0, "", 0);
	assert_null(parse2());
	assert_true(info.text_screen);
}

static void test_multiboot2_mistakes(void **state)
{
	(void)state;
	assert_non_null(multiboot2_parse(INFO, &info));
	begin2();
	tag2(0, "", 0);
	assert_string_equal(parse2(), "no memory map from the boot loader");
	begin2();
	map2();
	assert_string_equal(parse2(), "boot information without an end");
	begin2();
	map2();
	add32(1);
	add32(7);
	assert_string_equal(parse2(), "boot information tag of impossible size");
	begin2();
	map2();
	add32(1);
	add32(4000);
	assert_string_equal(parse2(), "boot information tag of impossible size");
	begin2();
	tag2(3, "abcd", 4);
	assert_string_equal(parse2(), "module tag of impossible size");
	begin2();
	tag2(6, "\0\0\0\0\0\0\0", 8);
	assert_string_equal(parse2(), "memory map entry of impossible size");
}

/* The command line, or the first module's string, after the path has been taken off. */
static void expect_taken(const char *loader, bool module, const char *given, const char *taken)
{
	memset(&info, 0, sizeof(info));
	strcpy(info.loader, loader);
	if (module)
		boot_add_module(&info, 0x1000, 0x2000, given, strlen(given));
	else
		strcpy(info.command_line, given);
	assert_null(boot_take_paths(&info));
	assert_string_equal(module ? info.module[0].string : info.command_line, taken);
}

static void test_paths_in_front(void **state)
{
	static const char *const paths[] = {"sluice.elf",
					    "build/sluice.elf",
					    "/boot/sluice.elf",
					    "http://10.0.2.2:8000/a/sluice.elf?x=1&y=2",
					    "tftp://server/sluice.elf",
					    "../k=v/sluice.elf"};
	static const char *const loaders[] = {"qemu", "iPXE 1.0.0+", "", "GNU GRUB 0.97"};
	char given[200];

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		for (unsigned loader = 0; loader < 4; loader++) {
			expect_taken(loaders[loader], false, paths[i], "");
			snprintf(given, sizeof(given), "%s log=debug serial=com2", paths[i]);
			expect_taken(loaders[loader], false, given, "log=debug serial=com2");
			snprintf(given, sizeof(given), "%s  config a b", paths[i]);
			expect_taken(loaders[loader], true, given, "config a b");
		}
	}
	expect_taken("qemu", true, "build/config", "config");
	expect_taken("qemu", true, "/", "/");
	expect_taken("qemu", true, "", "");
	expect_taken("iPXE 1.0.0+", true, "http://10.0.2.2/vmlinuz ", "vmlinuz");
	/* A loader that we do not know, without a path. */
	expect_taken("another", false, "log=debug uplink=a/b", "log=debug uplink=a/b");
	/* From those that give none, what looks like a path stays, to be refused by name. */
	expect_taken("GRUB 2.06-13+deb12u2", false, "/boot/sluice.elf", "/boot/sluice.elf");
	expect_taken("GRUB 2.06-13+deb12u2", true, "config a", "config a");
	expect_taken("Limine 8.0", true, "vmlinuz", "vmlinuz");
}

static void fill(char *line, size_t count)
{
	memset(line, 'a', count);
	line[count] = 0;
}

/* 2,047 characters behind any path; what is longer is refused by name, never cut in silence. */
static void test_long_strings(void **state)
{
	char line[4000], path[1100];
	const char *error;

	(void)state;
	for (unsigned module = 0; module < 2; module++) {
		for (unsigned too_long = 0; too_long < 3; too_long++) {
			memset(&info, 0, sizeof(info));
			strcpy(info.loader, "qemu");
			fill(path, 1024);
			line[0] = 0;
			sprintf(line, "%s ", path);
			fill(line + 1025, too_long == 2 ? 2900 : 2047 + too_long);
			begin2();
			map2();
			if (module) {
				uint8_t tag[4000] = {0};

				memcpy(tag + 8, line, strlen(line) + 1);
				tag2(3, tag, 8 + strlen(line) + 1);
			} else {
				tag2(1, line, strlen(line) + 1);
			}
			tag2(0, "", 0);
			assert_null(parse2());
			error = boot_take_paths(&info);
			if (!too_long) {
				assert_null(error);
				assert_int_equal(
					strlen(module ? info.module[0].string : info.command_line),
					2047);
				continue;
			}
			assert_non_null(error);
			assert_non_null(strstr(error, module ? "string of boot module 1, \"aaaa"
							     : "command line, \"aaaa"));
			assert_non_null(strstr(error, "expected at most 2047 characters"));
		}
	}
}

static void test_module_names(void **state)
{
	char text[24];

	(void)state;
	memset(&boot_info, 0, sizeof(boot_info));
	assert_string_equal(boot_module_names(text, sizeof(text)), "none");
	boot_add_module(&boot_info, 0, 1, "sluice.conf", 11);
	boot_add_module(&boot_info, 0, 1, "", 0);
	boot_add_module(&boot_info, 0, 1, "a b", 3);
	assert_string_equal(boot_module_names(text, sizeof(text)), "\"sluice.conf\", \"\", \"a\"");
}

static void test_too_many_modules(void **state)
{
	uint32_t module[] = {0x800000, 0x801000, 0};

	(void)state;
	begin2();
	for (unsigned i = 0; i <= BOOT_MODULES_MOST; i++)
		tag2(3, module, sizeof(module));
	tag2(0, "", 0);
	assert_non_null(strstr(parse2(), "too many boot modules"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_multiboot1),        TEST(test_multiboot1_mistakes),
		TEST(test_multiboot1_screen), TEST(test_multiboot2_screen),
		TEST(test_bios_text_mode),    TEST(test_ranges_are_joined),
		TEST(test_multiboot2),        TEST(test_multiboot2_mistakes),
		TEST(test_paths_in_front),    TEST(test_long_strings),
		TEST(test_module_names),      TEST(test_too_many_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
