/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet on its way through the hypervisor, and the pools that packets come from. */
#ifndef SLUICE_DRIVERS_NET_PACKET_H
#define SLUICE_DRIVERS_NET_PACKET_H

#include "kernel/machine.h"

/* A 64 KB segment-offload packet in 4 KB pages, both ends unaligned. */
#define PACKET_FRAGMENTS_MOST 18

/* Room in a packet's own buffer; a transmit packet keeps its first bytes (headers) there. */
#define PACKET_BUFFER_BYTES 2048

/* Result of a hardware or software receive hash: the 82599's RSS types in the field's own words. */
enum packet_hash_type {
	PACKET_HASH_NONE,
	PACKET_HASH_IPV4,
	PACKET_HASH_TCP_IPV4,
	PACKET_HASH_UDP_IPV4,
	PACKET_HASH_IPV6,
	PACKET_HASH_TCP_IPV6,
	PACKET_HASH_UDP_IPV6,
};

enum packet_flags {
	PACKET_CSUM_BAD = 1 << 0,     /* receive: a verified checksum was wrong */
	PACKET_IP_CSUM_GOOD = 1 << 1, /* receive: the IPv4 header checksum was verified */
	PACKET_L4_CSUM_GOOD = 1 << 2, /* receive: the TCP or UDP checksum was verified */
	PACKET_VLAN = 1 << 3,         /* vlan_tci holds the tag, which is not in the data */
	PACKET_CSUM_PARTIAL = 1 << 4, /* transmit: sum from csum_start on, store at csum_offset */
	PACKET_GSO_TCPV4 = 1 << 5,    /* transmit: cut into segments of gso_size payload bytes */
	PACKET_GSO_TCPV6 = 1 << 6,
};

struct packet_fragment {
	const uint8_t *data;
	uint32_t bytes;
};

struct packet;
struct packet_pool;

/*
 * The first bytes are in the packet's own buffer; further bytes (transmit only) lie in fragments,
 * which stay valid until the packet is freed. A packet belongs to one thread at a time.
 */
struct packet {
	struct packet *next;  /* for the lists of whoever holds the packet */
	uint8_t *data;        /* start of the linear part */
	uint16_t bytes;       /* length of the linear part */
	uint16_t flags;       /* enum packet_flags */
	uint32_t total_bytes; /* linear part and fragments */

	uint32_t hash;     /* Toeplitz hash when hash_type says so */
	uint8_t hash_type; /* enum packet_hash_type */
	uint8_t fragments;
	uint16_t vlan_tci;

	uint16_t csum_start;  /* offset of the TCP or UDP header from the frame's start */
	uint16_t csum_offset; /* of the checksum field from csum_start */
	uint16_t gso_size;
	uint16_t header_bytes; /* Ethernet to TCP header, with segment offload */

	struct packet_fragment fragment[PACKET_FRAGMENTS_MOST];

	/* Called by packet_free() when set; it then owns the packet again. */
	void (*done)(struct packet *packet);
	void *owner;     /* for done() */
	uint64_t cookie; /* for done() */

	/* While lent to another thread, whose done() gives it back: to whom, and done() there. */
	void *lender;
	void (*done_at_home)(struct packet *packet);

	struct packet_pool *pool;
	uint8_t *buffer; /* the packet's own PACKET_BUFFER_BYTES or more, DMA-able */
};

/*
 * A stack of free packets. One thread owns a pool; nobody else may touch it. In a free packet done
 * is NULL. In the pools of cards, whose packets nobody changes, data is the buffer, and fragments
 * and gso_size are 0.
 */
struct packet_pool {
	struct packet *free;
	uint32_t free_count;
	uint32_t size;
	uint32_t buffer_bytes;
	void *packets; /* backing memory, of size packets */
	void *buffers; /* backing memory, of size buffers */
};

/*
 * Makes a pool of count packets with buffers of buffer_bytes (a multiple of 1024, at least
 * PACKET_BUFFER_BYTES). Returns 0, or -ENOMEM with size 0.
 */
int packet_pool_init(struct packet_pool *pool, uint32_t count, uint32_t buffer_bytes);

/* Frees the pool's memory; every packet must have come back. */
void packet_pool_destroy(struct packet_pool *pool);

/* Takes an empty packet (packet_clear). NULL when none is free. */
struct packet *packet_alloc(struct packet_pool *pool);

/* Takes a packet, of which there is one, as it is. */
static inline struct packet *packet_take(struct packet_pool *pool)
{
	struct packet *packet = pool->free;

	pool->free = packet->next;
	pool->free_count--;
	return packet;
}

/* Empties a packet that was taken: data at the buffer's start, lengths, flags and hash 0. */
static inline void packet_clear(struct packet *packet)
{
	packet->data = packet->buffer;
	packet->bytes = 0;
	packet->flags = 0;
	packet->total_bytes = 0;
	packet->hash = 0;
	packet->hash_type = PACKET_HASH_NONE;
	packet->fragments = 0;
	packet->vlan_tci = 0;
	packet->csum_start = 0;
	packet->csum_offset = 0;
	packet->gso_size = 0;
	packet->header_bytes = 0;
}

/* Gives the packet back to its pool; for done() callbacks. */
static inline void packet_release(struct packet *packet)
{
	struct packet_pool *pool = packet->pool;

	packet->next = pool->free;
	pool->free = packet;
	pool->free_count++;
}

/* Calls done() if set, else gives the packet back to its pool. Only by the pool's thread. */
static inline void packet_free(struct packet *packet)
{
	if (__builtin_expect(packet->done != NULL, 0))
		packet->done(packet);
	else
		packet_release(packet);
}

#endif
