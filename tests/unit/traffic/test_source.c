// SPDX-License-Identifier: BSD-2-Clause
/* The traffic guest's frames: marked as the wire expects them, with right checksums. */
#include "guest/bare/traffic/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/bare/traffic/traffic.h"
#include "tools/wire/checksum.h"
#include "tools/wire/mark.h"

#define RING   64
#define QUEUES 4u
#define FLOWS  10u
#define ROUNDS 50

static struct vio_ring_device device;
static struct vio_ring_driver driver;
static struct vio_descriptor descriptors[RING];
static uint8_t buffers[RING * BUFFER_BYTES];

/* All that is shown has been sent. */
bool ring_show(struct ring *ring)
{
	device.completed = driver.produced = ring->produced;
	return false;
}

static struct ring make_ring(void)
{
	memset(&device, 0, sizeof(device));
	memset(&driver, 0, sizeof(driver));
	memset(buffers, 0, sizeof(buffers));
	return (struct ring){.driver = &driver,
			     .device = &device,
			     .descriptors = descriptors,
			     .buffers = buffers,
			     .size = RING};
}

static void check_frame(const uint8_t *frame, uint32_t bytes, uint32_t *next)
{
	uint32_t l4_bytes = bytes - 34;
	struct mark mark;

	assert_int_equal(bytes, options.bytes - 4);
	assert_true(mark_find(frame, bytes, &mark));
	assert_int_equal(mark.flow_sequence, next[mark.flow]);
	next[mark.flow]++;
	assert_int_equal(fold16(sum16(frame + 14, 20, 0)), 0);
	if (options.tcp)
		assert_int_equal(
			fold16(sum16(frame + 34, l4_bytes, sum16(frame + 26, 8, 6 + l4_bytes))), 0);
}

static void check_queue(unsigned queue, uint32_t *next)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x60};
	struct ring ring = make_ring();
	struct source source = {0};

	source_init(&source, &ring, queue, QUEUES, mac);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t first = ring.produced;
		unsigned count = source_push(&source, round);

		assert_int_equal(count, ring.produced - first);
		assert_true(count > 0);
		for (unsigned i = 0; i < count; i++) {
			struct vio_descriptor *descriptor = &descriptors[(first + i) % RING];

			check_frame((const uint8_t *)descriptor->address, descriptor->bytes, next);
		}
	}
}

/* Every flow is sent by its queue only, and all of a queue's flows equally often. */
static void test_frames(void **state)
{
	static const uint32_t sizes[] = {64, 65, 1518};

	(void)state;
	options.flows = FLOWS;
	options.flow_base = 100;
	for (unsigned i = 0; i < 6; i++) {
		uint32_t *next = calloc(MARK_FLOWS, sizeof(*next));

		assert_non_null(next);
		options.tcp = i % 2;
		options.bytes = sizes[i / 2];
		for (unsigned queue = 0; queue < QUEUES; queue++)
			check_queue(queue, next);
		for (unsigned flow = 0; flow < FLOWS; flow++)
			assert_true(next[100 + flow] >= ROUNDS * 32 / 3);
		free(next);
	}
}

static void test_pace(void **state)
{
	static const uint8_t mac[6] = {2};
	struct ring ring = make_ring();
	struct source source = {0};

	(void)state;
	options.flows = 1;
	options.flow_base = 0;
	options.pace = 100;
	source_init(&source, &ring, 0, 1, mac);
	assert_int_equal(source_push(&source, 1000), 0);
	assert_int_equal(source_push(&source, 1099), 0);
	assert_int_equal(source_push(&source, 1350), 3);
	assert_int_equal(source_push(&source, 1399), 0);
	assert_int_equal(source_push(&source, 1400), 1);
	options.pace = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
