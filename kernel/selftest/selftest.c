// SPDX-License-Identifier: BSD-2-Clause
/* The self-test: which checks there are, in which order, and what is said of each. */
#include "kernel/selftest/selftest.h"

#include "kernel/config.h"
#include "kernel/log.h"
#include "kernel/selftest/bench.h"
#include "kernel/uplink.h"

struct check {
	const char *name;
	void (*run)(struct bench *bench);
};

static const struct check traffic[] = {
	{"frames", selftest_frames},
	{"jumbo", selftest_jumbo},
	{"vlan", selftest_vlan},
	{"checksum", selftest_checksum},
	{"segmentation", selftest_segmentation},
	{"rss", selftest_rss},
	{"statistics", selftest_statistics},
	{"restart", selftest_restart},
};

static const struct check interrupts[] = {
	{"vectors", selftest_vectors},
	{"masking", selftest_masking},
	{"moderation", selftest_moderation},
};

/* In the order in which the lab injects them. */
static const struct {
	const char *name;
	unsigned fault;
} faults[] = {
	{"link-down", FAULT_LINK_DOWN},   {"stall-tx", FAULT_STALL_TX},
	{"stall-rx", FAULT_STALL_RX},     {"lose-interrupt", FAULT_LOSE_INTERRUPT},
	{"corrupt-rx", FAULT_CORRUPT_RX}, {"corrupt-tx", FAULT_CORRUPT_TX},
	{"dma-error", FAULT_DMA_ERROR},   {"remove", FAULT_REMOVE},
};

static struct bench bench;
static unsigned passed, failed, skipped;

static void begin(void)
{
	bench.failed = bench.skipped = false;
	bench.foreign = 0;
	bench.text[0] = 0;
}

/* Says how the check went that begin() began. */
static void end(const char *group, const char *name)
{
	if (bench.failed) {
		failed++;
		log_error("selftest: FAIL %s%s: %s", group, name, bench.text);
	} else if (bench.skipped) {
		skipped++;
		log_warning("selftest: SKIP %s%s: %s", group, name, bench.text);
	} else {
		passed++;
		log_info("selftest: PASS %s%s (%s)", group, name, bench.text);
	}
}

/* A check that failed may have left the card in any state, so the next one gets a fresh start. */
static void run_checks(const char *group, const struct check *checks, unsigned count)
{
	bool fresh = false;

	for (unsigned i = 0; i < count; i++) {
		begin();
		if (fresh || bench_start(&bench, BENCH_STANDARD, 1))
			checks[i].run(&bench);
		fresh = !bench.failed;
		end(group, checks[i].name);
	}
}

static bool check_card(void)
{
	struct netdev *dev = uplink_probe();

	begin();
	if (!dev)
		bench_fail(&bench, "no network card that works, expected one");
	else if (bench_init(&bench, dev))
		bench_fail(&bench, "no interrupt vectors left");
	else
		bench_note(&bench, "%s, %u queues", dev->name, bench.queues);
	end("", "card");
	return !bench.failed;
}

static bool check_link(void)
{
	uint64_t start = ticks_now();

	begin();
	bench.wire = true;
	if (bench_start(&bench, BENCH_STANDARD, 1))
		bench_note(&bench, "up, %u Mb/s, after %lu us", bench.dev->link.mbps,
			   (ticks_now() - start) / ticks_per_us());
	end("", "link");
	return !bench.failed;
}

/* Whether the wire sends back what it is sent; else says that its checks are skipped. */
static bool has_echo(void)
{
	uint64_t end_ticks = ticks_now() + bench.timeout_us * ticks_per_us();

	begin();
	bench_send(&bench, 0, 0, FRAME_BYTES_LEAST, 1);
	while (!bench.received && ticks_now() < end_ticks)
		for (unsigned q = 0; q < bench.queues; q++)
			bench_poll(&bench, q);
	if (bench.received)
		return true;
	bench_note(&bench, "nothing on the wire sends frames back; %lu frames of others came",
		   bench.foreign);
	bench.skipped = true;
	end("", "wire");
	return false;
}

static void run_recovery(void)
{
	begin();
	bench_start(&bench, BENCH_STANDARD, 1);
	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!(host_config.selftest_faults & faults[i].fault))
			continue;
		begin();
		selftest_recovery(&bench, faults[i].fault);
		end("recovery.", faults[i].name);
	}
}

static void run_all(void)
{
	bool echo = check_link() && has_echo();

	bench.wire = false;
	run_checks("loopback.", traffic, ARRAY_SIZE(traffic));
	run_checks("interrupts.", interrupts, ARRAY_SIZE(interrupts));
	bench.wire = true;
	if (echo) {
		run_checks("wire.", traffic, ARRAY_SIZE(traffic));
		run_recovery();
	}
	begin();
	if (bench_stop(&bench))
		bench_note(&bench, "all packets back");
	end("", "stop");
}

void selftest_run(void)
{
	if (check_card())
		run_all();
	log_info("selftest: %u passed, %u failed, %u skipped", passed, failed, skipped);
}
