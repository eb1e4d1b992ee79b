/* SPDX-License-Identifier: BSD-2-Clause */
/* Every fault that can be injected: what the driver sees, that it ends, and no defect is counted.
 */
#include "tests/unit/i82599/card.h"

#include <string.h>

#define DATA      (0x3ull << 20 | 1ull << 29)
#define EOP       (1ull << 24)
#define IFCS      (1ull << 25)
#define RS        (1ull << 27)
#define LEN(n)    ((n) | (uint64_t)(n) << 46)
#define DD        (1ull << 32)
#define CAUSE_LSC (1u << 20)
#define CAUSE_PCI (1u << 18)

static void start(struct card *card)
{
	card_start(card);
	card_msix(card);
	card_rx_queue(card, 0, 64);
	card_tx_queue(card, 0, 64);
	card_write(card, 0x900, 0x8180); /* IVAR: rx 0 to vector 0, tx 0 to vector 1 */
	card_write(card, 0xaa0, 3);
}

static void inject(struct card *card, enum i82599_fault_kind kind, unsigned index, unsigned count)
{
	const struct i82599_fault fault = {.kind = kind, .index = index, .count = count};

	assert_true(i82599_inject(card->dev, &fault));
}

static void receive(struct card *card)
{
	uint8_t frame[60];

	card_receive(card, frame, card_frame(frame, 0x0806, sizeof(frame)));
}

/* Sends a frame by descriptor n; true if it is reported done. */
static bool send(struct card *card, unsigned n)
{
	uint64_t *q = card_tx_descriptor(card, 0, n);

	q[0] = TX_BUFFERS;
	q[1] = DATA | EOP | IFCS | RS | LEN(60);
	card_write(card, 0x6018, n + 1);
	card_pass(card, 20 * I82599_PS_PER_US);
	return q[1] == DD;
}

static bool received(struct card *card, unsigned n)
{
	return (card_rx_descriptor(card, 0, n)[1] & 3) == 3;
}

static void expect_no_defect(struct card *card)
{
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_link(void **state)
{
	struct card *card = *state;

	start(card);
	card_write(card, 0x880, CAUSE_LSC);
	assert_true(card_read(card, 0x42a4) & 1u << 30 || card_read(card, 0x42a4) & 1u << 30);
	inject(card, I82599_LINK_DOWN, 0, 0);
	assert_true(card_read(card, 0x808) & CAUSE_LSC);
	assert_false(card_read(card, 0x42a4) & 1u << 30);
	receive(card);
	assert_false(received(card, 0));
	send(card, 0);
	assert_int_equal(card->sent, 0);
	inject(card, I82599_LINK_UP, 0, 0);
	card_read(card, 0x42a4);
	assert_true(card_read(card, 0x42a4) & 1u << 30);
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card->sent, 1); /* what had waited */
	receive(card);
	assert_true(received(card, 0));
	expect_no_defect(card);
}

static void test_stalled_rx_queue(void **state)
{
	struct card *card = *state;

	start(card);
	receive(card);
	inject(card, I82599_STALL_RX, 0, 0);
	receive(card);
	receive(card);
	assert_true(received(card, 0));
	assert_false(received(card, 1));
	assert_int_equal(card_read(card, 0x1010), 1); /* RDH stands */
	/* Enabled anew, it works; what waited for it is lost. */
	card_write(card, 0x1028, 0);
	card_rx_queue(card, 0, 64);
	receive(card);
	assert_true(received(card, 0));
	assert_false(received(card, 1));
	expect_no_defect(card);
}

static void test_stalled_tx_queue(void **state)
{
	struct card *card = *state;

	start(card);
	assert_true(send(card, 0));
	inject(card, I82599_STALL_TX, 0, 0);
	assert_false(send(card, 1));
	assert_false(send(card, 2));
	assert_int_equal(card_read(card, 0x6010), 1); /* TDH stands */
	assert_int_equal(card->sent, 1);
	card_write(card, 0, 1u << 26); /* CTRL.RST */
	card->sent = 0;
	start(card);
	assert_true(send(card, 0));
	assert_int_equal(card->sent, 1);
	expect_no_defect(card);
}

static void test_lost_interrupt(void **state)
{
	struct card *card = *state;

	start(card);
	card_write(card, 0x810, 0xffff); /* EIAC */
	inject(card, I82599_LOSE_INTERRUPT, 0, 2);
	receive(card);
	receive(card);
	assert_int_equal(card->messages, 0);
	assert_true(received(card, 1));
	assert_int_equal(card_read(card, 0x808) & 1, 0); /* for the card it was sent */
	assert_true(send(card, 0));
	assert_int_equal(card->messages, 1); /* the other vector's */
	receive(card);
	assert_int_equal(card->messages, 2);
	assert_int_equal(i82599_wire_counts(card->dev).messages_lost, 2);
	expect_no_defect(card);
}

static void test_corrupted_write_back(void **state)
{
	const struct i82599_fault flags = {
		.kind = I82599_CORRUPT_RX, .index = 0, .count = 1, .mask = 1ull << 29};
	struct card *card = *state;

	start(card);
	inject(card, I82599_CORRUPT_RX, 0, 1);
	receive(card);
	assert_int_equal(card_rx_descriptor(card, 0, 0)[1] >> 32 & 0xffff, 60 ^ 0xffff);
	receive(card);
	assert_int_equal(card_rx_descriptor(card, 0, 1)[1] >> 32 & 0xffff, 60);
	assert_true(i82599_inject(card->dev, &flags));
	receive(card);
	assert_true(card_rx_descriptor(card, 0, 2)[1] & 1ull << 29);

	inject(card, I82599_CORRUPT_TX, 0, 1);
	assert_false(send(card, 0));
	assert_int_equal(card->sent, 1); /* it went, but nobody is told */
	assert_int_equal(card_read(card, 0x6010), 1);
	assert_true(send(card, 1));
	assert_int_equal(i82599_wire_counts(card->dev).writebacks_corrupted, 3);
	expect_no_defect(card);
}

static void test_dma_error(void **state)
{
	struct card *card = *state;

	start(card);
	inject(card, I82599_DMA_ERROR, 0, 1);
	receive(card);
	assert_false(received(card, 0));
	assert_true(card_read(card, 0x808) & CAUSE_PCI);
	assert_true(send(card, 0)); /* the other queue is not concerned */
	receive(card);
	assert_false(received(card, 0)); /* stopped until enabled anew */
	card_write(card, 0x1028, 0);
	card_rx_queue(card, 0, 64);
	receive(card);
	assert_true(received(card, 0));

	inject(card, I82599_DMA_ERROR, 0, 1);
	assert_false(send(card, 1));
	card_write(card, 0, 1u << 26);
	start(card);
	assert_true(send(card, 0));
	assert_int_equal(i82599_wire_counts(card->dev).dma_errors, 2);
	expect_no_defect(card);
}

static void test_bad_nvm(void **state)
{
	struct card *card = *state;

	assert_int_equal(card_nvm_sum(card), 0xbaba);
	inject(card, I82599_BAD_NVM, 0, 0);
	assert_int_not_equal(card_nvm_sum(card), 0xbaba);
	card_write(card, 0, 1u << 26);
	assert_int_not_equal(card_nvm_sum(card), 0xbaba);
	inject(card, I82599_GOOD_NVM, 0, 0);
	assert_int_equal(card_nvm_sum(card), 0xbaba);
	expect_no_defect(card);
}

static void test_surprise_removal(void **state)
{
	struct card *card = *state;
	unsigned messages;

	start(card);
	receive(card);
	messages = card->messages;
	inject(card, I82599_REMOVE, 0, 0);
	assert_int_equal(card_read(card, 8), 0xffffffff);
	assert_int_equal(i82599_bar_read(card->dev, 4, 0, 8), UINT64_MAX);
	assert_int_equal(i82599_config_read(card->dev, 0, 4), 0xffffffff);
	assert_int_equal(i82599_config_read(card->dev, 0x72, 2), 0xffff);
	i82599_config_write(card->dev, 4, 2, 6);
	card_write(card, 0x3000, 1);
	receive(card);
	send(card, 0);
	assert_int_equal(card_read(card, 8), 0xffffffff);
	assert_false(received(card, 1));
	assert_int_equal(card->sent, 0);
	assert_int_equal(card->messages, messages);

	inject(card, I82599_INSERT, 0, 0);
	assert_int_equal(i82599_config_read(card->dev, 0, 4), 0x10fb8086);
	assert_int_equal(i82599_config_read(card->dev, 4, 2), 0);
	i82599_config_write(card->dev, 4, 2, 6);
	card_tune(card, 3);
	start(card);
	receive(card);
	assert_true(received(card, 0));
	assert_true(send(card, 0));
	expect_no_defect(card);
}

static void test_light(void **state)
{
	struct card *card = *state;

	card_write(card, 0x20, 1u << 3 | 1u << 11); /* ESDP: SDP3, an output */
	assert_true(card->dark);
	card_write(card, 0x20, 1u << 11);
	assert_false(card->dark);
	card_write(card, 0x20, 1u << 3 | 1u << 11);
	card_write(card, 0, 1u << 26); /* reset turns it on */
	assert_false(card->dark);
	inject(card, I82599_REMOVE, 0, 0);
	assert_true(card->dark);
	inject(card, I82599_INSERT, 0, 0);
	assert_false(card->dark);
}

/* What is waited for: begun by a write, over when reg & mask is what it is then. */
static const struct {
	enum i82599_wait wait;
	uint32_t begin_reg, begin, reg, mask, over;
} waits[] = {
	{I82599_WAIT_RESET, 0x0, 1u << 26, 0x0, 1u << 26, 0},
	{I82599_WAIT_MASTER, 0x0, 1u << 2, 0x8, 1u << 19, 0},
	{I82599_WAIT_NVM_LOADED, 0x0, 1u << 26, 0x10010, 1u << 9, 1u << 9},
	{I82599_WAIT_NVM_READ, 0x10014, 1, 0x10014, 2, 2},
	{I82599_WAIT_DMA_READY, 0x0, 1u << 26, 0x2f00, 1u << 3, 1u << 3},
	{I82599_WAIT_RX_ENABLE, 0x1068, 1u << 25, 0x1068, 1u << 25, 1u << 25},
	{I82599_WAIT_RX_DISABLE, 0x1028, 0, 0x1028, 1u << 25, 0},
	{I82599_WAIT_TX_ENABLE, 0x6068, 1u << 25, 0x6068, 1u << 25, 1u << 25},
	{I82599_WAIT_TX_DISABLE, 0x6028, 0, 0x6028, 1u << 25, 0},
	{I82599_WAIT_SECRX, 0x8d00, 2, 0x8d04, 1, 1},
	{I82599_WAIT_AUTONEG, 0x42a0, 0xc09c7004, 0x42b0, 15u << 16, 1u << 16},
	{I82599_WAIT_SEMAPHORE, 0x10140, 2, 0x10140, 2, 2},
	{I82599_WAIT_FIRMWARE, 0x10160, ~0u, 0x10160, 0x20, 0},
};

static bool is_over(struct card *card, unsigned i)
{
	if (waits[i].wait == I82599_WAIT_SEMAPHORE)
		card_write(card, waits[i].begin_reg, waits[i].begin); /* asked for each time */
	return (card_read(card, waits[i].reg) & waits[i].mask) == waits[i].over;
}

static void check_wait(struct card *card, unsigned i, unsigned us)
{
	start(card);
	card_write(card, 0x1048, 1024); /* rings for what is not enabled yet */
	card_write(card, 0x1040, (uint32_t)RX_RING(1));
	card_write(card, 0x6048, 1024);
	card_write(card, 0x6040, (uint32_t)TX_RING(1));
	inject(card, I82599_SLOW, waits[i].wait, us);
	if (waits[i].wait != I82599_WAIT_FIRMWARE)
		card_write(card, waits[i].begin_reg, waits[i].begin);
	card_pass(card, 90 * I82599_PS_PER_US);
	if (is_over(card, i))
		fail_msg("%s is over too early", i82599_wait_name(waits[i].wait));
	card_pass(card, 11 * I82599_PS_PER_US);
	if (is_over(card, i) != (us != I82599_FOR_EVER))
		fail_msg("%s, %u us, and 101 us have passed", i82599_wait_name(waits[i].wait), us);
	inject(card, I82599_SLOW, waits[i].wait, 0);
	card_pass(card, 2 * I82599_PS_PER_US);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_slow(void **state)
{
	(void)state;
	assert_int_equal(sizeof(waits) / sizeof(waits[0]), I82599_WAITS);
	for (unsigned i = 0; i < I82599_WAITS; i++) {
		for (unsigned n = 0; n < 2; n++) {
			void *fresh = NULL;

			card_setup(&fresh);
			check_wait(fresh, i, n ? I82599_FOR_EVER : 100);
			card_teardown(&fresh);
		}
	}
}

/* A queue with packets that no link takes stops only when they are dropped, or the link is back. */
static void test_disabled_without_link(void **state)
{
	struct card *card = *state;

	start(card);
	inject(card, I82599_LINK_DOWN, 0, 0);
	for (unsigned n = 0; n < 3; n++)
		send(card, n);
	card_write(card, 0x6028, 0);
	assert_int_equal(card_read(card, 0x6028), 1u << 25);
	card_pass(card, 1000 * I82599_PS_PER_US);
	assert_int_equal(card_read(card, 0x6028), 1u << 25);
	card_write(card, 0x6028, 1u << 26);
	assert_int_equal(card_read(card, 0x6028), 0);
}

static void test_out_of_range(void **state)
{
	static const struct i82599_fault rows[] = {
		{.kind = I82599_STALL_RX, .index = 128},
		{.kind = I82599_CORRUPT_TX, .index = 128},
		{.kind = I82599_LOSE_INTERRUPT, .index = 64},
		{.kind = I82599_SLOW, .index = I82599_WAITS},
		{.kind = I82599_MANAGE, .index = I82599_MANAGEMENTS},
		{.kind = I82599_FAULTS},
	};
	struct card *card = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(i82599_inject(card->dev, &rows[i]));
	for (unsigned kind = 0; kind < I82599_FAULTS; kind++)
		assert_string_not_equal(i82599_fault_name(kind), "unknown");
	assert_string_equal(i82599_fault_name(I82599_FAULTS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_link, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_stalled_rx_queue, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_stalled_tx_queue, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_lost_interrupt, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_corrupted_write_back, card_setup,
						card_teardown),
		cmocka_unit_test(test_slow),
		cmocka_unit_test_setup_teardown(test_disabled_without_link, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_dma_error, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_bad_nvm, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_surprise_removal, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_light, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_out_of_range, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
