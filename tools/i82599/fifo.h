/* SPDX-License-Identifier: BSD-2-Clause */
/* A first-in first-out store of frames, each contiguous in memory. */
#ifndef SLUICE_TOOLS_I82599_FIFO_H
#define SLUICE_TOOLS_I82599_FIFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stored frame. What the fields mean is the business of the FIFO's user. */
struct nic_packet {
	uint32_t size;  /* of this record in the store; 0 marks a jump to the start */
	uint32_t len;   /* bytes of data */
	uint64_t when;  /* picoseconds */
	uint32_t hash;  /* RSS hash */
	uint32_t types; /* RSS and packet type, as in the write-back */
	uint32_t status;
	uint16_t vlan;
	uint16_t queue;
	uint8_t data[];
};

struct nic_fifo {
	uint8_t *store;
	size_t size, head, tail;
	unsigned frames;
};

/* Allocates size bytes; false without memory. */
bool nic_fifo_init(struct nic_fifo *fifo, size_t size);
void nic_fifo_free(struct nic_fifo *fifo);
void nic_fifo_clear(struct nic_fifo *fifo);

/* Append a frame of len bytes; the caller fills it in. NULL when it does not fit. */
struct nic_packet *nic_fifo_push(struct nic_fifo *fifo, uint32_t len);

/* The oldest frame, or NULL; it stays in place until popped. */
struct nic_packet *nic_fifo_front(const struct nic_fifo *fifo);
void nic_fifo_pop(struct nic_fifo *fifo);

#endif
