// SPDX-License-Identifier: BSD-2-Clause
/* Memory-mapped accesses: page-table walks, instruction fetch, finding the device. */
#include <errno.h>
#include <string.h>

#include "arch/x86/platform/guest_walk.h"
#include "arch/x86/platform/platform.h"
#include "arch/x86/platform/platform_internal.h"
#include "tests/unit/platform/fake.h"

#define CODE 0x5000ull

static struct platform platform;

static uint8_t *at(uint64_t address)
{
	return fake.vm.region[0].memory + address;
}

static void put_entry(uint64_t table, unsigned index, uint64_t entry, unsigned bytes)
{
	memcpy(at(table + (uint64_t)index * bytes), &entry, bytes);
}

/* 64-bit mode without paging does not exist, but keeps most tests short. */
static int setup(void **state)
{
	(void)state;
	fake_reset(1 << 20);
	fake.vm.platform = &platform;
	memset(&platform, 0, sizeof(platform));
	platform.vm = FAKE_VM;
	vioapic_init(&platform.ioapic, FAKE_VM);
	vpci_bus_init(&platform.pci);
	fake.mode.code64 = true;
	fake.mode.rip = CODE;
	return 0;
}

static void run(const char *code, size_t bytes, uint64_t address, bool is_write)
{
	memcpy(at(CODE), code, bytes);
	fake.mode.rip = CODE;
	fake.skipped = 0;
	platform_mmio_exit(FAKE_VCPU, address, is_write);
}

#define RUN(code, address, is_write) run(code, sizeof(code) - 1, address, is_write)

static void test_ioapic(void **state)
{
	(void)state;
	RUN("\xc7\x07\x01\x00\x00\x00", PLATFORM_IOAPIC, true); /* mov dword ptr [rdi], 1 */
	assert_int_equal(fake.skipped, 6);
	fake.registers[VCPU_RAX] = UINT64_MAX;
	RUN("\x8b\x07", PLATFORM_IOAPIC + 0x10, false); /* mov eax, [rdi] */
	assert_int_equal(fake.skipped, 2);
	assert_int_equal(fake.registers[VCPU_RAX], 0x00170011);
	assert_int_equal(fake.stops, 0);
}

/* Like Linux: APIC id, address, command; then it waits for the command to be 0. */
static void wake_up(uint32_t id, uint64_t rip)
{
	fake.registers[VCPU_RAX] = id;
	RUN("\x89\x07", PLATFORM_MAILBOX + 4, true); /* mov [rdi], eax */
	fake.registers[VCPU_RAX] = rip;
	RUN("\x48\x89\x07", PLATFORM_MAILBOX + 8, true);     /* mov [rdi], rax */
	RUN("\x66\xc7\x07\x01\x00", PLATFORM_MAILBOX, true); /* mov word ptr [rdi], 1 */
	RUN("\x0f\xb7\x07", PLATFORM_MAILBOX, false);        /* movzx eax, word ptr [rdi] */
	assert_int_equal(fake.registers[VCPU_RAX], 0);
}

static void test_mailbox(void **state)
{
	(void)state;
	platform.has_mailbox = true;
	fake.vm.vcpus = 2;
	fake.vm.vcpu[1].id = 1;
	wake_up(1, 0x9a000);
	assert_ptr_equal(fake.woken, &fake.vm.vcpu[1]);
	assert_int_equal(fake.woken_rip, 0x9a000);
	wake_up(1, 0xfffff000);
	assert_int_equal(fake.wake_ups, 2);
	wake_up(0, 0x9a000); /* itself */
	wake_up(2, 0x9a000); /* nobody */
	assert_int_equal(fake.wake_ups, 2);
	fake.registers[VCPU_RAX] = 0;
	RUN("\x48\x8b\x07", PLATFORM_MAILBOX + 8, false); /* mov rax, [rdi] */
	assert_int_equal(fake.registers[VCPU_RAX], 0x9a000);
	RUN("\x8b\x07", PLATFORM_MAILBOX + 4, false); /* mov eax, [rdi] */
	assert_int_equal(fake.registers[VCPU_RAX], 2);
	RUN("\x8b\x07", PLATFORM_MAILBOX + 0x800, false);
	assert_int_equal(fake.registers[VCPU_RAX], 0);
	assert_int_equal(fake.stops, 0);
	wake_up(1, 0x100000000);
	assert_int_equal(fake.wake_ups, 2);
	assert_contains(fake.stop_reason, "wake up at 0x100000000, expected an address below 4 GB");
}

static void test_no_mailbox(void **state)
{
	(void)state;
	RUN("\x66\xc7\x07\x01\x00", PLATFORM_MAILBOX, true);
	assert_contains(fake.stop_reason, "where there is no device");
}

static void test_exchange(void **state)
{
	(void)state;
	platform.ioapic.select = 7;
	fake.registers[VCPU_RCX] = 0x9;
	RUN("\x87\x08", PLATFORM_IOAPIC, true); /* xchg [rax], ecx */
	assert_int_equal(fake.registers[VCPU_RCX], 7);
	assert_int_equal(platform.ioapic.select, 9);
}

static void test_absent(void **state)
{
	(void)state;
	RUN("\x8b\x07", 0xfed00000, false);
	assert_int_equal(fake.registers[VCPU_RAX], 0xffffffff);
	RUN("\x89\x07", PLATFORM_PCI_START + 0x10000, true);
	assert_int_equal(fake.skipped, 2);
	assert_int_equal(fake.stops, 0);
	RUN("\x89\x07", 0xfed00000, true);
	assert_int_equal(fake.stops, 1);
	assert_int_equal(fake.skipped, 0);
	assert_false(fake.stop_reboot);
	assert_string_equal(fake.stop_reason,
			    "vCPU 0: write of 4 bytes to 0xfed00000, where there is no device, at "
			    "RIP 0x5000");
}

static void test_unknown_instruction(void **state)
{
	(void)state;
	RUN("\xf3\xa4\x0f\x0b", PLATFORM_IOAPIC, true); /* rep movsb */
	assert_int_equal(fake.stops, 1);
	assert_contains(fake.stop_reason, "memory-mapped access at 0xfec00000 by an instruction "
					  "that is not emulated, at RIP 0x5000: f3 a4 0f 0b 00");
	/* A load, but the exit was for a write. */
	RUN("\x8b\x07", PLATFORM_IOAPIC, true);
	assert_int_equal(fake.stops, 2);
	/* Code outside memory. */
	fake.mode.rip = 1ull << 40;
	platform_mmio_exit(FAKE_VCPU, PLATFORM_IOAPIC, true);
	assert_int_equal(fake.stops, 3);
	assert_contains(fake.stop_reason, "(not readable)");
}

static void test_local_apic(void **state)
{
	(void)state;
	memcpy(at(CODE), "\x89\x07\x8b\x07\x0f\xb6\x07", 7);
	fake.registers[VCPU_RAX] = 0x1234;
	platform_lapic_exit(FAKE_VCPU, 0xb0, true);
	assert_int_equal(fake.lapic_offset, 0xb0);
	assert_int_equal(fake.lapic_value, 0x1234);
	platform_lapic_exit(FAKE_VCPU, 0x20, false);
	assert_int_equal(fake.lapic_offset, 0x20);
	assert_int_equal(fake.registers[VCPU_RAX], 0xa1b2c3d4);
	platform_lapic_exit(FAKE_VCPU, 0x23, false); /* movzx eax, byte ptr [rdi] */
	assert_int_equal(fake.registers[VCPU_RAX], 0xa1);
	assert_int_equal(fake.skipped, 7);
	/* Writes that are not to a whole register are dropped. */
	memcpy(at(fake.mode.rip), "\x88\x07", 2);
	platform_lapic_exit(FAKE_VCPU, 0xf0, true);
	assert_int_equal(fake.lapic_offset, 0x20);
	assert_int_equal(fake.stops, 0);
}

static uint64_t walk(uint64_t linear)
{
	uint64_t physical = 0;

	return guest_walk(FAKE_VM, &fake.mode, linear, &physical) ? UINT64_MAX : physical;
}

static void test_walk_4_level(void **state)
{
	(void)state;
	fake.mode.cr0 = 0x80000001;
	fake.mode.cr4 = 0x20;
	fake.mode.efer = 0x500;
	fake.mode.cr3 = 0x10018; /* PCD, PWT */
	put_entry(0x10000, 256, 0x11063, 8);
	put_entry(0x11000, 1, 0x12063, 8);
	put_entry(0x11000, 2, 0x4000000000e3, 8);
	put_entry(0x12000, 3, 0x13063, 8);
	put_entry(0x12000, 4, 0x80000000fec010e3, 8);
	put_entry(0x13000, 5, 0x8000000000077163, 8);
	put_entry(0x13000, 6, 0x77162, 8);
	assert_int_equal(walk(0xffff800040605123), 0x77123);
	assert_int_equal(walk(0xffff800040606123), UINT64_MAX);
	assert_int_equal(walk(0xffff800040812345), 0xfec12345);
	assert_int_equal(walk(0xffff800091234567), 0x400011234567);
	assert_int_equal(walk(0xffff808091234567), UINT64_MAX);
	fake.mode.cr3 = 1ull << 40;
	assert_int_equal(walk(0xffff800040605123), UINT64_MAX);
}

static void test_walk_5_level(void **state)
{
	(void)state;
	fake.mode.cr0 = 0x80000001;
	fake.mode.cr4 = 0x1020;
	fake.mode.efer = 0x500;
	fake.mode.cr3 = 0x10000;
	put_entry(0x10000, 273, 0x11003, 8);
	put_entry(0x11000, 0, 0x12003, 8);
	put_entry(0x12000, 0, 0x000080000083, 8);
	assert_int_equal(walk(0xff11000001234567), 0x81234567);
}

static void test_walk_pae(void **state)
{
	(void)state;
	fake.mode =
		(struct vcpu_mode){.cr0 = 0x80000001, .cr4 = 0x20, .cr3 = 0x10020, .code32 = true};
	put_entry(0x10020, 3, 0x11001, 8);
	put_entry(0x11000, 0, 0x12003, 8);
	put_entry(0x11000, 1, 0x1004000e3, 8);
	put_entry(0x12000, 511, 0x55003, 8);
	assert_int_equal(walk(0xc01ffabc), 0x55abc);
	assert_int_equal(walk(0xc0212345), 0x100412345);
	assert_int_equal(walk(0x80000000), UINT64_MAX);
}

static void test_walk_32_bit(void **state)
{
	(void)state;
	fake.mode =
		(struct vcpu_mode){.cr0 = 0x80000001, .cr4 = 0x10, .cr3 = 0x10000, .code32 = true};
	put_entry(0x10000, 768, 0x11003, 4);
	put_entry(0x10000, 769, 0x00c020e3, 4);
	put_entry(0x11000, 1, 0x66003, 4);
	assert_int_equal(walk(0xc0001abc), 0x66abc);
	assert_int_equal(walk(0xc0412345), 0x100c12345); /* PSE-36: bits 39:32 in 20:13 */
	fake.mode.cr4 = 0;
	assert_int_equal(walk(0xc0412345), UINT64_MAX);
}

/* An instruction across two pages that are not neighbours. */
static void test_fetch_across_pages(void **state)
{
	uint8_t code[15];

	(void)state;
	fake.mode = (struct vcpu_mode){
		.cr0 = 0x80000001, .cr3 = 0x10000, .code32 = true, .cs_base = 0x1000, .rip = 0xffe};
	put_entry(0x10000, 0, 0x11003, 4);
	put_entry(0x11000, 1, 0x66003, 4);
	put_entry(0x11000, 2, 0x44003, 4);
	memcpy(at(0x66ffe), "\x8b\x85", 2);
	memcpy(at(0x44000), "\x78\x56\x34\x12", 4);
	assert_int_equal(guest_fetch_code(FAKE_VM, &fake.mode, code, 15), 15);
	assert_memory_equal(code, "\x8b\x85\x78\x56\x34\x12", 6);
	platform_mmio_exit(FAKE_VCPU, PLATFORM_IOAPIC + 0x10, false);
	assert_int_equal(fake.skipped, 6);
	put_entry(0x11000, 2, 0, 4);
	fake.mode.rip = 0xffe;
	assert_int_equal(guest_fetch_code(FAKE_VM, &fake.mode, code, 15), 2);
	platform_mmio_exit(FAKE_VCPU, PLATFORM_IOAPIC + 0x10, false);
	assert_int_equal(fake.stops, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ioapic, setup),
		cmocka_unit_test_setup(test_exchange, setup),
		cmocka_unit_test_setup(test_mailbox, setup),
		cmocka_unit_test_setup(test_no_mailbox, setup),
		cmocka_unit_test_setup(test_absent, setup),
		cmocka_unit_test_setup(test_unknown_instruction, setup),
		cmocka_unit_test_setup(test_local_apic, setup),
		cmocka_unit_test_setup(test_walk_4_level, setup),
		cmocka_unit_test_setup(test_walk_5_level, setup),
		cmocka_unit_test_setup(test_walk_pae, setup),
		cmocka_unit_test_setup(test_walk_32_bit, setup),
		cmocka_unit_test_setup(test_fetch_across_pages, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
