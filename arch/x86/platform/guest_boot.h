/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a kernel into a VM, and what it finds in low memory when it starts. */
#ifndef SLUICE_ARCH_X86_PLATFORM_GUEST_BOOT_H
#define SLUICE_ARCH_X86_PLATFORM_GUEST_BOOT_H

#include <stdint.h>

#include "arch/x86/vmx/vcpu.h"
#include "kernel/boot.h"

/* Guest-physical map of the first megabyte. */
#define GUEST_GDT         0x1000ull
#define GUEST_BOOT_PARAMS 0x2000ull
#define GUEST_CMDLINE     0x3000ull
#define GUEST_STACK_TOP   0x8000ull
#define GUEST_PAGE_TABLES 0x10000ull /* up to GUEST_LOW_END */
#define GUEST_LOW_END     0x9f000ull
#define GUEST_RESERVED    0x9fc00ull /* reserved from here to 1 MB */
#define GUEST_ACPI        0xe0000ull
#define GUEST_ACPI_BYTES  0x10000ull
#define GUEST_WAKEUP      0xf0000ull /* page tables and GDT for guest_write_wakeup_tables() */
#define GUEST_KERNEL      0x100000ull

/* A kernel that has been copied into guest memory. */
struct guest_kernel {
	const char *module;    /* name of its boot module */
	uint64_t entry;        /* guest-physical address of its 64-bit entry point */
	uint64_t start;        /* where it was placed */
	uint64_t end;          /* end of the memory that it takes before it reads the e820 map */
	uint64_t initrd_last;  /* the highest address an initrd's last byte may have */
	uint64_t cmdline_most; /* bytes of command line without the terminating zero */
	const uint8_t
		*header; /* its setup header, to be copied to boot_params; NULL: it has none */
	uint64_t header_bytes;
};

/*
 * Copies a Linux bzImage (Linux x86 boot protocol 2.12 and later, 64-bit entry) or a static ELF64
 * executable from module into the VM's memory. name is the module's. Returns 0 and fills kernel,
 * or -EINVAL or -ENOMEM after logging what was found and what was expected.
 */
int bzimage_load(struct vm *vm, const char *name, const struct boot_module *module,
		 struct guest_kernel *kernel);
int elf64_load(struct vm *vm, const char *name, const struct boot_module *module,
	       struct guest_kernel *kernel);

/*
 * Loads the kernel, initrd and command line of the VM's configuration and fills start. rsdp is the
 * guest-physical address of the ACPI root pointer. Returns 0, -ENOENT, -EINVAL or -ENOMEM, logged.
 */
int guest_load(struct vm *vm, uint64_t rsdp, struct vcpu_start *start);

/* Bytes of the VM's memory from guest-physical address 0 on. */
uint64_t guest_low_memory(const struct vm *vm);

/*
 * Whether that memory has `bytes` at `address`, which the module `name` needs. kind: "kernel" or
 * "initrd". Returns 0, or -ENOMEM after logging how much memory the VM would have to have.
 */
int guest_check_memory(const struct vm *vm, const char *kind, const char *name, uint64_t address,
		       uint64_t bytes);

/* Where the initrd was placed. */
struct guest_initrd {
	uint64_t address, bytes; /* 0 bytes: none */
};

/* Writes boot_params ("zero page"), with e820 map, and the command line. */
void guest_write_boot_params(struct vm *vm, const struct guest_kernel *kernel,
			     const struct guest_initrd *initrd, uint64_t rsdp);

/* Writes page tables that map memory at its own address, and a GDT; fills their fields of start. */
void guest_write_tables(struct vm *vm, struct vcpu_start *start);

/*
 * The same in the reserved part of the first megabyte, where they stay, for vCPUs that start later:
 * 4 GB, for all rings.
 */
void guest_write_wakeup_tables(struct vm *vm, struct vcpu_start *start);

#endif
