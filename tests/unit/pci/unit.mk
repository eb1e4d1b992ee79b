# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the PCI bus.

PCI_SRCS := $(wildcard drivers/pci/*.c) kernel/format.c tests/unit/pci/fake_config.c

UNIT_TESTS += pci/test_pci pci/test_bridges pci/test_express
pci/test_express_SRCS := $(PCI_SRCS)
pci/test_pci_SRCS := $(PCI_SRCS)
pci/test_bridges_SRCS := $(PCI_SRCS)

UNIT_TESTS += pci/test_usb
pci/test_usb_SRCS := drivers/pci/usb.c

UNIT_TESTS += pci/test_config
pci/test_config_SRCS := arch/x86/cpu/pci_config.c
pci/test_config_CFLAGS := -include tests/unit/pci/fake_io.h
