// SPDX-License-Identifier: BSD-2-Clause
/* What a kernel finds at its 64-bit entry: boot_params, e820 map, page tables, GDT. */
#include "arch/x86/platform/guest_boot.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/memory.h"
#include "kernel/string.h"

/* Offsets in boot_params (Linux documentation, "Zero Page"). */
#define ACPI_RSDP_ADDR    0x070
#define EXT_RAMDISK_IMAGE 0x0c0
#define EXT_RAMDISK_SIZE  0x0c4
#define EXT_CMD_LINE_PTR  0x0c8
#define E820_ENTRIES      0x1e8
#define SETUP_HEADER      0x1f1
#define BOOT_FLAG         0x1fe
#define HEADER_MAGIC      0x202
#define VERSION           0x206
#define TYPE_OF_LOADER    0x210
#define LOADFLAGS         0x211
#define RAMDISK_IMAGE     0x218
#define RAMDISK_SIZE      0x21c
#define CMD_LINE_PTR      0x228
#define INITRD_ADDR_MAX   0x22c
#define KERNEL_ALIGNMENT  0x230
#define XLOADFLAGS        0x236
#define CMDLINE_SIZE      0x238
#define PREF_ADDRESS      0x258
#define INIT_SIZE         0x260
#define E820_TABLE        0x2d0
#define BOOT_PARAMS_BYTES 4096

#define LOADER_UNDEFINED 0xff
#define BOOT_FLAG_VALUE  0xaa55
#define MAGIC_VALUE      0x53726448 /* "HdrS" */
#define PROTOCOL_VERSION 0x20f
#define LOADED_HIGH      1
#define XLF_KERNEL_64    1
#define E820_RAM         1
#define E820_RESERVED    2

struct e820_entry {
	uint64_t address, bytes;
	uint32_t type;
} __attribute__((packed));

/* Page-table entries and segment descriptors (SDM volume 3, sections 4.5 and 3.4.5). */
#define ENTRY_PRESENT          0x1ull
#define ENTRY_PRESENT_WRITABLE 0x3ull
#define ENTRY_USER             0x4ull
#define ENTRY_LARGE            0x80ull
#define ENTRIES                512
#define MAP_LEAST              (4ull << 30)
#define MAP_MOST               (64ull << 30)
#define GB                     (1ull << 30)
#define SEGMENT_CODE64         0x00af9b000000ffffull
#define SEGMENT_DATA           0x00cf93000000ffffull

static void put(uint8_t *params, unsigned offset, unsigned bytes, uint64_t value)
{
	memcpy(params + offset, &value, bytes);
}

static void add_e820(uint8_t *params, uint64_t start, uint64_t end, uint32_t type)
{
	struct e820_entry entry = {.address = start, .bytes = end - start, .type = type};

	memcpy(params + E820_TABLE + params[E820_ENTRIES] * sizeof(entry), &entry, sizeof(entry));
	params[E820_ENTRIES]++;
}

static void write_e820(const struct vm *vm, uint8_t *params)
{
	add_e820(params, 0, GUEST_RESERVED, E820_RAM);
	add_e820(params, GUEST_RESERVED, GUEST_KERNEL, E820_RESERVED);
	for (unsigned i = 0; i < vm->regions; i++) {
		const struct vm_region *region = &vm->region[i];
		uint64_t start = region->guest_address ? region->guest_address : GUEST_KERNEL;

		add_e820(params, start, region->guest_address + region->bytes, E820_RAM);
	}
}

/*
 * The setup header of a kernel that brings none: an ELF file. Linux finds it valid, and what a boot
 * loader needs of it is true of where the kernel lies.
 */
static void write_header(uint8_t *params, const struct guest_kernel *kernel)
{
	put(params, BOOT_FLAG, 2, BOOT_FLAG_VALUE);
	put(params, HEADER_MAGIC, 4, MAGIC_VALUE);
	put(params, VERSION, 2, PROTOCOL_VERSION);
	put(params, LOADFLAGS, 1, LOADED_HIGH);
	put(params, INITRD_ADDR_MAX, 4, kernel->initrd_last);
	put(params, KERNEL_ALIGNMENT, 4, LARGE_PAGE_BYTES);
	put(params, XLOADFLAGS, 2, XLF_KERNEL_64);
	put(params, CMDLINE_SIZE, 4, kernel->cmdline_most);
	put(params, PREF_ADDRESS, 8, kernel->start);
	put(params, INIT_SIZE, 4, kernel->end - kernel->start);
}

void guest_write_boot_params(struct vm *vm, const struct guest_kernel *kernel,
			     const struct guest_initrd *initrd, uint64_t rsdp)
{
	uint8_t *params = vm_memory(vm, GUEST_BOOT_PARAMS, BOOT_PARAMS_BYTES);
	const char *cmdline = vm->config->cmdline;
	size_t length = strlen(cmdline);

	memset(params, 0, BOOT_PARAMS_BYTES);
	if (kernel->header)
		memcpy(params + SETUP_HEADER, kernel->header, kernel->header_bytes);
	else
		write_header(params, kernel);
	write_e820(vm, params);
	put(params, ACPI_RSDP_ADDR, 8, rsdp);
	put(params, TYPE_OF_LOADER, 1, LOADER_UNDEFINED);
	put(params, RAMDISK_IMAGE, 4, initrd->address);
	put(params, EXT_RAMDISK_IMAGE, 4, initrd->address >> 32);
	put(params, RAMDISK_SIZE, 4, initrd->bytes);
	put(params, EXT_RAMDISK_SIZE, 4, initrd->bytes >> 32);
	put(params, CMD_LINE_PTR, 4, GUEST_CMDLINE);
	put(params, EXT_CMD_LINE_PTR, 4, 0);
	memcpy(vm_memory(vm, GUEST_CMDLINE, length + 1), cmdline, length + 1);
}

/* What to map: at least 4 GB, and all memory as far as the room for page tables goes. */
static uint64_t map_end(const struct vm *vm)
{
	uint64_t end = MAP_LEAST;

	for (unsigned i = 0; i < vm->regions; i++) {
		uint64_t region_end = vm->region[i].guest_address + vm->region[i].bytes;

		if (region_end > end)
			end = region_end;
	}
	end = (end + GB - 1) & ~(GB - 1);
	return end < MAP_MOST ? end : MAP_MOST;
}

_Static_assert(GUEST_PAGE_TABLES + (2 + MAP_MOST / GB) * PAGE_BYTES <= GUEST_LOW_END,
	       "page tables fit below GUEST_LOW_END");

/* Maps memory from 0 on at its own address. tables: room for 2 + directories pages. */
static void map_identity(struct vm *vm, uint64_t tables, unsigned directories, uint64_t rights)
{
	uint64_t *table = vm_memory(vm, tables, (2 + directories) * PAGE_BYTES);
	uint64_t *pointers = table + ENTRIES;
	uint64_t *directory = pointers + ENTRIES;

	table[0] = (tables + PAGE_BYTES) | rights;
	for (unsigned i = 0; i < directories; i++)
		pointers[i] = (tables + (2 + i) * PAGE_BYTES) | rights;
	for (uint64_t i = 0; i < (uint64_t)directories * ENTRIES; i++)
		directory[i] = i * LARGE_PAGE_BYTES | rights | ENTRY_LARGE;
}

static void write_gdt(struct vm *vm, uint64_t address, struct vcpu_start *start)
{
	static const uint64_t gdt[] = {0, 0, SEGMENT_CODE64, SEGMENT_DATA};

	memcpy(vm_memory(vm, address, sizeof(gdt)), gdt, sizeof(gdt));
	start->gdt_base = address;
	start->gdt_limit = sizeof(gdt) - 1;
}

void guest_write_tables(struct vm *vm, struct vcpu_start *start)
{
	map_identity(vm, GUEST_PAGE_TABLES, map_end(vm) / GB, ENTRY_PRESENT_WRITABLE);
	write_gdt(vm, GUEST_GDT, start);
	start->cr3 = GUEST_PAGE_TABLES;
}

void guest_write_wakeup_tables(struct vm *vm, struct vcpu_start *start)
{
	unsigned directories = MAP_LEAST / GB;
	uint64_t pae = GUEST_WAKEUP + (2 + directories) * PAGE_BYTES;
	uint64_t *pointers = vm_memory(vm, pae, directories * sizeof(*pointers));

	map_identity(vm, GUEST_WAKEUP, directories, ENTRY_PRESENT_WRITABLE | ENTRY_USER);
	for (unsigned i = 0; i < directories; i++)
		pointers[i] = (GUEST_WAKEUP + (2 + i) * PAGE_BYTES) | ENTRY_PRESENT;
	write_gdt(vm, pae + directories * sizeof(*pointers), start);
	start->cr3 = GUEST_WAKEUP;
	start->pae_cr3 = pae;
}
