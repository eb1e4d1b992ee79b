/* SPDX-License-Identifier: BSD-2-Clause */
/* A vfio-user client for the tests: one card with an echo at its wire, and time under control. */
#ifndef SLUICE_TESTS_UNIT_VFIO_USER_CLIENT_H
#define SLUICE_TESTS_UNIT_VFIO_USER_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/i82599/defect.h"
#include "tools/vfio_user/session.h"

/* The client's memory, a file. */
#define MEMORY_BASE  0x100000ull
#define MEMORY_BYTES (1u << 20)
#define RX_RING      (MEMORY_BASE + 0x0000u)
#define TX_RING      (MEMORY_BASE + 0x1000u)
#define RX_BUFFERS   (MEMORY_BASE + 0x10000u) /* 2 KB each */
#define TX_BUFFER    (MEMORY_BASE + 0x80000u)
#define RING_ENTRIES 32u

#define DISCONNECTED (-1)
#define UNANSWERED   (-2)

enum dma_manners {
	ANSWER,
	REFUSE,
	SAY_NOTHING,
	HOLD_WRITES, /* answers to them, until client_release() */
	ANSWER_WRONG
};

struct client {
	struct vfu_port port;
	struct vfu_session session;
	int fd, memfd;
	uint8_t *memory;
	enum dma_manners manners;
	unsigned dma_reads, dma_writes; /* by messages */
	struct {
		struct vfu_header header;
		struct vfu_dma_access access;
	} held[16];
	unsigned holds;
	uint16_t id;
	bool replied;
	struct vfu_header reply;
	uint8_t data[VFU_MAX_MESSAGE]; /* of the reply, or of another message */
	size_t len;
};

/* Simulated time. */
extern i82599_time_t client_time;

/* cmocka fixtures; *state is the struct client, connected, nothing said yet. */
int client_setup(void **state);
int client_teardown(void **state);
/* A new connection, after the old one has gone. */
void client_connect(struct client *client);
void client_disconnect(struct client *client);

void client_send(struct client *client, uint16_t command, uint32_t flags, const void *payload,
		 size_t len, const int *fds, unsigned nfds);
void client_send_bytes(struct client *client, const void *bytes, size_t len);
/* Lets the server work, and does what it asks for, until nothing happens any more. */
void client_pump(struct client *client);
/* Sends the answers that were held, and those to come at once again. */
void client_release(struct client *client);
/* Lets ps picoseconds pass, in steps of a microsecond. */
void client_pass(struct client *client, i82599_time_t ps);

/* Sends a command and returns the errno of its reply, 0 if it has none, or DISCONNECTED. */
int client_call(struct client *client, uint16_t command, const void *payload, size_t len,
		const int *fds, unsigned nfds);
/* VERSION with these capabilities, {} if NULL. */
int client_negotiate(struct client *client, const char *capabilities);

int client_map(struct client *client, uint64_t address, uint64_t size, uint64_t offset, int fd);
int client_access(struct client *client, uint32_t region, uint64_t offset, uint32_t count,
		  const void *data); /* NULL: a read, into client->data + 16 */
uint32_t client_read32(struct client *client, uint32_t region, uint64_t offset);
void client_write32(struct client *client, uint32_t region, uint64_t offset, uint32_t value);

int client_set_irqs(struct client *client, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fds, unsigned nfds);
int client_eventfd(void);
/* How often an eventfd was told since it was last looked at. */
uint64_t client_events(int eventfd);

/* What a driver writes to bring the card up, before it enables its queues. */
struct client_register {
	uint32_t region, offset, value;
};
extern const struct client_register client_setup_registers[];
extern const unsigned client_setup_count;
void client_fill_rx_ring(struct client *client);

/* A driver's bring-up: bus master, MSI-X on, receiver and transmitter with a queue each. */
void client_start_card(struct client *client);
/* Puts a frame of len bytes into the transmit ring as descriptor n and moves the tail. */
void client_transmit(struct client *client, unsigned n, size_t len);

/* How many file descriptors this process has. */
unsigned count_fds(void);

#endif
