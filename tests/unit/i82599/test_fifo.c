/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame store against a plain list, over many wraps and with every alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tools/i82599/fifo.h"

#define STORE 4096

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void test_order_and_content(void **state)
{
	struct nic_fifo fifo;
	uint32_t lens[STORE], first = 0, last = 0, seed = 1;

	assert_true(nic_fifo_init(&fifo, STORE));
	for (unsigned step = 0; step < 100000; step++) {
		uint32_t len = next_random(&seed) % 700;
		struct nic_packet *packet =
			next_random(&seed) % 2 ? nic_fifo_push(&fifo, len) : NULL;

		if (packet) {
			memset(packet->data, (int)(last & 0xff), len);
			lens[last++ % STORE] = len;
		} else if (first != last) {
			packet = nic_fifo_front(&fifo);
			assert_int_equal(packet->len, lens[first % STORE]);
			for (uint32_t i = 0; i < packet->len; i++)
				assert_int_equal(packet->data[i], first & 0xff);
			nic_fifo_pop(&fifo);
			first++;
		}
		assert_int_equal(fifo.frames, last - first);
		assert_true((nic_fifo_front(&fifo) == NULL) == (first == last));
	}
	assert_true(last > 10000);
	nic_fifo_free(&fifo);
	(void)state;
}

/* Equal records that divide the store exactly: it can be filled to the last byte. */
static void test_exact_fit(void **state)
{
	uint32_t len = 128 - sizeof(struct nic_packet);
	struct nic_fifo fifo;

	assert_true(nic_fifo_init(&fifo, STORE));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < STORE / 128; i++)
			assert_non_null(nic_fifo_push(&fifo, len));
		assert_null(nic_fifo_push(&fifo, 0));
		nic_fifo_pop(&fifo);
		assert_non_null(nic_fifo_push(&fifo, len));
		assert_null(nic_fifo_push(&fifo, len));
		for (unsigned i = 0; i < STORE / 128; i++)
			nic_fifo_pop(&fifo);
		assert_null(nic_fifo_front(&fifo));
	}
	nic_fifo_free(&fifo);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_content),
		cmocka_unit_test(test_exact_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
