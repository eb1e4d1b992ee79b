/* SPDX-License-Identifier: BSD-2-Clause */
/* Every kind of driver defect, provoked once. */
#include "tests/unit/i82599/card.h"

#include <string.h>

#define DATA   (0x3ull << 20 | 1ull << 29)
#define EOP    (1ull << 24)
#define IFCS   (1ull << 25)
#define RS     (1ull << 27)
#define TSE    (1ull << 31)
#define TXSM   (1ull << 41)
#define CTX    (0x2ull << 20 | 1ull << 29)
#define LEN(n) ((n) | (uint64_t)(n) << 46)

static void start(struct card *card)
{
	card_start(card);
	card_msix(card);
	card_rx_queue(card, 0, 64);
	card_tx_queue(card, 0, 64);
}

static void send(struct card *card, const uint64_t (*q)[2], unsigned n)
{
	memcpy(card_tx_descriptor(card, 0, 0), q, 16 * n);
	card_write(card, 0x6018, n);
	card_pass(card, 20 * I82599_PS_PER_US);
}

static void send_one(struct card *card, uint64_t address, uint64_t q1)
{
	uint64_t q[1][2] = {{address, q1}};

	send(card, q, 1);
}

static void receive(struct card *card, size_t len)
{
	static uint8_t frame[9014];

	card_receive(card, frame, card_frame(frame, 0x0806, len));
}

static void access_size(struct card *card)
{
	i82599_bar_read(card->dev, 0, 8, 2);
}

static void early_tail(struct card *card)
{
	card_write(card, 0x1048, 1024);
	card_write(card, 0x1068, 1u << 25);
	card_write(card, 0x1058, 63);
	assert_int_equal(card_read(card, 0x1058), 0);
}

static void tail_range(struct card *card)
{
	card_write(card, 0x1018, 64);
}

static void head_while_enabled(struct card *card)
{
	card_write(card, 0x6010, 1);
	assert_int_equal(card_read(card, 0x6010), 0);
}

static void ring_while_enabled(struct card *card)
{
	card_write(card, 0x1000, 0);
}

static void ring_base(struct card *card)
{
	card_write(card, 0x1040, 0);
	card_write(card, 0x1048, 1024);
	card_write(card, 0x1068, 1u << 25);
}

static void ring_length(struct card *card)
{
	card_write(card, 0x6068, 1u << 25);
}

static void descriptor_dma(struct card *card)
{
	card_write(card, 0x6028, 1u << 25 | 1u << 8 | 32); /* WTHRESH 0 */
	card_write(card, 0x6038, 1);                       /* head write-back to nowhere */
	send_one(card, TX_BUFFERS, DATA | EOP | IFCS | RS | LEN(60));
}

static void buffer_dma(struct card *card)
{
	send_one(card, 0x10, DATA | EOP | IFCS | RS | LEN(60));
}

static void bus_master_off(struct card *card)
{
	i82599_config_write(card->dev, 4, 2, 2);
	receive(card, 60);
	assert_int_equal(card_read(card, 0x1010), 0);
	i82599_config_write(card->dev, 4, 2, 6);
	assert_int_equal(card_read(card, 0x1010), 1);
}

static void rx_descriptor_type(struct card *card)
{
	card_write(card, 0x1014, 0x06000402); /* reserved */
	receive(card, 60);
}

static void rx_buffer_size(struct card *card)
{
	card_write(card, 0x1014, 0x02000400);
	receive(card, 60);
}

static void rx_config(struct card *card)
{
	card_write(card, 0x5000, 0);
}

static void crc_strip(struct card *card)
{
	card_write(card, 0x4240, 0x08012c09);
	receive(card, 60);
}

static void frame_over_ring(struct card *card)
{
	card_rx_queue(card, 1, 8);
	card_write(card, 0x1054, 0x02000401);
	card_write(card, 0x4240, 0x08012c0f);
	card_write(card, 0x4268, 9018u << 16);
	card_write(card, 0x5128, 0x80000806);
	card_write(card, 0xec00, 0x80010000);
	receive(card, 9014);
}

static void reserved_bits(struct card *card)
{
	send_one(card, TX_BUFFERS, DATA | EOP | IFCS | RS | 1u << 16 | LEN(60));
}

static void tx_type(struct card *card)
{
	send_one(card, TX_BUFFERS, 1ull << 29 | EOP | IFCS | RS | LEN(60));
}

static void no_context(struct card *card)
{
	send_one(card, TX_BUFFERS, DATA | EOP | IFCS | RS | TXSM | LEN(60));
	assert_int_equal(card->sent, 0);
}

static void context_lengths(struct card *card)
{
	uint64_t q[2][2] = {
		{20 | 14 << 9, CTX | 1 << 11 | 20ull << 40},
		{TX_BUFFERS, DATA | EOP | IFCS | RS | TSE | TXSM | 1500 | 1446ull << 46}};

	send(card, q, 2); /* no MSS */
	assert_int_equal(card->sent, 0);
}

static void paylen(struct card *card)
{
	send_one(card, TX_BUFFERS, DATA | EOP | IFCS | RS | 60 | 61ull << 46);
}

static void zero_length(struct card *card)
{
	uint64_t q[2][2] = {{TX_BUFFERS, DATA | IFCS | 60ull << 46},
			    {TX_BUFFERS, DATA | EOP | IFCS | RS | LEN(60)}};

	send(card, q, 2);
}

static void frame_size(struct card *card)
{
	send_one(card, TX_BUFFERS, DATA | EOP | IFCS | RS | LEN(16000));
	assert_int_equal(card->sent, 0);
}

static void descriptors(struct card *card)
{
	uint64_t q[41][2];

	for (unsigned i = 0; i < 41; i++) {
		q[i][0] = TX_BUFFERS;
		q[i][1] = DATA | IFCS | 10 | 410ull << 46 | (i == 40 ? EOP | RS : 0);
	}
	send(card, q, 41);
	assert_int_equal(card->sent, 1);
}

static void no_crc(struct card *card)
{
	send_one(card, TX_BUFFERS, DATA | EOP | RS | LEN(60));
}

static void mixed(struct card *card)
{
	uint64_t q[2][2] = {{TX_BUFFERS, DATA | IFCS | 30 | 60ull << 46},
			    {TX_BUFFERS, EOP | IFCS | RS | 30}};

	send(card, q, 2);
}

static void te_missing(struct card *card)
{
	card_write(card, 0x6028, 0);
	card_write(card, 0x4a80, 0x81000004);
	card_write(card, 0x6028, 1u << 25);
}

static void mtqc(struct card *card)
{
	card_write(card, 0x8120, 0);
}

static void msix_vector(struct card *card)
{
	i82599_bar_write(card->dev, 4, 0, 8, 0);
	card_write(card, 0xaa0, 1);
	card_write(card, 0xa90, 1);
}

/* An address that is no multiple of 16 is not written to. */
static void head_write_back(struct card *card)
{
	uint32_t *head = card_bytes(card, TX_BUFFERS + 0x1000);

	card_write(card, 0x6028, 1u << 25 | 1u << 8 | 32); /* WTHRESH 0 */
	card_write(card, 0x6038, (uint32_t)(TX_BUFFERS + 0x1008) | 1);
	send_one(card, TX_BUFFERS, DATA | EOP | IFCS | RS | LEN(60));
	assert_int_equal(head[2], 0);
}

/* Said once, however often it is asked for. */
static void not_modelled(struct card *card)
{
	card_write(card, 0xee2c, 1); /* FDIRCMD: a hash filter is added */
	card_write(card, 0xee00, 1u << 4);
	card_write(card, 0xee2c, 1); /* a perfect one */
	card_write(card, 0xee2c, 1);
}

/* What the receiver is enabled with. */
static void test_not_modelled_switches(void **state)
{
	static const struct {
		uint32_t offset, value;
	} asked[] = {{0x5818, 8},
		     {0x51b0, 1}, /* the same as MRQC's */
		     {0xe600 + 4 * 127, 1u << 31},
		     {0xec30, 1},
		     {0xd02c + 63 * 0x40, 1},
		     {0x5188, 1u << 4},
		     {0x8900, 1}};
	struct card *card = *state;

	card_start(card);
	assert_int_equal(card_defects(card, DEFECT_ADVICE_NOT_MODELLED), 0);
	card_write(card, 0x10010, 0x40 | 1); /* EEC: requested, and a clock to the NVM */
	assert_int_equal(card_defects(card, DEFECT_ADVICE_NOT_MODELLED), 1);
	card_write(card, 0x3000, 0);
	for (unsigned i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		card_write(card, asked[i].offset, asked[i].value);
	card_write(card, 0x3000, 1);
	assert_int_equal(card_defects(card, DEFECT_ADVICE_NOT_MODELLED), 7);
	card_write(card, 0x3000, 0);
	card_write(card, 0x3000, 1);
	assert_int_equal(card_defects(card, DEFECT_ADVICE_NOT_MODELLED), 7);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

/* DESCTYPE 010b and 101b: a frame that silicon would split comes whole. */
static void test_header_split(void **state)
{
	static const uint32_t asked[] = {0x04000402, 0x0a000402};
	struct card *card = *state;
	uint64_t *descriptor;

	card_start(card);
	card_rx_queue(card, 0, 8);
	card_write(card, 0xea00, 1u << 4); /* PSRTYPE: behind TCP's header */
	for (unsigned i = 0; i < 2; i++) {
		descriptor = card_rx_descriptor(card, 0, i);
		card_write(card, 0x1014, asked[i]);
		receive(card, 60);
		assert_int_equal(descriptor[1] & 3, 3);
		assert_int_equal(descriptor[1] >> 32 & 0xffff, 60);
		assert_int_equal(descriptor[0] >> 21 & 0x7ff, 0); /* HDR_LEN, SPH */
	}
	assert_int_equal(card_defects(card, DEFECT_ADVICE_NOT_MODELLED), 1);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void dca_bit(struct card *card)
{
	card_write(card, 0x1028, 0);
	card_write(card, 0x100c, 1u << 12);
	card_write(card, 0x1028, 1u << 25);
}

static void sdp_direction(struct card *card)
{
	card_write(card, 0x20, 0x0820); /* RS0's data, but not its direction */
	card_write(card, 0x20, 0x2820); /* RS0 driven: no defect */
	card_write(card, 0x20, 0x2020); /* TX_DISABLE is an output on this board */
}

static void unknown_register(struct card *card)
{
	card_write(card, 0x1e000, 1);
}

static void small_mss(struct card *card)
{
	uint64_t q[2][2] = {
		{14ull << 9 | 20, CTX | 1ull << 11 | 1ull << 10 | 20ull << 40 | 63ull << 48},
		{TX_BUFFERS, DATA | EOP | IFCS | RS | TSE | 154 | 100ull << 46}};

	send(card, (const uint64_t(*)[2])q, 2);
}

static void slow(struct card *card, enum i82599_wait wait, unsigned us)
{
	const struct i82599_fault fault = {.kind = I82599_SLOW, .index = wait, .count = us};

	assert_true(i82599_inject(card->dev, &fault));
}

static void buffers_cleared(struct card *card)
{
	slow(card, I82599_WAIT_MASTER, 100);
	card_write(card, 0, 1u << 2);
	assert_int_equal(i82599_config_read(card->dev, 0xaa, 2) & 0x20, 0x20);
	card_write(card, 0x11050, 1u << 30);
	card_write(card, 0x11050, 0);
	card_pass(card, 101 * I82599_PS_PER_US);
	assert_int_equal(i82599_config_read(card->dev, 0xaa, 2) & 0x20, 0);
	card_write(card, 0x11050, 1u << 30);
}

static void reset_once(struct card *card)
{
	slow(card, I82599_WAIT_MASTER, I82599_FOR_EVER);
	card_write(card, 0, 1u << 2);
	assert_int_equal(card_read(card, 8) & 1u << 19, 1u << 19);
	card_write(card, 0, 1u << 26);
	card_rx_queue(card, 1, 64);
	card_write(card, 0, 1u << 26);
	card_rx_queue(card, 2, 64);
}

static void manage(struct card *card, enum i82599_management how)
{
	const struct i82599_fault fault = {.kind = I82599_MANAGE, .index = how};

	assert_true(i82599_inject(card->dev, &fault));
}

static void management_link(struct card *card)
{
	manage(card, I82599_PASS_THROUGH);
	assert_int_equal(card_read(card, 0x10148), 0x8004);
	assert_int_equal(card_read(card, 0x42d0), 0);
	card_write(card, 0, 1u << 26);
	assert_int_equal(i82599_defects(card->dev).total, 0);
	assert_int_equal(card_read(card, 0x5820), 1u << 17);
	card_write(card, 0, 1u << 3);
	manage(card, I82599_UNMANAGED);
	card_write(card, 0, 1u << 3);
	card_write(card, 0x20, 0x808); /* laser off */
}

static void management_veto(struct card *card)
{
	manage(card, I82599_VETO);
	assert_int_equal(card_read(card, 0x42d0), 1);
	card_write(card, 0x42a0, 0xC09C6004);
	manage(card, I82599_PASS_THROUGH);
	card_write(card, 0x42a0, 0xC09C6004);
}

static const struct {
	enum nic_defect kind;
	void (*provoke)(struct card *card);
	uint64_t also; /* other defects it cannot avoid */
} rows[] = {
	{DEFECT_ACCESS_SIZE, access_size, 0},
	{DEFECT_EARLY_TAIL, early_tail, 1}, /* its ring is at 0 */
	{DEFECT_TAIL_RANGE, tail_range, 0},
	{DEFECT_HEAD_WHILE_ENABLED, head_while_enabled, 0},
	{DEFECT_RING_WHILE_ENABLED, ring_while_enabled, 0},
	{DEFECT_RING_BASE, ring_base, 0},
	{DEFECT_RING_LENGTH, ring_length, 0},
	{DEFECT_DESCRIPTOR_DMA, descriptor_dma, 0},
	{DEFECT_BUFFER_DMA, buffer_dma, 0},
	{DEFECT_BUS_MASTER_OFF, bus_master_off, 0},
	{DEFECT_RX_DESCTYPE, rx_descriptor_type, 0},
	{DEFECT_RX_BUFFER_SIZE, rx_buffer_size, 0},
	{DEFECT_RX_CONFIG_WHILE_ENABLED, rx_config, 0},
	{DEFECT_CRC_STRIP, crc_strip, 0},
	{DEFECT_RX_FRAME_OVER_RING, frame_over_ring, 0},
	{DEFECT_TX_RESERVED_BITS, reserved_bits, 0},
	{DEFECT_TX_TYPE, tx_type, 0},
	{DEFECT_TX_NO_CONTEXT, no_context, 0},
	{DEFECT_TX_CONTEXT_LENGTHS, context_lengths, 0},
	{DEFECT_TX_PAYLEN, paylen, 0},
	{DEFECT_TX_ZERO_LENGTH, zero_length, 0},
	{DEFECT_TX_FRAME_SIZE, frame_size, 0},
	{DEFECT_TX_DESCRIPTORS, descriptors, 0},
	{DEFECT_TX_NO_CRC, no_crc, 0},
	{DEFECT_TX_SCATTERED_LEGACY, mixed, 0},
	{DEFECT_TE_MISSING, te_missing, 0},
	{DEFECT_MTQC_ARBITER, mtqc, 0},
	{DEFECT_MSIX_VECTOR, msix_vector, 0},
	{DEFECT_HEAD_WRITE_BACK, head_write_back, 0},
	{DEFECT_BUFFERS_CLEARED, buffers_cleared, 0},
	{DEFECT_RESET_ONCE, reset_once, 0},
	{DEFECT_MANAGEMENT_LINK, management_link, 0},
	{DEFECT_MANAGEMENT_VETO, management_veto, 0},
	{DEFECT_SDP_DIRECTION, sdp_direction, 0},
	{DEFECT_ADVICE_DCA_RXCTRL_BIT12, dca_bit, 0},
	{DEFECT_ADVICE_UNKNOWN_REGISTER, unknown_register, 0},
	{DEFECT_ADVICE_NOT_MODELLED, not_modelled, 0},
	{DEFECT_ADVICE_TX_MSS, small_mss, 0},
};

static void test_each_kind(void **state)
{
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), DEFECT_KINDS);
	for (unsigned i = 0; i < DEFECT_KINDS; i++) {
		bool advice = i >= DEFECT_ADVICE_DCA_RXCTRL_BIT12;
		void *fresh = NULL;
		struct card *card;

		assert_int_equal(rows[i].kind, i);
		card_setup(&fresh);
		card = fresh;
		start(card);
		assert_int_equal(i82599_defects(card->dev).total, 0);
		rows[i].provoke(card);
		if (card_defects(card, i) != 1 ||
		    i82599_defects(card->dev).total != !advice + rows[i].also)
			fail_msg("%s: counted %u, %u in all", i82599_defect_name(i),
				 (unsigned)card_defects(card, i),
				 (unsigned)i82599_defects(card->dev).total);
		card_teardown(&fresh);
	}
	(void)state;
}

/* DPDK's ixgbe writes 0 to the heads of rings that it has just enabled: what they hold. */
static void test_head_rewritten(void **state)
{
	struct card *card = *state;

	start(card);
	card_write(card, 0x1010, 0);
	card_write(card, 0x6010, 0);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

/*
 * Linux disables its receive queues while NAPI may still refill them. Once the ring is set up anew,
 * a tail before ENABLE is a defect again.
 */
static void test_tail_after_disable(void **state)
{
	struct card *card = *state;

	start(card);
	card_write(card, 0x1028, 0);
	card_write(card, 0x1018, 7);
	assert_int_equal(i82599_defects(card->dev).total, 0);
	card_write(card, 0x1008, 1024);
	card_write(card, 0x1018, 7);
	assert_int_equal(i82599_defects(card->dev).total, 1);
	assert_int_equal(card_defects(card, DEFECT_EARLY_TAIL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test_setup_teardown(test_header_split, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_not_modelled_switches, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_head_rewritten, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_tail_after_disable, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
