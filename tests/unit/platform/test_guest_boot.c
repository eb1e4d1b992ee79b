// SPDX-License-Identifier: BSD-2-Clause
/* Loading bzImages and ELF files: what a guest finds, and what is refused with which message. */
#include "arch/x86/platform/guest_boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "tests/unit/host/machine_host.h"
#include "tests/unit/platform/fake.h"

#define MB         (1ull << 20)
#define CODE_BYTES 0x3000
#define SETUP      (5 * 512)

void thread_yield(void)
{
}

static uint8_t image[SETUP + CODE_BYTES];
static uint8_t ramdisk[2 * MB];

static void put(unsigned offset, unsigned bytes, uint64_t value)
{
	memcpy(image + offset, &value, bytes);
}

static uint64_t param(unsigned offset, unsigned bytes)
{
	uint64_t value = 0;

	memcpy(&value, fake.vm.region[0].memory + GUEST_BOOT_PARAMS + offset, bytes);
	return value;
}

/* A minimal kernel of boot protocol 2.15 that prefers 16 MB and needs 4 MB there. */
static void make_bzimage(void)
{
	memset(image, 0, sizeof(image));
	put(0x1f1, 1, SETUP / 512 - 1);
	put(0x1f4, 4, CODE_BYTES / 16);
	put(0x1fe, 2, 0xaa55);
	put(0x200, 2, 0x6aeb);
	put(0x202, 4, 0x53726448);
	put(0x206, 2, 0x20f);
	put(0x211, 1, 1);
	put(0x22c, 4, 0x7fffffff);
	put(0x230, 4, 2 * MB);
	put(0x234, 1, 1);
	put(0x236, 2, 0x3f);
	put(0x238, 4, 255);
	put(0x258, 8, 16 * MB);
	put(0x260, 4, 4 * MB);
	for (unsigned i = 0; i < CODE_BYTES; i++)
		image[SETUP + i] = i % 251;
}

static void set_module(unsigned index, const void *data, uint64_t bytes)
{
	fake.module[index].data = data;
	fake.module[index].bytes = bytes;
}

static int setup(void **state)
{
	(void)state;
	fake_reset(FAKE_MEMORY_BYTES);
	make_bzimage();
	strcpy(fake.config.kernel, "kernel");
	strcpy(fake.config.cmdline, "console=ttyS0 quiet");
	set_module(0, image, sizeof(image));
	return 0;
}

static void expect_refused(int error, const char *said)
{
	struct vcpu_start start;
	unsigned errors = host_log_count[LOG_ERROR];

	assert_int_equal(guest_load(FAKE_VM, GUEST_ACPI, &start), error);
	assert_int_equal(host_log_count[LOG_ERROR], errors + 1);
	assert_contains(host_log_line, "test: ");
	assert_contains(host_log_line, said);
}

static void test_bzimage(void **state)
{
	struct vcpu_start start = {0};
	const uint8_t *memory = fake.vm.region[0].memory;
	const uint64_t *gdt = (const uint64_t *)(memory + GUEST_GDT);

	(void)state;
	assert_int_equal(guest_load(FAKE_VM, 0xe0010, &start), 0);
	assert_int_equal(start.rip, 16 * MB + 0x200);
	assert_int_equal(start.rsi, GUEST_BOOT_PARAMS);
	assert_memory_equal(memory + 16 * MB, image + SETUP, CODE_BYTES);
	assert_int_equal(param(0x070, 8), 0xe0010);
	assert_int_equal(param(0x202, 4), 0x53726448);
	assert_int_equal(param(0x210, 1), 0xff);
	assert_int_equal(param(0x218, 4), 0);
	assert_string_equal((const char *)memory + param(0x228, 4), "console=ttyS0 quiet");
	/* Base 0, limit 4 GB, present, code readable with L, data writable. */
	assert_int_equal(start.gdt_limit, 31);
	assert_int_equal(gdt[2], 0x00af9b000000ffff);
	assert_int_equal(gdt[3], 0x00cf93000000ffff);
}

static void expect_e820(unsigned index, uint64_t start, uint64_t end, uint32_t type)
{
	assert_int_equal(param(0x2d0 + 20 * index, 8), start);
	assert_int_equal(param(0x2d0 + 20 * index + 8, 8), end - start);
	assert_int_equal(param(0x2d0 + 20 * index + 16, 4), type);
}

static void test_e820(void **state)
{
	struct vcpu_start start;

	(void)state;
	fake.vm.regions = 2;
	fake.vm.region[1].guest_address = 4ull << 30;
	fake.vm.region[1].bytes = 64 * MB;
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(param(0x1e8, 1), 4);
	expect_e820(0, 0, 0x9fc00, 1);
	expect_e820(1, 0x9fc00, 0x100000, 2);
	expect_e820(2, 0x100000, FAKE_MEMORY_BYTES, 1);
	expect_e820(3, 4ull << 30, (4ull << 30) + 64 * MB, 1);
}

/* Walks the tables as the processor would. */
static uint64_t translate(uint64_t cr3, uint64_t linear)
{
	const uint8_t *memory = fake.vm.region[0].memory;
	uint64_t entry = cr3;

	for (int shift = 39; shift >= 21; shift -= 9) {
		const uint64_t *table = (const uint64_t *)(memory + (entry & ~0xfffull));

		entry = table[linear >> shift & 511];
		assert_int_equal(entry & 3, 3);
	}
	assert_true(entry & 0x80);
	return (entry & ~0x1fffffull) | (linear & 0x1fffff);
}

static void test_page_tables(void **state)
{
	struct vcpu_start start;

	(void)state;
	fake.vm.regions = 2;
	fake.vm.region[1].guest_address = 4ull << 30;
	fake.vm.region[1].bytes = 3ull << 30;
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	for (uint64_t linear = 0x1234; linear < 7ull << 30; linear += 0x1e00000)
		assert_int_equal(translate(start.cr3, linear), linear);
}

/* Those of further vCPUs, in the reserved part; PAE paging finds the same. */
static void test_wakeup_tables(void **state)
{
	const uint64_t gdt[] = {0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff};
	struct vcpu_start start = {0};
	const uint8_t *memory;
	uint64_t pointers[4];

	(void)state;
	guest_write_wakeup_tables(FAKE_VM, &start);
	memory = fake.vm.region[0].memory;
	memcpy(pointers, memory + start.pae_cr3, sizeof(pointers));
	assert_int_equal(start.pae_cr3 % 32, 0);
	for (uint64_t linear = 0x1234; linear >> 32 == 0; linear += 0x1e00000) {
		const uint64_t *directory =
			(const uint64_t *)(memory + (pointers[linear >> 30] & ~0xfffull));

		assert_int_equal(translate(start.cr3, linear), linear);
		assert_int_equal(directory[linear >> 21 & 511], (linear & ~0x1fffffull) | 0x87);
		assert_int_equal(pointers[linear >> 30] & 0xfff, 1);
	}
	assert_memory_equal(memory + start.gdt_base, gdt, sizeof(gdt));
	assert_int_equal(start.gdt_limit, sizeof(gdt) - 1);
	assert_in_range(start.cr3, GUEST_ACPI + GUEST_ACPI_BYTES, GUEST_KERNEL);
	assert_in_range(start.gdt_base + sizeof(gdt), start.pae_cr3, 0xffff0);
}

static void test_initrd(void **state)
{
	struct vcpu_start start;
	uint64_t address;

	(void)state;
	memset(ramdisk, 0x5a, sizeof(ramdisk));
	strcpy(fake.config.initrd, "initrd");
	set_module(1, ramdisk, sizeof(ramdisk) - 100);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	address = param(0x218, 4);
	assert_int_equal(address, FAKE_MEMORY_BYTES - sizeof(ramdisk));
	assert_int_equal(param(0x21c, 4), sizeof(ramdisk) - 100);
	assert_memory_equal(fake.vm.region[0].memory + address, ramdisk, sizeof(ramdisk) - 100);

	put(0x22c, 4, 24 * MB - 1);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(param(0x218, 4), 24 * MB - sizeof(ramdisk));
}

static void test_initrd_refused(void **state)
{
	(void)state;
	strcpy(fake.config.initrd, "initrd");
	expect_refused(-ENOENT,
		       "no boot module is named \"initrd\", its initrd: there are: \"config\"");
	set_module(1, ramdisk, 12 * MB + 1);
	expect_refused(-ENOMEM, "too little memory for initrd module \"initrd\": it needs 12288 KB "
				"at 0x1400000, so memory = 34M or more; the VM has 32M there");
	set_module(1, ramdisk, 1ull << 40);
	expect_refused(-ENOMEM, "too big");
	set_module(1, ramdisk, sizeof(ramdisk));
	put(0x22c, 4, 22 * MB - 2);
	expect_refused(-ENOMEM,
		       "initrd module \"initrd\" is too big: 2048 KB, the kernel takes one "
		       "from 0x1400000 to 0x15ffffe");
	put(0x22c, 4, 1 * MB);
	expect_refused(-ENOMEM, "too big");
}

static void test_bzimage_refused(void **state)
{
	(void)state;
	set_module(0, image, 0x263);
	expect_refused(-EINVAL, "module \"kernel\" is truncated: 611 bytes");
	set_module(0, image, sizeof(image) - 1);
	expect_refused(-EINVAL, "truncated: 14847 bytes, its header says 14848");
	set_module(0, image, 0);
	expect_refused(-EINVAL, "truncated: 0 bytes");
	set_module(0, image, sizeof(image));

	put(0x202, 4, 0x11223344);
	expect_refused(-EINVAL, "neither a Linux bzImage (boot flag 0xaa55, header magic "
				"0x11223344");
	make_bzimage();
	put(0x1fe, 2, 0);
	expect_refused(-EINVAL, "boot flag 0x0");
	make_bzimage();
	put(0x206, 2, 0x20b);
	expect_refused(-EINVAL, "too old: boot protocol 2.11, expected 2.12");
	make_bzimage();
	put(0x236, 2, 0x3e);
	expect_refused(-EINVAL, "no 64-bit entry point");
	make_bzimage();
	put(0x201, 1, 0x10);
	expect_refused(-EINVAL, "its setup header ends at 0x212");
	make_bzimage();
	put(0x201, 1, 0xff);
	expect_refused(-EINVAL, "its setup header ends at 0x301");
	make_bzimage();
	put(0x1f4, 4, 1);
	expect_refused(-EINVAL, "16 bytes of code");
	make_bzimage();
	put(0x1f4, 4, 0xffffffff);
	expect_refused(-EINVAL, "truncated");
}

/* Below the address that it prefers, a kernel would move itself up to there. */
static void test_too_little_memory(void **state)
{
	struct vcpu_start start;

	(void)state;
	put(0x260, 4, 16 * MB);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 16 * MB + 0x200);
	put(0x260, 4, 16 * MB + 4096);
	expect_refused(-ENOMEM, "too little memory for kernel module \"kernel\": it needs 16388 KB "
				"at 0x1000000, so memory = 34M or more; the VM has 32M there");
	put(0x234, 1, 0);
	expect_refused(-ENOMEM, "so memory = 34M or more");
	/* Of which more is no help. */
	put(0x260, 4, 0xffffffff);
	expect_refused(-ENOMEM, "fits into no VM: it needs 4194303 KB at 0x1000000, where memory "
				"ends at 0xc0000000 at the most");
	put(0x258, 8, UINT64_MAX - 4095);
	expect_refused(-ENOMEM, "fits into no VM");
}

/* It moves itself to the next multiple of its alignment, too. */
static void test_alignment(void **state)
{
	struct vcpu_start start;

	(void)state;
	put(0x258, 8, 17 * MB);
	put(0x230, 4, 4 * MB);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 20 * MB + 0x200);
	put(0x260, 4, 13 * MB);
	expect_refused(-ENOMEM, "it needs 13312 KB at 0x1400000, so memory = 34M or more");
	put(0x234, 1, 0);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 17 * MB + 0x200);
	/* Without a preference: the lowest. */
	make_bzimage();
	put(0x258, 8, 0);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 2 * MB + 0x200);
	put(0x230, 4, 3 * MB); /* no power of two */
	expect_refused(-EINVAL, "not relocatable and prefers 0x0, expected 0x100000 or above");
}

static void test_cmdline_refused(void **state)
{
	struct vcpu_start start;

	(void)state;
	memset(fake.config.cmdline, 'x', 255);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	fake.config.cmdline[255] = 'x';
	expect_refused(-EINVAL, "command line of 256 characters, kernel module \"kernel\" takes at "
				"most 255");
}

static void test_no_kernel(void **state)
{
	(void)state;
	set_module(0, NULL, 0);
	expect_refused(-ENOENT,
		       "no boot module is named \"kernel\", its kernel: there are: \"config\"");
}

/* An ELF64 executable with two segments, linked high and loaded at 2 MB and 3 MB. */
static void make_elf(void)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "\x7f\x45LF\x02\x01\x01", 7);
	put(16, 2, 2);
	put(18, 2, 62);
	put(24, 8, 0xffff800000100040);
	put(32, 8, 64);
	put(54, 2, 56);
	put(56, 2, 3);
	put(64, 4, 1);
	put(64 + 8, 8, 0x1000);
	put(64 + 16, 8, 0xffff800000100000);
	put(64 + 24, 8, 2 * MB);
	put(64 + 32, 8, 0x800);
	put(64 + 40, 8, 0x900);
	put(120, 4, 0x6474e551); /* GNU_STACK: to be skipped */
	put(176, 4, 1);
	put(176 + 8, 8, 0x1800);
	put(176 + 16, 8, 0xffff800000200000);
	put(176 + 24, 8, 3 * MB);
	put(176 + 40, 8, 0x10000);
	memset(image + 0x1000, 0xc3, 0x800);
}

static void test_elf(void **state)
{
	struct vcpu_start start;
	const uint8_t *memory = fake.vm.region[0].memory;

	(void)state;
	make_elf();
	strcpy(fake.config.initrd, "initrd");
	set_module(1, ramdisk, sizeof(ramdisk));
	assert_int_equal(guest_load(FAKE_VM, 0xe0000, &start), 0);
	assert_int_equal(start.rip, 2 * MB + 0x40);
	assert_int_equal(start.rsi, GUEST_BOOT_PARAMS);
	assert_int_equal(memory[2 * MB], 0xc3);
	assert_int_equal(memory[2 * MB + 0x7ff], 0xc3);
	assert_int_equal(memory[2 * MB + 0x800], 0);
	assert_int_equal(param(0x1e8, 1), 3);
	assert_int_equal(param(0x21c, 4), sizeof(ramdisk));
	assert_int_equal(param(0x070, 8), 0xe0000);
}

/* What Linux, and whoever looks at /sys/kernel/boot_params, finds in place of a setup header. */
static void test_elf_setup_header(void **state)
{
	struct vcpu_start start;

	(void)state;
	make_elf();
	strcpy(fake.config.cmdline, "console=ttyS0");
	assert_int_equal(guest_load(FAKE_VM, 0xe0000, &start), 0);
	assert_int_equal(param(0x1fe, 2), 0xaa55);
	assert_int_equal(param(0x202, 4), 0x53726448);
	assert_int_equal(param(0x206, 2), 0x20f);
	assert_int_equal(param(0x210, 1), 0xff);
	assert_int_equal(param(0x211, 1), 1);
	assert_int_equal(param(0x236, 2), 1);
	assert_int_equal(param(0x238, 4), 2047);
	assert_int_equal(param(0x258, 8), 2 * MB);
	assert_int_equal(param(0x260, 4), 1 * MB + 0x10000);
	assert_string_equal((const char *)fake.vm.region[0].memory + param(0x228, 4),
			    "console=ttyS0");
	memset(fake.config.cmdline, 'x', CONFIG_CMDLINE_BYTES - 1);
	fake.config.cmdline[CONFIG_CMDLINE_BYTES - 1] = 0;
	assert_int_equal(guest_load(FAKE_VM, 0xe0000, &start), 0);
	assert_string_equal((const char *)fake.vm.region[0].memory + param(0x228, 4),
			    fake.config.cmdline);
}

/* As in Linux's vmlinux; with precedence, even if another segment has that virtual address. */
static void test_elf_physical_entry(void **state)
{
	struct vcpu_start start;

	(void)state;
	make_elf();
	put(24, 8, 2 * MB + 0x10);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 2 * MB + 0x10);
	put(176 + 16, 8, 2 * MB);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 2 * MB + 0x10);
	put(24, 8, 3 * MB + 0x20);
	put(64 + 16, 8, 3 * MB);
	assert_int_equal(guest_load(FAKE_VM, 0, &start), 0);
	assert_int_equal(start.rip, 3 * MB + 0x20);
	put(24, 8, 3 * MB + 0x10000); /* the end of the second, in no virtual range */
	expect_refused(-EINVAL, "entry point 0x310000 is in none of its segments");
}

static void test_elf_refused(void **state)
{
	(void)state;
	make_elf();
	set_module(0, image, 63);
	expect_refused(-EINVAL, "truncated: 63 bytes, an ELF header has 64");
	set_module(0, image, 200);
	expect_refused(-EINVAL, "3 program headers of 56 bytes at offset 64 do not fit its 200");
	set_module(0, image, 0x17ff);
	expect_refused(-EINVAL, "a segment has 2048 bytes at offset 4096 of 6143");
	set_module(0, image, sizeof(image));
	put(4, 1, 1);
	expect_refused(-EINVAL, "class 1, data 1, type 2, machine 62; expected");
	make_elf();
	put(16, 2, 3);
	expect_refused(-EINVAL, "type 3");
	make_elf();
	put(32, 8, UINT64_MAX);
	expect_refused(-EINVAL, "corrupt: 3 program headers");
	make_elf();
	put(64 + 24, 8, 0x1000);
	expect_refused(-EINVAL,
		       "a segment of 2304 bytes is for 0x1000, expected 0x100000 or above");
	put(64 + 24, 8, 32 * MB - 0x8ff);
	expect_refused(-ENOMEM, "it needs 29696 KB at 0x300000, so memory = 34M or more");
	/* Of all segments, not the first that does not fit. */
	put(176 + 24, 8, 64 * MB);
	expect_refused(-ENOMEM, "so memory = 66M or more; the VM has 32M there");
	put(64 + 24, 8, UINT64_MAX);
	expect_refused(-EINVAL, "cannot be placed");
	make_elf();
	put(64 + 40, 8, 0x7ff);
	expect_refused(-EINVAL, "corrupt");
	make_elf();
	put(64 + 8, 8, UINT64_MAX);
	expect_refused(-EINVAL, "corrupt");
	make_elf();
	put(24, 8, 2 * MB - 1);
	expect_refused(-EINVAL, "entry point 0x1fffff is in none of its segments");
	put(24, 8, UINT64_MAX);
	expect_refused(-EINVAL, "is in none of its segments");
	make_elf();
	put(56, 2, 0xffff);
	expect_refused(-EINVAL, "corrupt: 65535 program headers");
	make_elf();
	put(56, 2, 0);
	expect_refused(-EINVAL, "is in none of its segments");
}

/* One flipped byte of a header at a time: refused or loaded, never a crash. */
static void test_corrupted_headers(void **state)
{
	struct vcpu_start start;

	(void)state;
	for (unsigned offset = 0x1f1; offset < 0x270; offset++) {
		make_bzimage();
		image[offset] ^= 0xff;
		guest_load(FAKE_VM, 0, &start);
	}
	for (unsigned offset = 4; offset < 232; offset++) {
		make_elf();
		image[offset] ^= 0xff;
		guest_load(FAKE_VM, 0, &start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bzimage, setup),
		cmocka_unit_test_setup(test_e820, setup),
		cmocka_unit_test_setup(test_page_tables, setup),
		cmocka_unit_test_setup(test_wakeup_tables, setup),
		cmocka_unit_test_setup(test_initrd, setup),
		cmocka_unit_test_setup(test_initrd_refused, setup),
		cmocka_unit_test_setup(test_bzimage_refused, setup),
		cmocka_unit_test_setup(test_too_little_memory, setup),
		cmocka_unit_test_setup(test_alignment, setup),
		cmocka_unit_test_setup(test_cmdline_refused, setup),
		cmocka_unit_test_setup(test_no_kernel, setup),
		cmocka_unit_test_setup(test_elf, setup),
		cmocka_unit_test_setup(test_elf_setup_header, setup),
		cmocka_unit_test_setup(test_elf_physical_entry, setup),
		cmocka_unit_test_setup(test_elf_refused, setup),
		cmocka_unit_test_setup(test_corrupted_headers, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
