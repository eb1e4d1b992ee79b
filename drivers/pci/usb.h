/* SPDX-License-Identifier: BSD-2-Clause */
/* USB host controllers, which Sluice does not use, taken away from the firmware. */
#ifndef SLUICE_DRIVERS_PCI_USB_H
#define SLUICE_DRIVERS_PCI_USB_H

/*
 * Ends the firmware's emulation of a PS/2 keyboard on every UHCI, OHCI, EHCI and xHCI controller:
 * its system management interrupts stop all cores for some 100 us each. After pci_scan(). A
 * firmware that does not let go within a second loses the controller all the same. Logged.
 */
void usb_take_over(void);

#endif
