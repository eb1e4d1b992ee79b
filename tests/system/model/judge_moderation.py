# SPDX-License-Identifier: BSD-2-Clause
"""Whether EITR shows what the driver was told, and moves where the driver adapts it."""

import re


def read_intervals(text):
	"""EITR's interval field (bits 11:3, about 2 us each) in every sample of a record."""
	return [int(value, 16) >> 3 & 0x1FF for value in
		re.findall(r"^\S+ (0x[0-9A-Fa-f]+) \d+$", text, re.MULTILINE)]


def judge(checks, name, run):
	intervals = {record: read_intervals(text) for record, text in run.records.items()
		if record.startswith("eitr-")}
	for record, seen in intervals.items():
		if not seen:
			checks.add(f"{name}/{record}", False, "no sample in the record")
		elif record.startswith("eitr-fixed-"):
			expected = int(record.rsplit("-", 1)[1]) // 2
			checks.add(f"{name}/{record}", set(seen) == {expected}, f"expected {expected}, got {seen}",
				intervals=seen)


def judge_adaptive(checks, name, run):
	before, load = (read_intervals(run.records.get(f"eitr-{when}", "")) for when in ("before", "load"))
	checks.add(f"{name}/adapts", bool(before and load) and max(load) > max(before) and
		len(set(load)) > 1, f"before {before}, under load {load}", before=before, load=load)
