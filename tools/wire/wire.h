/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire between an emulated NIC's port and an endpoint: a network, a load, another port. */
#ifndef SLUICE_TOOLS_WIRE_WIRE_H
#define SLUICE_TOOLS_WIRE_WIRE_H

#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Simulated time in picoseconds. */
typedef uint64_t wire_time_t;

#define WIRE_PS_PER_NS 1000ull
#define WIRE_PS_PER_US 1000000ull
#define WIRE_PS_PER_MS 1000000000ull
#define WIRE_NEVER     UINT64_MAX

/* 10 Gb/s; preamble 8 bytes, CRC 4, gap 12, and the shortest frame without CRC. */
#define WIRE_PS_PER_BYTE 800u
#define WIRE_OVERHEAD    24u
#define WIRE_FRAME_MIN   60u

/* The longest frame, without CRC. */
#define WIRE_FRAME_MAX   16383u
#define WIRE_HOSTFWD_MAX 32u
/* The `file` field of a DHCP message (RFC 2131), with its NUL. */
#define WIRE_BOOTFILE_SIZE 128u

/* How long a frame of len bytes without CRC takes the wire, gap included. */
static inline wire_time_t wire_frame_time(size_t len)
{
	return ((wire_time_t)(len < WIRE_FRAME_MIN ? WIRE_FRAME_MIN : len) + WIRE_OVERHEAD) *
	       WIRE_PS_PER_BYTE;
}

enum wire_kind {
	WIRE_NONE,      /* a cable to nowhere: frames sent are counted (and captured) only */
	WIRE_SLIRP,     /* user-mode network 10.0.2.0/24 by libslirp, no privileges */
	WIRE_TAP,       /* a Linux TAP interface */
	WIRE_GENERATOR, /* a load generator and sink in simulated time */
	WIRE_REPLAY,    /* the frames of a capture file, in simulated time */
	WIRE_PEER,      /* a second machine, through a socket of the host */
	WIRE_CROSS,     /* another port in the same machine: wire_join() */
	WIRE_ECHO,      /* every frame comes back, its MAC addresses exchanged */
};

/*
 * A port on the host that leads to a port of the guest (slirp only). Host byte order ports. Guest
 * address 0: whichever DHCP gave last, 10.0.2.15 before.
 */
struct wire_hostfwd {
	bool udp;
	struct in_addr host_addr, guest_addr;
	uint16_t host_port, guest_port;
};

struct wire_config {
	enum wire_kind kind;
	char tap[IFNAMSIZ];  /* name of the interface (tap only) */
	char pcap[PATH_MAX]; /* capture file, or empty */
	char spec[PATH_MAX]; /* settings (generator, replay) or the socket's path (peer) */
	unsigned hostfwds;
	struct wire_hostfwd hostfwd[WIRE_HOSTFWD_MAX];
	char tftp[PATH_MAX];               /* folder that 10.0.2.2 serves by TFTP, or empty */
	char bootfile[WIRE_BOOTFILE_SIZE]; /* what DHCP tells clients to boot, or empty */
};

/* The NIC's side of the wire. `receive` and `free_at` are only called from wire_poll(). */
struct wire_port {
	void *opaque;
	/*
	 * A frame for the NIC whose first bit is on the wire at `start`, or as soon after as the
	 * wire is free; `start` may have passed. False when the NIC cannot queue it now.
	 */
	bool (*receive)(void *opaque, const void *frame, size_t len, wire_time_t start);
	/* After a refusal: when to try again. */
	wire_time_t (*free_at)(void *opaque);
	/* One line for the emulator's log, without a newline. */
	void (*log)(void *opaque, const char *line);
	/* wire_next() has come sooner, outside of a call for this wire (WIRE_CROSS only). */
	void (*wake)(void *opaque);
	/* The host's time is real time already: wire_poll() never sleeps. */
	bool real_time;
};

/* Frames and bytes since wire_open(). */
struct wire_counts {
	uint64_t from_nic_frames, from_nic_bytes;
	uint64_t to_nic_frames, to_nic_bytes; /* accepted by the NIC */
	uint64_t from_nic_dropped;            /* the endpoint refused them */
	uint64_t to_nic_dropped;              /* more waiting than WIRE_BACKLOG_MAX */
	uint64_t stalls;                      /* the NIC refused a frame, tried again later */
	uint64_t backlog_peak;                /* most frames ever waiting for the NIC */
	uint64_t polls;                       /* visits to the endpoint's sockets */
};

/* Frames that may wait for the NIC; endpoints are not asked for more while any waits. */
#define WIRE_BACKLOG_MAX 65536u

struct wire;

/*
 * Opens the endpoint and the capture file. Returns 0 and the wire, or a negative errno with the
 * reason as one line in `why`. The config and port are copied.
 */
int wire_open(struct wire **wire, const struct wire_config *config, const struct wire_port *port,
	      char *why, size_t why_len);

/* Puts a cable between two wires of kind WIRE_CROSS; without one, what they are sent is dropped. */
void wire_join(struct wire *a, struct wire *b);

/* Writes out the capture and closes everything; NULL is allowed. */
void wire_close(struct wire *wire);

/* The last bit of a frame (14 to WIRE_FRAME_MAX bytes), and the gap behind it, left the NIC at
 * `now`. wire_next() may come sooner then. */
void wire_send(struct wire *wire, const void *frame, size_t len, wire_time_t now);

/*
 * Delivers what waits and looks for new frames when it is time to. With an endpoint that lives in
 * real time the call may sleep, at most 10 ms, while simulated time is ahead.
 */
void wire_poll(struct wire *wire, wire_time_t now);

/* When wire_poll() should be called next; WIRE_NEVER if a call would do nothing. */
wire_time_t wire_next(const struct wire *wire);

/* Makes the capture file complete up to now. */
void wire_flush(struct wire *wire);

struct wire_counts wire_counts(const struct wire *wire);

/* Writes what the endpoint has measured: members of a JSON object, each with a comma. */
void wire_report(const struct wire *wire, FILE *f);

#ifdef __cplusplus
}
#endif

#endif
