# SPDX-License-Identifier: BSD-2-Clause
"""Sluice under the control's loads: one backend, one stock Linux guest of one vCPU."""

import json
import pathlib
import subprocess

import images
import loads
import record
import sluice_record

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"
KERNEL = BUILD / "guest/kernel/vmlinuz"
HYPERVISOR = BUILD / "sluice.elf"
MODULES = {"sluice_net": BUILD / "guest/linux/sluice_net.ko", "sink": BUILD / "guest/sink/sluice_sink.ko",
	"sluice_meter": BUILD / "guest/meter/sluice_meter.ko"}
# Ours first: its capacity is the others', so that all get the same loads.
POLICIES = ("adaptive", "none", "rate:1000", "rate:4000", "static:50:32")
HOST = """\
[host]
io_cores = 1
when_done = poweroff
coalescing = {policy}
"""
# The first guest's serial port is the machine's; it measures.
GUEST = """\
[vm guest{number}]
kernel = vmlinuz
initrd = initrd
cmdline = console=ttyS0,115200 quiet mitigations=off cryptomgr.notests panic=-1 control.guest={number}
memory = 128M
vcpus = 1
cores = {core}
console = {first}
meter = {first}
net = mac=52:54:00:00:01:{number:02x} queues=1
"""
# Between two lines of the profile, which windows are interpolated from.
PROFILE_TICKS = 200_000


class Run:
	"""What one boot of the machine measures; `capacities` become known by its first run."""

	def __init__(self, args, policy, guests, capacities):
		self.policy, self.guests, self.capacities = policy, guests, capacities
		self.ips, self.windows = args.ips, loads.WINDOWS
		self.out = args.out / "kvm" / f"sluice-{policy.replace(':', '-')}-guests{guests}"


def make_config(run):
	return HOST.format(policy=run.policy) + "".join(GUEST.format(number=n, core=n + 1, first="no" if n else "yes")
		for n in range(run.guests))


def make_image(args, run):
	run.out.mkdir(parents=True, exist_ok=True)
	plan = loads.make_plan(run.guests, run.ips, args.size, args.load, run.capacities)
	images.build_sluice_guest(run.out, MODULES, plan)
	(run.out / "sluice.conf").write_text(make_config(run))
	subprocess.run([str(word) for word in [ROOT / "tools/lab/mkiso", "-o", run.out / "boot.iso", "--protocol", "multiboot2",
		"--kernel", HYPERVISOR, "--module", run.out / "sluice.conf", "config", "--module", KERNEL, "vmlinuz",
		"--module", run.out / "sluice.img", "initrd"]], check=True)


def run_machine(args, run):
	"""One boot under all loads; their records."""
	make_image(args, run)
	out = run.out
	command = [ROOT / "tools/lab/machine", "--iso", out / "boot.iso", "--cores", 1 + run.guests,
		"--memory", 384 + 128 * run.guests, "--ips", run.ips, "--nic", "10fb", "--wire", loads.make_wire(run.guests), "--out", out,
		"--profile", out / "profile.json", "--profile-every", PROFILE_TICKS, "--symbols", HYPERVISOR, "--wall", args.wall]
	done = subprocess.run([str(word) for word in command], check=False, stderr=subprocess.PIPE, text=True)
	console = (out / "serial.log").read_text(errors="replace").replace("\r", "")
	if done.returncode or "CONTROL DONE" not in console or "\nFAILED" in console:
		raise record.RecordError(f"Sluice's machine did not come to its end, status {done.returncode}; see {out}\n{done.stderr}")
	run.capacities.update(record.read_capacities(console))
	counters = json.loads((out / "counters.json").read_text())
	records = sluice_record.read_run(console, "\n".join(counters["notes"]), (out / "profile.json").read_text(), run)
	return record.add_round_trips(records, counters["loads"])
