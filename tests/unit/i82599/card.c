/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench: what the emulator would be to the model, in its simplest form. */
#include "tests/unit/i82599/card.h"

#include <stdlib.h>
#include <string.h>

#define SENT_BYTES (4u << 20)

static bool dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	struct card *card = opaque;

	if (addr < MEMORY_BASE || addr + len > MEMORY_BASE + MEMORY_BYTES)
		return false;
	memcpy(buf, card->memory + (addr - MEMORY_BASE), len);
	return true;
}

static bool dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	struct card *card = opaque;

	if (addr < MEMORY_BASE || addr + len > MEMORY_BASE + MEMORY_BYTES)
		return false;
	memcpy(card->memory + (addr - MEMORY_BASE), buf, len);
	return true;
}

static void msix(void *opaque, uint64_t address, uint32_t data)
{
	struct card *card = opaque;

	if (!card->any_message)
		assert_int_equal(address, 0xfee00000);
	if (card->messages < MESSAGES) {
		card->message[card->messages].data = data;
		card->message[card->messages].when = card->now;
	}
	card->messages++;
}

static i82599_time_t now(void *opaque)
{
	return ((struct card *)opaque)->now;
}

static void wake_at(void *opaque, i82599_time_t t)
{
	((struct card *)opaque)->wake = t;
}

static void transmit(void *opaque, const void *frame, size_t len)
{
	struct card *card = opaque;

	assert_true(len >= 60 && len <= sizeof(card->frame));
	memcpy(card->frame, frame, len);
	card->frame_len = len;
	card->sent++;
	card->sent_at = card->now;
	if (card->sent_size + len + 2 > SENT_BYTES)
		return;
	card->sent_bytes[card->sent_size] = (uint8_t)len;
	card->sent_bytes[card->sent_size + 1] = (uint8_t)(len >> 8);
	memcpy(card->sent_bytes + card->sent_size + 2, frame, len);
	card->sent_size += len + 2;
}

static void light(void *opaque, bool on)
{
	((struct card *)opaque)->dark = !on;
}

void card_create(struct card *card, const struct i82599_config *config)
{
	struct i82599_host host = {.opaque = card,
				   .dma_read = dma_read,
				   .dma_write = dma_write,
				   .msix = msix,
				   .now = now,
				   .wake_at = wake_at,
				   .transmit = transmit,
				   .light = light};

	card->wake = UINT64_MAX;
	card->dev = i82599_create(config, &host);
	assert_non_null(card->dev);
	i82599_config_write(card->dev, 4, 2, 6);
}

void card_tune(struct card *card, unsigned identifier)
{
	uint32_t entry = card_nvm_word(card, 0x2b) + 1u, word;

	while (card_nvm_word(card, entry) != identifier) {
		assert_int_not_equal(card_nvm_word(card, entry), 0xffff);
		entry += 2;
	}
	word = card_nvm_word(card, entry + 1);
	while (card_nvm_word(card, ++word) != 0xffff)
		card_write(card, 0x14f00, card_nvm_word(card, word));
	card_write(card, 0x42a0, card_read(card, 0x42a0) | 1u << 12);
}

int card_setup(void **state)
{
	static const struct i82599_config config = {.device_id = 0x10fb, .mac = {2, 0, 0, 0, 0, 1}};
	struct card *card = calloc(1, sizeof(*card));

	card->memory = calloc(1, MEMORY_BYTES);
	card->sent_bytes = malloc(SENT_BYTES);
	card_create(card, &config);
	card_tune(card, 3);
	*state = card;
	return 0;
}

int card_teardown(void **state)
{
	struct card *card = *state;

	i82599_destroy(card->dev);
	free(card->sent_bytes);
	free(card->memory);
	free(card);
	return 0;
}

uint32_t card_read(struct card *card, uint32_t offset)
{
	return (uint32_t)i82599_bar_read(card->dev, 0, offset, 4);
}

void card_write(struct card *card, uint32_t offset, uint32_t value)
{
	i82599_bar_write(card->dev, 0, offset, 4, value);
}

uint16_t card_nvm_word(struct card *card, uint32_t word)
{
	uint32_t value;

	card_write(card, 0x10014, word << 2 | 1);
	value = card_read(card, 0x10014);
	assert_true(value & 2);
	return (uint16_t)(value >> 16);
}

/* What a driver adds for the section that a word points to; its length is not added. */
static uint16_t nvm_section_sum(struct card *card, uint32_t pointer)
{
	uint16_t sum = 0, length;

	if (pointer == 0 || pointer == 0xffff)
		return 0;
	length = card_nvm_word(card, pointer);
	for (uint32_t w = 1; length != 0xffff && w <= length; w++)
		sum = (uint16_t)(sum + card_nvm_word(card, pointer + w));
	return sum;
}

uint16_t card_nvm_sum(struct card *card)
{
	uint16_t sum = 0;

	for (uint32_t w = 0; w <= 0x3f; w++)
		sum = (uint16_t)(sum + card_nvm_word(card, w));
	for (uint32_t w = 0x03; w <= 0x0e; w++)
		sum = (uint16_t)(sum + nvm_section_sum(card, card_nvm_word(card, w)));
	return sum;
}

void card_pass(struct card *card, i82599_time_t ps)
{
	i82599_time_t end = card->now + ps;

	while (card->wake <= end) {
		if (card->wake > card->now)
			card->now = card->wake;
		card->wake = UINT64_MAX;
		i82599_run(card->dev);
	}
	card->now = end;
	i82599_run(card->dev);
}

void card_start(struct card *card)
{
	i82599_set_carrier(card->dev, true);
	card_write(card, 0x2f00, 0x0010880a); /* RDRXCTL: strip the CRC, as HLREG0 does */
	card_write(card, 0x5080, 0x700);      /* FCTRL: all addresses */
	card_write(card, 0x5000, 1u << 13);   /* RXCSUM: hash in the descriptor */
	card_write(card, 0x3000, 1);          /* RXCTRL */
	card_write(card, 0x4a80, 0x81000005); /* DMATXCTL.TE */
}

static uint32_t rx_queue(unsigned queue)
{
	return queue < 64 ? 0x1000 + queue * 0x40 : 0xd000 + (queue - 64) * 0x40;
}

void card_rx_queue(struct card *card, unsigned queue, unsigned count)
{
	uint32_t base = rx_queue(queue);

	for (unsigned n = 0; n < count; n++) {
		uint64_t *q = card_rx_descriptor(card, queue, n);

		q[0] = RX_BUFFERS + 2048u * (n + queue % 4 * 128);
		q[1] = 0;
	}
	card_write(card, base + 0x00, (uint32_t)RX_RING(queue % 32));
	card_write(card, base + 0x04, 0);
	card_write(card, base + 0x08, 16 * count);
	card_write(card, base + 0x0c, 0);          /* DCA_RXCTRL */
	card_write(card, base + 0x14, 0x02000402); /* SRRCTL: 2 KB, one buffer */
	card_write(card, base + 0x28, 1u << 25);
	card_pass(card, 2 * I82599_PS_PER_US);
	assert_true(card_read(card, base + 0x28) & 1u << 25);
	card_write(card, base + 0x18, count - 1);
}

void card_tx_queue(struct card *card, unsigned queue, unsigned count)
{
	uint32_t base = 0x6000 + queue * 0x40;

	card_write(card, base + 0x00, (uint32_t)TX_RING(queue % 32));
	card_write(card, base + 0x04, 0);
	card_write(card, base + 0x08, 16 * count);
	card_write(card, base + 0x28, 1u << 25 | 8u << 16 | 1u << 8 | 32);
	card_pass(card, 2 * I82599_PS_PER_US);
	assert_true(card_read(card, base + 0x28) & 1u << 25);
}

void card_msix(struct card *card)
{
	for (unsigned v = 0; v < 64; v++) {
		i82599_bar_write(card->dev, 4, v * 16, 8, 0xfee00000);
		i82599_bar_write(card->dev, 4, v * 16 + 8, 4, 0x100 + v);
		i82599_bar_write(card->dev, 4, v * 16 + 12, 4, 0);
	}
	i82599_config_write(card->dev, 0x72, 2, 0x8000);
	card_write(card, 0x898, 0xc0000030); /* GPIE: MSIX, OCD, EIAME, PBA */
}

void card_receive(struct card *card, const void *frame, size_t len)
{
	assert_true(i82599_receive(card->dev, frame, len));
	card_pass(card, (len + 100) * 800);
}

uint64_t *card_rx_descriptor(struct card *card, unsigned queue, unsigned n)
{
	return card_bytes(card, RX_RING(queue % 32) + 16 * n);
}

uint64_t *card_tx_descriptor(struct card *card, unsigned queue, unsigned n)
{
	return card_bytes(card, TX_RING(queue % 32) + 16 * n);
}

void *card_bytes(struct card *card, uint64_t address)
{
	return card->memory + (address - MEMORY_BASE);
}

size_t card_frame(uint8_t *frame, uint16_t type, size_t len)
{
	static const uint8_t header[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	memcpy(frame, header, 12);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	for (size_t i = 14; i < len; i++)
		frame[i] = (uint8_t)(i * 7);
	return len;
}

uint64_t card_defects(struct card *card, enum nic_defect kind)
{
	return i82599_defects(card->dev).by_kind[kind];
}
