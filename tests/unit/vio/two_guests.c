// SPDX-License-Identifier: BSD-2-Clause
// Two guests on a network with a card, for tests of backends end to end.
#include "two_guests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fake_guest *a, *b;
uint8_t got[70000];

void two_guests(unsigned backends, unsigned pairs, uint32_t features)
{
	fake_network_start(backends, true);
	a = fake_network_add(FAKE_PAIRS);
	b = fake_network_add(FAKE_PAIRS);
	fake_guest_up(a, pairs, features);
	fake_guest_up(b, pairs, features);
}

void from_wire(unsigned queue, uint64_t to, uint32_t number, uint32_t hash)
{
	uint8_t frame[64];

	frame_fill(frame, 60, to, STATION, number);
	assert_true(fake_netdev_receive(&fake.card, queue, frame, 60, hash));
}

uint64_t sum_drops(const struct fake_guest *guest)
{
	uint64_t drops = 0;

	for (unsigned i = 0; i < VIO_QUEUES_MOST; i++) {
		const struct vio_queue_stats *stats = &guest->device->queue[i].stats;

		drops += stats->drop_no_buffer + stats->drop_down + stats->drop_segment +
			 stats->drop_spoofed;
	}
	return drops;
}
