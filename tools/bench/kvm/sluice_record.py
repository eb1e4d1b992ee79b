# SPDX-License-Identifier: BSD-2-Clause
"""From the console and the profile of a run of Sluice to the records of its loads."""

import bisect
import json
import re

from record import Guest, RecordError, count_packets, make_distribution, make_latency, make_socket_latency, read_agents, split_sections

# The backend's; the guests' vCPUs have the next ones.
BACKEND_CORE = 0


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


def read_meter(console):
	"""Windows of the hypervisor's counters: {begin: {name: growth}}."""
	windows, now = {}, {}
	for name, number in re.findall(r"meter: (\S+) (\d+)$", console, re.MULTILINE):
		if name == "begin":
			now = windows.setdefault(int(number), {})
		else:
			now[name] = int(number)
	return windows


def find_meter(windows, tsc):
	"""The window that was begun last before a guest's, whose clock is the same."""
	begun = [begin for begin in windows if begin <= tsc]
	if not begun:
		raise RecordError(f"the meter has no window before tick {tsc}")
	return windows[max(begun)]


def read_stages(meter):
	"""Ticks a packet of the backend's stages, from the rounds that are sampled; polling in vain is in none."""
	stages = {}
	for name, ticks in meter.items():
		found = re.fullmatch(r"backend\.0\.stage\.(\w+)\.ticks", name)
		packets = meter.get(name.replace(".ticks", ".packets"), 0)
		if found and packets:
			stages[found[1]] = round(ticks / packets, 1)
	return stages


def read_exits(meter, guests):
	"""Exits of the guests' vCPUs by reason."""
	exits = {}
	for counter, growth in meter.items():
		found = re.fullmatch(r"core\.(\d+)\.exits\.(.+)", counter)
		if found and 1 <= int(found[1]) <= guests:
			exits[found[2]] = exits.get(found[2], 0) + growth
	return exits


def make_record(name, settings, section, profile, meters, run):
	agents = read_agents(section)
	names = [f"guest{n}" for n in range(run.guests)]
	if any(who not in agents for who in names):
		raise RecordError(f"{name}: expected snapshots of {', '.join(names)}")
	guests = [Guest(agents[who], run.windows) for who in names]
	begin, ticks = guests[0].begin, guests[0].ticks
	end = begin + ticks
	meter = find_meter(meters, begin)
	exits = read_exits(meter, run.guests)
	cores = range(1, run.guests + 1)
	backend = profile.grown(BACKEND_CORE, "root_running", begin, end)
	handling = sum(profile.grown(core, "root_running", begin, end) for core in cores)
	guest_ticks = sum(profile.grown(core, "guest_running", begin, end) for core in cores)
	packets = count_packets(guests)
	interrupts = sum(guest.interrupts for guest in guests)
	return {
		"system": "sluice",
		"policy": run.policy,
		"load": name,
		"settings": settings,
		"frame_bytes": int(re.search(r"size=(\d+)", settings)[1]),
		"guests": run.guests,
		"ips": run.ips,
		"window_ticks": ticks,
		"packets": packets,
		"packets_per_second": round(packets * run.ips / ticks),
		"lost": sum(guest.total["lost"] for guest in guests),
		"reordered": sum(guest.total["reordered"] for guest in guests),
		"duplicated": sum(guest.total["duplicated"] for guest in guests),
		"interrupts_per_packet": round(interrupts / packets, 5),
		"interrupts_per_second": round(interrupts * run.ips / ticks),
		"exits_per_packet": round(sum(exits.values()) / packets, 5),
		"exits": exits,
		"host_ticks_per_packet": round((backend + handling) / packets, 1),
		"host_ticks": {"backend": round(backend / packets, 1), "exit_handling": round(handling / packets, 1)},
		"stages": read_stages(meter),
		"guest_ticks_per_packet": round(guest_ticks / packets, 1),
		"core_busy": [round(backend / ticks, 3), round((handling + guest_ticks) / run.guests / ticks, 3)],
		"latency_us": make_latency(guests, run.ips),
		"socket_latency_us": make_socket_latency(guests, run.ips),
		"latency_distribution": make_distribution(guests, run.ips),
	}


def read_run(console, notes, profile_text, run):
	"""The records of all loads of a run; run: its policy, guests, windows, ips."""
	profile, meters = Profile(profile_text), read_meter(console)
	return [make_record(name, settings, section, profile, meters, run)
		for name, settings, section in split_sections(notes)]
