/* SPDX-License-Identifier: BSD-2-Clause */
/* The vCPU as vcpu.h shows it: registers, mode, exceptions. */
#include "arch/x86/vmx/vcpu.h"

#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/format.h"
#include "kernel/log.h"

#define RFLAGS_TF    BIT(8)
#define DEBUGCTL_BTF BIT(1)
#define DR6_BS       BIT(14)

uint64_t *vcpu_registers(struct vcpu *vcpu)
{
	struct vmx_vcpu *v = vmx_vcpu(vcpu);

	if (!v->rsp_loaded) {
		vmcs_make_current(v);
		v->registers[VCPU_RSP] = vmread(GUEST_RSP);
		v->rsp_loaded = true;
	}
	return v->registers;
}

void vcpu_get_mode(struct vcpu *vcpu, struct vcpu_mode *mode)
{
	struct vmx_vcpu *v = vmx_vcpu(vcpu);
	uint64_t code;

	vmcs_make_current(v);
	code = vmread(GUEST_CS_ACCESS_RIGHTS);
	mode->rip = vmread(GUEST_RIP);
	mode->rflags = vmread(GUEST_RFLAGS);
	mode->cr0 = vmcs_guest_cr0();
	mode->cr3 = vmcs_guest_cr3(vmx_vcpu(vcpu));
	mode->cr4 = vmcs_guest_cr4();
	mode->efer = vmcs_guest_efer(vmx_vcpu(vcpu));
	mode->cs_base = vmread(GUEST_CS_BASE);
	mode->code64 = (mode->efer & IA32_EFER_LMA) && (code & ACCESS_LONG);
	mode->code32 = code & ACCESS_DEFAULT;
	mode->cpl = ACCESS_DPL(vmread(GUEST_SS_ACCESS_RIGHTS));
}

unsigned vcpu_exit_instruction_bytes(struct vcpu *vcpu)
{
	vmcs_make_current(vmx_vcpu(vcpu));
	return (unsigned)vmread(EXIT_INSTRUCTION_LENGTH);
}

bool vmcs_single_steps(void)
{
	return (vmread(GUEST_RFLAGS) & RFLAGS_TF) && !(vmread(GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF);
}

/* The step over an instruction that was emulated ends in #DB, as one that the processor ran does.
 */
static void end_single_step(struct vmx_vcpu *v)
{
	if (!vmcs_single_steps())
		return;
	dr6_write(dr6_read() | DR6_BS);
	vmwrite(GUEST_PENDING_DEBUG_EXCEPTIONS, 0);
	vcpu_inject(v, INTERRUPTION_EXCEPTION | VECTOR_DB, 0);
}

void vcpu_skip_instruction(struct vcpu *vcpu, unsigned bytes)
{
	uint64_t rip, state;

	vmcs_make_current(vmx_vcpu(vcpu));
	rip = vmread(GUEST_RIP) + bytes;
	if (!(vmread(GUEST_CS_ACCESS_RIGHTS) & ACCESS_LONG))
		rip &= 0xffffffff;
	vmwrite(GUEST_RIP, rip);
	state = vmread(GUEST_INTERRUPTIBILITY_STATE);
	if (state & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS))
		vmwrite(GUEST_INTERRUPTIBILITY_STATE,
			state & ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
	end_single_step(vmx_vcpu(vcpu));
}

static bool is_contributory(uint32_t info)
{
	unsigned vector = info & INTERRUPTION_VECTOR;

	return (info & INTERRUPTION_TYPE) == INTERRUPTION_EXCEPTION &&
	       (vector == 0 || (vector >= 10 && vector <= VECTOR_GP));
}

static bool is_exception(uint32_t info, unsigned vector)
{
	return (info & (INTERRUPTION_TYPE | INTERRUPTION_VECTOR)) ==
	       (INTERRUPTION_EXCEPTION | vector);
}

/* SDM volume 3, table "Conditions for Generating a Double Fault". */
void vcpu_inject(struct vmx_vcpu *v, uint32_t info, uint32_t error_code)
{
	uint32_t first = v->event.info;

	if (is_exception(first, VECTOR_DF)) {
		vcpu_triple_fault(v);
		return;
	}
	if ((is_contributory(first) && is_contributory(info)) ||
	    (is_exception(first, VECTOR_PF) &&
	     (is_contributory(info) || is_exception(info, VECTOR_PF)))) {
		info = INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE | VECTOR_DF;
		error_code = 0;
	}
	v->event.info = (uint32_t)(info | INTERRUPTION_VALID);
	v->event.error_code = error_code;
	v->event.instruction_bytes = 0;
}

void vcpu_inject_ud(struct vcpu *vcpu)
{
	vcpu_inject(vmx_vcpu(vcpu), INTERRUPTION_EXCEPTION | VECTOR_UD, 0);
}

void vcpu_inject_gp(struct vcpu *vcpu)
{
	vcpu_inject(vmx_vcpu(vcpu), INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE | VECTOR_GP,
		    0);
}

static void dump_registers(struct vmx_vcpu *v)
{
	const uint64_t *r = vcpu_registers(v->vcpu);
	struct vcpu_mode mode;

	vcpu_get_mode(v->vcpu, &mode);
	log_error("%s.%u: rip %016llx rflags %08llx cs base %llx cpl %u", v->vcpu->vm->name,
		  v->vcpu->id, (unsigned long long)mode.rip, (unsigned long long)mode.rflags,
		  (unsigned long long)mode.cs_base, mode.cpl);
	log_error("%s.%u: cr0 %08llx cr3 %llx cr4 %08llx efer %llx", v->vcpu->vm->name, v->vcpu->id,
		  (unsigned long long)mode.cr0, (unsigned long long)mode.cr3,
		  (unsigned long long)mode.cr4, (unsigned long long)mode.efer);
	for (unsigned i = 0; i < VCPU_REGISTERS; i += 4)
		log_error("%s.%u: r%-2u.. %016llx %016llx %016llx %016llx", v->vcpu->vm->name,
			  v->vcpu->id, i, (unsigned long long)r[i], (unsigned long long)r[i + 1],
			  (unsigned long long)r[i + 2], (unsigned long long)r[i + 3]);
}

void vcpu_stop_vm(struct vmx_vcpu *v, const char *format, ...)
{
	char reason[128];
	va_list arguments;

	va_start(arguments, format);
	format_list(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	dump_registers(v);
	vm_stop(v->vcpu->vm, false, "vCPU %u: %s (rip 0x%llx)", v->vcpu->id, reason,
		(unsigned long long)vmread(GUEST_RIP));
}

/* As on a PC, where the shutdown cycle makes the chipset reset the processor. */
void vcpu_triple_fault(struct vmx_vcpu *v)
{
	dump_registers(v);
	vm_stop(v->vcpu->vm, true, "vCPU %u: triple fault (rip 0x%llx)", v->vcpu->id,
		(unsigned long long)vmread(GUEST_RIP));
}
