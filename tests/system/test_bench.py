# SPDX-License-Identifier: BSD-2-Clause
"""A few points of the scaling benchmark: its figures' ratios and counts, and that its files are whole."""

import json
import subprocess
import sys

from harness import ROOT, check, output_folder

sys.path.insert(0, str(ROOT / "tools/bench"))
import verdict  # noqa: E402

FIELDS = ("scenario", "direction", "frame_bytes", "flows", "queues", "guests", "backend", "packets", "lost",
	"reordered", "ticks", "packets_per_megatick", "backend_ticks_per_packet", "vcpu_ticks_per_packet", "handovers",
	"exits_per_packet", "interrupts_per_packet")


def find(records, **wanted):
	return next(record for record in records if all(record[key] == value for key, value in wanted.items()))


def test_bench_scaling():
	"""Four queues carry what one does 3.6 times; order, loss and hand-overs are as they must be."""
	out = output_folder("bench_scaling")
	done = subprocess.run([ROOT / "tools/bench/scaling", "--quick", "--jobs", "1", "--out", out],
		stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
	check((out / "scaling.json").exists(), f"scaling has written nothing:\n{done.stdout}")
	records = json.loads((out / "scaling.json").read_text())
	check(len(records) == 5, f"expected 5 records:\n{done.stdout}")
	for record in records:
		missing = [field for field in FIELDS if record.get(field) is None]
		check(not missing, f"{record['name']} lacks {missing}")
		for what in ("lost_unexplained", "lost_in_switch", "reordered", "duplicated", "handovers", "driver_defects"):
			expected = 0 if what != "handovers" or record["backend"] == "vrss" else record[what]
			check(record[what] == expected, f"{record['name']}: {record[what]} {what}, expected {expected}")
	for direction in ("rx", "tx"):
		one, four = (find(records, direction=direction, queues=queues, backend="vrss") for queues in (1, 4))
		check(four["packets_per_megatick"] >= 3.6 * one["packets_per_megatick"],
			f"{direction}: from {one['packets_per_megatick']} to {four['packets_per_megatick']} packets a megatick")
	single = find(records, backend="single")
	four = find(records, direction="rx", queues=4, backend="vrss")
	check(four["packets_per_megatick"] > 3 * single["packets_per_megatick"],
		f"one backend for four queues: {single['packets_per_megatick']} packets a megatick")
	for suffix in ("svg", "png"):
		check((out / f"scaling.{suffix}").stat().st_size > 1000, f"no plot in {out}/scaling.{suffix}")


def record(scenario, direction, queues, rate, cost=200.0, packets=1000, **more):
	return {"scenario": scenario, "guest_kind": "bare", "direction": direction, "queues": queues, "backend": "vrss",
		"packets_per_megatick": rate, "backend_ticks_per_packet": cost, "handovers": 0, "reordered": 0,
		"name": scenario, "ticks_per_offered_frame": 50, "duplicated": 0, "lost_unexplained": 0,
		"driver_defects": 0, "guest_packets": [packets], **more}


def failures(records):
	return [text for text, holds in verdict.judge(records) if not holds]


def test_bench_verdict():
	"""The verdict finds each thing that must not be."""
	good = [record("scaling", "rx", 1, 4000), record("scaling", "rx", 4, 14400), record("neighbour-control", "rx", 4, 1),
		record("neighbour-pinned", "rx", 4, 1, packets=951, handovers=5)]
	check(not failures(good), f"complaints about good records: {failures(good)}")
	for number, change, expected in ((1, {"packets_per_megatick": 14280}, "3.57 times"),
			(0, {"backend_ticks_per_packet": 350.1}, "350.1 ticks"), (1, {"handovers": 1}, "1 hand-overs"),
			(1, {"ticks_per_offered_frame": 68}, "takes all it is offered"),
			(1, {"reordered": 1}, "1 reordered"), (3, {"duplicated": 2}, "2 duplicated"),
			(3, {"lost_unexplained": -1}, "1 lost unexplained"), (0, {"driver_defects": 3}, "3 driver defects"),
			(3, {"guest_packets": [949]}, "0.949 of its throughput")):
		bad = [dict(one) for one in good]
		bad[number].update(change)
		check(len(failures(bad)) == 1 and expected in failures(bad)[0], f"{change}: {failures(bad)}")
