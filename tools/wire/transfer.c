/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP sender that never runs out of data: RFC 9293, with NewReno's windows (RFC 5681, 6582). */
#include "tools/wire/transfer.h"

#include <string.h>

#include "drivers/net/headers.h"
#include "tools/wire/checksum.h"

#define CRC_BYTES    4u
#define IP_AT        14u
#define TCP_AT       34u
#define DATA_AT      54u
#define SYN          0x02
#define RST          0x04
#define PSH          0x08
#define ACK          0x10
#define FIRST_NUMBER 1000u /* of our sequence; the first byte's is one more */
#define FIRST_PORT   40000
#define FIRST_WINDOW 10u /* segments, RFC 6928 */
#define OUR_WINDOW   65535u
#define OUR_SHIFT    7u
#define TIMEOUT      (200 * WIRE_PS_PER_MS)
#define TIMEOUT_MOST (10 * 1000 * WIRE_PS_PER_MS)
#define DUPLICATES   3u

static uint32_t number_of(uint64_t byte)
{
	return FIRST_NUMBER + 1 + (uint32_t)byte;
}

void transfer_begin(struct transfer *t, const struct flow_config *flow, uint16_t port,
		    uint32_t frame_bytes, wire_time_t now)
{
	const uint16_t before = t->own_port;

	memset(t, 0, sizeof(*t));
	t->state = TRANSFER_OPENING;
	t->flow = flow;
	t->port = port;
	t->own_port = before ? (uint16_t)(before + 1) : FIRST_PORT;
	t->segment = frame_bytes - CRC_BYTES - DATA_AT;
	t->allowed = (uint64_t)FIRST_WINDOW * t->segment;
	t->threshold = UINT64_MAX;
	t->line_free = now;
	t->timeout = now; /* the first frame is due at once */
	t->patience = TIMEOUT;
}

void transfer_end(struct transfer *t)
{
	if (t->state == TRANSFER_OPEN) {
		t->finish = true;
		t->finish_at = number_of(t->highest);
	}
	t->state = TRANSFER_IDLE;
}

/* Whether a whole segment may go by both windows. */
static bool may_send(const struct transfer *t)
{
	const uint64_t window = t->window < t->allowed ? t->window : t->allowed;

	return t->state == TRANSFER_OPEN && t->next + t->segment <= t->acknowledged + window &&
	       t->next - t->acknowledged < (uint64_t)(TRANSFER_SEGMENTS - 1) * t->segment;
}

wire_time_t transfer_next(const struct transfer *t)
{
	if (t->finish || t->again || may_send(t))
		return t->line_free;
	return t->state == TRANSFER_IDLE ? WIRE_NEVER : t->timeout;
}

static void put_headers(const struct transfer *t, uint8_t *frame, size_t tcp_bytes)
{
	uint8_t *ip = frame + IP_AT;

	flow_mac(&t->flow->dst_mac, 0, frame);
	flow_mac(&t->flow->src_mac, 0, frame + 6);
	store_be16(frame + 12, 0x0800);
	ip[0] = 0x45;
	store_be16(ip + 2, (uint32_t)(TCP_AT - IP_AT + tcp_bytes));
	store_be16(ip + 4, (uint32_t)t->frames & 0xffff);
	ip[6] = 0x40; /* do not fragment */
	ip[8] = 64;
	ip[9] = PROTOCOL_TCP;
	store_be32(ip + 12, t->flow->src_ip.first);
	store_be32(ip + 16, t->flow->dst_ip.first);
	store_be16(ip + 10, fold16(sum16(ip, TCP_AT - IP_AT, 0)));
}

/* A segment of `data` zeros; the options are filled in already. Returns the frame's length. */
static size_t put_segment(struct transfer *t, uint8_t *frame, uint32_t number, uint8_t flags,
			  size_t options, size_t data)
{
	uint8_t *tcp = frame + TCP_AT;
	const size_t header = DATA_AT - TCP_AT + options, bytes = header + data;
	uint32_t sum;

	put_headers(t, frame, bytes);
	store_be16(tcp, t->own_port);
	store_be16(tcp + 2, t->port);
	store_be32(tcp + 4, number);
	store_be32(tcp + 8, flags & ACK ? t->peer_next : 0);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = flags;
	store_be16(tcp + 14, OUR_WINDOW);
	/* All behind the header is zero. */
	sum = sum16(frame + IP_AT + 12, 8, PROTOCOL_TCP + (uint32_t)bytes);
	store_be16(tcp + 16, fold16(sum16(tcp, header, sum)));
	t->frames++;
	return TCP_AT + bytes;
}

static size_t put_open(struct transfer *t, uint8_t *frame)
{
	uint8_t *options = frame + DATA_AT;

	options[0] = 2; /* largest segment */
	options[1] = 4;
	store_be16(options + 2, 1460);
	options[4] = 1; /* nothing */
	options[5] = 3; /* window scale */
	options[6] = 3;
	options[7] = OUR_SHIFT;
	return put_segment(t, frame, FIRST_NUMBER, SYN, 8, 0);
}

static wire_time_t *sent_at(struct transfer *t, uint64_t byte)
{
	return &t->sent_at[byte / t->segment % TRANSFER_SEGMENTS];
}

static size_t put_data(struct transfer *t, uint64_t byte, wire_time_t now, uint8_t *frame)
{
	if (byte < t->highest)
		t->repeated++;
	/* What is sent twice cannot be measured (RFC 6298, 3). */
	*sent_at(t, byte) = byte < t->highest ? 0 : now;
	return put_segment(t, frame, number_of(byte), ACK | PSH, 0, t->segment);
}

/* Nothing has been acknowledged for long: from the beginning (RFC 5681, 3.1). */
static size_t put_after_timeout(struct transfer *t, wire_time_t now, uint8_t *frame)
{
	t->patience = t->patience * 2 < TIMEOUT_MOST ? t->patience * 2 : TIMEOUT_MOST;
	t->timeout = now + t->patience;
	if (t->state == TRANSFER_OPENING)
		return put_open(t, frame);
	/* A closed window: what was acknowledged already makes the peer tell its window. */
	if (t->next == t->acknowledged)
		return put_segment(t, frame, number_of(t->acknowledged) - 1, ACK, 0, 0);
	t->threshold = (t->next - t->acknowledged) / 2;
	if (t->threshold < 2 * t->segment)
		t->threshold = 2 * t->segment;
	t->allowed = t->segment;
	t->recovering = false;
	t->duplicates = 0;
	t->next = t->acknowledged + t->segment;
	return put_data(t, t->acknowledged, now, frame);
}

static size_t choose_frame(struct transfer *t, wire_time_t now, uint8_t *frame)
{
	size_t len;

	if (t->finish) {
		t->finish = false;
		return put_segment(t, frame, t->finish_at, RST | ACK, 0, 0);
	}
	if (t->again) {
		t->again = false;
		return put_data(t, t->acknowledged, now, frame);
	}
	if (may_send(t)) {
		if (t->next == t->acknowledged)
			t->timeout = now + t->patience;
		len = put_data(t, t->next, now, frame);
		t->next += t->segment;
		if (t->next > t->highest)
			t->highest = t->next;
		return len;
	}
	return t->state != TRANSFER_IDLE && now >= t->timeout ? put_after_timeout(t, now, frame)
							      : 0;
}

size_t transfer_send(struct transfer *t, wire_time_t now, uint8_t frame[TRANSFER_FRAME_MAX])
{
	size_t len;

	if (!t->flow || now < t->line_free)
		return 0;
	memset(frame, 0, TRANSFER_FRAME_MAX);
	len = choose_frame(t, now, frame);
	if (len)
		t->line_free = now + wire_frame_time(len);
	return len;
}

/* The window scale among a SYN's options. */
static unsigned find_shift(const uint8_t *option, const uint8_t *end)
{
	while (option < end && *option != 0) {
		if (*option == 1) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option)
			return 0;
		if (*option == 3 && option[1] == 3)
			return option[2] < 14 ? option[2] : 14;
		option += option[1];
	}
	return 0;
}

static wire_time_t take_new(struct transfer *t, uint64_t acknowledged, wire_time_t now)
{
	const uint64_t bytes = acknowledged - t->acknowledged;
	const wire_time_t sent = *sent_at(t, acknowledged - 1);

	t->acknowledged = acknowledged;
	if (t->next < acknowledged)
		t->next = acknowledged;
	t->duplicates = 0;
	t->patience = TIMEOUT;
	t->timeout = now + t->patience;
	if (t->recovering && acknowledged < t->recover) {
		t->again = true; /* the next one is missing, too */
	} else if (t->recovering) {
		t->recovering = false;
		t->allowed = t->threshold;
	} else if (t->allowed < t->threshold) {
		t->allowed += bytes;
	} else {
		t->allowed += (uint64_t)t->segment * t->segment / t->allowed + 1;
	}
	return sent ? now - sent : 0;
}

static void take_duplicate(struct transfer *t)
{
	if (++t->duplicates == DUPLICATES && !t->recovering) {
		t->threshold = (t->next - t->acknowledged) / 2;
		if (t->threshold < 2 * t->segment)
			t->threshold = 2 * t->segment;
		t->allowed = t->threshold + DUPLICATES * t->segment;
		t->recovering = t->again = true;
		t->recover = t->highest;
	} else if (t->recovering) {
		t->allowed += t->segment;
	}
}

static wire_time_t take_acknowledgment(struct transfer *t, const uint8_t *tcp, bool data,
				       wire_time_t now)
{
	const uint64_t window = (uint64_t)load_be16(tcp + 14) << t->window_shift;
	const int32_t ahead = (int32_t)(load_be32(tcp + 8) - number_of(t->acknowledged));
	const bool same = window == t->window;

	if (ahead < 0 || t->acknowledged + (uint64_t)ahead > t->highest)
		return 0;
	t->window = window;
	if (ahead > 0)
		return take_new(t, t->acknowledged + (uint64_t)ahead, now);
	if (same && !data && t->next > t->acknowledged)
		take_duplicate(t);
	return 0;
}

static bool is_ours(const struct transfer *t, const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + IP_AT, *tcp = frame + TCP_AT;

	return t->flow && len >= DATA_AT && load_be16(frame + 12) == 0x0800 && ip[0] == 0x45 &&
	       !(load_be16(ip + 6) & 0x3fff) && ip[9] == PROTOCOL_TCP &&
	       load_be16(tcp) == t->port && load_be16(tcp + 2) == t->own_port &&
	       TCP_AT + (size_t)(tcp[12] >> 4) * 4 <= len;
}

wire_time_t transfer_take(struct transfer *t, const uint8_t *frame, size_t len, wire_time_t now)
{
	const uint8_t *tcp = frame + TCP_AT;
	size_t header;

	if (!is_ours(t, frame, len) || tcp[13] & RST)
		return 0;
	header = (size_t)(tcp[12] >> 4) * 4;
	if (t->line_free < now)
		t->line_free = now;
	if (t->state == TRANSFER_IDLE) {
		/* The peer does not know yet that it is over: told by the number it expects. */
		t->finish = true;
		t->finish_at = load_be32(tcp + 8);
		return 0;
	}
	if (t->state == TRANSFER_OPENING) {
		if ((tcp[13] & (SYN | ACK)) != (SYN | ACK) || load_be32(tcp + 8) != number_of(0))
			return 0;
		t->state = TRANSFER_OPEN;
		t->peer_next = load_be32(tcp + 4) + 1;
		t->window_shift = find_shift(tcp + 20, tcp + header);
		t->window = load_be16(tcp + 14); /* a SYN's is not scaled */
		t->patience = TIMEOUT;
		t->timeout = now + t->patience;
		return 0;
	}
	return take_acknowledgment(t, tcp, TCP_AT + header < IP_AT + load_be16(frame + IP_AT + 2),
				   now);
}
