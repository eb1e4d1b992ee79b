# SPDX-License-Identifier: BSD-2-Clause
"""Runs the machine of a point in the lab and leaves its logs in a folder."""

import math
import pathlib
import subprocess

import points

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TRAFFIC = BUILD / "guest/bare/traffic.elf"
KERNEL = BUILD / "guest/kernel/vmlinuz"
INITRD = BUILD / "guest/initrd.img"
HYPERVISOR = BUILD / "sluice.elf"
FIRST_MAC, FIRST_IP, METER_IP = 0x60, 15, "10.0.2.200"
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


def linux_seconds(point):
	"""What a window takes of a Linux guest's time, with the slack its script needs."""
	return round(1.2 * load_ticks() / point.ips + 0.02, 3)


def guest_cores(point, guest):
	first = point.io_cores + guest * point.vcpus
	return ",".join(str(first + i) for i in range(point.vcpus))


def linux_section(point):
	words = (f"console=ttyS0,115200 quiet panic=-1 mitigations=off sluice.address=10.0.2.14/24 sluice.sink=1"
		f" sluice.run=bench sluice.poweroff=1 sluice.bench_queues={point.queues}"
		f" sluice.bench_bytes={point.frame_bytes} sluice.bench_window={linux_seconds(point)}"
		f" sluice.bench_meter={METER_IP} sluice.bench_resolve={guest_ip(0)}")
	return (f"[vm guest0]\nkernel = vmlinuz\ninitrd = initrd\nmemory = 384M\nvcpus = {point.vcpus}\n"
		f"cores = {guest_cores(point, 0)}\ncmdline = {words}\nnet = mac={guest_mac(0)} queues={point.queues}\n")


def traffic_section(point, guest):
	queues = point.guest_queues(guest)
	role = {"rx": "sink", "tx": "source", "both": "both"}[point.direction]
	flows = point.flows // point.guests
	words = (f"role={role} queues={queues} wait={point.wait} ip={guest_ip(guest)} bytes={point.frame_bytes}"
		f" proto={point.proto} flows={flows} flow_base={guest * flows} send={load_ticks()} idle=3000000")
	if guest == 0:
		words += " go=yes"
	if guest == 1 and point.disturbed_words:
		words += f" {point.disturbed_words}"
	return (f"[vm guest{guest}]\nkernel = traffic\nmemory = 128M\nvcpus = {point.vcpus}\n"
		f"cores = {guest_cores(point, guest)}\n"
		f"cmdline = {words}\nnet = mac={guest_mac(guest)} queues={queues}\n")


def make_config(point):
	words = f"begin={points.WARM_UP} window={points.WINDOW} ip={METER_IP}"
	if point.kind == "linux":
		words += " windows=3 limit=100000000000"
	meter = (f"[vm meter]\nkernel = traffic\nmemory = 64M\ncores = {point.cores - 1}\nmeter = yes\n"
		f"cmdline = role=meter {words}\n"
		"net = mac=52:54:00:12:34:5f queues=1\n")
	if point.kind == "linux":
		guests = linux_section(point)
	else:
		guests = "".join(traffic_section(point, guest) for guest in range(point.guests))
	hw_queues = f"hw_queues = {point.hw_queues}\n" if point.hw_queues else ""
	return f"[host]\nio_cores = {point.io_cores}\n{hw_queues}when_done = poweroff\n{guests}{meter}"


def make_wire(point):
	"""The generator asks for the first guest and begins when that answers."""
	if point.direction == "tx":
		return "generator=rate=none"
	rate = min(point.ips / point.ticks_per_frame, point.line_rate)
	seconds = 2 * linux_seconds(point) + 0.25 if point.kind == "linux" else load_ticks() / point.ips
	count = math.ceil(seconds * rate)
	told = "line" if rate >= point.line_rate * 0.999 else f"{round(rate)}pps"
	# The load begins when the guest that takes longest to start, with the most queues, answers.
	last = max(range(point.guests), key=point.guest_queues)
	return (f"generator=resolve={guest_ip(last)};dst_mac={guest_mac(0)}+{point.guests};"
		f"dst_ip={guest_ip(0)}+{point.guests};flows={point.flows};size={point.frame_bytes};"
		f"proto={point.proto};rate={told};count={count}")


def run_machine(point, out, wall):
	"""Leaves serial.log, counters.json and result.json in out."""
	if point.cores > points.CORES_MOST:
		raise BenchError(f"{point.cores} cores needed, the lab has {points.CORES_MOST}")
	out.mkdir(parents=True, exist_ok=True)
	(out / "sluice.conf").write_text(make_config(point))
	modules = ["--module", KERNEL, "vmlinuz", "--module", INITRD, "initrd"] if point.kind == "linux" else []
	subprocess.run([ROOT / "tools/lab/mkiso", "-o", out / "boot.iso", "--protocol", "multiboot2", "--kernel",
		HYPERVISOR, "--module", out / "sluice.conf", "config", "--module", TRAFFIC, "traffic", *modules], check=True)
	command = [ROOT / "tools/lab/machine", "--iso", out / "boot.iso", "--cores", point.cores, "--memory",
		MEMORY_MB, "--ips", point.ips, "--nic", "10fb", "--wire", make_wire(point), "--out", out,
		"--symbols", HYPERVISOR, "--wall", wall]
	with open(out / "machine.log", "w") as log:
		done = subprocess.run([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT,
			stdin=subprocess.DEVNULL)
	if done.returncode:
		raise BenchError(f"the machine did not power off, see {out}/machine.log")
