# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of what arch/x86/cpu learns about the machine.

UNIT_TESTS += cpu/test_vtd
cpu/test_vtd_SRCS := arch/x86/cpu/vtd.c arch/x86/cpu/acpi_dmar.c

UNIT_TESTS += cpu/test_topology
cpu/test_topology_SRCS := arch/x86/cpu/topology.c arch/x86/cpu/acpi_srat.c

UNIT_TESTS += cpu/test_numa
cpu/test_numa_SRCS := arch/x86/cpu/numa.c arch/x86/cpu/acpi_srat.c arch/x86/cpu/acpi_dmar.c

UNIT_TESTS += cpu/test_panic
cpu/test_panic_SRCS := $(addprefix arch/x86/cpu/,panic.c nmi.c machine_check.c) kernel/format.c
cpu/test_panic_CFLAGS := -include tests/unit/cpu/fake_core.h

UNIT_TESTS += cpu/test_smp
cpu/test_smp_SRCS := $(addprefix arch/x86/cpu/,smp.c topology.c) kernel/format.c
cpu/test_smp_CFLAGS := -include tests/unit/cpu/fake_core.h
