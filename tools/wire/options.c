/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of an emulated NIC and its wire, as key=value words. */
#include "tools/wire/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "tools/wire/hostfwd.h"

struct option {
	const char *key;
	int (*parse)(struct nic_options *options, const char *value, char *why, size_t why_len);
};

static int refuse(const char *key, const char *value, const char *expected, char *why,
		  size_t why_len)
{
	snprintf(why, why_len, "%s=%s: expected %s", key, value, expected);
	return -EINVAL;
}

static int parse_device(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	if (!strcasecmp(value, "10fb"))
		options->device_id = 0x10fb;
	else if (!strcasecmp(value, "10f7"))
		options->device_id = 0x10f7;
	else
		return refuse("device", value, "10fb (SFP+) or 10f7 (KX4)", why, why_len);
	return 0;
}

static int parse_mac(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	static const char expected[] = "a unicast address like 52:54:00:12:34:56";
	const char *p = value;

	for (int i = 0; i < 6; i++) {
		char pair[3] = "";

		if (i && *p++ != ':')
			return refuse("mac", value, expected, why, why_len);
		if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]))
			return refuse("mac", value, expected, why, why_len);
		memcpy(pair, p, 2);
		options->mac[i] = (uint8_t)strtoul(pair, NULL, 16);
		p += 2;
	}
	if (*p || (options->mac[0] & 1))
		return refuse("mac", value, expected, why, why_len);
	return 0;
}

static int parse_pcie(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	static const uint8_t lanes[] = {1, 2, 4, 8};
	char text[16];

	for (size_t i = 0; i < sizeof(lanes); i++) {
		for (int slow = 0; slow < 2; slow++) {
			snprintf(text, sizeof(text), "x%u@%s", lanes[i], slow ? "2.5" : "5");
			if (strcmp(text, value) != 0)
				continue;
			options->pcie_lanes = lanes[i];
			options->pcie_slow = slow;
			return 0;
		}
	}
	return refuse("pcie", value, "x1, x2, x4 or x8, @2.5 or @5: lanes and GT/s", why, why_len);
}

static int parse_bad_nvm(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return refuse("bad_nvm", value, "0 or 1", why, why_len);
	options->bad_nvm = value[0] == '1';
	return 0;
}

static int parse_module(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	char names[192] = "";

	for (enum i82599_module m = 0; m < I82599_MODULES; m++) {
		const char *name = i82599_module_name(m);

		if (!strcmp(value, name)) {
			options->module = m;
			return 0;
		}
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 m ? ", " : "one of ", name);
	}
	return refuse("module", value, names, why, why_len);
}

/* Kinds of wires; `spec` is the option that such a wire needs beside it. */
static const struct {
	const char *name;
	enum wire_kind kind;
	bool spec;
} wires[] = {
	{"none", WIRE_NONE, false},    {"slirp", WIRE_SLIRP, false},
	{"tap", WIRE_TAP, false},      {"generator", WIRE_GENERATOR, true},
	{"replay", WIRE_REPLAY, true}, {"peer", WIRE_PEER, true},
	{"cross", WIRE_CROSS, false},  {"echo", WIRE_ECHO, false},
};

static int parse_wire(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		if (!strcmp(value, wires[i].name)) {
			options->wire.kind = wires[i].kind;
			return 0;
		}
	}
	return refuse("wire", value, "none, slirp, tap, generator, replay, peer, cross or echo",
		      why, why_len);
}

static int copy_text(char *to, size_t size, const char *key, const char *value, char *why,
		     size_t why_len)
{
	size_t len = strlen(value);

	if (!len)
		return refuse(key, value, "a name", why, why_len);
	if (len >= size)
		return refuse(key, value, "a shorter name", why, why_len);
	memcpy(to, value, len + 1);
	return 0;
}

static int parse_tap(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return copy_text(options->wire.tap, sizeof(options->wire.tap), "tap", value, why, why_len);
}

/* spec= goes with the wire that needs one. */
static int parse_spec(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return copy_text(options->wire.spec, sizeof(options->wire.spec), "spec", value, why,
			 why_len);
}

static int parse_pcap(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return copy_text(options->wire.pcap, sizeof(options->wire.pcap), "pcap", value, why,
			 why_len);
}

static int parse_counters(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return copy_text(options->counters, sizeof(options->counters), "counters", value, why,
			 why_len);
}

static int parse_control(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return copy_text(options->control, sizeof(options->control), "control", value, why,
			 why_len);
}

static int parse_fault(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return fault_plan_add(&options->faults, value, WIRE_NEVER, why, why_len);
}

static int parse_hostfwd(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	struct wire_config *wire = &options->wire;
	int err;

	if (wire->hostfwds == WIRE_HOSTFWD_MAX)
		return refuse("hostfwd", value, "at most 32 of them", why, why_len);
	err = hostfwd_parse(&wire->hostfwd[wire->hostfwds], value, why, why_len);
	if (!err)
		wire->hostfwds++;
	return err;
}

static int parse_tftp(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	struct stat folder;

	if (stat(value, &folder) || !S_ISDIR(folder.st_mode))
		return refuse("tftp", value, "a folder", why, why_len);
	return copy_text(options->wire.tftp, sizeof(options->wire.tftp), "tftp", value, why,
			 why_len);
}

static int parse_bootfile(struct nic_options *options, const char *value, char *why, size_t why_len)
{
	return copy_text(options->wire.bootfile, sizeof(options->wire.bootfile), "bootfile", value,
			 why, why_len);
}

static const struct option known[] = {
	{"device", parse_device}, {"mac", parse_mac},           {"bad_nvm", parse_bad_nvm},
	{"module", parse_module}, {"wire", parse_wire},         {"tap", parse_tap},
	{"pcap", parse_pcap},     {"counters", parse_counters}, {"hostfwd", parse_hostfwd},
	{"spec", parse_spec},     {"control", parse_control},   {"fault", parse_fault},
	{"tftp", parse_tftp},     {"bootfile", parse_bootfile}, {"pcie", parse_pcie},
};

void nic_options_init(struct nic_options *options)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

	memset(options, 0, sizeof(*options));
	fault_plan_init(&options->faults);
	options->device_id = 0x10fb;
	memcpy(options->mac, mac, sizeof(mac));
}

int nic_options_parse(struct nic_options *options, const char *word, char *why, size_t why_len)
{
	const char *equals = strchr(word, '=');

	if (equals) {
		const size_t len = (size_t)(equals - word);

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (strlen(known[i].key) == len && !memcmp(known[i].key, word, len))
				return known[i].parse(options, equals + 1, why, why_len);
		}
	}
	snprintf(why, why_len,
		 "%s: expected device=, mac=, bad_nvm=, module=, pcie=, wire=, spec=, tap=, "
		 "hostfwd=, "
		 "tftp=, "
		 "bootfile=, pcap=, fault=, control= or counters=",
		 word);
	return -EINVAL;
}

int nic_options_check(const struct nic_options *options, char *why, size_t why_len)
{
	const struct wire_config *wire = &options->wire;

	if (wire->kind == WIRE_TAP && !wire->tap[0]) {
		snprintf(why, why_len, "wire=tap: expected tap=INTERFACE beside it");
		return -EINVAL;
	}
	if (wire->kind != WIRE_TAP && wire->tap[0]) {
		snprintf(why, why_len, "tap=%s: expected wire=tap beside it", wire->tap);
		return -EINVAL;
	}
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		if (wires[i].kind != wire->kind || wires[i].spec == !!wire->spec[0])
			continue;
		snprintf(why, why_len, "wire=%s: expected %s beside it", wires[i].name,
			 wires[i].spec ? "spec=" : "no spec=");
		return -EINVAL;
	}
	if (wire->kind != WIRE_SLIRP && (wire->hostfwds || wire->tftp[0] || wire->bootfile[0])) {
		snprintf(why, why_len, "%s=...: expected wire=slirp beside it",
			 wire->hostfwds  ? "hostfwd"
			 : wire->tftp[0] ? "tftp"
					 : "bootfile");
		return -EINVAL;
	}
	return 0;
}
