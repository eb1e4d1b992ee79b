// SPDX-License-Identifier: BSD-2-Clause
/* The configuration of switch ports: devices of VMs, and the uplink. */
#include "kernel/config_parser.h"
#include "kernel/machine.h"
#include "vio/rate.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static int parse_mac(struct parser *parser, struct span value, uint8_t mac[6])
{
	for (unsigned i = 0; i < 6; i++) {
		const char *digits = value.start + 3 * i;

		if (value.bytes != 17 || hex_digit(digits[0]) < 0 || hex_digit(digits[1]) < 0 ||
		    (i < 5 && digits[2] != ':'))
			return config_fail(parser, value,
					   "a MAC address such as 52:54:00:12:34:56");
		mac[i] = (uint8_t)(hex_digit(digits[0]) << 4 | hex_digit(digits[1]));
	}
	if (mac[0] & 1)
		return config_fail(parser, value, "a unicast MAC address (first byte even)");
	return 0;
}

static int parse_vlan(struct parser *parser, struct span value, uint16_t least, uint16_t *vlan)
{
	uint64_t number;

	if (!config_parse_u64(value, false, &number) || number < least || number > VIO_VLAN_ID_MOST)
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
		if (!error && last.start != first.start + first.bytes)
			error = parse_vlan(parser, last, from, &to);
		if (error)
			return error;
		for (unsigned vlan = from; vlan <= to; vlan++)
			carry(vlans, vlan);
	} while (list.bytes);
	return 0;
}

/* The words of a port's VLANs as they were found; NULL: not there. */
struct vlan_words {
	struct span vlan, trunk, native;
};

/* Takes the word if it is one of VLANs. */
static bool take_vlan_word(struct vlan_words *words, struct span option, struct span value)
{
	if (span_is(option, "vlan"))
		words->vlan = value;
	else if (span_is(option, "trunk"))
		words->trunk = value;
	else if (span_is(option, "native"))
		words->native = value;
	else
		return false;
	return true;
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
	struct span rest = value;

	(void)key;
	while (rest.bytes) {
		struct span word = span_cut(&rest, ' ');
		struct span option = span_cut(&word, '=');

		if (option.bytes && !take_vlan_word(&words, option, word))
			return config_fail(parser, option, "trunk=, native= or vlan=");
	}
	return parse_vlan_words(parser, &words, target);
}

/* Bits a second, with a suffix K, M or G for powers of 1000. */
static int parse_rate(struct parser *parser, struct span value, uint64_t *rate)
{
	struct span digits = value;
	uint64_t unit = 1, number;

	if (value.bytes) {
		char suffix = value.start[value.bytes - 1];

		unit = suffix == 'K'   ? 1000
		       : suffix == 'M' ? 1000000
		       : suffix == 'G' ? 1000000000
				       : 1;
	}
	if (unit > 1)
		digits.bytes--;
	if (!config_parse_u64(digits, false, &number) || number > VIO_RATE_MOST / unit ||
	    number * unit < VIO_RATE_LEAST)
		return config_fail(parser, value, "bits a second from 1M to 100G");
	*rate = number * unit;
	return 0;
}

static int parse_both_rates(struct parser *parser, struct span value, struct config_net *net)
{
	int error = parse_rate(parser, value, &net->rate_tx);

	net->rate_rx = net->rate_tx;
	return error;
}

/* net = mac=52:54:00:12:34:56 queues=1; a device for each such line. */
int config_parse_net(struct parser *parser, const struct key *key, struct span value, void *target)
{
	static const struct key queues_key = {.name = "queues", .least = 1, .most = 16};
	struct config_vm *vm = target;
	struct config_net *net = &vm->net[vm->nets];
	struct vlan_words vlans = {0};
	struct span rest = value;
	bool have_mac = false;

	if (vm->nets == CONFIG_DEVICES_MOST)
		return config_fail(parser, value, "at most 4 net lines in a VM");
	net->queues = 1;
	while (rest.bytes) {
		struct span word = span_cut(&rest, ' ');
		struct span option = span_cut(&word, '=');
		int error = 0;

		if (span_is(option, "mac")) {
			error = parse_mac(parser, word, net->mac);
			have_mac = true;
		} else if (span_is(option, "queues")) {
			error = config_parse_number(parser, &queues_key, word, &net->queues);
		} else if (span_is(option, "any_source")) {
			error = config_parse_boolean(parser, key, word, &net->any_source);
		} else if (span_is(option, "rate")) {
			error = parse_both_rates(parser, word, net);
		} else if (span_is(option, "rate_tx")) {
			error = parse_rate(parser, word, &net->rate_tx);
		} else if (span_is(option, "rate_rx")) {
			error = parse_rate(parser, word, &net->rate_rx);
		} else if (option.bytes && !take_vlan_word(&vlans, option, word)) {
			error = config_fail(parser, option,
					    "mac=, queues=, any_source=, vlan=, trunk=, native=, "
					    "rate=, rate_tx= or rate_rx=");
		}
		if (error)
			return error;
	}
	if (!have_mac)
		return config_fail(parser, value, "mac=ADDRESS [queues=N] ...");
	vm->nets++;
	return parse_vlan_words(parser, &vlans, &net->vlans);
}
