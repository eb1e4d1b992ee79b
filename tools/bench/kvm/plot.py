# SPDX-License-Identifier: BSD-2-Clause
"""Draws interrupts and CPU against load, and distributions of latency, by gnuplot: SVG and PNG."""

import shutil
import subprocess

# In percent of capacity.
LOADS = {"poisson-1": 1, "poisson-10": 10, "poisson-50": 50, "poisson-90": 90, "saturating": 105}
DISTRIBUTIONS = ("poisson-10", "poisson-50", "poisson-90")
COLOURS = {"KVM, bridge": "#000000", "KVM, macvtap": "#909090", "adaptive": "#c00000", "none": "#0060a8", "rate:1000": "#806000", "rate:4000": "#008060"}
OTHER_COLOUR = "#7030a0"
BYTES, GUESTS = 64, 1


def name_of(one):
	return f"KVM, {one['attach']}" if one["system"] == "kvm" else one["policy"]


def group(records):
	"""{name: {load: record}} of one size and one guest."""
	groups = {}
	for one in records:
		if one["frame_bytes"] == BYTES and one["guests"] == GUESTS:
			groups.setdefault(name_of(one), {})[one["load"]] = one
	return groups


class Script:
	"""A gnuplot script that is drawn twice: as SVG, as PNG."""

	def __init__(self):
		self.blocks, self.plots = [], []

	def add_line(self, name, points, style):
		if len(points) < 2:
			return
		block = f"$d{len(self.plots)}"
		self.blocks.append(f"{block} << EOD\n" + "\n".join(f"{x} {y}" for x, y in points) + "\nEOD")
		self.plots.append(f"{block} using 1:2 with {style} lc rgb '{COLOURS.get(name, OTHER_COLOUR)}' title '{name}'")

	def draw(self, settings, out):
		if not self.plots:
			return []
		plot = settings + "\nplot " + ", ".join(self.plots) + "\n"
		files = [f"{out}.svg", f"{out}.png"]
		script = "\n".join(self.blocks) + (f"\nset terminal svg size 900,600 background 'white'\nset output '{files[0]}'\n{plot}"
			f"set terminal pngcairo size 900,600\nset output '{files[1]}'\n{plot}")
		subprocess.run(["gnuplot"], input=script, text=True, check=True)
		return files


def draw_against_load(groups, value, title, label, out):
	script = Script()
	for name, loads in sorted(groups.items()):
		points = [(percent, value(loads[load])) for load, percent in LOADS.items() if load in loads]
		script.add_line(name, points, "linespoints lw 2 pt 7")
	return script.draw(f"set title '{title}, {BYTES}-byte frames'\nset xlabel 'load in % of capacity'\nset ylabel '{label}'\n"
		"set logscale xy\nset grid\nset key bottom left\nset xrange [0.8:130]\nset xtics (1, 10, 50, 90)", out)


def draw_distribution(groups, load, out):
	"""The share of packets that took longer: tails are what matters."""
	script = Script()
	for name, loads in sorted(groups.items()):
		line = loads[load]["latency_distribution"] if load in loads else []
		script.add_line(name, [(us, 1 - share) for us, share in line if share < 1], "lines lw 2")
	return script.draw(f"set title 'Latency from the wire to the sink, {load}, {BYTES}-byte frames'\nset xlabel 'us'\n"
		"set ylabel 'share of packets that took longer'\nset logscale xy\nset grid\nset key bottom left\nset yrange [0.001:1]", out)


def draw(records, out):
	"""Writes OUT-*.svg and .png; returns a line that names them, or says why not."""
	if not shutil.which("gnuplot"):
		return "no plots: there is no gnuplot"
	groups = group(records)
	files = draw_against_load(groups, lambda one: max(one["interrupts_per_packet"], 0.0001), "Interrupts of the guest",
		"interrupts per packet (0.0001: none)", f"{out}-interrupts")
	files += draw_against_load(groups, lambda one: one["host_ticks_per_packet"] + one["guest_ticks_per_packet"], "CPU of host and guest",
		"ticks per packet", f"{out}-cpu")
	for load in DISTRIBUTIONS:
		files += draw_distribution(groups, load, f"{out}-latency-{load}")
	return "plots: " + ", ".join(str(file) for file in files) if files else "nothing to plot"
