// SPDX-License-Identifier: BSD-2-Clause
/* Modules and boards: what the driver does for each, which the emulated card insists on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

#define CTRL          0x00000
#define CTRL_RST      (1u << 26)
#define ESDP          0x00020
#define ESDP_SDP3     (1u << 3)
#define ESDP_SDP5     (1u << 5)
#define ESDP_SDP5_DIR (1u << 13)
#define I2CCTL        0x00028
#define I2C_CLOCK     (1u << 1)
#define I2C_DATA_IN   (1u << 2)
#define I2C_DATA      (1u << 3)
#define EICS          0x00808
#define EICR_ECC      (1u << 28)
#define AUTOC         0x042A0
#define AUTOC_LMS(v)  ((v) >> 13 & 7)
#define AUTOC2        0x042A8
#define SECOND        1000000000ull
#define NVM_OPTICS_ID 0x145 /* the model's list: the identifier for optics at LAN 0 */

static void begin(struct i82599_config config)
{
	if (!config.device_id)
		config.device_id = NIC_SFP;
	nic_create_board(config);
	memset(host_log_count, 0, sizeof(host_log_count));
	host_log_text[0] = '\0';
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_start(2, 64, 1500), 0);
}

static void end(void)
{
	nic_stop();
	nic_destroy();
}

static void look_again(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		nic_advance(SECOND);
		nic.dev->ops->service(nic.dev);
	}
}

static void check_traffic(void)
{
	struct frame_spec spec = frame_flow(1, 100);
	struct packet *packet;
	uint8_t frame[1514];
	size_t bytes = frame_build(frame, &spec);

	assert_non_null(nic_send(0, nic_packet(0, frame, bytes)));
	packet = nic_receive_one(frame, bytes, NULL);
	assert_non_null(packet);
	packet_free(packet);
}

static const struct {
	enum i82599_module module;
	const char *said;
	unsigned mbps, warnings;
	bool two_rates;
} modules[] = {
	{I82599_PASSIVE_CABLE, "SFP module: passive cable", 10000, 0, false},
	{I82599_ACTIVE_CABLE, "active cable, set up as 10GBASE-SR", 10000, 0, false},
	{I82599_LIMITING_CABLE, "active cable, set up as 10GBASE-SR", 10000, 0, false},
	{I82599_OPTICAL_CABLE, "active cable, set up as 10GBASE-SR", 10000, 0, false},
	{I82599_SR, "SFP module: 10GBASE-SR", 10000, 0, false},
	{I82599_LR, "SFP module: 10GBASE-LR", 10000, 0, false},
	{I82599_SR_SX, "SFP module: 10GBASE-SR and 1000BASE-SX", 10000, 0, true},
	{I82599_LR_LX, "SFP module: 10GBASE-LR and 1000BASE-LX", 10000, 0, true},
	{I82599_10GBASE_T, "is of no known kind, so it is set up as 10GBASE-SR", 10000, 1, false},
	{I82599_NO_CODES, "codes 10G 0x00, 1G 0x00, cable 0x00", 10000, 1, false},
	{I82599_SX, "SFP module: 1000BASE-SX", 1000, 0, false},
	{I82599_LX, "SFP module: 1000BASE-LX", 1000, 0, false},
	{I82599_1000BASE_T, "SFP module: 1000BASE-T", 1000, 0, false},
};

static void test_modules(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(modules); i++) {
		uint32_t rate = modules[i].two_rates ? ESDP_SDP5 | ESDP_SDP5_DIR : 0;

		begin((struct i82599_config){.module = modules[i].module});
		if (!strstr(host_log_text, modules[i].said))
			fail_msg("%s: said '%s'", i82599_module_name(modules[i].module),
				 host_log_text);
		nic_link_up();
		assert_int_equal(nic.dev->link.mbps, modules[i].mbps);
		assert_int_equal(nic_register(ESDP) & (ESDP_SDP5 | ESDP_SDP5_DIR), rate);
		assert_int_equal(nic_register(AUTOC2), 0x000A0000); /* the NVM's: SFI */
		check_traffic();
		nic_set_register(EICS, EICR_ECC); /* asks for a reset */
		nic_advance(1000000);
		ixgbe_link_interrupt(nic.dev);
		nic.dev->ops->service(nic.dev);
		assert_int_equal(nic.dev->stats.resets, 1);
		nic_link_up();
		check_traffic();
		assert_int_equal(host_log_count[LOG_WARNING], modules[i].warnings);
		assert_int_equal(host_log_count[LOG_ERROR], 0);
		end();
	}
}

#define SERVICE_NS 20000000ull

static unsigned long service_us_most;

/* Services of the driver for so long, as the control thread makes them. */
static void serve(uint64_t ns)
{
	for (uint64_t t = 0; t < ns; t += SERVICE_NS) {
		uint64_t before;

		nic_advance(SERVICE_NS);
		before = ticks_now();
		nic.dev->ops->service(nic.dev);
		if (ticks_now() - before > 1000 * service_us_most)
			service_us_most = (unsigned long)(ticks_now() - before) / 1000;
	}
}

static unsigned long laser_changes;
static uint32_t laser_seen;

static void watch_laser(uint32_t reg)
{
	(void)reg;
	if ((nic_register(ESDP) & ESDP_SDP3) == laser_seen)
		return;
	laser_seen ^= ESDP_SDP3;
	laser_changes++;
}

/* A partner of 1 Gb/s: 10 is tried first, in vain. The link comes with RS0 low, and again later. */
static void test_partner_of_1g(void **state)
{
	static const enum i82599_module two_rates[] = {I82599_SR_SX, I82599_LR_LX};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(two_rates); i++) {
		service_us_most = laser_changes = laser_seen = 0;
		begin((struct i82599_config){.module = two_rates[i], .partner_1g = true});
		nic.before_write = watch_laser;
		serve(400000000);
		assert_false(nic.dev->link.up);
		assert_int_equal(nic_register(ESDP) & ESDP_SDP5, ESDP_SDP5);
		serve(600000000);
		assert_true(nic.dev->link.up);
		assert_int_equal(nic.dev->link.mbps, 1000);
		assert_non_null(strstr(host_log_text, "link up, 1000 Mb/s"));
		assert_int_equal(nic_register(ESDP) & (ESDP_SDP5 | ESDP_SDP5_DIR), ESDP_SDP5_DIR);
		assert_int_equal(AUTOC_LMS(nic_register(AUTOC)), 2);
		check_traffic();
		i82599_set_carrier(nic.model, false);
		serve(3 * SECOND);
		assert_false(nic.dev->link.up);
		i82599_set_carrier(nic.model, true);
		serve(SECOND);
		assert_true(nic.dev->link.up);
		assert_int_equal(nic.dev->link.mbps, 1000);
		check_traffic();
		assert_int_equal(laser_changes, 2); /* once off, once on */
		assert_in_range(service_us_most, 1, 10000);
		assert_int_equal(host_log_count[LOG_WARNING], 0);
		end();
	}
}

/* Loopback right after the start, before the module has settled at its rate. */
static void test_loopback_at_once(void **state)
{
	(void)state;
	begin((struct i82599_config){.module = I82599_SR_SX, .partner_1g = true});
	nic.dev->ops->set_loopback(nic.dev, true);
	serve(SECOND);
	assert_true(nic.dev->link.up);
	nic.dev->ops->set_loopback(nic.dev, false);
	assert_false(nic.dev->link.up);
	serve(SECOND);
	assert_true(nic.dev->link.up);
	assert_int_equal(nic.dev->link.mbps, 1000);
	end();
}

/* A link of 10 Gb/s that is lost comes back at 10 Gb/s, however long it was away. */
static void test_partner_of_10g(void **state)
{
	(void)state;
	begin((struct i82599_config){.module = I82599_SR_SX});
	serve(200000000);
	assert_true(nic.dev->link.up);
	for (unsigned ms = 100; ms < 2000; ms += 170) {
		i82599_set_carrier(nic.model, false);
		serve(ms * 1000000ull);
		i82599_set_carrier(nic.model, true);
		serve(SECOND);
		assert_true(nic.dev->link.up);
		assert_int_equal(nic.dev->link.mbps, 10000);
	}
	check_traffic();
	end();
}

/* Management firmware that forbids changes of the link forbids other speeds, and keeps its light.
 */
static void test_rates_with_veto(void **state)
{
	const struct i82599_fault veto = {.kind = I82599_MANAGE, .index = I82599_VETO};
	uint32_t pins;

	(void)state;
	begin((struct i82599_config){.module = I82599_SR_SX});
	serve(200000000);
	assert_true(nic.dev->link.up);
	assert_true(i82599_inject(nic.model, &veto));
	pins = nic_register(ESDP);
	i82599_set_carrier(nic.model, false);
	for (unsigned i = 0; i < 20; i++) {
		serve(SECOND / 10);
		assert_int_equal(nic_register(ESDP), pins);
	}
	assert_int_equal(AUTOC_LMS(nic_register(AUTOC)), 3);
	assert_int_equal(host_log_count[LOG_WARNING], 1); /* the veto, said once */
	i82599_set_carrier(nic.model, true);
	serve(100000000);
	assert_true(nic.dev->link.up);
	end();
}

/* A board whose SDP3 is led elsewhere: its direction and level are not touched. */
static void test_no_tx_disable(void **state)
{
	(void)state;
	begin((struct i82599_config){.module = I82599_SR, .no_tx_disable = true});
	nic_link_up();
	assert_int_equal(nic_register(ESDP) & 0xFF00, 0);
	check_traffic();
	end();
}

/* Crosstalk into an empty cage is no link; the NVM may say that the cage is not sensed. */
static void test_empty_cage(void **state)
{
	(void)state;
	begin((struct i82599_config){.module = I82599_NO_MODULE, .crosstalk = true});
	look_again(3);
	assert_false(nic.dev->link.up);
	assert_int_equal(host_log_count[LOG_WARNING], 0);
	nic.dev->ops->set_loopback(nic.dev, true); /* forces the link up */
	assert_true(nic.dev->link.up);
	nic.dev->ops->set_loopback(nic.dev, false);
	assert_false(nic.dev->link.up);
	end();

	begin((struct i82599_config){.no_cage_sense = true});
	nic_link_up();
	check_traffic();
	end();
}

static void test_exchange(void **state)
{
	(void)state;
	begin((struct i82599_config){.module = I82599_NO_MODULE});
	look_again(2);
	assert_false(nic.dev->link.up);
	for (unsigned i = 0; i < ARRAY_SIZE(modules); i++) {
		host_log_text[0] = '\0';
		i82599_set_module(nic.model, modules[i].module);
		look_again(1);
		assert_non_null(strstr(host_log_text, modules[i].said));
		look_again(1);
		assert_true(nic.dev->link.up);
		assert_int_equal(nic.dev->link.mbps, modules[i].mbps);
		check_traffic();
		i82599_set_module(nic.model, I82599_NO_MODULE);
		look_again(1);
		assert_false(nic.dev->link.up);
	}
	end();
}

static unsigned clock_pulses; /* left, until whoever reads the module is interrupted */

static void send_bit(bool bit)
{
	if (!clock_pulses)
		return;
	clock_pulses--;
	for (unsigned clock = 0; clock < 2; clock++)
		nic_set_register(I2CCTL, bit ? I2C_DATA | clock * I2C_CLOCK : clock * I2C_CLOCK);
	if (clock_pulses)
		nic_set_register(I2CCTL, bit ? I2C_DATA : 0);
}

static void send_byte(unsigned byte, bool acknowledge)
{
	for (unsigned bit = 8; bit-- > 0;)
		send_bit(byte >> bit & 1);
	send_bit(!acknowledge);
}

static void send_start(void)
{
	nic_set_register(I2CCTL, I2C_DATA);
	nic_set_register(I2CCTL, I2C_DATA | I2C_CLOCK);
	nic_set_register(I2CCTL, I2C_CLOCK);
	nic_set_register(I2CCTL, 0);
}

/* Reads the module from offset on, and goes away after so many pulses in its bytes. */
static void begin_reading(unsigned offset, unsigned pulses)
{
	clock_pulses = 18 + 9 + pulses;
	send_start();
	send_byte(0xA0, false);
	send_byte(offset, false);
	send_start();
	send_byte(0xA1, false);
	while (clock_pulses)
		send_byte(0xFF, true);
}

/* A module that is read when the NIC is reset stays in its byte, and may hold the data line. */
static void test_module_in_mid_byte(void **state)
{
	unsigned held = 0;

	(void)state;
	for (unsigned offset = 0; offset < 16; offset++) {
		for (unsigned pulses = 0; pulses < 20; pulses++) {
			nic_create_board(
				(struct i82599_config){.device_id = NIC_SFP, .module = I82599_SX});
			assert_int_equal(nic_probe(), 0);
			begin_reading(offset, pulses);
			nic_set_register(CTRL, CTRL_RST);
			held += !(nic_register(I2CCTL) & I2C_DATA_IN);
			nic_advance(SECOND);
			memset(host_log_count, 0, sizeof(host_log_count));
			host_log_text[0] = '\0';
			assert_int_equal(nic_start(1, 64, 1500), 0);
			assert_non_null(strstr(host_log_text, "SFP module: 1000BASE-SX"));
			assert_int_equal(host_log_count[LOG_WARNING], 0);
			end();
		}
	}
	assert_in_range(held, 50, 320);
}

/* Without settings the link stays down; that is said once, though the module is looked at again. */
static void test_no_settings(void **state)
{
	(void)state;
	nic_create_board(
		(struct i82599_config){.device_id = NIC_SFP, .module = I82599_LIMITING_CABLE});
	assert_int_equal(nic_probe(), 0);
	memset(host_log_count, 0, sizeof(host_log_count));
	host_log_text[0] = '\0';
	nic.flipped_word = NVM_OPTICS_ID;
	assert_int_equal(nic_start(1, 64, 1500), 0);
	look_again(5);
	assert_false(nic.dev->link.up);
	assert_int_equal(host_log_count[LOG_WARNING], 1);
	assert_non_null(strstr(host_log_text, "cable 0x08) has no settings in the NVM"));
	nic.flipped_word = 0;
	look_again(2);
	assert_true(nic.dev->link.up);
	end();
}

/* The link's mode on a backplane is the board's. */
static void test_backplanes(void **state)
{
	(void)state;
	for (unsigned mode = 1; mode < 8; mode++) {
		begin((struct i82599_config){.device_id = NIC_KX4, .link_mode = (uint8_t)mode});
		nic_link_up();
		assert_int_equal(nic.dev->link.mbps, mode == 2 || mode == 5 ? 1000 : 10000);
		assert_int_equal(AUTOC_LMS(nic_register(AUTOC)), mode);
		check_traffic();
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_no_tx_disable),
		cmocka_unit_test(test_empty_cage),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_no_settings),
		cmocka_unit_test(test_backplanes),
		cmocka_unit_test(test_partner_of_1g),
		cmocka_unit_test(test_partner_of_10g),
		cmocka_unit_test(test_rates_with_veto),
		cmocka_unit_test(test_loopback_at_once),
		cmocka_unit_test(test_module_in_mid_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
