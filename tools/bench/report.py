# SPDX-License-Identifier: BSD-2-Clause
"""The table of records and the verdict, as text."""

import verdict

COLUMNS = (
	("scenario", "scenario", "{}"), ("guest_kind", "guest", "{}"), ("direction", "dir", "{}"),
	("proto", "", "{}"), ("frame_bytes", "bytes", "{}"), ("queues", "queues", "{}"), ("guests", "guests", "{}"),
	("backend", "backend", "{}"), ("packets_per_megatick", "packets/Mtick", "{:.0f}"),
	("backend_ticks_per_packet", "backend", "{:.0f}"), ("vcpu_ticks_per_packet", "vCPU", "{:.0f}"),
	("backend_busy", "busy", "{:.2f}"), ("queue_spread_worst", "spread", "{:.2f}"),
	("handovers", "handovers", "{}"), ("exits_per_packet", "exits", "{:.4f}"),
	("interrupts_per_packet", "interrupts", "{:.4f}"), ("lost_at_card", "card", "{}"),
	("lost_in_switch", "switch", "{}"), ("lost_unexplained", "lost", "{}"), ("reordered", "reordered", "{}"),
	("duplicated", "doubled", "{}"),
)


def cell(record, key, form):
	value = record.get(key)
	return "-" if value is None else form.format(value)


def make_table(records, markdown=False):
	rows = [[title for _, title, _ in COLUMNS]]
	rows += [[cell(record, key, form) for key, _, form in COLUMNS] for record in records]
	widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
	lines = [" | ".join(text.rjust(width) for text, width in zip(row, widths)) for row in rows]
	if markdown:
		lines.insert(1, "|".join("-" * (width + 2) for width in widths)[1:-1])
		lines = [f"| {line} |" if i != 1 else f"|-{line}-|" for i, line in enumerate(lines)]
	return "\n".join(lines)


def make_stages(records):
	"""Where the ticks of a 64-byte packet go, of the runs that tell."""
	lines = []
	for record in records:
		if record["scenario"] == "scaling" and record["stages"]:
			stages = ", ".join(f"{name} {ticks:.0f}" for name, ticks in record["stages"].items())
			lines.append(f"{record['name']}: {stages}")
	return "\n".join(lines)


def make_verdict(records):
	"""Text, and whether all holds."""
	found = verdict.judge(records)
	lines = [f"{'ok    ' if holds else 'FAILED'} {text}" for text, holds in found]
	return "\n".join(lines), all(holds for _, holds in found)
