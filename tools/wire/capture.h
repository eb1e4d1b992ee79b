/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file of the wire: nanosecond pcap, Ethernet, stamped with simulated time. */
#ifndef SLUICE_TOOLS_WIRE_CAPTURE_H
#define SLUICE_TOOLS_WIRE_CAPTURE_H

#include <stddef.h>

#include "tools/wire/wire.h"

struct capture;

/* Creates or truncates the file. Returns 0, or a negative errno with the reason in `why`. */
int capture_open(struct capture **capture, const char *path, char *why, size_t why_len);

/* Writes out and closes; NULL is allowed. */
void capture_close(struct capture *capture);

/* Adds one frame, seen on the wire at `now` after power-on. */
void capture_write(struct capture *capture, const void *frame, size_t len, wire_time_t now);

/* Makes the file complete if anything was written since the last call. */
void capture_flush(struct capture *capture);

#endif
