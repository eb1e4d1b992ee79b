/* SPDX-License-Identifier: BSD-2-Clause */
/* A bench for the emulated 82599: memory, time, wire and messages under the test's control. */
#ifndef SLUICE_TESTS_UNIT_I82599_CARD_H
#define SLUICE_TESTS_UNIT_I82599_CARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/i82599/defect.h"
#include "tools/i82599/i82599.h"

#define MEMORY_BASE  0x100000ull /* bus address of the bench's memory */
#define MEMORY_BYTES (8u << 20)
#define RX_RING(q)   (MEMORY_BASE + 0x10000u * (q))
#define TX_RING(q)   (MEMORY_BASE + 0x200000u + 0x10000u * (q))
#define RX_BUFFERS   (MEMORY_BASE + 0x400000u) /* 2 KB each */
#define TX_BUFFERS   (MEMORY_BASE + 0x600000u)
#define MESSAGES     4096

struct card {
	struct i82599 *dev;
	uint8_t *memory;
	i82599_time_t now, wake;
	struct {
		uint32_t data;
		i82599_time_t when;
	} message[MESSAGES];
	unsigned messages;
	bool any_message;     /* messages may go to any address */
	bool dark;            /* the card's light is off */
	uint8_t frame[16384]; /* the last frame sent */
	size_t frame_len;
	unsigned sent;
	i82599_time_t sent_at;
	uint8_t *sent_bytes; /* all frames sent, each with a 2-byte length before it */
	size_t sent_size;
};

/* cmocka fixtures; *state is the struct card: an SFP+ card, reset, memory and bus master on. */
int card_setup(void **state);
int card_teardown(void **state);
void card_create(struct card *card, const struct i82599_config *config);
/*
 * What a driver does for a module before there can be a link: the NVM's settings with this
 * identifier (3 passive cables, 5 optics) into CORECTL, and a restart of the pipeline.
 */
void card_tune(struct card *card, unsigned identifier);

uint32_t card_read(struct card *card, uint32_t offset);
void card_write(struct card *card, uint32_t offset, uint32_t value);

/* A word of the NVM, and the sum that its checksum makes BABA. */
uint16_t card_nvm_word(struct card *card, uint32_t word);
uint16_t card_nvm_sum(struct card *card);

/* Let ps picoseconds pass, running the device whenever it asked for it. */
void card_pass(struct card *card, i82599_time_t ps);

/* Carrier on, receiver on with broadcast and promiscuity, transmitter on. */
void card_start(struct card *card);
/* Set up and enable a queue of count descriptors; rx gets count - 1 buffers of 2 KB. */
void card_rx_queue(struct card *card, unsigned queue, unsigned count);
void card_tx_queue(struct card *card, unsigned queue, unsigned count);
/* MSI-X on; vector v sends data 0x100 + v; all entries unmasked. */
void card_msix(struct card *card);

/* Offer a frame and wait until it has been dealt with. */
void card_receive(struct card *card, const void *frame, size_t len);
/* Descriptor n of an rx or tx ring, two qwords. */
uint64_t *card_rx_descriptor(struct card *card, unsigned queue, unsigned n);
uint64_t *card_tx_descriptor(struct card *card, unsigned queue, unsigned n);
void *card_bytes(struct card *card, uint64_t address);

/* A 60-byte or longer frame to the card's address; type is the ethertype. */
size_t card_frame(uint8_t *frame, uint16_t type, size_t len);

uint64_t card_defects(struct card *card, enum nic_defect kind);

#endif
