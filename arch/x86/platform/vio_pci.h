/* SPDX-License-Identifier: BSD-2-Clause */
/* A vio-net device as a function on the guest's PCI bus. */
#ifndef SLUICE_ARCH_X86_PLATFORM_VIO_PCI_H
#define SLUICE_ARCH_X86_PLATFORM_VIO_PCI_H

#include "arch/x86/platform/pci.h"
#include "kernel/vm.h"

struct vio_network;
struct vio_pci;

/*
 * Makes network device number `number` of the VM's configuration as PCI device number + 1 on bus,
 * and sets vm->device[number]. Returns 0 with *device, or a negative errno, logged.
 */
int vio_pci_create(struct vio_pci **device, struct vm *vm, struct vpci_bus *bus, unsigned number,
		   struct vio_network *network);

/* Stops and frees it. Returns 0, or -EBUSY as vio_device_destroy(): try again later. May yield. */
int vio_pci_destroy(struct vio_pci *device);

#endif
