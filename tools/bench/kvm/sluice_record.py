# SPDX-License-Identifier: BSD-2-Clause
"""From the console and the profile of a run of Sluice to the records of its loads."""

import bisect
import json
import re

from record import Guest, RecordError, make_latency, read_snapshots, split_sections

BACKEND_CORE, VCPU_CORE = 0, 1


class Profile:
	"""Ticks of the cores by activity, at any time: the profile has a line every so often."""

	def __init__(self, text):
		self.lines = [json.loads(line) for line in text.splitlines()]
		self.ticks = [line["ticks"] for line in self.lines]

	def read(self, core, activity, tick):
		"""Ticks that a core had spent so by then, interpolated."""
		at = bisect.bisect_right(self.ticks, tick)
		if not 0 < at < len(self.ticks):
			raise RecordError(f"the profile does not cover tick {tick}")
		before, after = self.lines[at - 1], self.lines[at]
		low, high = before["cores"][core][activity], after["cores"][core][activity]
		share = (tick - before["ticks"]) / (after["ticks"] - before["ticks"])
		return (low + (high - low) * share) * before["sample_ticks"]

	def grown(self, core, activity, begin, end):
		return self.read(core, activity, end) - self.read(core, activity, begin)


def read_meter(section):
	"""How the hypervisor's counters have grown in the window."""
	return {name: int(growth) for name, growth in re.findall(r"meter: ([\w.+-]+\.[\w.+-]+) (\d+)$", section, re.MULTILINE)}


def read_stages(meter):
	"""Ticks a packet of the backend's stages, from the rounds that are sampled; polling in vain is in none."""
	stages = {}
	for name, ticks in meter.items():
		found = re.fullmatch(r"backend\.0\.stage\.(\w+)\.ticks", name)
		packets = meter.get(name.replace(".ticks", ".packets"), 0)
		if found and packets:
			stages[found[1]] = round(ticks / packets, 1)
	return stages


def make_record(name, settings, section, profile, ips, policy):
	snapshots = read_snapshots(section).get("guest0", ())
	if len(snapshots) != 3:
		raise RecordError(f"{name}: expected three snapshots of guest0")
	guest = Guest(snapshots, r"eth0-TxRx")
	begin, end = guest.begin, guest.begin + guest.ticks
	meter = read_meter(section)
	prefix = f"core.{VCPU_CORE}.exits."
	exits = {counter[len(prefix):]: growth for counter, growth in meter.items() if counter.startswith(prefix)}
	backend = profile.grown(BACKEND_CORE, "root_running", begin, end)
	handling = profile.grown(VCPU_CORE, "root_running", begin, end)
	guest_ticks = profile.grown(VCPU_CORE, "guest_running", begin, end)
	packets = guest.packets
	return {
		"system": "sluice",
		"policy": policy,
		"load": name,
		"settings": settings,
		"frame_bytes": int(re.search(r"size=(\d+)", settings)[1]),
		"guests": 1,
		"ips": ips,
		"window_ticks": guest.ticks,
		"packets": packets,
		"packets_per_second": round(packets * ips / guest.ticks),
		"lost": guest.total["lost"],
		"reordered": guest.total["reordered"],
		"duplicated": guest.total["duplicated"],
		"interrupts_per_packet": round(guest.interrupts / packets, 5),
		"interrupts_per_second": round(guest.interrupts * ips / guest.ticks),
		"exits_per_packet": round(sum(exits.values()) / packets, 5),
		"exits": exits,
		"host_ticks_per_packet": round((backend + handling) / packets, 1),
		"host_ticks": {"backend": round(backend / packets, 1), "exit_handling": round(handling / packets, 1)},
		"stages": read_stages(meter),
		"guest_ticks_per_packet": round(guest_ticks / packets, 1),
		"core_busy": [round(backend / guest.ticks, 3), round((handling + guest_ticks) / guest.ticks, 3)],
		"latency_us": make_latency([guest], ips),
	}


def read_run(console, profile_text, ips, policy):
	"""The records of all loads of a run."""
	profile = Profile(profile_text)
	return [make_record(name, settings, section, profile, ips, policy)
		for name, settings, section in split_sections(console)]
