// SPDX-License-Identifier: BSD-2-Clause
/* Packet pools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/net/packet.h"
#include "kernel/errno.h"
#include "machine_host.h"

static void test_every_packet_has_its_own_buffer(void **state)
{
	struct packet_pool pool;
	struct packet *packets[10];

	(void)state;
	assert_int_equal(packet_pool_init(&pool, 10, 3072), 0);
	for (unsigned i = 0; i < 10; i++) {
		packets[i] = packet_alloc(&pool);
		assert_non_null(packets[i]);
		assert_ptr_equal(packets[i]->data, packets[i]->buffer);
		assert_int_equal(packets[i]->total_bytes, 0);
		for (unsigned k = 0; k < 3072; k++)
			packets[i]->buffer[k] = (uint8_t)i;
	}
	assert_null(packet_alloc(&pool));
	assert_int_equal(pool.free_count, 0);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(packets[i]->buffer[0], i);
		assert_int_equal(packets[i]->buffer[3071], i);
		packet_free(packets[i]);
	}
	assert_int_equal(pool.free_count, 10);
	packet_pool_destroy(&pool);
	assert_int_equal(host_dma_bytes, 0);
}

static void keep(struct packet *packet)
{
	*(struct packet **)packet->owner = packet;
}

static void test_done_takes_the_packet(void **state)
{
	struct packet_pool pool;
	struct packet *packet, *kept = NULL;

	(void)state;
	assert_int_equal(packet_pool_init(&pool, 1, 2048), 0);
	packet = packet_alloc(&pool);
	packet->done = keep;
	packet->owner = &kept;
	packet_free(packet);
	assert_ptr_equal(kept, packet);
	assert_int_equal(pool.free_count, 0);
	packet_release(packet);
	assert_ptr_equal(packet_alloc(&pool), packet);
	assert_null(packet->done);
	packet_free(packet);
	packet_pool_destroy(&pool);
}

static void test_no_memory(void **state)
{
	struct packet_pool pool;

	(void)state;
	for (long allocations = 0; allocations < 2; allocations++) {
		host_dma_allocations_left = allocations;
		assert_int_equal(packet_pool_init(&pool, 4, 2048), -ENOMEM);
		assert_int_equal(host_dma_bytes, 0);
	}
	host_dma_allocations_left = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_packet_has_its_own_buffer),
		cmocka_unit_test(test_done_takes_the_packet),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
