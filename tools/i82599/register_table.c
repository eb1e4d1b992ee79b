/* SPDX-License-Identifier: BSD-2-Clause */
/* The register table: every register the model knows (offsets and reset values: DS 8.2.2). */
#include "tools/i82599/register.h"

#include <stddef.h>

#include "tools/i82599/regs.h"

#define ALL 0xffffffffu

/* One plain register, and an array of plain registers. */
#define STORE(name_, offset_, reset_)                                                       \
	{                                                                                   \
		.name = name_, .offset = offset_, .stride = 4, .count = 1, .reset = reset_, \
		.writable = ALL                                                             \
	}
#define STORES(name_, offset_, stride_, count_, reset_)                               \
	{                                                                             \
		.name = name_, .offset = offset_, .stride = stride_, .count = count_, \
		.reset = reset_, .writable = ALL                                      \
	}
/* Read-only. */
#define FIXED(name_, offset_, value_)                                                      \
	{                                                                                  \
		.name = name_, .offset = offset_, .stride = 4, .count = 1, .reset = value_ \
	}
/* Statistics: cleared by reading, not writable. */
#define COUNTS(name_, offset_, stride_, count_)                                       \
	{                                                                             \
		.name = name_, .offset = offset_, .stride = stride_, .count = count_, \
		.access = CLEARED_BY_READ                                             \
	}
/* Registers with behaviour. */
#define HOOKED(name_, offset_, stride_, count_, reset_, writable_, read_, written_)        \
	{                                                                                  \
		.name = name_, .offset = offset_, .stride = stride_, .count = count_,      \
		.reset = reset_, .writable = writable_, .read = read_, .written = written_ \
	}
/* Registers of the two banks of receive queues. */
#define RXQ(name_, offset_, reset_, writable_, read_, written_)                               \
	HOOKED(name_, R_RXQ + (offset_), 0x40, 64, reset_, writable_, read_, written_),       \
	{                                                                                     \
		.name = name_, .offset = R_RXQ_HIGH + (offset_), .stride = 0x40, .count = 64, \
		.first = 64, .reset = reset_, .writable = writable_, .read = read_,           \
		.written = written_                                                           \
	}
#define TXQ(name_, offset_, reset_, writable_, read_, written_) \
	HOOKED(name_, R_TXQ + (offset_), 0x40, 128, reset_, writable_, read_, written_)

/* clang-format off */
const struct nic_register nic_register_table[] = {
	/* General */
	HOOKED("CTRL", R_CTRL, 4, 1, 0, 0x0400000c, nic_read_ctrl, nic_ctrl_written),
	HOOKED("STATUS", R_STATUS, 4, 1, 0, 0, nic_read_status, NULL),
	STORE("CTRL_EXT", R_CTRL_EXT, 0),
	HOOKED("ESDP", R_ESDP, 4, 1, 0, ALL, nic_read_esdp, nic_esdp_written),
	HOOKED("I2CCTL", R_I2CCTL, 4, 1, 0xf, 0, NULL, nic_i2c_written),
	HOOKED("FRTIMER", R_FRTIMER, 4, 1, 0, 0, nic_read_frtimer, NULL),
	STORE("TCPTIMER", 0x0004C, 0), STORE("LEDCTL", 0x00200, 0x06030d01),
	STORE("EXVET", 0x05078, 0),
	/* NVM, semaphores, firmware, PCIe */
	HOOKED("EEC", R_EEC, 4, 1, 0x3700, 0x4f, nic_read_eec, nic_eec_written),
	HOOKED("EERD", R_EERD, 4, 1, 0, 0, nic_read_eerd, nic_eerd_written),
	STORE("FLA", 0x1001C, 0), STORES("EEMNGCTL", 0x10110, 4, 4, 0),
	HOOKED("SWSM", R_SWSM, 4, 1, 0, 7, nic_read_swsm, nic_swsm_written),
	HOOKED("GSSR", R_GSSR, 4, 1, 0, ALL, nic_read_gssr, nic_gssr_written), FIXED("FWSM", R_FWSM, 0), FIXED("FACTPS", 0x10150, 0),
	STORES("GCR", 0x11000, 4, 16, 0), HOOKED("GCR_EXT", R_GCR_EXT, 4, 1, 0, ALL, NULL, nic_gcr_ext_written), STORE("MREVID", 0x11064, 0),
	STORES("PCIEPHY", 0x11070, 4, 16, 0), STORE("PCIECS", 0x110B0, 0),
	STORE("CIAA", 0x11088, 0),
	HOOKED("CORECTL", R_CORECTL, 4, 1, 0, ALL, NULL, nic_corectl_written),
	FIXED("HICR", 0x15F00, 0), STORE("FWSTS", 0x15F0C, 0),
	/* Interrupts */
	HOOKED("EICR", R_EICR, 4, 1, 0, 0, nic_read_eicr, nic_eicr_written),
	HOOKED("EICS", R_EICS, 4, 1, 0, 0, nic_read_eics, nic_eics_written),
	HOOKED("EIMS", R_EIMS, 4, 1, 0, 0, nic_read_eims, nic_eims_written),
	HOOKED("EIMC", R_EIMC, 4, 1, 0, 0, nic_read_eims, nic_eimc_written),
	STORE("EIAC", R_EIAC, 0),
	HOOKED("EIAM", R_EIAM, 4, 1, 0, ALL, NULL, nic_eiam_written),
	STORE("EITRSEL", 0x00894, 0), STORE("GPIE", R_GPIE, 0),
	HOOKED("EICS_EX", R_EICS_EX, 4, 2, 0, 0, NULL, nic_eics_ex_written),
	HOOKED("EIMS_EX", R_EIMS_EX, 4, 2, 0, 0, nic_read_eims_ex, nic_eims_ex_written),
	HOOKED("EIMC_EX", R_EIMC_EX, 4, 2, 0, 0, nic_read_eims_ex, nic_eimc_ex_written),
	HOOKED("EIAM_EX", R_EIAM_EX, 4, 2, 0, ALL, NULL, nic_eiam_ex_written),
	HOOKED("EITR", R_EITR, 4, 24, 0, 0x001f8ff8, nic_read_eitr, nic_eitr_written),
	{.name = "EITR", .offset = R_EITR_HIGH, .stride = 4, .count = 40, .first = 24,
	 .writable = 0x001f8ff8, .read = nic_read_eitr, .written = nic_eitr_written},
	STORES("IVAR", R_IVAR, 4, 64, 0), STORE("IVAR_MISC", R_IVAR_MISC, 0),
	HOOKED("PBACL", R_PBACL, 4, 2, 0, 0, NULL, nic_pbacl_written),
	STORES("RSCINT", 0x12000, 4, 128, 0), STORE("LLITHRESH", 0x0EC90, 0),
	STORES("IMIR", 0x05A80, 4, 8, 0), STORES("IMIREXT", 0x05AA0, 4, 8, 0),
	STORE("IMIRVP", 0x05AC0, 0),
	/* Link and MAC */
	STORES("PCS1G", 0x04200, 4, 6, 0), STORE("PCS1GANA", 0x04218, 0x1a0),
	STORES("PCS1GANLP", 0x0421C, 4, 3, 0),
	HOOKED("HLREG0", R_HLREG0, 4, 1, 0x08012c0b, ALL, NULL, nic_link_control_written),
	STORE("HLREG1", 0x04244, 0), STORE("PAP", 0x04248, 0), STORE("MACA", 0x0424C, 0),
	STORE("APAE", 0x04250, 0), STORE("ARD", 0x04254, 0), STORE("AIS", 0x04258, 0),
	HOOKED("MSCA", R_MSCA, 4, 1, 0, ALL & ~MSCA_COMMAND, NULL, nic_msca_written),
	HOOKED("MSRWD", 0x04260, 4, 1, 0, 0xffff, NULL, NULL),
	STORE("MLADD", 0x04264, 0), STORE("MAXFRS", R_MAXFRS, 0x05ee0000),
	STORE("TREG", 0x0426C, 0),
	STORE("PCSS1", 0x04288, 0), STORE("PCSS2", 0x0428C, 0), STORE("XPCSS", 0x04290, 0),
	STORE("MFLCN", R_MFLCN, 0), STORE("SERDESC", 0x04298, 0), STORE("MACS", 0x0429C, 0),
	HOOKED("AUTOC", R_AUTOC, 4, 1, 0, ALL & ~AUTOC_AN_RESTART, NULL, nic_autoc_written),
	HOOKED("LINKS", R_LINKS, 4, 1, 0, 0, nic_read_links, NULL),
	HOOKED("AUTOC2", R_AUTOC2, 4, 1, 0, ALL, NULL, nic_link_control_written),
	STORE("AUTOC3", 0x042AC, 0),
	HOOKED("ANLP1", R_ANLP1, 4, 1, 0x00010000, 0, nic_read_anlp1, NULL), FIXED("ANLP2", 0x042B4, 0),
	STORE("ATLASCTL", 0x04800, 0),
	FIXED("MMNGC", R_MMNGC, 0), STORES("ANLPNP", 0x042D4, 4, 2, 0),
	STORE("KRPCSFC", 0x042E0, 0),
	STORE("KRPCSS", 0x042E4, 0), STORE("FECS", 0x042E8, 0), STORE("SMADARCTL", 0x042F0, 0),
	FIXED("LINKS2", R_LINKS2, 1u << 6), STORE("MACC", 0x04330, 0),
	/* Flow control */
	STORE("PFCTOP", 0x03008, 0), STORES("FCTTV", 0x03200, 4, 4, 0),
	HOOKED("FCRTL", 0x03220, 4, 8, 0, 0x8007fff0, NULL, NULL),
	HOOKED("FCRTH", 0x03260, 4, 8, 0, 0x8007fff0, NULL, NULL),
	STORE("FCRTV", 0x032A0, 0), STORE("FCCFG", 0x03D00, 0), STORE("TFCS", 0x0CE00, 0),
	/* Receive queues */
	RXQ("RDBAL", Q_BAL, 0, 0xffffff80, NULL, nic_rx_bal_written),
	RXQ("RDBAH", Q_BAH, 0, ALL, NULL, nic_rx_bah_written),
	RXQ("RDLEN", Q_LEN, 0, 0x000fff80, NULL, nic_rx_len_written),
	RXQ("DCA_RXCTRL", Q_DCA, DCA_RX_RESERVED, ALL, NULL, NULL),
	RXQ("RDH", Q_HEAD, 0, 0xffff, NULL, nic_rdh_written),
	RXQ("SRRCTL", Q_SRRCTL, 0x00000402, ALL, NULL, NULL),
	RXQ("RDT", Q_TAIL, 0, 0xffff, NULL, nic_rdt_written),
	RXQ("RXDCTL", Q_CTL, 0, 0x42ffffff, nic_read_rxdctl, nic_rxdctl_written),
	RXQ("RSCCTL", Q_RSCCTL, 0, ALL, NULL, NULL),
	/* Receive */
	HOOKED("RXCTRL", R_RXCTRL, 4, 1, 0, 3, NULL, nic_rxctrl_written),
	HOOKED("RDRXCTL", R_RDRXCTL, 4, 1, 0x00108808, ~RDRXCTL_DMAIDONE, nic_read_rdrxctl,
	       nic_rx_config_written),
	STORE("PFQDE", 0x02F04, 0), STORE("DTXSWC", 0x02F24, 0), STORE("RSCDBU", 0x03028, 0),
	STORE("RTRUP2TC", 0x03020, 0),
	HOOKED("RXPBSIZE", R_RXPBSIZE, 4, 1, 0x80000, 0x000ffc00, NULL, nic_rx_config_written),
	STORES("RXPBSIZE", R_RXPBSIZE + 4, 4, 7, 0),
	STORES("RTRPT4C", 0x02140, 4, 8, 0), STORES("RTRPT4S", 0x02160, 4, 8, 0),
	STORE("RTRPCS", 0x02430, 0), STORES("RQSMR", R_RQSMR, 4, 32, 0),
	HOOKED("RXCSUM", R_RXCSUM, 4, 1, 0, ALL, NULL, nic_rx_config_written),
	HOOKED("RFCTL", R_RFCTL, 4, 1, 0, ALL, NULL, nic_rx_config_written),
	STORE("FCTRL", R_FCTRL, 0), STORE("VLNCTRL", R_VLNCTRL, 0x8100),
	STORE("MCSTCTRL", R_MCSTCTRL, 0), STORES("MTA", R_MTA, 4, 128, 0),
	STORES("VFTA", R_VFTA, 4, 128, 0),
	HOOKED("RAL", R_RAL, 8, 128, 0, ALL, NULL, nic_address_written),
	HOOKED("RAH", R_RAH, 8, 128, 0, 0x8000ffff, NULL, nic_address_written),
	STORES("MPSAR", 0x0A600, 4, 256, 0), STORES("PFUTA", 0x0F400, 4, 128, 0),
	STORES("PSRTYPE", R_PSRTYPE, 4, 64, 0),
	STORE("MRQC", R_MRQC, 0), STORES("RETA", R_RETA, 4, 32, 0),
	HOOKED("RSSRK", R_RSSRK, 4, 10, 0, ALL, NULL, nic_rsskey_written),
	HOOKED("ETQF", R_ETQF, 4, 8, 0, ALL, NULL, nic_etqf_written),
	STORES("ETQS", R_ETQS, 4, 8, 0),
	STORES("SAQF", 0x0E000, 4, 128, 0), STORES("DAQF", 0x0E200, 4, 128, 0),
	STORES("SDPQF", 0x0E400, 4, 128, 0), STORES("FTQF", 0x0E600, 4, 128, 0),
	STORES("L34TIMIR", 0x0E800, 4, 128, 0), STORE("SYNQF", 0x0EC30, 0),
	HOOKED("SECRXCTRL", R_SECRXCTRL, 4, 1, 1, ALL, NULL, nic_secrxctrl_written),
	HOOKED("SECRXSTAT", R_SECRXSTAT, 4, 1, 3, 0, nic_read_secrxstat, NULL),
	STORES("LSECRX", 0x08F00, 4, 17, 0), STORES("IPSRX", 0x08E00, 4, 10, 0),
	/* FCoE, flow director: storage */
	STORES("FCPTRL", 0x02410, 4, 5, 0), STORE("FCRXCTRL", 0x05100, 0),
	STORE("FCFLT", 0x05108, 0),
	STORE("FCFLTRW", 0x05110, 0), STORES("FCRECTL", 0x0ED00, 4, 1, 0),
	STORES("FCRETA", 0x0ED10, 4, 8, 0),
	{.name = "FDIRCTRL", .offset = R_FDIRCTRL, .stride = 4, .count = 1,
	 .reset = FDIRCTRL_INIT_DONE, .writable = ~FDIRCTRL_INIT_DONE},
	STORES("FDIRSIP", 0x0EE0C, 4, 7, 0), STORE("FDIRHASH", R_FDIRHASH, 0),
	HOOKED("FDIRCMD", R_FDIRCMD, 4, 1, 0, ALL, NULL, nic_fdircmd_written),
	STORES("FDIRFREE", 0x0EE38, 4, 1, 0), STORES("FDIRMASK", 0x0EE3C, 4, 4, 0),
	STORE("FDIRLEN", 0x0EE4C, 0), STORES("FDIRSTAT", 0x0EE50, 4, 2, 0),
	STORES("FDIRKEY", 0x0EE68, 4, 6, 0),
	/* Virtualization: storage */
	STORE("VT_CTL", 0x051B0, 0), STORES("PFVFRE", 0x051E0, 4, 2, 0),
	STORES("PFMBICR", 0x00710, 4, 4, 0),
	STORES("PFMBIMR", 0x00720, 4, 2, 0), STORES("PFVFTE", 0x08110, 4, 2, 0),
	STORES("PFVMECM", 0x08790, 4, 2, 0),
	STORES("PFVFSPOOF", 0x08200, 4, 8, 0), STORE("PFDTXGSWC", 0x08220, 0),
	STORES("PFVML2FLT", 0x0F000, 4, 64, 0),
	STORES("PFVLVF", 0x0F100, 4, 64, 0), STORES("PFVLVFB", 0x0F200, 4, 128, 0),
	STORES("PFMRCTL", 0x0F600, 4, 20, 0),
	STORES("PFVMVIR", 0x08000, 4, 64, 0), STORE("PFVMTXSW", 0x05180, 0),
	/* Transmit queues */
	TXQ("TDBAL", Q_BAL, 0, 0xffffff80, NULL, nic_tx_bal_written),
	TXQ("TDBAH", Q_BAH, 0, ALL, NULL, nic_tx_bah_written),
	TXQ("TDLEN", Q_LEN, 0, 0x000fff80, NULL, nic_tx_len_written),
	TXQ("DCA_TXCTRL", Q_DCA, 0x2a00, ALL, NULL, NULL),
	TXQ("TDH", Q_HEAD, 0, 0xffff, NULL, nic_tdh_written),
	TXQ("TDT", Q_TAIL, 0, 0xffff, NULL, nic_tdt_written),
	TXQ("TXDCTL", Q_CTL, 0, 0x02ffffff, nic_read_txdctl, nic_txdctl_written),
	TXQ("TDWBAL", Q_WBAL, 0, ALL, NULL, NULL), TXQ("TDWBAH", Q_WBAH, 0, ALL, NULL, NULL),
	/* Transmit */
	HOOKED("DMATXCTL", R_DMATXCTL, 4, 1, 0x81000004, ALL, NULL, nic_dmatxctl_written),
	STORE("DTXTCPFLGL", R_DTXTCPFLGL, 0x0f760ff6),
	STORE("DTXTCPFLGH", R_DTXTCPFLGH, 0x00000f7f),
	STORE("RTTDCS", R_RTTDCS, 0x00c00000), STORES("RTTDQSEL", 0x04904, 4, 4, 0),
	STORES("RTTDT2C", 0x04910, 4, 8, 0), STORES("RTTDT2S", 0x04930, 4, 8, 0),
	STORE("TXPBTHRESH", R_TXPBTHRESH, 0x96), STORES("TXPBTHRESH", R_TXPBTHRESH + 4, 4, 7, 0),
	STORES("RTTBCN", 0x04970, 4, 12, 0), STORE("DTXMXSZRQ", 0x08100, 0x10),
	HOOKED("MTQC", R_MTQC, 4, 1, 0, ALL, NULL, nic_mtqc_written),
	STORES("TQSM", R_TQSM, 4, 32, 0), STORE("TXPBSIZE", R_TXPBSIZE, 0x28000),
	STORES("TXPBSIZE", R_TXPBSIZE + 4, 4, 7, 0), STORE("RTTUP2TC", 0x0C800, 0),
	STORE("RTTPCS", 0x0CD00, 0),
	STORES("RTTPT2C", 0x0CD20, 4, 8, 0), STORES("RTTPT2S", 0x0CD40, 4, 8, 0),
	STORE("TIPG", 0x0CB00, 0),
	STORE("TXDESCIC", 0x02F20, 0),
	STORE("SECTXCTRL", 0x08800, 1), FIXED("SECTXSTAT", R_SECTXSTAT, 3),
	STORES("SECTX", 0x08808, 4, 3, 0),
	STORES("IPSTX", 0x08900, 4, 6, 0), STORES("LSECTX", 0x08A00, 4, 17, 0),
	/* Time synchronisation, wake-up: storage */
	STORES("TSYNC", 0x08C00, 4, 32, 0), STORE("RXMTRL", 0x05120, 0),
	STORE("TSYNCRXCTL", 0x05188, 0),
	STORES("RXSTMP", 0x051A4, 4, 3, 0), STORES("RXSTMPL", 0x051E8, 4, 1, 0),
	STORE("WUC", 0x05800, 0), STORE("WUFC", 0x05808, 0), STORE("WUS", 0x05810, 0),
	STORE("MANC", R_MANC, 0),
	STORE("MFVAL", 0x05824, 0), STORE("IPAV", 0x05838, 0), STORES("IP4AT", 0x05840, 8, 4, 0),
	STORES("IP6AT", 0x05880, 4, 4, 0), STORE("WUPL", 0x05900, 0),
	STORES("FHFT", 0x09000, 4, 256, 0),
	/* Statistics */
	COUNTS("CRCERRS", R_CRCERRS, 4, 4), COUNTS("MSPDC", 0x04010, 4, 1),
	COUNTS("MLFC", 0x04034, 4, 2),
	COUNTS("RLEC", R_RLEC, 4, 1), COUNTS("PRC", R_PRC, 4, 6), COUNTS("GPRC", R_GPRC, 4, 4),
	COUNTS("GORC", R_GORC, 4, 4), COUNTS("RNBC", 0x03FC0, 4, 8), COUNTS("RUC", R_RUC, 4, 4),
	COUNTS("MNGPRC", 0x040B4, 4, 3), COUNTS("TOR", R_TOR, 4, 2), COUNTS("TPR", R_TPR, 4, 2),
	COUNTS("PTC", R_PTC, 4, 6), COUNTS("MPTC", R_MPTC, 4, 2), COUNTS("XEC", R_XEC, 4, 1),
	COUNTS("PXRXCNT", 0x04140, 4, 16), COUNTS("LXRXCNT", R_LXONRXC, 4, 2),
	COUNTS("B2O", 0x041C0, 4, 2),
	COUNTS("PXTXC", 0x03F00, 4, 16), COUNTS("LXTXC", 0x03F60, 4, 3), COUNTS("MPC", R_MPC, 4, 8),
	COUNTS("PXON2OFFCNT", 0x03240, 4, 8), COUNTS("QPRC", R_QPRC, 0x40, 16),
	COUNTS("QBRCL", R_QBRC, 0x40, 16),
	COUNTS("QBRCH", R_QBRC + 4, 0x40, 16), COUNTS("QPRDC", R_QPRDC, 0x40, 16),
	COUNTS("QPTC", R_QPTC, 4, 16),
	COUNTS("QBTC", R_QBTC, 4, 32), COUNTS("RXDG", R_RXDGPC, 4, 3),
	COUNTS("TXDG", R_TXDGPC, 4, 3),
	COUNTS("SSVPC", R_SSVPC, 4, 1), COUNTS("FCCRC", 0x05118, 4, 1),
	COUNTS("FCOE", 0x02424, 4, 3),
	COUNTS("FDIRMATCH", 0x0EE58, 4, 2), COUNTS("O2BSPC", 0x087B0, 4, 1),
	COUNTS("B2OGPRC", 0x02F90, 4, 1),
	COUNTS("MNGPTC", 0x0CF90, 4, 1), COUNTS("LDPCEC", 0x0CF98, 4, 3),
};
/* clang-format on */

const unsigned nic_register_kinds = sizeof(nic_register_table) / sizeof(nic_register_table[0]);
