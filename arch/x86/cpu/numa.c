// SPDX-License-Identifier: BSD-2-Clause
/*
 * The choice of the node. Rings, buffers and guests' memory are used by the card's DMA and by the
 * I/O cores: a node that is far from either costs a trip between processors on every packet. What
 * node the card is on is told by AML, which is not read, or by the DMAR where VT-d is on in the
 * firmware.
 */
#include "arch/x86/cpu/numa.h"

#include "arch/x86/cpu/acpi.h"
#include "drivers/pci/pci.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/memory.h"
#include "kernel/numa.h"

static uint32_t chosen;

/* Takes memory from the node from now on. Returns its bytes. */
static uint64_t prefer(uint32_t node)
{
	struct memory_range ranges[ACPI_NEAR_MEMORIES_MOST];
	unsigned count = 0;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < acpi_info.near_memories; i++) {
		const struct acpi_near_memory *memory = &acpi_info.near_memory[i];

		if (memory->node != node)
			continue;
		ranges[count++] = (struct memory_range){memory->start, memory->end};
		bytes += memory->end - memory->start;
	}
	if (!bytes)
		return 0;
	memory_prefer(ranges, count);
	chosen = node;
	return bytes;
}

static bool is_single(void)
{
	for (unsigned i = 1; i < acpi_info.near_memories; i++)
		if (acpi_info.near_memory[i].node != acpi_info.near_memory[0].node)
			return false;
	return true;
}

void numa_init(void)
{
	bool configured = host_config.node != CONFIG_NODE_CHOSEN;
	uint32_t node = host_config.node;
	uint64_t bytes;

	if (!configured && !acpi_find_core_node(&acpi_info, cores[0].apic_id, &node))
		return;
	bytes = prefer(node);
	if (configured && !bytes)
		boot_refuse("configuration: node = %u: expected a node with memory, as ACPI's SRAT "
			    "%s",
			    node, acpi_info.near_memories ? "lists them" : "would list them");
	if (bytes && !is_single())
		log_info("memory: from node %u first, %lu MB, %s", node, bytes >> 20,
			 configured ? "as configured" : "that of the boot core");
}

void numa_prefer_device(const struct pci_device *dev)
{
	const struct pci_device *top = dev, *above;
	uint32_t node;

	if (is_single())
		return;
	while ((above = pci_bridge_above(top)))
		top = above;
	if (!acpi_find_pci_node(&acpi_info, top->at.segment, top->at.bus, &node)) {
		log_info("%s: its node is not told; memory is from node %u", dev->name, chosen);
		return;
	}
	if (node == chosen) {
		log_info("%s: on node %u, from which memory is taken", dev->name, node);
	} else if (host_config.node != CONFIG_NODE_CHOSEN || !prefer(node)) {
		log_warning("%s: on node %u, memory is from node %u", dev->name, node, chosen);
	} else {
		log_warning("%s: on node %u, from which memory is taken from now on; the I/O cores "
			    "are not: a slot of the boot core's processor is better",
			    dev->name, node);
	}
}
