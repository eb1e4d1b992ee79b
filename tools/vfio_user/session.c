/* SPDX-License-Identifier: BSD-2-Clause */
/* One client's use of one card: its commands and what they are answered. */
#include "tools/vfio_user/session.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/vfio_user/region.h"
#include "tools/vfio_user/version.h"

/* Messages carried out before others get their turn, and time goes on. */
#define BATCH 64u

/* A client that does not read its answers is not asked for more. */
#define WAITING_MAX (8u * 1024 * 1024)

/* Refused commands that the log tells of, for each client. */
#define REFUSALS_TOLD 32u

/* What a command is answered, header aside. */
struct reply {
	uint8_t fixed[512];
	size_t len;
	size_t data_len; /* of session->data, behind it */
};

struct request {
	const uint8_t *payload;
	size_t len;
	int *fds;
	unsigned nfds;
	struct reply *reply;
	char why[256];
};

static void set_reply(struct request *request, const void *fixed, size_t len)
{
	memcpy(request->reply->fixed, fixed, len);
	request->reply->len = len;
}

/* Says what was wrong; the result is for the handler to return. */
#define REFUSE(request, err, ...) \
	(snprintf((request)->why, sizeof((request)->why), __VA_ARGS__), -(err))

/* Copies the fixed part of a payload that may be longer. 0 or a negative errno. */
static int get_fixed(struct request *request, void *to, size_t len)
{
	if (request->len < len)
		return REFUSE(request, EINVAL, "%zu bytes, expected %zu", request->len, len);
	memcpy(to, request->payload, len);
	return 0;
}

static int negotiate(struct vfu_session *session, struct request *request)
{
	struct vfu_offer offer;
	int err;

	if (session->negotiated)
		return REFUSE(request, EINVAL, "expected once only");
	err = vfu_version_read(request->payload, request->len, &offer, request->why,
			       sizeof(request->why));
	if (err)
		return err;
	session->max_transfer =
		offer.max_transfer < VFU_MAX_TRANSFER ? offer.max_transfer : VFU_MAX_TRANSFER;
	vfu_remote_attach(&session->port->remote, &session->channel, session->max_transfer);
	session->write_multi = offer.write_multi;
	session->negotiated = true;
	request->reply->len = vfu_version_write(request->reply->fixed, &offer);
	return 0;
}

static int map_dma(struct vfu_session *session, struct request *request)
{
	struct vfu_dma_map_request map;
	int err = get_fixed(request, &map, sizeof(map));

	if (err)
		return err;
	if (map.argsz != sizeof(map) || request->len != sizeof(map) || request->nfds > 1)
		return REFUSE(request, EINVAL,
			      "argsz %u, %zu bytes, %u fds, expected 32, 32, 0 or 1", map.argsz,
			      request->len, request->nfds);
	return vfu_dma_add(&session->port->dma, map.address, map.size, map.flags,
			   request->nfds ? request->fds[0] : -1, map.offset, request->why,
			   sizeof(request->why));
}

static int unmap_dma(struct vfu_session *session, struct request *request)
{
	struct vfu_dma_unmap_request unmap;
	int err = get_fixed(request, &unmap, sizeof(unmap));

	if (err)
		return err;
	if (unmap.argsz < sizeof(unmap) || request->len != sizeof(unmap) ||
	    unmap.flags & ~VFU_DMA_UNMAP_ALL ||
	    (unmap.flags & VFU_DMA_UNMAP_ALL && (unmap.address || unmap.size)))
		return REFUSE(request, EINVAL, "argsz %u, flags 0x%x, expected 24 and 0 or 2",
			      unmap.argsz, unmap.flags);
	if (unmap.flags & VFU_DMA_UNMAP_ALL)
		vfu_dma_clear(&session->port->dma);
	else if (vfu_dma_remove(&session->port->dma, unmap.address, unmap.size))
		return REFUSE(request, ENOENT,
			      "0x%" PRIx64 ", size 0x%" PRIx64 ", expected what was mapped",
			      unmap.address, unmap.size);
	unmap.argsz = sizeof(unmap);
	set_reply(request, &unmap, sizeof(unmap));
	return 0;
}

static int get_info(struct vfu_session *session, struct request *request)
{
	struct vfu_device_info info;
	int err = get_fixed(request, &info, sizeof(info));

	(void)session;
	if (err)
		return err;
	if (info.argsz < sizeof(info))
		return REFUSE(request, EINVAL, "argsz %u, expected 16", info.argsz);
	info = (struct vfu_device_info){.argsz = sizeof(info),
					.flags = VFU_DEVICE_PCI | VFU_DEVICE_RESETS,
					.num_regions = VFU_REGIONS,
					.num_irqs = VFU_IRQ_TYPES};
	set_reply(request, &info, sizeof(info));
	return 0;
}

static int get_region_info(struct vfu_session *session, struct request *request)
{
	struct vfu_region_info info;
	int err = get_fixed(request, &info, sizeof(info));

	(void)session;
	if (err)
		return err;
	if (info.argsz < sizeof(info) || info.index >= VFU_REGIONS)
		return REFUSE(request, EINVAL, "argsz %u, index %u, expected 32 and 0 to %u",
			      info.argsz, info.index, (unsigned)VFU_REGIONS - 1);
	info = vfu_region_info(info.index);
	set_reply(request, &info, sizeof(info));
	return 0;
}

/* Every access has to come by message: the card has no register that an eventfd could stand for. */
static int get_io_fds(struct vfu_session *session, struct request *request)
{
	(void)session;
	return REFUSE(request, ENOTSUP, "no region has descriptors");
}

static int get_irq_info(struct vfu_session *session, struct request *request)
{
	struct vfu_irq_info info;
	int err = get_fixed(request, &info, sizeof(info));

	(void)session;
	if (err)
		return err;
	if (info.argsz < sizeof(info) || info.index >= VFU_IRQ_TYPES)
		return REFUSE(request, EINVAL, "argsz %u, index %u, expected 16 and 0 to %u",
			      info.argsz, info.index, (unsigned)VFU_IRQ_TYPES - 1);
	info = vfu_irqs_info(info.index);
	set_reply(request, &info, sizeof(info));
	return 0;
}

static int set_irqs(struct vfu_session *session, struct request *request)
{
	struct vfu_irq_set set;
	int err = get_fixed(request, &set, sizeof(set));

	if (err)
		return err;
	err = vfu_irqs_set(&session->port->irqs, &set, request->payload + sizeof(set), request->len,
			   request->fds, request->nfds, request->why, sizeof(request->why));
	if (!err)
		vfu_port_sync_vectors(session->port);
	return err;
}

static int get_access(struct request *request, struct vfu_region_access *access)
{
	int err = get_fixed(request, access, sizeof(*access));

	if (err)
		return err;
	if (!vfu_region_has(access->region, access->offset, access->count))
		return REFUSE(request, EINVAL,
			      "region %u, offset 0x%" PRIx64 ", %u bytes: there are none",
			      access->region, access->offset, access->count);
	return 0;
}

static int read_region(struct vfu_session *session, struct request *request)
{
	struct vfu_region_access access;
	int err = get_access(request, &access);

	if (err)
		return err;
	if (request->len != sizeof(access) || access.count > session->max_transfer)
		return REFUSE(request, EINVAL,
			      "%zu bytes to read %u, expected 16 and up to %" PRIu64, request->len,
			      access.count, session->max_transfer);
	vfu_region_read(session->port->dev, access.region, access.offset, session->data,
			access.count);
	set_reply(request, &access, sizeof(access));
	request->reply->data_len = access.count;
	return 0;
}

/* A reset through configuration space forgets which vectors lead somewhere. */
static void write_bytes(struct vfu_session *session, uint32_t region, uint64_t offset,
			const uint8_t *data, uint32_t count)
{
	vfu_region_write(session->port->dev, region, offset, data, count);
	if (region == VFU_CONFIG)
		vfu_port_sync_vectors(session->port);
}

static int write_region(struct vfu_session *session, struct request *request)
{
	struct vfu_region_access access;
	int err = get_access(request, &access);

	if (err)
		return err;
	if (request->len != sizeof(access) + access.count)
		return REFUSE(request, EINVAL, "%zu bytes to write %u, expected 16 more",
			      request->len, access.count);
	write_bytes(session, access.region, access.offset, request->payload + sizeof(access),
		    access.count);
	set_reply(request, &access, sizeof(access));
	return 0;
}

/* All writes are looked at before the first is carried out. */
static int write_regions(struct vfu_session *session, struct request *request)
{
	struct vfu_region_write_one one;
	uint64_t n = 0;
	int err = get_fixed(request, &n, sizeof(n));

	if (err)
		return err;
	if (!session->write_multi)
		return REFUSE(request, EINVAL, "write_multiple was not agreed on");
	if ((request->len - sizeof(n)) % sizeof(one) ||
	    n != (request->len - sizeof(n)) / sizeof(one))
		return REFUSE(request, EINVAL, "%" PRIu64 " writes in %zu bytes", n, request->len);
	for (uint64_t i = 0; i < n; i++) {
		memcpy(&one, request->payload + sizeof(n) + i * sizeof(one), sizeof(one));
		if (one.count > sizeof(one.data) ||
		    !vfu_region_has(one.region, one.offset, one.count))
			return REFUSE(request, EINVAL,
				      "region %u, offset 0x%" PRIx64 ", %u bytes: there are none",
				      one.region, one.offset, one.count);
	}
	for (uint64_t i = 0; i < n; i++) {
		memcpy(&one, request->payload + sizeof(n) + i * sizeof(one), sizeof(one));
		write_bytes(session, one.region, one.offset, one.data, one.count);
	}
	set_reply(request, &n, sizeof(n));
	return 0;
}

static int reset_device(struct vfu_session *session, struct request *request)
{
	if (request->len)
		return REFUSE(request, EINVAL, "%zu bytes, expected none", request->len);
	vfu_port_reset(session->port);
	return 0;
}

static const struct {
	const char *name;
	int (*handle)(struct vfu_session *session, struct request *request);
	bool takes_fds;
} commands[] = {
	[VFU_VERSION] = {"VERSION", negotiate, false},
	[VFU_DMA_MAP] = {"DMA_MAP", map_dma, true},
	[VFU_DMA_UNMAP] = {"DMA_UNMAP", unmap_dma, false},
	[VFU_DEVICE_GET_INFO] = {"DEVICE_GET_INFO", get_info, false},
	[VFU_DEVICE_GET_REGION_INFO] = {"DEVICE_GET_REGION_INFO", get_region_info, false},
	[VFU_DEVICE_GET_REGION_IO_FDS] = {"DEVICE_GET_REGION_IO_FDS", get_io_fds, false},
	[VFU_DEVICE_GET_IRQ_INFO] = {"DEVICE_GET_IRQ_INFO", get_irq_info, false},
	[VFU_DEVICE_SET_IRQS] = {"DEVICE_SET_IRQS", set_irqs, true},
	[VFU_REGION_READ] = {"REGION_READ", read_region, false},
	[VFU_REGION_WRITE] = {"REGION_WRITE", write_region, false},
	[VFU_DEVICE_RESET] = {"DEVICE_RESET", reset_device, false},
	[VFU_REGION_WRITE_MULTI] = {"REGION_WRITE_MULTI", write_regions, false},
};

static bool is_known(uint16_t command)
{
	return command < sizeof(commands) / sizeof(commands[0]) && commands[command].handle;
}

static int carry_out(struct vfu_session *session, uint16_t command, struct request *request)
{
	if (!is_known(command))
		return REFUSE(request, ENOSYS, "there is no such command for a server");
	if (!session->negotiated && command != VFU_VERSION)
		return REFUSE(request, EINVAL, "expected VERSION first");
	if (request->nfds && !commands[command].takes_fds)
		return REFUSE(request, EINVAL, "%u file descriptors, expected none", request->nfds);
	for (unsigned i = 0; i < request->nfds; i++) {
		if (request->fds[i] < 0)
			return REFUSE(request, EINVAL,
				      "a descriptor of neither a file nor an eventfd");
	}
	return commands[command].handle(session, request);
}

static void tell_refusal(struct vfu_session *session, uint16_t command, const char *why)
{
	const char *name = is_known(command) ? commands[command].name : "command";

	if (session->refused++ < REFUSALS_TOLD)
		vfu_port_log(session->port, "refused %s (%u): %s", name, command, why);
}

/* Closes the descriptors that nobody took. */
static void close_fds(const struct vfu_message *message)
{
	for (unsigned i = 0; i < message->nfds; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
		message->fds[i] = -1;
	}
}

static int answer(struct vfu_session *session, const struct vfu_message *message)
{
	struct reply reply = {.len = 0};
	struct request request = {.payload = message->payload,
				  .len = message->len,
				  .fds = message->fds,
				  .nfds = message->nfds,
				  .reply = &reply};
	struct vfu_header header = {
		.id = message->header.id, .command = message->header.command, .flags = VFU_REPLY};
	struct iovec parts[2];
	int err = carry_out(session, header.command, &request);

	if (err) {
		tell_refusal(session, header.command, request.why);
		header.flags |= VFU_ERROR;
		header.error = (uint32_t)-err;
		reply.len = reply.data_len = 0;
	}
	if (message->header.flags & VFU_NO_REPLY)
		return 0;
	parts[0] = (struct iovec){reply.fixed, reply.len};
	parts[1] = (struct iovec){session->data, reply.data_len};
	return vfu_channel_send(&session->channel, header, parts, 2);
}

void vfu_session_init(struct vfu_session *session, struct vfu_port *port)
{
	memset(session, 0, sizeof(*session));
	session->port = port;
	session->channel.fd = -1;
}

void vfu_session_begin(struct vfu_session *session, int fd)
{
	vfu_session_init(session, session->port);
	if (vfu_channel_open(&session->channel, fd))
		vfu_port_log(session->port, "client refused: out of memory");
	else
		vfu_port_log(session->port, "client connected");
}

void vfu_session_end(struct vfu_session *session, const char *reason)
{
	if (!vfu_session_active(session))
		return;
	vfu_port_log(session->port, "client disconnected: %s", reason);
	vfu_port_detach(session->port);
	vfu_channel_close(&session->channel);
}

short vfu_session_events(const struct vfu_session *session)
{
	return (short)((session->channel.waiting ? POLLOUT : 0) |
		       (session->channel.waiting < WAITING_MAX ? POLLIN : 0));
}

/*
 * 1: a message was carried out. 0: none is there, or it was a read: who has waited for its result
 * finds time gone on, however soon the next message is there. Negative: the session must end.
 */
static int serve_one(struct vfu_session *session, char *why, size_t why_len)
{
	struct vfu_message message;
	int got = vfu_channel_receive(&session->channel, &message, why, why_len);
	int err;

	if (got <= 0)
		return got;
	if ((message.header.flags & VFU_TYPE_MASK) == VFU_REPLY) {
		err = vfu_remote_answer(&session->port->remote, &message, why, why_len);
		close_fds(&message);
		return err ? err : 1;
	}
	err = answer(session, &message);
	close_fds(&message);
	if (err) {
		snprintf(why, why_len, "cannot be answered: %s", strerror(-err));
		return err;
	}
	if (!session->negotiated) {
		snprintf(why, why_len, "no version was agreed on");
		return -ENOTSUP;
	}
	return message.header.command != VFU_REGION_READ;
}

void vfu_session_serve(struct vfu_session *session)
{
	char why[256] = "cannot be written to";
	int got = vfu_channel_flush(&session->channel);

	for (unsigned i = 0; got >= 0 && i < BATCH; i++) {
		if (session->channel.waiting >= WAITING_MAX)
			return;
		got = serve_one(session, why, sizeof(why));
		if (!got)
			return;
	}
	if (got < 0)
		vfu_session_end(session, why);
}
