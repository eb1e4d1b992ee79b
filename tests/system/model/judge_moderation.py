# SPDX-License-Identifier: BSD-2-Clause
"""Whether EITR showed what the driver was told, and moved where the driver adapts it."""

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
	ping, load = (intervals.get(f"eitr-{kind}", []) for kind in ("ping", "load"))
	checks.add(f"{name}/adapts", bool(ping and load) and max(load) > max(ping),
		f"with pings {ping}, under load {load}", ping=ping, load=load)
