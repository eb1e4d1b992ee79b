/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's command line: cards, their sockets and their wires. */
#include "tools/vfio_user/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char arguments_usage[] =
	"usage: i82599 --socket PATH [options] [--socket PATH [options]]...\n"
	"A vfio-user server: each --socket is an Intel 82599 of its own; options follow it.\n"
	"  --nic 10fb|10f7   SFP+ (default) or KX4\n"
	"  --mac MAC         default 52:54:00:12:34:56, one more for each further card\n"
	"  --wire WIRE       slirp (default of the first card), none (of the others),\n"
	"                    tap=INTERFACE, generator=SETTINGS, replay=SETTINGS, peer=SOCKET,\n"
	"                    echo, or cross: to the other card with cross\n"
	"  --hostfwd tcp:127.0.0.1:8080-10.0.2.15:80   (slirp; -:80: to whom DHCP gave an\n"
	"                    address last)\n"
	"  --tftp DIR        what 10.0.2.2 serves by TFTP (slirp)\n"
	"  --bootfile NAME   what DHCP tells clients to boot (slirp)\n"
	"  --pcap FILE       capture the wire\n"
	"  --counters FILE   as JSON, when a client goes and at the end\n"
	"  --pcie LANES@GT   of its slot: x4@2.5; default x8@5\n"
	"  --bad-nvm         an NVM with a wrong checksum\n"
	"  --module NAME     what is in the SFP+ cage: passive (default), active, limiting, aoc,\n"
	"                    sr, lr, sr+sx, lr+lx, 10gbase-t, no-codes, sx, lx, 1000base-t, none\n"
	"  --fault TIME:FAULT, --control FIFO   what is to go wrong (docs/wire.md)\n"
	"  --bridge FILE     its first byte is 0 while a bridge above refuses the card's requests\n"
	"For all cards:\n"
	"  --once            end when the last client has gone\n"
	"Time begins when the first client comes. SIGTERM ends the server. See "
	"docs/vfio-user.md.\n";

/* Options with a value that becomes key=value of tools/wire/options.h. */
static const struct {
	const char *name, *key;
} known[] = {
	{"--nic", "device"},        {"--mac", "mac"},     {"--hostfwd", "hostfwd"},
	{"--pcap", "pcap"},         {"--fault", "fault"}, {"--control", "control"},
	{"--counters", "counters"}, {"--tftp", "tftp"},   {"--bootfile", "bootfile"},
	{"--module", "module"},     {"--pcie", "pcie"},
};

static int take_word(struct nic_options *nic, const char *key, const char *value, char *why,
		     size_t why_len)
{
	char word[2 * PATH_MAX];

	if (snprintf(word, sizeof(word), "%s=%s", key, value) >= (int)sizeof(word)) {
		snprintf(why, why_len, "%s: expected a shorter value", key);
		return -EINVAL;
	}
	return nic_options_parse(nic, word, why, why_len);
}

/* KIND or KIND=WHAT. */
static int take_wire(struct nic_options *nic, const char *value, char *why, size_t why_len)
{
	const char *equals = strchr(value, '=');
	char kind[32];
	int err;

	snprintf(kind, sizeof(kind), "%.*s", equals ? (int)(equals - value) : (int)strlen(value),
		 value);
	nic->wire.tap[0] = nic->wire.spec[0] = 0;
	err = take_word(nic, "wire", kind, why, why_len);
	if (err || !equals)
		return err;
	return take_word(nic, strcmp(kind, "tap") ? "spec" : "tap", equals + 1, why, why_len);
}

static int begin_port(struct arguments *arguments, const char *socket, char *why, size_t why_len)
{
	struct port_arguments *port = &arguments->port[arguments->ports];

	if (arguments->ports == ARGUMENTS_PORTS_MAX) {
		snprintf(why, why_len, "--socket %s: expected at most %u", socket,
			 ARGUMENTS_PORTS_MAX);
		return -EINVAL;
	}
	port->socket = socket;
	nic_options_init(&port->nic);
	port->nic.mac[5] = (uint8_t)(port->nic.mac[5] + arguments->ports);
	if (!arguments->ports)
		port->nic.wire.kind = WIRE_SLIRP;
	arguments->ports++;
	return 0;
}

static int take_option(struct arguments *arguments, const char *name, const char *value, char *why,
		       size_t why_len)
{
	struct nic_options *nic = &arguments->port[arguments->ports - 1].nic;

	if (!strcmp(name, "--wire"))
		return take_wire(nic, value, why, why_len);
	if (!strcmp(name, "--bridge")) {
		arguments->port[arguments->ports - 1].bridge = value;
		return 0;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(name, known[i].name))
			return take_word(nic, known[i].key, value, why, why_len);
	}
	snprintf(why, why_len, "%s: there is no such option", name);
	return -EINVAL;
}

static int take_argument(struct arguments *arguments, char *const argv[], int *i, char *why,
			 size_t why_len)
{
	const char *name = argv[*i], *value = argv[*i + 1];

	if (!strcmp(name, "--once")) {
		arguments->once = true;
		return 0;
	}
	if (strcmp(name, "--socket") != 0 && !arguments->ports) {
		snprintf(why, why_len, "%s: expected --socket PATH before it", name);
		return -EINVAL;
	}
	if (!strcmp(name, "--bad-nvm"))
		return take_word(&arguments->port[arguments->ports - 1].nic, "bad_nvm", "1", why,
				 why_len);
	if (!value) {
		snprintf(why, why_len, "%s: expected a value behind it", name);
		return -EINVAL;
	}
	++*i;
	if (!strcmp(name, "--socket"))
		return begin_port(arguments, value, why, why_len);
	return take_option(arguments, name, value, why, why_len);
}

static int check(const struct arguments *arguments, char *why, size_t why_len)
{
	unsigned crossed = 0;
	int err = 0;

	if (!arguments->ports) {
		snprintf(why, why_len, "expected --socket PATH");
		return -EINVAL;
	}
	for (unsigned i = 0; i < arguments->ports && !err; i++) {
		err = nic_options_check(&arguments->port[i].nic, why, why_len);
		crossed += arguments->port[i].nic.wire.kind == WIRE_CROSS;
	}
	if (!err && crossed % 2) {
		snprintf(why, why_len, "--wire cross: expected it for two cards");
		err = -EINVAL;
	}
	return err;
}

int arguments_read(struct arguments *arguments, int argc, char *const argv[], char *why,
		   size_t why_len)
{
	int err = 0;

	memset(arguments, 0, sizeof(*arguments));
	for (int i = 1; i < argc && !err; i++) {
		if (!strcmp(argv[i], "--help")) {
			arguments->help = true;
			return 0;
		}
		err = take_argument(arguments, argv, &i, why, why_len);
	}
	return err ? err : check(arguments, why, why_len);
}
