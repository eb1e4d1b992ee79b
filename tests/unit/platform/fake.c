// SPDX-License-Identifier: BSD-2-Clause
/* A fake VM: what the platform's sources call. */
#include "tests/unit/platform/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/vmx/lapic.h"
#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/memory.h"

struct fake fake;

void fake_reset(uint64_t bytes)
{
	free(fake.vm.region[0].memory);
	memset(&fake, 0, sizeof(fake));
	strcpy(fake.vm.name, "test");
	fake.vm.config = &fake.config;
	fake.vm.vcpus = 1;
	fake.vm.vcpu[0].vm = &fake.vm;
	fake.vm.regions = 1;
	fake.vm.region[0].bytes = bytes;
	fake.vm.region[0].memory = calloc(1, bytes);
	strcpy(fake.module[0].string, "kernel");
	strcpy(fake.module[1].string, "initrd");
}

const struct vm_region *vm_find_region(const struct vm *vm, uint64_t guest_address)
{
	return guest_address < vm->region[0].bytes ? &vm->region[0] : NULL;
}

void *vm_memory(const struct vm *vm, uint64_t guest_address, uint64_t bytes)
{
	const struct vm_region *region = &vm->region[0];

	if (guest_address > region->bytes || bytes > region->bytes - guest_address)
		return NULL;
	return region->memory + guest_address;
}

void vm_stop(struct vm *vm, bool reboot, const char *format, ...)
{
	va_list arguments;

	(void)vm;
	va_start(arguments, format);
	vsnprintf(fake.stop_reason, sizeof(fake.stop_reason), format, arguments);
	va_end(arguments);
	fake.stops++;
	fake.stop_reboot = reboot;
}

void vm_post_message(struct vm *vm, enum vm_sender sender, uint64_t address, uint32_t data)
{
	unsigned n = __atomic_fetch_add(&fake.messages, 1, __ATOMIC_SEQ_CST) % FAKE_MESSAGES;

	(void)vm;
	(void)sender;
	fake.message[n].address = address;
	fake.message[n].data = data;
}

const struct boot_module *boot_module_find(const char *name)
{
	for (unsigned i = 0; i < FAKE_MODULES; i++) {
		if (fake.module[i].data && !strcmp(fake.module[i].string, name))
			return &fake.module[i];
	}
	return NULL;
}

const char *boot_module_names(char *text, size_t bytes)
{
	(void)bytes;
	return strcpy(text, "\"config\"");
}

void console_write(const char *text, size_t bytes)
{
	memcpy(fake.console + fake.console_bytes, text, bytes);
	fake.console_bytes += bytes;
}

void *kmalloc(size_t bytes)
{
	fake.allocations++;
	return calloc(1, bytes);
}

void kfree(void *object)
{
	fake.allocations -= object != NULL;
	free(object);
}

uint64_t *vcpu_registers(struct vcpu *vcpu)
{
	(void)vcpu;
	return fake.registers;
}

void vcpu_get_mode(struct vcpu *vcpu, struct vcpu_mode *mode)
{
	(void)vcpu;
	*mode = fake.mode;
}

void vcpu_skip_instruction(struct vcpu *vcpu, unsigned bytes)
{
	(void)vcpu;
	fake.skipped += bytes;
	fake.mode.rip += bytes;
}

uint32_t lapic_mmio_read(struct vcpu *vcpu, uint32_t offset)
{
	(void)vcpu;
	fake.lapic_offset = offset;
	return 0xa1b2c3d4;
}

void lapic_mmio_write(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	(void)vcpu;
	fake.lapic_offset = offset;
	fake.lapic_value = value;
}

void vcpu_wake_up(struct vcpu *vcpu, uint64_t rip)
{
	fake.woken = vcpu;
	fake.woken_rip = rip;
	fake.wake_ups++;
}
