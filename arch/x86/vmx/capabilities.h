/* SPDX-License-Identifier: BSD-2-Clause */
/* What the processor's VT-x can do, and what of it is used (SDM volume 3, appendix A). */
#ifndef SLUICE_ARCH_X86_VMX_CAPABILITIES_H
#define SLUICE_ARCH_X86_VMX_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

/* How interrupts reach a guest. */
enum vmx_delivery {
	DELIVERY_INJECTION, /* software local APIC, events injected at entry */
	DELIVERY_VIRTUAL,   /* virtual-interrupt delivery; a kick IPI makes the vCPU look */
	DELIVERY_POSTED     /* posted interrupts */
};

/* Allowed settings of a control field: bits that must be 1, bits that may be 1. */
struct vmx_allowed {
	uint32_t fixed1, allowed1;
};

struct vmx_capabilities {
	bool usable; /* VT-x with all that a guest needs */
	uint32_t revision;
	struct vmx_allowed pin, primary, secondary, exit, entry;
	uint64_t ept_vpid; /* IA32_VMX_EPT_VPID_CAP */
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	unsigned physical_bits;          /* of addresses */
	unsigned preemption_timer_shift; /* the timer counts at the TSC's rate >> shift */

	enum vmx_delivery delivery;
	bool true_controls; /* IA32_VMX_TRUE_*: bits 1 by default may be cleared */
	bool ept_2mb, invept_single, invvpid_single;
	bool vpid, unrestricted_guest, tpr_shadow, preemption_timer, virtual_nmis;
	bool x2apic_mode; /* a guest may use x2APIC mode */
	bool pause_loop_exiting, rdtscp, invpcid, encls_exiting;
	bool xsave;
	uint64_t xcr0_mask; /* bits of XCR0 that a guest may set, with XSAVE */
};

extern struct vmx_capabilities vmx_caps;

/*
 * Reads the capability MSRs of this core into vmx_caps, less what hide (enum config_hide) takes
 * away, and logs one line with what is used and what is missing.
 */
void vmx_detect(uint32_t hide);

/* Unlocks VT-x on this core where the firmware left that to us. False: the firmware forbids it. */
bool vmx_open_feature_control(void);

/* Control bits for wanted ones: with those that must be set, without those that may not. */
static inline uint64_t vmx_adjust(const struct vmx_allowed *allowed, uint64_t wanted)
{
	return (wanted | allowed->fixed1) & allowed->allowed1;
}

#endif
