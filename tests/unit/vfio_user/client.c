/* SPDX-License-Identifier: BSD-2-Clause */
/* A vfio-user client for the tests: one card with an echo at its wire, and time under control. */
#include "tests/unit/vfio_user/client.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

i82599_time_t client_time;

static i82599_time_t get_time(void)
{
	return client_time;
}

int client_setup(void **state)
{
	struct client *client = calloc(1, sizeof(*client));
	struct nic_options options;
	char why[256];

	assert_non_null(client);
	nic_options_init(&options);
	options.wire.kind = WIRE_ECHO;
	assert_int_equal(vfu_port_open(&client->port, &options, "card", get_time, why, sizeof(why)),
			 0);
	vfu_session_init(&client->session, &client->port);
	client->memfd = memfd_create("memory", MFD_CLOEXEC);
	assert_int_equal(ftruncate(client->memfd, MEMORY_BYTES), 0);
	client->memory =
		mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, client->memfd, 0);
	assert_ptr_not_equal(client->memory, MAP_FAILED);
	client->fd = -1;
	client_connect(client);
	*state = client;
	return 0;
}

int client_teardown(void **state)
{
	struct client *client = *state;

	vfu_session_end(&client->session, "test over");
	vfu_port_close(&client->port);
	if (client->fd >= 0)
		close(client->fd);
	munmap(client->memory, MEMORY_BYTES);
	close(client->memfd);
	free(client);
	return 0;
}

void client_connect(struct client *client)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	client->fd = fds[0];
	vfu_session_begin(&client->session, fds[1]);
}

void client_disconnect(struct client *client)
{
	close(client->fd);
	client->fd = -1;
	client_pump(client);
}

static bool send_with_fds(int socket, const struct iovec *parts, size_t n, const int *fds,
			  unsigned nfds)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * 64)];
	} control = {0};
	struct msghdr msg = {.msg_iov = (struct iovec *)parts, .msg_iovlen = n};

	if (nfds) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * nfds);
	}
	return sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

void client_send(struct client *client, uint16_t command, uint32_t flags, const void *payload,
		 size_t len, const int *fds, unsigned nfds)
{
	struct vfu_header header = {.id = ++client->id,
				    .command = command,
				    .size = (uint32_t)(sizeof(header) + len),
				    .flags = flags};
	struct iovec parts[2] = {{&header, sizeof(header)}, {(void *)payload, len}};

	send_with_fds(client->fd, parts, 2, fds, nfds);
}

void client_send_bytes(struct client *client, const void *bytes, size_t len)
{
	send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Carries out a DMA_READ or DMA_WRITE of the server's. */
static void answer_dma(struct client *client, const struct vfu_header *asked)
{
	struct vfu_header header = *asked;
	struct vfu_dma_access access;
	struct iovec parts[3] = {{&header, sizeof(header)}, {&access, sizeof(access)}};
	uint8_t *at;

	assert_true(client->len >= sizeof(access));
	memcpy(&access, client->data, sizeof(access));
	assert_true(access.address >= MEMORY_BASE &&
		    access.address + access.count <= MEMORY_BASE + MEMORY_BYTES);
	at = client->memory + (access.address - MEMORY_BASE);
	header.flags = VFU_REPLY;
	if (asked->command == VFU_DMA_READ) {
		client->dma_reads++;
		parts[2] = (struct iovec){at, access.count};
	} else {
		assert_int_equal(client->len, sizeof(access) + access.count);
		client->dma_writes++;
		memcpy(at, client->data + sizeof(access), access.count);
	}
	if (client->manners == ANSWER_WRONG)
		access.address += 8;
	if (client->manners == REFUSE) {
		header.flags |= VFU_ERROR;
		header.error = EFAULT;
		parts[1].iov_len = parts[2].iov_len = 0;
	}
	header.size = (uint32_t)(sizeof(header) + parts[1].iov_len + parts[2].iov_len);
	if (client->manners == HOLD_WRITES && asked->command == VFU_DMA_WRITE) {
		assert_true(client->holds < sizeof(client->held) / sizeof(client->held[0]));
		client->held[client->holds].header = header;
		client->held[client->holds++].access = access;
		return;
	}
	send_with_fds(client->fd, parts, 3, NULL, 0);
}

void client_release(struct client *client)
{
	for (unsigned i = 0; i < client->holds; i++) {
		struct iovec parts[2] = {{&client->held[i].header, sizeof(struct vfu_header)},
					 {&client->held[i].access, sizeof(struct vfu_dma_access)}};

		send_with_fds(client->fd, parts, 2, NULL, 0);
	}
	client->holds = 0;
	client->manners = ANSWER;
	client->replied = false;
	client_pump(client);
}

/* Takes one message off the socket, if there is one. */
static bool take_message(struct client *client)
{
	struct vfu_header header;

	if (client->fd < 0 ||
	    recv(client->fd, &header, sizeof(header), MSG_DONTWAIT) != sizeof(header))
		return false;
	client->len = header.size - sizeof(header);
	for (size_t have = 0; have < client->len;) {
		ssize_t n = recv(client->fd, client->data + have, client->len - have, MSG_DONTWAIT);

		if (n > 0)
			have += (size_t)n;
		else
			vfu_session_serve(&client->session); /* the rest waits there */
	}
	if ((header.flags & VFU_TYPE_MASK) == VFU_REPLY) {
		client->replied = true;
		client->reply = header;
	} else if (client->manners != SAY_NOTHING) {
		answer_dma(client, &header);
	}
	return true;
}

void client_pump(struct client *client)
{
	bool more = true;

	while (more) {
		if (vfu_session_active(&client->session))
			vfu_session_serve(&client->session);
		vfu_port_run(&client->port);
		more = take_message(client);
		while (!client->replied && more && take_message(client))
			;
		if (client->replied)
			return;
	}
}

void client_pass(struct client *client, i82599_time_t ps)
{
	const i82599_time_t end = client_time + ps;

	while (client_time < end) {
		client_time += I82599_PS_PER_US;
		client->replied = false;
		client_pump(client);
	}
}

int client_call(struct client *client, uint16_t command, const void *payload, size_t len,
		const int *fds, unsigned nfds)
{
	client->replied = false;
	client_send(client, command, VFU_COMMAND, payload, len, fds, nfds);
	client_pump(client);
	if (!client->replied)
		return vfu_session_active(&client->session) ? UNANSWERED : DISCONNECTED;
	assert_int_equal(client->reply.id, client->id);
	assert_int_equal(client->reply.command, command);
	if (!(client->reply.flags & VFU_ERROR))
		return 0;
	assert_int_equal(client->len, 0);
	assert_int_not_equal(client->reply.error, 0);
	return (int)client->reply.error;
}

int client_negotiate(struct client *client, const char *capabilities)
{
	uint8_t payload[1024] = {0};
	const struct vfu_version version = {VFU_MAJOR, VFU_MINOR};
	size_t len = sizeof(version);

	memcpy(payload, &version, sizeof(version));
	if (capabilities) {
		memcpy(payload + len, capabilities, strlen(capabilities) + 1);
		len += strlen(capabilities) + 1;
	}
	return client_call(client, VFU_VERSION, payload, len, NULL, 0);
}

int client_map(struct client *client, uint64_t address, uint64_t size, uint64_t offset, int fd)
{
	const struct vfu_dma_map_request map = {.argsz = sizeof(map),
						.flags = VFU_DMA_READABLE | VFU_DMA_WRITEABLE,
						.offset = offset,
						.address = address,
						.size = size};

	return client_call(client, VFU_DMA_MAP, &map, sizeof(map), &fd, fd >= 0);
}

int client_access(struct client *client, uint32_t region, uint64_t offset, uint32_t count,
		  const void *data)
{
	const struct vfu_region_access access = {offset, region, count};
	uint8_t payload[sizeof(access) + 4096];

	memcpy(payload, &access, sizeof(access));
	if (!data)
		return client_call(client, VFU_REGION_READ, payload, sizeof(access), NULL, 0);
	assert_true(count <= 4096);
	memcpy(payload + sizeof(access), data, count);
	return client_call(client, VFU_REGION_WRITE, payload, sizeof(access) + count, NULL, 0);
}

uint32_t client_read32(struct client *client, uint32_t region, uint64_t offset)
{
	uint32_t value;

	assert_int_equal(client_access(client, region, offset, 4, NULL), 0);
	assert_int_equal(client->len, sizeof(struct vfu_region_access) + 4);
	memcpy(&value, client->data + sizeof(struct vfu_region_access), 4);
	return value;
}

void client_write32(struct client *client, uint32_t region, uint64_t offset, uint32_t value)
{
	assert_int_equal(client_access(client, region, offset, 4, &value), 0);
	assert_int_equal(client->len, sizeof(struct vfu_region_access));
}

int client_set_irqs(struct client *client, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fds, unsigned nfds)
{
	const struct vfu_irq_set set = {sizeof(set), flags, index, start, count};

	return client_call(client, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fds, nfds);
}

int client_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

uint64_t client_events(int eventfd)
{
	uint64_t events;

	return read(eventfd, &events, sizeof(events)) == sizeof(events) ? events : 0;
}

/* BAR 0 but for the first two: memory and bus master on, MSI-X on. */
const struct client_register client_setup_registers[] = {
	{VFU_CONFIG, 4, 6},
	{VFU_CONFIG, 0x70, 0x80000000},
	{VFU_BAR0, 0x2f00, 0x0010880a},
	{VFU_BAR0, 0x14f00, 0x1104}, /* CORECTL: the NVM's settings for a passive cable */
	{VFU_BAR0, 0x14f00, 0x12a0},
	{VFU_BAR0, 0x14f00, 0x1f07},
	{VFU_BAR0, 0x42a0, 0xc09c7004}, /* AUTOC: restart with them */
	{VFU_BAR0, 0x5080, 0x700},
	{VFU_BAR0, 0x5000, 1u << 13},
	{VFU_BAR0, 0x3000, 1},
	{VFU_BAR0, 0x4a80, 0x81000005},
	{VFU_BAR0, 0x0898, 0xc0000030},
	{VFU_BAR0, 0x0900, 0x80808080}, /* IVAR: queue 0 has vector 0 */
	{VFU_BAR0, 0x0880, 1},          /* EIMS */
	{VFU_BAR0, 0x1000, (uint32_t)RX_RING},
	{VFU_BAR0, 0x1008, 16 * RING_ENTRIES},
	{VFU_BAR0, 0x1014, 0x02000402},
	{VFU_BAR0, 0x6000, (uint32_t)TX_RING},
	{VFU_BAR0, 0x6008, 16 * RING_ENTRIES},
};
const unsigned client_setup_count =
	sizeof(client_setup_registers) / sizeof(client_setup_registers[0]);

void client_fill_rx_ring(struct client *client)
{
	uint64_t *rx = (uint64_t *)(client->memory + (RX_RING - MEMORY_BASE));

	for (unsigned n = 0; n < RING_ENTRIES; n++) {
		rx[2 * n] = RX_BUFFERS + 2048u * n;
		rx[2 * n + 1] = 0;
	}
}

void client_start_card(struct client *client)
{
	for (unsigned i = 0; i < client_setup_count; i++) {
		const struct client_register *r = &client_setup_registers[i];

		client_write32(client, r->region, r->offset, r->value);
	}
	client_fill_rx_ring(client);
	client_write32(client, VFU_BAR0, 0x1028, 1u << 25);
	client_write32(client, VFU_BAR0, 0x6028, 1u << 25 | 8u << 16 | 1u << 8 | 32);
	client_pass(client, 2 * I82599_PS_PER_US);
	assert_true(client_read32(client, VFU_BAR0, 0x1028) & 1u << 25);
	assert_true(client_read32(client, VFU_BAR0, 0x6028) & 1u << 25);
	client_write32(client, VFU_BAR0, 0x1018, RING_ENTRIES - 1);
}

void client_transmit(struct client *client, unsigned n, size_t len)
{
	static const uint8_t header[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	uint64_t *tx = (uint64_t *)(client->memory + (TX_RING - MEMORY_BASE)) + 2 * n;
	uint8_t *frame = client->memory + (TX_BUFFER - MEMORY_BASE);

	memcpy(frame, header, sizeof(header));
	for (size_t i = sizeof(header); i < len; i++)
		frame[i] = (uint8_t)(7 * i);
	tx[0] = TX_BUFFER;
	/* Advanced data, EOP, IFCS, RS. */
	tx[1] = (uint64_t)len << 46 | 0x2b300000u | len;
	client_write32(client, VFU_BAR0, 0x6018, n + 1);
}

unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}
