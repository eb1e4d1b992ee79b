/* SPDX-License-Identifier: BSD-2-Clause */
/* Has the host's counters logged at the begin and the end of a window of time. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_METER_H
#define SLUICE_GUEST_BARE_TRAFFIC_METER_H

/*
 * Waits for the word that traffic has begun, then options.begin, logs, options.window, logs; all
 * that options.windows times.
 */
void meter_run(void);

#endif
