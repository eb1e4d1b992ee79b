/* SPDX-License-Identifier: BSD-2-Clause */
/* Causes, masks, auto-clear, auto-mask, EITR and MSI-X. */
#include "tests/unit/i82599/card.h"

#include <string.h>

#define UNIT (2048 * I82599_PS_PER_NS)

enum {
	EICR = 0x800,
	EICS = 0x808,
	EIAC = 0x810,
	EIMS = 0x880,
	EIMC = 0x888,
	GPIE = 0x898
};
enum {
	EICS_EX = 0xa90,
	EIMS_EX = 0xaa0,
	EIMC_EX = 0xab0,
	EIAM_EX = 0xad0
};

/* One event on vector 3 under every setting of auto-clear, auto-mask and mask. */
static void test_truth_table(void **state)
{
	for (unsigned row = 0; row < 8; row++) {
		struct card *card = *state;
		bool clear = row & 1, auto_mask = row & 2, masked = row & 4;

		card_write(card, 0, 1u << 26);
		card->messages = 0;
		card_msix(card);
		card_write(card, EIAC, clear ? 0xffff : 0);
		card_write(card, EIAM_EX, auto_mask ? 0xffffffff : 0);
		card_write(card, EIMS_EX, masked ? 0 : 1u << 3);
		card_write(card, EICS_EX, 1u << 3);
		assert_int_equal(card->messages, masked ? 0 : 1);
		assert_int_equal(card_read(card, EICS) >> 3 & 1, masked || !clear);
		assert_int_equal(card_read(card, EIMS) >> 3 & 1, !masked && !auto_mask);
		card_write(card, EIMS_EX, 1u << 3); /* unmasking looks at what is pending */
		assert_int_equal(card->messages, masked || (!clear && auto_mask) ? 1 + !masked : 1);
	}
}

static void test_vectors_above_15(void **state)
{
	struct card *card = *state;

	card_msix(card);
	card_write(card, EIMS_EX + 4, 1u << 31 | 1);
	card_write(card, EICS_EX + 4, 1u << 31 | 1 | 2);
	assert_int_equal(card->messages, 2);
	assert_int_equal(card->message[0].data, 0x120);
	assert_int_equal(card->message[1].data, 0x13f);
	card_write(card, EIMS_EX + 4, 2);
	assert_int_equal(card->messages, 3);
	assert_int_equal(card_read(card, EIMS_EX + 4), 0x80000003);
	card_write(card, EIMC_EX + 4, 0xffffffff);
	assert_int_equal(card_read(card, EIMS_EX + 4), 0);
}

static void test_other_causes(void **state)
{
	struct card *card = *state;

	card_msix(card);
	card_write(card, 0xa00, 0x8500); /* IVAR_MISC: others on vector 5 */
	card_write(card, EIMS, 1u << 20);
	i82599_set_carrier(card->dev, true);
	assert_int_equal(card->messages, 1);
	assert_int_equal(card->message[0].data, 0x105);
	card_write(card, EICS, 1); /* a queue cause must survive the read with OCD */
	assert_int_equal(card_read(card, EICS), 1u << 20 | 1);
	assert_int_equal(card_read(card, EICR), 1u << 20 | 1);
	assert_int_equal(card_read(card, EICR), 1);
	card_write(card, EICR, 1);
	assert_int_equal(card_read(card, EICR), 0);
	card_write(card, GPIE, 0xc0000010); /* without OCD all are cleared */
	card_write(card, EICS, 1u << 20 | 1);
	assert_int_equal(card_read(card, EICR), 1u << 20 | 1);
	assert_int_equal(card_read(card, EICR), 0);
}

/* Intervals between messages at a steady stream of events: exact, and within one unit. */
static void test_throttling(void **state)
{
	static const unsigned intervals[] = {1, 5, 50, 511};
	struct card *card = *state;

	card_msix(card);
	card_write(card, EIAC, 0xffff);
	for (unsigned i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		card_pass(card, 600 * UNIT);
		card->messages = 0;
		card_write(card, 0x820 + 4 * 2, intervals[i] << 3 | 1u << 31);
		card_write(card, EIMS_EX, 1u << 2);
		for (unsigned n = 0; n < intervals[i] * 40; n++) {
			card_write(card, EICS_EX, 1u << 2);
			card_pass(card, UNIT / 10);
		}
		assert_in_range(card->messages, 4, 5);
		for (unsigned m = 1; m < card->messages; m++)
			assert_int_equal(card->message[m].when - card->message[m - 1].when,
					 intervals[i] * UNIT);
	}
}

static void test_throttle_counter(void **state)
{
	struct card *card = *state;

	card_msix(card);
	card_write(card, EIAC, 0xffff);
	card_write(card, EIMS_EX, 1);
	card_write(card, 0x820, 100 << 3 | 1u << 31);
	card_write(card, EICS_EX, 1);
	card_write(card, EICS_EX, 1);
	assert_int_equal(card->messages, 1);
	assert_int_equal(card_read(card, 0x820) >> 21 & 0x7f, 25);
	card_write(card, 0x820, 100 << 3 | 1u << 31); /* the running counter stays */
	assert_int_equal(card->messages, 1);
	card_write(card, 0x820, 100 << 3); /* the counter is set to 0 */
	assert_int_equal(card->messages, 2);
	card_write(card, GPIE, 0xc0000070); /* EIMEN: EICS does not wait */
	card_write(card, EICS_EX, 1);
	assert_int_equal(card->messages, 3);
}

static void test_queue_vectors(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	card_start(card);
	card_msix(card);
	card_rx_queue(card, 1, 64);
	card_write(card, 0x900, 0x00870000); /* IVAR: rx of queue 1 on vector 7 */
	card_write(card, EIAC, 0xffff);
	card_write(card, EIMS_EX, 1u << 7);
	card_write(card, 0x5c00, 0x01010101);
	card_write(card, 0x5128, 0x80000000 | 0x1234); /* ethertype 1234 to queue 1 */
	card_write(card, 0xec00, 0x80010000);
	card_receive(card, frame, card_frame(frame, 0x1234, 60));
	assert_int_equal(card_rx_descriptor(card, 1, 0)[1] & 3, 3);
	assert_int_equal(card->messages, 1);
	assert_int_equal(card->message[0].data, 0x107);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_msix_masking(void **state)
{
	struct card *card = *state;

	card_msix(card);
	card_write(card, EIMS_EX, 6);
	i82599_bar_write(card->dev, 4, 16 + 12, 4, 1);
	card_write(card, EICS_EX, 2);
	assert_int_equal(card->messages, 0);
	assert_int_equal(i82599_bar_read(card->dev, 4, 0x2000, 8), 2);
	i82599_bar_write(card->dev, 4, 16 + 12, 4, 0);
	assert_int_equal(card->messages, 1);
	assert_int_equal(i82599_bar_read(card->dev, 4, 0x2000, 8), 0);
	i82599_config_write(card->dev, 0x72, 2, 0xc000); /* the whole function */
	card_write(card, EICS_EX, 4);
	assert_int_equal(card->messages, 1);
	i82599_config_write(card->dev, 0x72, 2, 0x8000);
	assert_int_equal(card->messages, 2);
	i82599_config_write(card->dev, 0x72, 2, 0); /* off: the cause waits in the card */
	card_write(card, EICS_EX, 2);
	i82599_config_write(card->dev, 0x72, 2, 0x8000);
	assert_int_equal(card->messages, 3);
	assert_int_equal(card->message[2].data, 0x101);
}

static void test_single_message(void **state)
{
	struct card *card = *state;

	i82599_config_write(card->dev, 0x54, 4, 0xfee00000);
	i82599_config_write(card->dev, 0x5c, 2, 0x4321);
	i82599_config_write(card->dev, 0x60, 4, 1);
	i82599_config_write(card->dev, 0x52, 2, 0x0181);
	card_write(card, EIMS, 2);
	card_write(card, EICS, 2);
	assert_int_equal(card->messages, 0);
	i82599_config_write(card->dev, 0x60, 4, 0);
	assert_int_equal(card->messages, 1);
	assert_int_equal(card->message[0].data, 0x4321);
	assert_int_equal(card_read(card, EICR), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_truth_table, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_vectors_above_15, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_other_causes, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_throttling, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_throttle_counter, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_queue_vectors, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_msix_masking, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_single_message, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
