# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the PC that guests see.

PLATFORM := arch/x86/platform
PLATFORM_FAKE := tests/unit/platform/fake.c
PLATFORM_LOADER := $(addprefix $(PLATFORM)/,guest_load.c bzimage.c elf64.c boot_params.c) kernel/bulk.c
PLATFORM_CMOS := $(PLATFORM)/cmos.c arch/x86/cpu/rtc_time.c
PLATFORM_TABLES := $(PLATFORM)/acpi_tables.c $(PLATFORM)/dsdt.S
PLATFORM_PCI := $(PLATFORM)/pci.c $(PLATFORM)/msix.c
$(UNIT_OBJECTS_DIR)/plain/$(PLATFORM)/dsdt.S.o: $(BUILD)/$(PLATFORM)/dsdt.aml

UNIT_TESTS += $(addprefix platform/test_,instruction guest_boot acpi_tables uart16550 ioapic \
	pci msix_stress mmio platform cmos)

platform/test_instruction_SRCS := $(PLATFORM)/instruction.c
platform/test_guest_boot_SRCS := $(PLATFORM_FAKE) $(PLATFORM_LOADER)
platform/test_acpi_tables_SRCS := $(PLATFORM_TABLES)
platform/test_uart16550_SRCS := $(PLATFORM_FAKE) $(PLATFORM)/uart16550.c
platform/test_ioapic_SRCS := $(PLATFORM_FAKE) $(PLATFORM)/ioapic.c
platform/test_pci_SRCS := $(PLATFORM_FAKE) $(PLATFORM_PCI)
platform/test_msix_stress_SRCS := $(PLATFORM_FAKE) $(PLATFORM)/msix.c
platform/test_msix_stress_LIBS := -lpthread
PLATFORM_MMIO := $(addprefix $(PLATFORM)/,mmio.c guest_walk.c instruction.c ioapic.c wakeup_mailbox.c)
platform/test_mmio_SRCS := $(PLATFORM_FAKE) $(PLATFORM_MMIO) $(PLATFORM_PCI)
platform/test_platform_SRCS := $(PLATFORM_FAKE) $(PLATFORM_LOADER) $(PLATFORM_TABLES) \
	$(PLATFORM_MMIO) $(PLATFORM_PCI) $(addprefix $(PLATFORM)/,platform.c power.c uart16550.c vio_pci.c) \
	$(PLATFORM_CMOS)
platform/test_cmos_SRCS := $(PLATFORM_CMOS)
