/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the 82599 as the model knows them; deliberately not shared with any driver. */
#ifndef SLUICE_TOOLS_I82599_REGS_H
#define SLUICE_TOOLS_I82599_REGS_H

/* General (DS 8.2.3.1) */
#define R_CTRL                0x00000
#define CTRL_GIO_DIS          (1u << 2)
#define CTRL_LNK_RST          (1u << 3)
#define CTRL_RST              (1u << 26)
#define R_STATUS              0x00008
#define STATUS_LINK           (1u << 7)
#define STATUS_GIO            (1u << 19)
#define R_CTRL_EXT            0x00018
#define R_GCR_EXT             0x11050
#define GCR_EXT_BUFFERS_CLEAR (1u << 30)
#define R_ESDP                0x00020
#define ESDP_SDP2             (1u << 2)
#define ESDP_SDP3             (1u << 3)
#define ESDP_SDP5             (1u << 5)
#define ESDP_DIR(sdp)         ((sdp) << 8) /* 1: output */
#define ESDP_SDP3_DIR         ESDP_DIR(ESDP_SDP3)
#define ESDP_SDP5_DIR         ESDP_DIR(ESDP_SDP5)
#define ESDP_PINS             0xffu
#define R_I2CCTL              0x00028
#define I2C_CLK_IN            (1u << 0)
#define I2C_CLK_OUT           (1u << 1)
#define I2C_DATA_IN           (1u << 2)
#define I2C_DATA_OUT          (1u << 3)
#define R_FRTIMER             0x00048

/* Interrupts (DS 8.2.3.5) */
#define R_EICR        0x00800
#define R_EICS        0x00808
#define R_EIAC        0x00810
#define R_EIMS        0x00880
#define R_EIMC        0x00888
#define R_EIAM        0x00890
#define R_GPIE        0x00898
#define GPIE_MSIX     (1u << 4)
#define GPIE_OCD      (1u << 5)
#define GPIE_EIMEN    (1u << 6)
#define GPIE_EIAME    (1u << 30)
#define R_EICS_EX     0x00A90
#define R_EIMS_EX     0x00AA0
#define R_EIMC_EX     0x00AB0
#define R_EIAM_EX     0x00AD0
#define R_EITR        0x00820 /* vectors 0-23 */
#define R_EITR_HIGH   0x12300 /* vectors 24-63 */
#define EITR_CNT_WDIS (1u << 31)
#define R_IVAR        0x00900
#define R_IVAR_MISC   0x00A00
#define R_PBACL       0x110C0
#define CAUSE_PCI     (1u << 18)
#define CAUSE_LSC     (1u << 20)
#define CAUSE_TIMER   (1u << 30)

/* NVM, semaphores, firmware (DS 8.2.3.2) */
#define R_EEC             0x10010
#define R_EERD            0x10014
#define R_SWSM            0x10140
#define R_FWSM            0x10148
#define R_GSSR            0x10160
#define GSSR_FIRMWARE     0x3e0u
#define SWSM_SWESMBI      2u
#define FWSM_PASS_THROUGH 0x4u
#define FWSM_VALID        (1u << 15)
#define R_MANC            0x05820
#define MANC_RCV_TCO_EN   (1u << 17)
#define R_MMNGC           0x042D0
#define MMNGC_VETO        (1u << 0)
#define EERD_START        (1u << 0)
#define EERD_DONE         (1u << 1)
#define EEC_ARD           (1u << 9)
#define EEC_SK            (1u << 0)
#define EEC_REQ           (1u << 6)
#define EEC_GNT           (1u << 7)

/* Link (DS 8.2.3.22) */
#define R_HLREG0             0x04240
#define HLREG0_RXCRCSTRP     (1u << 1)
#define HLREG0_JUMBOEN       (1u << 2)
#define HLREG0_TXPADEN       (1u << 10)
#define HLREG0_LPBK          (1u << 15)
#define R_MSCA               0x0425C
#define MSCA_COMMAND         (1u << 30)
#define R_MAXFRS             0x04268
#define R_MFLCN              0x04294
#define R_AUTOC              0x042A0
#define AUTOC_FLU            (1u << 0)
#define AUTOC_AN_RESTART     (1u << 12)
#define R_LINKS              0x042A4
#define LINKS_UP             (1u << 30)
#define LINKS_SPEED_1G       (2u << 28)
#define LINKS_SPEED_10G      (3u << 28)
#define LINKS_KX_AN_COMP     (1u << 31)
#define R_AUTOC2             0x042A8
#define R_ANLP1              0x042B0
#define ANLP1_AN_STATE       (15u << 16)
#define R_LINKS2             0x04324
#define LINK_MODE(autoc)     ((autoc) >> 13 & 7)
#define LINK_MODE_1G         0
#define LINK_MODE_1G_AN      2
#define LINK_MODE_10G_SERIAL 3
#define LINK_MODE_AUTO       4 /* KX4, KX, KR */
#define LINK_MODE_SGMII      5
#define AUTOC2_SERIAL(v)     ((v) >> 16 & 3) /* KR, XFI, SFI */
#define R_CORECTL            0x14F00
#define CORECTL_READ         (1u << 16)
#define LINK_MODE_AN(lms)    ((lms) == 4 || (lms) >= 6)

/* Receive (DS 8.2.3.8) */
#define R_RXQ              0x01000 /* queues 0-63, 0x40 apart */
#define R_RXQ_HIGH         0x0D000 /* queues 64-127 */
#define R_TXQ              0x06000
#define Q_BAL              0x00
#define Q_BAH              0x04
#define Q_LEN              0x08
#define Q_DCA              0x0C
#define Q_HEAD             0x10
#define Q_SRRCTL           0x14
#define Q_TAIL             0x18
#define Q_CTL              0x28
#define Q_RSCCTL           0x2C
#define Q_WBAL             0x38
#define Q_WBAH             0x3C
#define CTL_ENABLE         (1u << 25)
#define CTL_SWFLSH         (1u << 26)
#define CTL_VME            (1u << 30)
#define DCA_RX_RESERVED    (1u << 12)
#define SRRCTL_BSIZE(v)    (((v)&0x1f) * 1024)
#define SRRCTL_DESCTYPE(v) ((v) >> 25 & 7)
#define SRRCTL_DROP_EN     (1u << 28)
#define R_RXCTRL           0x03000
#define RXCTRL_RXEN        (1u << 0)
#define RXCTRL_DMBYPS      (1u << 1)
#define R_RDRXCTL          0x02F00
#define RDRXCTL_CRCSTRIP   (1u << 1)
#define RDRXCTL_DMAIDONE   (1u << 3)
#define R_RXPBSIZE         0x03C00
#define R_FCTRL            0x05080
#define FCTRL_MPE          (1u << 8)
#define FCTRL_UPE          (1u << 9)
#define FCTRL_BAM          (1u << 10)
#define FCTRL_PMCF         (1u << 12)
#define R_RXCSUM           0x05000
#define RXCSUM_PCSD        (1u << 13)
#define R_RFCTL            0x05008
#define R_PSRTYPE          0x0EA00
#define R_VLNCTRL          0x05088
#define VLNCTRL_CFI        (1u << 28)
#define VLNCTRL_CFIEN      (1u << 29)
#define VLNCTRL_VFE        (1u << 30)
#define R_MCSTCTRL         0x05090
#define MCSTCTRL_MFE       (1u << 2)
#define R_MTA              0x05200
#define R_VFTA             0x0A000
#define R_RAL              0x0A200
#define R_RAH              0x0A204
#define RAH_AV             (1u << 31)
#define R_MRQC             0x05818
#define R_RETA             0x05C00
#define R_RSSRK            0x05C80
#define R_ETQF             0x05128
#define ETQF_ENABLE        (1u << 31)
#define R_ETQS             0x0EC00
#define ETQS_QUEUE_EN      (1u << 31)
#define R_RQSMR            0x02300
#define R_SECRXCTRL        0x08D00
#define R_SECRXSTAT        0x08D04
#define SECRXSTAT_RDY      1u
#define SECRXCTRL_RX_DIS   2u
#define R_SECTXSTAT        0x08804
#define R_VT_CTL           0x051B0
#define VT_CTL_ENA         (1u << 0)
#define R_FTQF             0x0E600
#define FTQF_ENABLE        (1u << 31)
#define R_SYNQF            0x0EC30
#define SYNQF_ENABLE       (1u << 0)
#define RSCCTL_RSCEN       (1u << 0)
#define R_TSYNCRXCTL       0x05188
#define R_TSYNCTXCTL       0x08C00
#define TSYNC_ENABLE       (1u << 4)
#define R_IPSTXIDX         0x08900
#define R_IPSRXIDX         0x08E00
#define IPSEC_ENABLE       (1u << 0)
#define FDIRCTRL_PERFECT   (1u << 4)
#define FDIRCMD_COMMAND    3u
#define FDIRCMD_ADD        1u
#define R_FDIRCTRL         0x0EE00
#define FDIRCTRL_INIT_DONE (1u << 3)
#define R_FDIRHASH         0x0EE28
#define R_FDIRCMD          0x0EE2C
#define MRQC_POOLS         0xeu /* of MRQE: other than none and RSS */
#define MRQC_TCP4          (1u << 16)
#define MRQC_IP4           (1u << 17)
#define MRQC_IP6           (1u << 20)
#define MRQC_TCP6          (1u << 21)
#define MRQC_UDP4          (1u << 22)
#define MRQC_UDP6          (1u << 23)

/* Transmit (DS 8.2.3.9) */
#define R_DMATXCTL        0x04A80
#define DMATXCTL_TE       (1u << 0)
#define R_DTXTCPFLGL      0x04A88
#define R_DTXTCPFLGH      0x04A8C
#define R_RTTDCS          0x04900
#define RTTDCS_ARBDIS     (1u << 6)
#define R_MTQC            0x08120
#define R_TXPBSIZE        0x0CC00
#define R_TXPBTHRESH      0x04950
#define R_TQSM            0x08600
#define TDWBAL_HEAD_WB    (1u << 0)
#define TDWBAL_IGNORED    (15u ^ TDWBAL_HEAD_WB) /* address bits that must be 0 */
#define TXDCTL_WTHRESH(v) ((v) >> 16 & 0x7f)

/* Statistics (DS 8.2.3.23) */
#define R_CRCERRS  0x04000
#define R_MPC      0x03FA0
#define R_RLEC     0x04040
#define R_LXONRXC  0x041A4
#define R_LXOFFRXC 0x041A8
#define R_PRC      0x0405C /* six sizes */
#define R_GPRC     0x04074
#define R_BPRC     0x04078
#define R_MPRC     0x0407C
#define R_GPTC     0x04080
#define R_GORC     0x04088
#define R_GOTC     0x04090
#define R_RUC      0x040A4
#define R_ROC      0x040AC
#define R_TOR      0x040C0
#define R_TPR      0x040D0
#define R_TPT      0x040D4
#define R_PTC      0x040D8 /* six sizes */
#define R_MPTC     0x040F0
#define R_BPTC     0x040F4
#define R_XEC      0x04120
#define R_QPRC     0x01030
#define R_QBRC     0x01034
#define R_QPRDC    0x01430
#define R_QPTC     0x08680
#define R_QBTC     0x08700
#define R_RXDGPC   0x02F50
#define R_RXDGBC   0x02F54
#define R_TXDGPC   0x087A0
#define R_TXDGBC   0x087A4
#define R_SSVPC    0x08780

/* Receive descriptor write-back, qword 1 (DS 7.1.6.2) */
#define RXD_DD    (1u << 0)
#define RXD_EOP   (1u << 1)
#define RXD_VP    (1u << 3)
#define RXD_UDPCS (1u << 4)
#define RXD_L4CS  (1u << 5)
#define RXD_IPCS  (1u << 6)
#define RXD_LB    (1u << 18)
#define RXD_TCPE  (1u << 30)
#define RXD_IPE   (1u << 31)
/* Of the legacy one's errors, bits 47:40 (DS 7.1.5): TCPE, IPE. */
#define RXD_LEGACY_ERRORS 0xc0u

/* Transmit descriptor, qword 1 (DS 7.2.3.2) */
#define TXD_EOP           (1ull << 24)
#define TXD_IFCS          (1ull << 25)
#define TXD_IC            (1ull << 26) /* legacy: insert checksum */
#define TXD_RS            (1ull << 27)
#define TXD_DEXT          (1ull << 29)
#define TXD_VLE           (1ull << 30)
#define TXD_TSE           (1ull << 31)
#define TXD_DD            (1ull << 32)
#define TXD_IXSM          (1ull << 40)
#define TXD_TXSM          (1ull << 41)
#define TXD_DTYP(q1)      ((unsigned)((q1) >> 20 & 15))
#define TXD_DTYP_CONTEXT  2
#define TXD_DTYP_DATA     3
#define TXD_LEN(q1)       ((uint32_t)((q1)&0xffff))
#define TXD_IDX(q1)       ((unsigned)((q1) >> 36 & 7))
#define TXD_PAYLEN(q1)    ((uint32_t)((q1) >> 46))
#define TXD_DATA_RESERVED 0x0000380e14030000ull
#define TXD_CTX_RESERVED  0x0000008fdf0f0000ull
#define TXD_L4T_UDP       0
#define TXD_L4T_TCP       1
#define TXD_L4T_SCTP      2

#endif
