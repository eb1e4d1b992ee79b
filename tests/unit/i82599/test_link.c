// SPDX-License-Identifier: BSD-2-Clause
/* The link of the emulated 82599: modules in the cage, pins, modes, and what they ask of a driver.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/i82599/card.h"

#define ESDP          0x20
#define ESDP_SDP2     (1u << 2)
#define ESDP_SDP3     (1u << 3)
#define ESDP_SDP5     (1u << 5)
#define ESDP_SDP3_DIR (1u << 11)
#define ESDP_SDP5_DIR (1u << 13)
#define AUTOC         0x42a0
#define AUTOC_LMS     (7u << 13)
#define AUTOC_RESTART (1u << 12)
#define LMS(mode)     ((uint32_t)(mode) << 13)
#define LINKS         0x42a4
#define LINKS_UP      (1u << 30)
#define MS            (1000 * I82599_PS_PER_US)

/* A bit-banging master: what a driver does with I2CCTL. */
static int i2c(struct card *card, unsigned lines)
{
	card_write(card, 0x28, (lines & 1) << 1 | (lines & 2) << 2);
	return card_read(card, 0x28) >> 2 & 1;
}

static int i2c_bit(struct card *card, int bit)
{
	int in;

	i2c(card, bit ? 2 : 0);
	in = i2c(card, bit ? 3 : 1);
	i2c(card, bit ? 2 : 0);
	return in;
}

static int i2c_send(struct card *card, unsigned byte)
{
	for (int b = 7; b >= 0; b--)
		i2c_bit(card, byte >> b & 1);
	return i2c_bit(card, 1); /* 0: acknowledged */
}

static void i2c_start(struct card *card)
{
	i2c(card, 2);
	i2c(card, 3);
	i2c(card, 1);
	i2c(card, 0);
}

static unsigned i2c_read(struct card *card, unsigned offset)
{
	unsigned byte = 0;

	i2c_start(card);
	assert_int_equal(i2c_send(card, 0xa0), 0);
	assert_int_equal(i2c_send(card, offset), 0);
	i2c_start(card);
	assert_int_equal(i2c_send(card, 0xa1), 0);
	for (unsigned b = 0; b < 8; b++)
		byte = byte << 1 | (unsigned)i2c_bit(card, 1);
	i2c_bit(card, 1);
	i2c(card, 0);
	i2c(card, 1);
	i2c(card, 3);
	return byte;
}

/* A card with another module or board; nothing is set up. */
static void build(struct card *card, struct i82599_config config)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	if (!config.device_id)
		config.device_id = 0x10fb;
	memcpy(config.mac, mac, sizeof(mac));
	i82599_destroy(card->dev);
	card_create(card, &config);
	i82599_set_carrier(card->dev, true);
}

static bool has_link(struct card *card)
{
	card_read(card, LINKS); /* latched */
	return card_read(card, LINKS) & LINKS_UP;
}

static void set_mode(struct card *card, unsigned mode)
{
	card_write(card, AUTOC, (card_read(card, AUTOC) & ~AUTOC_LMS) | LMS(mode) | AUTOC_RESTART);
}

static void drive_rate_high(struct card *card)
{
	card_write(card, ESDP, card_read(card, ESDP) | ESDP_SDP5 | ESDP_SDP5_DIR);
}

static const struct {
	enum i82599_module module;
	unsigned codes_10g, codes_1g, cable, cable_spec;
	unsigned settings; /* identifier in the NVM's list, at LAN 0 */
	bool two_rates, gigabit;
} rows[] = {
	{I82599_PASSIVE_CABLE, 0, 0, 4, 1, 3, false, false},
	{I82599_LIMITING_CABLE, 0, 0, 8, 4, 5, false, false},
	{I82599_OPTICAL_CABLE, 0x10, 0, 8, 4, 5, false, false},
	{I82599_SR, 0x10, 0, 0, 0, 5, false, false},
	{I82599_LR, 0x20, 0, 0, 0, 5, false, false},
	{I82599_SR_SX, 0x10, 1, 0, 0, 5, true, false},
	{I82599_LR_LX, 0x20, 2, 0, 0, 5, true, false},
	{I82599_10GBASE_T, 0, 0, 0, 0, 5, false, false},
	{I82599_NO_CODES, 0, 0, 0, 0, 5, false, false},
	{I82599_SX, 0, 1, 0, 0, 5, false, true},
	{I82599_LX, 0, 2, 0, 0, 5, false, true},
	{I82599_1000BASE_T, 0, 8, 0, 0, 5, false, true},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_pages(void **state)
{
	struct card *card = *state;

	for (unsigned i = 0; i < ROWS; i++) {
		build(card, (struct i82599_config){.module = rows[i].module});
		assert_int_equal(card_read(card, 0x28), 0xf);
		assert_int_equal(i2c_read(card, 0), 3); /* SFP */
		assert_int_equal(i2c_read(card, 3), rows[i].codes_10g);
		assert_int_equal(i2c_read(card, 6), rows[i].codes_1g);
		assert_int_equal(i2c_read(card, 8), rows[i].cable);
		assert_int_equal(i2c_read(card, 60), rows[i].cable_spec);
		assert_int_equal(i2c_read(card, 12), rows[i].gigabit ? 13 : 103);
		assert_int_equal(i2c_read(card, 37), 0x00);
		assert_int_equal(i2c_read(card, 38), 0x1b);
		assert_int_equal(i2c_read(card, 39), 0x21);
		i2c_start(card);
		assert_int_equal(i2c_send(card, 0xa2), 1); /* no diagnostics page */
	}
}

/* A module is not reset with the NIC: one that is in a byte holds the line and sees no START. */
static void test_held_line(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){.module = I82599_SR});
	i2c_start(card);
	assert_int_equal(i2c_send(card, 0xa0), 0);
	assert_int_equal(i2c_send(card, 0), 0);
	i2c_start(card);
	assert_int_equal(i2c_send(card, 0xa1), 0);
	assert_int_equal(i2c_bit(card, 1), 0); /* the first of the identifier, 03 */
	card_write(card, 0, 1u << 26);
	assert_int_equal(card_read(card, 0x28), 0xb);
	i2c_start(card);
	assert_int_equal(i2c(card, 2), 0);
	for (unsigned b = 0; b < 9; b++)
		i2c_bit(card, 1);
	assert_int_equal(i2c(card, 3), 1);
	assert_int_equal(i2c_read(card, 3), 0x10);
}

/* Each module's signal gets through only once a driver has done all that it needs. */
static void test_demands(void **state)
{
	struct card *card = *state;

	for (unsigned i = 0; i < ROWS; i++) {
		build(card, (struct i82599_config){.module = rows[i].module});
		/* A passive cable is content with what is there after power-on. */
		assert_int_equal(has_link(card), rows[i].module == I82599_PASSIVE_CABLE);
		card_tune(card, rows[i].settings == 3 ? 5 : 3); /* the wrong ones */
		set_mode(card, rows[i].gigabit ? 2 : 3);
		drive_rate_high(card);
		card_pass(card, 50 * MS);
		assert_false(has_link(card));
		card_write(card, 0, 1u << 26); /* RS0 is an input again */
		card_tune(card, rows[i].settings);
		set_mode(card, rows[i].gigabit ? 3 : 2);
		assert_false(has_link(card));
		set_mode(card, rows[i].gigabit ? 2 : 3);
		assert_int_equal(has_link(card), !rows[i].two_rates);
		if (rows[i].two_rates) {
			drive_rate_high(card);
			card_pass(card, 39 * MS);
			assert_false(has_link(card));
			card_pass(card, 1 * MS);
			assert_true(has_link(card));
		}
		assert_int_equal(card_read(card, LINKS) >> 28 & 3, rows[i].gigabit ? 2 : 3);
		card_write(card, 0, 1u << 26); /* the analog part keeps its settings */
		set_mode(card, rows[i].gigabit ? 2 : 3);
		assert_int_equal(has_link(card), !rows[i].two_rates);
		i82599_reset(card->dev);
		i82599_config_write(card->dev, 4, 2, 6);
		assert_int_equal(has_link(card), rows[i].module == I82599_PASSIVE_CABLE);
		assert_int_equal(i82599_defects(card->dev).total, 0);
	}
}

/* A partner of 1 Gb/s: modules of two rates take it with RS0 low, those of 10 Gb/s do not. */
static void test_partner_of_1g(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){.module = I82599_SR_SX, .partner_1g = true});
	card_tune(card, 5);
	assert_false(has_link(card));
	set_mode(card, 2);
	assert_true(has_link(card));
	assert_int_equal(card_read(card, LINKS) >> 28 & 3, 2);
	drive_rate_high(card);
	card_pass(card, 40 * MS);
	assert_false(has_link(card));
	set_mode(card, 3);
	assert_false(has_link(card));
	build(card, (struct i82599_config){.module = I82599_SR, .partner_1g = true});
	card_tune(card, 5);
	assert_false(has_link(card));
	set_mode(card, 2);
	assert_false(has_link(card));
	build(card, (struct i82599_config){.module = I82599_SX, .partner_1g = true});
	card_tune(card, 5);
	set_mode(card, 2);
	assert_true(has_link(card));
}

/* Linux and DPDK load no settings for an active cable that does not limit. */
static void test_linear_cable(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){.module = I82599_ACTIVE_CABLE});
	assert_int_equal(i2c_read(card, 8), 8);
	assert_int_equal(i2c_read(card, 60), 8);
	assert_true(has_link(card));
	card_tune(card, 3);
	assert_false(has_link(card));
	card_tune(card, 5);
	assert_true(has_link(card));
}

/* Settings take effect when the pipeline restarts; the lane's PMA is the NVM's. */
static void test_pipeline(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){.module = I82599_SR});
	card_tune(card, 5);
	assert_true(has_link(card));
	card_write(card, 0x14f00, 0x1155);
	assert_int_equal(card_read(card, 0x14f00), 0x1155);
	assert_true(has_link(card));
	set_mode(card, 3);
	assert_false(has_link(card));
	card_write(card, 0x14f00, 1u << 16 | 0x12 << 8); /* to be read */
	assert_int_equal(card_read(card, 0x14f00) & 0xff, 0x50);
	card_tune(card, 5);
	assert_true(has_link(card));
	card_write(card, 0x42a8, 0x00090000); /* XFI, not SFI */
	assert_false(has_link(card));
}

/* At 1 Gb/s a frame takes ten times as long. */
static void test_gigabit_frames(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	build(card, (struct i82599_config){.module = I82599_SX});
	card_tune(card, 5);
	set_mode(card, 2);
	card_start(card);
	card_rx_queue(card, 0, 64);
	card_frame(frame, 0x0800, sizeof(frame));
	assert_true(i82599_receive(card->dev, frame, sizeof(frame)));
	card_pass(card, 671 * I82599_PS_PER_NS);
	assert_int_equal(card_read(card, 0x1010), 0);
	card_pass(card, 1 * I82599_PS_PER_NS);
	assert_int_equal(card_read(card, 0x1010), 1);
}

/* SFF-8472: texts are filled up with spaces, and the two parts of the page have sums. */
static void test_page(void **state)
{
	static const char *const texts[] = {"Sluice          ", "LAB-DAC         ", "1   ",
					    "1               ", "260101  "};
	static const unsigned at[] = {20, 40, 56, 68, 84};
	struct card *card = *state;
	uint8_t page[96], base = 0, extended = 0;

	build(card, (struct i82599_config){.module = I82599_PASSIVE_CABLE});
	for (unsigned i = 0; i < sizeof(page); i++)
		page[i] = (uint8_t)i2c_read(card, i);
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_memory_equal(page + at[i], texts[i], strlen(texts[i]));
	for (unsigned i = 0; i < 63; i++)
		base = (uint8_t)(base + page[i]);
	for (unsigned i = 64; i < 95; i++)
		extended = (uint8_t)(extended + page[i]);
	assert_int_not_equal(base, 0);
	assert_int_equal(page[63], base);
	assert_int_equal(page[95], extended);
	assert_int_equal(page[60], 1);
}

static void test_empty_cage(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){.module = I82599_NO_MODULE});
	i2c_start(card);
	assert_int_equal(i2c_send(card, 0xa0), 1);
	assert_int_equal(card_read(card, ESDP) & ESDP_SDP2, 0);
	assert_true(card->dark);
	assert_false(has_link(card));
	build(card, (struct i82599_config){.module = I82599_NO_MODULE, .crosstalk = true});
	assert_true(has_link(card));
	assert_int_equal(card_read(card, 8) & 1u << 7, 0);
}

static void test_exchange(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){.module = I82599_PASSIVE_CABLE});
	card_tune(card, 3);
	assert_true(has_link(card));
	assert_int_equal(card_read(card, ESDP) & ESDP_SDP2, ESDP_SDP2);
	i82599_set_module(card->dev, I82599_NO_MODULE);
	assert_int_equal(card_read(card, ESDP) & ESDP_SDP2, 0);
	assert_true(card->dark);
	assert_false(has_link(card));
	i82599_set_module(card->dev, I82599_LR);
	assert_false(card->dark);
	assert_false(has_link(card));
	assert_int_equal(i2c_read(card, 3), 0x20);
	card_tune(card, 5);
	assert_true(has_link(card));
	assert_int_equal(card_read(card, 0x800) & 1u << 20, 1u << 20); /* LSC */
}

/* The NVM knows how the board's pins are wired. */
static void test_boards(void **state)
{
	struct card *card = *state;

	build(card, (struct i82599_config){0});
	assert_int_equal(card_read(card, ESDP) & 0xff00, ESDP_SDP3_DIR);
	assert_int_equal(card_nvm_word(card, 0x2c) & 0x80, 0);

	build(card, (struct i82599_config){.no_tx_disable = true, .no_cage_sense = true});
	assert_int_equal(card_read(card, ESDP), 0);
	assert_int_equal(card_nvm_word(card, 0x2c) & 0x80, 0x80);
	card_write(card, ESDP, ESDP_SDP3); /* an input: nothing happens */
	assert_int_equal(card_read(card, ESDP), 0);
	assert_false(card->dark);
	card_tune(card, 3);
	assert_true(has_link(card));
	assert_int_equal(i82599_defects(card->dev).total, 0);
	card_write(card, ESDP, ESDP_SDP3 | ESDP_SDP3_DIR);
	assert_int_equal(card_defects(card, DEFECT_SDP_DIRECTION), 1);
	assert_int_equal(card_nvm_sum(card), 0xbaba);
}

/* A backplane's partner and wiring go with the mode that the NVM has. */
static void test_backplanes(void **state)
{
	struct card *card = *state;

	for (unsigned mode = 0; mode < 8; mode++) {
		unsigned nvm = mode ? mode : 4;

		build(card,
		      (struct i82599_config){.device_id = 0x10f7, .link_mode = (uint8_t)mode});
		assert_int_equal(card_read(card, AUTOC) & AUTOC_LMS, LMS(nvm));
		assert_true(has_link(card));
		assert_int_equal(card_read(card, LINKS) >> 28 & 3, nvm == 2 || nvm == 5 ? 2 : 3);
		set_mode(card, nvm ^ 1);
		assert_false(has_link(card));
		set_mode(card, nvm);
		assert_true(has_link(card));
	}
}

static void test_link(void **state)
{
	struct card *card = *state;

	assert_int_equal(card_read(card, 0x42a4) & 1u << 30, 0);
	i82599_set_carrier(card->dev, true);
	assert_int_equal(card_read(card, 0x42a4) & 1u << 30, 0); /* latched */
	assert_int_equal(card_read(card, 0x42a4) >> 28 & 7, 7);
	assert_int_equal(card_read(card, 0x800) & 1u << 20, 1u << 20);
	card_write(card, 0x20, card_read(card, 0x20) | 8); /* laser off */
	assert_int_equal(card_read(card, 0x42a4) & 1u << 30, 0);
	assert_int_equal(card_read(card, 0x800) & 1u << 20, 1u << 20);
	assert_int_not_equal(card_read(card, 0x42b0) & 0xf0000, 0);
	card_write(card, 0x425c, 1u << 30 | 3u << 26);
	assert_int_equal(card_read(card, 0x425c) & 1u << 30, 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(i82599_module_name(I82599_SR_SX), "sr+sx");
	assert_string_equal(i82599_module_name(I82599_NO_MODULE), "none");
	assert_string_equal(i82599_module_name(I82599_MODULES), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pages, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_held_line, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_demands, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_partner_of_1g, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_linear_cable, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_pipeline, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_gigabit_frames, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_page, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_empty_cage, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_exchange, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_boards, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_backplanes, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_link, card_setup, card_teardown),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
