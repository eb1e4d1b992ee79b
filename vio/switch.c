// SPDX-License-Identifier: BSD-2-Clause
// A MAC-learning Ethernet switch without locks.
#include "vio/switch.h"

#include "kernel/errno.h"
#include "kernel/machine.h"
#include "vio/vio_net.h"

/*
 * The table: buckets of one cache line, eight entries. An entry is 0 (free), or
 *	bits 47:0 address, 53:48 port, 54 static, 63:55 epoch in which it was last seen.
 * Racing writers can at worst lose a dynamic entry, which is then learned again: every change is a
 * compare-and-swap of one entry, so a static one is never overwritten. (Changes are rare: an
 * entry is written when it is new, moves, or was not yet seen in this epoch.)
 */
#define BUCKET_ENTRIES 8
#define BUCKETS_LOG2   10
#define TABLE_ENTRIES  (BUCKET_ENTRIES << BUCKETS_LOG2)
#define TABLE_BYTES    (TABLE_ENTRIES * sizeof(uint64_t))

#define ENTRY_MAC         ((1ull << 48) - 1)
#define ENTRY_PORT_SHIFT  48
#define ENTRY_PORT_MASK   63u
#define ENTRY_STATIC      (1ull << 54)
#define ENTRY_EPOCH_SHIFT 55
#define ENTRY_EPOCH_MASK  511u

/* An entry lives for 4 to 8 epochs; epochs are powers of two of ticks, to need no division. */
#define EPOCHS_TO_LIVE 4

#define MAC_GROUP     1ull /* first bit on the wire: multicast or broadcast */
#define MAC_BROADCAST ENTRY_MAC

static unsigned entry_port(uint64_t entry)
{
	return (unsigned)(entry >> ENTRY_PORT_SHIFT) & ENTRY_PORT_MASK;
}

static unsigned epoch_of(const struct vio_switch *network, uint64_t now)
{
	return (unsigned)(now >> network->epoch_shift) & ENTRY_EPOCH_MASK;
}

static unsigned entry_age(uint64_t entry, unsigned epoch)
{
	return (epoch - (unsigned)(entry >> ENTRY_EPOCH_SHIFT)) & ENTRY_EPOCH_MASK;
}

static bool entry_is_live(uint64_t entry, unsigned epoch)
{
	return entry & ENTRY_STATIC || (entry && entry_age(entry, epoch) <= EPOCHS_TO_LIVE);
}

static uint64_t make_entry(uint64_t mac, unsigned port, unsigned epoch)
{
	return mac | (uint64_t)port << ENTRY_PORT_SHIFT | (uint64_t)epoch << ENTRY_EPOCH_SHIFT;
}

static uint64_t *find_bucket(const struct vio_switch *network, uint64_t mac)
{
	/* Multiplicative hashing with 2^64 divided by the golden ratio. */
	uint64_t hash = (mac * 0x9e3779b97f4a7c15ull) >> (64 - BUCKETS_LOG2);

	return network->table + hash * BUCKET_ENTRIES;
}

static uint64_t load_entry(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

static bool replace_entry(uint64_t *entry, uint64_t old, uint64_t new_entry)
{
	return __atomic_compare_exchange_n(entry, &old, new_entry, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

int vio_switch_init(struct vio_switch *network, bool uplink)
{
	uint64_t epoch = VIO_SWITCH_AGEING_SECONDS * 1000000ull / EPOCHS_TO_LIVE * ticks_per_us();

	memset(network, 0, sizeof(*network));
	network->table = dma_alloc(TABLE_BYTES, CACHE_LINE_BYTES);
	if (!network->table)
		return -ENOMEM;
	while (epoch >>= 1)
		network->epoch_shift++;
	if (uplink)
		network->open = 1ull << VIO_PORT_UPLINK;
	return 0;
}

void vio_switch_destroy(struct vio_switch *network)
{
	dma_free(network->table, TABLE_BYTES);
	network->table = NULL;
}

/* Puts a static entry in the place of a free or dynamic one. */
static int add_static(struct vio_switch *network, unsigned port, uint64_t mac)
{
	uint64_t *bucket = find_bucket(network, mac);

	/* First forget where the address was learned, or the older entry could be found. */
	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if ((entry & ENTRY_MAC) == mac && !(entry & ENTRY_STATIC))
			replace_entry(bucket + i, entry, 0);
	}
	for (unsigned i = 0; i < BUCKET_ENTRIES;) {
		uint64_t entry = load_entry(bucket + i);

		if (entry & ENTRY_STATIC) {
			i++;
			continue;
		}
		if (replace_entry(bucket + i, entry, make_entry(mac, port, 0) | ENTRY_STATIC))
			return 0;
	}
	return -ENOSPC;
}

int vio_switch_open_port(struct vio_switch *network, struct vio_device *device, uint64_t mac)
{
	unsigned free = 0;
	int error;

	if (mac & MAC_GROUP || !mac || mac & ~ENTRY_MAC)
		return -EINVAL;
	for (unsigned i = VIO_PORTS_MOST - 1; i > VIO_PORT_UPLINK; i--) {
		if (!network->port[i].device)
			free = i;
		else if (network->port[i].mac == mac)
			return -EEXIST;
	}
	if (!free)
		return -ENOSPC;
	error = add_static(network, free, mac);
	if (error)
		return error;
	network->port[free] = (struct vio_port){.mac = mac};
	__atomic_store_n(&network->port[free].device, device, __ATOMIC_RELEASE);
	return (int)free;
}

void vio_switch_close_port(struct vio_switch *network, unsigned port)
{
	vio_switch_set_receiving(network, port, false);
	vio_switch_set_filter(network, port, 0, 0);
	for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t entry = load_entry(network->table + i);

		while (entry && entry_port(entry) == port &&
		       !replace_entry(network->table + i, entry, 0))
			entry = load_entry(network->table + i);
	}
	__atomic_store_n(&network->port[port].device, NULL, __ATOMIC_RELEASE);
}

static void set_bit(uint64_t *mask, unsigned bit, bool on)
{
	if (on)
		__atomic_fetch_or(mask, 1ull << bit, __ATOMIC_RELEASE);
	else
		__atomic_fetch_and(mask, ~(1ull << bit), __ATOMIC_RELEASE);
}

void vio_switch_set_receiving(struct vio_switch *network, unsigned port, bool receiving)
{
	set_bit(&network->open, port, receiving);
}

void vio_switch_set_filter(struct vio_switch *network, unsigned port, uint32_t filter,
			   uint64_t multicast)
{
	WRITE_ONCE(network->port[port].filter, filter);
	WRITE_ONCE(network->port[port].multicast, multicast);
	set_bit(&network->promiscuous, port, filter & VIO_FILTER_PROMISCUOUS);
}

unsigned vio_multicast_bit(uint64_t mac)
{
	uint32_t crc = 0xffffffff;

	/* IEEE 802.3, 3.2.9, each byte from its least significant bit. */
	for (unsigned i = 0; i < 48; i++, mac >>= 1)
		crc = crc << 1 ^ (((crc >> 31) ^ (uint32_t)(mac & 1)) ? 0x04c11db7 : 0);
	return crc >> 26;
}

/* Of the ports in the mask, those whose multicast filter lets the group address through. */
static uint64_t filter_multicast(const struct vio_switch *network, uint64_t ports, uint64_t mac)
{
	unsigned bit = vio_multicast_bit(mac);
	uint64_t accepted = ports & 1ull << VIO_PORT_UPLINK;

	for (ports &= ~accepted; ports; ports &= ports - 1) {
		unsigned i = (unsigned)__builtin_ctzll(ports);
		const struct vio_port *port = &network->port[i];

		if (READ_ONCE(port->multicast) >> bit & 1 ||
		    READ_ONCE(port->filter) & (VIO_FILTER_PROMISCUOUS | VIO_FILTER_ALL_MULTICAST))
			accepted |= 1ull << i;
	}
	return accepted;
}

/* The port that the address is at; unknown addresses are at the uplink. */
static unsigned find_port(const struct vio_switch *network, uint64_t mac, uint64_t now)
{
	const uint64_t *bucket = find_bucket(network, mac);

	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if ((entry & ENTRY_MAC) != mac)
			continue;
		if (entry_is_live(entry, epoch_of(network, now)))
			return entry_port(entry);
	}
	return VIO_PORT_UPLINK;
}

uint64_t vio_switch_route(const struct vio_switch *network, unsigned from, uint64_t to,
			  uint64_t now)
{
	uint64_t open = READ_ONCE(network->open) & ~(1ull << from);

	if (to == MAC_BROADCAST)
		return open;
	if (to & MAC_GROUP)
		return filter_multicast(network, open, to);
	return open & (1ull << find_port(network, to, now) | READ_ONCE(network->promiscuous));
}

/*
 * Takes a free, an aged, or the oldest dynamic entry. The uplink, with any number of addresses
 * behind it, evicts only its own: without an entry they are found there anyway.
 */
static void learn_new(uint64_t *bucket, unsigned port, uint64_t mac, unsigned epoch)
{
	uint64_t *victim = NULL, victim_entry = 0;

	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if (!entry_is_live(entry, epoch)) {
			victim = bucket + i;
			victim_entry = entry;
			break;
		}
		if (entry & ENTRY_STATIC ||
		    (port == VIO_PORT_UPLINK && entry_port(entry) != VIO_PORT_UPLINK))
			continue;
		if (!victim || entry_age(entry, epoch) > entry_age(victim_entry, epoch)) {
			victim = bucket + i;
			victim_entry = entry;
		}
	}
	if (victim)
		replace_entry(victim, victim_entry, make_entry(mac, port, epoch));
}

bool vio_switch_learn(struct vio_switch *network, unsigned port, uint64_t source, uint64_t now)
{
	unsigned epoch = epoch_of(network, now);
	uint64_t *bucket = find_bucket(network, source);
	uint64_t wanted = make_entry(source, port, epoch);

	if (source & MAC_GROUP)
		return false;
	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if (entry == wanted)
			return true;
		if ((entry & ENTRY_MAC) != source || !entry)
			continue;
		if (entry & ENTRY_STATIC)
			return entry_port(entry) == port;
		replace_entry(bucket + i, entry, wanted);
		return true;
	}
	learn_new(bucket, port, source, epoch);
	return true;
}

void vio_switch_age(struct vio_switch *network, uint64_t now)
{
	unsigned epoch = epoch_of(network, now);

	for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t entry = load_entry(network->table + i);

		if (entry && !entry_is_live(entry, epoch))
			replace_entry(network->table + i, entry, 0);
	}
}
