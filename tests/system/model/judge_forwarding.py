# SPDX-License-Identifier: BSD-2-Clause
"""Whether all that one port's generator sent reached the other port's sink, once and in order."""


def judge(checks, name, run, count):
	"""count: how many frames the generator was to send."""
	if not run.counters or not run.second_counters:
		checks.add(f"{name}/figures", False, f"no counters in {run.out}")
		return
	sent, got = run.counters["generator"], run.second_counters["sink"]
	checks.add(f"{name}/all-sent", sent["frames"] == count, f"{sent['frames']} of {count}",
		frames=sent["frames"])
	wrong = {key: got[key] for key in ("lost", "reordered", "duplicated", "stale") if got[key]}
	checks.add(f"{name}/all-arrived", got["frames"] == count and not wrong,
		f"{got['frames']} of {count}, {wrong}", frames=got["frames"], flows=got["flows"])
	latency = got["latency_ps"]
	checks.add(f"{name}/latency", 0 < latency["min"] <= latency["p50"] <= latency["p99"]
		<= latency["max"], f"{latency}", **latency)
