// SPDX-License-Identifier: BSD-2-Clause
/* Static ELF64 executables as kernels (System V ABI, "Object Files" and "Program Loading"). */
#include "arch/x86/platform/guest_boot.h"
#include "kernel/bulk.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"

#define ELF_CLASS_64   2
#define ELF_LITTLE     1
#define ELF_EXECUTABLE 2
#define ELF_X86_64     62
#define ELF_LOAD       1

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF64 header");
_Static_assert(sizeof(struct elf_segment) == 56, "ELF64 program header");

static int check_header(const struct vm *vm, const char *name, const struct boot_module *module,
			const struct elf_header *header)
{
	if (header->ident[4] != ELF_CLASS_64 || header->ident[5] != ELF_LITTLE ||
	    header->type != ELF_EXECUTABLE || header->machine != ELF_X86_64) {
		log_error("%s: kernel module \"%s\" is an ELF file of class %u, data %u, type %u, "
			  "machine %u; expected a static x86-64 executable: 2, 1, 2, 62",
			  vm->name, name, header->ident[4], header->ident[5], header->type,
			  header->machine);
		return -EINVAL;
	}
	if (header->phentsize != sizeof(struct elf_segment) || header->phoff > module->bytes ||
	    (uint64_t)header->phnum * sizeof(struct elf_segment) > module->bytes - header->phoff) {
		log_error("%s: kernel module \"%s\" is corrupt: %u program headers of %u bytes at "
			  "offset %llu do not fit its %llu bytes",
			  vm->name, name, header->phnum, header->phentsize,
			  (unsigned long long)header->phoff, (unsigned long long)module->bytes);
		return -EINVAL;
	}
	return 0;
}

static int check_segment(const struct vm *vm, const char *name, const struct boot_module *module,
			 const struct elf_segment *segment)
{
	if (segment->offset > module->bytes || segment->filesz > module->bytes - segment->offset ||
	    segment->filesz > segment->memsz) {
		log_error("%s: kernel module \"%s\" is truncated or corrupt: a segment has %llu "
			  "bytes at offset %llu of %llu",
			  vm->name, name, (unsigned long long)segment->filesz,
			  (unsigned long long)segment->offset, (unsigned long long)module->bytes);
		return -EINVAL;
	}
	if (segment->paddr < GUEST_KERNEL || segment->memsz > UINT64_MAX - segment->paddr) {
		log_error(
			"%s: kernel module \"%s\" cannot be placed: a segment of %llu bytes is for "
			"0x%llx, expected 0x%llx or above",
			vm->name, name, (unsigned long long)segment->memsz,
			(unsigned long long)segment->paddr, (unsigned long long)GUEST_KERNEL);
		return -EINVAL;
	}
	return 0;
}

/*
 * Notes a segment in kernel: where the memory that it takes begins and ends, and whether the
 * entry point lies in it. Linux's vmlinux has a physical entry point, although it is linked
 * elsewhere (QEMU, Firecracker and Cloud Hypervisor take it so, too); others have the virtual one
 * that the ELF specification means. So a physical one has precedence.
 */
static void note_segment(struct guest_kernel *kernel, const struct elf_segment *segment,
			 uint64_t entry, bool *physical)
{
	if (!kernel->start || segment->paddr < kernel->start)
		kernel->start = segment->paddr;
	if (segment->paddr + segment->memsz > kernel->end)
		kernel->end = segment->paddr + segment->memsz;
	if (entry >= segment->paddr && entry - segment->paddr < segment->memsz) {
		kernel->entry = entry;
		*physical = true;
	} else if (!*physical && entry >= segment->vaddr &&
		   entry - segment->vaddr < segment->memsz) {
		kernel->entry = entry - segment->vaddr + segment->paddr;
	}
}

/* The program header with this index; returns whether it is of something to be loaded. */
static bool get_segment(const struct boot_module *module, const struct elf_header *header,
			unsigned index, struct elf_segment *segment)
{
	memcpy(segment, module->data + header->phoff + index * sizeof(*segment), sizeof(*segment));
	return segment->type == ELF_LOAD && segment->memsz;
}

/* Checks all segments, and notes them in kernel. */
static int note_segments(const struct vm *vm, const struct boot_module *module,
			 const struct elf_header *header, struct guest_kernel *kernel)
{
	struct elf_segment segment;
	bool physical = false;
	int error;

	for (unsigned i = 0; i < header->phnum; i++) {
		if (!get_segment(module, header, i, &segment))
			continue;
		error = check_segment(vm, kernel->module, module, &segment);
		if (error)
			return error;
		note_segment(kernel, &segment, header->entry, &physical);
	}
	if (!kernel->entry) {
		log_error(
			"%s: kernel module \"%s\" is corrupt: its entry point 0x%llx is in none of "
			"its segments, neither by its physical nor by its virtual address",
			vm->name, kernel->module, (unsigned long long)header->entry);
		return -EINVAL;
	}
	return guest_check_memory(vm, "kernel", kernel->module, kernel->start,
				  kernel->end - kernel->start);
}

static void load_segments(struct vm *vm, const struct boot_module *module,
			  const struct elf_header *header)
{
	struct elf_segment segment;

	for (unsigned i = 0; i < header->phnum; i++)
		if (get_segment(module, header, i, &segment))
			bulk_copy(vm_memory(vm, segment.paddr, segment.memsz),
				  module->data + segment.offset, segment.filesz);
}

int elf64_load(struct vm *vm, const char *name, const struct boot_module *module,
	       struct guest_kernel *kernel)
{
	struct elf_header header;
	int error;

	if (module->bytes < sizeof(header)) {
		log_error("%s: kernel module \"%s\" is truncated: %llu bytes, an ELF header has %u",
			  vm->name, name, (unsigned long long)module->bytes,
			  (unsigned)sizeof(header));
		return -EINVAL;
	}
	memcpy(&header, module->data, sizeof(header));
	*kernel = (struct guest_kernel){
		.module = name,
		.initrd_last = UINT32_MAX,
		.cmdline_most = CONFIG_CMDLINE_BYTES - 1,
	};
	error = check_header(vm, name, module, &header);
	if (!error)
		error = note_segments(vm, module, &header, kernel);
	if (!error)
		load_segments(vm, module, &header);
	return error;
}
