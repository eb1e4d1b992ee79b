/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine with one emulated 82599, for tests of the driver. */
#ifndef SLUICE_TESTS_UNIT_IXGBE_NIC_H
#define SLUICE_TESTS_UNIT_IXGBE_NIC_H

#include "drivers/net/ixgbe/ixgbe.h"
#include "tools/i82599/i82599.h"

#define NIC_SFP       0x10fb
#define NIC_KX4       0x10f7
#define NIC_LINK_DATA 0xEE /* MSI data of the link vector; queue q has q */

struct nic_frame {
	uint8_t *data;
	size_t bytes;
	i82599_time_t time;
};

struct nic {
	struct i82599 *model;
	uint16_t device_id;
	struct netdev *dev;
	struct netdev_config config;
	struct packet_pool pools[NETDEV_QUEUES_MOST];
	unsigned messages[256]; /* MSI-X messages by data */
	i82599_time_t message_time[256];
	struct nic_frame *sent; /* by the card, in order */
	size_t sent_count;
	size_t sent_room;
	unsigned long reads, writes; /* of registers */
	/* Faults: */
	bool removed;              /* registers read all-ones, writes are lost */
	uint32_t ignored_register; /* writes to this BAR 0 register are lost; 0 is none */
	uint32_t flipped_word;     /* this NVM word is read with bit 0 inverted; 0 is none */
	bool strict;               /* fail on any defect at the end (default) */
	void (*before_read)(uint32_t reg); /* of BAR 0, if set */
	void (*before_write)(uint32_t reg);
	uint32_t (*mangle)(uint32_t reg, uint32_t value); /* what is read of BAR 0, if set */
	void (*meanwhile)(void); /* other threads, while the driver sleeps */
};

extern struct nic nic;

/* Makes the machine, with the card's carrier on, and the driver probe it. */
void nic_create(uint16_t device_id, bool bad_nvm);
/* The same with any board or module; the address is nic_mac. */
void nic_create_board(struct i82599_config config);
int nic_probe(void);
/* Starts the driver; pools have four rings of buffers of 2 KB, or 10 KB for a larger MTU. */
int nic_start(unsigned queues, unsigned ring, uint16_t mtu);
void nic_stop(void); /* checks that pools are complete */
/* Ends it all; fails the test if the model counted a defect or memory is left. */
void nic_destroy(void);
/* An SFP card, its driver started and its link up; and the end of both, as a cmocka fixture. */
void nic_set_up(unsigned queues, unsigned ring, uint16_t mtu);
int nic_tear_down(void **state);

void nic_advance(uint64_t ns);
void nic_link_up(void);
/* Offers a frame, waiting for the wire as needed. */
void nic_receive(const void *frame, size_t bytes);
void nic_forget_sent(void);
/* A packet of the queue's pool with these bytes. */
struct packet *nic_packet(unsigned queue, const void *frame, size_t bytes);
/* Transmits one packet on a queue and lets it leave; NULL if nothing left. */
const struct nic_frame *nic_send(unsigned queue, struct packet *packet);
/* Receives a frame and polls all queues until it comes out; NULL after a millisecond. */
struct packet *nic_receive_one(const void *frame, size_t bytes, unsigned *queue);

uint32_t nic_register(uint32_t offset);
void nic_set_register(uint32_t offset, uint32_t value);

extern const uint8_t nic_mac[6];

/* --- Frames (frame.c) --- */

struct frame_spec {
	bool ipv6;
	uint8_t protocol; /* 6 or 17 or another, with no ports */
	uint8_t source[16], target[16];
	uint16_t source_port, target_port;
	size_t payload;    /* bytes after the L4 header */
	uint32_t sequence; /* put at the start of the payload, if it has 4 bytes */
	uint16_t fragment; /* IPv4 flags and offset */
	bool no_udp_checksum;
};

/* Builds a frame with right checksums. Returns its bytes. */
size_t frame_build(uint8_t *frame, const struct frame_spec *spec);
/* A specification varied by index: addresses, ports, sequence. UDP over IPv4. */
struct frame_spec frame_flow(uint32_t index, size_t payload);
unsigned frame_l4_offset(const uint8_t *frame);
uint32_t frame_sequence(const uint8_t *frame);
/* True if the IPv4 header checksum and the TCP or UDP checksum are right. */
bool frame_checksums_good(const uint8_t *frame, size_t bytes);
/* Sum over the pseudo-header, folded, with the L4 length or 0. */
uint16_t frame_pseudo_sum(const uint8_t *frame, uint32_t l4_bytes);
/* The Toeplitz hash of the addresses, and ports if with_ports. */
uint32_t frame_toeplitz(const uint8_t *key, const uint8_t *frame, bool with_ports);

#endif
