# SPDX-License-Identifier: BSD-2-Clause
UNIT_TESTS += vmx/test_capabilities vmx/test_lapic_state vmx/test_lapic_timer vmx/test_message vmx/test_posted
vmx/test_lapic_state_SRCS := arch/x86/vmx/lapic_state.c
vmx/test_lapic_timer_SRCS := arch/x86/vmx/lapic_state.c arch/x86/vmx/lapic_timer.c
vmx/test_message_SRCS := arch/x86/vmx/lapic_state.c arch/x86/vmx/message.c
vmx/test_posted_SRCS :=
vmx/test_posted_LIBS := -lpthread
vmx/test_capabilities_SRCS := arch/x86/vmx/capabilities.c
vmx/test_capabilities_CFLAGS := -include tests/unit/vmx/fake_processor.h

UNIT_TESTS += vmx/test_guest_timer
vmx/test_guest_timer_SRCS := arch/x86/vmx/guest_timer.c arch/x86/vmx/lapic_state.c arch/x86/vmx/lapic_timer.c \
	arch/x86/cpu/apic_timer.c kernel/timer.c
vmx/test_guest_timer_CFLAGS := -include tests/unit/vmx/fake_vmcs.h

UNIT_TESTS += vmx/test_exits
vmx/test_exits_SRCS := arch/x86/vmx/exits.c arch/x86/vmx/vcpu.c kernel/format.c tests/unit/vmx/fake_vmcs.c
vmx/test_exits_CFLAGS := -include tests/unit/vmx/fake_vmcs.h

UNIT_TESTS += vmx/test_vmcs
vmx/test_vmcs_SRCS := arch/x86/vmx/vmcs.c arch/x86/vmx/control_registers.c arch/x86/vmx/msr_bitmap.c \
	arch/x86/vmx/lapic_state.c tests/unit/vmx/fake_vmcs.c
vmx/test_vmcs_CFLAGS := -include tests/unit/vmx/fake_vmcs.h

UNIT_TESTS += vmx/test_exit_msr
vmx/test_exit_msr_SRCS := arch/x86/vmx/exit_msr.c arch/x86/vmx/exit_cpuid.c tests/unit/vmx/fake_vmcs.c
vmx/test_exit_msr_CFLAGS := -include tests/unit/vmx/fake_vmcs.h

UNIT_TESTS += vmx/test_ept
vmx/test_ept_SRCS := arch/x86/vmx/ept.c

UNIT_TESTS += vmx/test_machine_check
vmx/test_machine_check_SRCS := arch/x86/cpu/machine_check.c
vmx/test_machine_check_CFLAGS := -include tests/unit/vmx/fake_processor.h
