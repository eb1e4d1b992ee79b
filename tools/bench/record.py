# SPDX-License-Identifier: BSD-2-Clause
"""From the logs of a run to its record: what docs/bench.md describes."""

import json
import re

from machine import BenchError

METER = "meter"
DROPS = ("drop_no_buffer", "drop_down", "drop_segment", "drop_spoofed", "drop_handover", "drop_link",
	"spoofed", "vlan", "rate_drops", "nowhere")
METERED = re.compile(r"\bmeter: ([\w.+-]+) (\d+)\s*$")
COUNTER = re.compile(r"\bcounter ([\w.+-]+) (\d+)\s*$")


class Window:
	"""How counters have grown between two times."""

	def __init__(self, begin):
		self.begin, self.ticks, self.counters = begin, None, {}

	def get(self, name):
		return self.counters.get(name, 0)

	def match(self, pattern):
		"""All whose whole name matches, but for those of the meter itself."""
		return {name: value for name, value in self.counters.items()
			if re.fullmatch(pattern, name) and f"vm.{METER}." not in name}

	def sum(self, pattern):
		return sum(self.match(pattern).values())


def read_counters(lines):
	"""The windows that the meter has measured, and the last values of all counters."""
	windows, final = [], {}
	for line in lines:
		metered, counter = METERED.search(line), COUNTER.search(line)
		if metered and metered[1] == "begin":
			windows.append(Window(int(metered[2])))
		elif metered and metered[1] == "end":
			windows[-1].ticks = int(metered[2]) - windows[-1].begin
		elif metered:
			windows[-1].counters[metered[1]] = int(metered[2])
		elif counter:
			final[counter[1]] = int(counter[2])
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


def measure_traffic(direction, window):
	received = window.match(r"vm\.\w+\.net\d\.rx\d+\.packets")
	sent = window.sum(r"backend\.\d+\.uplink_tx")
	packets = {"rx": sum(received.values()), "tx": sent, "both": sum(received.values()) + sent}[direction]
	spread = received if direction != "tx" else window.match(r"vm\.\w+\.net\d\.tx\d+\.packets")
	mean = sum(spread.values()) / max(1, len(spread))
	per = lambda pattern: round(window.sum(pattern) / packets, 5) if packets else None
	return {
		"packets": packets,
		"packets_received": sum(received.values()),
		"packets_sent": sent,
		"ticks": window.ticks,
		"packets_per_megatick": round(packets / window.ticks * 1e6, 1),
		"queue_spread": {name.removeprefix("vm.").removesuffix(".packets"): value
			for name, value in sorted(spread.items())},
		"queue_spread_worst": round(max(spread.values()) / mean, 3) if mean else None,
		"exits_per_packet": per(r"vm\.\w+\.vcpu\d+\.exits\.[\w-]+"),
		"interrupts_per_packet": per(r"vm\.\w+\.vcpu\d+\.virtual_interrupts"),
	}


def unique(sink):
	return sink["frames"] - sink["duplicated"] - sink["stale"]


def count_drops(final, model):
	"""Of all causes, without what the generator asked, and nobody answered, before guests were up."""
	asked = max(0, model["wire"]["to_nic_frames"] - model.get("generator", {"frames": 0})["frames"])
	drops = {name: value for name, value in final.items() if name.split(".")[-1] in DROPS}
	nowhere = sum(value for name, value in drops.items() if name.endswith(".nowhere"))
	return sum(drops.values()) - min(nowhere, asked)


def find_losses(direction, model, drops, left, guests):
	"""Over the whole run, after all that was under way has arrived: by sequence number, and by cause.

	guests: (packets sent, the sink's totals) of each.
	"""
	offered = missing = reordered = duplicated = card = 0
	if direction != "tx":
		sinks = [sink for _, sink in guests]
		offered += model["generator"]["frames"]
		missing += model["generator"]["frames"] - sum(unique(sink) for sink in sinks)
		card = model["nic"]["rx_overflow"] + model["nic"]["rx_no_descriptor"]
		reordered += sum(sink["reordered"] for sink in sinks)
		duplicated += sum(sink["duplicated"] + sink["stale"] for sink in sinks)
	else:
		drops = left = 0
	if direction != "rx":
		sink = model["sink"]
		sent = sum(packets for packets, _ in guests)
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


def describe(point, direction):
	return {
		"name": point.name.replace("-all-", f"-{direction}-"), "scenario": point.scenario, "guest_kind": point.kind,
		"direction": direction, "frame_bytes": point.frame_bytes, "proto": point.proto, "flows": point.flows,
		"queues": point.queues, "guests": point.guests, "backend": point.backend, "wait": point.wait,
		"vcpus_per_guest": point.vcpus, "ips": point.ips,
		"ticks_per_offered_frame": point.ticks_per_frame if direction != "tx" else None,
	}


def make_bare(point, lines, windows, final, model):
	window, reports = windows[0], find_reports(lines)
	if len(reports) != point.guests:
		raise BenchError(f"{len(reports)} guests have reported, expected {point.guests}")
	guests = [(sum(queue["tx_packets"] for queue in report["queues"].values()), report["sink"])
		for report in reports.values()]
	left = stalled_packets(point, final, reports)
	return [{
		**describe(point, point.direction), **measure_traffic(point.direction, window),
		**measure_backends(point, window), "vcpu_ticks_per_packet": measure_vcpus(point, reports),
		**find_losses(point.direction, model, count_drops(final, model), left, guests),
		"guest_packets": [window.sum(rf"vm\.guest{guest}\.net0\.[rt]x\d+\.packets")
			for guest in range(point.guests)],
		"driver_defects": model["driver_defects"],
	}]


def measure_linux_vcpus(point, window):
	"""Ticks a packet of the busiest vCPU that serves a queue, whatever it did in them."""
	ticks = [window.get(f"core.{point.io_cores + queue}.ticks.guest")
		+ window.get(f"core.{point.io_cores + queue}.ticks.exit") for queue in range(point.queues)]
	busiest = max(range(point.queues), key=lambda queue: ticks[queue])
	packets = window.sum(rf"vm\.guest0\.net0\.[rt]x{busiest}\.packets")
	return round(ticks[busiest] / packets, 1) if packets else None


def make_linux(point, lines, windows, final, model):
	"""One record for each phase of the guest's script; losses are those of all phases together."""
	said = re.findall(r"bench: (phase|sent|sink) (\w+)(?: (\d+))?", "\n".join(lines))
	phases = [name for what, name, _ in said if what == "phase"]
	sent = sum(int(number) for what, number, _ in said if what == "sent")
	sink = {name: int(number) for what, name, number in said if what == "sink"}
	if len(windows) != len(phases) or "frames" not in sink:
		raise BenchError(f"{len(windows)} windows of {len(phases)} phases, sink {sink}")
	records = []
	for number, phase in enumerate(phases):
		window = windows[number]
		records.append({
			**describe(point, phase), **measure_traffic(phase, window), **measure_backends(point, window),
			"vcpu_ticks_per_packet": measure_linux_vcpus(point, window),
			**find_losses(phase, model, count_drops(final, model), 0, [(sent, sink)]),
			"guest_packets": [window.sum(r"vm\.guest0\.net0\.[rt]x\d+\.packets")],
			"driver_defects": model["driver_defects"],
		})
	return records


def make_records(point, out):
	lines = (out / "serial.log").read_text(errors="replace").splitlines()
	failures = [line for line in lines if "FAIL " in line]
	if failures:
		raise BenchError(f"a check failed: {failures[0]}")
	windows, final = read_counters(lines)
	if not windows or not windows[-1].ticks:
		raise BenchError("the meter has measured nothing")
	model = json.loads((out / "counters.json").read_text())
	make = make_linux if point.kind == "linux" else make_bare
	return make(point, lines, windows, final, model)
