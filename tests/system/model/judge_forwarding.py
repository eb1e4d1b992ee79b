# SPDX-License-Identifier: BSD-2-Clause
"""Whether all that one port's generator sent reached the other port's sink, once and in order."""

import machine
from judge_statistics import read_statistics

# In real time the load may begin while Linux still sets up the address whose owner it was looking for; what it
# has not routed by then was lost by no card.
LEAST_ROUTED = 0.99


def judge(checks, name, run, count):
	"""count: how many frames the generator was to send."""
	if not run.counters or not run.second_counters:
		checks.add(f"{name}/figures", False, f"no counters in {run.out}")
		return
	sent, got = run.counters["generator"], run.second_counters["sink"]
	checks.add(f"{name}/all-sent", sent["frames"] == count, f"{sent['frames']} of {count}",
		frames=sent["frames"])
	wrong = {key: got[key] for key in ("lost", "reordered", "duplicated", "stale") if got[key]}
	expected = count
	if not machine.Chosen.host.repeats:
		seen = read_statistics(run.records.get("statistics", ""))
		received, expected = seen["rx_packets"] - seen["broadcast"], run.second_counters["nic"]["tx_frames"]
		checks.add(f"{name}/all-received", received == count and expected >= LEAST_ROUTED * count,
			f"{received} of {count} received, {expected} sent on", received=received, sent=expected)
		if wrong.get("lost", 0) <= count - expected:
			wrong.pop("lost", None)
	checks.add(f"{name}/all-arrived", got["frames"] == expected and not wrong,
		f"{got['frames']} of {expected}, {wrong}", frames=got["frames"], flows=got["flows"])
	latency = got["latency_ps"]
	checks.add(f"{name}/latency", 0 < latency["min"] <= latency["p50"] <= latency["p99"]
		<= latency["max"], f"{latency}", **latency)
