// SPDX-License-Identifier: BSD-2-Clause
/*
 * Surprise removal at every register read of the driver's life: probe, start, service, reset, stop.
 * At each read a process is split off in which the NIC is gone from this read on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/net/ixgbe/device.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

#define QUEUES      2
#define MS          1000000ull
#define TDT(q)      (0x6018u + 0x40u * (q))
#define READS_MOST  20000            /* of a driver whose NIC is gone, until it has stopped */
#define TICKS_MOST  (30 * 1000 * MS) /* simulated, from the removal to the end */
#define COUNTS_MOST 1000000
#define ALIKE       6  /* reads of one register of which each is tried */
#define EVERY       97 /* of the others, mostly of I2CCTL and EERD */

static bool gone; /* in the process that was split off */
static unsigned long reads_before, tried;
static uint64_t ticks_before;
static unsigned errors_before, warnings_before;
static uint16_t alike[I82599_BAR0_BYTES / 4];

#define CHECK(condition)                                                                    \
	do {                                                                                \
		if (!(condition)) {                                                         \
			fprintf(stderr,                                                     \
				"gone at read %lu: not " #condition "; last message: %s\n", \
				reads_before, host_log_line);                               \
			_exit(1);                                                           \
		}                                                                           \
	} while (0)

static void check_message(enum log_level level)
{
	(void)level;
	CHECK(!strstr(host_log_line, "link up"));
}

static void split_off(uint32_t reg)
{
	int status;
	pid_t child;

	if (alike[reg / 4] >= ALIKE && nic.reads % EVERY)
		return;
	alike[reg / 4]++;
	tried++;
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child) {
		assert_int_equal(waitpid(child, &status, 0), child);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			fail_msg("removal at read %lu, of register 0x%05x", nic.reads, reg);
		return;
	}
	gone = nic.removed = true;
	host_logged = check_message;
	nic.before_read = NULL;
	reads_before = nic.reads;
	ticks_before = host_ticks;
	errors_before = host_log_count[LOG_ERROR];
	warnings_before = host_log_count[LOG_WARNING];
}

/* The end of a process whose NIC is gone: noticed, said once, soon, and nothing else was said. */
static void end_if_gone(void)
{
	if (!gone)
		return;
	CHECK(host_log_count[LOG_ERROR] == errors_before + 1);
	CHECK(host_log_count[LOG_WARNING] == warnings_before);
	CHECK(nic.reads - reads_before < READS_MOST);
	CHECK(host_ticks - ticks_before < TICKS_MOST);
	_exit(0);
}

static void check_statistics(void)
{
	const uint64_t *counts = (const uint64_t *)&nic.dev->stats;

	for (unsigned i = 0; i < sizeof(nic.dev->stats) / sizeof(*counts); i++)
		CHECK(counts[i] < COUNTS_MOST);
}

static void serve(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		nic_advance(1001 * MS);
		nic.dev->ops->service(nic.dev);
		check_statistics();
		CHECK(!gone || !ixgbe_of(nic.dev)->removed || !nic.dev->link.up);
	}
}

/* A doorbell that gets lost: the queue hangs. */
static void hang_queue(void)
{
	struct frame_spec spec = frame_flow(1, 100);
	struct packet *packet;
	uint8_t frame[256];

	packet = nic_packet(1, frame, frame_build(frame, &spec));
	nic.ignored_register = TDT(1);
	if (!nic.dev->ops->tx_burst(nic.dev, 1, &packet, 1))
		packet_free(packet);
	nic.ignored_register = 0;
}

static void live(void)
{
	int err = nic_probe();

	CHECK(err == (gone ? -ENODEV : 0));
	end_if_gone();
	err = nic_start(QUEUES, 64, 1500);
	CHECK(err == 0 || (gone && err == -ENODEV));
	if (err)
		end_if_gone();
	serve(2);
	hang_queue();
	serve(3);
	nic.dev->ops->tx_reclaim(nic.dev, 1);
	nic_set_register(0x808, 1u << 28);
	nic_advance(MS);
	ixgbe_link_interrupt(nic.dev);
	serve(2);
	i82599_set_carrier(nic.model, false);
	serve(2);
	nic.dev->ops->set_loopback(nic.dev, true);
	serve(1);
	nic.dev->ops->dump(nic.dev);
	nic_stop();
	check_statistics();
	CHECK(!nic.dev->link.up);
	err = nic_start(QUEUES, 64, 1500);
	CHECK(err == (gone ? -ENODEV : 0));
	end_if_gone();
	nic.before_read = NULL;
	nic_stop();
}

static void check_all_removals(uint16_t device_id)
{
	memset(alike, 0, sizeof(alike));
	memset(host_log_count, 0, sizeof(host_log_count));
	tried = 0;
	nic_create(device_id, false);
	nic.before_read = split_off;
	live();

	assert_int_equal(host_log_count[LOG_ERROR], 1);
	print_message("%lu reads, removal tried at %lu\n", nic.reads, tried);
	assert_in_range(tried, 1000, nic.reads);
	nic.before_read = NULL;
	nic_destroy();
}

static void test_sfp(void **state)
{
	(void)state;
	check_all_removals(NIC_SFP);
}

static void test_backplane(void **state)
{
	(void)state;
	check_all_removals(NIC_KX4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sfp),
		cmocka_unit_test(test_backplane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
