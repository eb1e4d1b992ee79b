# SPDX-License-Identifier: BSD-2-Clause
"""From the logs of a run to its record: what docs/delivery.md describes."""

import json
import re

from lab import SceneError, record

CARD, TIMER, KICK = range(0x30, 0xe0), 0xf4, 0xf3
# Exits that interrupts, and the core's changing hands, cause; the others are the guest's own doing.
DELIVERY = ("external-interrupt", "hlt", "interrupt-window", "preemption-timer")


class Profile:
	"""What the cores did in a window of the lab's own samples, which see halts in the guest, too."""

	def __init__(self, text, begin, end):
		lines = [json.loads(line) for line in text.splitlines()]
		self.lines = [line for line in lines if begin <= line["ticks"] <= end]
		if len(self.lines) < 2:
			raise SceneError("the profile does not cover the window")

	def share(self, core, activity):
		"""Of the core's time."""
		first, last = self.lines[0], self.lines[-1]
		samples = last["cores"][core][activity] - first["cores"][core][activity]
		return samples * last["sample_ticks"] / (last["ticks"] - first["ticks"])


def interrupts(window, vectors):
	"""That core 0, the backend's, took."""
	return sum(growth for name, growth in window.match(r"core\.0\.interrupts\.\w+").items()
		if int(name.rsplit(".", 1)[1], 16) in vectors)


def exits_by_reason(window):
	return {name.rsplit(".", 1)[1]: growth for name, growth in window.match(r"vm\.guest0\.vcpu0\.exits\.[\w-]+").items()}


def find_shares(scene, window, profile):
	"""Parts of the time of the cores that backend and guest have."""
	share = {"backend": window.get("core.0.ticks.backend") / window.ticks,
		"exit_handling": window.get(f"core.{scene.vcpu_core}.ticks.exit") / window.ticks,
		"guest": profile.share(scene.vcpu_core, "guest_running")}
	share["idle"] = profile.share(0, "root_halted") + profile.share(0, "guest_halted")
	return {name: round(value, 4) for name, value in share.items()}


def find_latency(scene, text):
	"""Of frames from the wire to Linux's sink, from the window's begin to the end of the load; None: not measured."""
	found = re.search(r"traffic: latency_ticks p50 (\d+) p99 (\d+)", text)
	to_us = lambda ticks: round(int(ticks) * 1e6 / scene.ips, 1)
	return {"p50": to_us(found[1]), "p99": to_us(found[2])} if found else None


def make_record(scene, out):
	lines = (out / "serial.log").read_text(errors="replace").splitlines()
	windows, _ = record.read_counters(lines)
	failures = [line for line in lines if "FAIL " in line]
	if failures or not windows or not windows[0].ticks:
		raise SceneError(f"{failures[0] if failures else 'the meter has measured nothing'}, see {out}/serial.log")
	window, model = windows[0], json.loads((out / "counters.json").read_text())
	profile = Profile((out / "profile.json").read_text(), window.begin, window.begin + window.ticks)
	share, exits = find_shares(scene, window, profile), exits_by_reason(window)
	packets = window.get(f"vm.guest0.net0.{'tx0' if scene.source else 'rx0'}.packets")
	per = lambda value, digits: round(value / packets, digits) if packets else None
	per_share = lambda name: per(share[name] * window.ticks, 1)
	return {
		"system": "sluice", "part": scene.part, "name": scene.name, "policy": "adaptive", "load": scene.load,
		"guest": scene.guest, "core": scene.core, "watch": scene.watch, "backend_share": scene.backend_share,
		"hide": scene.hide, "direction": "tx" if scene.source else "rx", "wait": scene.wait, "frame_bytes": 64,
		"guests": 1, "ips": scene.ips, "offered_per_second": scene.rate, "window_ticks": window.ticks,
		"packets": packets, "packets_per_second": round(packets * scene.ips / window.ticks),
		"lost_at_card": model["nic"]["rx_overflow"] + model["nic"]["rx_no_descriptor"],
		"driver_defects": model["driver_defects"],
		"interrupts_per_packet": per(window.get("vm.guest0.vcpu0.virtual_interrupts"), 5),
		"virtual_interrupts": window.get("vm.guest0.vcpu0.virtual_interrupts"),
		"card_interrupts": interrupts(window, CARD), "timer_interrupts": interrupts(window, [TIMER]),
		"kicks": interrupts(window, [KICK]),
		"busy_rounds": window.get("backend.0.polls") - window.get("backend.0.polls_idle"),
		"delivery_exits": sum(exits.get(reason, 0) for reason in DELIVERY),
		"exits_per_packet": per(sum(exits.values()), 5), "exits": exits,
		"doorbells": window.get("vm.guest0.net0.tx0.doorbells"),
		"host_ticks_per_packet": per((share["backend"] + share["exit_handling"]) * window.ticks, 1),
		"host_ticks": {"backend": per_share("backend"), "exit_handling": per_share("exit_handling")},
		"guest_ticks_per_packet": per_share("guest"),
		"core_share": share,
		"latency_us": find_latency(scene, "\n".join(lines)),
	}
