# SPDX-License-Identifier: BSD-2-Clause
"""Draws throughput against queues, by gnuplot: SVG and PNG."""

import shutil
import subprocess

LINES = (("bare", "rx", "vrss"), ("bare", "tx", "vrss"), ("bare", "both", "vrss"), ("linux", "rx", "vrss"),
	("linux", "tx", "vrss"), ("bare", "rx", "single"), ("bare", "tx", "single"), ("linux", "rx", "single"),
	("linux", "tx", "single"))


# Of guest and direction; dashed: one backend.
COLOURS = {("bare", "rx"): "#0060a8", ("bare", "tx"): "#c04000", ("bare", "both"): "#008060",
	("linux", "rx"): "#7030a0", ("linux", "tx"): "#806000"}


def find_line(records, kind, direction, backend):
	"""(queues, packets a megatick), by queues; one queue has one backend anyway."""
	return sorted((record["queues"], record["packets_per_megatick"]) for record in records
		if record["scenario"] == "scaling" and record["guest_kind"] == kind and record["direction"] == direction
		and (record["backend"] == backend or record["queues"] == 1))


def make_script(records, out):
	blocks, plots = [], []
	for kind, direction, backend in LINES:
		line = find_line(records, kind, direction, backend)
		if len(line) < 2:
			continue
		name = f"$d{len(plots)}"
		blocks.append(f"{name} << EOD\n" + "\n".join(f"{x} {y}" for x, y in line) + "\nEOD")
		dash = " dt 2" if backend == "single" else ""
		plots.append(f"{name} using 1:2 with linespoints lw 2 pt 7 lc rgb '{COLOURS[kind, direction]}'{dash} title '{kind} {direction}"
			f"{', one backend' if backend == 'single' else ''}'")
	if not plots:
		return None
	common = ("set xlabel 'queues, backends'\nset ylabel 'packets per million ticks'\nset key top left\nset grid\n"
		"set xtics (1, 2, 4, 8)\nset xrange [0:*]\nset yrange [0:*]\nset title '64-byte frames: throughput'\n")
	draw = "plot " + ", ".join(plots) + "\n"
	return ("\n".join(blocks) + "\n" + common + f"set terminal svg size 900,600 background 'white'\nset output"
		f" '{out}.svg'\n{draw}set terminal pngcairo size 900,600\nset output '{out}.png'\n{draw}")


def draw(records, out):
	"""Writes OUT.svg and OUT.png; says why not."""
	script = make_script(records, out)
	if not script:
		return "nothing to plot"
	if not shutil.which("gnuplot"):
		return "no plot: there is no gnuplot"
	subprocess.run(["gnuplot"], input=script, text=True, check=True)
	return f"{out}.svg, {out}.png"
