/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and freeing what a VM needs of VT-x: page tables, vCPUs, the platform around them. */
#include "kernel/vm_arch.h"

#include "arch/x86/platform/platform.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/ept.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/string.h"

#define MISC_ENABLE_FAST_STRINGS BIT(0)
#define MTRR_WRITE_BACK          (BIT(11) | 6) /* enabled; the default type of all memory */

static void destroy_vcpu(struct vcpu *vcpu)
{
	struct vmx_vcpu *v = vcpu->arch;

	if (!v)
		return;
	context_destroy(&v->context);
	if (v->vmcs)
		memory_free(v->vmcs, PAGE_BYTES);
	if (v->msr_bitmap)
		memory_free(v->msr_bitmap, PAGE_BYTES);
	if (v->lapic.page)
		memory_free(v->lapic.page, PAGE_BYTES);
	memory_free(v, sizeof(*v));
	vcpu->arch = NULL;
}

static int create_vcpu(struct vcpu *vcpu)
{
	struct vmx_vcpu *v = memory_alloc(sizeof(*v), PAGE_BYTES);

	if (!v)
		return -ENOMEM;
	vcpu->arch = v;
	v->vcpu = vcpu;
	v->vmcs = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	v->msr_bitmap = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	v->lapic.page = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	if (!v->vmcs || !v->msr_bitmap || !v->lapic.page || context_init(&v->context))
		return -ENOMEM;
	msr_bitmap_init(v->msr_bitmap);
	lapic_reset(&v->lapic, vcpu->id, vcpu->id == 0);
	v->vpid = (uint16_t)(1 + vcpu->vm->number * VM_VCPUS_MOST + vcpu->id);
	v->counts = vmx_vcpu_counts(vcpu);
	memset(v->counts, 0, sizeof(*v->counts));
	v->posted.destination = vcpu->core->apic_id;
	v->misc_enable = MISC_ENABLE_FAST_STRINGS;
	v->mtrr_def_type = MTRR_WRITE_BACK;
	return 0;
}

static int create_page_tables(struct vm *vm, struct vmx_vm *arch)
{
	int error;

	arch->ept = ept_create();
	if (!arch->ept)
		return -ENOMEM;
	arch->ept_pointer = ept_pointer(arch->ept);
	for (unsigned i = 0; i < vm->regions; i++) {
		error = ept_map(arch->ept, vm->region[i].guest_address,
				(uint64_t)vm->region[i].memory, vm->region[i].bytes,
				vmx_caps.ept_2mb);
		if (error)
			return error;
	}
	if (vmx_caps.delivery == DELIVERY_INJECTION)
		return 0;
	arch->apic_access_page = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	if (!arch->apic_access_page)
		return -ENOMEM;
	return ept_map(arch->ept, PLATFORM_LAPIC, (uint64_t)arch->apic_access_page, PAGE_BYTES,
		       false);
}

static void free_parts(struct vm *vm)
{
	struct vmx_vm *arch = vm->arch;

	if (!arch)
		return;
	for (unsigned i = 0; i < vm->vcpus; i++)
		destroy_vcpu(&vm->vcpu[i]);
	if (arch->apic_access_page)
		memory_free(arch->apic_access_page, PAGE_BYTES);
	ept_destroy(arch->ept);
	kfree(arch);
	vm->arch = NULL;
}

int vm_arch_create(struct vm *vm)
{
	struct vmx_vm *arch;
	int error = 0;

	if (!vmx_caps.usable) {
		log_error("%s: needs VT-x", vm->name);
		return -ENODEV;
	}
	arch = kmalloc(sizeof(*arch));
	if (!arch) {
		log_error("%s: out of memory", vm->name);
		return -ENOMEM;
	}
	vm->arch = arch;
	for (unsigned i = 0; i < vm->vcpus && !error; i++)
		error = create_vcpu(&vm->vcpu[i]);
	if (!error)
		error = create_page_tables(vm, arch);
	if (!error)
		return platform_create(vm, &arch->start,
				       vmx_caps.unrestricted_guest ? NULL : &arch->further);
	log_error("%s: out of memory for its vCPUs and page tables", vm->name);
	return error;
}

int vm_arch_destroy(struct vm *vm)
{
	int error = platform_destroy(vm);

	if (!error)
		free_parts(vm);
	return error;
}

void vm_arch_console_input(struct vm *vm, uint8_t character)
{
	platform_console_input(vm, character);
}
