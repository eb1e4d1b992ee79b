# SPDX-License-Identifier: BSD-2-Clause
"""The control's benchmark: how it reads a run, and Sluice under two of its loads."""

import importlib.util
import json
import subprocess

from harness import ROOT, check, output_folder


def load_module(name):
	"""A module of the benchmark's: others have some of the same names."""
	spec = importlib.util.spec_from_file_location(f"bench_kvm_{name}", ROOT / "tools/bench/kvm" / f"{name}.py")
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


record, verdict = load_module("record"), load_module("verdict")

FIELDS = ("system", "policy", "load", "frame_bytes", "guests", "packets", "lost", "interrupts_per_packet",
	"interrupts_per_second", "exits_per_packet", "exits", "host_ticks_per_packet", "guest_ticks_per_packet", "latency_us",
	"socket_latency_us")

WINDOWS = 2


def make_snapshot(number):
	"""A guest's n-th: 100 packets and 10 interrupts a window."""
	return (f"SNAPSHOT guest0 {number} {1000 * number}\nFILE /sys/kernel/irq/27/per_cpu_count\n{10 * number},0\n\n"
		f"FILE /sys/class/net/eth0/statistics/rx_packets\n{100 * number}\n\n")


def make_sink():
	taken = "".join(f"taken {n} frames {100 + 100 * n}\ntaken {n} latency 64 {100 + 49 * n}\n"
		+ (f"taken {n} latency 128 {51 * n}\ntaken {n} socket 256 {n}\n" if n else "") for n in range(WINDOWS + 2))
	return f"SINK guest0\nframes 400\nlost 2\nreordered 0\nduplicated 0\n{taken}END guest0\n\n"


def make_host(number):
	return (f"SNAPSHOT host {number} {1000 * number}\nFILE /proc/interrupts\n 24: 0 {30 * number} 0 0 PCI-MSI 1-edge eth0-TxRx-0\n\n"
		f"FILE /sys/kernel/debug/kvm/9-8/exits\n{30 * number}\n\n")


def make_section():
	numbers = range(WINDOWS + 2)
	return ("LOAD even size=64;rate=5pps\nREASON 12 2\nREASON 1 1\n" + "".join(map(make_host, numbers)) + "SINK host\nEND host\n\n"
		+ "".join(map(make_snapshot, numbers)) + make_sink())


def make_marks():
	busy = {"root_running": 1, "root_halted": 0, "guest_running": 1, "guest_halted": 0}
	return "".join(json.dumps({"mark": n, "ticks": 1000 * n, "sample_ticks": 10,
		"cores": [{name: 50 * n * value for name, value in busy.items()}] * 4}) + "\n" for n in range(WINDOWS + 2))


def test_bench_kvm_record():
	"""Growth in the windows, by packet; latency of their packets only; exits shared out by reason."""
	(one,) = record.read_run(make_section(), make_marks(), 1_000_000, 1, WINDOWS)
	missing = [field for field in FIELDS if one.get(field) is None]
	check(not missing, f"the record lacks {missing}")
	expected = {"packets": 200, "interrupts_per_packet": 0.1, "exits_per_packet": 0.3, "lost": 2,
		"exits": {"hlt": 40, "external-interrupt": 20}, "host_ticks_per_packet": 15.0, "guest_ticks_per_packet": 5.0,
		"latency_us": {"p50": 128, "p99": 128, "max": 128, "p99_windows": [128, 128]},
		"socket_latency_us": {"p50": 256, "p99": 256, "max": 256, "packets": 2}}
	for name, value in expected.items():
		check(one[name] == value, f"{name} is {one[name]}, expected {value}")


def test_bench_kvm_round_trips():
	"""The generator's figures of a load that is answered are its latency."""
	(one,) = record.read_run(make_section(), make_marks(), 1_000_000, 1, WINDOWS)
	load = {"settings": one["settings"], "begin_ps": 0, "end_ps": 10**12, "frames": 5, "answers": 5, "bytes": 10**6,
		"repeated": 1, "latency_ps": {"p50": 10**7, "p99": 2 * 10**7, "max": 3 * 10**7}}
	record.add_round_trips([one], [load])
	check(one["latency_us"] == {"p50": 10, "p99": 20, "max": 30}, f"latency is {one['latency_us']}")
	check(one["megabits_per_second"] == 8, f"{one['megabits_per_second']} Mb/s, expected 8")


def run_sluice(name, *arguments):
	"""What the benchmark says, and its records, which must be whole."""
	out = output_folder(name)
	done = subprocess.run([ROOT / "tools/bench/kvm/run", "--system", "sluice", "--policy", "adaptive", "--size", "64", "--out", out,
		*arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
	check((out / "coalescing.json").exists(), f"nothing was written:\n{done.stdout}")
	records = json.loads((out / "coalescing.json").read_text())
	for one in records:
		missing = [field for field in FIELDS if one.get(field) is None]
		check(not missing, f"{one['load']} lacks {missing}")
		check(one["reordered"] == 0 and one["duplicated"] == 0, f"{one['load']}: out of order or twice")
	return done.stdout, records


def test_bench_coalescing():
	"""Two guests at saturation, and answering requests."""
	_, (full, answered) = run_sluice("bench_coalescing", "--guests", "2", "--load", "saturating", "--load", "request-response")
	check(full["socket_latency_us"]["packets"] > 0, "no packet of the sample has reached the socket")
	check(full["interrupts_per_packet"] <= 0.001, f"{full['interrupts_per_packet']} interrupts a packet at saturation")
	check(answered["packets"] > 1000, f"only {answered['packets']} requests were answered")


def test_bench_coalescing_repeats():
	"""Two runs come to the same records; at 2,000 packets a second nothing is lost, and exits are few."""
	said, (slow,) = run_sluice("bench_repeats", "--guests", "1", "--load", "2000pps", "--twice")
	check("repeats: 1 records are identical" in said, f"the runs differ:\n{said}")
	check(slow["lost"] == 0, f"{slow['lost']} of 2,000 packets a second lost")
	check(slow["exits_per_packet"] <= 0.05, f"{slow['exits_per_packet']} exits a packet at 2,000 a second")


def make_point(system, policy, interrupts, p99):
	return {"system": system, "policy": policy, "load": "poisson-10", "frame_bytes": 64, "guests": 1, "lost": 0, "attach": "bridge",
		"interrupts_per_packet": interrupts, "exits_per_packet": 0, "latency_us": {"p50": 1, "p99": p99}}


def test_bench_coalescing_frontier():
	"""A control that has fewer interrupts at as low a p99, or a lower p99 with as few, is named; others are not."""
	ours = make_point("sluice", "adaptive", 0.3, 40)
	for control, beyond in (((0.3, 30), True), ((0.2, 40), True), ((0.2, 41), False), ((0.31, 20), False), ((0.299, 39.9), False)):
		lines = verdict.judge([ours, make_point("sluice", "none", *control)]).lines
		found = any("beyond: none" in line and line.startswith("DOES NOT HOLD") for line in lines)
		check(found == beyond, f"{control}: expected {beyond}, the verdict says {lines}")
	settled = make_point("sluice", "none", 0.3, 30)
	for windows, beyond in (([29, 31], True), ([29, 39], False)):
		settled["latency_us"]["p99_windows"] = windows
		ours["latency_us"]["p99_windows"] = [38, 42]
		lines = verdict.judge([ours, settled]).lines
		check(any("beyond: none" in line for line in lines) == beyond, f"windows {windows}: expected {beyond}, the verdict says {lines}")
	quarter = verdict.judge([ours, make_point("kvm", "virtio-net", 0.9, 50)]).lines
	check(any(line.startswith("DOES NOT HOLD: interrupts a packet beside a quarter") for line in quarter), f"{quarter}")
