/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA by messages, to memory that the client has not shared. */
#include "tools/vfio_user/remote.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The card stands still with so many writes, or bytes, under way. */
#define BUSY_STEPS 512u
#define BUSY_BYTES (256u * 1024)

/* Ids tell answers apart: far fewer than there are. */
#define MAX_STEPS 32768u
#define MAX_READS 1024u

enum read_state {
	ASKED,
	ANSWERED,
	REFUSED
};

struct vfu_remote_read {
	struct vfu_remote_read *next;
	uint64_t address;
	size_t len;
	uint16_t id;
	enum read_state state;
	bool wanted;  /* still: else the answer is thrown away */
	bool touched; /* since the retry began */
	uint8_t data[];
};

/* A write to be answered, or an interrupt behind such writes. */
struct vfu_remote_step {
	struct vfu_remote_step *next;
	bool is_write, answered;
	uint16_t id;      /* a write's */
	unsigned type, n; /* an interrupt's */
};

void vfu_remote_init(struct vfu_remote *remote,
		     void (*interrupt)(void *opaque, unsigned type, unsigned n), void *opaque)
{
	memset(remote, 0, sizeof(*remote));
	remote->last = &remote->first;
	remote->interrupt = interrupt;
	remote->opaque = opaque;
}

void vfu_remote_attach(struct vfu_remote *remote, struct vfu_channel *channel,
		       uint64_t max_transfer)
{
	remote->channel = channel;
	remote->max_transfer = max_transfer;
}

void vfu_remote_detach(struct vfu_remote *remote)
{
	while (remote->reads) {
		struct vfu_remote_read *next = remote->reads->next;

		free(remote->reads);
		remote->reads = next;
	}
	while (remote->first) {
		struct vfu_remote_step *next = remote->first->next;

		free(remote->first);
		remote->first = next;
	}
	vfu_remote_init(remote, remote->interrupt, remote->opaque);
}

static int send_read(struct vfu_remote *remote, uint16_t id, uint64_t address, size_t count)
{
	const struct vfu_header header = {.id = id, .command = VFU_DMA_READ};
	struct vfu_dma_access access = {address, count};
	const struct iovec part = {&access, sizeof(access)};

	return vfu_channel_send(remote->channel, header, &part, 1);
}

static int send_write(struct vfu_remote *remote, uint16_t id, uint64_t address, const void *data,
		      size_t count)
{
	const struct vfu_header header = {.id = id, .command = VFU_DMA_WRITE};
	struct vfu_dma_access access = {address, count};
	const struct iovec parts[] = {{&access, sizeof(access)}, {(void *)data, count}};

	return vfu_channel_send(remote->channel, header, parts, 2);
}

static struct vfu_remote_read **find_read(struct vfu_remote *remote, uint64_t address, size_t len)
{
	struct vfu_remote_read **at = &remote->reads;

	while (*at && (!(*at)->wanted || (*at)->address != address || (*at)->len != len))
		at = &(*at)->next;
	return at;
}

static void drop_read(struct vfu_remote_read **at)
{
	struct vfu_remote_read *read = *at;

	*at = read->next;
	free(read);
}

/* Behind the ones there are, unless there are too many. */
static bool add_read(struct vfu_remote *remote, uint64_t address, size_t len)
{
	struct vfu_remote_read *read, **at = &remote->reads;
	unsigned n = 0;

	for (; *at; at = &(*at)->next)
		n++;
	read = n < MAX_READS ? malloc(sizeof(*read) + len) : NULL;
	if (!read)
		return false;
	*read = (struct vfu_remote_read){.address = address,
					 .len = len,
					 .id = remote->next_id++,
					 .wanted = true,
					 .touched = true};
	if (send_read(remote, read->id, address, len)) {
		free(read);
		return false;
	}
	*at = read;
	return true;
}

static size_t get_part(const struct vfu_remote *remote, size_t len)
{
	return len < remote->max_transfer ? len : (size_t)remote->max_transfer;
}

enum vfu_remote_result vfu_remote_ask(struct vfu_remote *remote, uint64_t address, size_t len)
{
	enum vfu_remote_result result = VFU_REMOTE_DONE;

	while (len) {
		const size_t part = get_part(remote, len);
		struct vfu_remote_read **at = find_read(remote, address, part);

		if (!*at && (!remote->channel || !add_read(remote, address, part)))
			return VFU_REMOTE_FAILED;
		(*at)->touched = true;
		if ((*at)->state == ASKED)
			result = VFU_REMOTE_WAITS;
		if ((*at)->state == REFUSED) {
			drop_read(at);
			return VFU_REMOTE_FAILED;
		}
		address += part;
		len -= part;
	}
	return result;
}

void vfu_remote_take(struct vfu_remote *remote, uint64_t address, void *buf, size_t len)
{
	while (len) {
		const size_t part = get_part(remote, len);
		struct vfu_remote_read **at = find_read(remote, address, part);

		memcpy(buf, (*at)->data, part);
		drop_read(at);
		address += part;
		buf = (uint8_t *)buf + part;
		len -= part;
	}
}

static bool add_step(struct vfu_remote *remote, struct vfu_remote_step step)
{
	struct vfu_remote_step *new = malloc(sizeof(*new));

	if (!new)
		return false;
	*new = step;
	*remote->last = new;
	remote->last = &new->next;
	remote->waiting++;
	return true;
}

bool vfu_remote_write(struct vfu_remote *remote, uint64_t address, const void *buf, size_t len)
{
	while (len) {
		const size_t part = get_part(remote, len);
		const uint16_t id = remote->next_id++;

		if (!remote->channel || remote->waiting >= MAX_STEPS ||
		    !add_step(remote, (struct vfu_remote_step){.is_write = true, .id = id}) ||
		    send_write(remote, id, address, buf, part))
			return false;
		address += part;
		buf = (const uint8_t *)buf + part;
		len -= part;
	}
	return true;
}

bool vfu_remote_follow(struct vfu_remote *remote, unsigned type, unsigned n)
{
	return remote->first && add_step(remote, (struct vfu_remote_step){.type = type, .n = n});
}

void vfu_remote_interrupt(struct vfu_remote *remote, unsigned type, unsigned n)
{
	if (!vfu_remote_follow(remote, type, n))
		remote->interrupt(remote->opaque, type, n);
}

/* Takes off what is done from the front. */
static void advance(struct vfu_remote *remote)
{
	while (remote->first && (remote->first->answered || !remote->first->is_write)) {
		struct vfu_remote_step *step = remote->first;

		remote->first = step->next;
		if (!remote->first)
			remote->last = &remote->first;
		remote->waiting--;
		if (!step->is_write)
			remote->interrupt(remote->opaque, step->type, step->n);
		free(step);
	}
}

void vfu_remote_forget(struct vfu_remote *remote)
{
	for (struct vfu_remote_read **at = &remote->reads; *at;) {
		(*at)->wanted = false;
		if ((*at)->state == ASKED)
			at = &(*at)->next;
		else
			drop_read(at);
	}
}

void vfu_remote_begin_retry(struct vfu_remote *remote)
{
	remote->arrived = false;
	for (struct vfu_remote_read *read = remote->reads; read; read = read->next)
		read->touched = false;
}

void vfu_remote_end_retry(struct vfu_remote *remote)
{
	for (struct vfu_remote_read **at = &remote->reads; *at;) {
		(*at)->wanted = (*at)->wanted && (*at)->touched;
		if ((*at)->wanted || (*at)->state == ASKED)
			at = &(*at)->next;
		else
			drop_read(at);
	}
}

bool vfu_remote_busy(const struct vfu_remote *remote)
{
	return remote->first || remote->reads;
}

bool vfu_remote_congested(const struct vfu_remote *remote)
{
	return remote->waiting >= BUSY_STEPS ||
	       (remote->channel && remote->channel->waiting >= BUSY_BYTES);
}

/* Puts the data of a good answer into its place. False: it is not what was asked for. */
static bool take_data(struct vfu_remote_read *read, const struct vfu_message *message)
{
	struct vfu_dma_access access;

	if (message->len != sizeof(access) + read->len)
		return false;
	memcpy(&access, message->payload, sizeof(access));
	if (access.address != read->address || access.count != read->len)
		return false;
	memcpy(read->data, message->payload + sizeof(access), read->len);
	return true;
}

static int answer_read(struct vfu_remote *remote, const struct vfu_message *message, char *why,
		       size_t why_len)
{
	struct vfu_remote_read **at = &remote->reads;

	while (*at && ((*at)->state != ASKED || (*at)->id != message->header.id))
		at = &(*at)->next;
	if (!*at) {
		snprintf(why, why_len, "answer %u to a DMA_READ that was not asked for",
			 message->header.id);
		return -EPROTO;
	}
	if (message->header.flags & VFU_ERROR) {
		(*at)->state = REFUSED;
	} else if (take_data(*at, message)) {
		(*at)->state = ANSWERED;
	} else {
		snprintf(why, why_len,
			 "answer to a DMA_READ of %zu bytes at 0x%" PRIx64
			 ": its address, count or "
			 "size is another (such a client has to share its memory)",
			 (*at)->len, (*at)->address);
		return -EPROTO;
	}
	remote->arrived = true;
	if (!(*at)->wanted)
		drop_read(at);
	return 0;
}

static int answer_write(struct vfu_remote *remote, const struct vfu_message *message, char *why,
			size_t why_len)
{
	struct vfu_remote_step *step = remote->first;

	while (step && (!step->is_write || step->answered || step->id != message->header.id))
		step = step->next;
	if (!step) {
		snprintf(why, why_len, "answer %u to a DMA_WRITE that was not asked for",
			 message->header.id);
		return -EPROTO;
	}
	step->answered = true;
	if (message->header.flags & VFU_ERROR)
		remote->refused++;
	advance(remote);
	return 0;
}

int vfu_remote_answer(struct vfu_remote *remote, const struct vfu_message *message, char *why,
		      size_t why_len)
{
	switch (message->header.command) {
	case VFU_DMA_READ:
		return answer_read(remote, message, why, why_len);
	case VFU_DMA_WRITE:
		return answer_write(remote, message, why, why_len);
	default:
		snprintf(why, why_len, "a reply of command %u, which only clients use",
			 message->header.command);
		return -EPROTO;
	}
}
