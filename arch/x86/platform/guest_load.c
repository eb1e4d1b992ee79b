// SPDX-License-Identifier: BSD-2-Clause
/* Loads a VM's kernel, initrd and command line from the boot modules. */
#include "arch/x86/platform/guest_boot.h"
#include "kernel/bulk.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/string.h"
#include "kernel/vm_arch.h"

#define MODULE_NAMES_BYTES 160

static const uint8_t elf_magic[4] = {0x7f, 'E', 'L', 'F'};

uint64_t guest_low_memory(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->regions; i++) {
		if (vm->region[i].guest_address == 0)
			return vm->region[i].bytes;
	}
	return 0;
}

int guest_check_memory(const struct vm *vm, const char *kind, const char *name, uint64_t address,
		       uint64_t bytes)
{
	uint64_t low = guest_low_memory(vm);
	uint64_t needed;

	if (address <= low && bytes <= low - address)
		return 0;
	if (address > VM_RAM_LOW_MOST || bytes > VM_RAM_LOW_MOST - address) {
		log_error("%s: %s module \"%s\" fits into no VM: it needs %llu KB at 0x%llx, where "
			  "memory ends at 0x%llx at the most",
			  vm->name, kind, name, (unsigned long long)bytes / 1024,
			  (unsigned long long)address, (unsigned long long)VM_RAM_LOW_MOST);
		return -ENOMEM;
	}
	needed = (address + bytes + LARGE_PAGE_BYTES - 1) & ~(LARGE_PAGE_BYTES - 1);
	log_error("%s: too little memory for %s module \"%s\": it needs %llu KB at 0x%llx, so "
		  "memory = %lluM or more; the VM has %lluM there",
		  vm->name, kind, name, (unsigned long long)bytes / 1024,
		  (unsigned long long)address, (unsigned long long)needed >> 20,
		  (unsigned long long)low >> 20);
	return -ENOMEM;
}

static const struct boot_module *find_module(const struct vm *vm, const char *what,
					     const char *name)
{
	const struct boot_module *module = boot_module_find(name);
	char names[MODULE_NAMES_BYTES];

	if (!module)
		log_error("%s: no boot module is named \"%s\", its %s: there are: %s", vm->name,
			  name, what, boot_module_names(names, sizeof(names)));
	return module;
}

static int load_kernel(struct vm *vm, struct guest_kernel *kernel)
{
	const char *name = vm->config->kernel;
	const struct boot_module *module = find_module(vm, "kernel", name);

	if (!module)
		return -ENOENT;
	if (module->bytes >= sizeof(elf_magic) && !memcmp(module->data, elf_magic, 4))
		return elf64_load(vm, name, module, kernel);
	return bzimage_load(vm, name, module, kernel);
}

/* Places the initrd as high as memory and kernel allow. */
static int place_initrd(const struct vm *vm, const struct guest_kernel *kernel,
			struct guest_initrd *initrd)
{
	const char *name = vm->config->initrd;
	uint64_t start = (kernel->end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	uint64_t limit = guest_low_memory(vm);

	if (start > kernel->initrd_last || initrd->bytes > kernel->initrd_last + 1 - start) {
		log_error("%s: initrd module \"%s\" is too big: %llu KB, the kernel takes one from "
			  "0x%llx to 0x%llx",
			  vm->name, name, (unsigned long long)initrd->bytes / 1024,
			  (unsigned long long)start, (unsigned long long)kernel->initrd_last);
		return -ENOMEM;
	}
	if (guest_check_memory(vm, "initrd", name, start, initrd->bytes))
		return -ENOMEM;
	if (limit > kernel->initrd_last)
		limit = kernel->initrd_last + 1;
	initrd->address = (limit - initrd->bytes) & ~(PAGE_BYTES - 1);
	return 0;
}

static int load_initrd(struct vm *vm, const struct guest_kernel *kernel,
		       struct guest_initrd *initrd)
{
	const char *name = vm->config->initrd;
	const struct boot_module *module;
	int error;

	if (!name[0])
		return 0;
	module = find_module(vm, "initrd", name);
	if (!module)
		return -ENOENT;
	initrd->bytes = module->bytes;
	error = place_initrd(vm, kernel, initrd);
	if (!error)
		bulk_copy(vm_memory(vm, initrd->address, initrd->bytes), module->data,
			  initrd->bytes);
	return error;
}

static int check_cmdline(const struct vm *vm, const struct guest_kernel *kernel)
{
	size_t length = strlen(vm->config->cmdline);

	if (length <= kernel->cmdline_most)
		return 0;
	log_error("%s: command line of %u characters, kernel module \"%s\" takes at most %u",
		  vm->name, (unsigned)length, kernel->module, (unsigned)kernel->cmdline_most);
	return -EINVAL;
}

int guest_load(struct vm *vm, uint64_t rsdp, struct vcpu_start *start)
{
	struct guest_kernel kernel;
	struct guest_initrd initrd = {0};
	int error;

	error = load_kernel(vm, &kernel);
	if (!error)
		error = check_cmdline(vm, &kernel);
	if (!error)
		error = load_initrd(vm, &kernel, &initrd);
	if (error)
		return error;
	guest_write_boot_params(vm, &kernel, &initrd, rsdp);
	guest_write_tables(vm, start);
	start->rip = kernel.entry;
	start->rsp = GUEST_STACK_TOP;
	start->rsi = GUEST_BOOT_PARAMS;
	return 0;
}
