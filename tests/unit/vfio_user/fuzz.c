/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client without manners: fuzz [SEED [ROUNDS [FIRST]]]. Each round is a card of its own and
 * depends on seed and number only, so `fuzz SEED 1 NUMBER` repeats one.
 */
#include "tests/unit/vfio_user/fuzz_messages.h"

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

static uint64_t the_seed = 1, the_rounds = 200, the_first, the_round;

static void send_message(struct fuzz *f)
{
	static const uint16_t usual[] = {
		VFU_DMA_MAP,      VFU_DMA_UNMAP,    VFU_DEVICE_SET_IRQS,    VFU_REGION_READ,
		VFU_REGION_WRITE, VFU_REGION_WRITE, VFU_REGION_WRITE_MULTI, VFU_REGION_WRITE,
		VFU_REGION_WRITE};
	uint8_t payload[MAX_BUFFER] = {0};
	uint16_t command = usual[draw_below(f, sizeof(usual) / sizeof(usual[0]))];
	int fds[FUZZ_MAX_FDS];
	unsigned nfds;
	size_t len;

	if (one_in(f, 10))
		command = (uint16_t)draw_below(f, 20);
	if (command == VFU_DEVICE_RESET && !one_in(f, 10))
		command = VFU_REGION_WRITE;
	len = fuzz_make_payload(f, command, payload);
	nfds = fuzz_choose_fds(f, command, payload, fds);
	if (one_in(f, 16))
		fuzz_spoil(f, payload, len);
	if (one_in(f, 20))
		len = draw_below(f, len + 9);
	client_send(f->client, command, one_in(f, 4) ? VFU_NO_REPLY : 0, payload, len, fds, nfds);
}

/* Several at once, with a header that may be wrong, and perhaps an end too early. */
static void send_stream(struct fuzz *f)
{
	uint8_t bytes[MAX_BUFFER] = {0};
	size_t len = 0;

	for (uint64_t n = 1 + draw_below(f, 8); n; n--) {
		struct vfu_header header = {.command = (uint16_t)draw_below(f, 20)};
		size_t part = fuzz_make_payload(f, header.command, bytes + len + sizeof(header));

		header.size = (uint32_t)(sizeof(header) + part);
		if (one_in(f, 50))
			header.size = (uint32_t)draw_edge(f);
		if (one_in(f, 50))
			header.flags = (uint32_t)draw_edge(f);
		memcpy(bytes + len, &header, sizeof(header));
		len += sizeof(header) + part;
		if (len > MAX_BUFFER - FUZZ_MAX_MESSAGE)
			break;
	}
	if (one_in(f, 8))
		fuzz_spoil(f, bytes, len);
	if (one_in(f, 4))
		len = draw_below(f, len);
	for (size_t sent = 0; sent < len;) {
		size_t part = one_in(f, 2) ? len - sent : 1 + draw_below(f, len - sent);

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
		fuzz_spoil(f, reply, len);
	if (one_in(f, 100))
		len = draw_below(f, len + 1);
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

static void scribble(struct fuzz *f)
{
	const uint64_t at = draw_below(f, MEMORY_BYTES - 16 * 64) & ~15ull;

	fuzz_make_descriptors(f, (uint64_t *)(f->client->memory + at), 1 + draw_below(f, 64));
}

static void resize_file(struct fuzz *f)
{
	static const off_t sizes[] = {0, 4096, 0x80000, MEMORY_BYTES, MEMORY_BYTES, MEMORY_BYTES};

	/* Not shorter for the card only: what we write to ourselves has to be there. */
	assert_int_equal(ftruncate(f->client->memfd, sizes[draw_below(f, 6)]), 0);
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
		 one_in(f, 4) ? 1 + (unsigned)draw_below(f, 100) : 1048576);
	len = 4 + strlen(text) + 1;
	memcpy(payload + 4, text, strlen(text));
	if (one_in(f, 20))
		fuzz_spoil(f, payload, len);
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
	fuzz_make_descriptors(f, (uint64_t *)(f->client->memory + (TX_RING - MEMORY_BASE)),
			      RING_ENTRIES);
	write_register(f, VFU_BAR0, 0x1028, 1u << 25);
	write_register(f, VFU_BAR0, 0x6028, 1u << 25);
	client_time += 2 * I82599_PS_PER_US;
	write_register(f, VFU_BAR0, 0x1018, RING_ENTRIES - 1);
	write_register(f, VFU_BAR0, 0x6018, (uint32_t)draw_below(f, RING_ENTRIES));
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
	switch (draw_below(f, 40)) {
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
		client_time += draw_below(f, 100) * I82599_PS_PER_US;
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
