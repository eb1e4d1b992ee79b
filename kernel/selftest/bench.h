/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the self-test's checks share: a started card, whose queues the thread of control serves,
 * and frames that are known to the byte, so that each that comes back is compared with what was
 * sent: content, order within its flow, queue, hash and checksum flags.
 */
#ifndef SLUICE_KERNEL_SELFTEST_BENCH_H
#define SLUICE_KERNEL_SELFTEST_BENCH_H

#include "drivers/net/netdev.h"
#include "kernel/core.h"
#include "kernel/selftest/frame.h"
#include "vio/toeplitz.h"

#define BENCH_FLOWS      512
#define BENCH_STAMPS     16
#define BENCH_BURST      32
#define BENCH_STANDARD   1500
#define BENCH_JUMBO      9000
#define BENCH_LINK_US    5000000
#define BENCH_TEXT_BYTES 160

struct bench;

struct bench_queue {
	struct bench *bench;
	struct core *core; /* where its interrupt goes */
	struct packet_pool pool;
	unsigned received; /* frames, since bench_expect() */
	/* Written by the interrupt's handler. */
	unsigned interrupts;
	unsigned misdirected; /* of these, on another core */
	bool rung;
	uint64_t stamp[BENCH_STAMPS]; /* ticks of the first ones */
};

struct bench {
	struct netdev *dev;
	struct thread *control;
	unsigned queues;
	bool started;
	bool wire;  /* frames go out and are echoed; otherwise the card loops them back */
	bool lossy; /* frames may get lost: gaps in a flow are no failure */
	/* On a virtual processor, whose time is not all its own, waits are longer. */
	bool virtual;
	uint32_t settle_us;  /* for what is to bring nothing more */
	uint32_t timeout_us; /* for what is to come */
	struct netdev_config config;
	struct bench_queue queue[NETDEV_QUEUES_MOST];
	struct toeplitz toeplitz;

	/* What is done with frames to be sent, and therefore expected of those received. */
	uint16_t vlan_tci;     /* 0: no tag */
	bool bad_checksum;     /* sent with a wrong checksum */
	uint16_t packet_flags; /* enum packet_flags */
	/* Looks at a received frame instead of the comparison. */
	void (*inspect)(struct bench *bench, const struct packet *packet);

	uint32_t sequence[BENCH_FLOWS];          /* next to be sent */
	uint32_t expected[BENCH_FLOWS];          /* next to be received */
	uint64_t sent, received, received_bytes; /* frames since bench_expect() */
	uint64_t foreign;                        /* frames of others, since the check began */
	uint64_t serviced;                       /* ticks */

	bool failed, skipped;
	char text[BENCH_TEXT_BYTES]; /* figures, or what was found and expected */
};

/* The check fails; only its first failure is kept: what was found and what was expected. */
void bench_fail(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * The check finds what frames of others can cause, too: it fails unless any came, else it is
 * skipped.
 */
void bench_blame(struct bench *bench, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The check's figures. */
void bench_note(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reserves interrupts on the cores that serve I/O, one queue each. 0 or negative errno. */
int bench_init(struct bench *bench, struct netdev *dev);

/*
 * Stops the card if it is started, and starts it with this MTU and an indirection table that gives
 * entry i queue i / step mod queues; waits for the link, then loops back unless it is the wire's
 * turn. False if that failed (the check has).
 */
bool bench_start(struct bench *bench, uint16_t mtu, unsigned step);
/* Stops it. False if packets did not come back (the check has failed). */
bool bench_stop(struct bench *bench);

/* Forgets what was sent and received; frames still under way are let in first. */
void bench_expect(struct bench *bench);

/* An IPv4 and UDP flow that belongs on this queue. */
unsigned bench_find_flow(struct bench *bench, unsigned queue);

/* Sends count (up to BENCH_BURST) frames of a flow in one burst. False: not all were taken. */
bool bench_send(struct bench *bench, unsigned queue, unsigned flow, unsigned bytes, unsigned count);
/* Sends a packet of the queue's pool. False, the packet freed, if it was not taken. */
bool bench_send_packet(struct bench *bench, unsigned queue, struct packet *packet);

/*
 * Takes what has arrived on the queue and gives back what was sent. Returns how many arrived, those
 * of others among them, which are only counted.
 */
unsigned bench_poll(struct bench *bench, unsigned queue);
/* Polls all queues until everything sent has come back. False, a failure, after the time-out. */
bool bench_collect(struct bench *bench);

/* Lets time pass: sleeps up to us microseconds or until woken, and looks after the card. */
void bench_sleep(struct bench *bench, uint32_t us);

/* --- The checks, by file --- */
void selftest_frames(struct bench *bench);
void selftest_rss(struct bench *bench);
void selftest_jumbo(struct bench *bench);
void selftest_vlan(struct bench *bench);
void selftest_checksum(struct bench *bench);
void selftest_segmentation(struct bench *bench);
void selftest_statistics(struct bench *bench);
void selftest_restart(struct bench *bench);

void selftest_vectors(struct bench *bench);
void selftest_masking(struct bench *bench);
void selftest_moderation(struct bench *bench);

/* recovery.c: waits for an injected fault, enum config_fault, and its end. */
void selftest_recovery(struct bench *bench, unsigned fault);

#endif
