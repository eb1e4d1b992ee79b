/* SPDX-License-Identifier: BSD-2-Clause */
/* Detection of VT-x's capabilities. */
#include "arch/x86/vmx/capabilities.h"

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/controls.h"
#include "kernel/config.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/string.h"

#define IA32_FEATURE_CONTROL         0x03a
#define IA32_FEATURE_CONTROL_LOCK    BIT(0)
#define IA32_FEATURE_CONTROL_VMX     BIT(2)
#define IA32_VMX_BASIC               0x480
#define IA32_VMX_BASIC_TRUE_CONTROLS BIT(55)
#define IA32_VMX_PINBASED_CTLS       0x481
#define IA32_VMX_PROCBASED_CTLS      0x482
#define IA32_VMX_EXIT_CTLS           0x483
#define IA32_VMX_ENTRY_CTLS          0x484
#define IA32_VMX_MISC                0x485
#define IA32_VMX_CR0_FIXED0          0x486
#define IA32_VMX_CR0_FIXED1          0x487
#define IA32_VMX_CR4_FIXED0          0x488
#define IA32_VMX_CR4_FIXED1          0x489
#define IA32_VMX_PROCBASED_CTLS2     0x48b
#define IA32_VMX_EPT_VPID_CAP        0x48c
#define IA32_VMX_TRUE_PINBASED_CTLS  0x48d
#define IA32_VMX_TRUE_PROCBASED_CTLS 0x48e
#define IA32_VMX_TRUE_EXIT_CTLS      0x48f
#define IA32_VMX_TRUE_ENTRY_CTLS     0x490

struct vmx_capabilities vmx_caps;

static struct vmx_allowed read_allowed(uint32_t msr)
{
	uint64_t value = msr_read(msr);

	return (struct vmx_allowed){(uint32_t)value, (uint32_t)(value >> 32)};
}

bool vmx_open_feature_control(void)
{
	uint64_t value = msr_read(IA32_FEATURE_CONTROL);

	if (!(value & IA32_FEATURE_CONTROL_LOCK)) {
		value |= IA32_FEATURE_CONTROL_LOCK | IA32_FEATURE_CONTROL_VMX;
		msr_write(IA32_FEATURE_CONTROL, value);
	}
	return value & IA32_FEATURE_CONTROL_VMX;
}

/* NULL if VT-x can be switched on. */
static const char *find_obstacle(uint32_t hide)
{
	if (hide & HIDE_VMX)
		return "VT-x is hidden by the option 'hide'";
	if (!(cpuid_leaf(1, 0).ecx & CPUID_1_ECX_VMX))
		return "the processor has no VT-x";
	if (!vmx_open_feature_control())
		return "VT-x is switched off in the firmware's setup";
	return NULL;
}

static void read_controls(uint32_t hide)
{
	uint64_t basic = msr_read(IA32_VMX_BASIC);
	bool exact = !(hide & HIDE_TRUE_CONTROLS) && (basic & IA32_VMX_BASIC_TRUE_CONTROLS);

	vmx_caps.true_controls = exact;
	vmx_caps.revision = basic & 0x7fffffff;
	vmx_caps.pin = read_allowed(exact ? IA32_VMX_TRUE_PINBASED_CTLS : IA32_VMX_PINBASED_CTLS);
	vmx_caps.primary =
		read_allowed(exact ? IA32_VMX_TRUE_PROCBASED_CTLS : IA32_VMX_PROCBASED_CTLS);
	vmx_caps.exit = read_allowed(exact ? IA32_VMX_TRUE_EXIT_CTLS : IA32_VMX_EXIT_CTLS);
	vmx_caps.entry = read_allowed(exact ? IA32_VMX_TRUE_ENTRY_CTLS : IA32_VMX_ENTRY_CTLS);
	if (vmx_caps.primary.allowed1 & CPU_SECONDARY_CONTROLS)
		vmx_caps.secondary = read_allowed(IA32_VMX_PROCBASED_CTLS2);
	if (vmx_caps.secondary.allowed1 & (CPU2_ENABLE_EPT | CPU2_ENABLE_VPID))
		vmx_caps.ept_vpid = msr_read(IA32_VMX_EPT_VPID_CAP);
	vmx_caps.cr0_fixed0 = msr_read(IA32_VMX_CR0_FIXED0);
	vmx_caps.cr0_fixed1 = msr_read(IA32_VMX_CR0_FIXED1);
	vmx_caps.cr4_fixed0 = msr_read(IA32_VMX_CR4_FIXED0);
	vmx_caps.cr4_fixed1 = msr_read(IA32_VMX_CR4_FIXED1);
	vmx_caps.physical_bits = cpuid_leaf(0x80000008, 0).eax & 0xff;
	vmx_caps.preemption_timer_shift = msr_read(IA32_VMX_MISC) & 31;
}

static bool has(const struct vmx_allowed *allowed, uint64_t bits)
{
	return (allowed->allowed1 & bits) == bits;
}

/* What no guest can run without; NULL if all is there. */
static const char *find_missing(void)
{
	if (!has(&vmx_caps.secondary, CPU2_ENABLE_EPT))
		return "the processor's VT-x has no EPT";
	if ((vmx_caps.ept_vpid & (EPT_CAP_4_LEVELS | EPT_CAP_WB | EPT_CAP_INVEPT)) !=
	    (EPT_CAP_4_LEVELS | EPT_CAP_WB | EPT_CAP_INVEPT))
		return "the processor's EPT has no 4-level walk, write-back memory or INVEPT";
	if (!has(&vmx_caps.primary, CPU_USE_MSR_BITMAPS | CPU_USE_TSC_OFFSETTING | CPU_HLT_EXITING |
					    CPU_UNCONDITIONAL_IO_EXITING))
		return "the processor's VT-x has no MSR bitmaps or TSC offsetting";
	if (!has(&vmx_caps.exit, EXIT_HOST_ADDRESS_SPACE_SIZE | EXIT_ACKNOWLEDGE_INTERRUPT))
		return "the processor's VT-x does not acknowledge interrupts when it exits";
	if (!has(&vmx_caps.exit, EXIT_SAVE_IA32_EFER | EXIT_LOAD_IA32_EFER | EXIT_SAVE_IA32_PAT |
					 EXIT_LOAD_IA32_PAT) ||
	    !has(&vmx_caps.entry,
		 ENTRY_IA32E_MODE_GUEST | ENTRY_LOAD_IA32_EFER | ENTRY_LOAD_IA32_PAT))
		return "the processor's VT-x does not switch IA32_EFER and IA32_PAT";
	return NULL;
}

static enum vmx_delivery choose_delivery(uint32_t hide)
{
	uint64_t apicv = CPU2_VIRTUALIZE_APIC_ACCESSES | CPU2_APIC_REGISTER_VIRT |
			 CPU2_VIRTUAL_INTERRUPT_DELIVERY;

	if ((hide & HIDE_APICV) || !vmx_caps.tpr_shadow || !has(&vmx_caps.secondary, apicv))
		return DELIVERY_INJECTION;
	if ((hide & HIDE_POSTED_INTERRUPTS) || !has(&vmx_caps.pin, PIN_PROCESS_POSTED_INTERRUPTS))
		return DELIVERY_VIRTUAL;
	return DELIVERY_POSTED;
}

/* What the hypervisor knows and the processor has; the states of AVX-512 all or none. */
static uint64_t find_xcr0_mask(void)
{
	struct cpuid leaf = cpuid_leaf(0xd, 0);
	uint64_t mask = ((uint64_t)leaf.edx << 32 | leaf.eax) & XCR0_KNOWN;

	return (mask & XCR0_AVX512) == XCR0_AVX512 ? mask : mask & ~XCR0_AVX512;
}

static void choose_features(uint32_t hide)
{
	const struct vmx_allowed *second = &vmx_caps.secondary;

	vmx_caps.tpr_shadow =
		!(hide & HIDE_TPR_SHADOW) && has(&vmx_caps.primary, CPU_USE_TPR_SHADOW);
	vmx_caps.delivery = choose_delivery(hide);
	vmx_caps.x2apic_mode = !(hide & HIDE_X2APIC) && (vmx_caps.delivery == DELIVERY_INJECTION ||
							 has(second, CPU2_VIRTUALIZE_X2APIC_MODE));
	vmx_caps.ept_2mb = !(hide & HIDE_EPT_2MB_PAGES) && (vmx_caps.ept_vpid & EPT_CAP_2MB);
	vmx_caps.invept_single =
		!(hide & HIDE_INVEPT_SINGLE) && (vmx_caps.ept_vpid & EPT_CAP_INVEPT_SINGLE);
	vmx_caps.invvpid_single =
		!(hide & HIDE_INVVPID_SINGLE) && (vmx_caps.ept_vpid & VPID_CAP_INVVPID_SINGLE);
	vmx_caps.vpid = !(hide & HIDE_VPID) && has(second, CPU2_ENABLE_VPID) &&
			(vmx_caps.ept_vpid & VPID_CAP_INVVPID);
	vmx_caps.unrestricted_guest =
		!(hide & HIDE_UNRESTRICTED_GUEST) && has(second, CPU2_UNRESTRICTED_GUEST);
	vmx_caps.preemption_timer =
		!(hide & HIDE_PREEMPTION_TIMER) && has(&vmx_caps.pin, PIN_PREEMPTION_TIMER);
	vmx_caps.virtual_nmis = !(hide & HIDE_VIRTUAL_NMIS) &&
				has(&vmx_caps.pin, PIN_VIRTUAL_NMIS | PIN_NMI_EXITING) &&
				has(&vmx_caps.primary, CPU_NMI_WINDOW_EXITING);
	vmx_caps.pause_loop_exiting =
		!(hide & HIDE_PAUSE_LOOP_EXITING) && has(second, CPU2_PAUSE_LOOP_EXITING);
	vmx_caps.rdtscp = has(second, CPU2_ENABLE_RDTSCP);
	vmx_caps.invpcid = has(second, CPU2_ENABLE_INVPCID);
	vmx_caps.encls_exiting = has(second, CPU2_ENCLS_EXITING);
	vmx_caps.xsave = cpuid_leaf(1, 0).ecx & CPUID_1_ECX_XSAVE;
	vmx_caps.xcr0_mask = vmx_caps.xsave ? find_xcr0_mask() : 0;
}

static void append(char *line, size_t bytes, const char *word)
{
	size_t used = strlen(line);
	size_t length = strlen(word);

	if (used + length + 3 > bytes)
		return;
	if (used) {
		memcpy(line + used, ", ", 2);
		used += 2;
	}
	memcpy(line + used, word, length + 1);
}

static void report(void)
{
	const struct {
		const char *name;
		bool there;
	} features[] = {
		{"EPT", true},
		{"2 MB pages", vmx_caps.ept_2mb},
		{"single INVEPT", vmx_caps.invept_single},
		{"VPID", vmx_caps.vpid},
		{"single INVVPID", vmx_caps.invvpid_single},
		{"unrestricted guest", vmx_caps.unrestricted_guest},
		{"TPR shadow", vmx_caps.tpr_shadow},
		{"APIC virtualization", vmx_caps.delivery >= DELIVERY_VIRTUAL},
		{"x2APIC mode", vmx_caps.x2apic_mode},
		{"posted interrupts", vmx_caps.delivery == DELIVERY_POSTED},
		{"preemption timer", vmx_caps.preemption_timer},
		{"virtual NMIs", vmx_caps.virtual_nmis},
		{"PAUSE-loop exiting", vmx_caps.pause_loop_exiting},
		{"true controls", vmx_caps.true_controls},
	};
	char used[300] = "", missing[300] = "";

	for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
		if (features[i].there)
			append(used, sizeof(used), features[i].name);
		else
			append(missing, sizeof(missing), features[i].name);
	}
	log_info("VT-x: %s; missing: %s", used, missing[0] ? missing : "nothing");
}

void vmx_detect(uint32_t hide)
{
	const char *missing = find_obstacle(hide);

	if (!missing) {
		read_controls(hide);
		choose_features(hide);
		missing = find_missing();
	}
	vmx_caps.usable = !missing;
	if (missing)
		log_error("VT-x: %s: guests cannot start", missing);
	else
		report();
}
