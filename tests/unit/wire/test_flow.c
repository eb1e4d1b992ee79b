/* SPDX-License-Identifier: BSD-2-Clause */
/* Marked frames: what flows look like, checksums, the mark, neighbours, and bad settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/net/headers.h"
#include "tools/wire/checksum.h"
#include "tools/wire/generator_config.h"
#include "tools/wire/neighbor.h"

static struct generator_config configure(const char *text)
{
	struct generator_config config;
	char why[512] = "";

	if (generator_configure(&config, text, why, sizeof(why)))
		fail_msg("%s", why);
	return config;
}

/* Sum of the pseudo header and all behind it: folds to 0 if the checksum is right. */
static uint16_t check_l4(const uint8_t *f, size_t l3, size_t len)
{
	const bool ip6 = load_be16(f + l3 - 2) == 0x86dd;
	const size_t l4 = l3 + (ip6 ? 40 : 20);
	const uint32_t pseudo = f[l3 + (ip6 ? 6 : 9)] + (uint32_t)(len - l4);
	const uint32_t sum = sum16(f + l3 + (ip6 ? 8 : 12), ip6 ? 32 : 8, pseudo);

	return fold16(sum16(f + l4, (len - l4) & ~(size_t)1, sum));
}

static void assert_same(const struct mark *a, const struct mark *b)
{
	assert_int_equal(a->flow, b->flow);
	assert_int_equal(a->flow_sequence, b->flow_sequence);
	assert_int_equal(a->sequence, b->sequence);
	assert_int_equal(a->time, b->time);
}

static void frames_are_well_formed(void **state)
{
	const struct generator_config config = configure(
		"dst_mac=52:54:00:00:00:10+2;flows=64;ip=mix;proto=mix;vlan=100+3;size=88;"
		"src_ip=10.1.0.1+256;dst_ip=10.2.0.1+5;src_ip6=fd00::1:0+9");
	uint8_t f[84];

	(void)state;
	for (uint16_t flow = 0; flow < 64; flow++) {
		const struct mark mark = {flow, 1000000u + flow, 70000, 0x123456789abcull};
		struct mark found = {0};

		flow_build(&config.flow, &mark, f, sizeof(f));
		assert_int_equal(f[5], 0x10 + flow % 2);
		assert_int_equal(load_be16(f + 12), 0x8100);
		assert_int_equal(load_be16(f + 14), 100 + flow % 3);
		assert_int_equal(load_be16(f + 16), flow & 1 ? 0x86dd : 0x0800);
		assert_int_equal(f[18 + (flow & 1 ? 6 : 9)], flow & 2 ? 6 : 17);
		if (flow & 1) {
			assert_int_equal(load_be16(f + 22), 84 - 58);
			assert_int_equal(load_be32(f + 38), 0x10000 + flow % 9);
		} else {
			assert_int_equal(fold16(sum16(f + 18, 20, 0)), 0);
			assert_int_equal(load_be32(f + 30), 0x0a010001u + flow);
			assert_int_equal(load_be32(f + 34), 0x0a020001u + flow % 5);
		}
		assert_int_equal(check_l4(f, 18, sizeof(f)), 0);
		assert_true(mark_find(f, sizeof(f), &found));
		assert_same(&found, &mark);
	}
}

static void smallest_frame_has_room(void **state)
{
	static const char *const kinds[] = {"dst_mac=52:54:00:00:00:10;proto=udp",
					    "dst_mac=52:54:00:00:00:10;proto=tcp"};
	const struct mark mark = {0, 1, 2, 3};
	struct mark found;
	uint8_t f[60];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const struct generator_config config = configure(kinds[i]);

		flow_build(&config.flow, &mark, f, sizeof(f));
		assert_int_equal(load_be16(f + 34), 1024);
		assert_int_equal(check_l4(f, 14, sizeof(f)), 0);
		assert_true(mark_find(f, sizeof(f), &found));
		assert_same(&found, &mark);
		assert_false(mark_find(f, sizeof(f) - 1, &found));
		f[14 + 7] = 1; /* a fragment */
		assert_false(mark_find(f, sizeof(f), &found));
	}
	for (size_t len = 0; len < sizeof(f); len++)
		assert_false(mark_find(f, len, &found));
}

static void pktgen_is_understood(void **state)
{
	uint8_t f[60] = {[12] = 8, [14] = 0x45, [23] = 17};
	struct mark found;

	(void)state;
	store_be16(f + 34, 40001); /* source port */
	store_be32(f + 42, 0xbe9be955);
	store_be32(f + 46, 1);
	assert_true(mark_find(f, sizeof(f), &found));
	assert_int_equal(found.flow, 40001);
	assert_int_equal(found.flow_sequence, 0);
	assert_true(found.time == MARK_NO_TIME);
	f[23] = 6; /* TCP */
	assert_false(mark_find(f, sizeof(f), &found));
}

static void neighbors_are_answered(void **state)
{
	struct generator_config config =
		configure("resolve=10.0.2.15;src_ip=10.0.2.100+4;src_mac=02:00:00:00:00:20+4;"
			  "src_ip6=fd00::64+4");
	static const uint8_t guest[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
	uint8_t ask[NEIGHBOR_FRAME_MAX], answer[NEIGHBOR_FRAME_MAX], mac[6];
	struct flow_config asker = config.flow;

	(void)state;
	/* The guest asks for the third address, and learns the third MAC. */
	memcpy(asker.src_mac.first, guest, 6);
	asker.src_ip.first = 0x0a00020f;
	assert_int_equal(neighbor_ask(&asker, 0x0a000266, ask), 60);
	assert_int_equal(neighbor_answer(&config.flow, ask, 60, answer), 60);
	assert_memory_equal(answer, guest, 6);
	assert_false(neighbor_learn(answer, 60, 0x0a000267, mac));
	assert_true(neighbor_learn(answer, 60, 0x0a000266, mac));
	assert_int_equal(mac[5], 0x22);
	neighbor_ask(&asker, 0x0a000268, ask);
	assert_int_equal(neighbor_answer(&config.flow, ask, 60, answer), 0);

	/* A solicitation for the second IPv6 address. */
	memset(ask, 0, sizeof(ask));
	memcpy(ask + 6, guest, 6);
	store_be16(ask + 12, 0x86dd);
	ask[20] = 58;
	ask[54] = 135;
	memcpy(ask + 62, config.flow.src_ip6.first, 16);
	ask[77]++;
	assert_int_equal(neighbor_answer(&config.flow, ask, 86, answer), 86);
	assert_int_equal(answer[11], 0x21);
	assert_int_equal(answer[54], 136);
	assert_int_equal(check_l4(answer, 14, 86), 0);
	assert_int_equal(neighbor_answer(&config.flow, ask, 77, answer), 0);
}

static void bad_settings_are_named(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"dst_mac=01:00:00:00:00:01", "dst_mac=01:00:00:00:00:01: expected a unicast"},
		{"flows=4", "dst_mac= or resolve="},
		{"rate=none;flows=0", "flows=0: expected 1 to 65536"},
		{"rate=none;flows=65537", "expected 1 to 65536"},
		{"rate=10", "rate=10: expected line"},
		{"rate=0pps", "rate=0pps"},
		{"rate=none;size=63", "size=63: expected 64 to 9018"},
		{"rate=none;size=64:0", "expected 64 to 9018"},
		{"rate=none;ip=6", "size 64: expected at least 84"},
		{"rate=none;vlan=4095", "expected 1 to 4094"},
		{"rate=none;on=1us", "on= and off="},
		{"rate=none;start=1", "start=1: expected a time"},
		{"rate=none;start=99999999999s", "expected a time"},
		{"rate=none;speed=1", "speed=1: expected flows="},
		{"rate=none;src_port=65000+1000", "expected 1 to 65535"},
		{"/nowhere/at/all", "cannot read"},
	};
	struct generator_config config;
	char why[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why[0] = '\0';
		if (!generator_configure(&config, rows[i].text, why, sizeof(why)) ||
		    !strstr(why, rows[i].said))
			fail_msg("'%s' says '%s', want '%s'", rows[i].text, why, rows[i].said);
	}
}

static void settings_come_from_a_file_too(void **state)
{
	char path[] = "/tmp/generator-XXXXXX";
	struct generator_config config;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	(void)state;
	fprintf(f, "# a mix\nrate=1000pps # slow\n\n  size=64:7/594:4/1518:1\nstart=2ms\n"
		   "dst_mac=52:54:00:00:00:10\n");
	fclose(f);
	config = configure(path);
	unlink(path);
	assert_int_equal(config.schedule.rate, 1000);
	assert_int_equal(config.sizes, 3);
	assert_int_equal(config.weights, 12);
	assert_int_equal(config.size[2].bytes, 1518);
	assert_int_equal(config.start, 2 * WIRE_PS_PER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_well_formed),
		cmocka_unit_test(smallest_frame_has_room),
		cmocka_unit_test(pktgen_is_understood),
		cmocka_unit_test(neighbors_are_answered),
		cmocka_unit_test(bad_settings_are_named),
		cmocka_unit_test(settings_come_from_a_file_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
