# SPDX-License-Identifier: BSD-2-Clause
"""What must hold, judged from the records alone."""

SCALING_LEAST = 3.6
COST_MOST = 350
NEIGHBOUR_LOSS_MOST = 0.05
# Who takes all that is offered is not saturated: more might have been taken.
TAKEN_MOST = 0.97


def find(records, **wanted):
	return next((record for record in records
		if all(record.get(key) == value for key, value in wanted.items())), None)


def is_saturated(record):
	"""Sources send all they can; receivers must be offered more than they take."""
	offered = record["ticks_per_offered_frame"]
	return not offered or record["packets_per_megatick"] < TAKEN_MOST * 1e6 / offered


def judge_scaling(records):
	for kind in ("bare", "linux"):
		for direction in ("rx", "tx"):
			one, four = (find(records, scenario="scaling", guest_kind=kind, direction=direction, queues=queues,
				backend="vrss") for queues in (1, 4))
			if not one or not four:
				continue
			for record in (one, four):
				if not is_saturated(record):
					yield f"{record['name']}: takes all it is offered, expected it to be offered more", False
			ratio = four["packets_per_megatick"] / one["packets_per_megatick"]
			yield (f"{kind} {direction}: from 1 to 4 queues {ratio:.2f} times the throughput, expected at least"
				f" {SCALING_LEAST}", ratio >= SCALING_LEAST)


def judge_costs(records):
	for direction in ("rx", "tx"):
		for queues in (1, 4):
			record = find(records, scenario="scaling", guest_kind="bare", direction=direction, queues=queues,
				backend="vrss")
			if record:
				cost = record["backend_ticks_per_packet"]
				yield (f"{direction}, 64 bytes, {queues} queues: {cost} ticks a packet on the busiest backend"
					f" core, expected at most {COST_MOST}", cost <= COST_MOST)


def is_aligned(record):
	"""As many backends as queues everywhere, flows as the default table has them."""
	scenario = record["scenario"]
	if scenario.startswith(("neighbour-", "hardware-queues-")):
		return scenario == "neighbour-control"
	return record["backend"] == "vrss"


def judge_order(records):
	aligned = [record for record in records if is_aligned(record)]
	handovers = sum(record["handovers"] for record in aligned)
	yield f"{handovers} hand-overs in {len(aligned)} aligned runs, expected none", handovers == 0
	for what in ("reordered", "duplicated", "lost_unexplained", "driver_defects"):
		total = sum(abs(record[what]) for record in records)
		yield f"{total} {what.replace('_', ' ')} in {len(records)} runs, expected none", total == 0


def judge_neighbours(records):
	control = find(records, scenario="neighbour-control")
	for record in records:
		name = record["scenario"].removeprefix("neighbour-")
		if not control or name == record["scenario"] or name == "control":
			continue
		ratio = record["guest_packets"][0] / control["guest_packets"][0]
		yield (f"neighbour of a guest with {name.replace('-', ' ')}: {ratio:.3f} of its throughput beside an"
			f" undisturbed one, expected {NEIGHBOUR_LOSS_MOST:.0%} of difference at most",
			abs(ratio - 1) <= NEIGHBOUR_LOSS_MOST)


def judge(records):
	"""[(what was found and expected, whether it holds)]"""
	return [*judge_scaling(records), *judge_costs(records), *judge_order(records), *judge_neighbours(records)]
