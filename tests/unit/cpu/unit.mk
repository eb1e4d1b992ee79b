# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of what arch/x86/cpu learns about the machine.

UNIT_TESTS += cpu/test_vtd
cpu/test_vtd_SRCS := arch/x86/cpu/vtd.c arch/x86/cpu/acpi_dmar.c
