# SPDX-License-Identifier: BSD-2-Clause
"""The project's own edits to Bochs 3.0: what each cures, and how it is put into the source."""

from collections import namedtuple

# find must occur exactly once in path; put takes its place.
Edit = namedtuple("Edit", "path find put")
Cure = namedtuple("Cure", "name why edits")


class CureError(Exception):
	"""The source is not the one the cures were written for."""


BEGIN_SIMULATION = "int bx_begin_simulation(int argc, char *argv[])\n"

FAIR_TIME_TURN = """\
#if BX_SUPPORT_SMP
// Runs a CPU until it has used its quantum. What it uses too much is taken from its next turns: one
// tick is one instruction on every CPU.
static void bx_run_turn(BX_CPU_C *cpu, Bit64s &used, Bit64s quantum, bool &busy)
{
  Bit64s n = cpu->get_icount() - cpu->icount_last_sync; // after a longjmp: those not counted yet
  while (1) {
    used += n;
    cpu->icount_last_sync += n;
    if (n != 0 || used >= quantum) busy = true;
    if (used >= quantum) return;
    if (cpu->activity_state != BX_CPU_C::BX_ACTIVITY_STATE_ACTIVE && cpu->pending_event == 0 &&
        ! BX_HRQ) break;
    cpu->cpu_run_trace();
    n = cpu->get_icount() - cpu->icount_last_sync;
    if (n == 0) break;
  }
  used = quantum; // the CPU is halted
}
#endif

"""

FAIR_TIME_STATE = """\
        static Bit64s used[BX_MAX_SMP_THREADS_SUPPORTED];
        static bool busy = false;
        static Bit32u processor = 0;
"""

FAIR_TIME_ROUND = """\
             // Where every CPU sleeps, only a timer can wake one: go on to the next timer.
             Bit32u step = busy ? (Bit32u) quantum : bx_pc_system.getNumCpuTicksLeftNextEvent();
             for (unsigned n = 0; n < BX_SMP_PROCESSORS; n++) used[n] -= quantum;
             busy = false;
             BX_TICKN(step);
"""

# A repeated string instruction moves whole runs at once. Its ticks belong to its own CPU, not to
# all; it then gives the others their turn.
FAIR_TIME_REPEAT = """\
#undef BX_TICKN
#define BX_TICKN(n) { \\
  if (BX_SMP_PROCESSORS == 1) bx_pc_system.tickn(n); \\
  else { \\
    BX_CPU_THIS_PTR icount += (n); \\
    BX_CPU_THIS_PTR async_event |= BX_ASYNC_EVENT_STOP_TRACE; \\
  } \\
}
"""

PENDING_SINGLE_STEP = """\
  // SDM volume 3, "Checks on Guest Non-Register State"
  bool single_step = (guest.rflags & EFlagsTFMask) != 0 && (guest.ia32_debugctl_msr & 2) == 0;
  bool step_pending = (guest.tmpDR6 & BX_DEBUG_SINGLE_STEP_BIT) != 0;
  bool step_due = (guest.interruptibility_state & 0x3) != 0 || guest.activity_state == BX_ACTIVITY_STATE_HLT;
  if (single_step ? step_due && ! step_pending : step_pending) {
    BX_ERROR(("VMENTER FAIL: VMCS guest single step pending %d, stepping %d", step_pending, single_step));
    return VMX_VMEXIT_VMENTRY_FAILURE_GUEST_STATE;
  }

"""

CURES = (
	Cure(
		"pid-alignment",
		"The posted-interrupt descriptor is required to be 4 KiB aligned; hardware asks for 64 bytes.",
		(
			Edit(
				"cpu/vmx.cc",
				"if (! IsValidPageAlignedPhyAddr(vm->pid_addr)) {",
				"if (! IsValidPhyAddr(vm->pid_addr) || (vm->pid_addr & 63) != 0) {",
			),
		),
	),
	Cure(
		"fair-time",
		"A busy CPU runs one trace for every quantum that a halted CPU is charged.",
		(
			Edit("main.cc", BEGIN_SIMULATION, FAIR_TIME_TURN + BEGIN_SIMULATION),
			Edit("main.cc", "        Bit32u executed = 0, processor = 0;\n", FAIR_TIME_STATE),
			Edit("main.cc", "          run = false;\n", "          // the turn goes on below\n"),
			Edit(
				"main.cc",
				"            BX_CPU(processor)->cpu_run_trace();\n",
				"            bx_run_turn(BX_CPU(processor), used[processor], quantum, busy);\n",
			),
			Edit(
				"main.cc",
				"           if (n == 0) n = quantum; // the CPU was halted\n"
				"           executed += n;\n",
				"           BX_ASSERT(n == 0); // the turn has counted them\n",
			),
			Edit(
				"main.cc",
				"             BX_TICKN(executed / BX_SMP_PROCESSORS);\n"
				"             executed %= BX_SMP_PROCESSORS;\n",
				FAIR_TIME_ROUND,
			),
			Edit(
				"cpu/string.cc",
				'#include "pc_system.h"\n',
				'#include "pc_system.h"\n' + FAIR_TIME_REPEAT,
			),
			Edit(
				"cpu/io.cc",
				'#include "iodev/iodev.h"\n',
				'#include "iodev/iodev.h"\n' + FAIR_TIME_REPEAT,
			),
		),
	),
	Cure(
		"smp-commit",
		"With several CPUs the state is not committed after a VM exit or a fault.",
		(
			Edit(
				"main.cc",
				"          BX_CPU(processor)->icount++;\n",
				"          BX_CPU(processor)->icount++;\n"
				"          BX_CPU(processor)->prev_rip = BX_CPU(processor)->get_instruction_pointer();\n"
				"          BX_CPU(processor)->speculative_rsp = false;\n",
			),
		),
	),
	Cure(
		"hlt-virtual-interrupt",
		"A CPU halted in guest mode does not wake for a pending virtual interrupt.",
		(
			Edit(
				"cpu/event.cc",
				"    if ((is_pending(BX_EVENT_PENDING_INTR | BX_EVENT_PENDING_LAPIC_INTR |",
				"    if ((is_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR | BX_EVENT_PENDING_INTR |"
				" BX_EVENT_PENDING_LAPIC_INTR |",
			),
		),
	),
	Cure(
		"spurious-eoi",
		"An interrupt whose vector equals the spurious vector never leaves the ISR.",
		(
			Edit(
				"cpu/apic.cc",
				"    if ((Bit32u) vec != spurious_vector) {\n",
				"    { // whatever its vector\n",
			),
		),
	),
	Cure(
		"apic-enable",
		"Once the global enable of IA32_APIC_BASE has been cleared it cannot be set again.",
		(
			Edit(
				"cpu/msr.cc",
				"  if (apic_global_enable_on()) {\n    Bit32u val32_hi",
				"  {\n    Bit32u val32_hi",
			),
			Edit(
				"cpu/msr.cc",
				"        if (apic_state == BX_APIC_X2APIC_MODE && new_state != BX_APIC_GLOBALLY_DISABLED) {\n",
				"        if (apic_state == BX_APIC_GLOBALLY_DISABLED && new_state == BX_APIC_X2APIC_MODE) {\n"
				'          BX_ERROR(("relocate_apic: attempt to switch from disabled -> x2apic"));\n'
				"          return false;\n"
				"        }\n"
				"        if (apic_state == BX_APIC_X2APIC_MODE && new_state != BX_APIC_GLOBALLY_DISABLED) {\n",
			),
			Edit(
				"cpu/msr.cc",
				"    TLB_flush();  // don't care about performance of apic relocation\n"
				"  }\n"
				"  else {\n"
				'    BX_INFO(("WRMSR: MSR_APICBASE APIC global enable bit cleared !"));\n'
				"  }\n",
				"    TLB_flush();  // don't care about performance of apic relocation\n  }\n",
			),
		),
	),
	Cure(
		"hlt-external-interrupt",
		"A CPU halted in guest mode with IF=0 does not wake for an external interrupt that exits.",
		(
			Edit(
				"cpu/event.cc",
				"         is_unmasked_event_pending(BX_EVENT_NMI | BX_EVENT_SMI | BX_EVENT_INIT |\n",
				"         is_unmasked_event_pending(BX_EVENT_NMI | BX_EVENT_SMI | BX_EVENT_INIT |\n"
				"            BX_EVENT_PENDING_INTR | BX_EVENT_PENDING_LAPIC_INTR |\n",
			),
		),
	),
	Cure(
		"empty-notification",
		"A notification that finds no posted interrupt makes vector 255 pending in the guest.",
		(
			Edit(
				"cpu/vapic.cc",
				"  vector = BX_CPU_THIS_PTR lapic->highest_priority_int(virr);\n"
				"  if (vector >= vm->rvi) vm->rvi = vector;\n",
				"  int highest = BX_CPU_THIS_PTR lapic->highest_priority_int(virr); // -1: none\n"
				"  if (highest > (int) vm->rvi) vm->rvi = (Bit8u) highest;\n",
			),
		),
	),
	Cure(
		"entry-interrupt-mask",
		"A VM entry with IF=0 leaves external interrupts masked, though they exit whatever IF is.",
		(
			Edit(
				"cpu/vmx.cc",
				"  BX_CPU_THIS_PTR in_vmx_guest = true;\n\n  unmask_event(BX_EVENT_INIT);\n",
				"  BX_CPU_THIS_PTR in_vmx_guest = true;\n"
				"  handleInterruptMaskChange(); // what IF masks differs in a guest\n\n"
				"  unmask_event(BX_EVENT_INIT);\n",
			),
		),
	),
	Cure(
		"masked-virtual-interrupt",
		"An external interrupt delivers a pending virtual interrupt to a guest with IF=0.",
		(
			Edit(
				"cpu/event.cc",
				"    if (is_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {\n",
				"    if (is_unmasked_event_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {\n",
			),
		),
	),
	Cure(
		"pending-single-step",
		"A VM entry with TF under blocking by STI or MOV SS goes through without a pending single step.",
		(
			Edit(
				"cpu/vmx.cc",
				"  if (guest.interruptibility_state & 0x3) {\n"
				"    if (guest.activity_state != BX_ACTIVITY_STATE_ACTIVE) {\n",
				PENDING_SINGLE_STEP + "  if (guest.interruptibility_state & 0x3) {\n"
				"    if (guest.activity_state != BX_ACTIVITY_STATE_ACTIVE) {\n",
			),
		),
	),
)

NAMES = tuple(cure.name for cure in CURES)


def replace_once(tree, path, find, put):
	"""Puts `put` where `find` stands in tree/path; a CureError if it is not there exactly once."""
	file = tree / path
	text = file.read_text(encoding="latin-1")
	count = text.count(find)
	if count != 1:
		raise CureError(f"{path}: expected once, found {count} times: {find.strip()!r}")
	file.write_text(text.replace(find, put), encoding="latin-1")


def apply(tree, without=()):
	"""Puts all cures but those named in `without` into the source tree (a pathlib.Path)."""
	for cure in CURES:
		if cure.name not in without:
			for edit in cure.edits:
				replace_once(tree, edit.path, edit.find, edit.put)


def revert(tree, edit):
	"""Takes one edit out of a cured tree again."""
	if not edit.put:
		raise CureError(f"{edit.path}: an edit that only deletes cannot be taken out")
	replace_once(tree, edit.path, edit.put, edit.find)
