/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching of the guest state that exits leave in the core's registers. */
#include "arch/x86/vmx/context.h"

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/controls.h"
#include "kernel/core.h"
#include "kernel/errno.h"
#include "kernel/memory.h"

#define IA32_TSC_AUX 0xc0000103

#define FXSAVE_BYTES      512
#define FXSAVE_FCW        0 /* byte offsets in the area */
#define FXSAVE_MXCSR      24
#define XSAVE_XSTATE_BV   512
#define FCW_AFTER_RESET   0x37f
#define MXCSR_AFTER_RESET 0x1f80
#define DR6_AFTER_RESET   0xffff0ff0

static const uint32_t switched_msrs[CONTEXT_MSRS] = {
	IA32_STAR, IA32_LSTAR, IA32_CSTAR, IA32_FMASK, IA32_KERNEL_GS_BASE, IA32_TSC_AUX,
};

/* The context in each core's registers. */
static struct vmx_context *loaded[CORES_MOST];

static void xcr0_write(uint64_t value)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* CPUID leaf 0xd tells the size for the features now in XCR0; sum up for all we may set. */
static size_t compute_fpu_bytes(void)
{
	size_t bytes = FXSAVE_BYTES;

	if (!vmx_caps.xsave)
		return bytes;
	bytes += 64;
	for (uint32_t i = 2; i < 63; i++) {
		if (vmx_caps.xcr0_mask & BIT(i)) {
			struct cpuid part = cpuid_leaf(0xd, i);

			if (part.ebx + part.eax > bytes)
				bytes = part.ebx + part.eax;
		}
	}
	return bytes;
}

int context_init(struct vmx_context *context)
{
	uint8_t *area;

	context->fpu_bytes = compute_fpu_bytes();
	area = memory_alloc(context->fpu_bytes, PAGE_BYTES);
	if (!area)
		return -ENOMEM;
	*(uint16_t *)(area + FXSAVE_FCW) = FCW_AFTER_RESET;
	*(uint32_t *)(area + FXSAVE_MXCSR) = MXCSR_AFTER_RESET;
	if (vmx_caps.xsave)
		*(uint64_t *)(area + XSAVE_XSTATE_BV) = BIT(0) | BIT(1);
	context->fpu = area;
	context->xcr0 = 1;
	context->dr6 = DR6_AFTER_RESET;
	return 0;
}

void context_destroy(struct vmx_context *context)
{
	if (context->fpu)
		memory_free(context->fpu, context->fpu_bytes);
	context->fpu = NULL;
}

static void save(struct vmx_context *context)
{
	if (vmx_caps.xsave) {
		xcr0_write(vmx_caps.xcr0_mask);
		__asm__ volatile("xsave64 (%0)" ::"r"(context->fpu), "a"(~0u), "d"(~0u) : "memory");
	} else {
		__asm__ volatile("fxsave64 (%0)" ::"r"(context->fpu) : "memory");
	}
	context->cr2 = cr2_read();
	__asm__ volatile("movq %%dr0, %0" : "=r"(context->dr[0]));
	__asm__ volatile("movq %%dr1, %0" : "=r"(context->dr[1]));
	__asm__ volatile("movq %%dr2, %0" : "=r"(context->dr[2]));
	__asm__ volatile("movq %%dr3, %0" : "=r"(context->dr[3]));
	__asm__ volatile("movq %%dr6, %0" : "=r"(context->dr6));
	for (unsigned i = 0; i < CONTEXT_MSRS; i++)
		if (switched_msrs[i] != IA32_TSC_AUX || vmx_caps.rdtscp)
			context->msr[i] = msr_read(switched_msrs[i]);
}

static void restore(const struct vmx_context *context)
{
	if (vmx_caps.xsave) {
		xcr0_write(vmx_caps.xcr0_mask);
		__asm__ volatile("xrstor64 (%0)" ::"r"(context->fpu), "a"(~0u), "d"(~0u)
				 : "memory");
		xcr0_write(context->xcr0);
	} else {
		__asm__ volatile("fxrstor64 (%0)" ::"r"(context->fpu) : "memory");
	}
	cr2_write(context->cr2);
	__asm__ volatile("movq %0, %%dr0" ::"r"(context->dr[0]));
	__asm__ volatile("movq %0, %%dr1" ::"r"(context->dr[1]));
	__asm__ volatile("movq %0, %%dr2" ::"r"(context->dr[2]));
	__asm__ volatile("movq %0, %%dr3" ::"r"(context->dr[3]));
	__asm__ volatile("movq %0, %%dr6" ::"r"(context->dr6));
	for (unsigned i = 0; i < CONTEXT_MSRS; i++)
		if (switched_msrs[i] != IA32_TSC_AUX || vmx_caps.rdtscp)
			msr_write(switched_msrs[i], context->msr[i]);
}

void context_load(struct vmx_context *context)
{
	struct vmx_context **here = &loaded[core_this()->id];

	if (*here == context)
		return;
	if (*here)
		save(*here);
	restore(context);
	*here = context;
}

void context_drop(struct vmx_context *context)
{
	struct vmx_context **here = &loaded[core_this()->id];

	if (*here == context)
		*here = NULL;
}

void context_set_xcr0(struct vmx_context *context, uint64_t value)
{
	context->xcr0 = value;
	if (loaded[core_this()->id] == context)
		xcr0_write(value);
}
