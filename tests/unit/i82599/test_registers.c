/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers, resets, NVM, semaphores, module bus and configuration space. */
#include "tests/unit/i82599/card.h"

#include <string.h>

/* The registers and masks of `ethtool -t`, and some of ours; each must read back mask & pattern. */
static void test_masks(void **state)
{
	static const struct {
		uint32_t offset, stride, count, write, mask;
	} rows[] = {
		{0x03220, 4, 1, 0x8007fff0, 0x8007fff0},
		{0x03260, 4, 1, 0x8007fff0, 0x8007fff0},
		{0x03008, 4, 1, 0xffffffff, 0xffffffff},
		{0x05088, 4, 1, 0, 0},
		{0x01000, 64, 4, 0xffffff80, 0xffffff80},
		{0x01004, 64, 4, 0xffffffff, 0xffffffff},
		{0x01008, 64, 4, 0x000fffff, 0x000fff80},
		{0x0d008, 64, 64, 0x000fffff, 0x000fff80},
		{0x03200, 4, 1, 0xffffffff, 0xffffffff},
		{0x06000, 64, 4, 0xffffffff, 0xffffff80},
		{0x06004, 64, 4, 0xffffffff, 0xffffffff},
		{0x06008, 64, 128, 0x000fff80, 0x000fff80},
		{0x05400, 8, 16, 0xffffffff, 0xffffffff},
		{0x05404, 8, 16, 0x800cffff, 0x8000ffff},
		{0x0a3f8, 8, 1, 0xffffffff, 0xffffffff},
		{0x05200, 4, 128, 0xffffffff, 0xffffffff},
	};
	static const uint32_t patterns[] = {0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffffff};
	struct card *card = *state;

	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		for (unsigned n = 0; n < rows[r].count * 4; n++) {
			uint32_t offset = rows[r].offset + n / 4 * rows[r].stride;
			uint32_t value = patterns[n % 4] & rows[r].write;
			uint32_t before = card_read(card, offset);

			card_write(card, offset, value);
			assert_int_equal(card_read(card, offset), value & rows[r].mask);
			card_write(card, offset, before);
		}
	}
	for (unsigned n = 0; n < 16; n++) { /* an enabled ring without length takes any tail */
		card_write(card, 0x1028 + n / 4 * 64, 1u << 25);
		card_write(card, 0x1018 + n / 4 * 64, patterns[n % 4] & 0xffff);
		assert_int_equal(card_read(card, 0x1018 + n / 4 * 64), patterns[n % 4] & 0xffff);
		card_write(card, 0x1028 + n / 4 * 64, 0);
	}
	card_write(card, 0x3000, 1);
	assert_int_equal(card_read(card, 0x3000), 1);
	card_write(card, 0x8, 0x7ffff30f); /* STATUS */
	assert_int_equal(card_read(card, 0x8), 1u << 19);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_aliases_and_storage(void **state)
{
	static const uint32_t pair[][2] = {
		{0x2100, 0x1014}, {0x213c, 0x13d4}, {0x2204, 0x104c}, {0xeb04, 0x5c04},
		{0xec80, 0x5818}, {0xeb88, 0x5c88}, {0x5408, 0xa208}, {0x5484, 0xea04},
	};
	struct card *card = *state;

	for (unsigned i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		card_write(card, pair[i][0], 0x01020300 + i);
		assert_int_equal(card_read(card, pair[i][1]), 0x01020300 + i);
	}
	assert_int_equal(card_read(card, 0x1fffc), 0);
	card_write(card, 0x1fffc, 77);
	assert_int_equal(card_read(card, 0x1fffc), 77);
	i82599_bar_write(card->dev, 0, 0xee28, 8, 0x1111111122222223); /* FDIRHASH + FDIRCMD */
	assert_int_equal(card_read(card, 0xee28), 0x22222223);
	assert_int_equal(card_read(card, 0xee2c), 0x11111110);
	assert_int_equal(i82599_bar_read(card->dev, 0, 0xee28, 8), 0x1111111022222223);
	assert_int_equal(i82599_defects(card->dev).total, 0);
	assert_int_equal(card_defects(card, DEFECT_ADVICE_UNKNOWN_REGISTER), 1);
}

static void test_reset(void **state)
{
	struct card *card = *state;

	card_write(card, 0x5080, 0x700);
	card_write(card, 0x880, 0xffffffff);
	i82599_bar_write(card->dev, 4, 16, 4, 0xfee01000);
	card_write(card, 0x0, 1u << 26);
	assert_int_equal(card_read(card, 0x0) & 1u << 26, 0);
	assert_int_equal(card_read(card, 0x5080), 0);
	assert_int_equal(card_read(card, 0x880), 0);
	assert_int_equal(card_read(card, 0x2f00) & 8, 8);
	assert_int_equal(card_read(card, 0x5400), 0x00000002); /* RAL0 from the NVM */
	assert_int_equal(card_read(card, 0x5404), 0x80000100);
	assert_int_equal(i82599_bar_read(card->dev, 4, 16, 4), 0xfee01000);
	card_write(card, 0x4, 1u << 2); /* master disable, through CTRL's other address */
	assert_int_equal(card_read(card, 0x8) & 1u << 19, 0);
	card_write(card, 0x0, 0);
	assert_int_equal(card_read(card, 0x8) & 1u << 19, 1u << 19);
}

static void test_semaphore(void **state)
{
	struct card *card = *state;

	assert_int_equal(card_read(card, 0x10140) & 1, 0); /* ours now */
	assert_int_equal(card_read(card, 0x10140) & 1, 1);
	card_write(card, 0x10140, 3);
	assert_int_equal(card_read(card, 0x10140) & 3, 3);
	card_write(card, 0x10140, 0);
	assert_int_equal(card_read(card, 0x10140) & 3, 0);
}

/* As on a real card: sections with words, without, never written, and absent in both ways. */
static void test_nvm_sections(void **state)
{
	struct card *card = *state;

	assert_int_equal(card_nvm_word(card, card_nvm_word(card, 0x06)), 11);
	assert_int_equal(card_nvm_word(card, card_nvm_word(card, 0x04)), 0);
	assert_int_equal(card_nvm_word(card, card_nvm_word(card, 0x05)), 0xffff);
	assert_int_equal(card_nvm_word(card, 0x0d), 0xffff);
	assert_int_equal(card_nvm_word(card, 0x0e), 0);
}

static void test_nvm(void **state)
{
	static const struct i82599_config bad = {
		.device_id = 0x10fb, .mac = {2, 0, 0, 0, 0, 1}, .bad_nvm_checksum = true};
	struct card *card = *state;
	uint16_t fw;

	assert_int_equal(card_read(card, 0x10010) & 0x300, 0x300);
	assert_int_equal(card_nvm_sum(card), 0xbaba);
	fw = card_nvm_word(card, card_nvm_word(card, 0x0f) + 4u);
	assert_true(card_nvm_word(card, fw + 7u) > 5);
	i82599_destroy(card->dev);
	card_create(card, &bad);
	assert_int_not_equal(card_nvm_sum(card), 0xbaba);
}

static void test_config_space(void **state)
{
	static const struct {
		unsigned offset, len;
		uint32_t value;
	} rows[] = {
		{0x00, 4, 0x10fb8086},  {0x0a, 2, 0x0200},      {0x34, 1, 0x40},
		{0x40, 1, 0x01},        {0x50, 1, 0x05},        {0x70, 1, 0x11},
		{0x72, 2, 63},          {0x74, 4, 4},           {0x78, 4, 0x2004},
		{0xa0, 1, 0x10},        {0xb2, 2, 0x1082},      {0xaa, 2, 0},
		{0xa1, 1, 0xe0},        {0xe0, 2, 3},           {0x100, 2, 1},
		{0x102, 2, 0x1401},     {0x140, 2, 3},          {0x144, 4, 0xff000001},
		{0x148, 4, 0x020000ff}, {0x150, 4, 0x0001000e}, {0xffc, 4, 0},
	};
	struct card *card = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(i82599_config_read(card->dev, rows[i].offset, rows[i].len),
				 rows[i].value);
	i82599_config_write(card->dev, 0x10, 4, 0xffffffff);
	i82599_config_write(card->dev, 0x20, 4, 0xffffffff);
	i82599_config_write(card->dev, 0x14, 4, 0xffffffff);
	assert_int_equal(i82599_config_read(card->dev, 0x10, 4), 0xfffe0000);
	assert_int_equal(i82599_config_read(card->dev, 0x20, 4), 0xffffc000);
	assert_int_equal(i82599_config_read(card->dev, 0x14, 4), 0);
	i82599_config_write(card->dev, 4, 2, 0); /* memory off: nobody answers */
	assert_int_equal(card_read(card, 0x8), 0xffffffff);
	i82599_config_write(card->dev, 0xa9, 1, 0x80); /* FLR */
	assert_int_equal(i82599_config_read(card->dev, 0x10, 4), 0);
	i82599_config_write(card->dev, 0x10, 4, 0xe0000000);
	i82599_config_write(card->dev, 4, 2, 6);
	i82599_config_write(card->dev, 0x44, 2, 3); /* D3hot: registers do not answer */
	assert_int_equal(i82599_config_read(card->dev, 0x10, 4), 0xe0000000);
	assert_int_equal(card_read(card, 0x8), 0xffffffff);
	i82599_config_write(card->dev, 0x44, 2, 0);
	assert_int_equal(i82599_config_read(card->dev, 0x10, 4), 0);
	assert_int_equal(i82599_config_read(card->dev, 4, 2), 0);
}

/* PCI 3.0 appendix I: large resources of a name and of read-only fields, whose sum up to RV is 0.
 */
static void test_vital_product_data(void **state)
{
	struct card *card = *state;
	uint8_t vpd[128], sum = 0;
	unsigned name, fields;

	for (unsigned at = 0; at < sizeof(vpd); at += 4) {
		uint32_t value;

		i82599_config_write(card->dev, 0xe2, 2, at);
		assert_int_equal(i82599_config_read(card->dev, 0xe2, 2), at | 0x8000);
		value = i82599_config_read(card->dev, 0xe4, 4);
		memcpy(vpd + at, &value, 4);
	}
	assert_int_equal(vpd[0], 0x82);
	name = vpd[1];
	assert_int_equal(vpd[3 + name], 0x90);
	fields = 3 + name + 3;
	assert_memory_equal(vpd + fields,
			    "PN\x04"
			    "10FB"
			    "SN\x0c"
			    "020000000001"
			    "RV\x01",
			    25);
	for (unsigned i = 0; i < fields + 26; i++)
		sum = (uint8_t)(sum + vpd[i]);
	assert_int_equal(sum, 0);
	assert_int_equal(vpd[4 + name], 26);
	assert_int_equal(vpd[fields + 26], 0x78);
	i82599_config_write(card->dev, 0xe4, 4, 0xffffffff);
	i82599_config_write(card->dev, 0xe2, 2, 0x8000); /* a write: done, and nothing changes */
	assert_int_equal(i82599_config_read(card->dev, 0xe2, 2), 0);
	i82599_config_write(card->dev, 0xe2, 2, 0);
	assert_int_equal(i82599_config_read(card->dev, 0xe4, 1), 0x82);
	i82599_config_write(card->dev, 0xe2, 2, 0x7ffc);
	assert_int_equal(i82599_config_read(card->dev, 0xe4, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_masks, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_aliases_and_storage, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_reset, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_semaphore, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_nvm, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_nvm_sections, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_config_space, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_vital_product_data, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
