/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's memory: mapped, unmapped, shared or by messages, and a card that uses it. */
#include "tests/unit/vfio_user/client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static int interrupt; /* an eventfd: that of the card's first vector, after start() */

static int setup(void **state)
{
	client_setup(state);
	interrupt = client_eventfd();
	return client_negotiate(*state, NULL);
}

static int teardown(void **state)
{
	close(interrupt);
	return client_teardown(state);
}

static int unmap(struct client *client, uint32_t flags, uint64_t address, uint64_t size)
{
	const struct vfu_dma_unmap_request request = {sizeof(request), flags, address, size};

	return client_call(client, VFU_DMA_UNMAP, &request, sizeof(request), NULL, 0);
}

static void test_map_and_unmap(void **state)
{
	struct client *client = *state;
	struct vfu_dma_unmap_request answer;
	const unsigned before = count_fds();

	assert_int_equal(client_map(client, 0x10000, 4 * PAGE, PAGE, client->memfd), 0);
	assert_int_equal(client->len, 0);
	assert_int_equal(client_map(client, 0x20000, PAGE, 0, -1), 0);
	assert_int_equal(client_map(client, 0, PAGE, 0, -1), 0);
	assert_int_equal(client_map(client, UINT64_MAX - PAGE + 1, PAGE, 0, -1), 0);
	assert_int_equal(client->port.dma.count, 4);
	assert_int_equal(count_fds(), before);
	assert_int_equal(unmap(client, 0, 0x10000, PAGE), ENOENT);
	assert_int_equal(unmap(client, 0, 0x11000, 3 * PAGE), ENOENT);
	assert_int_equal(unmap(client, 0, 0x10000, 4 * PAGE), 0);
	assert_int_equal(client->len, sizeof(answer));
	memcpy(&answer, client->data, sizeof(answer));
	assert_int_equal(answer.address, 0x10000);
	assert_int_equal(answer.size, 4 * PAGE);
	assert_int_equal(unmap(client, 0, 0x10000, 4 * PAGE), ENOENT);
	assert_int_equal(client_map(client, 0x10000, 4 * PAGE, 0, -1), 0);
	assert_int_equal(unmap(client, VFU_DMA_UNMAP_ALL, 0x10000, 0), EINVAL);
	assert_int_equal(unmap(client, VFU_DMA_UNMAP_ALL, 0, 0), 0);
	assert_int_equal(client->port.dma.count, 0);
	assert_int_equal(unmap(client, 1, 0, PAGE), EINVAL);
}

static void test_overlaps(void **state)
{
	struct client *client = *state;

	assert_int_equal(client_map(client, 0x10000, 0x10000, 0, -1), 0);
	assert_int_equal(client_map(client, 0x10000, 0x10000, 0, -1), EEXIST);
	assert_int_equal(client_map(client, 0xf000, 2 * PAGE, 0, -1), EEXIST);
	assert_int_equal(client_map(client, 0x1f000, 2 * PAGE, 0, -1), EEXIST);
	assert_int_equal(client_map(client, 0x14000, PAGE, 0, -1), EEXIST);
	assert_int_equal(client_map(client, 0, 0x40000, 0, -1), EEXIST);
	assert_int_equal(client_map(client, 0, 0x10000, 0, -1), 0);
	assert_int_equal(client_map(client, 0x20000, PAGE, 0, -1), 0);
	assert_int_equal(client->port.dma.count, 3);
}

static void test_maps_that_cannot_be(void **state)
{
	struct client *client = *state;
	const int fds[2] = {client->memfd, client->memfd}, event = client_eventfd();
	const int read_only = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct vfu_dma_map_request map = {32, 3, 0, 0x10000, PAGE};
	const unsigned before = count_fds();

	assert_int_equal(client_map(client, 0x10000, 0, 0, -1), EINVAL);
	assert_int_equal(client_map(client, 0x10001, PAGE, 0, -1), EINVAL);
	assert_int_equal(client_map(client, 0x10000, PAGE + 1, 0, -1), EINVAL);
	assert_int_equal(client_map(client, UINT64_MAX - PAGE + 1, 2 * PAGE, 0, -1), EINVAL);
	assert_int_equal(client_map(client, 2 * PAGE, UINT64_MAX - PAGE + 1, 0, -1), EINVAL);
	/* Not within the file, in every way. */
	assert_int_equal(client_map(client, 0x10000, MEMORY_BYTES + PAGE, 0, fds[0]), EINVAL);
	assert_int_equal(client_map(client, 0x10000, PAGE, MEMORY_BYTES, fds[0]), EINVAL);
	assert_int_equal(client_map(client, 0x10000, PAGE, 1, fds[0]), EINVAL);
	assert_int_equal(client_map(client, 0x10000, PAGE, UINT64_MAX - PAGE + 1, fds[0]), EINVAL);
	assert_int_equal(client_map(client, 0x10000, PAGE, 0, event), EINVAL);
	assert_int_equal(client_map(client, 0x10000, PAGE, 0, read_only), EACCES);
	assert_int_equal(client_call(client, VFU_DMA_MAP, &map, 32, fds, 2), EINVAL);
	assert_int_equal(client_call(client, VFU_DMA_MAP, &map, 31, NULL, 0), EINVAL);
	map.argsz = 31;
	assert_int_equal(client_call(client, VFU_DMA_MAP, &map, 32, NULL, 0), EINVAL);
	map.argsz = 32;
	map.flags = 0;
	assert_int_equal(client_call(client, VFU_DMA_MAP, &map, 32, NULL, 0), EINVAL);
	map.flags = 7;
	assert_int_equal(client_call(client, VFU_DMA_MAP, &map, 32, NULL, 0), EINVAL);
	assert_int_equal(client->port.dma.count, 0);
	assert_int_equal(count_fds(), before);
	close(event);
	close(read_only);
}

/* Parts of huge pages; there need not be any to back them. */
static void test_huge_pages(void **state)
{
	struct client *client = *state;
	const int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB);

	if (fd < 0)
		skip();
	assert_int_equal(ftruncate(fd, 4 << 20), 0);
	assert_int_equal(client_map(client, 0, 0xc0000, 0, fd), 0);
	assert_int_equal(client_map(client, 0x100000, 0x300000, 0x100000, fd), 0);
	assert_int_equal(unmap(client, 0, 0, 0xc0000), 0);
	assert_int_equal(unmap(client, 0, 0x100000, 0x300000), 0);
	close(fd);
}

static void test_ranges_side_by_side(void **state)
{
	struct vfu_dma dma = {0};
	char why[256];

	(void)state;
	assert_int_equal(vfu_dma_add(&dma, PAGE, PAGE, 3, -1, 0, why, sizeof(why)), 0);
	assert_int_equal(vfu_dma_add(&dma, 2 * PAGE, PAGE, 1, -1, 0, why, sizeof(why)), 0);
	assert_int_equal(vfu_dma_add(&dma, 4 * PAGE, PAGE, 2, -1, 0, why, sizeof(why)), 0);
	assert_true(vfu_dma_covers(&dma, PAGE, 2 * PAGE, false));
	assert_false(vfu_dma_covers(&dma, PAGE, PAGE + 1, true));
	assert_false(vfu_dma_covers(&dma, PAGE, 2 * PAGE + 1, false));
	assert_false(vfu_dma_covers(&dma, PAGE - 1, 1, false));
	assert_false(vfu_dma_covers(&dma, 4 * PAGE, 1, false));
	assert_true(vfu_dma_covers(&dma, 4 * PAGE, PAGE, true));
	assert_false(vfu_dma_covers(&dma, UINT64_MAX, 2, true));
	assert_null(vfu_dma_find(&dma, 3 * PAGE));
	assert_int_equal(vfu_dma_find(&dma, 5 * PAGE - 1)->start, 4 * PAGE);
	vfu_dma_clear(&dma);
}

/* Every frame goes out, comes back from the echo, and is told of by an interrupt. */
static void exchange(struct client *client, unsigned n, size_t len)
{
	const uint64_t *rx = (const uint64_t *)(client->memory + (RX_RING - MEMORY_BASE)) + 2 * n;
	const uint8_t *frame = client->memory + (RX_BUFFERS - MEMORY_BASE) + 2048 * n;
	const uint64_t *tx = (const uint64_t *)(client->memory + (TX_RING - MEMORY_BASE)) + 2 * n;

	client_transmit(client, n, len);
	client_pass(client, 40 * I82599_PS_PER_US);
	assert_int_equal(tx[1], 1ull << 32); /* DD */
	assert_int_equal(rx[1] & 3, 3);
	assert_int_equal(rx[1] >> 32 & 0xffff, len);
	assert_int_equal(frame[5], 1);
	for (size_t i = 14; i < len; i++)
		assert_int_equal(frame[i], (uint8_t)(7 * i));
	assert_true(client_events(interrupt) > 0);
	client_write32(client, VFU_BAR0, 0x880, 1); /* EIMS */
}

/* Maps the client's memory, shared if fd is its file, and brings the card up. */
static void start(struct client *client, int fd)
{
	assert_int_equal(client_map(client, MEMORY_BASE, MEMORY_BYTES, 0, fd), 0);
	assert_int_equal(client_set_irqs(client, 0x24, VFU_MSIX, 0, 1, &interrupt, 1), 0);
	client_start_card(client);
}

static void test_frames_through_shared_memory(void **state)
{
	struct client *client = *state;

	start(client, client->memfd);
	for (unsigned n = 0; n < 10; n++)
		exchange(client, n, 60 + 140 * n);
	assert_int_equal(client->dma_reads + client->dma_writes, 0);
}

/* While its byte is 0 nothing reaches memory, and no interrupt is told of. */
static void test_bridge_that_refuses(void **state)
{
	struct client *client = *state;
	const uint64_t *tx = (const uint64_t *)(client->memory + (TX_RING - MEMORY_BASE));
	const int byte = memfd_create("bridge", MFD_CLOEXEC);
	char path[32], why[256];

	assert_int_equal(vfu_port_put_behind(&client->port, "/nowhere", why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "--bridge /nowhere: cannot map"));
	assert_int_equal(pwrite(byte, "", 1, 0), 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", byte);
	assert_int_equal(vfu_port_put_behind(&client->port, path, why, sizeof(why)), 0);
	start(client, client->memfd);
	client_transmit(client, 0, 60);
	client_pass(client, 40 * I82599_PS_PER_US);
	client_write32(client, VFU_BAR0, 0x808, 1); /* EICS */
	assert_int_equal(tx[1] & 1ull << 32, 0);
	assert_int_equal(client_events(interrupt), 0);
	assert_true(i82599_defects(client->port.dev).total > 0);
	assert_int_equal(pwrite(byte, "\1", 1, 0), 1);
	client_write32(client, VFU_BAR0, 0, 1u << 26); /* CTRL.RST */
	client_start_card(client);
	exchange(client, 0, 60);
	close(byte);
}

static void test_frames_through_messages(void **state)
{
	struct client *client = *state;

	start(client, -1);
	for (unsigned n = 0; n < 10; n++)
		exchange(client, n, 60 + 140 * n);
	assert_true(client->dma_reads >= 20);
	assert_true(client->dma_writes >= 40);
	assert_int_equal(i82599_defects(client->port.dev).total, 0);
}

/* A packet of three pieces as descriptors n to n + 2 of a ring. */
static void put_pieces(struct client *client, uint64_t ring, unsigned n, unsigned queue)
{
	static const uint8_t header[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	uint64_t *tx = (uint64_t *)(client->memory + (ring - MEMORY_BASE)) + 2 * n;

	for (unsigned i = 0; i < 3; i++) {
		const uint64_t at = TX_BUFFER + 0x10000 * queue + 0x1000 * n + 0x1000 * i;
		uint8_t *bytes = client->memory + (at - MEMORY_BASE);
		const uint32_t len = i ? 500 : 100;

		memset(bytes, (int)(16 * queue + n + i), len);
		if (!i)
			memcpy(bytes, header, sizeof(header));
		tx[2 * i] = at;
		tx[2 * i + 1] =
			(i ? 0 : 1100ull << 46) | 0x2a300000u | (i == 2 ? 0x9000000u : 0) | len;
	}
}

/* Two queues whose packets have several pieces, into buffers of which each frame needs two. */
static void test_pieces_through_messages(void **state)
{
	static const uint32_t second[][2] = {{0x6040, (uint32_t)RX_RING + 0x2000},
					     {0x6048, 16 * RING_ENTRIES},
					     {0x6068, 1u << 25 | 8u << 16 | 1u << 8 | 32}};
	struct client *client = *state;
	const uint64_t *rx = (const uint64_t *)(client->memory + (RX_RING - MEMORY_BASE));
	unsigned seen[2] = {0, 0};

	start(client, -1);
	client_write32(client, VFU_BAR0, 0x1014, 0x02000401); /* SRRCTL: 1 KB */
	for (unsigned i = 0; i < 3; i++)
		client_write32(client, VFU_BAR0, second[i][0], second[i][1]);
	client_pass(client, 2 * I82599_PS_PER_US);
	for (unsigned n = 0; n < 12; n += 3) {
		put_pieces(client, TX_RING, n, 0);
		put_pieces(client, RX_RING + 0x2000, n, 1);
	}
	client_write32(client, VFU_BAR0, 0x6018, 12);
	client_write32(client, VFU_BAR0, 0x6058, 12);
	client_pass(client, 100 * I82599_PS_PER_US);
	for (unsigned n = 0; n < 16; n += 2) {
		const uint8_t *frame = client->memory + (RX_BUFFERS - MEMORY_BASE) + 2048 * n;
		const unsigned queue = frame[14] / 16;

		assert_int_equal(rx[2 * n + 1] & 3, 1);
		assert_int_equal(rx[2 * n + 1] >> 32 & 0xffff, 1024);
		assert_int_equal(rx[2 * n + 3] & 3, 3);
		assert_int_equal(rx[2 * n + 3] >> 32 & 0xffff, 1100 - 1024);
		/* In order within their queue, each piece in its place. */
		assert_in_range(queue, 0, 1);
		assert_int_equal(frame[99], 16 * queue + seen[queue]);
		assert_int_equal(frame[100], 16 * queue + seen[queue] + 1);
		assert_int_equal(frame[599], 16 * queue + seen[queue] + 1);
		assert_int_equal(frame[600], 16 * queue + seen[queue] + 2);
		assert_int_equal(frame[2048 + 75], 16 * queue + seen[queue] + 2);
		seen[queue] += 3;
	}
	assert_int_equal(seen[0], 12);
	assert_int_equal(seen[1], 12);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x6050), 12); /* TDH */
	assert_int_equal(i82599_defects(client->port.dev).total, 0);
}

static void test_small_messages(void **state)
{
	struct client *client = *state;

	client_disconnect(client);
	client_connect(client);
	client_negotiate(client, "{\"capabilities\":{\"max_data_xfer_size\":32}}");
	start(client, -1);
	exchange(client, 0, 1000);
	assert_true(client->dma_reads > 30);
	assert_true(client->dma_writes > 30);
}

/* A card that waits for the client answers it all the same, and loses nothing. */
static void test_slow_answers(void **state)
{
	struct client *client = *state;

	start(client, -1);
	client->manners = SAY_NOTHING;
	client_transmit(client, 0, 100);
	client_pass(client, 10 * I82599_PS_PER_US);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x6010), 0); /* TDH */
	assert_int_equal(client_read32(client, VFU_CONFIG, 0), 0x10fb8086);
	/* What the card asked for got lost here; it asks again when it is reset and started. */
	client->manners = ANSWER;
	client_write32(client, VFU_BAR0, 0, 1u << 26);
	memset(client->memory, 0, MEMORY_BYTES);
	client_start_card(client);
	exchange(client, 0, 100);
}

/* A frame is sent and comes back, but no write is answered. */
static void start_and_hold(struct client *client)
{
	start(client, -1);
	client_write32(client, VFU_BAR0, 0x888, 1); /* EIMC */
	client->manners = HOLD_WRITES;
	client_transmit(client, 0, 100);
	client_pass(client, 40 * I82599_PS_PER_US);
	assert_true(client->holds >= 3);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x800) & 0xffff, 0); /* EICR */
}

/* A driver that polls EICR finds in memory what a cause stands for: it may never look again. */
static void test_causes_follow_writes(void **state)
{
	struct client *client = *state;

	start_and_hold(client);
	client_release(client);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x800) & 0xffff, 1);
}

/* What nobody could see yet, nobody sees after a reset. */
static void test_causes_end_with_reset(void **state)
{
	struct client *client = *state;

	start_and_hold(client);
	client_write32(client, VFU_BAR0, 0, 1u << 26); /* CTRL.RST */
	client_release(client);
	assert_int_equal(client_read32(client, VFU_BAR0, 0x800) & 0xffff, 0);
}

/* A queue reads as enabled, and the card as a master, until the last access was answered. */
static void test_disabling_waits_for_answers(void **state)
{
	struct client *client = *state;

	start(client, -1);
	client->manners = SAY_NOTHING;
	client_transmit(client, 0, 100);
	client_write32(client, VFU_BAR0, 0x6028, 0);
	client_write32(client, VFU_BAR0, 0, 4); /* GIO_DIS */
	assert_int_equal(client_read32(client, VFU_BAR0, 0x6028), 1u << 25);
	assert_int_equal(client_read32(client, VFU_BAR0, 8) & 1u << 19, 1u << 19);
	client_disconnect(client);
	client_connect(client);
	client->manners = ANSWER;
	client_negotiate(client, NULL);
	client_write32(client, VFU_CONFIG, 4, 6);
	client_write32(client, VFU_BAR0, 0, 4);
	assert_int_equal(client_read32(client, VFU_BAR0, 8) & 1u << 19, 0);
}

static void test_refused_accesses(void **state)
{
	struct client *client = *state;

	start(client, -1);
	client->manners = REFUSE;
	client_transmit(client, 0, 100);
	client_pass(client, 10 * I82599_PS_PER_US);
	assert_int_equal(i82599_defects(client->port.dev).by_kind[DEFECT_DESCRIPTOR_DMA], 1);
	assert_true(vfu_session_active(&client->session));
}

static void test_wrong_answers(void **state)
{
	struct client *client = *state;

	start(client, -1);
	client->manners = ANSWER_WRONG;
	client_transmit(client, 0, 100);
	client->replied = false;
	client_pump(client);
	assert_false(vfu_session_active(&client->session));
}

static void test_memory_that_is_not_there(void **state)
{
	struct client *client = *state;
	uint64_t *tx = (uint64_t *)(client->memory + (TX_RING - MEMORY_BASE));

	start(client, client->memfd);
	client_transmit(client, 0, 100);
	client_pass(client, 10 * I82599_PS_PER_US);
	tx[2] = MEMORY_BASE + MEMORY_BYTES - 50;
	tx[3] = 100ull << 46 | 0x2b300000u | 100;
	client_write32(client, VFU_BAR0, 0x6018, 2);
	client_pass(client, 10 * I82599_PS_PER_US);
	assert_int_equal(i82599_defects(client->port.dev).by_kind[DEFECT_BUFFER_DMA], 1);
}

/* The client's file becomes shorter than what it has mapped. */
static void test_memory_that_goes_away(void **state)
{
	struct client *client = *state;

	start(client, client->memfd);
	client_transmit(client, 0, 100);
	client_pass(client, 40 * I82599_PS_PER_US);
	assert_int_equal(ftruncate(client->memfd, 0x80000), 0);
	client_write32(client, VFU_BAR0, 0x6018, 3); /* zero descriptors, then none at all */
	assert_int_equal(ftruncate(client->memfd, 0), 0);
	client_write32(client, VFU_BAR0, 0x6018, 20);
	client_pass(client, 10 * I82599_PS_PER_US);
	assert_true(i82599_defects(client->port.dev).by_kind[DEFECT_DESCRIPTOR_DMA] > 0);
	assert_int_equal(client_read32(client, VFU_CONFIG, 0), 0x10fb8086);
	assert_int_equal(ftruncate(client->memfd, MEMORY_BYTES), 0);
}

static void test_unmapped_under_the_card(void **state)
{
	struct client *client = *state;

	start(client, -1);
	client->manners = SAY_NOTHING;
	client_transmit(client, 0, 100);
	assert_int_equal(unmap(client, 0, MEMORY_BASE, MEMORY_BYTES), 0);
	client_write32(client, VFU_BAR0, 0x6018, 2);
	assert_int_equal(i82599_defects(client->port.dev).by_kind[DEFECT_DESCRIPTOR_DMA], 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_map_and_unmap),
		TEST(test_overlaps),
		TEST(test_maps_that_cannot_be),
		TEST(test_huge_pages),
		TEST(test_ranges_side_by_side),
		TEST(test_frames_through_shared_memory),
		TEST(test_frames_through_messages),
		TEST(test_bridge_that_refuses),
		TEST(test_pieces_through_messages),
		TEST(test_small_messages),
		TEST(test_slow_answers),
		TEST(test_causes_follow_writes),
		TEST(test_causes_end_with_reset),
		TEST(test_disabling_waits_for_answers),
		TEST(test_refused_accesses),
		TEST(test_wrong_answers),
		TEST(test_memory_that_is_not_there),
		TEST(test_memory_that_goes_away),
		TEST(test_unmapped_under_the_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
