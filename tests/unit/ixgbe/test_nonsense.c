// SPDX-License-Identifier: BSD-2-Clause
/*
 * A dying NIC answers some reads with nonsense. Whatever it is, the driver ends in bounded time,
 * gives back all packets and all memory, and works again when the NIC does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

#define MS         1000000ull
#define QUEUES     2
#define LIVES      100
#define READS_MOST 4000000
#define TICKS_MOST (600 * 1000 * MS)

static unsigned seed, one_in, probed, started;

/* Mostly ones, zeros, and one wrong bit: what buses give. */
static uint32_t mangle(uint32_t reg, uint32_t value)
{
	unsigned bit = (unsigned)rand_r(&seed) % 32;

	(void)reg;
	if (rand_r(&seed) % one_in)
		return value;
	switch (rand_r(&seed) % 4) {
	case 0:
		return 0xFFFFFFFF;
	case 1:
		return 0;
	case 2:
		return (uint32_t)rand_r(&seed) << 16 ^ (uint32_t)rand_r(&seed);
	default:
		return value ^ 1u << bit;
	}
}

static void run(void)
{
	struct frame_spec spec = frame_flow(1, 100);
	uint8_t frame[256];
	size_t bytes = frame_build(frame, &spec);

	for (unsigned i = 0; i < 6; i++) {
		struct packet *packet = nic_packet(i % QUEUES, frame, bytes);

		if (!nic.dev->ops->tx_burst(nic.dev, i % QUEUES, &packet, 1))
			packet_free(packet);
		i82599_receive(nic.model, frame, bytes);
		if (i == 3)
			nic_set_register(0x808, 1u << 28);
		nic_advance(1001 * MS);
		ixgbe_link_interrupt(nic.dev);
		nic.dev->ops->service(nic.dev);
		for (unsigned q = 0; q < QUEUES; q++) {
			nic.dev->ops->tx_reclaim(nic.dev, q);
			if (nic.dev->ops->rx_burst(nic.dev, q, &packet, 1))
				packet_free(packet);
		}
	}
	nic.dev->ops->dump(nic.dev);
}

static void live(uint16_t device_id, bool from_birth)
{
	nic_create(device_id, false);
	nic.strict = false; /* what a driver does that reads nonsense is no defect */
	nic.mangle = from_birth ? mangle : NULL;
	if (!nic_probe()) {
		probed++;
		nic.mangle = mangle;
		if (!nic_start(QUEUES, 64, 1500)) {
			started++;
			run();
			nic_stop();
		}
		ixgbe_remove(nic.dev);
		nic.dev = NULL;
	}
	assert_in_range(nic.reads, 1, READS_MOST);
	nic.mangle = NULL;
	nic_set_register(0x10140, 0); /* what a driver may leave that could not read */
	nic_set_register(0x10160, 0);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_start(QUEUES, 64, 1500), 0);
	nic_link_up();
	nic_stop();
	nic_destroy();
}

static void test_lives(void **state)
{
	static const unsigned rates[] = {2, 30, 300, 3000, 30000};

	(void)state;
	for (unsigned i = 0; i < LIVES; i++) {
		uint64_t begin = host_ticks;

		seed = i;
		one_in = rates[i % ARRAY_SIZE(rates)];
		live(i % 2 ? NIC_SFP : NIC_KX4, i % 16 < 4);
		if (host_ticks - begin > TICKS_MOST)
			fail_msg("seed %u took %llu ms", i,
				 (unsigned long long)((host_ticks - begin) / MS));
	}
	assert_in_range(probed, LIVES / 4, LIVES - 1);
	assert_in_range(started, LIVES / 4, probed - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
