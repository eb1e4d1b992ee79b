// SPDX-License-Identifier: BSD-2-Clause
// Shares of a full wire among devices: how much each may send in the next period.
#include "vio/fair.h"

#include "vio/device.h"
#include "vio/queue_ring.h"

/* A device that did not wait may want this part more next time: what it has is not cut off. */
#define GROWTH_PART 16

/* A device that waited is expected to want so many times what it sent, and at least something. */
#define WAIT_FACTOR 4
#define WANT_LEAST  16384

/*
 * The level is this part higher than computed, so that the card always has something to send even
 * if clocks differ.
 */
#define HEADROOM_PART 128

/* Weight of what was known before in the wire's capacity. */
#define CAPACITY_WEIGHT 4

/* With room on the wire its capacity is supposed to be this part more. */
#define CAPACITY_PART 8

/*
 * A device of which the card has more than what it sends in this part of a period waits for the
 * wire, even if its own ring is too short to fill the card's.
 */
#define DELAY_PART 4

/* A wire that carries all but this part of what its link can is full. */
#define FULL_PART 16

/* A period that took so many times too long says nothing: the backends slept. */
#define STALE_PERIODS 4

static uint64_t wanted(const struct vio_fair_use *use)
{
	return use->waited ? WAIT_FACTOR * use->bytes + WANT_LEAST
			   : use->bytes + use->bytes / GROWTH_PART;
}

uint64_t vio_fair_level(const struct vio_fair_use *use, unsigned count, uint64_t capacity)
{
	uint64_t level, next = 0;
	unsigned senders = 0;

	for (unsigned i = 0; i < count; i++)
		senders += wanted(&use[i]) > 0;
	if (senders < 2)
		return UINT64_MAX;
	/* Whoever wants less than the level leaves the rest to the others, which raises it. */
	do {
		uint64_t left = capacity;
		unsigned open = 0;

		level = next;
		for (unsigned i = 0; i < count; i++) {
			if (wanted(&use[i]) > level)
				open++;
			else
				left -= wanted(&use[i]);
		}
		if (!open)
			return UINT64_MAX;
		next = left / open;
	} while (next > level);
	return level;
}

void vio_fair_charge(struct vio_backend *backend, struct vio_device *device, uint32_t bytes)
{
	vio_count(&backend->port_stats[device->port].wire_bytes, bytes);
	vio_count(&backend->stats.wire_bytes, bytes);
	if (READ_ONCE(device->rate_fair.bits_per_second))
		vio_rate_charge(&device->rate_fair, backend->number, bytes);
}

bool vio_fair_allows(struct vio_backend *backend, struct vio_device *device, uint64_t *when)
{
	struct vio_rate *rate = &device->rate_fair;

	if (!__atomic_load_n(&rate->bits_per_second, __ATOMIC_ACQUIRE) ||
	    vio_rate_allows(rate, backend->number, backend->now, when))
		return true;
	vio_count(&backend->port_stats[device->port].level_waits, 1);
	return false;
}

static struct vio_device *device_of(const struct vio_network *network, unsigned port)
{
	return __atomic_load_n(&network->fabric.port[port].device, __ATOMIC_ACQUIRE);
}

/* What backends have counted for a port. */
static struct vio_fair_count count_port(const struct vio_network *network, unsigned port)
{
	struct vio_fair_count count = {0};

	for (unsigned i = 0; i < network->backends; i++) {
		const struct vio_port_stats *stats = &network->backend[i]->port_stats[port];

		count.packets += READ_ONCE(stats->rx_packets);
		count.bytes += READ_ONCE(stats->wire_bytes);
		count.level_waits += READ_ONCE(stats->level_waits);
		count.wire_waits += READ_ONCE(stats->wire_waits);
	}
	return count;
}

/* Of all hardware queues. What a backend lends to another says nothing of the card. */
static struct vio_fair_card count_card(const struct vio_network *network)
{
	struct vio_fair_card count = {0};

	for (unsigned i = 0; i < network->backends; i++) {
		const struct vio_backend *backend = network->backend[i];

		count.bytes += READ_ONCE(backend->stats.wire_bytes);
		if (backend->uplink.out)
			continue;
		count.full += READ_ONCE(backend->stats.uplink_full);
		count.packets += READ_ONCE(backend->stats.uplink_tx);
		count.outstanding += READ_ONCE(backend->uplink.outstanding);
	}
	return count;
}

/*
 * Bytes that left the card in this period: of what it was given, as the packets in its rings
 * became more or fewer.
 */
static uint64_t find_sent(const struct vio_fair_card *before, const struct vio_fair_card *now)
{
	uint64_t given = now->bytes - before->bytes, packets = now->packets - before->packets;
	uint64_t left = packets + before->outstanding - now->outstanding;

	return packets && (int64_t)left > 0 ? given * left / packets : 0;
}

/* The device's packets that the card has and that are not copies. */
static uint64_t count_in_flight(const struct vio_device *device)
{
	uint64_t count = 0;

	for (unsigned i = 1; i < 2 * device->queue_pairs_most; i += 2)
		count += (uint32_t)(READ_ONCE(device->queue[i].pending_end) -
				    READ_ONCE(device->queue[i].pending_first));
	return count;
}

/* Whether it had more to send; full: the wire was. */
static bool has_waited(const struct vio_device *device, const struct vio_fair_count *before,
		       const struct vio_fair_count *now, bool full)
{
	if (now->level_waits != before->level_waits)
		return true;
	return full && (now->wire_waits != before->wire_waits ||
			count_in_flight(device) * DELAY_PART > now->packets - before->packets);
}

/* What devices did in this period; the next begins. */
static void collect(struct vio_network *network, bool full, struct vio_fair_use use[VIO_PORTS_MOST])
{
	for (unsigned port = 0; port < VIO_PORTS_MOST; port++) {
		const struct vio_device *device = device_of(network, port);
		struct vio_fair_count *before = &network->fair.before[port];
		struct vio_fair_count now;

		use[port] = (struct vio_fair_use){0};
		if (!device)
			continue;
		now = count_port(network, port);
		use[port].bytes = now.bytes - before->bytes;
		use[port].waited = has_waited(device, before, &now, full);
		*before = now;
	}
}

static void set_level(struct vio_network *network, uint64_t bits_per_second)
{
	if (!bits_per_second && !network->fair.level)
		return;
	network->fair.level = bits_per_second;
	for (unsigned port = 0; port < VIO_PORTS_MOST; port++) {
		struct vio_device *device = device_of(network, port);

		if (device)
			vio_rate_set(&device->rate_fair, bits_per_second);
	}
}

/* From bytes in so many ticks. */
static uint64_t bits_per_second(uint64_t bytes, uint64_t ticks)
{
	return bytes * 8000000 / ticks * ticks_per_us();
}

/*
 * What the wire carries, in bits a second: the link's speed, or less if it was full with less, for
 * example because the other end sent pause frames.
 */
static uint64_t find_capacity(struct vio_fair *fair, uint64_t link, bool full, uint64_t sent)
{
	uint64_t known = fair->capacity;

	if (full && known)
		known = ((CAPACITY_WEIGHT - 1) * known + sent) / CAPACITY_WEIGHT;
	else if (fair->level)
		known += known / CAPACITY_PART;
	else
		known = link;
	fair->capacity = known < link ? known : link;
	return fair->capacity;
}

/* In bits a second, for what devices did in a period of so many ticks; 0: none. */
static uint64_t find_level(const struct vio_fair_use *use, uint64_t capacity, uint64_t ticks)
{
	uint64_t level = vio_fair_level(use, VIO_PORTS_MOST,
					capacity / 8 * ticks / (1000000ull * ticks_per_us()));

	if (!capacity || level == UINT64_MAX)
		return 0;
	level = bits_per_second(level + level / HEADROOM_PART, ticks);
	return level > VIO_RATE_LEAST ? level : VIO_RATE_LEAST;
}

static void end_period(struct vio_network *network, uint64_t ticks)
{
	struct vio_fair *fair = &network->fair;
	uint64_t link = (uint64_t)READ_ONCE(network->uplink->link.mbps) * 1000000;
	struct vio_fair_card card = count_card(network);
	struct vio_fair_use use[VIO_PORTS_MOST];
	bool full = card.full != fair->card_before.full, busy, counting = fair->counting;
	uint64_t sent = bits_per_second(find_sent(&fair->card_before, &card), ticks);

	fair->card_before = card;
	busy = full || (link && sent >= link - link / FULL_PART);
	fair->counting = fair->level || busy;
	if (!fair->counting)
		return;
	collect(network, busy, use);
	if (counting)
		set_level(network, find_level(use, find_capacity(fair, link, full, sent), ticks));
}

void vio_fair_run(struct vio_network *network, uint64_t now)
{
	struct vio_fair *fair = &network->fair;
	uint64_t period = VIO_FAIR_PERIOD_US * ticks_per_us();
	uint64_t due = READ_ONCE(fair->due), ticks;

	if (due > now || !__atomic_compare_exchange_n(&fair->due, &due, VIO_FAIR_NEVER, false,
						      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	ticks = now - fair->began;
	fair->began = now;
	if (ticks <= STALE_PERIODS * period) {
		end_period(network, ticks);
	} else {
		set_level(network, 0);
		fair->card_before = count_card(network);
		fair->counting = false;
	}
	__atomic_store_n(&fair->due, now + period, __ATOMIC_RELEASE);
}
