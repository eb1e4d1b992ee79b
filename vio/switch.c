// SPDX-License-Identifier: BSD-2-Clause
// A MAC-learning Ethernet switch with VLANs, without locks.
#include "vio/switch.h"

#include "kernel/errno.h"
#include "kernel/machine.h"
#include "vio/vio_net.h"

/*
 * The table: buckets of one cache line, eight entries. MAC addresses are scrambled by a bijection
 * of 48 bits: ten of the result number the bucket, the other 38 are kept, and so nothing is lost.
 * An entry is 0 (free), or
 *	bits 37:0 scrambled address, 49:38 VLAN, 55:50 port, 56 static (in every VLAN that the port
 *	carries), 63:57 epoch in which it was last seen.
 * An address in several VLANs is in one bucket, so one search finds a static entry too.
 *
 * Racing writers can at worst lose a dynamic entry, which is then learned again: every change is a
 * compare-and-swap of one entry, so a static one is never overwritten. (Changes are rare: an
 * entry is written when it is new, moves, or was not yet seen in this epoch.)
 */
#define MAC_BITS ((1ull << 48) - 1)

#define BUCKET_ENTRIES 8
#define BUCKETS_LOG2   10
#define TABLE_ENTRIES  (BUCKET_ENTRIES << BUCKETS_LOG2)
#define TABLE_BYTES    (TABLE_ENTRIES * sizeof(uint64_t))

#define ENTRY_TAG_BITS    (48 - BUCKETS_LOG2)
#define ENTRY_TAG         ((1ull << ENTRY_TAG_BITS) - 1)
#define ENTRY_VLAN_SHIFT  ENTRY_TAG_BITS
#define ENTRY_VLAN_MASK   4095u
#define ENTRY_PORT_SHIFT  50
#define ENTRY_PORT_MASK   63u
#define ENTRY_STATIC      (1ull << 56)
#define ENTRY_EPOCH_SHIFT 57
#define ENTRY_EPOCH_MASK  127u

/* 2^48 divided by the golden ratio, odd, and what undoes multiplying by it. */
#define SCRAMBLE   0x9e3779b97f4bull
#define UNSCRAMBLE 0x393dee219263ull
_Static_assert((SCRAMBLE * UNSCRAMBLE & MAC_BITS) == 1, "inverse modulo 2^48");

/* An entry lives for 4 to 8 epochs; epochs are powers of two of ticks, to need no division. */
#define EPOCHS_TO_LIVE 4

#define MAC_GROUP     1ull /* first bit on the wire: multicast or broadcast */
#define MAC_BROADCAST MAC_BITS

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

static unsigned entry_vlan(uint64_t entry)
{
	return (unsigned)(entry >> ENTRY_VLAN_SHIFT) & ENTRY_VLAN_MASK;
}

static uint64_t scramble(uint64_t mac)
{
	return mac * SCRAMBLE & MAC_BITS;
}

/* The entry for an address, scrambled but for its VLAN. */
static uint64_t make_entry(uint64_t scrambled, unsigned vlan, unsigned port, unsigned epoch)
{
	return (scrambled & ENTRY_TAG) | (uint64_t)vlan << ENTRY_VLAN_SHIFT |
	       (uint64_t)port << ENTRY_PORT_SHIFT | (uint64_t)epoch << ENTRY_EPOCH_SHIFT;
}

static uint64_t *find_bucket(const struct vio_switch *network, uint64_t scrambled)
{
	return network->table + (scrambled >> ENTRY_TAG_BITS) * BUCKET_ENTRIES;
}

static unsigned address_vlan(uint64_t address)
{
	return (unsigned)(address >> 48);
}

static bool carries(const struct vio_switch *network, unsigned port, unsigned vlan)
{
	return READ_ONCE(network->vlan_ports[vlan]) >> port & 1;
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
	vio_switch_set_vlans(network, VIO_PORT_UPLINK, NULL);
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
	uint64_t scrambled = scramble(mac);
	uint64_t *bucket = find_bucket(network, scrambled);
	uint64_t own = make_entry(scrambled, 0, port, 0) | ENTRY_STATIC;

	/* First forget where the address was learned, or the older entry could be found. */
	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if ((entry & ENTRY_TAG) == (own & ENTRY_TAG) && !(entry & ENTRY_STATIC))
			replace_entry(bucket + i, entry, 0);
	}
	for (unsigned i = 0; i < BUCKET_ENTRIES;) {
		uint64_t entry = load_entry(bucket + i);

		if (entry & ENTRY_STATIC) {
			i++;
			continue;
		}
		if (replace_entry(bucket + i, entry, own))
			return 0;
	}
	return -ENOSPC;
}

static bool is_unicast(uint64_t mac)
{
	return mac && !(mac & (MAC_GROUP | ~MAC_BITS));
}

/* The next port with this address but for `except`; VIO_PORTS_MOST: none. */
static unsigned port_with(const struct vio_switch *network, uint64_t mac, unsigned except)
{
	unsigned i = VIO_PORT_UPLINK + 1;

	while (i < VIO_PORTS_MOST &&
	       (i == except || !network->port[i].device || network->port[i].mac != mac))
		i++;
	return i;
}

int vio_switch_open_port(struct vio_switch *network, struct vio_device *device, uint64_t mac)
{
	unsigned free = 0;
	int error;

	if (!is_unicast(mac))
		return -EINVAL;
	if (port_with(network, mac, 0) != VIO_PORTS_MOST)
		return -EEXIST;
	for (unsigned i = VIO_PORTS_MOST - 1; i > VIO_PORT_UPLINK; i--)
		if (!network->port[i].device)
			free = i;
	if (!free)
		return -ENOSPC;
	error = add_static(network, free, mac);
	if (error)
		return error;
	network->port[free] = (struct vio_port){.mac = mac};
	vio_switch_set_vlans(network, free, NULL);
	__atomic_store_n(&network->port[free].device, device, __ATOMIC_RELEASE);
	return (int)free;
}

/* A port has its address mac no more: the entry is removed, or passes to who has it, too. */
static void release_address(struct vio_switch *network, unsigned port, uint64_t mac)
{
	uint64_t scrambled = scramble(mac);
	uint64_t *bucket = find_bucket(network, scrambled);
	uint64_t own = make_entry(scrambled, 0, port, 0) | ENTRY_STATIC;
	unsigned heir = port_with(network, mac, port);

	for (unsigned i = 0; i < BUCKET_ENTRIES; i++)
		replace_entry(bucket + i, own,
			      heir == VIO_PORTS_MOST
				      ? 0
				      : make_entry(scrambled, 0, heir, 0) | ENTRY_STATIC);
}

int vio_switch_set_address(struct vio_switch *network, unsigned port, uint64_t mac)
{
	uint64_t old = network->port[port].mac;
	unsigned other = port_with(network, mac, port);
	int error = 0;

	if (!is_unicast(mac))
		return -EINVAL;
	if (mac == old)
		return 0;
	if (other == VIO_PORTS_MOST)
		error = add_static(network, port, mac);
	else if (!network->port[port].owner ||
		 network->port[other].owner != network->port[port].owner)
		error = -EEXIST;
	if (error)
		return error;
	WRITE_ONCE(network->port[port].mac, mac);
	release_address(network, port, old);
	return 0;
}

void vio_switch_set_owner(struct vio_switch *network, unsigned port, const void *owner)
{
	network->port[port].owner = owner;
}

bool vio_switch_address_shared(const struct vio_switch *network, unsigned port)
{
	return port_with(network, network->port[port].mac, port) != VIO_PORTS_MOST;
}

void vio_switch_close_port(struct vio_switch *network, unsigned port)
{
	vio_switch_set_receiving(network, port, false);
	vio_switch_set_filter(network, port, 0, 0);
	release_address(network, port, network->port[port].mac);
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

void vio_switch_set_vlans(struct vio_switch *network, unsigned port,
			  const struct vio_vlan_config *config)
{
	static const struct vio_vlan_config all;

	if (!config)
		config = &all;
	for (unsigned vlan = 0; vlan < VIO_VLANS; vlan++)
		set_bit(&network->vlan_ports[vlan], port, vio_vlan_carried(config, vlan));
	network->port[port].access = config->access;
	network->port[port].untagged = config->untagged;
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

/* The port that the address is at; VIO_PORTS_MOST if that is unknown. */
static unsigned find_port(const struct vio_switch *network, uint64_t address, uint64_t now)
{
	uint64_t scrambled = scramble(address);
	const uint64_t *bucket = find_bucket(network, scrambled);
	unsigned vlan = address_vlan(address);
	unsigned found = VIO_PORTS_MOST;

	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if ((entry ^ scrambled) & ENTRY_TAG)
			continue;
		if (entry & ENTRY_STATIC) {
			if (carries(network, entry_port(entry), vlan))
				return entry_port(entry);
		} else if (entry_vlan(entry) == vlan &&
			   entry_is_live(entry, epoch_of(network, now))) {
			found = entry_port(entry);
		}
	}
	return found;
}

struct vio_route vio_switch_route(const struct vio_switch *network, unsigned from, uint64_t to,
				  uint64_t now)
{
	uint64_t open = READ_ONCE(network->open) &
			READ_ONCE(network->vlan_ports[address_vlan(to)]) & ~(1ull << from);
	uint64_t mac = to & MAC_BITS;
	unsigned port;

	if (mac == MAC_BROADCAST)
		return (struct vio_route){.ports = open};
	if (mac & MAC_GROUP)
		return (struct vio_route){.ports = filter_multicast(network, open, mac)};
	port = find_port(network, to, now);
	if (port == VIO_PORTS_MOST)
		return (struct vio_route){
			open & (1ull << VIO_PORT_UPLINK | READ_ONCE(network->promiscuous)), true};
	return (struct vio_route){open & (1ull << port | READ_ONCE(network->promiscuous)), false};
}

/*
 * Takes a free, an aged, or the oldest dynamic entry. The uplink, with any number of addresses
 * behind it, evicts only its own: without an entry they are found there anyway.
 */
static void learn_new(uint64_t *bucket, uint64_t wanted, unsigned epoch)
{
	unsigned port = entry_port(wanted);
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
		replace_entry(victim, victim_entry, wanted);
}

/* The own address of a port has sent from this one, which has it, too: it is here now. */
static bool move_static(const struct vio_switch *network, uint64_t *entry, uint64_t known,
			unsigned port, uint64_t mac)
{
	uint64_t here = (known & ~((uint64_t)ENTRY_PORT_MASK << ENTRY_PORT_SHIFT)) |
			(uint64_t)port << ENTRY_PORT_SHIFT;

	if (READ_ONCE(network->port[port].mac) != mac)
		return false;
	replace_entry(entry, known, here);
	return true;
}

bool vio_switch_learn(struct vio_switch *network, unsigned port, uint64_t source, uint64_t now)
{
	unsigned epoch = epoch_of(network, now);
	uint64_t scrambled = scramble(source);
	uint64_t *bucket = find_bucket(network, scrambled);
	unsigned vlan = address_vlan(source);
	uint64_t wanted = make_entry(scrambled, vlan, port, epoch);
	uint64_t *known = NULL, known_entry = 0;

	if (source & MAC_GROUP)
		return false;
	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		uint64_t entry = load_entry(bucket + i);

		if (entry == wanted)
			return true;
		if ((entry ^ scrambled) & ENTRY_TAG || !entry)
			continue;
		if (entry & ENTRY_STATIC) {
			if (carries(network, entry_port(entry), vlan))
				return entry_port(entry) == port ||
				       move_static(network, bucket + i, entry, port,
						   source & MAC_BITS);
		} else if (entry_vlan(entry) == vlan) {
			known = bucket + i;
			known_entry = entry;
		}
	}
	if (known)
		replace_entry(known, known_entry, wanted);
	else
		learn_new(bucket, wanted, epoch);
	return true;
}

void vio_switch_age(struct vio_switch *network, uint64_t now)
{
	unsigned epoch = epoch_of(network, now);
	unsigned first = network->age_part * (TABLE_ENTRIES / VIO_SWITCH_AGE_PARTS);

	for (unsigned i = first; i < first + TABLE_ENTRIES / VIO_SWITCH_AGE_PARTS; i++) {
		uint64_t entry = load_entry(network->table + i);

		if (entry && !entry_is_live(entry, epoch))
			replace_entry(network->table + i, entry, 0);
	}
	network->age_part = (network->age_part + 1) % VIO_SWITCH_AGE_PARTS;
}

void vio_switch_visit(const struct vio_switch *network, uint64_t now,
		      void (*visit)(void *context, uint64_t mac, unsigned vlan, unsigned port),
		      void *context)
{
	unsigned epoch = epoch_of(network, now);

	for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t entry = load_entry(network->table + i);
		uint64_t bucket = i / BUCKET_ENTRIES;

		if (entry_is_live(entry, epoch))
			visit(context,
			      ((entry & ENTRY_TAG) | bucket << ENTRY_TAG_BITS) * UNSCRAMBLE &
				      MAC_BITS,
			      entry & ENTRY_STATIC ? VIO_VLAN_NONE : entry_vlan(entry),
			      entry_port(entry));
	}
}
