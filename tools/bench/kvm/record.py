# SPDX-License-Identifier: BSD-2-Clause
"""From the console and the profile of a run of the control to the records of its loads."""

import json
import re


# Basic exit reasons (SDM vol. 3, appendix C), by the names of Sluice's counters.
EXIT_REASONS = {0: "exception-or-nmi", 1: "external-interrupt", 7: "interrupt-window", 10: "cpuid", 12: "hlt",
	18: "vmcall", 28: "cr-access", 29: "mov-dr", 30: "io", 31: "rdmsr", 32: "wrmsr", 40: "pause",
	43: "tpr-below-threshold", 44: "apic-access", 45: "virtualized-eoi", 48: "ept-violation",
	49: "ept-misconfiguration", 52: "preemption-timer", 54: "wbinvd", 56: "apic-write"}


class RecordError(Exception):
	"""The run did not say what was expected; the text says what is missing."""


def split_sections(text):
	"""The console's parts, a load each: name, settings, its lines."""
	parts = re.split(r"^LOAD (\S+) (.*)$", text, flags=re.MULTILINE)[1:]
	return [(parts[i], parts[i + 1], parts[i + 2]) for i in range(0, len(parts), 3)]


def read_capacities(text):
	"""{size: packets/s}"""
	return {int(size): int(rate) for size, rate in re.findall(r"^CAPACITY (\d+) (\d+)$", text, re.MULTILINE)}


class Agent:
	"""What an agent has printed: its snapshots, (tsc, {file: text}), and its sink's file."""

	def __init__(self):
		self.snapshots, self.sink = [], ""


def read_agents(section):
	"""{who: Agent}"""
	agents = {}
	for kind, who, tsc, body in re.findall(r"^(SNAPSHOT|SINK) (\S+)(?: \d+ (\d+))?\n(.*?)(?=^SNAPSHOT |^SINK |^END )", section,
			re.MULTILINE | re.DOTALL):
		agent = agents.setdefault(who, Agent())
		if kind == "SINK":
			agent.sink = body
			continue
		files = re.split(r"^FILE (.*)\n", body, flags=re.MULTILINE)[1:]
		agent.snapshots.append((int(tsc), dict(zip(files[::2], files[1::2]))))
	return agents


def count_interrupts(text, pattern):
	"""All CPUs' interrupts of the lines of /proc/interrupts whose name matches."""
	total = 0
	for line in text.splitlines():
		if re.search(pattern, line):
			total += sum(int(word) for word in re.findall(r"(?<=\s)\d+(?=\s)", line.split("PCI-MSI")[0]))
	return total


def read_sink(text):
	"""The sink's counters, and of each copy it took: frames, {place: {ticks: frames}} of latencies."""
	counters, taken = {}, []
	for line in text.splitlines():
		words = line.split()
		if len(words) == 2:
			counters[words[0]] = int(words[1])
		elif len(words) == 4 and words[2] == "frames":
			taken.append((int(words[3]), {"latency": {}, "socket": {}}))
		elif len(words) == 5:
			taken[int(words[1])][1][words[2]][int(words[3])] = int(words[4])
	return counters, taken


def get_quantile(latency, share):
	"""The lowest of the bucket that `share` of the frames are at or below."""
	total, seen = sum(latency.values()), 0
	for ticks in sorted(latency):
		seen += latency[ticks]
		if seen >= share * total:
			return ticks
	return None


def subtract(before, after):
	return {ticks: count - before.get(ticks, 0) for ticks, count in after.items() if count > before.get(ticks, 0)}


class Guest:
	"""What one guest's agent says about the windows, which follow on each other."""

	def __init__(self, agent, windows):
		if len(agent.snapshots) != windows + 2:
			raise RecordError(f"{len(agent.snapshots)} snapshots of a guest, expected {windows + 2}")
		(self.begin, first), (end, last) = agent.snapshots[0], agent.snapshots[windows]
		self.ticks = end - self.begin
		self.total, taken = read_sink(agent.sink)
		self.packets = taken[windows][0] - taken[0][0]
		latency = [copy["latency"] for _, copy in taken]
		self.latency = subtract(latency[0], latency[windows])
		self.window_latency = [subtract(*latency[n:n + 2]) for n in range(windows)]
		self.socket_latency = subtract(taken[0][1]["socket"], taken[windows][1]["socket"])
		self.interrupts = sum_files(last, "per_cpu_count$") - sum_files(first, "per_cpu_count$")
		self.received, self.sent = (sum_files(last, pattern) - sum_files(first, pattern)
			for pattern in ("rx_packets$", "tx_packets$"))
		# A transfer has no marks.
		self.packets = self.packets or self.received


def count_packets(guests):
	"""A transfer is to one of the guests only."""
	packets = sum(guest.packets for guest in guests)
	if not packets:
		raise RecordError("the guests have taken no packet in the windows")
	return packets


def sum_files(files, pattern):
	return sum(int(number) for path, text in files.items() if re.search(pattern, path) for number in text.split(","))


def get_activity(marks):
	"""Ticks of each core by activity between two of the profile's marks."""
	first, second = marks
	return [{name: (core[name] - before[name]) * second["sample_ticks"] for name in core}
		for before, core in zip(first["cores"], second["cores"])]


class Window:
	"""All that is known of a load's windows, as one."""

	def __init__(self, section, marks, guests, windows):
		agents = read_agents(section)
		expected = ["host"] + [f"guest{n}" for n in range(guests)]
		if any(who not in agents or len(agents[who].snapshots) != windows + 2 for who in expected):
			raise RecordError(f"expected {windows + 2} snapshots of each of {', '.join(expected)}")
		host = [files for _, files in agents["host"].snapshots]
		self.host = [host[0], host[windows], host[-1]]
		self.guests = [Guest(agents[who], windows) for who in expected[1:]]
		self.ticks = marks[windows]["ticks"] - marks[0]["ticks"]
		self.cores = get_activity([marks[0], marks[windows]])
		self.reasons = {EXIT_REASONS.get(int(number), number): int(count)
			for number, count in re.findall(r"^REASON (\d+) (\d+)$", section, re.MULTILINE)}

	def grown(self, pattern):
		return sum_files(self.host[1], pattern) - sum_files(self.host[0], pattern)

	def grown_at_all(self, pattern):
		return sum_files(self.host[2], pattern) - sum_files(self.host[0], pattern)


def merge(latencies):
	merged = {}
	for latency in latencies:
		for ticks, count in latency.items():
			merged[ticks] = merged.get(ticks, 0) + count
	return merged


def to_us(ticks, ips):
	return None if ticks is None else round(ticks * 1e6 / ips, 3)


def make_quantiles(merged, ips):
	return {"p50": to_us(get_quantile(merged, 0.5), ips), "p99": to_us(get_quantile(merged, 0.99), ips),
		"max": to_us(max(merged, default=None), ips)}


def make_latency(guests, ips):
	"""Of all windows, at the device; and the 99th percentile of each, which tells how settled it is."""
	windows = [merge(window) for window in zip(*(guest.window_latency for guest in guests))]
	return {**make_quantiles(merge(guest.latency for guest in guests), ips),
		"p99_windows": [to_us(get_quantile(one, 0.99), ips) for one in windows]}


def make_socket_latency(guests, ips):
	"""The same of the sample that the stack takes up to a socket."""
	merged = merge(guest.socket_latency for guest in guests)
	return {**make_quantiles(merged, ips), "packets": sum(merged.values())}


def make_distribution(guests, ips):
	"""[[us, share of packets at or below]], thinned to where the rest has become 5 % smaller."""
	merged = merge(guest.latency for guest in guests)
	total, seen, line, rest = sum(merged.values()), 0, [], None
	for ticks in sorted(merged):
		seen += merged[ticks]
		if rest is None or total - seen <= 0.95 * rest:
			rest = total - seen
			line.append([round(ticks * 1e6 / ips, 3), round(seen / total, 6)])
	return line


def share_out(exits, reasons):
	"""Exits of the window by reason, as they were in the window beside it."""
	total = sum(reasons.values())
	return {name: round(exits * count / total) for name, count in sorted(reasons.items())} if total else {}


def make_record(name, settings, window, ips, guests):
	packets = count_packets(window.guests)
	seconds = window.ticks / ips
	# Packets are counted in the guests' windows, which may differ by microseconds from the host's.
	rate = sum(guest.packets / guest.ticks for guest in window.guests)
	per_packet = 1 / (rate * window.ticks)
	interrupts = sum(guest.interrupts for guest in window.guests)
	exits = window.grown("/exits$")
	cores = window.cores
	vcpus = cores[2 + guests:2 + 2 * guests]
	card, vhosts = cores[1], cores[2:2 + guests]
	spent = {"ixgbe_and_bridge": card["root_running"],
		"vhost": sum(core["root_running"] for core in vhosts),
		"exit_handling": sum(core["root_running"] for core in vcpus)}
	return {
		"system": "kvm",
		"policy": "virtio-net",
		"load": name,
		"settings": settings,
		"frame_bytes": int(re.search(r"size=(\d+)", settings)[1]),
		"guests": guests,
		"ips": ips,
		"window_ticks": window.ticks,
		"packets": packets,
		"packets_per_second": round(rate * ips),
		"lost": sum(guest.total["lost"] for guest in window.guests),
		"reordered": sum(guest.total["reordered"] for guest in window.guests),
		"duplicated": sum(guest.total["duplicated"] for guest in window.guests),
		"lost_at_card": window.grown_at_all("rx_missed_errors$"),
		"lost_at_tap": window.grown_at_all("tap.*_dropped$"),
		"interrupts_per_packet": round(interrupts / packets, 5),
		"interrupts_per_second": round(interrupts / seconds),
		"physical_interrupts_per_packet": round(
			(count_interrupts(window.host[1]["/proc/interrupts"], "eth0-TxRx")
				- count_interrupts(window.host[0]["/proc/interrupts"], "eth0-TxRx")) * per_packet, 5),
		"exits_per_packet": round(exits * per_packet, 5),
		"exits": share_out(exits, window.reasons),
		"host_ticks_per_packet": round(sum(spent.values()) * per_packet, 1),
		"host_ticks": {part: round(ticks * per_packet, 1) for part, ticks in spent.items()},
		"guest_ticks_per_packet": round(sum(core["guest_running"] for core in vcpus) * per_packet, 1),
		"core_busy": [round((core["root_running"] + core["guest_running"]) / max(1, sum(core.values())), 3) for core in cores],
		"latency_us": make_latency(window.guests, ips),
		"socket_latency_us": make_socket_latency(window.guests, ips),
		"latency_distribution": make_distribution(window.guests, ips),
	}


def read_run(console, profile, ips, guests, windows):
	"""The records of all loads of a run."""
	sections = split_sections(console)
	marks = [json.loads(line) for line in profile.splitlines()]
	step = windows + 2
	if len(marks) != step * len(sections):
		raise RecordError(f"{len(marks)} marks in the profile, expected {step} for each of {len(sections)} loads")
	return [make_record(name, settings, Window(section, marks[step * i:step * (i + 1)], guests, windows), ips, guests)
		for i, (name, settings, section) in enumerate(sections)]


def add_round_trips(records, commanded):
	"""Latency of loads that are answered, by the generator's clock, over all of the load; and a transfer's rate."""
	for one in records:
		load = next((load for load in commanded if load["settings"] == one["settings"]), None)
		if not load or not load["answers"]:
			continue
		one["one_way_us"] = one["latency_us"]
		one["latency_us"] = {name: round(ps / 1e6, 3) for name, ps in load["latency_ps"].items()}
		if load["bytes"]:
			seconds = (load["end_ps"] - load["begin_ps"]) / 1e12
			one["megabits_per_second"] = round(load["bytes"] * 8 / 1e6 / seconds, 1)
			one["repeated_segments"] = load["repeated"]
	return records
