// SPDX-License-Identifier: BSD-2-Clause
/* Every wait of the driver: what is slow is waited for, what never comes is given up, by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

#define MS 1000u

static void slow(enum i82599_wait wait, unsigned us)
{
	const struct i82599_fault fault = {.kind = I82599_SLOW, .index = wait, .count = us};

	assert_true(i82599_inject(nic.model, &fault));
}

/*
 * What is slow by just less than the limit is waited for without a word. What never comes ends
 * probe() or start() with an error that names it, or is a warning, once at each of the three resets
 * and starts, where the driver can go on.
 */
static const struct {
	enum i82599_wait wait;
	unsigned limit_us;
	int probe, start;
	bool warned;
	const char *message;
} rows[] = {
	{I82599_WAIT_RESET, 20 * MS, -ETIMEDOUT, 0, false, "expected CTRL.RST and LNK_RST 0"},
	{I82599_WAIT_MASTER, 80 * MS, 0, 0, true, "so the reset is done twice"},
	{I82599_WAIT_NVM_LOADED, 1000 * MS, -ETIMEDOUT, 0, false, "expected EEC.ARD 1"},
	{I82599_WAIT_NVM_READ, 500 * MS, -EIO, 0, false, "expected EERD.DONE 1"},
	{I82599_WAIT_DMA_READY, 1000 * MS, -ETIMEDOUT, 0, false, "expected RDRXCTL.DMAIDONE 1"},
	{I82599_WAIT_RX_ENABLE, 10 * MS, 0, -ETIMEDOUT, false, "expected RXDCTL.ENABLE 1"},
	{I82599_WAIT_RX_DISABLE, 10 * MS, 0, 0, true, "a queue goes on 10000 us"},
	{I82599_WAIT_TX_ENABLE, 10 * MS, 0, -ETIMEDOUT, false, "expected TXDCTL.ENABLE 1"},
	{I82599_WAIT_TX_DISABLE, 10 * MS, 0, 0, true, "a queue goes on 10000 us"},
	{I82599_WAIT_SECRX, 40 * MS, 0, 0, true, "the receiver is enabled under traffic"},
	{I82599_WAIT_AUTONEG, 40 * MS, 0, 0, true,
	 "auto-negotiation state stays 0 after a restart"},
	{I82599_WAIT_SEMAPHORE, 100 * MS, -ETIMEDOUT, 0, false, "semaphore not granted"},
	{I82599_WAIT_FIRMWARE, 1000 * MS, 0, 0, true, "taking over resource 0x"},
};

static char told[8][256];
static unsigned tellings;

/* The messages of the row's kind, as its own may not be the last. */
static bool was_told(const char *message)
{
	for (unsigned i = 0; i < tellings; i++)
		if (strstr(told[i], message))
			return true;
	return false;
}

static void note_message(enum log_level level)
{
	if (level <= LOG_WARNING && tellings < ARRAY_SIZE(told))
		strcpy(told[tellings++], host_log_line);
}

static void begin(enum i82599_wait wait, unsigned us)
{
	nic_create(NIC_SFP, false);
	slow(wait, us);
	memset(host_log_count, 0, sizeof(host_log_count));
	tellings = 0;
	host_logged = note_message;
}

static void test_slow_is_waited_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(rows[i].wait, rows[i].limit_us - rows[i].limit_us / 10);
		assert_int_equal(nic_probe(), 0);
		assert_int_equal(nic_start(2, 64, 1500), 0);
		nic_link_up();
		nic_stop();
		if (tellings)
			fail_msg("%s: %s", i82599_wait_name(rows[i].wait), told[0]);
		nic_destroy();
	}
}

static void test_never_is_given_up(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(rows), I82599_WAITS);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(rows[i].wait, I82599_FOR_EVER);
		assert_int_equal(nic_probe(), rows[i].probe);
		if (!rows[i].probe) {
			assert_int_equal(nic_start(2, 64, 1500), rows[i].start);
			if (!rows[i].start) {
				nic_link_up();
				nic_stop();
			}
		}
		if (!was_told(rows[i].message))
			fail_msg("%s: no \"%s\"", i82599_wait_name(rows[i].wait), rows[i].message);
		assert_int_equal(host_log_count[LOG_ERROR], rows[i].warned ? 0 : 1);
		assert_in_range(host_log_count[LOG_WARNING], rows[i].warned ? 1 : 0,
				rows[i].warned ? 3 : 0);
		nic_destroy();
	}
}

/*
 * Requests that stay outstanding beyond the time for master disable: the driver looks at
 * DeviceStatus until they are gone before it clears the buffers, and resets twice. The model counts
 * the contrary.
 */
static void test_requests_outstanding(void **state)
{
	(void)state;
	begin(I82599_WAIT_MASTER, 150 * MS);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(host_log_count[LOG_WARNING], 1);
	assert_int_equal(nic_start(2, 64, 1500), 0);
	nic_link_up();
	nic_stop();
	assert_int_equal(host_log_count[LOG_ERROR], 0);
	nic_destroy();
}

/* A machine that allows completions half a second is waited for so long. */
static void test_completion_timeout(void **state)
{
	uint64_t begin_ticks;

	(void)state;
	begin(I82599_WAIT_MASTER, I82599_FOR_EVER);
	i82599_config_write(nic.model, 0xC8, 2, 9);
	begin_ticks = host_ticks;
	assert_int_equal(nic_probe(), 0);
	assert_in_range((host_ticks - begin_ticks) / 1000, 2 * 520 * MS, 2000 * MS);
	nic_destroy();
}

/*
 * Lost links are the everyday case: queues whose packets the NIC's full buffer does not take
 * stop without a message.
 */
static void test_lost_link_is_quiet(void **state)
{
	struct frame_spec spec = frame_flow(1, 1400);
	uint8_t frame[1514];
	size_t bytes = frame_build(frame, &spec);
	unsigned reclaimed = 0;

	(void)state;
	nic_set_up(2, 64, 1500);
	i82599_set_carrier(nic.model, false);
	for (unsigned i = 0; i < 120; i++) {
		struct packet *packet = nic_packet(i % 2, frame, bytes);

		assert_int_equal(nic.dev->ops->tx_burst(nic.dev, i % 2, &packet, 1), 1);
	}
	memset(host_log_count, 0, sizeof(host_log_count));
	for (unsigned i = 0; i < 3; i++) {
		nic_advance(1001000000);
		for (unsigned q = 0; q < 2; q++)
			reclaimed += nic.dev->ops->tx_reclaim(nic.dev, q);
		assert_true(i == 2 ? reclaimed == 120 : reclaimed < 120);
		nic.dev->ops->service(nic.dev);
	}
	assert_int_equal(nic.dev->stats.resets, 1);
	assert_int_equal(host_log_count[LOG_ERROR] + host_log_count[LOG_WARNING], 0);
	nic_tear_down(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_is_waited_for),
		cmocka_unit_test(test_never_is_given_up),
		cmocka_unit_test(test_requests_outstanding),
		cmocka_unit_test(test_completion_timeout),
		cmocka_unit_test(test_lost_link_is_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
