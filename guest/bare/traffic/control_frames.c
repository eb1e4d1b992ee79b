// SPDX-License-Identifier: BSD-2-Clause
/* The few frames that are not load: ARP (RFC 826), and the word that traffic has begun. */
#include "guest/bare/traffic/control_frames.h"

#include <stddef.h>

#include "guest/bare/traffic/frame.h"
#include "guest/bare/traffic/traffic.h"

#define ARP_AT      14
#define ARP_BYTES   28u
#define ARP_REQUEST 1
#define ARP_REPLY   2
#define FRAME_BYTES 60u

/* Buffers that the device may still read are not the next ones to be written. */
#define BUFFERS 16

static uint8_t buffers[BUFFERS][64];
static unsigned turn;

static uint8_t *begin_frame(const uint8_t *to, const uint8_t mac[6], uint16_t type)
{
	uint8_t *frame = buffers[turn++ % BUFFERS];

	for (unsigned i = 0; i < 6; i++) {
		frame[i] = to ? to[i] : 0xff;
		frame[6 + i] = mac[i];
	}
	store16(frame + TYPE_AT, type);
	return frame;
}

static void send_frame(struct ring *ring, const uint8_t *frame)
{
	if (!ring_room(ring))
		return;
	ring_put(ring, frame, FRAME_BYTES);
	ring_show(ring);
}

static bool asks_for_us(const uint8_t *frame, uint32_t bytes)
{
	const uint8_t *request = frame + ARP_AT;

	return bytes >= ARP_AT + ARP_BYTES && load16(frame + TYPE_AT) == TYPE_ARP &&
	       load16(request + 6) == ARP_REQUEST && load32(request + 24) == options.ip;
}

void control_answer(const uint8_t *frame, uint32_t bytes, const uint8_t mac[6], struct ring *ring)
{
	const uint8_t *request = frame + ARP_AT;
	uint8_t *reply;

	if (!asks_for_us(frame, bytes))
		return;
	reply = begin_frame(frame + 6, mac, TYPE_ARP) + ARP_AT;
	for (unsigned i = 0; i < 6; i++) {
		reply[i] = request[i];
		reply[8 + i] = mac[i];
		reply[18 + i] = request[8 + i];
	}
	store16(reply + 6, ARP_REPLY);
	store32(reply + 14, options.ip);
	store32(reply + 24, load32(request + 14));
	send_frame(ring, reply - ARP_AT);
}

void control_send_go(const uint8_t mac[6], struct ring *ring)
{
	send_frame(ring, begin_frame(NULL, mac, TYPE_GO));
}

/* A gratuitous ARP request: by an address, for itself. */
static bool announces(const uint8_t *frame, uint32_t bytes)
{
	const uint8_t *request = frame + ARP_AT;

	return bytes >= ARP_AT + ARP_BYTES && load16(frame + TYPE_AT) == TYPE_ARP &&
	       load16(request + 6) == ARP_REQUEST && load32(request + 14) == load32(request + 24);
}

bool control_is_go(const uint8_t *frame, uint32_t bytes)
{
	return load16(frame + TYPE_AT) == TYPE_GO || announces(frame, bytes) ||
	       asks_for_us(frame, bytes);
}
