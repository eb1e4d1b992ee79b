/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rate limit that several backends serve together: a token bucket kept as a time.
 *
 * `paid` is the tick up to which bytes were bought. Buying moves it on by what the bytes take at
 * the rate, and they may be used from where it was before: so buyers queue up, each for one slice.
 * It may lag behind the clock by the burst. A slice is many packets, bought by one compare-and-swap
 * and used up alone: whoever has packets gets the rate, and no packet costs a locked instruction.
 *
 * In any time t at most rate x t + burst + (one slice and one packet a backend) bytes pass. Bytes
 * are those of the wire: with preamble, CRC, gap and padding (vio_wire_bytes()).
 */
#ifndef SLUICE_VIO_RATE_H
#define SLUICE_VIO_RATE_H

#include "drivers/net/packet.h"

#define VIO_RATE_SHARES_MOST 16

/* Bits a second. */
#define VIO_RATE_LEAST 1000000ull
#define VIO_RATE_MOST  100000000000ull

/* Bought by one backend. */
struct vio_rate_share {
	int64_t bytes; /* not used yet; not above 0: it must buy before the next packet */
	uint64_t from; /* tick from which they may be used */
} CACHE_ALIGNED;

struct vio_rate {
	uint64_t bits_per_second; /* 0: no limit */
	uint64_t byte_ticks;      /* ticks a byte takes, times 2^VIO_RATE_FRACTION */
	uint64_t burst_ticks;
	uint32_t slice_bytes;
	uint64_t paid CACHE_ALIGNED; /* changed by all backends */
	struct vio_rate_share share[VIO_RATE_SHARES_MOST];
};

/* Sets the limit; 0, or VIO_RATE_LEAST to VIO_RATE_MOST. While no backend uses it. */
void vio_rate_init(struct vio_rate *rate, uint64_t bits_per_second);

/* Changes the limit, also while backends use it: what they have bought they keep. */
void vio_rate_set(struct vio_rate *rate, uint64_t bits_per_second);

/* Buys the next slice, and pays for what was used above the last. */
void vio_rate_buy(struct vio_rate *rate, struct vio_rate_share *share, uint64_t now);

/*
 * Whether the backend, which has a packet, may pass it at tick now; *when: the tick from which it
 * may.
 */
static inline bool vio_rate_allows(struct vio_rate *rate, unsigned backend, uint64_t now,
				   uint64_t *when)
{
	struct vio_rate_share *share = &rate->share[backend];

	if (share->bytes <= 0)
		vio_rate_buy(rate, share, now);
	*when = share->from;
	return share->from <= now;
}

/* The backend passed so many bytes. */
static inline void vio_rate_charge(struct vio_rate *rate, unsigned backend, uint32_t bytes)
{
	rate->share[backend].bytes -= bytes;
}

/*
 * What packet takes of a wire: its bytes, padding to 60, CRC, preamble and gap (24 together); of
 * all its frames, if it is to be cut into segments.
 */
uint32_t vio_wire_bytes_of_segments(const struct packet *packet);

static inline uint32_t vio_wire_bytes(const struct packet *packet)
{
	uint32_t bytes = packet->total_bytes + (packet->flags & PACKET_VLAN ? 4 : 0);

	if (packet->gso_size)
		return vio_wire_bytes_of_segments(packet);
	return (bytes < 60 ? 60 : bytes) + 24;
}

#endif
