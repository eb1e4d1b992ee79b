/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict mode of the emulated 82599: kinds of driver defects, and how to report one. */
#ifndef SLUICE_TOOLS_I82599_DEFECT_H
#define SLUICE_TOOLS_I82599_DEFECT_H

struct i82599;

enum nic_defect {
	DEFECT_ACCESS_SIZE,
	DEFECT_EARLY_TAIL,
	DEFECT_TAIL_RANGE,
	DEFECT_HEAD_WHILE_ENABLED,
	DEFECT_RING_WHILE_ENABLED,
	DEFECT_RING_BASE,
	DEFECT_RING_LENGTH,
	DEFECT_DESCRIPTOR_DMA,
	DEFECT_BUFFER_DMA,
	DEFECT_BUS_MASTER_OFF,
	DEFECT_RX_DESCTYPE,
	DEFECT_RX_BUFFER_SIZE,
	DEFECT_RX_CONFIG_WHILE_ENABLED,
	DEFECT_CRC_STRIP,
	DEFECT_RX_FRAME_OVER_RING,
	DEFECT_TX_RESERVED_BITS,
	DEFECT_TX_TYPE,
	DEFECT_TX_NO_CONTEXT,
	DEFECT_TX_CONTEXT_LENGTHS,
	DEFECT_TX_PAYLEN,
	DEFECT_TX_ZERO_LENGTH,
	DEFECT_TX_FRAME_SIZE,
	DEFECT_TX_DESCRIPTORS,
	DEFECT_TX_NO_CRC,
	DEFECT_TX_SCATTERED_LEGACY,
	DEFECT_TE_MISSING,
	DEFECT_MTQC_ARBITER,
	DEFECT_MSIX_VECTOR,
	DEFECT_MANAGEMENT_LINK,
	DEFECT_MANAGEMENT_VETO,
	DEFECT_SDP_DIRECTION,
	/* Advice: counted by kind but not in the total, because stock drivers do it too. */
	DEFECT_ADVICE_DCA_RXCTRL_BIT12,
	DEFECT_ADVICE_UNKNOWN_REGISTER,
	DEFECT_KINDS
};

/*
 * Count a defect. The first of each kind is logged with these details; unknown registers are
 * reported once each, and logged each time.
 */
void nic_defect(struct i82599 *dev, enum nic_defect kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
