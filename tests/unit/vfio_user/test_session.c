/* SPDX-License-Identifier: BSD-2-Clause */
/* Every message of the protocol that is not about memory or interrupts, good and bad. */
#include "tests/unit/vfio_user/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAPABILITIES "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}"

static const char *answered(const struct client *client)
{
	assert_true(client->len > sizeof(struct vfu_version));
	assert_int_equal(client->data[client->len - 1], 0);
	return (const char *)client->data + sizeof(struct vfu_version);
}

static void test_only_what_was_proposed_is_answered(void **state)
{
	struct client *client = *state;
	struct vfu_version version;

	assert_int_equal(client_negotiate(client, CAPABILITIES), 0);
	memcpy(&version, client->data, sizeof(version));
	assert_int_equal(version.major, 0);
	assert_int_equal(version.minor, 0);
	assert_string_equal(answered(client), CAPABILITIES);
}

static void test_all_capabilities(void **state)
{
	assert_int_equal(
		client_negotiate(*state,
				 " { \"capabilities\" : {\"migration\":{\"pgsize\":4096},"
				 "\"max_msg_fds\":8, \"twin_socket\":{\"supported\":true},"
				 "\"max_data_xfer_size\":65536,\"pgsizes\":4096,"
				 "\"max_dma_maps\":65535,\"write_multiple\":true, \"x\\u00e4\": "
				 "[1.5e3, {\"a\": null}]}}\n"),
		0);
	assert_string_equal(answered(*state),
			    "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,"
			    "\"max_dma_maps\":65535,\"pgsizes\":4096,\"write_multiple\":true}}");
}

static void test_no_capabilities(void **state)
{
	assert_int_equal(client_negotiate(*state, NULL), 0);
	assert_string_equal(answered(*state), "{\"capabilities\":{}}");
}

static void test_other_major_version(void **state)
{
	struct client *client = *state;
	const struct vfu_version version = {1, 0};

	assert_int_equal(client_call(client, VFU_VERSION, &version, sizeof(version), NULL, 0),
			 ENOTSUP);
	assert_false(vfu_session_active(&client->session));
}

static void test_bad_capabilities(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}x",
		"[}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":1.}",
		"{\"a\":1e}",
		"{\"a\":tru}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\x01\"}",
		"{\"a",
		"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
		"{\"capabilities\":1}",
		"{\"capabilities\":{\"max_msg_fds\":\"16\"}}",
		"{\"capabilities\":{\"max_msg_fds\":-1}}",
		"{\"capabilities\":{\"max_data_xfer_size\":0}}",
		"{\"capabilities\":{\"max_data_xfer_size\":18446744073709551616}}",
		"{\"capabilities\":{\"pgsizes\":2097152}}",
		"{\"capabilities\":{\"write_multiple\":1}}",
	};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(client_negotiate(client, bad[i]), EINVAL);
		assert_false(vfu_session_active(&client->session));
		close(client->fd);
		client_connect(client);
	}
	assert_int_equal(client_negotiate(client, CAPABILITIES), 0);
}

static void test_text_without_its_end(void **state)
{
	static const char payload[] = "\0\0\0\0{}";

	assert_int_equal(client_call(*state, VFU_VERSION, payload, 6, NULL, 0), EINVAL);
}

static void test_version_comes_first(void **state)
{
	struct client *client = *state;

	assert_int_equal(client_call(client, VFU_DEVICE_RESET, NULL, 0, NULL, 0), EINVAL);
	assert_false(vfu_session_active(&client->session));
}

static void test_version_comes_once(void **state)
{
	assert_int_equal(client_negotiate(*state, NULL), 0);
	assert_int_equal(client_negotiate(*state, NULL), EINVAL);
	assert_int_equal(client_call(*state, VFU_DEVICE_RESET, NULL, 0, NULL, 0), 0);
}

static void test_device_info(void **state)
{
	struct client *client = *state;
	struct vfu_device_info info = {.argsz = sizeof(info)};

	client_negotiate(client, NULL);
	assert_int_equal(client_call(client, VFU_DEVICE_GET_INFO, &info, sizeof(info), NULL, 0), 0);
	assert_int_equal(client->len, sizeof(info));
	memcpy(&info, client->data, sizeof(info));
	assert_int_equal(info.argsz, 16);
	assert_int_equal(info.flags, 3);
	assert_int_equal(info.num_regions, 9);
	assert_int_equal(info.num_irqs, 5);
	info.argsz = 15;
	assert_int_equal(client_call(client, VFU_DEVICE_GET_INFO, &info, sizeof(info), NULL, 0),
			 EINVAL);
	assert_int_equal(client_call(client, VFU_DEVICE_GET_INFO, &info, 15, NULL, 0), EINVAL);
}

static void test_region_info(void **state)
{
	static const uint64_t size[9] = {0x20000, 0, 0, 0, 0x4000, 0, 0, 4096, 0};
	struct client *client = *state;
	struct vfu_region_info info = {.argsz = sizeof(info)};

	client_negotiate(client, NULL);
	for (uint32_t i = 0; i < 9; i++) {
		info = (struct vfu_region_info){.argsz = 100, .index = i};
		assert_int_equal(client_call(client, VFU_DEVICE_GET_REGION_INFO, &info,
					     sizeof(info), NULL, 0),
				 0);
		assert_int_equal(client->len, sizeof(info));
		memcpy(&info, client->data, sizeof(info));
		assert_int_equal(info.argsz, 32);
		assert_int_equal(info.index, i);
		assert_int_equal(info.size, size[i]);
		assert_int_equal(info.flags, size[i] ? 3 : 0);
	}
	info = (struct vfu_region_info){.argsz = 32, .index = 9};
	assert_int_equal(
		client_call(client, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info), NULL, 0),
		EINVAL);
	info = (struct vfu_region_info){.argsz = 31};
	assert_int_equal(
		client_call(client, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info), NULL, 0),
		EINVAL);
}

static void test_what_there_is_not(void **state)
{
	static const uint16_t commands[] = {0,  VFU_DMA_READ, VFU_DMA_WRITE, 14, 16, 17,
					    18, 19,           65535};
	struct client *client = *state;
	const uint32_t payload[4] = {16};

	client_negotiate(client, NULL);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		assert_int_equal(
			client_call(client, commands[i], payload, sizeof(payload), NULL, 0),
			ENOSYS);
	assert_int_equal(client_call(client, VFU_DEVICE_GET_REGION_IO_FDS, payload, sizeof(payload),
				     NULL, 0),
			 ENOTSUP);
}

static void test_config_space(void **state)
{
	struct client *client = *state;
	uint16_t value;

	client_negotiate(client, NULL);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0), 0x10fb8086);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x10), 0xc);
	client_write32(client, VFU_CONFIG, 0x10, 0xffffffff);
	client_write32(client, VFU_CONFIG, 0x14, 0xffffffff);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x10), 0xfffe000c);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x14), 0xffffffff);
	client_write32(client, VFU_CONFIG, 0x20, 0xffffffff);
	client_write32(client, VFU_CONFIG, 0x24, 0x12345678);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x20), 0xffffc00c);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x24), 0x12345678);
	/* Device status, link status and device control 2, where Linux expects them. */
	assert_int_equal(client_access(client, VFU_CONFIG, 0xaa, 2, NULL), 0);
	assert_int_equal(client_access(client, VFU_CONFIG, 0xb2, 2, NULL), 0);
	memcpy(&value, client->data + 16, 2);
	assert_int_equal(value, 0x1082);
	assert_int_equal(client_access(client, VFU_CONFIG, 0xc8, 2, NULL), 0);
	/* All of it; behind the first 256 bytes the extended capabilities, at 100, 140 and 150. */
	client_write32(client, VFU_CONFIG, 0x100, 0x12345678);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x100), 0x14010001);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0x140), 0x15010003);
	assert_int_equal(client_access(client, VFU_CONFIG, 0, 4096, NULL), 0);
	assert_int_equal(client->len, 16 + 4096);
	for (unsigned i = 0x158; i < 4096; i++)
		assert_int_equal(client->data[16 + i], 0);
	assert_int_equal(client->data[16], 0x86);
}

static void test_registers(void **state)
{
	struct client *client = *state;
	uint64_t wide = 0x1122334455667788;

	client_negotiate(client, NULL);
	assert_int_equal(client_read32(client, VFU_BAR0, 8), 0xffffffff); /* memory is off */
	client_write32(client, VFU_CONFIG, 4, 6);
	assert_int_equal(client_read32(client, VFU_BAR0, 8) & 1u << 19, 1u << 19);
	assert_int_equal(client_access(client, VFU_BAR0, 0x5400, 8, &wide), 0); /* RAL, RAH */
	assert_int_equal(client_read32(client, VFU_BAR0, 0x5400), 0x55667788);
	assert_int_equal(client_access(client, VFU_BAR0, 0, 0x1000, NULL), 0);
	assert_int_equal(client->len, 16 + 0x1000);
	/* The MSI-X table is the client's. */
	client_write32(client, VFU_BAR4, 0, 0xfee00000);
	assert_int_equal(client_read32(client, VFU_BAR4, 0x2000), 0);
}

static void test_bad_accesses(void **state)
{
	static const struct {
		uint64_t offset;
		uint32_t region, count;
	} bad[] = {
		{0, VFU_BAR0, 0},
		{0x1ffff, VFU_BAR0, 2},
		{0x20000, VFU_BAR0, 1},
		{UINT64_MAX, VFU_BAR0, 4},
		{0, 1, 4},
		{0, 6, 4},
		{0, 8, 4},
		{0, 9, 4},
		{0, UINT32_MAX, 4},
		{4093, VFU_CONFIG, 4},
		{0, VFU_BAR4, 0x4001},
		{4, VFU_BAR0, UINT32_MAX},
	};
	struct client *client = *state;
	struct vfu_region_access access = {0, VFU_BAR0, 8};
	uint8_t payload[24] = {0};

	client_negotiate(client, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			client_access(client, bad[i].region, bad[i].offset, bad[i].count, NULL),
			EINVAL);
		if (bad[i].count <= 4096)
			assert_int_equal(client_access(client, bad[i].region, bad[i].offset,
						       bad[i].count, payload),
					 EINVAL);
	}
	memcpy(payload, &access, sizeof(access));
	/* A count that is not the data's. */
	assert_int_equal(client_call(client, VFU_REGION_WRITE, payload, 23, NULL, 0), EINVAL);
	assert_int_equal(client_call(client, VFU_REGION_WRITE, payload, 15, NULL, 0), EINVAL);
	assert_int_equal(client_call(client, VFU_REGION_READ, payload, 24, NULL, 0), EINVAL);
	assert_int_equal(client_call(client, VFU_REGION_READ, payload, 15, NULL, 0), EINVAL);
	assert_int_equal(client_call(client, VFU_REGION_WRITE, payload, 24, NULL, 0), 0);
}

static void test_reads_no_longer_than_agreed(void **state)
{
	struct client *client = *state;

	assert_int_equal(client_negotiate(client, "{\"capabilities\":{\"max_data_xfer_size\":64}}"),
			 0);
	assert_int_equal(client_access(client, VFU_CONFIG, 0, 64, NULL), 0);
	assert_int_equal(client_access(client, VFU_CONFIG, 0, 65, NULL), EINVAL);
}

static void test_several_writes(void **state)
{
	struct client *client = *state;
	struct {
		uint64_t n;
		struct vfu_region_write_one one[3];
	} writes = {3,
		    {{4, VFU_CONFIG, 4, {6}},
		     {0x5400, VFU_BAR0, 8, {1, 2, 3, 4, 5, 6, 7, 8}},
		     {0x5408, VFU_BAR0, 4, {9, 10, 11, 12}}}};

	client_negotiate(client, "{\"capabilities\":{\"write_multiple\":true}}");
	assert_int_equal(
		client_call(client, VFU_REGION_WRITE_MULTI, &writes, sizeof(writes), NULL, 0), 0);
	assert_int_equal(client->len, 8);
	assert_int_equal(client->data[0], 3);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x5400), 0x04030201);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x5408), 0x0c0b0a09);
	/* One bad one, and none is carried out. */
	writes.one[0].data[0] = 0;
	writes.one[2].count = 9;
	assert_int_equal(
		client_call(client, VFU_REGION_WRITE_MULTI, &writes, sizeof(writes), NULL, 0),
		EINVAL);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) & 6, 6);
	writes.n = UINT64_MAX / 24 + 3;
	assert_int_equal(
		client_call(client, VFU_REGION_WRITE_MULTI, &writes, sizeof(writes), NULL, 0),
		EINVAL);
	assert_int_equal(client_call(client, VFU_REGION_WRITE_MULTI, &writes, 7, NULL, 0), EINVAL);
}

static void test_several_writes_want_agreement(void **state)
{
	const uint64_t none = 0;

	client_negotiate(*state, "{\"capabilities\":{\"write_multiple\":false}}");
	assert_int_equal(client_call(*state, VFU_REGION_WRITE_MULTI, &none, sizeof(none), NULL, 0),
			 EINVAL);
}

static void test_no_reply(void **state)
{
	struct client *client = *state;
	uint8_t payload[20] = {0};
	const struct vfu_region_access access = {4, VFU_CONFIG, 4};

	client_negotiate(client, NULL);
	memcpy(payload, &access, sizeof(access));
	payload[16] = 6;
	client->replied = false;
	client_send(client, VFU_REGION_WRITE, VFU_NO_REPLY, payload, sizeof(payload), NULL, 0);
	client_send(client, VFU_REGION_WRITE, VFU_NO_REPLY, payload, 3, NULL, 0); /* nor an error */
	client_pump(client);
	assert_false(client->replied);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) & 0xffff, 6);
}

static void test_reset(void **state)
{
	struct client *client = *state;

	client_negotiate(client, NULL);
	client_write32(client, VFU_CONFIG, 4, 6);
	client_write32(client, VFU_BAR0, 0x5400, 0x1234);
	assert_int_equal(client_call(client, VFU_DEVICE_RESET, "x", 1, NULL, 0), EINVAL);
	assert_int_equal(client_call(client, VFU_DEVICE_RESET, NULL, 0, NULL, 0), 0);
	assert_int_equal(client->len, 0);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) & 6, 0);
	client_write32(client, VFU_CONFIG, 4, 6);
	assert_int_not_equal(client_read32(client, VFU_BAR0, 0x5400), 0x1234);
}

static void test_descriptors_that_nobody_wants(void **state)
{
	struct client *client = *state;
	const unsigned before = count_fds();
	const int fds[16] = {client->memfd, client->memfd, client->memfd, client->memfd,
			     client->memfd, client->memfd, client->memfd, client->memfd,
			     client->memfd, client->memfd, client->memfd, client->memfd,
			     client->memfd, client->memfd, client->memfd, client->memfd};

	client_negotiate(client, NULL);
	assert_int_equal(client_call(client, VFU_DEVICE_RESET, NULL, 0, fds, 16), EINVAL);
	assert_int_equal(client_call(client, VFU_DEVICE_GET_INFO, NULL, 0, fds, 1), EINVAL);
	assert_int_equal(client_call(client, 99, NULL, 0, fds, 2), ENOSYS);
	assert_int_equal(count_fds(), before);
}

/* A client that leaves its own end of the socket with us has gone all the same. */
static void test_own_socket_as_descriptor(void **state)
{
	struct client *client = *state;
	const struct vfu_dma_map_request map = {32, 3, 0, 0x1000, 0x1000};

	client_negotiate(client, NULL);
	assert_int_equal(client_call(client, VFU_DMA_MAP, &map, sizeof(map), &client->fd, 1),
			 EINVAL);
	client->replied = false;
	client_send(client, VFU_DMA_MAP, 0, &map, sizeof(map) - 1, &client->fd, 1);
	client_disconnect(client);
	assert_false(vfu_session_active(&client->session));
}

static void test_too_many_descriptors(void **state)
{
	struct client *client = *state;
	const unsigned before = count_fds();
	int fds[17];

	for (unsigned i = 0; i < 17; i++)
		fds[i] = client->memfd;
	client_negotiate(client, NULL);
	assert_int_equal(client_call(client, VFU_DEVICE_RESET, NULL, 0, fds, 17), DISCONNECTED);
	assert_int_equal(count_fds(), before - 1);
}

static void test_byte_by_byte(void **state)
{
	struct client *client = *state;
	struct vfu_header header = {.id = 7, .command = VFU_DEVICE_RESET, .size = sizeof(header)};

	client_negotiate(client, NULL);
	client->replied = false;
	for (size_t i = 0; i < sizeof(header); i++) {
		assert_false(client->replied);
		client_send_bytes(client, (const uint8_t *)&header + i, 1);
		client_pump(client);
	}
	assert_true(client->replied);
	assert_int_equal(client->reply.id, 7);
}

static void test_many_at_once(void **state)
{
	struct client *client = *state;
	struct vfu_header headers[100];

	client_negotiate(client, NULL);
	for (unsigned i = 0; i < 100; i++)
		headers[i] = (struct vfu_header){.id = (uint16_t)(1000 + i),
						 .command = VFU_DEVICE_RESET,
						 .size = sizeof(headers[0])};
	client_send_bytes(client, headers, sizeof(headers));
	for (unsigned i = 0; i < 100; i++) {
		client->replied = false;
		client_pump(client);
		assert_true(client->replied);
		assert_int_equal(client->reply.id, 1000 + i);
	}
}

/* Answers that nobody reads wait, but not without limit; then no more commands are taken. */
static void test_answers_that_nobody_reads(void **state)
{
	struct client *client = *state;
	const struct vfu_region_access access = {0, VFU_BAR0, I82599_BAR0_BYTES};
	const uint16_t first = (uint16_t)(client->id + 2);

	client_negotiate(client, NULL);
	for (unsigned i = 0; i < 150; i++)
		client_send(client, VFU_REGION_READ, 0, &access, sizeof(access), NULL, 0);
	for (unsigned i = 0; i < 150; i++)
		vfu_session_serve(&client->session);
	assert_in_range(client->session.channel.waiting, 8u << 20, 9u << 20);
	assert_int_equal(vfu_session_events(&client->session), POLLOUT);
	for (unsigned i = 0; i < 150; i++) {
		client->replied = false;
		client_pump(client);
		assert_true(client->replied);
		assert_int_equal(client->reply.id, (uint16_t)(first + i));
		assert_int_equal(client->len, sizeof(access) + I82599_BAR0_BYTES);
	}
	assert_int_equal(vfu_session_events(&client->session), POLLIN);
}

static void test_streams_that_make_no_sense(void **state)
{
	static const struct vfu_header bad[] = {
		{.command = VFU_DEVICE_RESET, .size = 0},
		{.command = VFU_DEVICE_RESET, .size = 15},
		{.command = VFU_DEVICE_RESET, .size = UINT32_MAX},
		{.command = VFU_DEVICE_RESET, .size = VFU_MAX_MESSAGE + 1},
		{.command = VFU_DEVICE_RESET, .size = 16, .flags = 2},
		{.command = VFU_DEVICE_RESET, .size = 16, .flags = VFU_REPLY},
		{.command = VFU_DMA_READ, .size = 16, .flags = VFU_REPLY},
		{.command = VFU_DMA_WRITE, .size = 16, .flags = VFU_REPLY | VFU_ERROR},
	};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(client_negotiate(client, NULL), 0);
		client_send_bytes(client, &bad[i], sizeof(bad[i]));
		client->replied = false;
		client_pump(client);
		assert_false(vfu_session_active(&client->session));
		close(client->fd);
		client_connect(client);
	}
}

/* However soon the next message is there, time goes on between a read and what comes after it. */
static void test_read_ends_the_turn(void **state)
{
	const struct vfu_region_access access = {8, VFU_BAR0, 4};
	struct client *client = *state;
	char bytes[256];

	assert_int_equal(client_negotiate(client, NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		client_send(client, VFU_REGION_READ, VFU_COMMAND, &access, sizeof(access), NULL, 0);
	for (unsigned i = 0; i < 2; i++) {
		vfu_session_serve(&client->session);
		assert_int_equal(recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT),
				 sizeof(struct vfu_header) + sizeof(access) + 4);
	}
}

static void test_gone_in_the_middle(void **state)
{
	struct client *client = *state;
	const struct vfu_header header = {.command = VFU_REGION_WRITE, .size = 200};

	for (size_t len = 1; len <= sizeof(header); len += 5) {
		client_negotiate(client, NULL);
		client_send_bytes(client, &header, len);
		client->replied = false;
		client_pump(client);
		assert_true(vfu_session_active(&client->session));
		client_disconnect(client);
		assert_false(vfu_session_active(&client->session));
		client_connect(client);
	}
}

static void test_reconnect(void **state)
{
	struct client *client = *state;
	const unsigned before = count_fds();
	const int eventfd = client_eventfd();

	client_negotiate(client, "{\"capabilities\":{\"write_multiple\":true}}");
	assert_int_equal(client_map(client, MEMORY_BASE, MEMORY_BYTES, 0, client->memfd), 0);
	assert_int_equal(client_set_irqs(client, 0x24, VFU_MSIX, 0, 1, &eventfd, 1), 0);
	client_start_card(client);
	client->replied = false;
	client_disconnect(client);
	assert_false(vfu_session_active(&client->session));
	assert_int_equal(client->port.dma.count, 0);
	close(eventfd);
	client_connect(client);
	assert_int_equal(count_fds(), before);
	assert_int_equal(client_negotiate(client, NULL), 0);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) & 6, 0);
	assert_int_equal(client_map(client, MEMORY_BASE, MEMORY_BYTES, 0, client->memfd), 0);
	assert_int_equal(client_call(client, VFU_REGION_WRITE_MULTI, &(uint64_t){0}, 8, NULL, 0),
			 EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_only_what_was_proposed_is_answered),
		TEST(test_all_capabilities),
		TEST(test_no_capabilities),
		TEST(test_other_major_version),
		TEST(test_bad_capabilities),
		TEST(test_text_without_its_end),
		TEST(test_version_comes_first),
		TEST(test_version_comes_once),
		TEST(test_device_info),
		TEST(test_region_info),
		TEST(test_what_there_is_not),
		TEST(test_config_space),
		TEST(test_registers),
		TEST(test_bad_accesses),
		TEST(test_reads_no_longer_than_agreed),
		TEST(test_several_writes),
		TEST(test_several_writes_want_agreement),
		TEST(test_no_reply),
		TEST(test_reset),
		TEST(test_descriptors_that_nobody_wants),
		TEST(test_own_socket_as_descriptor),
		TEST(test_too_many_descriptors),
		TEST(test_byte_by_byte),
		TEST(test_many_at_once),
		TEST(test_answers_that_nobody_reads),
		TEST(test_streams_that_make_no_sense),
		TEST(test_read_ends_the_turn),
		TEST(test_gone_in_the_middle),
		TEST(test_reconnect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
