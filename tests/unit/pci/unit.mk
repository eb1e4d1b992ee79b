# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the PCI bus.

UNIT_TESTS += pci/test_pci
pci/test_pci_SRCS := drivers/pci/scan.c drivers/pci/device.c kernel/format.c

UNIT_TESTS += pci/test_config
pci/test_config_SRCS := arch/x86/cpu/pci_config.c
pci/test_config_CFLAGS := -include tests/unit/pci/fake_io.h
