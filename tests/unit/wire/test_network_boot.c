/* SPDX-License-Identifier: BSD-2-Clause */
/* What a network boot needs of the user-mode network: DHCP's boot file, TFTP, forwards that follow
 * the lease. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/wire/lease.h"
#include "tools/wire/wire.h"

#define MS       WIRE_PS_PER_MS
#define IP       14
#define UDP      34
#define MESSAGE  42 /* of DHCP and of TFTP */
#define FILE_AT  (MESSAGE + 108)
#define TYPE_AT  (MESSAGE + 242) /* behind the cookie: 53, 1, type */
#define DISCOVER 1
#define REQUEST  3
#define ACK      5

/* A NIC that keeps the last frame, and the destination of the last TCP frame. */
struct nic {
	uint8_t frame[2048];
	size_t len;
	uint8_t tcp_to[4];
};

static bool nic_receive(void *opaque, const void *frame, size_t len, wire_time_t start)
{
	struct nic *nic = opaque;

	(void)start;
	assert_true(len <= sizeof(nic->frame));
	memcpy(nic->frame, frame, len);
	nic->len = len;
	if (nic->frame[13] == 0 && nic->frame[IP + 9] == 6)
		memcpy(nic->tcp_to, nic->frame + IP + 16, 4);
	return true;
}

static wire_time_t nic_free_at(void *opaque)
{
	(void)opaque;
	return 0;
}

static void nic_log(void *opaque, const char *line)
{
	(void)opaque;
	(void)line;
}

static struct wire *open_network(struct nic *nic, const struct wire_config *config)
{
	const struct wire_port port = {nic, nic_receive, nic_free_at, nic_log, NULL, true};
	struct wire *wire = NULL;
	char why[256];

	if (wire_open(&wire, config, &port, why, sizeof(why)))
		fail_msg("%s", why);
	return wire;
}

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* A UDP datagram from one of two clients (02:00:00:00:00:0N); message is len bytes. */
static void send_udp(struct wire *wire, unsigned client, const char *from, const char *to,
		     unsigned from_port, unsigned to_port, const void *message, size_t len)
{
	uint8_t f[1024] = {0};
	uint32_t sum = 0;

	memset(f, 0xff, 6);
	memcpy(f + 6, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)client}, 6);
	put16(f + 12, 0x0800);
	memcpy(f + IP, (uint8_t[]){0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17}, 10);
	put16(f + IP + 2, (unsigned)(20 + 8 + len));
	inet_pton(AF_INET, from, f + IP + 12);
	inet_pton(AF_INET, to, f + IP + 16);
	for (unsigned i = 0; i < 20; i += 2)
		sum += (unsigned)(f[IP + i] << 8 | f[IP + i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(f + IP + 10, ~((sum & 0xffff) + (sum >> 16)));
	put16(f + UDP, from_port);
	put16(f + UDP + 2, to_port);
	put16(f + UDP + 4, (unsigned)(8 + len));
	memcpy(f + MESSAGE, message, len);
	wire_send(wire, f, MESSAGE + len, MS);
	wire_poll(wire, wire_next(wire) > MS ? wire_next(wire) : MS);
}

/* RFC 2131: what a client asks, for the address that it was offered. */
static void ask_dhcp(struct wire *wire, unsigned client, uint8_t type, const uint8_t *address)
{
	uint8_t m[300] = {1, 1, 6, 0, 'S', 'L', 'C', 'E'};
	static const uint8_t cookie[] = {99, 130, 83, 99};
	uint8_t options[] = {53, 1, type, 50, 4, 0, 0, 0, 0, 255};

	memcpy(m + 28, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)client}, 6);
	memcpy(m + 236, cookie, 4);
	if (address)
		memcpy(options + 5, address, 4);
	else
		options[3] = 255;
	memcpy(m + 240, options, sizeof(options));
	send_udp(wire, client, "0.0.0.0", "255.255.255.255", 68, 67, m, sizeof(m));
}

/* The last byte of the address that the client gets. */
static unsigned lease(struct wire *wire, struct nic *nic, unsigned client)
{
	uint8_t offered[4];

	ask_dhcp(wire, client, DISCOVER, NULL);
	memcpy(offered, nic->frame + MESSAGE + 16, 4);
	ask_dhcp(wire, client, REQUEST, offered);
	assert_int_equal(nic->frame[TYPE_AT], ACK);
	assert_memory_equal(nic->frame + MESSAGE + 16, offered, 4);
	return offered[3];
}

static void dhcp_names_the_boot_file(void **state)
{
	const struct wire_config config = {.kind = WIRE_SLIRP, .bootfile = "http://10.0.2.2/a"};
	struct nic nic = {0};
	struct wire *wire = open_network(&nic, &config);

	(void)state;
	assert_int_equal(lease(wire, &nic, 1), 15);
	assert_string_equal((const char *)nic.frame + FILE_AT, "http://10.0.2.2/a");
	assert_memory_equal(nic.frame + MESSAGE + 20, ((uint8_t[]){10, 0, 2, 2}), 4); /* siaddr */
	wire_close(wire);
}

/* RFC 1350: the answer to a read request is DATA, block 1; or ERROR. */
static unsigned fetch(const struct wire_config *config, const char *name, struct nic *nic)
{
	struct wire *wire = open_network(nic, config);
	char request[64] = {0, 1};
	int len = snprintf(request + 2, sizeof(request) - 2, "%s%coctet", name, 0) + 3;

	assert_int_equal(lease(wire, nic, 1), 15);
	send_udp(wire, 1, "10.0.2.15", "10.0.2.2", 4000, 69, request, (size_t)len);
	wire_close(wire);
	assert_int_equal(nic->frame[UDP + 2] << 8 | nic->frame[UDP + 3], 4000);
	return nic->frame[MESSAGE + 1];
}

static void tftp_serves_the_folder_and_no_more(void **state)
{
	struct wire_config config = {.kind = WIRE_SLIRP};
	char folder[] = "/tmp/tftp-XXXXXX", path[64];
	struct nic nic = {0};
	FILE *f;

	(void)state;
	assert_int_equal(fetch(&config, "x", &nic), 5); /* no folder: ERROR */
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("boot me", f);
	fclose(f);
	strcpy(config.tftp, folder);
	assert_int_equal(fetch(&config, "x", &nic), 3);
	assert_memory_equal(nic.frame + MESSAGE + 4, "boot me", 7);
	assert_int_equal(fetch(&config, "y", &nic), 5);
	assert_int_equal(fetch(&config, "../etc/hostname", &nic), 5);
	unlink(path);
	rmdir(folder);
}

static uint16_t find_free_port(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(addr);
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(sock, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&addr, &len), 0);
	close(sock);
	return ntohs(addr.sin_port);
}

/* The guest address that a connection to the forwarded port is led to: its last byte. */
static unsigned connect_to(struct wire *wire, struct nic *nic, uint16_t port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memset(nic->tcp_to, 0, 4);
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		assert_int_equal(errno, EINPROGRESS);
	for (int i = 0; i < 10 && !nic->tcp_to[0]; i++)
		wire_poll(wire, wire_next(wire));
	close(sock);
	return nic->tcp_to[3];
}

static void forwards_follow_the_lease(void **state)
{
	struct wire_config config = {.kind = WIRE_SLIRP, .hostfwds = 2};
	struct nic nic = {0};
	struct wire *wire;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		config.hostfwd[i].host_addr.s_addr = htonl(INADDR_LOOPBACK);
		config.hostfwd[i].host_port = find_free_port();
		config.hostfwd[i].guest_port = 80;
	}
	config.hostfwd[1].guest_addr.s_addr = htonl(0x0a00020f);
	wire = open_network(&nic, &config);
	assert_int_equal(lease(wire, &nic, 1), 15); /* the boot loader's */
	assert_int_equal(connect_to(wire, &nic, config.hostfwd[0].host_port), 15);
	assert_int_equal(lease(wire, &nic, 2), 16); /* the guest's */
	for (int i = 0; i < 3; i++)
		wire_poll(wire, wire_next(wire));
	assert_int_equal(connect_to(wire, &nic, config.hostfwd[0].host_port), 16);
	assert_int_equal(connect_to(wire, &nic, config.hostfwd[1].host_port), 15);
	wire_close(wire);
}

/* Frames cut off anywhere, and options without an end, are no lease, and read nowhere else. */
static void what_is_no_lease_is_none(void **state)
{
	const struct wire_config config = {.kind = WIRE_SLIRP};
	struct nic nic = {0};
	struct wire *wire = open_network(&nic, &config);
	struct in_addr address;

	(void)state;
	assert_int_equal(lease(wire, &nic, 1), 15);
	wire_close(wire);
	assert_true(lease_find(nic.frame, nic.len, &address));
	assert_int_equal(ntohl(address.s_addr), 0x0a00020f);
	for (size_t len = 0; len < nic.len; len++) {
		void *part = test_malloc(len + 1);

		memcpy(part, nic.frame, len);
		assert_int_equal(lease_find(part, len, &address), len > TYPE_AT);
		test_free(part);
	}
	for (unsigned value = 0; value < 256; value++) {
		nic.frame[TYPE_AT - 1] = (uint8_t)value; /* the option's length */
		lease_find(nic.frame, TYPE_AT + 1, &address);
	}
	nic.frame[TYPE_AT] = 2;
	assert_false(lease_find(nic.frame, nic.len, &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dhcp_names_the_boot_file),
		cmocka_unit_test(tftp_serves_the_folder_and_no_more),
		cmocka_unit_test(forwards_follow_the_lease),
		cmocka_unit_test(what_is_no_lease_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
