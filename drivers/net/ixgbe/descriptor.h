/* SPDX-License-Identifier: BSD-2-Clause */
/* The advanced receive and transmit descriptors of the 82599 (DS 7.1.6, 7.2.3.2). */
#ifndef SLUICE_DRIVERS_NET_IXGBE_DESCRIPTOR_H
#define SLUICE_DRIVERS_NET_IXGBE_DESCRIPTOR_H

#include <stdint.h>

/*
 * Two little-endian quadwords. Receive, as software writes it: packet buffer address, header
 * buffer address (0). Transmit: buffer address (or context), command. Hardware writes back in
 * place.
 */
struct ixgbe_descriptor {
	uint64_t q0;
	uint64_t q1;
};

/* Receive write-back, q0. */
#define RXD_RSS_TYPE(q0) ((q0)&15u)
#define RXD_PACKET_UDP   (1u << 9)
#define RXD_RSS_HASH(q0) ((uint32_t)((q0) >> 32))
/* Receive write-back, q1. */
#define RXD_DD         (1u << 0)
#define RXD_EOP        (1u << 1)
#define RXD_VP         (1u << 3)
#define RXD_L4CS       (1u << 5)
#define RXD_IPCS       (1u << 6)
#define RXD_ERRORS     0x3B000000u /* CE, LE, PE, OSE, USE: only with FCTRL.SBP */
#define RXD_TCPE       (1u << 30)
#define RXD_IPE        (1u << 31)
#define RXD_LENGTH(q1) ((uint16_t)((q1) >> 32))
#define RXD_VLAN(q1)   ((uint16_t)((q1) >> 48))

/* Transmit data descriptor, q1. */
#define TXD_DTYP_DATA     (3ull << 20)
#define TXD_EOP           (1ull << 24)
#define TXD_IFCS          (1ull << 25)
#define TXD_RS            (1ull << 27)
#define TXD_DEXT          (1ull << 29)
#define TXD_VLE           (1ull << 30)
#define TXD_TSE           (1ull << 31)
#define TXD_DD            (1ull << 32)
#define TXD_CC            (1ull << 39)
#define TXD_IXSM          (1ull << 40)
#define TXD_TXSM          (1ull << 41)
#define TXD_PAYLEN(bytes) ((uint64_t)(bytes) << 46)

/* Transmit context descriptor (DTYP 2), q0 and q1. */
#define TXC_IPLEN(bytes)  ((uint64_t)(bytes))
#define TXC_MACLEN(bytes) ((uint64_t)(bytes) << 9)
#define TXC_VLAN(tci)     ((uint64_t)(tci) << 16)
#define TXC_DTYP_CONTEXT  (2ull << 20)
#define TXC_IPV4          (1ull << 10)
#define TXC_L4T_UDP       (0ull << 11)
#define TXC_L4T_TCP       (1ull << 11)
#define TXC_L4LEN(bytes)  ((uint64_t)(bytes) << 40)
#define TXC_MSS(bytes)    ((uint64_t)(bytes) << 48)
#define TXC_IPLEN_MOST    511u
#define TXC_L4LEN_MOST    255u

#endif
