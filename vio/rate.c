// SPDX-License-Identifier: BSD-2-Clause
// A token bucket kept as a time, from which backends buy slices.
#include "vio/rate.h"

#include "kernel/string.h"
#include "vio/offload.h"

/* The burst is what the rate passes in this time, but at least the largest packet. */
#define BURST_US    1000
#define BURST_LEAST 65536

/* A slice is what the rate passes in this time, within bounds. */
#define SLICE_US    100
#define SLICE_LEAST 4096
#define SLICE_MOST  32768

#define FRACTION 20 /* bits */

#define FRAME_OVERHEAD 24 /* preamble and start 8, CRC 4, gap 12 (IEEE 802.3, 4.4.2) */
#define TAG_BYTES      4

/* Rounded up: rather too slow than too fast. */
static uint64_t ticks_of(const struct vio_rate *rate, uint64_t bytes)
{
	return (bytes * READ_ONCE(rate->byte_ticks) >> FRACTION) + 1;
}

void vio_rate_set(struct vio_rate *rate, uint64_t bits_per_second)
{
	uint64_t burst = bits_per_second / 8 * BURST_US / 1000000;
	uint64_t slice = bits_per_second / 8 * SLICE_US / 1000000;

	if (bits_per_second) {
		WRITE_ONCE(rate->byte_ticks,
			   (uint64_t)ticks_per_us() * 8000000 * (1u << FRACTION) / bits_per_second);
		WRITE_ONCE(rate->burst_ticks,
			   ticks_of(rate, burst > BURST_LEAST ? burst : BURST_LEAST));
		WRITE_ONCE(rate->slice_bytes, (uint32_t)(slice < SLICE_LEAST  ? SLICE_LEAST
							 : slice > SLICE_MOST ? SLICE_MOST
									      : slice));
	}
	/* Last: who sees the limit for the first time sees what belongs to it. */
	__atomic_store_n(&rate->bits_per_second, bits_per_second, __ATOMIC_RELEASE);
}

void vio_rate_init(struct vio_rate *rate, uint64_t bits_per_second)
{
	memset(rate, 0, sizeof(*rate));
	vio_rate_set(rate, bits_per_second);
}

void vio_rate_buy(struct vio_rate *rate, struct vio_rate_share *share, uint64_t now)
{
	uint64_t burst = READ_ONCE(rate->burst_ticks);
	uint64_t earliest = now > burst ? now - burst : 0;
	uint32_t slice = READ_ONCE(rate->slice_bytes);
	uint64_t cost = ticks_of(rate, (uint64_t)(slice - share->bytes));
	uint64_t paid = __atomic_load_n(&rate->paid, __ATOMIC_RELAXED);

	do {
		share->from = paid > earliest ? paid : earliest;
	} while (!__atomic_compare_exchange_n(&rate->paid, &paid, share->from + cost, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	share->bytes = slice;
}

uint32_t vio_wire_bytes_of_segments(const struct packet *packet)
{
	uint32_t segments = vio_segments(packet);
	uint32_t tag = packet->flags & PACKET_VLAN ? TAG_BYTES : 0;

	return packet->total_bytes + (segments - 1) * packet->header_bytes +
	       segments * (FRAME_OVERHEAD + tag);
}
