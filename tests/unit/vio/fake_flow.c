// SPDX-License-Identifier: BSD-2-Clause
// Flows of numbered UDP frames for tests.
#include "fake_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define STATION 0x060504030202ull
#define MARK_AT 42 /* flow and number, behind the UDP header */

/* The next frame of flow, which is counted as sent. */
static void make_frame(struct fake_flows *flows, unsigned flow, uint64_t to, uint64_t from,
		       uint8_t frame[FAKE_FLOW_BYTES])
{
	static const uint8_t ip[] = {0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10};
	uint32_t mark[2] = {flow, flows->sent[flow]++};

	memset(frame, 0, FAKE_FLOW_BYTES);
	memcpy(frame, &to, 6);
	memcpy(frame + 6, &from, 6);
	memcpy(frame + 12, ip, sizeof(ip));
	/* Some flows differ in ports only. */
	frame[29] = (uint8_t)(flow / 3);
	frame[35] = (uint8_t)flow;
	memcpy(frame + MARK_AT, mark, sizeof(mark));
}

void fake_flow_receive(struct fake_flows *flows, struct fake_guest *guest, unsigned flow)
{
	uint8_t frame[FAKE_FLOW_BYTES];
	struct fake_queue *queue;
	uint32_t hash;
	unsigned number;

	make_frame(flows, flow, guest->mac, STATION, frame);
	toeplitz_hash_frame(&fake.network->toeplitz, VIO_HASH_MASK_ALL, frame, sizeof(frame),
			    &hash);
	number = fake.reta[hash % NETDEV_RETA_ENTRIES];
	queue = &fake.card.queue[number];
	assert_true(fake_netdev_receive(&fake.card, number, frame, sizeof(frame), hash));
	queue->received[queue->receives - 1]->hash_type = PACKET_HASH_UDP_IPV4;
}

void fake_flow_take(struct fake_flows *flows, const uint8_t *frame, uint32_t bytes)
{
	uint32_t mark[2];

	assert_int_equal(bytes, FAKE_FLOW_BYTES);
	memcpy(mark, frame + MARK_AT, sizeof(mark));
	assert_in_range(mark[0], 0, FAKE_FLOWS - 1);
	assert_int_equal(mark[1], flows->taken[mark[0]]++);
}

uint32_t fake_flow_missing(const struct fake_flows *flows)
{
	uint32_t missing = 0;

	for (unsigned i = 0; i < FAKE_FLOWS; i++)
		missing += flows->sent[i] - flows->taken[i];
	return missing;
}
