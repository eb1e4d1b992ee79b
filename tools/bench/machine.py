# SPDX-License-Identifier: BSD-2-Clause
"""Runs the machine of a point in the lab and leaves its logs in a folder."""

import math
import pathlib
import subprocess

import points

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TRAFFIC = BUILD / "guest/bare/traffic.elf"
HYPERVISOR = BUILD / "sluice.elf"
FIRST_MAC, FIRST_IP = 0x60, 15
MEMORY_MB = 1536
# After the window the load goes on for so long: the meter reads its counters in that time.
AFTER = 1_500_000


class BenchError(Exception):
	"""A point could not be measured; the text says why."""


def guest_mac(guest):
	return f"52:54:00:12:34:{FIRST_MAC + guest:02x}"


def guest_ip(guest):
	return f"10.0.2.{FIRST_IP + guest}"


def load_ticks():
	return points.WARM_UP + points.WINDOW + AFTER


def guest_section(point, guest):
	first = point.io_cores + guest * point.vcpus
	cores = ",".join(str(first + i) for i in range(point.vcpus))
	queues = point.guest_queues(guest)
	role = {"rx": "sink", "tx": "source", "both": "both"}[point.direction]
	flows = point.flows // point.guests
	words = (f"role={role} queues={queues} wait={point.wait} ip={guest_ip(guest)} bytes={point.frame_bytes}"
		f" proto={point.proto} flows={flows} flow_base={guest * flows} send={load_ticks()} idle=3000000")
	if guest == 0:
		words += " go=yes"
	if guest == 1 and point.disturbed_words:
		words += f" {point.disturbed_words}"
	return (f"[vm guest{guest}]\nkernel = traffic\nmemory = 128M\nvcpus = {point.vcpus}\ncores = {cores}\n"
		f"cmdline = {words}\nnet = mac={guest_mac(guest)} queues={queues}\n")


def make_config(point):
	meter = (f"[vm meter]\nkernel = traffic\nmemory = 64M\ncores = {point.cores - 1}\nmeter = yes\n"
		f"cmdline = role=meter begin={points.WARM_UP} window={points.WINDOW}\n"
		"net = mac=52:54:00:12:34:5f queues=1\n")
	guests = "".join(guest_section(point, guest) for guest in range(point.guests))
	return f"[host]\nio_cores = {point.io_cores}\nwhen_done = poweroff\n{guests}{meter}"


def make_wire(point):
	"""The generator asks for the first guest and begins when that answers."""
	if point.direction == "tx":
		return "generator=rate=none"
	rate = min(point.ips / point.ticks_per_frame, point.line_rate)
	count = math.ceil(load_ticks() * rate / point.ips)
	told = "line" if rate >= point.line_rate * 0.999 else f"{round(rate)}pps"
	return (f"generator=resolve={guest_ip(0)};dst_mac={guest_mac(0)}+{point.guests};"
		f"dst_ip={guest_ip(0)}+{point.guests};flows={point.flows};size={point.frame_bytes};"
		f"proto={point.proto};rate={told};count={count}")


def run_machine(point, out, wall):
	"""Leaves serial.log, counters.json and result.json in out."""
	if point.cores > points.CORES_MOST:
		raise BenchError(f"{point.cores} cores needed, the lab has {points.CORES_MOST}")
	out.mkdir(parents=True, exist_ok=True)
	(out / "sluice.conf").write_text(make_config(point))
	subprocess.run([ROOT / "tools/lab/mkiso", "-o", out / "boot.iso", "--protocol", "multiboot2", "--kernel",
		HYPERVISOR, "--module", out / "sluice.conf", "config", "--module", TRAFFIC, "traffic"], check=True)
	command = [ROOT / "tools/lab/machine", "--iso", out / "boot.iso", "--cores", point.cores, "--memory",
		MEMORY_MB, "--ips", point.ips, "--nic", "10fb", "--wire", make_wire(point), "--out", out,
		"--symbols", HYPERVISOR, "--wall", wall]
	with open(out / "machine.log", "w") as log:
		done = subprocess.run([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT,
			stdin=subprocess.DEVNULL)
	if done.returncode:
		raise BenchError(f"the machine did not power off, see {out}/machine.log")
