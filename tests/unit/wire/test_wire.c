/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire against the user-mode network: order under backpressure, cadence, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/wire/wire.h"

#define MS WIRE_PS_PER_MS
#define US WIRE_PS_PER_US

#define ARP_LEN  60
#define PING_LEN 60

static const uint8_t guest_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/* A NIC that takes `room` frames and remembers the sequence numbers of echo replies. */
struct nic {
	unsigned room, frames, replies;
	uint16_t port; /* destination of the last UDP or TCP frame */
	uint16_t seq[64];
	wire_time_t free_at;
};

static bool nic_receive(void *opaque, const void *frame, size_t len, wire_time_t start)
{
	struct nic *nic = opaque;
	const uint8_t *p = frame;

	(void)start;
	if (!nic->room)
		return false;
	nic->room--;
	nic->frames++;
	if (len >= 42 && p[12] == 0x08 && p[13] == 0x00 && p[23] == 1 && p[34] == 0)
		nic->seq[nic->replies++ % 64] = (uint16_t)(p[40] << 8 | p[41]);
	if (len >= 42 && p[12] == 0x08 && p[13] == 0x00 && (p[23] == 6 || p[23] == 17))
		nic->port = (uint16_t)(p[36] << 8 | p[37]);
	return true;
}

static wire_time_t nic_free_at(void *opaque)
{
	return ((struct nic *)opaque)->free_at;
}

static struct wire *open_wire(struct nic *nic, enum wire_kind kind)
{
	const struct wire_config config = {.kind = kind};
	const struct wire_port port = {nic, nic_receive, nic_free_at, NULL, NULL, false};
	struct wire *wire = NULL;
	char why[256];

	assert_int_equal(wire_open(&wire, &config, &port, why, sizeof(why)), 0);
	return wire;
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* RFC 826: who has 10.0.2.2? From 10.0.2.15. */
static void send_arp(struct wire *wire, wire_time_t now)
{
	static const uint8_t request[] = {0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0, 1};
	static const uint8_t guest_ip[] = {10, 0, 2, 15}, host_ip[] = {10, 0, 2, 2};
	uint8_t f[ARP_LEN] = {0};

	memset(f, 0xff, 6);
	memcpy(f + 6, guest_mac, 6);
	memcpy(f + 12, request, sizeof(request));
	memcpy(f + 22, guest_mac, 6);
	memcpy(f + 28, guest_ip, 4);
	memcpy(f + 38, host_ip, 4);
	wire_send(wire, f, sizeof(f), now);
}

/* RFC 792: echo request to 10.0.2.2. */
static void send_ping(struct wire *wire, uint16_t seq, wire_time_t now)
{
	static const uint8_t head[] = {0x08, 0x00, 0x45, 0, 0, 46, 0,  0, 0, 0, 64, 1,
				       0,    0,    10,   0, 2, 15, 10, 0, 2, 2, 8};
	static const uint8_t host_mac[] = {0x52, 0x55, 10, 0, 2, 2};
	uint8_t f[PING_LEN] = {0};

	memcpy(f, host_mac, 6);
	memcpy(f + 6, guest_mac, 6);
	memcpy(f + 12, head, sizeof(head));
	put16(f + 24, checksum(f + 14, 20));
	put16(f + 40, seq);
	put16(f + 36, checksum(f + 34, 26));
	wire_send(wire, f, sizeof(f), now);
}

static void host_answers_the_guest(void **state)
{
	struct nic nic = {.room = 100};
	struct wire *wire = open_wire(&nic, WIRE_SLIRP);

	(void)state;
	send_arp(wire, MS);
	assert_true(wire_next(wire) <= MS); /* the answer waits */
	wire_poll(wire, MS);
	assert_int_equal(nic.frames, 1);
	send_ping(wire, 7, 2 * MS);
	wire_poll(wire, 2 * MS);
	assert_int_equal(nic.replies, 1);
	assert_int_equal(nic.seq[0], 7);
	assert_int_equal(wire_counts(wire).from_nic_frames, 2);
	assert_int_equal(wire_counts(wire).to_nic_frames, 2);
	wire_close(wire);
}

static void frames_keep_their_order_when_the_nic_is_full(void **state)
{
	struct nic nic = {.room = 1};
	struct wire *wire = open_wire(&nic, WIRE_SLIRP);
	wire_time_t now = MS;

	(void)state;
	send_arp(wire, now);
	wire_poll(wire, now);
	for (uint16_t seq = 0; seq < 20; seq++)
		send_ping(wire, seq, now);
	nic.free_at = now + 5 * US;
	wire_poll(wire, now);
	assert_int_equal(nic.replies, 0);
	assert_true(wire_next(wire) == nic.free_at);

	/* Not asked again too early, whatever room there is. */
	nic.room = 3;
	wire_poll(wire, nic.free_at - 1);
	assert_int_equal(nic.replies, 0);
	for (int i = 0; i < 20 && nic.replies < 20; i++) {
		now = wire_next(wire);
		nic.room = 3;
		nic.free_at = now; /* it is the wire that then waits a little */
		wire_poll(wire, now);
		assert_true(wire_next(wire) > now);
	}
	assert_int_equal(nic.replies, 20);
	for (uint16_t seq = 0; seq < 20; seq++)
		assert_int_equal(nic.seq[seq], seq);
	assert_true(wire_counts(wire).stalls >= 6);
	assert_true(wire_counts(wire).backlog_peak >= 19);
	assert_int_equal(wire_counts(wire).to_nic_dropped, 0);
	wire_close(wire);
}

static void idle_wire_is_looked_at_less_and_less(void **state)
{
	struct nic nic = {.room = 100};
	struct wire *wire = open_wire(&nic, WIRE_SLIRP);
	wire_time_t now = MS, last = 0;
	uint64_t polls;

	(void)state;
	send_arp(wire, now);
	wire_poll(wire, now);
	polls = wire_counts(wire).polls;
	while (now < 100 * MS) {
		const wire_time_t next = wire_next(wire);

		assert_true(next > now && next - now >= last && next - now <= MS);
		last = next - now;
		now = next;
		wire_poll(wire, now);
	}
	assert_true(last == MS);
	polls = wire_counts(wire).polls - polls;
	assert_in_range(polls, 85, 200);

	/* The next frame brings it back to attention at once. */
	send_ping(wire, 1, now);
	wire_poll(wire, now);
	assert_true(wire_next(wire) - now <= 20 * US);
	wire_close(wire);
}

static void no_endpoint_counts_and_asks_for_nothing(void **state)
{
	struct nic nic = {0};
	struct wire *wire = open_wire(&nic, WIRE_NONE);

	(void)state;
	assert_true(wire_next(wire) == WIRE_NEVER);
	send_arp(wire, MS);
	wire_poll(wire, MS);
	assert_true(wire_next(wire) == WIRE_NEVER);
	assert_int_equal(wire_counts(wire).from_nic_frames, 1);
	assert_int_equal(wire_counts(wire).from_nic_bytes, ARP_LEN);
	wire_close(wire);
}

static void taken_port_is_named(void **state)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct wire_config config = {.kind = WIRE_SLIRP, .hostfwds = 1};
	const struct wire_port port = {NULL, nic_receive, nic_free_at, NULL, NULL, false};
	socklen_t len = sizeof(addr);
	struct wire *wire = NULL;
	char why[256] = "", expected[64];
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(sock, 1), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&addr, &len), 0);
	config.hostfwd[0].host_addr = addr.sin_addr;
	config.hostfwd[0].host_port = ntohs(addr.sin_port);
	config.hostfwd[0].guest_addr.s_addr = htonl(0x0a00020f);
	config.hostfwd[0].guest_port = 80;
	assert_int_equal(wire_open(&wire, &config, &port, why, sizeof(why)), -EADDRINUSE);
	snprintf(expected, sizeof(expected), "cannot listen on tcp 127.0.0.1:%u",
		 ntohs(addr.sin_port));
	assert_non_null(strstr(why, expected));
	close(sock);
}

static uint16_t find_free_port(int type)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(addr);
	int sock = socket(AF_INET, type, 0);

	assert_int_equal(bind(sock, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&addr, &len), 0);
	close(sock);
	return ntohs(addr.sin_port);
}

static void check_forward(bool udp)
{
	const int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK;
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct wire_config config = {.kind = WIRE_SLIRP, .hostfwds = 1};
	struct nic nic = {.room = 1000};
	const struct wire_port port = {&nic, nic_receive, nic_free_at, NULL, NULL, false};
	struct wire *wire = NULL;
	char why[256];
	int sock;

	config.hostfwd[0].udp = udp;
	config.hostfwd[0].host_addr = addr.sin_addr;
	config.hostfwd[0].host_port = find_free_port(type);
	config.hostfwd[0].guest_addr.s_addr = htonl(0x0a00020f);
	config.hostfwd[0].guest_port = 7007;
	assert_int_equal(wire_open(&wire, &config, &port, why, sizeof(why)), 0);
	send_arp(wire, MS); /* it knows the guest's address from now on */
	wire_poll(wire, MS);

	addr.sin_port = htons(config.hostfwd[0].host_port);
	sock = socket(AF_INET, type, 0);
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		assert_int_equal(errno, EINPROGRESS);
	if (udp)
		assert_int_equal(send(sock, "x", 1, 0), 1);
	for (int i = 0; i < 10 && !nic.port; i++)
		wire_poll(wire, wire_next(wire));
	assert_int_equal(nic.port, 7007);
	close(sock);
	wire_close(wire);
}

static void forwarded_tcp_port_reaches_the_guest(void **state)
{
	(void)state;
	check_forward(false);
}

static void forwarded_udp_port_reaches_the_guest(void **state)
{
	(void)state;
	check_forward(true);
}

/* A socket on the kernel's side of the TAP, or -1. */
static int open_packet_socket(const char *name)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));

	addr.sll_ifindex = (int)if_nametoindex(name);
	if (sock >= 0 && bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(sock);
		return -1;
	}
	return sock;
}

static void tap_carries_frames_both_ways(void **state)
{
	struct wire_config config = {.kind = WIRE_TAP, .tap = "nic0"};
	struct nic nic = {.room = 1000};
	const struct wire_port port = {&nic, nic_receive, nic_free_at, NULL, NULL, false};
	uint8_t frame[1514] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	uint8_t seen[2048] = {0};
	struct wire *wire = NULL;
	char why[256];
	ssize_t len;
	int sock;

	(void)state;
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		skip();
	if (wire_open(&wire, &config, &port, why, sizeof(why)))
		skip(); /* no /dev/net/tun here */
	sock = open_packet_socket("nic0");
	assert_true(sock >= 0);
	wire_send(wire, frame, sizeof(frame), MS);
	assert_int_equal(wire_counts(wire).from_nic_dropped, 0);
	do {
		len = recv(sock, seen, sizeof(seen), 0);
	} while (len > 0 && seen[12] != 0x88); /* the kernel may speak on its own */
	assert_int_equal(len, sizeof(frame));
	assert_memory_equal(seen, frame, sizeof(frame));

	assert_int_equal(send(sock, frame, sizeof(frame), 0), sizeof(frame));
	nic.frames = 0;
	wire_poll(wire, wire_next(wire));
	assert_true(nic.frames >= 1);
	assert_true(wire_counts(wire).to_nic_bytes >= sizeof(frame));
	close(sock);
	wire_close(wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_answers_the_guest),
		cmocka_unit_test(frames_keep_their_order_when_the_nic_is_full),
		cmocka_unit_test(idle_wire_is_looked_at_less_and_less),
		cmocka_unit_test(no_endpoint_counts_and_asks_for_nothing),
		cmocka_unit_test(taken_port_is_named),
		cmocka_unit_test(forwarded_tcp_port_reaches_the_guest),
		cmocka_unit_test(forwarded_udp_port_reaches_the_guest),
		cmocka_unit_test(tap_carries_frames_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
