# SPDX-License-Identifier: BSD-2-Clause
"""From the logs of a run to its record: what docs/bench.md describes."""

import json
import re

from machine import BenchError

METER = "meter"
DROPS = ("drop_no_buffer", "drop_down", "drop_segment", "drop_spoofed", "drop_handover", "drop_link",
	"spoofed", "nowhere")
COUNTER = re.compile(r"\bcounter ([\w.+-]+) (\d+)\s*$")


def read_windows(lines):
	"""The counters between the meter's marks: [(tick, {name: value})]; the last values of all."""
	windows, final, current = [], {}, None
	for line in lines:
		mark = re.search(r"meter: (begin|end) (\d+)", line)
		if mark and mark[1] == "begin":
			current = {}
			windows.append((int(mark[2]), current))
		elif mark:
			current = None
		counter = COUNTER.search(line)
		if counter:
			final[counter[1]] = int(counter[2])
			if current is not None:
				current[counter[1]] = int(counter[2])
	return windows, final


def find_reports(lines):
	"""What the traffic guests said at their end: guest name to its queues and its sink's totals."""
	reports = {}
	for line in lines:
		found = re.search(r"(\w+): traffic: (queue (\d+)|sink) (.*)", line)
		if not found:
			continue
		words = found[4].split()
		values = {name: int(value) for name, value in zip(words[::2], words[1::2])}
		report = reports.setdefault(found[1], {"queues": {}, "sink": {}})
		if found[3]:
			report["queues"][int(found[3])] = values
		else:
			report["sink"] = values
	return reports


class Window:
	"""How counters have grown in the window."""

	def __init__(self, windows):
		if len(windows) != 2:
			raise BenchError(f"the meter has logged the counters {len(windows)} times, expected twice")
		(start, before), (end, after) = windows
		self.ticks = end - start
		self.counters = {name: value - before.get(name, 0) for name, value in after.items()}

	def get(self, name):
		return self.counters.get(name, 0)

	def match(self, pattern):
		"""All whose whole name matches, but for those of the meter itself."""
		return {name: value for name, value in self.counters.items()
			if re.fullmatch(pattern, name) and f"vm.{METER}." not in name}

	def sum(self, pattern):
		return sum(self.match(pattern).values())


def backend_packets(window, backend):
	return window.get(f"backend.{backend}.uplink_rx") + window.get(f"backend.{backend}.uplink_tx")


def measure_backends(point, window):
	ticks = [window.get(f"core.{core}.ticks.backend") for core in range(point.io_cores)]
	busiest = max(range(point.io_cores), key=lambda core: ticks[core])
	packets = backend_packets(window, busiest)
	return {
		"backend_ticks_per_packet": round(ticks[busiest] / packets, 1) if packets else None,
		"backend_busy": round(ticks[busiest] / window.ticks, 3),
		"handovers": window.sum(r"backend\.\d+\.handovers"),
		"stages": measure_stages(window),
	}


def measure_stages(window):
	"""Ticks a packet in each stage, from the rounds that were sampled."""
	stages = {}
	for name, ticks in window.match(r"backend\.\d+\.stage\.\w+\.ticks").items():
		stage = stages.setdefault(name.split(".")[3], [0, 0])
		stage[0] += ticks
		stage[1] += window.get(name[:-len("ticks")] + "packets")
	return {name: round(ticks / packets, 1) for name, (ticks, packets) in stages.items() if packets}


def measure_vcpus(point, reports):
	"""Ticks a packet of the busiest vCPU while it had work, over the whole run, by its own count."""
	worst = None
	for report in reports.values():
		for vcpu in range(point.vcpus):
			queues = [values for queue, values in report["queues"].items() if queue % point.vcpus == vcpu]
			ticks = sum(values["busy_ticks"] for values in queues)
			packets = sum(values["rx_packets"] + values["tx_packets"] for values in queues)
			if packets and (worst is None or ticks > worst[0]):
				worst = (ticks, packets)
	return round(worst[0] / worst[1], 1) if worst else None


def measure_traffic(point, window):
	received = window.match(r"vm\.\w+\.net\d\.rx\d+\.packets")
	sent = window.sum(r"backend\.\d+\.uplink_tx")
	packets = {"rx": sum(received.values()), "tx": sent, "both": sum(received.values()) + sent}[point.direction]
	spread = received if point.direction != "tx" else window.match(r"vm\.\w+\.net\d\.tx\d+\.packets")
	per = lambda pattern: round(window.sum(pattern) / packets, 5) if packets else None
	return {
		"packets": packets,
		"ticks": window.ticks,
		"packets_per_megatick": round(packets / window.ticks * 1e6, 1),
		"queue_spread": {name.removeprefix("vm.").removesuffix(".packets"): value
			for name, value in sorted(spread.items())},
		"exits_per_packet": per(r"vm\.\w+\.vcpu\d+\.exits\.[\w-]+"),
		"interrupts_per_packet": per(r"vm\.\w+\.vcpu\d+\.virtual_interrupts"),
	}


def unique(sink):
	return sink["frames"] - sink["duplicated"] - sink["stale"]


def count_drops(final, first):
	"""Of all causes. Questions for guests that were not up yet went nowhere before the first window."""
	early = sum(value for name, value in first.items() if name.endswith(".nowhere"))
	return sum(value for name, value in final.items() if name.split(".")[-1] in DROPS) - early


def find_losses(point, model, drops, left, reports):
	"""Over the whole run, after all that was under way has arrived: by sequence number, and by cause."""
	sinks = [report["sink"] for report in reports.values()]
	offered = missing = reordered = duplicated = card = 0
	if point.direction != "tx":
		offered += model["generator"]["frames"]
		missing += model["generator"]["frames"] - sum(unique(sink) for sink in sinks)
		card = model["nic"]["rx_overflow"] + model["nic"]["rx_no_descriptor"]
		reordered += sum(sink["reordered"] for sink in sinks)
		duplicated += sum(sink["duplicated"] + sink["stale"] for sink in sinks)
	if point.direction != "rx":
		sink = model["sink"]
		sent = sum(queue["tx_packets"] for report in reports.values() for queue in report["queues"].values())
		offered += sent
		missing += sent - unique(sink)
		reordered += sink["reordered"]
		duplicated += sink["duplicated"] + sink["stale"]
	return {"offered": offered, "lost": missing, "lost_at_card": card, "lost_in_switch": drops,
		"left_by_guest": left, "lost_unexplained": missing - card - drops - left, "reordered": reordered,
		"duplicated": duplicated}


def stalled_packets(point, final, reports):
	"""In the ring of a queue that its guest has stopped draining."""
	if "stall=" not in point.disturbed_words:
		return 0
	queue = int(point.disturbed_words.split("=")[1])
	return final.get(f"vm.guest1.net0.rx{queue}.packets", 0) - reports["guest1"]["queues"][queue]["rx_packets"]


def make_record(point, out):
	lines = (out / "serial.log").read_text(errors="replace").splitlines()
	failures = [line for line in lines if "FAIL " in line]
	if failures:
		raise BenchError(f"a check failed: {failures[0]}")
	windows, final = read_windows(lines)
	window, reports = Window(windows), find_reports(lines)
	if len(reports) != point.guests:
		raise BenchError(f"{len(reports)} guests have reported, expected {point.guests}")
	model = json.loads((out / "counters.json").read_text())
	record = {
		"name": point.name, "scenario": point.scenario, "guest_kind": point.kind, "direction": point.direction,
		"frame_bytes": point.frame_bytes, "proto": point.proto, "flows": point.flows, "queues": point.queues,
		"guests": point.guests, "backend": point.backend, "wait": point.wait, "vcpus_per_guest": point.vcpus,
		"ips": point.ips, "ticks_per_offered_frame": point.ticks_per_frame if point.direction != "tx" else None,
	}
	record.update(measure_traffic(point, window))
	record.update(measure_backends(point, window))
	record["vcpu_ticks_per_packet"] = measure_vcpus(point, reports)
	left = stalled_packets(point, final, reports)
	record.update(find_losses(point, model, count_drops(final, windows[0][1]), left, reports))
	record["guest_packets"] = [window.sum(rf"vm\.guest{guest}\.net0\.[rt]x\d+\.packets")
		for guest in range(point.guests)]
	record["driver_defects"] = model["driver_defects"]
	return record
