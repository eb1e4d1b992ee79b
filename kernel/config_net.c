// SPDX-License-Identifier: BSD-2-Clause
/* The configuration of switch ports: devices of VMs, and the uplink. */
#include "kernel/config_parser.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/machine.h"
#include "vio/rate.h"

int config_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* Each device has an address of its own, whatever its VLANs. */
static int check_mac(struct parser *parser, struct span value, const uint8_t mac[6])
{
	const struct config *config = parser->config;
	char expected[96];

	for (unsigned i = 0; i < config->vms; i++) {
		for (unsigned n = 0; n < config->vm[i].nets; n++) {
			if (memcmp(config->vm[i].net[n].mac, mac, 6))
				continue;
			format_string(expected, sizeof(expected),
				      "another address: it is that of device %u of [vm %s]", n,
				      config->vm[i].name);
			return config_fail(parser, value, expected);
		}
	}
	return 0;
}

int config_parse_mac(struct parser *parser, struct span value, uint8_t mac[6])
{
	static const uint8_t zero[6];

	for (unsigned i = 0; i < 6; i++) {
		const char *digits = value.start + 3 * i;

		if (value.bytes != 17 || config_hex_digit(digits[0]) < 0 ||
		    config_hex_digit(digits[1]) < 0 || (i < 5 && digits[2] != ':'))
			return config_fail(parser, value,
					   "a MAC address such as 52:54:00:12:34:56");
		mac[i] = (uint8_t)(config_hex_digit(digits[0]) << 4 | config_hex_digit(digits[1]));
	}
	if (mac[0] & 1 || !memcmp(mac, zero, 6))
		return config_fail(parser, value,
				   "a unicast MAC address (first byte even, not all zero)");
	return 0;
}

static int parse_mac(struct parser *parser, const struct key *key, struct span value, void *target)
{
	int error = config_parse_mac(parser, value, target);

	(void)key;
	return error ? error : check_mac(parser, value, target);
}

static int parse_vlan(struct parser *parser, struct span value, uint16_t least, uint16_t *vlan)
{
	uint64_t number;

	if (!config_parse_u64(value, &number) || number < least || number > VIO_VLAN_ID_MOST)
		return config_fail(parser, value,
				   least ? "a VLAN from 1 to 4094"
					 : "a VLAN from 1 to 4094, or 0 for frames without tag");
	*vlan = (uint16_t)number;
	return 0;
}

static void carry(struct vio_vlan_config *vlans, unsigned vlan)
{
	vlans->carried[vlan / 64] |= 1ull << vlan % 64;
}

/* 10,20-30 */
static int parse_vlan_list(struct parser *parser, struct span list, struct vio_vlan_config *vlans)
{
	do {
		struct span last = span_cut(&list, ',');
		struct span first = span_cut(&last, '-');
		uint16_t from = 0, to;
		int error = parse_vlan(parser, first, 1, &from);

		to = from;
		if (!error && last.start)
			error = parse_vlan(parser, last, from, &to);
		if (error)
			return error;
		for (unsigned vlan = from; vlan <= to; vlan++)
			carry(vlans, vlan);
	} while (list.start);
	return 0;
}

/* The words of a port's VLANs as they were found; NULL: not there. */
struct vlan_words {
	struct span vlan, trunk, native;
};

/* Takes the word if it is one of VLANs: 0, else -ENOENT; -EINVAL, said, if it is there already. */
static int take_vlan_word(struct parser *parser, struct vlan_words *words, struct span option,
			  struct span value)
{
	struct span *word = span_is(option, "vlan")     ? &words->vlan
			    : span_is(option, "trunk")  ? &words->trunk
			    : span_is(option, "native") ? &words->native
							: NULL;

	if (!word)
		return -ENOENT;
	if (word->start)
		return config_fail(parser, option, "each word once");
	*word = value.start ? value : (struct span){option.start, 0};
	return 0;
}

static int parse_access(struct parser *parser, struct span vlan, struct vio_vlan_config *vlans)
{
	int error = parse_vlan(parser, vlan, 1, &vlans->untagged);

	vlans->access = true;
	vlans->listed = true;
	carry(vlans, vlans->untagged);
	return error;
}

static int parse_trunk(struct parser *parser, const struct vlan_words *words,
		       struct vio_vlan_config *vlans)
{
	int error = 0;

	if (!span_is(words->trunk, "all")) {
		vlans->listed = true;
		vlans->untagged = VIO_VLAN_NONE;
		error = parse_vlan_list(parser, words->trunk, vlans);
	}
	if (!error && words->native.start) {
		error = parse_vlan(parser, words->native, 0, &vlans->untagged);
		if (!error)
			carry(vlans, vlans->untagged);
	}
	return error;
}

static int parse_vlan_words(struct parser *parser, const struct vlan_words *words,
			    struct vio_vlan_config *vlans)
{
	if (words->vlan.start && (words->trunk.start || words->native.start))
		return config_fail(parser, words->vlan, "either vlan= or trunk= and native=");
	if (words->native.start && !words->trunk.start)
		return config_fail(parser, words->native, "native= after trunk=");
	if (words->vlan.start)
		return parse_access(parser, words->vlan, vlans);
	if (words->trunk.start)
		return parse_trunk(parser, words, vlans);
	return 0;
}

int config_parse_vlans(struct parser *parser, const struct key *key, struct span value,
		       void *target)
{
	struct vlan_words words = {0};
	struct span word;

	(void)key;
	if (!value.bytes)
		return config_fail(parser, value, "trunk=, native= or vlan=");
	while ((word = span_word(&value)).bytes) {
		struct span option = span_cut(&word, '=');
		int error = take_vlan_word(parser, &words, option, word);

		if (error == -ENOENT)
			return config_fail(parser, option, "trunk=, native= or vlan=");
		if (error)
			return error;
	}
	return parse_vlan_words(parser, &words, target);
}

/* Bits a second. */
static int parse_rate(struct parser *parser, const struct key *key, struct span value, void *target)
{
	uint64_t *rate = target;

	(void)key;
	if (!config_parse_scaled(value, 1000, rate) || *rate < VIO_RATE_LEAST ||
	    *rate > VIO_RATE_MOST)
		return config_fail(parser, value,
				   "bits a second from 1M to 100G, a whole number with K, M or G");
	return 0;
}

static int parse_both_rates(struct parser *parser, const struct key *key, struct span value,
			    void *target)
{
	struct config_net *net = target;
	int error = parse_rate(parser, key, value, &net->rate_tx);

	net->rate_rx = net->rate_tx;
	return error;
}

#define NET(member) offsetof(struct config_net, member)

enum {
	KEY_MAC,
	KEY_RATE = 3
};

static const struct key net_keys[] = {
	[KEY_MAC] = {"mac", parse_mac, NET(mac), 0, 0},
	{"queues", config_parse_number, NET(queues), 1, 16},
	{"any_source", config_parse_boolean, NET(any_source), 0, 0},
	[KEY_RATE] = {"rate", parse_both_rates, 0, 0, 0},
	{"rate_tx", parse_rate, NET(rate_tx), 0, 0},
	{"rate_rx", parse_rate, NET(rate_rx), 0, 0},
	{0},
};

/* A word of a net line. seen: bit n: that of net_keys[n] was there. */
static int parse_net_word(struct parser *parser, struct span word, struct config_net *net,
			  struct vlan_words *vlans, unsigned *seen)
{
	struct span option = span_cut(&word, '=');
	const struct key *key = config_find_key(net_keys, option);
	unsigned bit = key ? 1u << (key - net_keys) : 0;
	int error;

	if (!key) {
		error = take_vlan_word(parser, vlans, option, word);
		return error != -ENOENT ? error
					: config_fail(parser, option,
						      "mac=, queues=, any_source=, vlan=, trunk=, "
						      "native=, rate=, rate_tx= or rate_rx=");
	}
	if (*seen & bit)
		return config_fail(parser, option, "each word once");
	*seen |= bit;
	if (*seen & 1u << KEY_RATE && *seen >> (KEY_RATE + 1))
		return config_fail(parser, option, "either rate= or rate_tx= and rate_rx=");
	return key->parse(parser, key, word, (uint8_t *)net + key->offset);
}

/* net = mac=52:54:00:12:34:56 queues=1; a device for each such line. */
int config_parse_net(struct parser *parser, const struct key *key, struct span value, void *target)
{
	struct config_vm *vm = target;
	struct config_net *net = &vm->net[vm->nets];
	struct vlan_words vlans = {0};
	struct span rest = value, word;
	unsigned seen = 0;

	(void)key;
	if (vm->nets == CONFIG_DEVICES_MOST)
		return config_fail(parser, value, "at most 4 net lines in a VM");
	net->queues = 1;
	while ((word = span_word(&rest)).bytes) {
		int error = parse_net_word(parser, word, net, &vlans, &seen);

		if (error)
			return error;
	}
	if (!(seen & 1u << KEY_MAC))
		return config_fail(parser, value, "mac=ADDRESS [queues=N] ...");
	vm->nets++;
	return parse_vlan_words(parser, &vlans, &net->vlans);
}
