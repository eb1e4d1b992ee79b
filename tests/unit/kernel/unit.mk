# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the machine-independent core, and of reading what the firmware left.

UNIT_TESTS += kernel/test_uplink_probe
kernel/test_uplink_probe_SRCS := kernel/uplink_probe.c kernel/format.c $(wildcard drivers/pci/*.c) \
	tests/unit/pci/fake_config.c

UNIT_TESTS += kernel/test_format
kernel/test_format_SRCS := kernel/format.c

UNIT_TESTS += kernel/test_string
kernel/test_string_SRCS := kernel/string.c
kernel/test_string_CFLAGS := $(foreach f,memcpy memmove memset memcmp strlen strcmp strncmp, \
	-D$(f)=sluice_$(f)) -Wno-nonnull

UNIT_TESTS += kernel/test_memory
kernel/test_memory_SRCS := kernel/memory_pages.c kernel/kmalloc.c

UNIT_TESTS += kernel/test_acpi
kernel/test_acpi_SRCS := arch/x86/cpu/acpi_spcr.c arch/x86/cpu/acpi.c arch/x86/cpu/acpi_tables.c \
	arch/x86/cpu/acpi_dmar.c arch/x86/cpu/acpi_srat.c tests/unit/kernel/firmware.c

UNIT_TESTS += kernel/test_multiboot
kernel/test_multiboot_SRCS := arch/x86/boot/boot_info.c arch/x86/boot/boot_paths.c kernel/boot.c kernel/format.c arch/x86/boot/multiboot1.c \
	arch/x86/boot/multiboot2.c tests/unit/kernel/firmware.c
kernel/test_multiboot_CFLAGS := -Wno-stringop-overread

UNIT_TESTS += kernel/test_share
kernel/test_share_SRCS := kernel/share.c

UNIT_TESTS += kernel/test_thread
kernel/test_thread_SRCS := kernel/thread.c kernel/thread_call.c kernel/schedule.c kernel/share.c kernel/timer.c kernel/core.c \
	arch/x86/cpu/switch.S tests/unit/kernel/fake_stack.c

UNIT_TESTS += kernel/test_memory_init
kernel/test_memory_init_SRCS := kernel/memory_init.c
kernel/test_memory_init_CFLAGS := -no-pie -fno-pie

UNIT_TESTS += kernel/test_vm
kernel/test_vm_SRCS := kernel/vm.c kernel/vm_yield.c kernel/bulk.c kernel/thread.c kernel/schedule.c kernel/share.c kernel/timer.c kernel/core.c kernel/format.c \
	arch/x86/cpu/switch.S tests/unit/kernel/fake_stack.c

UNIT_TESTS += kernel/test_vm_yield
kernel/test_vm_yield_SRCS := kernel/vm_yield.c

UNIT_TESTS += kernel/test_large_machine
kernel/test_large_machine_SRCS := arch/x86/cpu/acpi_tables.c arch/x86/boot/boot_info.c \
	tests/unit/kernel/firmware.c

UNIT_TESTS += kernel/test_tsc_told
kernel/test_tsc_told_SRCS := arch/x86/cpu/tsc_told.c

UNIT_TESTS += kernel/test_host_ioapic
kernel/test_host_ioapic_SRCS := arch/x86/cpu/ioapic.c

UNIT_TESTS += kernel/test_cpu
kernel/test_cpu_SRCS := arch/x86/cpu/errata.c arch/x86/cpu/cpu_clock.c

UNIT_TESTS += kernel/test_paging
kernel/test_paging_SRCS := arch/x86/cpu/paging.c
kernel/test_paging_CFLAGS := -no-pie -fno-pie

UNIT_TESTS += kernel/test_nmi
kernel/test_nmi_SRCS := arch/x86/cpu/nmi.c kernel/symbols.c kernel/format.c
kernel/test_nmi_CFLAGS := -include tests/unit/kernel/fake_io.h

UNIT_TESTS += kernel/test_wallclock
kernel/test_wallclock_SRCS := arch/x86/cpu/wallclock.c arch/x86/cpu/rtc_time.c
kernel/test_wallclock_CFLAGS := -include tests/unit/kernel/fake_ports.h
