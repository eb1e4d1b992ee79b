/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices of one VM. */
#ifndef SLUICE_ARCH_X86_PLATFORM_PLATFORM_INTERNAL_H
#define SLUICE_ARCH_X86_PLATFORM_PLATFORM_INTERNAL_H

#include "arch/x86/platform/cmos.h"
#include "arch/x86/platform/ioapic.h"
#include "arch/x86/platform/pci.h"
#include "arch/x86/platform/platform.h"
#include "arch/x86/platform/uart16550.h"
#include "arch/x86/platform/vio_pci.h"
#include "arch/x86/platform/wakeup_mailbox.h"

struct platform {
	struct vm *vm;
	struct uart16550 uart;
	struct vioapic ioapic;
	struct vpci_bus pci;
	struct wakeup_mailbox mailbox;
	bool has_mailbox;
	struct cmos cmos;
	struct vpci_function host_bridge;
	struct vio_pci *net[VM_DEVICES_MOST];
};

static inline struct platform *platform_of(const struct vm *vm)
{
	return vm->platform;
}

#endif
