// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hand-off of USB controllers (xHCI 1.2, 4.22.1 and 7.1; EHCI 1.0, 5.1 and 2.1.7;
 * OHCI 1.0a, 5.1.1.3.3; UHCI 1.1, chapter 5), as Linux does it early in its boot.
 */
#include "drivers/pci/usb.h"

#include <stdbool.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/log.h"
#include "kernel/machine.h"

/* Class, subclass and programming interface. */
#define CLASS_UHCI 0x0c0300
#define CLASS_OHCI 0x0c0310
#define CLASS_EHCI 0x0c0320
#define CLASS_XHCI 0x0c0330

#define WAIT_US 1000000
#define POLL_US 1000

/* xHCI: extended capabilities, each {id, next in units of 4 bytes}. */
#define XHCI_HCCPARAMS1 0x10
#define XHCI_FIRST(p)   ((p) >> 16) /* in units of 4 bytes */
#define XHCI_NEXT(c)    ((c) >> 8 & 0xff)
#define CAPABILITY_ID   0xffu
#define XHCI_LEGACY     1
#define XHCI_CAPS_MOST  64

/* USBLEGSUP and, behind it, USBLEGCTLSTS; EHCI has them in configuration space. */
#define LEGACY_BIOS_OWNED (1u << 16)
#define LEGACY_OS_OWNED   (1u << 24)
#define LEGACY_CONTROL    4
/* USBLEGCTLSTS of xHCI: SMI enables; events, cleared by ones. The rest is reserved. */
#define XHCI_SMI_ENABLES 0x0000e011u
#define XHCI_SMI_EVENTS  0xe0000000u

#define EHCI_HCCPARAMS 0x08
#define EHCI_EECP(p)   ((p) >> 8 & 0xff)
#define EHCI_LEGACY    1
#define EHCI_CAPS_MOST 48

#define OHCI_CONTROL        0x04
#define OHCI_ROUTING        (1u << 8) /* InterruptRouting: the firmware's */
#define OHCI_COMMAND_STATUS 0x08
#define OHCI_CHANGE_REQUEST (1u << 3)
#define OHCI_INTERRUPTS_OFF 0x14
#define OHCI_ALL            UINT32_MAX

/* UHCI: LEGSUP, whose status bits are cleared by ones; all else 0 switches SMIs off. */
#define UHCI_LEGACY        0xc0
#define UHCI_LEGACY_STATUS 0x8f00
#define UHCI_LEGACY_SMIS   0x00bf

static void report(const struct pci_device *dev, const char *kind, bool let_go)
{
	if (let_go)
		log_info("USB %s: %s taken over from the firmware", dev->name, kind);
	else
		log_warning("USB %s: the firmware does not let go of the %s: taken all the same",
			    dev->name, kind);
}

static bool wait_clear(volatile uint8_t *reg, uint32_t bit)
{
	for (uint32_t us = 0; us < WAIT_US; us += POLL_US) {
		if (!(mmio_read32(reg) & bit))
			return true;
		delay_us(POLL_US);
	}
	return false;
}

static void take_xhci_legacy(const struct pci_device *dev, volatile uint8_t *legacy)
{
	uint32_t owner = mmio_read32(legacy);
	uint32_t control;
	bool let_go = true;

	if (owner & LEGACY_BIOS_OWNED) {
		mmio_write32(legacy, owner | LEGACY_OS_OWNED);
		let_go = wait_clear(legacy, LEGACY_BIOS_OWNED);
		if (!let_go)
			mmio_write32(legacy, mmio_read32(legacy) & ~LEGACY_BIOS_OWNED);
		report(dev, "xHCI controller", let_go);
	}
	control = mmio_read32(legacy + LEGACY_CONTROL);
	mmio_write32(legacy + LEGACY_CONTROL, (control & ~XHCI_SMI_ENABLES) | XHCI_SMI_EVENTS);
}

static void take_xhci(const struct pci_device *dev)
{
	volatile uint8_t *base = pci_map_bar(dev, 0);
	uint64_t at = base ? (uint64_t)XHCI_FIRST(mmio_read32(base + XHCI_HCCPARAMS1)) * 4 : 0;

	for (unsigned i = 0; at && i < XHCI_CAPS_MOST; i++) {
		uint32_t capability;

		if (at + 2 * sizeof(uint32_t) > dev->bar[0].bytes)
			return;
		capability = mmio_read32(base + at);
		if (capability == UINT32_MAX)
			return;
		if ((capability & CAPABILITY_ID) == XHCI_LEGACY) {
			take_xhci_legacy(dev, base + at);
			return;
		}
		if (!XHCI_NEXT(capability))
			return;
		at += XHCI_NEXT(capability) * 4ul;
	}
}

static bool wait_ehci(const struct pci_device *dev, unsigned at)
{
	for (uint32_t us = 0; us < WAIT_US; us += POLL_US) {
		if (!(pci_read32(dev, at) & LEGACY_BIOS_OWNED))
			return true;
		delay_us(POLL_US);
	}
	return false;
}

/* The ownership flags are written without the half that holds id and next. */
static void take_ehci_legacy(const struct pci_device *dev, unsigned at)
{
	uint32_t owner = pci_read32(dev, at);
	bool let_go = true;

	if (owner & LEGACY_BIOS_OWNED) {
		pci_write16(dev, at + 2, (uint16_t)((owner | LEGACY_OS_OWNED) >> 16));
		let_go = wait_ehci(dev, at);
		if (!let_go)
			pci_write16(dev, at + 2, LEGACY_OS_OWNED >> 16);
		report(dev, "EHCI controller", let_go);
	}
	pci_write32(dev, at + LEGACY_CONTROL, 0);
}

static void take_ehci(const struct pci_device *dev)
{
	volatile uint8_t *base = pci_map_bar(dev, 0);
	unsigned at = base ? EHCI_EECP(mmio_read32(base + EHCI_HCCPARAMS)) : 0;

	for (unsigned i = 0; at >= PCI_CAPABILITIES_FIRST && i < EHCI_CAPS_MOST; i++) {
		uint32_t capability = pci_read32(dev, at & ~3u);

		if ((capability & CAPABILITY_ID) == EHCI_LEGACY) {
			take_ehci_legacy(dev, at & ~3u);
			return;
		}
		at = capability >> 8 & 0xff;
	}
}

static void take_ohci(const struct pci_device *dev)
{
	volatile uint8_t *base = pci_map_bar(dev, 0);
	bool let_go;

	if (!base || !(mmio_read32(base + OHCI_CONTROL) & OHCI_ROUTING))
		return;
	mmio_write32(base + OHCI_COMMAND_STATUS, OHCI_CHANGE_REQUEST);
	let_go = wait_clear(base + OHCI_CONTROL, OHCI_ROUTING);
	if (!let_go)
		mmio_write32(base + OHCI_CONTROL, mmio_read32(base + OHCI_CONTROL) & ~OHCI_ROUTING);
	report(dev, "OHCI controller", let_go);
	mmio_write32(base + OHCI_INTERRUPTS_OFF, OHCI_ALL);
}

static void take_uhci(const struct pci_device *dev)
{
	if (!(pci_read16(dev, UHCI_LEGACY) & UHCI_LEGACY_SMIS))
		return;
	pci_write16(dev, UHCI_LEGACY, UHCI_LEGACY_STATUS);
	report(dev, "UHCI controller", true);
}

/* What does not decode its registers is not in use; one that is off the bus reads as all ones. */
static bool is_in_use(const struct pci_device *dev, uint16_t decodes)
{
	uint16_t command = pci_read16(dev, PCI_COMMAND);

	return command != UINT16_MAX && command & decodes;
}

void usb_take_over(void)
{
	static const struct {
		uint32_t class;
		uint16_t decodes;
		void (*take)(const struct pci_device *dev);
	} kinds[] = {
		{CLASS_UHCI, PCI_COMMAND_IO, take_uhci},
		{CLASS_OHCI, PCI_COMMAND_MEMORY, take_ohci},
		{CLASS_EHCI, PCI_COMMAND_MEMORY, take_ehci},
		{CLASS_XHCI, PCI_COMMAND_MEMORY, take_xhci},
	};

	for (unsigned i = 0; i < pci_device_count; i++)
		for (unsigned kind = 0; kind < ARRAY_SIZE(kinds); kind++)
			if (pci_devices[i].class == kinds[kind].class &&
			    is_in_use(&pci_devices[i], kinds[kind].decodes))
				kinds[kind].take(&pci_devices[i]);
}
