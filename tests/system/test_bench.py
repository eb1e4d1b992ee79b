# SPDX-License-Identifier: BSD-2-Clause
"""A few points of the scaling benchmark: its figures' ratios and counts, and that its files are whole."""

import json
import subprocess

from harness import ROOT, check, output_folder

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
