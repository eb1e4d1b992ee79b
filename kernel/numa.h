/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory near the card. */
#ifndef SLUICE_KERNEL_NUMA_H
#define SLUICE_KERNEL_NUMA_H

struct pci_device;

/*
 * From now on memory is taken from the node that the device is on, if that is known and the
 * configuration names no other; logged where the machine has several nodes.
 */
void numa_prefer_device(const struct pci_device *dev);

#endif
