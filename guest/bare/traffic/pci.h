/* SPDX-License-Identifier: BSD-2-Clause */
/* Just enough of PCI to use one function with a memory BAR and MSI-X. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_PCI_H
#define SLUICE_GUEST_BARE_TRAFFIC_PCI_H

#include <stdint.h>

/* Enables the first such function's memory, bus mastering and MSI-X; its BAR 0, or NULL. */
void *pci_open(uint16_t vendor, uint16_t device);

#endif
