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


def read_snapshots(section):
	"""{who: [(tsc, {file: text})]} of what the agents have printed."""
	agents = {}
	for who, tsc, body in re.findall(r"^SNAPSHOT (\S+) \d+ (\d+)\n(.*?)(?=^SNAPSHOT |^END )", section,
			re.MULTILINE | re.DOTALL):
		files = re.split(r"^FILE (.*)\n", body, flags=re.MULTILINE)[1:]
		agents.setdefault(who, []).append((int(tsc), dict(zip(files[::2], files[1::2]))))
	return agents


def count_interrupts(text, pattern):
	"""All CPUs' interrupts of the lines of /proc/interrupts whose name matches."""
	total = 0
	for line in text.splitlines():
		if re.search(pattern, line):
			total += sum(int(word) for word in re.findall(r"(?<=\s)\d+(?=\s)", line.split("PCI-MSI")[0]))
	return total


def read_sink(text):
	"""The sink's counters, and {ticks: frames} of its latencies."""
	counters, latency = {}, {}
	for line in text.splitlines():
		words = line.split()
		if len(words) == 3 and words[0] == "latency":
			latency[int(words[1])] = int(words[2])
		elif len(words) == 2:
			counters[words[0]] = int(words[1])
	return counters, latency


def get_quantile(latency, share):
	"""The lowest of the bucket that `share` of the frames are at or below."""
	total, seen = sum(latency.values()), 0
	for ticks in sorted(latency):
		seen += latency[ticks]
		if seen >= share * total:
			return ticks
	return None


class Guest:
	"""What one guest's agent says about the window."""

	def __init__(self, snapshots, interrupt):
		(begin, first), (end, second), (_, last) = snapshots
		self.begin, self.ticks = begin, end - begin
		before, latency_before = read_sink(first["/proc/sluice_sink"])
		after, latency_after = read_sink(second["/proc/sluice_sink"])
		self.total, _ = read_sink(last["/proc/sluice_sink"])
		self.packets = after["frames"] - before["frames"]
		self.latency = {ticks: count - latency_before.get(ticks, 0)
			for ticks, count in latency_after.items() if count > latency_before.get(ticks, 0)}
		self.interrupts = (count_interrupts(second["/proc/interrupts"], interrupt)
			- count_interrupts(first["/proc/interrupts"], interrupt))
		if not self.packets:
			raise RecordError("a guest's sink has taken no packet in the window")


def sum_files(files, pattern):
	return sum(int(text) for path, text in files.items() if re.search(pattern, path))


def get_activity(marks):
	"""Ticks of each core by activity between two of the profile's marks."""
	first, second = marks
	return [{name: (core[name] - before[name]) * second["sample_ticks"] for name in core}
		for before, core in zip(first["cores"], second["cores"])]


class Window:
	"""All that is known of a load's window."""

	def __init__(self, section, marks, guests):
		agents = read_snapshots(section)
		expected = ["host"] + [f"guest{n}" for n in range(guests)]
		if any(len(agents.get(who, ())) != 3 for who in expected):
			raise RecordError(f"expected three snapshots of each of {', '.join(expected)}")
		self.host = [files for _, files in agents["host"]]
		self.guests = [Guest(agents[who], "virtio.*input") for who in expected[1:]]
		self.ticks = marks[1]["ticks"] - marks[0]["ticks"]
		self.cores = get_activity(marks[:2])
		self.reasons = {EXIT_REASONS.get(int(number), number): int(count)
			for number, count in re.findall(r"^REASON (\d+) (\d+)$", section, re.MULTILINE)}

	def grown(self, pattern):
		return sum_files(self.host[1], pattern) - sum_files(self.host[0], pattern)

	def grown_at_all(self, pattern):
		return sum_files(self.host[2], pattern) - sum_files(self.host[0], pattern)


def make_latency(guests, ips):
	merged = {}
	for guest in guests:
		for ticks, count in guest.latency.items():
			merged[ticks] = merged.get(ticks, 0) + count
	quantiles = {"p50": get_quantile(merged, 0.5), "p99": get_quantile(merged, 0.99), "max": max(merged, default=None)}
	return {name: None if ticks is None else round(ticks * 1e6 / ips, 3) for name, ticks in quantiles.items()}


def share_out(exits, reasons):
	"""Exits of the window by reason, as they were in the window beside it."""
	total = sum(reasons.values())
	return {name: round(exits * count / total) for name, count in sorted(reasons.items())} if total else {}


def make_record(name, settings, window, ips, guests):
	packets = sum(guest.packets for guest in window.guests)
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
		"policy": "virtio-net NAPI, ixgbe adaptive",
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
		"lost_at_tap": window.grown_at_all("tx_dropped$"),
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
	}


def read_run(console, profile, ips, guests):
	"""The records of all loads of a run."""
	sections = split_sections(console)
	marks = [json.loads(line) for line in profile.splitlines()]
	if len(marks) != 3 * len(sections):
		raise RecordError(f"{len(marks)} marks in the profile, expected three for each of {len(sections)} loads")
	return [make_record(name, settings, Window(section, marks[3 * i:3 * i + 3], guests), ips, guests)
		for i, (name, settings, section) in enumerate(sections)]
