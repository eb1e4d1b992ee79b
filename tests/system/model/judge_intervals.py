# SPDX-License-Identifier: BSD-2-Clause
"""Whether interrupts under a steady load come as far apart as EITR says, on average."""

import re

# EITR counts in units of 2.048 us; the driver takes 2 us for one.
UNIT_NS, DRIVER_UNIT_US = 2048, 2


def judge(checks, name, run):
	records = {record: text for record, text in run.records.items() if record.startswith("interval-")}
	checks.add(f"{name}/records", len(records) == 3, f"expected 3, got {list(records)}")
	for record, text in records.items():
		rows = re.findall(r"^(\d+) (\d+)$", text, re.MULTILINE)
		if len(rows) != 2:
			checks.add(f"{name}/{record}", False, f"not complete: {text!r}")
			continue
		(begin, before), (end, after) = ((int(time), int(count)) for time, count in rows)
		expected = int(record.rsplit("-", 1)[1]) // DRIVER_UNIT_US * UNIT_NS
		interval = (end - begin) / max(1, after - before)
		checks.add(f"{name}/{record}", abs(interval - expected) <= UNIT_NS,
			f"{interval:.0f} ns, expected {expected} +- {UNIT_NS}", interrupts=after - before,
			interval_ns=round(interval, 1), expected_ns=expected)
