/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of the 82599 that the driver uses, byte offsets in BAR 0, each named once.
 * DS: Intel 82599 10 GbE Controller Datasheet, with the section where it is known.
 */
#ifndef SLUICE_DRIVERS_NET_IXGBE_REGS_H
#define SLUICE_DRIVERS_NET_IXGBE_REGS_H

#define IXGBE_BAR0_BYTES 0x20000u /* all registers lie below */

/* --- General (DS 8.2.3.1) --- */
#define IXGBE_CTRL         0x00000u /* DS 8.2.3.1.1 */
#define CTRL_GIO_DIS       (1u << 2)
#define CTRL_LNK_RST       (1u << 3)
#define CTRL_RST           (1u << 26)
#define IXGBE_STATUS       0x00008u
#define STATUS_LAN_ID(v)   (((v) >> 2) & 3u)
#define STATUS_GIO         (1u << 19)
#define IXGBE_CTRL_EXT     0x00018u
#define CTRL_EXT_NS_DIS    (1u << 16)
#define CTRL_EXT_DRV_LOAD  (1u << 28)
#define IXGBE_ESDP         0x00020u
#define ESDP_SDP2_CAGE     (1u << 2) /* 1: a module is in the SFP cage */
#define ESDP_SDP3_LASER    (1u << 3) /* TX_DISABLE of the SFP cage: 1 is off */
#define ESDP_SDP3_OUT      (1u << 11)
#define ESDP_SDP5_RATE     (1u << 5) /* RS0: 1 is 10 Gb/s */
#define ESDP_SDP5_OUT      (1u << 13)
#define IXGBE_I2CCTL       0x00028u
#define I2CCTL_CLK_IN      (1u << 0)
#define I2CCTL_CLK_OUT     (1u << 1)
#define I2CCTL_DATA_IN     (1u << 2)
#define I2CCTL_DATA_OUT    (1u << 3)
#define IXGBE_GCR_EXT      0x11050u
#define GCR_EXT_BUFS_CLEAR (1u << 30)

/* --- NVM, firmware and semaphores (DS 8.2.3.2, 8.2.3.4) --- */
#define IXGBE_EEC              0x10010u
#define EEC_PRES               (1u << 8)
#define EEC_ARD                (1u << 9)
#define EEC_WORDS(v)           (1u << ((((v) >> 11) & 15u) + 6))
#define IXGBE_EERD             0x10014u
#define EERD_START             (1u << 0)
#define EERD_DONE              (1u << 1)
#define EERD_ADDRESS(word)     ((uint32_t)(word) << 2)
#define EERD_DATA(v)           ((uint16_t)((v) >> 16))
#define IXGBE_SWSM             0x10140u
#define SWSM_SMBI              (1u << 0)
#define SWSM_SWESMBI           (1u << 1)
#define IXGBE_FWSM             0x10148u
#define FWSM_MODE_MASK         0xEu
#define FWSM_MODE_PASS_THROUGH 0x4u
#define FWSM_EXT_ERR_IND       0x01F80000u
#define IXGBE_FACTPS           0x10150u
#define FACTPS_MNGCG           (1u << 29) /* the clock of the management part is off */
#define IXGBE_MANC             0x05820u
#define MANC_RCV_TCO_EN        (1u << 17) /* it receives */
#define IXGBE_MMNGC            0x042D0u
#define MMNGC_VETO             (1u << 0)
#define IXGBE_GSSR             0x10160u /* SW_FW_SYNC */
#define GSSR_EEPROM            (1u << 0)
#define GSSR_PHY(port)         (2u << (port))
#define GSSR_MAC_CSR           (1u << 3)
#define GSSR_FIRMWARE(m)       ((m) << 5) /* the firmware's copy of software's bits */

/* --- Interrupts (DS 7.3, 8.2.3.5) --- */
#define IXGBE_EICR              0x00800u
#define EICR_PCI                (1u << 18) /* a PCIe transaction failed */
#define EICR_LSC                (1u << 20)
#define EICR_ECC                (1u << 28)
#define EICR_QUEUES             0x0000FFFFu /* causes of the queues' vectors 0 to 15 */
#define IXGBE_EICS              0x00808u    /* reads as EICR without clearing it */
#define IXGBE_EIAC              0x00810u
#define IXGBE_EITR(vector)      (0x00820u + 4u * (vector)) /* vector < 24 */
#define EITR_INTERVAL(units)    ((uint32_t)(units) << 3)   /* 9 bits, 2.048 us each */
#define EITR_CNT_WDIS           (1u << 31)
#define IXGBE_EIMS              0x00880u
#define IXGBE_EIMC              0x00888u
#define IXGBE_EIAM              0x00890u
#define IXGBE_GPIE              0x00898u
#define GPIE_MULTIPLE_MSIX      (1u << 4)
#define GPIE_OCD                (1u << 5)
#define GPIE_EIAME              (1u << 30)
#define GPIE_PBA_SUPPORT        (1u << 31)
#define IXGBE_IVAR(queue)       (0x00900u + 4u * ((queue) >> 1))
#define IVAR_RX(queue, vector)  ((0x80u | (vector)) << (16u * ((queue)&1u)))
#define IVAR_TX(queue, vector)  ((0x80u | (vector)) << (16u * ((queue)&1u) + 8u))
#define IXGBE_IVAR_MISC         0x00A00u
#define IVAR_MISC_OTHER(vector) ((0x80u | (vector)) << 8)
#define IXGBE_EICS_EX(n)        (0x00A90u + 4u * (n)) /* one bit a vector */
#define IXGBE_EIMS_EX(n)        (0x00AA0u + 4u * (n))
#define IXGBE_EIMC_EX(n)        (0x00AB0u + 4u * (n))
#define IXGBE_EIAM_EX(n)        (0x00AD0u + 4u * (n))

/* --- Receive (DS 4.6.7, 7.1, 8.2.3.7, 8.2.3.8) --- */
#define IXGBE_RX_QUEUES           128u
#define IXGBE_RX_QUEUE(q)         (0x01000u + 0x40u * (q))      /* q below 64 */
#define IXGBE_RX_QUEUE_HIGH(q)    (0x0D000u + 0x40u * ((q)-64)) /* q from 64 to 127 */
#define IXGBE_RDBAL(q)            (IXGBE_RX_QUEUE(q) + 0x00u)
#define IXGBE_RDBAH(q)            (IXGBE_RX_QUEUE(q) + 0x04u)
#define IXGBE_RDLEN(q)            (IXGBE_RX_QUEUE(q) + 0x08u)
#define IXGBE_DCA_RXCTRL(q)       (IXGBE_RX_QUEUE(q) + 0x0Cu)
#define DCA_RXCTRL_DESC_READ_RO   (1u << 9)
#define DCA_RXCTRL_RESET_TO_0     (1u << 12) /* resets to 1, must be written 0: DS 4.6.7 */
#define DCA_RXCTRL_DATA_WRITE_RO  (1u << 13)
#define DCA_RXCTRL_HEAD_WRITE_RO  (1u << 15)
#define IXGBE_RDH(q)              (IXGBE_RX_QUEUE(q) + 0x10u)
#define IXGBE_SRRCTL(q)           (IXGBE_RX_QUEUE(q) + 0x14u)
#define SRRCTL_BSIZEPACKET(bytes) ((bytes) >> 10) /* KB, 1 to 16 */
#define SRRCTL_BSIZEHEADER_256    (4u << 8)
#define SRRCTL_ADV_ONE_BUFFER     (1u << 25)
#define SRRCTL_DROP_EN            (1u << 28)
#define IXGBE_RDT(q)              (IXGBE_RX_QUEUE(q) + 0x18u)
#define IXGBE_RXDCTL_HIGH(q)      (IXGBE_RX_QUEUE_HIGH(q) + 0x28u)
#define IXGBE_RXDCTL(q)           (IXGBE_RX_QUEUE(q) + 0x28u)
#define RXDCTL_ENABLE             (1u << 25)
#define RXDCTL_SWFLSH             (1u << 26)
#define RXDCTL_VME                (1u << 30)
#define IXGBE_RSCCTL(q)           (IXGBE_RX_QUEUE(q) + 0x2Cu)
#define IXGBE_RDRXCTL             0x02F00u
#define RDRXCTL_CRCSTRIP          (1u << 1)
#define RDRXCTL_DMAIDONE          (1u << 3)
#define RDRXCTL_RSCFRSTSIZE       (31u << 17)
#define RDRXCTL_RSCACKC           (1u << 25)
#define RDRXCTL_FCOE_WRFIX        (1u << 26)
#define IXGBE_RXCTRL              0x03000u
#define RXCTRL_RXEN               (1u << 0)
#define IXGBE_RXPBSIZE(n)         (0x03C00u + 4u * (n)) /* KB << 10 */
#define IXGBE_RXCSUM              0x05000u
#define RXCSUM_PCSD               (1u << 13)
#define IXGBE_RFCTL               0x05008u
#define RFCTL_RSC_DIS             (1u << 5)
#define RFCTL_NFSW_DIS            (1u << 6)
#define RFCTL_NFSR_DIS            (1u << 7)
#define IXGBE_FCTRL               0x05080u /* DS 8.2.3.7.1 */
#define FCTRL_MPE                 (1u << 8)
#define FCTRL_UPE                 (1u << 9)
#define FCTRL_BAM                 (1u << 10)
#define IXGBE_VLNCTRL             0x05088u
#define VLNCTRL_VET_8021Q         0x8100u
#define VLNCTRL_VFE               (1u << 30)
#define IXGBE_MCSTCTRL            0x05090u
#define IXGBE_MTA(n)              (0x05200u + 4u * (n)) /* n < 128 */
#define IXGBE_RAL(n)              (0x0A200u + 8u * (n)) /* n < 128 */
#define IXGBE_RAH(n)              (0x0A204u + 8u * (n))
#define RAH_AV                    (1u << 31)
#define IXGBE_PSRTYPE(n)          (0x0EA00u + 4u * (n))
#define IXGBE_SECRXCTRL           0x08D00u
#define SECRXCTRL_RX_DIS          (1u << 1)
#define IXGBE_SECRXSTAT           0x08D04u
#define SECRXSTAT_RDY             (1u << 0)

/* --- RSS (DS 7.1.2.8) --- */
#define IXGBE_MRQC     0x05818u
#define MRQC_RSS       1u
#define MRQC_TCP_IPV4  (1u << 16)
#define MRQC_IPV4      (1u << 17)
#define MRQC_IPV6      (1u << 20)
#define MRQC_TCP_IPV6  (1u << 21)
#define MRQC_UDP_IPV4  (1u << 22)
#define MRQC_UDP_IPV6  (1u << 23)
#define IXGBE_RETA(n)  (0x05C00u + 4u * (n)) /* n < 32, four entries each */
#define IXGBE_RSSRK(n) (0x05C80u + 4u * (n)) /* n < 10, four key bytes each */

/* --- Transmit (DS 4.6.8, 4.6.11.3.4, 7.2, 8.2.3.9) --- */
#define IXGBE_TX_QUEUES          128u
#define IXGBE_TX_QUEUE(q)        (0x06000u + 0x40u * (q))
#define IXGBE_TDBAL(q)           (IXGBE_TX_QUEUE(q) + 0x00u)
#define IXGBE_TDBAH(q)           (IXGBE_TX_QUEUE(q) + 0x04u)
#define IXGBE_TDLEN(q)           (IXGBE_TX_QUEUE(q) + 0x08u)
#define IXGBE_DCA_TXCTRL(q)      (IXGBE_TX_QUEUE(q) + 0x0Cu)
#define DCA_TXCTRL_DESC_READ_RO  (1u << 9)
#define DCA_TXCTRL_DESC_WRITE_RO (1u << 11)
#define DCA_TXCTRL_DATA_READ_RO  (1u << 13)
#define IXGBE_TDH(q)             (IXGBE_TX_QUEUE(q) + 0x10u)
#define IXGBE_TDT(q)             (IXGBE_TX_QUEUE(q) + 0x18u)
#define IXGBE_TXDCTL(q)          (IXGBE_TX_QUEUE(q) + 0x28u) /* DS 8.2.3.9.10 */
#define TXDCTL_PTHRESH(n)        ((uint32_t)(n) << 0)
#define TXDCTL_HTHRESH(n)        ((uint32_t)(n) << 8)
#define TXDCTL_ENABLE            (1u << 25)
#define TXDCTL_SWFLSH            (1u << 26) /* drops what the queue has on chip */
#define IXGBE_RTTDCS             0x04900u
#define RTTDCS_ARBDIS            (1u << 6)
#define IXGBE_RTTDQSEL           0x04904u
#define IXGBE_RTTDT1C            0x04908u
#define IXGBE_RTTBCNRC           0x04984u
#define IXGBE_TXPBTHRESH(n)      (0x04950u + 4u * (n)) /* KB */
#define IXGBE_DMATXCTL           0x04A80u
#define DMATXCTL_TE              (1u << 0)
#define IXGBE_DTXMXSZRQ          0x08100u
#define DTXMXSZRQ_MAX            0xFFFu
#define IXGBE_MTQC               0x08120u
#define IXGBE_TXPBSIZE(n)        (0x0CC00u + 4u * (n)) /* KB << 10 */
#define IXGBE_PACKET_BUFFERS     8u

/* --- MAC, flow control and link (DS 3.7, 8.2.3.22) --- */
#define IXGBE_FCTTV(n)       (0x03200u + 4u * (n)) /* n < 4 */
#define IXGBE_FCRTL(n)       (0x03220u + 4u * (n)) /* n < 8 */
#define IXGBE_FCRTH(n)       (0x03260u + 4u * (n)) /* n < 8; DS 4.6.3.2 */
#define IXGBE_FCRTV          0x032A0u
#define IXGBE_FCCFG          0x03D00u
#define IXGBE_PCS1GANA       0x04218u /* what 1 Gb/s auto-negotiation offers */
#define PCS1GANA_PAUSE       (3u << 7)
#define IXGBE_HLREG0         0x04240u
#define HLREG0_TXCRCEN       (1u << 0)
#define HLREG0_RXCRCSTRP     (1u << 1)
#define HLREG0_JUMBOEN       (1u << 2)
#define HLREG0_TXPADEN       (1u << 10)
#define HLREG0_LPBK          (1u << 15)
#define IXGBE_MAXFRS         0x04268u
#define MAXFRS_MFS(bytes)    ((uint32_t)(bytes) << 16)
#define MAXFRS_MFS_MASK      0xFFFF0000u
#define IXGBE_MFLCN          0x04294u
#define MFLCN_DPF            (1u << 1)
#define MFLCN_RFCE           (1u << 3)
#define MFLCN_RPFCE          (1u << 2)
#define IXGBE_AUTOC          0x042A0u
#define AUTOC_FLU            (1u << 0)
#define AUTOC_AN_RESTART     (1u << 12)
#define AUTOC_LMS_MASK       (7u << 13)
#define AUTOC_LMS_1G_AN      (2u << 13)
#define AUTOC_LMS_10G_SERIAL (3u << 13)
#define AUTOC_LMS_BIT2       (1u << 15)
#define AUTOC_PAUSE          (3u << 28)
#define IXGBE_LINKS          0x042A4u
#define LINKS_SPEED(v)       (((v) >> 28) & 3u) /* 1 100 Mb/s, 2 1 Gb/s, 3 10 Gb/s */
#define LINKS_UP             (1u << 30)
#define IXGBE_AUTOC2         0x042A8u
#define AUTOC2_LINK_DISABLE  (7u << 28)
#define IXGBE_ANLP1          0x042B0u
#define ANLP1_AN_STATE       (15u << 16)
#define IXGBE_CORECTL        0x14F00u

/* --- Statistics: clear on read (DS 8.2.3.23) --- */
#define IXGBE_QPRC(slot)       (0x01030u + 0x40u * (slot)) /* slot < 16 */
#define IXGBE_QBRC_L(slot)     (0x01034u + 0x40u * (slot))
#define IXGBE_QBRC_H(slot)     (0x01038u + 0x40u * (slot))
#define IXGBE_QPRDC(slot)      (0x01430u + 0x40u * (slot))
#define IXGBE_RQSMR(n)         (0x02300u + 4u * (n))                 /* n < 32, four queues each */
#define RQSMR_SLOTS(first)     (0x03020100u + 0x01010101u * (first)) /* four slots from first on */
#define IXGBE_MPC(n)           (0x03FA0u + 4u * (n))                 /* n < 8 */
#define IXGBE_CRCERRS          0x04000u
#define IXGBE_RLEC             0x04040u
#define IXGBE_GPTC             0x04080u
#define IXGBE_GOTCL            0x04090u
#define IXGBE_GOTCH            0x04094u
#define IXGBE_RUC              0x040A4u
#define IXGBE_RFC              0x040A8u
#define IXGBE_ROC              0x040ACu
#define IXGBE_RJC              0x040B0u
#define IXGBE_STATISTICS_SLOTS 16u

#endif
