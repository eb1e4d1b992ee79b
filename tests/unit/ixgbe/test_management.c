// SPDX-License-Identifier: BSD-2-Clause
/* Management firmware beside the driver: its link survives, and it may hold the semaphores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

#define AUTOC        0x042A0
#define LINKS        0x042A4
#define LINKS_UP     (1u << 30)
#define EICS         0x00808
#define GSSR_MAC_CSR 8
#define EICR_ECC     (1u << 28)
#define GSSR         0x10160
#define QUEUES       2

static void manage(enum i82599_management how)
{
	const struct i82599_fault fault = {.kind = I82599_MANAGE, .index = how};

	assert_true(i82599_inject(nic.model, &fault));
}

static void recover(void)
{
	nic_set_register(EICS, EICR_ECC);
	nic_advance(1000000);
	ixgbe_link_interrupt(nic.dev);
	nic.dev->ops->service(nic.dev);
	assert_int_equal(nic.dev->stats.resets, 1);
	nic_link_up();
}

static void check_link_is_there(void)
{
	nic_register(LINKS);
	assert_true(nic_register(LINKS) & LINKS_UP);
}

/* The model counts a link that was taken from the firmware; nic_destroy() looks at the count. */
static void check_life(uint16_t device_id, enum i82599_management how)
{
	nic_create(device_id, false);
	manage(how);
	assert_int_equal(nic_probe(), 0);
	check_link_is_there();
	assert_int_equal(nic_start(QUEUES, 64, 1500), 0);
	nic_link_up();
	recover();
	nic_stop();
	check_link_is_there();
	nic_destroy();
}

static void test_link_is_kept(void **state)
{
	(void)state;
	check_life(NIC_SFP, I82599_PASS_THROUGH);
	check_life(NIC_KX4, I82599_PASS_THROUGH);
}

static void test_veto(void **state)
{
	(void)state;
	memset(host_log_count, 0, sizeof(host_log_count));
	check_life(NIC_SFP, I82599_VETO);
	assert_int_equal(host_log_count[LOG_WARNING], 1); /* the veto, said once */
	assert_int_equal(host_log_count[LOG_ERROR], 0);
	check_life(NIC_KX4, I82599_VETO);
}

/* A veto that comes and goes while the driver runs; loopback forces the link up, so it waits. */
static void test_veto_for_a_while(void **state)
{
	uint32_t autoc;

	(void)state;
	nic_set_up(QUEUES, 64, 1500);
	autoc = nic_register(AUTOC);
	manage(I82599_VETO);
	nic.dev->ops->set_loopback(nic.dev, true);
	assert_non_null(strstr(host_log_line, "management firmware forbids changes of the link"));
	assert_int_equal(nic_register(AUTOC), autoc);
	recover();
	manage(I82599_UNMANAGED);
	nic.dev->ops->set_loopback(nic.dev, true);
	assert_int_equal(nic_register(AUTOC), autoc | 1);
	nic_tear_down(NULL);
}

static unsigned autoc_writes;

static void check_lock(uint32_t reg)
{
	if (reg != AUTOC)
		return;
	autoc_writes++;
	assert_true(nic_register(GSSR) & GSSR_MAC_CSR);
}

/* Firmware changes AUTOC, too: it is only written while we have the semaphore. */
static void test_autoc_is_locked(void **state)
{
	(void)state;
	nic_create(NIC_SFP, false);
	nic.before_write = check_lock;
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_start(QUEUES, 64, 1500), 0);
	nic_link_up();
	nic.dev->ops->set_loopback(nic.dev, true);
	nic.dev->ops->set_loopback(nic.dev, false);
	recover();
	nic_stop();
	assert_in_range(autoc_writes, 6, 100);
	assert_int_equal(nic_register(GSSR), 0);
	nic_destroy();
}

/* Without management firmware a card at rest is dark, as before. */
static void test_unmanaged_card_is_dark(void **state)
{
	(void)state;
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_register(LINKS) & LINKS_UP, 0);
	nic_destroy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_is_kept),
		cmocka_unit_test(test_veto),
		cmocka_unit_test(test_veto_for_a_while),
		cmocka_unit_test(test_autoc_is_locked),
		cmocka_unit_test(test_unmanaged_card_is_dark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
