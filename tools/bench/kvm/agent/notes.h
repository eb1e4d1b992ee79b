/* SPDX-License-Identifier: BSD-2-Clause */
/* What the load generator is told: commands, and notes that it keeps (docs/wire.md). */
#ifndef SLUICE_TOOLS_BENCH_KVM_AGENT_NOTES_H
#define SLUICE_TOOLS_BENCH_KVM_AGENT_NOTES_H

/* Settings of a load. Returns 0 or a negative errno. */
int note_command(const char *settings);

/* Text that goes into the run's counters.json: a console would take thousands of ticks for each
 * byte. */
void note_text(const char *text);
void note_snapshots(const char *name);

#endif
