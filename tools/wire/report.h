/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters of an emulated NIC and its wire as a JSON file. */
#ifndef SLUICE_TOOLS_WIRE_REPORT_H
#define SLUICE_TOOLS_WIRE_REPORT_H

#include "tools/i82599/i82599.h"
#include "tools/wire/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Writes { "time_ps": ..., "nic": {...}, "wire": {...}, "driver_defects": N,
 * "defects": { name: count, ... } }; only defects that were seen are named. The file is complete
 * or absent. Returns 0, or a negative errno with the reason in `why`.
 */
int report_write(const char *path, wire_time_t now, const struct i82599 *dev,
		 const struct wire *wire, char *why, size_t why_len);

#ifdef __cplusplus
}
#endif

#endif
