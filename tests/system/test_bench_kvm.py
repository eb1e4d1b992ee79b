# SPDX-License-Identifier: BSD-2-Clause
"""The control's benchmark: how it reads a run, and Sluice under two of its loads."""

import json
import subprocess
import sys

from harness import ROOT, check, output_folder

sys.path.insert(0, str(ROOT / "tools/bench/kvm"))
import record  # noqa: E402

FIELDS = ("system", "policy", "load", "frame_bytes", "guests", "packets", "lost", "interrupts_per_packet",
	"interrupts_per_second", "exits_per_packet", "exits", "host_ticks_per_packet", "guest_ticks_per_packet", "latency_us")


def make_snapshot(number, tsc, frames, interrupts, latency):
	sink = f"frames {frames}\nlost {number}\nreordered 0\nduplicated 0\n" + latency
	return (f"SNAPSHOT guest0 {number} {tsc}\nFILE /proc/interrupts\n"
		f" 27: {interrupts} PCI-MSI 32769-edge virtio1-input.0\n\nFILE /proc/sluice_sink\n{sink}\n")


def make_host(number, tsc, exits):
	return (f"SNAPSHOT host {number} {tsc}\nFILE /proc/interrupts\n 24: 0 {exits} 0 0 PCI-MSI 1-edge eth0-TxRx-0\n\n"
		f"FILE /sys/kernel/debug/kvm/9-8/exits\n{exits}\n\n")


def make_section():
	host = "".join(make_host(n, 1000 * n, 30 * n) for n in range(3))
	guest = (make_snapshot(0, 0, 100, 10, "latency 64 100\n") + make_snapshot(1, 1000, 200, 20, "latency 64 149\nlatency 128 151\n")
		+ make_snapshot(2, 2000, 300, 30, "latency 64 400\n"))
	return f"LOAD even size=64;rate=5pps\nREASON 12 2\nREASON 1 1\n{host}END host\n\n{guest}END guest0\n\n"


def make_marks():
	busy = {"root_running": 1, "root_halted": 0, "guest_running": 1, "guest_halted": 0}
	return "".join(json.dumps({"mark": n, "ticks": 1000 * n, "sample_ticks": 10,
		"cores": [{name: 50 * n * value for name, value in busy.items()}] * 4}) + "\n" for n in range(3))


def test_bench_kvm_record():
	"""Growth in the window, by packet; latency of its packets only; exits shared out by reason."""
	(one,) = record.read_run(make_section(), make_marks(), 1_000_000, 1)
	missing = [field for field in FIELDS if one.get(field) is None]
	check(not missing, f"the record lacks {missing}")
	expected = {"packets": 100, "interrupts_per_packet": 0.1, "exits_per_packet": 0.3, "lost": 2,
		"exits": {"hlt": 20, "external-interrupt": 10}, "host_ticks_per_packet": 15.0, "guest_ticks_per_packet": 5.0,
		"latency_us": {"p50": 128, "p99": 128, "max": 128}}
	for name, value in expected.items():
		check(one[name] == value, f"{name} is {one[name]}, expected {value}")


def test_bench_coalescing():
	"""Sluice under two loads: the figures are whole, nothing is lost of what can be carried."""
	out = output_folder("bench_coalescing")
	done = subprocess.run([ROOT / "tools/bench/kvm/run", "--system", "sluice", "--size", "64", "--load", "saturating",
		"--load", "2000pps", "--out", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
	check((out / "coalescing.json").exists(), f"nothing was written:\n{done.stdout}")
	full, slow = json.loads((out / "coalescing.json").read_text())
	for one in (full, slow):
		missing = [field for field in FIELDS if one.get(field) is None]
		check(not missing, f"{one['load']} lacks {missing}")
		check(one["reordered"] == 0 and one["duplicated"] == 0, f"{one['load']}: out of order or twice")
	check(slow["lost"] == 0, f"{slow['lost']} of 2,000 packets a second lost")
	check(full["interrupts_per_packet"] <= 0.001, f"{full['interrupts_per_packet']} interrupts a packet at saturation")
	check(slow["exits_per_packet"] <= 0.05, f"{slow['exits_per_packet']} exits a packet at 2,000 a second")
