// SPDX-License-Identifier: BSD-2-Clause
// VLANs: access and trunk ports, tags in data and beside it, isolation, learning, double tags.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_network.h"
#include "kernel/machine.h"
#include "machine_host.h"

#define STATION   0x060504030202ull
#define STRANGER  0x070504030202ull
#define BROADCAST 0xffffffffffffull

#define NO_TAG    (-1)
#define TAG_BYTES 4

/* A frame in short: its outermost tag, or NO_TAG, and its number. */
struct seen {
	int tag;
	uint32_t number;
};

static struct fake_guest *a, *b, *c;
static struct seen wire[64];
static unsigned wire_frames;

static uint32_t put_tag(uint8_t *frame, uint32_t bytes, int tag)
{
	if (tag == NO_TAG)
		return bytes;
	memmove(frame + 16, frame + 12, bytes - 12);
	frame[12] = 0x81;
	frame[13] = 0x00;
	frame[14] = (uint8_t)(tag >> 8);
	frame[15] = (uint8_t)tag;
	return bytes + TAG_BYTES;
}

static uint32_t take_tag(uint8_t *frame, uint32_t bytes, int *tag)
{
	*tag = NO_TAG;
	if (frame[12] != 0x81 || frame[13] != 0x00)
		return bytes;
	*tag = frame[14] << 8 | frame[15];
	memmove(frame + 12, frame + 16, bytes - 16);
	return bytes - TAG_BYTES;
}

static void see_transmitted(const struct packet *packet)
{
	struct seen *seen = &wire[wire_frames++];

	assert_int_equal(packet->fragments, 0);
	assert_int_equal(packet->bytes, packet->total_bytes);
	seen->tag = packet->flags & PACKET_VLAN ? packet->vlan_tci : NO_TAG;
	seen->number = frame_number(packet->data, packet->bytes);
}

static struct vio_vlan_config access_port(unsigned vlan)
{
	struct vio_vlan_config config = {
		.access = true, .listed = true, .untagged = (uint16_t)vlan};

	config.carried[vlan / 64] |= 1ull << vlan % 64;
	return config;
}

/* native: VIO_VLAN_NONE, or one more VLAN */
static struct vio_vlan_config trunk_port(unsigned first, unsigned last, unsigned native)
{
	struct vio_vlan_config config = {.listed = true, .untagged = (uint16_t)native};

	for (unsigned vlan = first; vlan <= last; vlan++)
		config.carried[vlan / 64] |= 1ull << vlan % 64;
	if (native != VIO_VLAN_NONE)
		config.carried[native / 64] |= 1ull << native % 64;
	return config;
}

static void start(unsigned backends)
{
	fake_network_start(backends, true);
	fake.card.transmitted = see_transmitted;
	wire_frames = 0;
}

static struct fake_guest *add(struct vio_vlan_config vlans, bool any_source, uint32_t features)
{
	struct vio_device_config config = {
		.queue_pairs = 2, .vlans = &vlans, .any_source = any_source};
	struct fake_guest *guest = fake_network_add_with(config);

	fake_guest_up(guest, 1, features);
	return guest;
}

/* Sends with tags in the data, the outer one last given. */
static void send_from(struct fake_guest *guest, uint64_t from, uint64_t to, int inner, int outer,
		      uint32_t number)
{
	uint8_t frame[128];
	uint32_t bytes = 60;

	frame_fill(frame, bytes, to, from, number);
	bytes = put_tag(frame, bytes, inner);
	bytes = put_tag(frame, bytes, outer);
	front_put_data(&guest->tx[0], frame, bytes, 0);
	front_show(&guest->tx[0]);
	fake_network_run();
}

static void send(struct fake_guest *guest, uint64_t to, int tag, uint32_t number)
{
	send_from(guest, guest->mac, to, NO_TAG, tag, number);
}

static void send_offloaded(struct fake_guest *guest, uint64_t to, int tag, uint32_t number)
{
	struct vio_tx_offload offload = {.flags = VIO_TX_MORE | VIO_TX_OFFLOAD,
					 .offload = VIO_OFFLOAD_VLAN,
					 .vlan_tci = (uint16_t)tag};

	front_put_offload(&guest->tx[0], &offload);
	send(guest, to, NO_TAG, number);
}

/* By any of the hardware's queues: guests of one queue are served by backend 0. */
static void receive_from(uint64_t from, uint64_t to, int tag, uint32_t number)
{
	unsigned queue = number % fake.network->backends;
	uint8_t frame[128];

	frame_fill(frame, 60, to, from, number);
	assert_true(fake_netdev_receive(&fake.card, queue, frame, put_tag(frame, 60, tag), number));
	fake_network_run();
}

static void expect(struct fake_guest *guest, int tag, uint32_t number)
{
	struct vio_completion completion;
	uint8_t frame[2048];
	uint32_t bytes = front_take(&guest->rx[0], &completion, frame);
	int in_data;

	assert_int_not_equal(bytes, 0);
	bytes = take_tag(frame, bytes, &in_data);
	if (completion.flags & VIO_RX_VLAN) {
		assert_int_equal(in_data, NO_TAG);
		in_data = completion.vlan_tci;
	}
	assert_int_equal(in_data, tag);
	assert_int_equal(frame_number(frame, bytes), number);
}

static void expect_nothing(struct fake_guest *guest)
{
	struct vio_completion completion;
	uint8_t frame[2048];

	assert_int_equal(front_take(&guest->rx[0], &completion, frame), 0);
}

/* What the wire got since it was last looked at: one frame. */
static void expect_on_wire(int tag, uint32_t number)
{
	assert_int_equal(wire_frames, 1);
	assert_int_equal(wire[0].tag, tag);
	assert_int_equal(wire[0].number, number);
	wire_frames = 0;
}

static void expect_nothing_on_wire(void)
{
	assert_int_equal(wire_frames, 0);
}

static struct vio_port_stats stats_of(const struct fake_guest *guest)
{
	struct vio_port_stats stats;

	vio_network_port_stats(fake.network, guest ? guest->device->port : 0, &stats);
	return stats;
}

static void access_ports_see_no_tags_and_only_their_vlan(void **state)
{
	(void)state;
	start(1);
	a = add(access_port(10), false, 0);
	b = add(access_port(10), false, VIO_F_RX_VLAN);
	c = add(access_port(20), false, 0);
	send(a, b->mac, NO_TAG, 1);
	expect(b, NO_TAG, 1);
	send(a, STATION, NO_TAG, 2);
	expect_on_wire(10, 2);
	receive_from(STATION, a->mac, 10, 3);
	expect(a, NO_TAG, 3);
	receive_from(STATION, b->mac, 0x6000 | 10, 4);
	expect(b, NO_TAG, 4);
	/* Other VLANs, and frames without one. */
	receive_from(STATION, a->mac, 20, 5);
	receive_from(STATION, a->mac, NO_TAG, 6);
	receive_from(STATION, a->mac, 0x6000, 7);
	expect_nothing(a);
	/* What is there in another VLAN is unknown in mine: it may be on the wire. */
	send(a, c->mac, NO_TAG, 8);
	expect_nothing(c);
	expect_on_wire(10, 8);
	assert_int_equal(stats_of(a).unknown, 2); /* with the first to the station */
	/* Broadcast. */
	send(a, BROADCAST, NO_TAG, 9);
	expect(b, NO_TAG, 9);
	expect_nothing(c);
	expect_on_wire(10, 9);
	receive_from(STATION, BROADCAST, 20, 10);
	expect(c, NO_TAG, 10);
	expect_nothing(a);
	expect_nothing(b);
	assert_int_equal(stats_of(NULL).vlan, 0);
	fake_network_stop();
}

static void access_ports_may_not_send_tags(void **state)
{
	(void)state;
	start(1);
	a = add(access_port(10), false, VIO_F_TX_VLAN);
	b = add(access_port(10), false, 0);
	c = add((struct vio_vlan_config){0}, false, 0);
	send(a, BROADCAST, 10, 1);
	send(a, BROADCAST, 20, 2);
	send_offloaded(a, BROADCAST, 20, 3);
	send(a, BROADCAST, 0xe000 | 4095, 4);
	assert_int_equal(stats_of(a).vlan, 4);
	expect_nothing(b);
	expect_nothing(c);
	expect_nothing_on_wire();
	/* A tag that only tells a priority is none; the wire gets the priority. */
	send(a, STATION, 0xa000, 5);
	expect_on_wire(0xa000 | 10, 5);
	send_offloaded(a, b->mac, 0xa000, 6);
	expect(b, NO_TAG, 6);
	assert_int_equal(stats_of(a).vlan, 4);
	fake_network_stop();
}

static void trunks_carry_their_list(void **state)
{
	(void)state;
	start(1);
	a = add(trunk_port(10, 20, VIO_VLAN_NONE), false, VIO_F_TX_VLAN | VIO_F_RX_VLAN);
	b = add(trunk_port(15, 15, 1), false, 0);
	c = add(access_port(15), false, 0);
	send(a, b->mac, 15, 1);
	expect(b, 15, 1);
	send_offloaded(a, c->mac, 15, 2);
	expect(c, NO_TAG, 2);
	send(c, a->mac, NO_TAG, 3);
	expect(a, 15, 3);
	send_offloaded(a, STATION, 0x2000 | 20, 4);
	expect_on_wire(0x2000 | 20, 4);
	/* Not in the list, not tagged, reserved. */
	send(a, STATION, 21, 5);
	send_offloaded(a, STATION, 9, 6);
	send(a, STATION, NO_TAG, 7);
	send(a, STATION, 0x2000, 8);
	send(a, STATION, 4095, 9);
	assert_int_equal(stats_of(a).vlan, 5);
	expect_nothing_on_wire();
	/* The native VLAN. */
	send(b, STATION, NO_TAG, 10);
	expect_on_wire(1, 10);
	receive_from(STATION, b->mac, 1, 11);
	expect(b, NO_TAG, 11);
	send(b, STATION, 1, 12);
	expect_on_wire(1, 12);
	receive_from(STATION, b->mac, NO_TAG, 13);
	expect_nothing(b);
	receive_from(STATION, BROADCAST, 15, 14);
	expect(a, 15, 14);
	expect(b, 15, 14);
	expect(c, NO_TAG, 14);
	fake_network_stop();
}

static void ports_without_vlans_pass_all(void **state)
{
	(void)state;
	start(1);
	a = add((struct vio_vlan_config){0}, false, VIO_F_TX_VLAN);
	b = add((struct vio_vlan_config){0}, false, VIO_F_RX_VLAN);
	c = add(access_port(10), false, 0);
	send(a, b->mac, NO_TAG, 1);
	expect(b, NO_TAG, 1);
	send(a, b->mac, 7, 2);
	expect(b, 7, 2);
	send_offloaded(b, a->mac, 0, 0); /* without the feature: b breaks */
	assert_int_not_equal(b->device->broken, 0);
	send_offloaded(a, STATION, 4094, 3);
	expect_on_wire(4094, 3);
	send(a, STATION, 0xe000, 4);
	expect_on_wire(0xe000, 4);
	send(a, c->mac, 10, 5);
	expect(c, NO_TAG, 5);
	send(c, a->mac, NO_TAG, 6);
	expect(a, 10, 6);
	assert_int_equal(stats_of(a).vlan, 0);
	fake_network_stop();
}

static void learns_addresses_by_vlan(void **state)
{
	(void)state;
	start(1);
	a = add(trunk_port(10, 20, VIO_VLAN_NONE), true, 0);
	b = add(trunk_port(10, 20, VIO_VLAN_NONE), true, 0);
	c = add((struct vio_vlan_config){0}, false, 0);
	/* One address in two VLANs behind two ports, and in a third behind the uplink. */
	send_from(a, STRANGER, c->mac, NO_TAG, 10, 1);
	send_from(b, STRANGER, c->mac, NO_TAG, 20, 2);
	receive_from(STRANGER, c->mac, 15, 3);
	expect(c, 10, 1);
	expect(c, 20, 2);
	expect(c, 15, 3);
	send(c, STRANGER, 10, 4);
	send(c, STRANGER, 20, 5);
	expect(a, 10, 4);
	expect(b, 20, 5);
	send(c, STRANGER, 15, 6);
	expect_on_wire(15, 6);
	assert_int_equal(stats_of(c).unknown, 0);
	send(c, STRANGER, 16, 7);
	expect_on_wire(16, 7);
	assert_int_equal(stats_of(c).unknown, 1);
	/* A guest's own address is its own in the VLANs that it carries, and there only. */
	send_from(b, a->mac, c->mac, NO_TAG, 10, 8);
	receive_from(a->mac, c->mac, 10, 9);
	expect_nothing(c);
	assert_int_equal(stats_of(b).spoofed, 1);
	assert_int_equal(stats_of(NULL).spoofed, 1);
	receive_from(a->mac, c->mac, 30, 10);
	expect(c, 30, 10);
	fake_network_stop();
}

static void expect_two_tags(struct fake_guest *guest, int outer, int inner, uint32_t number)
{
	struct vio_completion completion;
	uint8_t frame[2048];
	uint32_t bytes = front_take(&guest->rx[0], &completion, frame);
	int tag;

	bytes = take_tag(frame, bytes, &tag);
	assert_int_equal(tag, outer);
	bytes = take_tag(frame, bytes, &tag);
	assert_int_equal(tag, inner);
	assert_int_equal(frame_number(frame, bytes), number);
}

/* The housekeeping of so many simulated seconds. */
static void pass_seconds(unsigned seconds)
{
	while (seconds--) {
		host_ticks += 1000000 * ticks_per_us();
		vio_network_service(fake.network);
	}
}

static void count_learned(void *context, uint64_t mac, unsigned vlan, unsigned port)
{
	(void)mac;
	(void)port;
	*(unsigned *)context += vlan != VIO_VLAN_NONE;
}

static unsigned learned(void)
{
	unsigned count = 0;

	vio_switch_visit(&fake.network->fabric, host_ticks, count_learned, &count);
	return count;
}

static void forgets_who_is_silent(void **state)
{
	(void)state;
	start(1);
	a = add(trunk_port(10, 20, VIO_VLAN_NONE), true, 0);
	b = add(access_port(10), false, 0);
	pass_seconds(10);
	send_from(a, STRANGER, b->mac, NO_TAG, 10, 1);
	expect(b, NO_TAG, 1);
	/* Heard of now and then, it stays. */
	for (uint32_t i = 0; i < 20; i++) {
		pass_seconds(100);
		send(b, STRANGER, NO_TAG, 100 + i);
		expect(a, 10, 100 + i);
		send_from(a, STRANGER, b->mac, NO_TAG, 10, 200 + i);
		expect(b, NO_TAG, 200 + i);
	}
	assert_int_equal(learned(), 1);
	assert_int_equal(stats_of(b).unknown, 0);
	pass_seconds(400);
	assert_int_equal(learned(), 0);
	send(b, STRANGER, NO_TAG, 300);
	expect_on_wire(10, 300);
	assert_int_equal(stats_of(b).unknown, 1);
	fake_network_stop();
}

static void inner_tags_are_data(void **state)
{
	struct vio_vlan_config native = trunk_port(0, 100, 5);
	uint8_t cut[20];

	(void)state;
	start(1);
	vio_switch_set_vlans(&fake.network->fabric, VIO_PORT_UPLINK, &native);
	fake.card.transmitted = NULL;
	fake.card.queue[0].reclaimable = 0;
	a = add(access_port(5), false, 0);
	b = add(trunk_port(5, 20, VIO_VLAN_NONE), false, VIO_F_RX_VLAN);
	c = add(trunk_port(20, 20, 5), false, 0);
	/* A priority tag around the tag of a foreign VLAN does not get there. */
	send_from(a, a->mac, STATION, 20, 0, 1);
	assert_int_equal(fake.card.queue[0].sends, 1);
	assert_int_equal(fake.card.queue[0].sent[0]->flags & PACKET_VLAN, PACKET_VLAN);
	assert_int_equal(fake.card.queue[0].sent[0]->vlan_tci, 5);
	assert_true(vio_vlan_in_data(fake.card.queue[0].sent[0]));
	send_from(b, b->mac, c->mac, 20, 5, 2);
	expect_nothing(a);
	assert_int_equal(stats_of(c).tx_packets, 1);
	expect_two_tags(c, 5, 20, 2);
	/* A frame that ends in its tag is no frame. */
	frame_fill(cut, sizeof(cut), STATION, b->mac, 3);
	cut[12] = 0x81;
	cut[13] = 0x00;
	front_put_data(&b->tx[0], cut, 16, 0);
	front_show(&b->tx[0]);
	fake_network_run();
	assert_int_equal(stats_of(b).vlan, 1);
	fake_network_stop();
}

static void uplink_may_have_a_native_vlan(void **state)
{
	struct vio_vlan_config native = trunk_port(10, 10, 5);

	(void)state;
	start(1);
	vio_switch_set_vlans(&fake.network->fabric, VIO_PORT_UPLINK, &native);
	a = add(access_port(5), false, 0);
	b = add(access_port(10), false, 0);
	send(a, STATION, NO_TAG, 1);
	expect_on_wire(NO_TAG, 1);
	receive_from(STATION, a->mac, NO_TAG, 2);
	expect(a, NO_TAG, 2);
	send(b, STATION, NO_TAG, 3);
	expect_on_wire(10, 3);
	receive_from(STATION, b->mac, 11, 4);
	assert_int_equal(stats_of(NULL).vlan, 1);
	expect_nothing(b);
	fake_network_stop();
}

/* A broadcast has another shape at each port, also at those of another backend. */
static void broadcasts_keep_their_shape(void **state)
{
	(void)state;
	start(2);
	a = add(access_port(10), false, 0);
	b = add(trunk_port(10, 10, VIO_VLAN_NONE), false, 0);
	c = add((struct vio_vlan_config){0}, false, VIO_F_RX_VLAN);
	for (uint32_t i = 1; i <= 21; i++) {
		receive_from(STATION, BROADCAST, 0x4000 | 10, 3 * i);
		expect(a, NO_TAG, 3 * i);
		expect(b, 0x4000 | 10, 3 * i);
		expect(c, 0x4000 | 10, 3 * i);
		send(b, BROADCAST, 10, 3 * i + 1);
		expect(a, NO_TAG, 3 * i + 1);
		expect(c, 10, 3 * i + 1);
		expect_on_wire(10, 3 * i + 1);
		send(a, BROADCAST, NO_TAG, 3 * i + 2);
		expect(b, 10, 3 * i + 2);
		expect(c, 10, 3 * i + 2);
		expect_on_wire(10, 3 * i + 2);
	}
	/* The card's other queue is another backend's. */
	assert_int_equal(fake.network->backend[1]->stats.handovers, 3 * 11);
	fake_network_stop();
}

static void stripping_moves_offsets(void **state)
{
	uint8_t buffer[128];
	struct packet packet = {.data = buffer,
				.bytes = 100,
				.total_bytes = 3000,
				.flags = PACKET_CSUM_PARTIAL | PACKET_GSO_TCPV4,
				.csum_start = 38,
				.csum_offset = 16,
				.header_bytes = 58,
				.gso_size = 1000};

	(void)state;
	frame_fill(buffer, 96, STATION, STRANGER, 77);
	put_tag(buffer, 96, 0x3123);
	assert_true(vio_vlan_normalize(&packet));
	assert_int_equal(packet.bytes, 96);
	assert_int_equal(packet.total_bytes, 2996);
	assert_int_equal(packet.csum_start, 34);
	assert_int_equal(packet.header_bytes, 54);
	assert_int_equal(packet.vlan_tci, 0x3123);
	assert_int_equal(vio_vlan_of(&packet), 0x123);
	assert_int_equal(frame_number(packet.data, packet.bytes), 77);
	/* What follows is not another outermost tag. */
	put_tag(packet.data, 92, 5);
	assert_true(vio_vlan_normalize(&packet));
	assert_int_equal(packet.vlan_tci, 0x3123);
	assert_int_equal(packet.bytes, 96);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_ports_see_no_tags_and_only_their_vlan),
		cmocka_unit_test(access_ports_may_not_send_tags),
		cmocka_unit_test(trunks_carry_their_list),
		cmocka_unit_test(ports_without_vlans_pass_all),
		cmocka_unit_test(learns_addresses_by_vlan),
		cmocka_unit_test(forgets_who_is_silent),
		cmocka_unit_test(inner_tags_are_data),
		cmocka_unit_test(uplink_may_have_a_native_vlan),
		cmocka_unit_test(broadcasts_keep_their_shape),
		cmocka_unit_test(stripping_moves_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
