# SPDX-License-Identifier: BSD-2-Clause
"""What must hold of Sluice beside the control, from their records alone."""

HALF_LOADS = ("poisson-10", "poisson-50")


class Verdict:
	"""Lines of what was found; `failed` counts those that do not hold."""

	def __init__(self):
		self.lines, self.failed = [], 0

	def check(self, what, value, most):
		holds = value is not None and value <= most
		self.failed += not holds
		self.lines.append(f"{'holds' if holds else 'DOES NOT HOLD'}: {what}: {value:.4g}, at most {most:.4g}")


def judge_alone(verdict, ours):
	where = f"{ours['load']}, {ours['frame_bytes']} bytes"
	if ours["load"] == "saturating":
		verdict.check(f"exits a packet, {where}", ours["exits_per_packet"], 0.001)
		verdict.check(f"interrupts a packet, {where}", ours["interrupts_per_packet"], 0.001)
	if ours["load"] == "2000pps":
		verdict.check(f"exits a packet, {where}", ours["exits_per_packet"], 0.01)


def judge_pair(verdict, ours, control):
	where = f"{ours['load']}, {ours['frame_bytes']} bytes"
	if ours["load"] == "saturating":
		verdict.check(f"host ticks a packet beside a fifth of KVM's, {where}", ours["host_ticks_per_packet"],
			control["host_ticks_per_packet"] / 5)
		verdict.check(f"guest ticks a packet beside virtio-net's, {where}", ours["guest_ticks_per_packet"],
			control["guest_ticks_per_packet"])
	if ours["load"] in HALF_LOADS:
		verdict.check(f"interrupts a packet beside a quarter of KVM's, {where}", ours["interrupts_per_packet"],
			control["interrupts_per_packet"] / 4)
		verdict.check(f"p99 in us beside KVM's, {where}", ours["latency_us"]["p99"], control["latency_us"]["p99"])


def judge(records):
	"""The verdict on all loads that Sluice was put under."""
	def find(system):
		return {(one["load"], one["frame_bytes"], one["guests"]): one for one in records if one["system"] == system}

	verdict, controls = Verdict(), find("kvm")
	for key, ours in find("sluice").items():
		judge_alone(verdict, ours)
		if key in controls:
			judge_pair(verdict, ours, controls[key])
	return verdict
