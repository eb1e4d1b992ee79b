/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator's settings: which flows, frame sizes and times. */
#include "tools/wire/generator_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/settings.h"

#define CRC_BYTES      4u
#define SIZE_MAX_BYTES 9018u
#define TRANSFER_LEAST 64u
#define TRANSFER_MOST  1518u

#define SETTING(name) static bool set_##name(void *target, const char *value, const char **expected)

SETTING(flows)
{
	struct generator_config *config = target;
	uint64_t n;

	*expected = "1 to 65536";
	if (!parse_number(value, 1, MARK_FLOWS, &n))
		return false;
	config->flow.flows = (uint32_t)n;
	return true;
}

static bool choose(const char *value, const char *first, const char *second,
		   enum flow_choice *choice)
{
	*choice = !strcmp(value, first)    ? FLOW_FIRST
		  : !strcmp(value, second) ? FLOW_SECOND
					   : FLOW_MIX;
	return *choice != FLOW_MIX || !strcmp(value, "mix");
}

SETTING(ip)
{
	*expected = "4, 6 or mix";
	return choose(value, "4", "6", &((struct generator_config *)target)->flow.ip);
}

SETTING(proto)
{
	*expected = "udp, tcp or mix";
	return choose(value, "udp", "tcp", &((struct generator_config *)target)->flow.proto);
}

static bool parse_macs(struct flow_mac_range *range, const char *value, const char **expected)
{
	char base[32];

	*expected = "a unicast address like 52:54:00:12:34:56, or so many from it on: ...+4";
	return split_count(value, base, sizeof(base), MARK_FLOWS, &range->count) &&
	       parse_mac_address(base, range->first) && !(range->first[0] & 1);
}

SETTING(src_mac)
{
	return parse_macs(&((struct generator_config *)target)->flow.src_mac, value, expected);
}

SETTING(dst_mac)
{
	struct generator_config *config = target;

	config->dst_mac_told = true;
	return parse_macs(&config->flow.dst_mac, value, expected);
}

static bool parse_ip(const char *text, uint32_t *ip)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return false;
	*ip = ntohl(addr.s_addr);
	return true;
}

static bool parse_ips(struct flow_range *range, const char *value, const char **expected)
{
	char base[32];

	*expected = "an address like 10.0.2.15, or so many from it on: 10.0.2.15+4";
	return split_count(value, base, sizeof(base), 1u << 24, &range->count) &&
	       parse_ip(base, &range->first);
}

SETTING(src_ip)
{
	return parse_ips(&((struct generator_config *)target)->flow.src_ip, value, expected);
}

SETTING(dst_ip)
{
	return parse_ips(&((struct generator_config *)target)->flow.dst_ip, value, expected);
}

static bool parse_ip6s(struct flow_ip6_range *range, const char *value, const char **expected)
{
	char base[64];

	*expected = "an address like fd00::2, or so many from it on: fd00::2+4";
	return split_count(value, base, sizeof(base), 1u << 24, &range->count) &&
	       inet_pton(AF_INET6, base, range->first) == 1;
}

SETTING(src_ip6)
{
	return parse_ip6s(&((struct generator_config *)target)->flow.src_ip6, value, expected);
}

SETTING(dst_ip6)
{
	return parse_ip6s(&((struct generator_config *)target)->flow.dst_ip6, value, expected);
}

/* All values of the range are min to max. */
static bool parse_range(struct flow_range *range, const char *value, uint32_t min, uint32_t max)
{
	char base[16];
	uint64_t first;

	if (!split_count(value, base, sizeof(base), max, &range->count) ||
	    !parse_number(base, min, max, &first) || first + range->count - 1 > max)
		return false;
	range->first = (uint32_t)first;
	return true;
}

SETTING(vlan)
{
	*expected = "1 to 4094, or so many from one on: 100+4";
	return parse_range(&((struct generator_config *)target)->flow.vlan, value, 1, 4094);
}

SETTING(src_port)
{
	*expected = "1 to 65535, or so many from one on: 1024+100";
	return parse_range(&((struct generator_config *)target)->flow.src_port, value, 1, 65535);
}

SETTING(dst_port)
{
	*expected = "1 to 65535, or so many from one on: 1024+100";
	return parse_range(&((struct generator_config *)target)->flow.dst_port, value, 1, 65535);
}

SETTING(size)
{
	struct generator_config *config = target;
	char *copy = strdup(value), *rest = copy, *word;
	bool good = copy != NULL;

	*expected = "64 to 9018 (bytes with CRC), or up to 16 with weights: 64:7/594:4/1518:1";
	config->sizes = config->weights = 0;
	while (good && (word = strsep(&rest, "/")) != NULL) {
		char *colon = strchr(word, ':');
		uint64_t bytes, weight = 1;

		if (colon)
			*colon = '\0';
		good = config->sizes < GENERATOR_SIZES &&
		       parse_number(word, 64, SIZE_MAX_BYTES, &bytes) &&
		       (!colon || parse_number(colon + 1, 1, 1000000, &weight));
		if (!good)
			break;
		config->size[config->sizes].bytes = (uint32_t)bytes;
		config->size[config->sizes++].weight = (uint32_t)weight;
		config->weights += (uint32_t)weight;
	}
	free(copy);
	return good;
}

bool parse_rate(const char *text, struct schedule_config *schedule)
{
	const size_t digits = strspn(text, "0123456789");
	char number[16];

	if (!strcmp(text, "line")) {
		schedule->unit = RATE_LINE;
		return true;
	}
	if (!digits || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	schedule->unit = !strcmp(text + digits, "pps") ? RATE_PPS : RATE_MBPS;
	return (schedule->unit == RATE_PPS || !strcmp(text + digits, "Mbps")) &&
	       parse_number(number, 1, 1000000000, &schedule->rate);
}

SETTING(rate)
{
	struct generator_config *config = target;

	*expected = "line, none, or a number with pps or Mbps, like 1000000pps";
	config->silent = !strcmp(value, "none");
	return config->silent || parse_rate(value, &config->schedule);
}

SETTING(arrivals)
{
	struct generator_config *config = target;

	*expected = "even or poisson";
	config->schedule.poisson = !strcmp(value, "poisson");
	return config->schedule.poisson || !strcmp(value, "even");
}

#define TIME_SETTING(name, field)                                                      \
	SETTING(name)                                                                  \
	{                                                                              \
		*expected = "a time like 500ns, 20us, 10ms or 1s";                     \
		return parse_time(value, &((struct generator_config *)target)->field); \
	}

TIME_SETTING(on, schedule.on)
TIME_SETTING(off, schedule.off)
TIME_SETTING(start, start)
TIME_SETTING(stop, schedule.stop)
TIME_SETTING(duration, schedule.duration)

SETTING(count)
{
	*expected = "a number of frames from 1 on";
	return parse_number(value, 1, UINT32_MAX,
			    &((struct generator_config *)target)->schedule.count);
}

SETTING(seed)
{
	*expected = "a number";
	return parse_number(value, 0, UINT64_MAX, &((struct generator_config *)target)->seed);
}

SETTING(outstanding)
{
	struct generator_config *config = target;
	uint64_t n;

	*expected = "1 to 1024";
	if (!parse_number(value, 1, 1024, &n))
		return false;
	config->outstanding = (unsigned)n;
	config->silent = false;
	return true;
}

SETTING(tcp)
{
	struct generator_config *config = target;
	uint64_t port;

	*expected = "a port from 1 to 65535";
	if (!parse_number(value, 1, 65535, &port))
		return false;
	config->transfer_port = (uint16_t)port;
	config->silent = false;
	return true;
}

SETTING(resolve)
{
	struct generator_config *config = target;

	*expected = "an address like 10.0.2.15";
	config->resolve = true;
	return parse_ip(value, &config->resolve_ip);
}

static const struct setting known[] = {
	{"flows", set_flows},       {"ip", set_ip},
	{"proto", set_proto},       {"src_mac", set_src_mac},
	{"dst_mac", set_dst_mac},   {"vlan", set_vlan},
	{"src_ip", set_src_ip},     {"dst_ip", set_dst_ip},
	{"src_ip6", set_src_ip6},   {"dst_ip6", set_dst_ip6},
	{"src_port", set_src_port}, {"dst_port", set_dst_port},
	{"size", set_size},         {"rate", set_rate},
	{"arrivals", set_arrivals}, {"on", set_on},
	{"off", set_off},           {"start", set_start},
	{"stop", set_stop},         {"duration", set_duration},
	{"count", set_count},       {"seed", set_seed},
	{"resolve", set_resolve},   {"outstanding", set_outstanding},
	{"tcp", set_tcp},
};

static void set_defaults(struct generator_config *config)
{
	static const uint8_t src_mac[6] = {2, 0, 0, 0, 0x10, 1};
	static const uint8_t prefix[2] = {0xfd, 0};
	struct flow_config *flow = &config->flow;

	memset(config, 0, sizeof(*config));
	flow->flows = 1;
	memcpy(flow->src_mac.first, src_mac, 6);
	flow->src_mac.count = flow->dst_mac.count = 1;
	flow->src_ip = (struct flow_range){0x0a000264, 1}; /* 10.0.2.100 */
	flow->dst_ip = (struct flow_range){0x0a00020f, 1}; /* 10.0.2.15 */
	memcpy(flow->src_ip6.first, prefix, 2);
	memcpy(flow->dst_ip6.first, prefix, 2);
	flow->src_ip6.first[15] = 100;
	flow->dst_ip6.first[15] = 15;
	flow->src_ip6.count = flow->dst_ip6.count = 1;
	flow->src_port = (struct flow_range){1024, 64512};
	flow->dst_port = (struct flow_range){9, 1};
	config->sizes = config->weights = 1;
	config->size[0].bytes = 64;
	config->size[0].weight = 1;
}

static int refuse(char *why, size_t why_len, const char *text)
{
	snprintf(why, why_len, "generator: %s", text);
	return -EINVAL;
}

static int check(const struct generator_config *config, char *why, size_t why_len)
{
	const size_t min = flow_min_bytes(&config->flow) + CRC_BYTES;

	if (!config->silent && !config->dst_mac_told && !config->resolve)
		return refuse(why, why_len, "expected dst_mac= or resolve=");
	if (!config->schedule.on != !config->schedule.off)
		return refuse(why, why_len, "expected on= and off= together, both above 0");
	if (config->transfer_port && (config->sizes > 1 || config->size[0].bytes < TRANSFER_LEAST ||
				      config->size[0].bytes > TRANSFER_MOST))
		return refuse(why, why_len, "expected with tcp= one size from 64 to 1518");
	for (unsigned i = 0; i < config->sizes; i++) {
		if (config->size[i].bytes >= min)
			continue;
		snprintf(why, why_len, "generator: size %u: expected at least %zu for these flows",
			 config->size[i].bytes, min);
		return -EINVAL;
	}
	return 0;
}

int generator_configure(struct generator_config *config, const char *text, char *why,
			size_t why_len)
{
	int err;

	set_defaults(config);
	err = settings_read(text, known, sizeof(known) / sizeof(known[0]), config, why, why_len);
	return err ? err : check(config, why, why_len);
}

int generator_reconfigure(struct generator_config *config, const char *text, char *why,
			  size_t why_len)
{
	struct generator_config changed = *config;
	int err;

	if (!strchr(text, '='))
		return refuse(why, why_len, "expected settings, key=value");
	err = settings_read(text, known, sizeof(known) / sizeof(known[0]), &changed, why, why_len);
	if (!err)
		err = check(&changed, why, why_len);
	if (!err)
		*config = changed;
	return err;
}
