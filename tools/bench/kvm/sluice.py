# SPDX-License-Identifier: BSD-2-Clause
"""Sluice under the control's loads: one backend, one stock Linux guest of one vCPU."""

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
POLICY = "adaptive"
CONFIG = """\
[host]
io_cores = 1
when_done = poweroff
[vm guest0]
kernel = vmlinuz
initrd = initrd
cmdline = console=ttyS0,115200 quiet mitigations=off cryptomgr.notests panic=-1
memory = 128M
vcpus = 1
cores = 1
console = yes
meter = yes
net = mac=52:54:00:00:01:00 queues=1
"""
# Between two lines of the profile, which windows are interpolated from.
PROFILE_TICKS = 200_000


def run_machine(args):
	"""One boot under all loads; their records."""
	out = args.out / "kvm" / "sluice"
	out.mkdir(parents=True, exist_ok=True)
	plan = loads.make_plan(1, args.ips, args.size or loads.SIZES, args.load or loads.LOADS)
	images.build_sluice_guest(out, MODULES, plan)
	(out / "sluice.conf").write_text(CONFIG)
	subprocess.run([str(word) for word in [ROOT / "tools/lab/mkiso", "-o", out / "boot.iso", "--protocol", "multiboot2",
		"--kernel", HYPERVISOR, "--module", out / "sluice.conf", "config", "--module", KERNEL, "vmlinuz",
		"--module", out / "sluice.img", "initrd"]], check=True)
	command = [ROOT / "tools/lab/machine", "--iso", out / "boot.iso", "--cores", 2, "--memory", 512, "--ips", args.ips,
		"--nic", "10fb", "--wire", "generator=rate=none;flows=4;dst_mac=52:54:00:00:01:00", "--out", out,
		"--profile", out / "profile.json", "--profile-every", PROFILE_TICKS, "--symbols", HYPERVISOR, "--wall", args.wall]
	done = subprocess.run([str(word) for word in command], check=False, stderr=subprocess.PIPE, text=True)
	console = (out / "serial.log").read_text(errors="replace").replace("\r", "")
	if done.returncode or "CONTROL DONE" not in console:
		raise record.RecordError(f"Sluice's machine did not come to its end, status {done.returncode}; see {out}\n{done.stderr}")
	return sluice_record.read_run(console, (out / "profile.json").read_text(), args.ips, POLICY)
