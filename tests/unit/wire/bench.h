/* SPDX-License-Identifier: BSD-2-Clause */
/* A bench for wires in simulated time: a port that notes what arrives, and may echo it. */
#ifndef SLUICE_TESTS_UNIT_WIRE_BENCH_H
#define SLUICE_TESTS_UNIT_WIRE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/wire/mark.h"
#include "tools/wire/wire.h"

#define BENCH_FRAMES 200000u

struct bench {
	struct wire *wire;
	wire_time_t now;
	wire_time_t echo_after; /* send every frame back so long after it has arrived; 0: do not */
	unsigned frames, woken;
	uint64_t digest; /* of all frames and their times */
	struct {
		wire_time_t start; /* of the first bit, as the port's line allows */
		uint32_t len;
		struct mark mark;
	} frame[BENCH_FRAMES];
	wire_time_t line_free;
	unsigned char last[WIRE_FRAME_MAX];
};

/* The bench (to be freed by bench_close()) with a wire of this kind. */
struct bench *bench_open(enum wire_kind kind, const char *spec);
void bench_close(struct bench *bench);

/* Lets simulated time pass up to `end`, polling when it is due. */
void bench_run(struct bench *bench, wire_time_t end);

/* What the wire reports, as text in static memory. */
const char *bench_report(struct bench *bench);

/* The number behind "key": in the report from "section" on; fails if there is none. */
unsigned long long bench_figure(struct bench *bench, const char *section, const char *key);

/* The number behind "key": in a report's text from `start` on, which stands at or after `at`. */
unsigned long long bench_figure_after(const char *at, const char *start, const char *key);

#endif
