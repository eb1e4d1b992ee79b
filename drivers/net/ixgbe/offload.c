// SPDX-License-Identifier: BSD-2-Clause
/* Checksum, segmentation and VLAN requests of a packet, as context descriptor (DS 7.2.3.2, 7.2.4).
 */
#include "drivers/net/ixgbe/device.h"

#include "drivers/net/headers.h"

#define VLAN_TAG    4
#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER  20

/*
 * What a smaller segment does to the NIC is not known; Linux gives the later NICs of the family
 * none below 64 (i40e, ice).
 */
#define MSS_MIN 64

/* One's complement sum, folded, of bytes (even) at at, continued from sum. */
static uint32_t add_words(uint32_t sum, const uint8_t *at, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i += 2)
		sum += load_be16(at + i);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return (sum & 0xFFFF) + (sum >> 16);
}

static unsigned mac_header_bytes(const struct packet *packet)
{
	if (packet->bytes >= ETHERNET_HEADER + VLAN_TAG &&
	    load_be16(packet->data + 12) == ETHERTYPE_VLAN)
		return ETHERNET_HEADER + VLAN_TAG;
	return ETHERNET_HEADER;
}

/*
 * The card wants the IP length 0, the IPv4 header checksum 0, and in the TCP checksum field the
 * sum of the pseudo-header without its length, which differs from segment to segment.
 */
static void prepare_segment_headers(struct packet *packet, unsigned mac_bytes)
{
	uint8_t *ip = packet->data + mac_bytes;
	uint8_t *tcp = packet->data + packet->csum_start;
	uint32_t sum;

	if (packet->flags & PACKET_GSO_TCPV4) {
		store_be16(ip + 2, 0);
		store_be16(ip + 10, 0);
		sum = add_words(PROTOCOL_TCP, ip + 12, 8);
	} else {
		store_be16(ip + 4, 0);
		sum = add_words(PROTOCOL_TCP, ip + 8, 32);
	}
	store_be16(tcp + TCP_CSUM_OFFSET, sum);
}

static bool prepare_segmentation(struct packet *packet, unsigned mac_bytes,
				 struct ixgbe_offload *offload)
{
	bool ipv4 = packet->flags & PACKET_GSO_TCPV4;
	unsigned ip_bytes = packet->csum_start - mac_bytes;
	unsigned tcp_bytes = packet->header_bytes - packet->csum_start;

	if (ipv4 != !!(offload->context[1] & TXC_IPV4) || packet->csum_offset != TCP_CSUM_OFFSET ||
	    packet->gso_size < MSS_MIN || packet->header_bytes > packet->bytes ||
	    packet->header_bytes >= packet->total_bytes ||
	    packet->header_bytes < packet->csum_start + TCP_HEADER || tcp_bytes > TXC_L4LEN_MOST ||
	    ip_bytes < (ipv4 ? IPV4_HEADER : IPV6_HEADER))
		return false;
	prepare_segment_headers(packet, mac_bytes);
	offload->context[1] |= TXC_L4LEN(tcp_bytes) | TXC_MSS(packet->gso_size);
	offload->command |= TXD_TSE | (ipv4 ? TXD_IXSM : 0);
	offload->paylen = packet->total_bytes - packet->header_bytes;
	return true;
}

static bool prepare_checksum(struct packet *packet, unsigned mac_bytes,
			     struct ixgbe_offload *offload)
{
	unsigned field = packet->csum_start + packet->csum_offset;
	unsigned ip_bytes = packet->csum_start - mac_bytes;

	if (packet->csum_start < mac_bytes || ip_bytes > TXC_IPLEN_MOST ||
	    field + 2 > packet->bytes)
		return false;
	if (packet->csum_offset == TCP_CSUM_OFFSET)
		offload->context[1] |= TXC_L4T_TCP;
	else if (packet->csum_offset == UDP_CSUM_OFFSET)
		offload->context[1] |= TXC_L4T_UDP;
	else
		return false;
	if (load_be16(packet->data + mac_bytes - 2) == ETHERTYPE_IPV4)
		offload->context[1] |= TXC_IPV4;
	offload->context[0] |= TXC_IPLEN(ip_bytes);
	offload->command |= TXD_TXSM;
	return true;
}

bool ixgbe_offload_prepare(struct packet *packet, struct ixgbe_offload *offload)
{
	unsigned mac_bytes = mac_header_bytes(packet);
	unsigned flags = packet->flags;

	offload->context[0] = TXC_MACLEN(mac_bytes);
	offload->context[1] = TXC_DTYP_CONTEXT | TXD_DEXT;
	offload->command = TXD_CC;
	offload->paylen = packet->total_bytes;
	if (flags & PACKET_VLAN) {
		offload->context[0] |= TXC_VLAN(packet->vlan_tci);
		offload->command |= TXD_VLE;
	}
	if (flags & (PACKET_GSO_TCPV4 | PACKET_GSO_TCPV6))
		return prepare_checksum(packet, mac_bytes, offload) &&
		       prepare_segmentation(packet, mac_bytes, offload);
	if (flags & PACKET_CSUM_PARTIAL)
		return prepare_checksum(packet, mac_bytes, offload);
	return true;
}
