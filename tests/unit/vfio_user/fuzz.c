/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client without manners: fuzz [SEED [ROUNDS [FIRST]]]. Each round is a card of its own and
 * depends on seed and number only, so `fuzz SEED 1 NUMBER` repeats one.
 */
#include "tests/unit/vfio_user/client.h"

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACTIONS    400u
#define HANG_S     120u /* a round takes milliseconds */
#define SPARSE     (1ull << 40)
#define MAX_BUFFER 4096u

struct fuzz {
	struct client *client;
	uint64_t random;
	int sparse, null, event; /* a huge file, a device, an eventfd */
};

static uint64_t the_seed = 1, the_rounds = 200, the_first, the_round;

/* xorshift64* */
static uint64_t draw(struct fuzz *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return f->random * 0x2545f4914f6cdd1dull;
}

static uint64_t below(struct fuzz *f, uint64_t n)
{
	return (draw(f) >> 11) % n;
}

static bool one_in(struct fuzz *f, uint64_t n)
{
	return !below(f, n);
}

/* Numbers at which things go wrong. */
static uint64_t edge(struct fuzz *f)
{
	static const uint64_t edges[] = {0,
					 1,
					 2,
					 3,
					 4,
					 7,
					 8,
					 15,
					 16,
					 31,
					 32,
					 63,
					 64,
					 65,
					 127,
					 128,
					 255,
					 256,
					 0xfff,
					 0x1000,
					 0x1001,
					 0x3fff,
					 0x4000,
					 0x1ffff,
					 0x20000,
					 0xffff,
					 0x10000,
					 0xfffff,
					 0x100000,
					 0x7fffffff,
					 0x80000000,
					 0xffffffff,
					 1ull << 32,
					 1ull << 40,
					 1ull << 63,
					 UINT64_MAX - 4095,
					 UINT64_MAX - 1,
					 UINT64_MAX};

	switch (below(f, 4)) {
	case 0:
		return draw(f);
	case 1:
		return below(f, 0x20000);
	default:
		return edges[below(f, sizeof(edges) / sizeof(edges[0]))];
	}
}

static uint64_t memory_address(struct fuzz *f)
{
	const uint64_t align = 1ull << below(f, 13);

	return MEMORY_BASE + below(f, MEMORY_BYTES) / align * align;
}

static int choose_fd(struct fuzz *f)
{
	const int fds[] = {f->client->memfd, f->client->memfd, f->client->memfd, f->sparse,
			   f->null,          f->event,         f->event,         f->client->fd};

	return fds[below(f, sizeof(fds) / sizeof(fds[0]))];
}

static size_t make_map(struct fuzz *f, uint8_t *to)
{
	struct vfu_dma_map_request map = {.argsz = sizeof(map), .flags = 3};

	map.address = one_in(f, 2) ? MEMORY_BASE + 4096 * below(f, 256) : edge(f);
	map.size = one_in(f, 2) ? 4096 * below(f, 64) : edge(f);
	if (one_in(f, 4)) {
		map.address = MEMORY_BASE;
		map.size = MEMORY_BYTES;
	}
	map.offset = one_in(f, 2) ? 4096 * below(f, 64) : edge(f);
	if (one_in(f, 8))
		map.flags = (uint32_t)below(f, 8);
	memcpy(to, &map, sizeof(map));
	return sizeof(map);
}

/* Often one of what is mapped. */
static size_t make_unmap(struct fuzz *f, uint8_t *to)
{
	struct vfu_dma_unmap_request unmap = {.argsz = 24, .address = edge(f), .size = edge(f)};
	const struct vfu_dma *dma = &f->client->port.dma;

	if (dma->count && !one_in(f, 4)) {
		const struct vfu_dma_range *range = &dma->range[below(f, dma->count)];

		unmap.address = range->start;
		unmap.size = range->size;
	}
	if (one_in(f, 30))
		unmap = (struct vfu_dma_unmap_request){24, VFU_DMA_UNMAP_ALL, 0, 0};
	memcpy(to, &unmap, sizeof(unmap));
	return sizeof(unmap);
}

static size_t make_info(struct fuzz *f, uint8_t *to)
{
	const uint32_t words[8] = {one_in(f, 4) ? (uint32_t)edge(f) : 32, 0,
				   (uint32_t)below(f, 12)};

	memcpy(to, words, sizeof(words));
	return one_in(f, 2) ? 16 : 32;
}

static size_t make_irqs(struct fuzz *f, uint8_t *to)
{
	struct vfu_irq_set set = {.argsz = 20};
	size_t extra = 0;

	set.flags = 1u << below(f, 3) | 8u << below(f, 3);
	set.index = (uint32_t)(one_in(f, 4) ? below(f, 6) : VFU_MSIX);
	set.start = (uint32_t)(one_in(f, 8) ? edge(f) : below(f, 64));
	set.count = (uint32_t)(one_in(f, 8) ? edge(f) : below(f, 8));
	if (one_in(f, 20))
		set.flags = (uint32_t)draw(f);
	if (set.flags & VFU_IRQ_DATA_BOOL && set.count < 100)
		extra = set.count;
	set.argsz += (uint32_t)extra;
	memcpy(to, &set, sizeof(set));
	for (size_t i = 0; i < extra; i++)
		to[sizeof(set) + i] = (uint8_t)below(f, 2);
	return sizeof(set) + extra;
}

/* Registers that make the card do something, with values that suit them. */
static void choose_register(struct fuzz *f, struct vfu_region_access *access, uint64_t *value)
{
	static const uint32_t rings[] = {0x1000, 0x1040, 0x6000, 0x6040, 0xd000};
	static const uint32_t others[] = {
		0x0000,  0x0008,  0x0018, 0x0020, 0x0028, 0x0800,  0x0808, 0x0880,  0x0888, 0x0810,
		0x0820,  0x0898,  0x0900, 0x0904, 0x2f00, 0x3000,  0x3c00, 0x4240,  0x4a80, 0x4950,
		0x5080,  0x5000,  0x5088, 0x5200, 0x5400, 0x5818,  0x5c00, 0x8100,  0xcc00, 0x10010,
		0x10014, 0x10160, 0xee2c, 0x4900, 0x8120, 0x0ec80, 0x4a82, 0x0e600, 0x5128};
	static const uint32_t ring[] = {0,    4,    8,    0xc,  0x10, 0x14,
					0x18, 0x18, 0x18, 0x28, 0x28, 0x38};

	access->region = VFU_BAR0;
	access->count = one_in(f, 10) ? 8 : 4;
	*value = edge(f);
	if (one_in(f, 2)) {
		const uint32_t offset = ring[below(f, sizeof(ring) / sizeof(ring[0]))];

		access->offset = rings[below(f, 5)] + offset;
		if (offset == 0)
			*value = memory_address(f);
		else if (offset == 4)
			*value = one_in(f, 10);
		else if (offset == 8)
			*value = 128 * below(f, 64);
		else if (offset == 0x18)
			*value = below(f, 64);
		else if (offset == 0x14)
			*value = 0x02000000 | below(f, 0x1000);
		else if (offset == 0x28)
			*value = 1u << 25;
	} else {
		access->offset = others[below(f, sizeof(others) / sizeof(others[0]))];
	}
}

static size_t make_access(struct fuzz *f, uint8_t *to, bool write)
{
	struct vfu_region_access access = {edge(f), (uint32_t)below(f, 10), 4};
	uint64_t value = draw(f);

	switch (below(f, 8)) {
	case 0:
		access.count = (uint32_t)edge(f);
		break;
	case 1:
		access.region = VFU_CONFIG;
		access.offset = below(f, 256);
		access.count = 1u << below(f, 3);
		if (one_in(f, 2)) {
			access.offset = 4;
			value = 6;
		}
		break;
	default:
		choose_register(f, &access, &value);
	}
	memcpy(to, &access, sizeof(access));
	if (!write)
		return sizeof(access);
	memcpy(to + sizeof(access), &value, sizeof(value));
	return sizeof(access) + (access.count < 512 ? access.count : 8);
}

static size_t make_writes(struct fuzz *f, uint8_t *to)
{
	uint64_t n = below(f, 20);

	for (uint64_t i = 0; i < n; i++) {
		struct vfu_region_write_one one = {.count = 4};
		struct vfu_region_access access;
		uint64_t value;

		choose_register(f, &access, &value);
		one.offset = access.offset;
		one.region = access.region;
		if (one_in(f, 20))
			one.count = (uint32_t)edge(f);
		memcpy(one.data, &value, sizeof(value));
		memcpy(to + 8 + i * sizeof(one), &one, sizeof(one));
	}
	if (one_in(f, 10))
		memcpy(to, &(uint64_t){edge(f)}, 8);
	else
		memcpy(to, &n, 8);
	return 8 + n * sizeof(struct vfu_region_write_one);
}

/* The payload of a message that could well be a good one. */
static size_t make_payload(struct fuzz *f, uint16_t command, uint8_t *to)
{
	switch (command) {
	case VFU_DMA_MAP:
		return make_map(f, to);
	case VFU_DMA_UNMAP:
		return make_unmap(f, to);
	case VFU_DEVICE_GET_INFO:
	case VFU_DEVICE_GET_REGION_INFO:
	case VFU_DEVICE_GET_REGION_IO_FDS:
	case VFU_DEVICE_GET_IRQ_INFO:
		return make_info(f, to);
	case VFU_DEVICE_SET_IRQS:
		return make_irqs(f, to);
	case VFU_REGION_READ:
		return make_access(f, to, false);
	case VFU_REGION_WRITE:
		return make_access(f, to, true);
	case VFU_REGION_WRITE_MULTI:
		return make_writes(f, to);
	default:
		return 0;
	}
}

static void spoil(struct fuzz *f, uint8_t *bytes, size_t len)
{
	for (uint64_t n = 1 + below(f, 4); n && len; n--)
		bytes[below(f, len)] = (uint8_t)(one_in(f, 3) ? draw(f) : edge(f));
}

/* How many descriptors go along: mostly as many as there should be. */
static unsigned choose_fds(struct fuzz *f, uint16_t command, const uint8_t *payload, int *fds)
{
	struct vfu_irq_set set;
	unsigned n = 0;

	if (command == VFU_DMA_MAP) {
		n = !one_in(f, 3);
	} else if (command == VFU_DEVICE_SET_IRQS) {
		memcpy(&set, payload, sizeof(set));
		if (set.flags & VFU_IRQ_DATA_EVENTFD && set.count <= 16)
			n = set.count;
	}
	if (one_in(f, 40))
		n = (unsigned)below(f, 20);
	for (unsigned i = 0; i < n; i++)
		fds[i] = command == VFU_DEVICE_SET_IRQS && !one_in(f, 20) ? f->event : choose_fd(f);
	return n;
}

static void send_message(struct fuzz *f)
{
	static const uint16_t usual[] = {
		VFU_DMA_MAP,      VFU_DMA_UNMAP,    VFU_DEVICE_SET_IRQS,    VFU_REGION_READ,
		VFU_REGION_WRITE, VFU_REGION_WRITE, VFU_REGION_WRITE_MULTI, VFU_REGION_WRITE,
		VFU_REGION_WRITE};
	uint8_t payload[MAX_BUFFER] = {0};
	uint16_t command = usual[below(f, sizeof(usual) / sizeof(usual[0]))];
	int fds[20];
	unsigned nfds;
	size_t len;

	if (one_in(f, 10))
		command = (uint16_t)below(f, 20);
	if (command == VFU_DEVICE_RESET && !one_in(f, 10))
		command = VFU_REGION_WRITE;
	len = make_payload(f, command, payload);
	nfds = choose_fds(f, command, payload, fds);
	if (one_in(f, 16))
		spoil(f, payload, len);
	if (one_in(f, 20))
		len = below(f, len + 9);
	client_send(f->client, command, one_in(f, 4) ? VFU_NO_REPLY : 0, payload, len, fds, nfds);
}

/* Several at once, with a header that may be wrong, and perhaps an end too early. */
static void send_stream(struct fuzz *f)
{
	uint8_t bytes[MAX_BUFFER] = {0};
	size_t len = 0;

	for (uint64_t n = 1 + below(f, 8); n; n--) {
		struct vfu_header header = {.command = (uint16_t)below(f, 20)};
		size_t part = make_payload(f, header.command, bytes + len + sizeof(header));

		header.size = (uint32_t)(sizeof(header) + part);
		if (one_in(f, 50))
			header.size = (uint32_t)edge(f);
		if (one_in(f, 50))
			header.flags = (uint32_t)edge(f);
		memcpy(bytes + len, &header, sizeof(header));
		len += sizeof(header) + part;
		if (len > MAX_BUFFER - 1024)
			break;
	}
	if (one_in(f, 8))
		spoil(f, bytes, len);
	if (one_in(f, 4))
		len = below(f, len);
	for (size_t sent = 0; sent < len;) {
		size_t part = one_in(f, 2) ? len - sent : 1 + below(f, len - sent);

		client_send_bytes(f->client, bytes + sent, part);
		sent += part;
		if (one_in(f, 2) && vfu_session_active(&f->client->session))
			vfu_session_serve(&f->client->session);
	}
}

/* What the server asks for: answered well, badly, twice or not at all. */
static void answer(struct fuzz *f, const struct vfu_header *asked, const uint8_t *payload)
{
	static uint8_t reply[sizeof(struct vfu_dma_access) + VFU_MAX_MESSAGE];
	struct vfu_header header = *asked;
	struct vfu_dma_access access;
	size_t len = sizeof(access);

	memcpy(&access, payload, sizeof(access));
	if (asked->command == VFU_DMA_READ && access.count < VFU_MAX_TRANSFER) {
		len += access.count;
		for (size_t i = sizeof(access); i < len; i++)
			reply[i] = (uint8_t)(one_in(f, 8) ? draw(f) : 0);
	}
	memcpy(reply, &access, sizeof(access));
	header.flags = VFU_REPLY;
	if (one_in(f, 20)) {
		header.flags |= VFU_ERROR;
		len = 0;
	}
	if (one_in(f, 100))
		spoil(f, reply, len);
	if (one_in(f, 100))
		len = below(f, len + 1);
	header.size = (uint32_t)(sizeof(header) + len);
	for (unsigned n = one_in(f, 20) ? 2 * one_in(f, 2) : 1; n; n--) {
		client_send_bytes(f->client, &header, sizeof(header));
		client_send_bytes(f->client, reply, len);
	}
}

/* Reads all that the server has sent; what is cut off is the server's to send. */
static void drain(struct fuzz *f)
{
	struct vfu_header header;
	struct client *client = f->client;

	while (recv(client->fd, &header, sizeof(header), MSG_DONTWAIT) == sizeof(header)) {
		const size_t len = header.size - sizeof(header);

		assert_true(header.size >= sizeof(header) && header.size <= sizeof(client->data));
		for (size_t have = 0; have < len;) {
			ssize_t n = recv(client->fd, client->data + have, len - have, MSG_DONTWAIT);

			if (n > 0)
				have += (size_t)n;
			else if (!vfu_session_active(&client->session))
				return;
			else
				vfu_session_serve(&client->session);
		}
		if ((header.flags & VFU_TYPE_MASK) == VFU_COMMAND)
			answer(f, &header, client->data);
	}
}

/* Transmit descriptors, most of which make sense. */
static void make_descriptors(struct fuzz *f, uint64_t *q, uint64_t n)
{
	for (; n; n--, q += 2) {
		const uint64_t len = one_in(f, 20) ? below(f, 65536) : 60 + below(f, 1400);

		q[0] = one_in(f, 40) ? edge(f) : memory_address(f) & ~0xfffull;
		q[1] = len << 46 | 0x2b300000u | len;
		if (one_in(f, 10))
			q[1] &= ~(1ull << 24); /* more to follow */
		if (one_in(f, 10))
			q[1] |= below(f, 8) << 40 | below(f, 256) << 24; /* offloads */
		if (one_in(f, 20)) {                                     /* a context */
			q[0] = 14u << 9 | 20;
			q[1] = 0x20200400u | below(f, 4) << 11 | 20ull << 40 | below(f, 2000) << 48;
		}
		if (one_in(f, 60))
			q[1] = draw(f);
	}
}

static void scribble(struct fuzz *f)
{
	const uint64_t at = below(f, MEMORY_BYTES - 16 * 64) & ~15ull;

	make_descriptors(f, (uint64_t *)(f->client->memory + at), 1 + below(f, 64));
}

static void resize_file(struct fuzz *f)
{
	static const off_t sizes[] = {0, 4096, 0x80000, MEMORY_BYTES, MEMORY_BYTES, MEMORY_BYTES};

	/* Not shorter for the card only: what we write to ourselves has to be there. */
	assert_int_equal(ftruncate(f->client->memfd, sizes[below(f, 6)]), 0);
	client_time += I82599_PS_PER_US;
	vfu_port_run(&f->client->port);
	if (vfu_session_active(&f->client->session))
		vfu_session_serve(&f->client->session);
	assert_int_equal(ftruncate(f->client->memfd, MEMORY_BYTES), 0);
}

static void negotiate(struct fuzz *f)
{
	char text[128];
	uint8_t payload[160] = {0};
	size_t len;

	snprintf(text, sizeof(text),
		 "{\"capabilities\":{\"write_multiple\":true,\"max_data_xfer_size\":%u}}",
		 one_in(f, 4) ? 1 + (unsigned)below(f, 100) : 1048576);
	len = 4 + strlen(text) + 1;
	memcpy(payload + 4, text, strlen(text));
	if (one_in(f, 20))
		spoil(f, payload, len);
	client_send(f->client, VFU_VERSION, 0, payload, len, NULL, 0);
	vfu_session_serve(&f->client->session);
}

static void write_register(struct fuzz *f, uint32_t region, uint32_t offset, uint32_t value)
{
	const struct vfu_region_access access = {offset, region, 4};
	uint8_t payload[sizeof(access) + 4];

	memcpy(payload, &access, sizeof(access));
	memcpy(payload + sizeof(access), &value, 4);
	client_send(f->client, VFU_REGION_WRITE, VFU_NO_REPLY, payload, sizeof(payload), NULL, 0);
	if (vfu_session_active(&f->client->session))
		vfu_session_serve(&f->client->session);
}

/* A good driver, for once, but with a frame or some more in its ring. */
static void start_card(struct fuzz *f)
{
	const struct vfu_dma_map_request map = {32, 3, 0, MEMORY_BASE, MEMORY_BYTES};
	const struct vfu_dma_unmap_request unmap = {24, VFU_DMA_UNMAP_ALL, 0, 0};
	const struct vfu_irq_set set = {20, 0x24, VFU_MSIX, 0, 1};

	client_send(f->client, VFU_DEVICE_RESET, VFU_NO_REPLY, NULL, 0, NULL, 0);
	client_send(f->client, VFU_DMA_UNMAP, VFU_NO_REPLY, &unmap, sizeof(unmap), NULL, 0);
	client_send(f->client, VFU_DMA_MAP, VFU_NO_REPLY, &map, sizeof(map), &f->client->memfd,
		    one_in(f, 2));
	client_send(f->client, VFU_DEVICE_SET_IRQS, VFU_NO_REPLY, &set, sizeof(set), &f->event, 1);
	for (unsigned i = 0; i < client_setup_count; i++)
		write_register(f, client_setup_registers[i].region,
			       client_setup_registers[i].offset, client_setup_registers[i].value);
	client_fill_rx_ring(f->client);
	make_descriptors(f, (uint64_t *)(f->client->memory + (TX_RING - MEMORY_BASE)),
			 RING_ENTRIES);
	write_register(f, VFU_BAR0, 0x1028, 1u << 25);
	write_register(f, VFU_BAR0, 0x6028, 1u << 25);
	client_time += 2 * I82599_PS_PER_US;
	write_register(f, VFU_BAR0, 0x1018, RING_ENTRIES - 1);
	write_register(f, VFU_BAR0, 0x6018, (uint32_t)below(f, RING_ENTRIES));
}

static void reconnect(struct fuzz *f)
{
	struct client *client = f->client;

	if (vfu_session_active(&client->session) && one_in(f, 2))
		vfu_session_serve(&client->session);
	close(client->fd);
	client->fd = -1;
	for (unsigned i = 0; i < 100 && vfu_session_active(&client->session); i++)
		vfu_session_serve(&client->session);
	assert_false(vfu_session_active(&client->session));
	assert_int_equal(client->port.dma.count, 0);
	client_connect(client);
	if (!one_in(f, 20))
		negotiate(f);
	if (vfu_session_active(&client->session) && one_in(f, 2))
		start_card(f);
}

static void act(struct fuzz *f)
{
	struct client *client = f->client;

	if (!vfu_session_active(&client->session)) {
		reconnect(f);
		return;
	}
	switch (below(f, 40)) {
	case 0:
		if (one_in(f, 4))
			reconnect(f);
		break;
	case 1:
		if (one_in(f, 2))
			send_stream(f);
		break;
	case 2:
	case 3:
		scribble(f);
		break;
	case 4:
		resize_file(f);
		break;
	case 5:
	case 6:
	case 7:
		client_time += below(f, 100) * I82599_PS_PER_US;
		break;
	case 8:
	case 9:
		start_card(f);
		break;
	default:
		send_message(f);
	}
	if (one_in(f, 2) && vfu_session_active(&client->session))
		vfu_session_serve(&client->session);
	if (one_in(f, 2))
		vfu_port_run(&client->port);
	if (!one_in(f, 4))
		drain(f);
}

static void play_round(uint64_t number)
{
	struct fuzz f = {.random = (the_seed << 32 ^ number) * 0x9e3779b97f4a7c15ull | 1};
	const unsigned before = count_fds();

	the_round = number;
	alarm(HANG_S);
	client_setup((void **)&f.client);
	f.sparse = memfd_create("sparse", MFD_CLOEXEC);
	assert_int_equal(ftruncate(f.sparse, SPARSE), 0);
	f.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	f.event = client_eventfd();
	negotiate(&f);
	for (unsigned i = 0; i < ACTIONS; i++)
		act(&f);
	client_teardown((void **)&f.client);
	close(f.sparse);
	close(f.null);
	close(f.event);
	assert_int_equal(count_fds(), before);
}

static void test_rounds(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < the_rounds; i++) {
		play_round(the_first + i);
		if (i % 1000 == 999) {
			printf("%llu rounds\n", (unsigned long long)(i + 1));
			fflush(stdout);
		}
	}
	alarm(0);
}

static void tell_round(void)
{
	printf("seed %llu, round %llu\n", (unsigned long long)the_seed,
	       (unsigned long long)the_round);
	fflush(stdout);
}

/* What the server says of it all is not shown. */
static ssize_t write_errors(void *cookie, const char *text, size_t len)
{
	(void)cookie;
	if (strncmp(text, "card: ", 6) != 0)
		fwrite(text, 1, len, stdout);
	return (ssize_t)len;
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rounds)};
	uint64_t *const numbers[] = {&the_seed, &the_rounds, &the_first};
	int failed;

	for (int i = 1; i < argc && i <= 3; i++)
		*numbers[i - 1] = strtoull(argv[i], NULL, 0);
	__sanitizer_set_death_callback(tell_round);
	stderr = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_errors});
	setvbuf(stderr, NULL, _IOLBF, 4096);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (failed)
		tell_round();
	return failed;
}
