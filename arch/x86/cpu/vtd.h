/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's DMA remapping units (VT-d), which Sluice does not use. */
#ifndef SLUICE_ARCH_X86_CPU_VTD_H
#define SLUICE_ARCH_X86_CPU_VTD_H

/*
 * Switches off what the firmware left on in the units that acpi_info lists: DMA translation and
 * protected memory, which block the card's DMA, and interrupt remapping, which blocks the messages
 * of devices and I/O APICs. All is logged; what does not go off within 100 ms is an error there.
 */
void vtd_take_over(void);

#endif
