/* SPDX-License-Identifier: BSD-2-Clause */
/* A driver gone mad: whatever it writes, the model neither crashes nor reaches outside. */
#include "tests/unit/i82599/card.h"

#include <string.h>

#include "tools/i82599/register.h"

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 7;
}

/* Mostly small numbers and single bits: they reach deeper than noise does. */
static uint32_t random_value(uint32_t *seed)
{
	uint32_t r = next_random(seed);

	switch (r % 5) {
	case 0:
		return next_random(seed) % 200;
	case 1:
		return 1u << (next_random(seed) % 32);
	case 2:
		return 0xffffffff;
	case 3:
		return (uint32_t)MEMORY_BASE + next_random(seed) % MEMORY_BYTES;
	default:
		return next_random(seed) << 12 ^ next_random(seed);
	}
}

static void write_any_register(struct card *card, uint32_t *seed)
{
	const struct nic_register *r = &nic_register_table[next_random(seed) % nic_register_kinds];
	uint32_t offset = r->offset + next_random(seed) % r->count * r->stride;

	if (offset == 0 && next_random(seed) % 64)
		return; /* not a reset all the time */
	card_write(card, offset, random_value(seed));
	card_read(card, offset);
}

/* Queues 0 and 1, their descriptors and tails. */
static void abuse_queue(struct card *card, uint32_t *seed)
{
	unsigned queue = next_random(seed) % 2;
	bool tx = next_random(seed) % 2;
	uint32_t base = (tx ? 0x6000u : 0x1000u) + 0x40 * queue;
	static const uint8_t regs[] = {0, 4, 8, 0x10, 0x14, 0x18, 0x18, 0x18, 0x28, 0x38};
	uint64_t *q = tx ? card_tx_descriptor(card, queue, 0) : card_rx_descriptor(card, queue, 0);

	for (unsigned i = 0; i < 128; i++) {
		q[i] = i & 1 || next_random(seed) % 8 == 0
			       ? (uint64_t)random_value(seed) << 32 | random_value(seed)
			       : MEMORY_BASE + next_random(seed) % MEMORY_BYTES;
		if (tx && i & 1 && next_random(seed) % 4)
			q[i] = (q[i] & ~0xf00000ull) | 1u << 29 |
			       (next_random(seed) % 4 ? 3u : 2u) << 20;
	}
	card_write(card, base + regs[next_random(seed) % sizeof(regs)], random_value(seed) % 64);
}

static void restart(struct card *card)
{
	i82599_reset(card->dev);
	i82599_config_write(card->dev, 4, 2, 6);
	card_tune(card, 3);
	card_start(card);
	card_msix(card);
	for (unsigned q = 0; q < 2; q++) {
		card_rx_queue(card, q, 64);
		card_tx_queue(card, q, 64);
	}
}

static void test_random_driver(void **state)
{
	struct card *card = *state;
	static uint8_t frame[16383];
	uint32_t seed = 82599;

	card->any_message = true;
	for (unsigned step = 0; step < 60000; step++) {
		if (step % 500 == 0)
			restart(card);
		switch (next_random(&seed) % 8) {
		case 0:
			write_any_register(card, &seed);
			break;
		case 1:
			i82599_config_write(card->dev, 4 + 4 * (next_random(&seed) % 1000), 4,
					    random_value(&seed));
			i82599_config_write(card->dev, 4, 2, 6);
			break;
		case 2:
			i82599_bar_write(card->dev, 4, next_random(&seed) % 0x4100,
					 1u << next_random(&seed) % 4, 0xfee00000);
			break;
		case 3:
			for (unsigned i = 0; i < 200; i++)
				frame[next_random(&seed) % 300] = (uint8_t)next_random(&seed);
			i82599_receive(card->dev, frame, next_random(&seed) % 2000);
			break;
		case 4:
			card_pass(card, next_random(&seed) % (3 * I82599_PS_PER_US));
			break;
		default:
			abuse_queue(card, &seed);
		}
	}
	assert_true(i82599_defects(card->dev).total > 1000);
	assert_true(i82599_wire_counts(card->dev).tx_frames > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random_driver, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
