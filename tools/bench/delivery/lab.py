# SPDX-License-Identifier: BSD-2-Clause
"""Runs the machine of a scene in the lab."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"
sys.path.append(str(ROOT / "tools/bench"))
import record  # noqa: E402

TRAFFIC = BUILD / "guest/bare/traffic.elf"
KERNEL = BUILD / "guest/kernel/vmlinuz"
INITRD = BUILD / "guest/initrd.img"
HYPERVISOR = BUILD / "sluice.elf"
# Until the window begins. The meter's own queue, which is idle, has kept the backend from gathering, and the policy
# finds out after some thousand rounds that this is over.
WARM_UP = {"bare": 5_000_000, "linux": 200_000_000}
# The load goes on until the meter has read its counters; it begins to count when the guest says that
# traffic has begun, which takes Linux's shell a while.
AFTER = {"bare": 10_000_000, "linux": 400_000_000}
METER_CORE = 2
# Until about when the window begins.
SETTLE_MS = 250
PROFILE_TICKS = 200_000
# A bare guest's own timer, which is not what is measured.
SUPERVISE = 5_000_000


class SceneError(Exception):
	"""A scene could not be measured; the text says why."""


def load_ticks(scene):
	return WARM_UP[scene.guest] + scene.window + AFTER[scene.guest]


def bare_section(scene):
	role = "role=sink"
	if scene.source:
		pace = scene.ips // scene.rate if scene.rate else 100 * load_ticks(scene)
		role = f"role=source flows=16 pace={pace} send={load_ticks(scene)}"
	return (f"kernel = traffic\nmemory = 64M\n"
		f"cmdline = {role} go=yes wait={scene.wait} ip=10.0.2.15 idle={2 * SUPERVISE} supervise={SUPERVISE}\n")


def linux_section(scene):
	return ("kernel = vmlinuz\ninitrd = initrd\nmemory = 256M\n"
		"cmdline = console=ttyS0,115200 quiet panic=-1 mitigations=off sluice.address=10.0.2.15/24 sluice.sink=1"
		f" sluice.sink_options=tsc_mhz={scene.ips // 1_000_000},settle_ms={SETTLE_MS}"
		" sluice.run=traffic sluice.role=sink sluice.go=yes sluice.poweroff=1\n")


def make_config(scene):
	io = scene.watch and scene.core == "own"
	host = f"io_cores = {int(io)}\nshared_cores = {int(not io)}\nbackend_share = {scene.backend_share}\n"
	if scene.hide:
		host += f"hide = {scene.hide}\n"
	guest = bare_section(scene) if scene.guest == "bare" else linux_section(scene)
	limit = 100_000_000_000 # Linux boots first
	return (f"[host]\nwhen_done = poweroff\n{host}"
		f"[vm guest0]\n{guest}cores = {scene.vcpu_core}\nnet = mac=52:54:00:12:34:60\n"
		f"[vm meter]\nkernel = traffic\nmemory = 64M\ncores = {METER_CORE}\nmeter = yes\n"
		f"cmdline = role=meter begin={WARM_UP[scene.guest]} window={scene.window} limit={limit} ip=10.0.2.200\n"
		"net = mac=52:54:00:12:34:5f\n")


def make_wire(scene):
	if scene.source:
		return "generator=rate=none"
	count = load_ticks(scene) * scene.rate // scene.ips + 1
	return (f"generator=resolve=10.0.2.15;dst_mac=52:54:00:12:34:60;flows=16;size=64;rate={scene.rate}pps;"
		f"arrivals={scene.arrivals};count={count}")


def run_machine(scene, out, wall):
	"""Leaves serial.log, profile.json and counters.json in out."""
	out.mkdir(parents=True, exist_ok=True)
	(out / "sluice.conf").write_text(make_config(scene))
	linux = ["--module", KERNEL, "vmlinuz", "--module", INITRD, "initrd"] if scene.guest == "linux" else []
	subprocess.run([ROOT / "tools/lab/mkiso", "-o", out / "boot.iso", "--protocol", "multiboot2", "--kernel",
		HYPERVISOR, "--module", out / "sluice.conf", "config", "--module", TRAFFIC, "traffic", *linux], check=True)
	command = [ROOT / "tools/lab/machine", "--iso", out / "boot.iso", "--cores", METER_CORE + 1, "--memory", 768,
		"--ips", scene.ips, "--nic", "10fb", "--wire", make_wire(scene), "--out", out, "--symbols", HYPERVISOR,
		"--profile", out / "profile.json", "--profile-every", PROFILE_TICKS, "--wall", wall]
	with open(out / "machine.log", "w") as log:
		done = subprocess.run([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT,
			stdin=subprocess.DEVNULL)
	if done.returncode:
		raise SceneError(f"the machine did not power off, see {out}/machine.log")
