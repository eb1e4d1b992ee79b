// SPDX-License-Identifier: BSD-2-Clause
/* Loads a VM's kernel, initrd and command line from the boot modules. */
#include "arch/x86/platform/guest_boot.h"
#include "kernel/bulk.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/string.h"

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
static int load_initrd(struct vm *vm, const struct guest_kernel *kernel,
		       struct guest_initrd *initrd)
{
	const char *name = vm->config->initrd;
	uint64_t limit = guest_low_memory(vm);
	const struct boot_module *module;

	if (!name[0])
		return 0;
	module = find_module(vm, "initrd", name);
	if (!module)
		return -ENOENT;
	if (limit > kernel->initrd_last)
		limit = kernel->initrd_last + 1;
	if (module->bytes > limit || ((limit - module->bytes) & ~(PAGE_BYTES - 1)) < kernel->end) {
		log_error("%s: initrd module \"%s\" is too big: %llu KB, the kernel leaves %llu KB "
			  "from 0x%llx to 0x%llx",
			  vm->name, name, (unsigned long long)module->bytes / 1024,
			  (unsigned long long)(limit > kernel->end ? limit - kernel->end : 0) /
				  1024,
			  (unsigned long long)kernel->end, (unsigned long long)limit);
		return -ENOMEM;
	}
	initrd->address = (limit - module->bytes) & ~(PAGE_BYTES - 1);
	initrd->bytes = module->bytes;
	bulk_copy(vm_memory(vm, initrd->address, initrd->bytes), module->data, initrd->bytes);
	return 0;
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
