# SPDX-License-Identifier: BSD-2-Clause
"""Whether interrupts under a steady load come as far apart as EITR says, on average."""

import re

import machine

# EITR counts in units of 2.048 us; the driver takes 2 us for one.
UNIT_NS, DRIVER_UNIT_US = 2048, 2
# In real time the guest reads clock and count at moments of its own, and may be late for an interrupt.
SHORTEST = 0.8


def judge(checks, name, run):
	records = {record: text for record, text in run.records.items() if record.startswith("interval-")}
	checks.add(f"{name}/records", len(records) == 3, f"expected 3, got {list(records)}")
	seen = []
	for record, text in sorted(records.items(), key=lambda item: int(item[0].rsplit("-", 1)[1])):
		rows = re.findall(r"^(\d+) (\d+)$", text, re.MULTILINE)
		if len(rows) != 2:
			checks.add(f"{name}/{record}", False, f"not complete: {text!r}")
			continue
		(begin, before), (end, after) = ((int(time), int(count)) for time, count in rows)
		expected = int(record.rsplit("-", 1)[1]) // DRIVER_UNIT_US * UNIT_NS
		interval = (end - begin) / max(1, after - before)
		if machine.Chosen.host.repeats:
			holds, wanted = abs(interval - expected) <= UNIT_NS, f"{expected} +- {UNIT_NS}"
		else:
			holds, wanted = interval >= SHORTEST * expected, f"{expected} or more"
		checks.add(f"{name}/{record}", holds, f"{interval:.0f} ns, expected {wanted}",
			interrupts=after - before, interval_ns=round(interval, 1), expected_ns=expected)
		seen.append(interval)
	checks.add(f"{name}/longer-is-rarer", seen == sorted(seen), f"intervals {seen}")
