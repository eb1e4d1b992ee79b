# SPDX-License-Identifier: BSD-2-Clause
"""What must hold of Sluice beside its controls, from the records alone: KVM, and Sluice's other policies."""

OURS = "adaptive"
HALF_LOADS = ("poisson-10", "poisson-50")
# Within 5 % latencies are the same; so are interrupts within 1 % and 0.001 a packet, which is none.
SAME_LATENCY, SAME_INTERRUPTS, NO_INTERRUPTS = 1.05, 1.01, 0.001
# Nothing may get lost, and capacity must be what it is without coalescing.
CARRIED = ("poisson-1", "poisson-10", "poisson-50", "poisson-90", "bursts", "2000pps", "request-response", "tcp")


class Verdict:
	"""Lines of what was found; `failed` counts those that do not hold."""

	def __init__(self):
		self.lines, self.failed = [], 0

	def add(self, holds, text):
		self.failed += not holds
		self.lines.append(f"{'holds' if holds else 'DOES NOT HOLD'}: {text}")

	def at_most(self, what, value, most):
		self.add(value is not None and value <= most, f"{what}: {value:.4g}, at most {most:.4g}")


def describe(one):
	guests = f", {one['guests']} guests" if one["guests"] > 1 else ""
	return f"{one['load']}, {one['frame_bytes']} bytes{guests}"


def name_control(control):
	return "KVM" if control["system"] == "kvm" else control["policy"]


def judge_alone(verdict, ours):
	where = describe(ours)
	if ours["load"] == "saturating":
		verdict.at_most(f"exits a packet, {where}", ours["exits_per_packet"], 0.001)
		verdict.at_most(f"interrupts a packet, {where}", ours["interrupts_per_packet"], 0.001)
	if ours["load"] == "2000pps":
		verdict.at_most(f"exits a packet, {where}", ours["exits_per_packet"], 0.01)
	if ours["load"] in CARRIED:
		verdict.at_most(f"packets lost, {where}", ours["lost"], 0)


def judge_without(verdict, ours, none):
	"""Beside no coalescing at all."""
	where = describe(ours)
	if ours["load"] == "2000pps":
		for name in ("p50", "p99"):
			verdict.at_most(f"{name} in us within 5 % of no coalescing, {where}", ours["latency_us"][name],
				SAME_LATENCY * none["latency_us"][name])
	if ours["load"] == "saturating":
		missing = none["packets_per_second"] - ours["packets_per_second"] if ours["lost"] else 0
		verdict.at_most(f"packets/s lost to coalescing, {where}", missing,
			none["packets_per_second"] / 100)


def judge_kvm(verdict, ours, control):
	where = describe(ours)
	if ours["load"] == "saturating":
		verdict.at_most(f"host ticks a packet beside a fifth of KVM's, {where}", ours["host_ticks_per_packet"],
			control["host_ticks_per_packet"] / 5)
		verdict.at_most(f"guest ticks a packet beside virtio-net's, {where}", ours["guest_ticks_per_packet"],
			control["guest_ticks_per_packet"])
	if ours["load"] in HALF_LOADS:
		verdict.at_most(f"interrupts a packet beside a quarter of KVM's, {where}", ours["interrupts_per_packet"],
			control["interrupts_per_packet"] / 4)
		verdict.at_most(f"p99 in us beside KVM's, {where}", ours["latency_us"]["p99"], control["latency_us"]["p99"])


def is_lower(one, other):
	"""Whether the p99 is lower by more than 5 %, and in all windows lower than in any of the other's."""
	windows = [latency.get("p99_windows") or [latency["p99"]] for latency in (one, other)]
	return one["p99"] * SAME_LATENCY < other["p99"] and max(windows[0]) < min(windows[1])


def is_beyond(ours, control):
	"""Whether a control has as few interrupts and a lower p99, or as low a p99 and fewer interrupts."""
	interrupts, p99 = control["interrupts_per_packet"], control["latency_us"]["p99"]
	mine, my_p99 = ours["interrupts_per_packet"], ours["latency_us"]["p99"]
	if interrupts <= NO_INTERRUPTS and mine <= NO_INTERRUPTS:
		interrupts = mine
	as_few, fewer = interrupts <= mine, interrupts * SAME_INTERRUPTS + NO_INTERRUPTS < mine
	as_low, lower = p99 <= my_p99, is_lower(control["latency_us"], ours["latency_us"])
	return (as_few and lower) or (as_low and fewer)


def judge_frontier(verdict, ours, controls):
	better = [control for control in controls if is_beyond(ours, control)]
	text = (f"on the frontier, {describe(ours)}: {ours['interrupts_per_packet']} interrupts a packet, p99"
		f" {ours['latency_us']['p99']} us (windows {ours['latency_us'].get('p99_windows', '-')})")
	for control in better:
		text += (f"; beyond: {name_control(control)} {control['interrupts_per_packet']}, {control['latency_us']['p99']} us"
			f" (windows {control['latency_us'].get('p99_windows', '-')})")
	verdict.add(not better, text)


def choose_attachment(records):
	"""Of the control's ways onto the wire the one that carries more counts: it is to be tuned well."""
	best = {}
	for one in records:
		if one["system"] == "kvm" and one["load"] == "saturating":
			key = (one["frame_bytes"], one["guests"])
			if key not in best or one["packets_per_second"] > best[key]["packets_per_second"]:
				best[key] = one
	def counts(one):
		chosen = best.get((one["frame_bytes"], one["guests"]))
		return one["system"] != "kvm" or chosen is None or one.get("attach") == chosen.get("attach")
	return [one for one in records if counts(one)]


def judge(records):
	"""The verdict on all loads that Sluice was put under."""
	verdict, controls = Verdict(), {}
	records = choose_attachment(records)
	for one in records:
		if one["system"] == "kvm" or one["policy"] != OURS:
			controls.setdefault((one["load"], one["frame_bytes"], one["guests"]), []).append(one)
	for ours in records:
		if ours["system"] != "sluice" or ours["policy"] != OURS:
			continue
		judge_alone(verdict, ours)
		beside = controls.get((ours["load"], ours["frame_bytes"], ours["guests"]), [])
		for control in beside:
			if control["system"] == "kvm":
				judge_kvm(verdict, ours, control)
			elif control["policy"] == "none":
				judge_without(verdict, ours, control)
		if beside:
			judge_frontier(verdict, ours, beside)
	return verdict
