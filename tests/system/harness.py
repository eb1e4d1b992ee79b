# SPDX-License-Identifier: BSD-2-Clause
"""Boots the hypervisor in Bochs or QEMU and looks at what it says; what system tests share."""

import functools
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
HYPERVISOR = BUILD / "sluice.elf"
KERNEL = BUILD / "guest/kernel/vmlinuz"
INITRD = BUILD / "guest/initrd.img"
BARE = BUILD / "guest/bare"
OVMF = ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")
MAC = "52:54:00:12:34:56"

LINUX_CMDLINE = "console=ttyS0,115200 quiet panic=-1"

# A machine that has not ended by then hangs.
TICKS_MOST = 20_000_000_000


class Failure(Exception):
	"""A test's expectation that was not met; the text says which."""


class Skip(Exception):
	"""What a test needs is not to be had on this machine; the text says why."""


@functools.lru_cache(None)
def fetch_qemu():
	"""Once: where it is impossible, each try may take its time-outs."""
	return subprocess.run([ROOT / "tools/qemu/fetch"], capture_output=True, text=True)


def find_new_qemu():
	"""A QEMU that can attach the card by vfio-user; fetched if need be, the test skipped if impossible."""
	found = fetch_qemu()
	if found.returncode:
		raise Skip(found.stderr.strip())
	return found.stdout.strip()


def check(condition, message):
	if not condition:
		raise Failure(message)


def check_in(text, where, run):
	check(text in where, f"expected \"{text}\" in {run.out}/serial.log, which ends:\n{tail(where)}")


def tail(text, lines=15):
	return "\n".join(text.splitlines()[-lines:])


def output_folder(name):
	out = BUILD / "tests/system" / name
	out.mkdir(parents=True, exist_ok=True)
	return out


# Commands of GRUB whose module has another name.
GRUB_MODULES = {"cutmem": "mmap", "write_dword": "memrw"}


def make_iso(out, config=None, modules=(), cmdline="", protocol="multiboot2", grub=(), grub_last=(),
		serial=""):
	"""An image that boots the hypervisor with a configuration and modules [(path, name)]; grub are
	commands that change the machine before anything is loaded, grub_last after."""
	command = [ROOT / "tools/lab/mkiso", "-o", out / "boot.iso", "--protocol", protocol,
		"--kernel", HYPERVISOR]
	if cmdline:
		command += ["--cmdline", cmdline]
	if serial:
		command += ["--serial", serial]
	for option, lines in (("--grub", grub), ("--grub-last", grub_last)):
		for line in lines:
			command += [option, line]
	for name in sorted({line.split()[0] for line in (*grub, *grub_last)}):
		command += ["--grub-module", GRUB_MODULES.get(name, name)]
	if config is not None:
		(out / "sluice.conf").write_text(config)
		command += ["--module", out / "sluice.conf", "config"]
	for path, name in modules:
		command += ["--module", path, name]
	subprocess.run(command, check=True)
	return out / "boot.iso"


def counters(serial):
	"""The counters a machine printed when its last VM had stopped: name to value."""
	return {name: int(value) for name, value in
		re.findall(r"\bcounter ([\w.+-]+) (\d+)\s*$", serial, re.MULTILINE)}


class Run:
	def __init__(self, out, exit_status):
		self.out = out
		self.exit_status = exit_status
		self.serial = (out / "serial.log").read_text(errors="replace")
		self.counters = counters(self.serial)

	def model(self):
		"""What the emulated 82599 counted."""
		return json.loads((self.out / "counters.json").read_text())

	def expect(self, *texts):
		for text in texts:
			check_in(text, self.serial, self)
		return self

	def expect_power_off(self):
		check(self.exit_status == 0,
			f"the machine did not power off (status {self.exit_status}), logs in {self.out}:\n"
			f"{tail(self.serial)}")
		return self


def start_bochs(name, iso, *arguments):
	out = output_folder(name)
	log = open(out / "machine.log", "w")
	return subprocess.Popen([ROOT / "tools/lab/machine", "--iso", iso, "--out", out,
		"--symbols", HYPERVISOR, "--ticks", str(TICKS_MOST), *map(str, arguments)], stdout=log, stderr=subprocess.STDOUT,
		stdin=subprocess.DEVNULL)


def run_bochs(name, config=None, modules=(), cmdline="", protocol="multiboot2", arguments=(), grub=()):
	"""Boots in Bochs, waits for the end. The machine ends by itself or by a limit of arguments."""
	out = output_folder(name)
	iso = make_iso(out, config, modules, cmdline, protocol, grub)
	return Run(out, start_bochs(name, iso, *arguments).wait())


def linux_config(vm="", linux_cmdline=""):
	return (f"[host]\nwhen_done = poweroff\n[vm web]\nkernel = vmlinuz\ninitrd = initrd\n"
		f"memory = 256M\nconsole = yes\ncmdline = {LINUX_CMDLINE} {linux_cmdline}\n{vm}\n")


def vga_text(memory):
	"""The letters of a dump of the VGA text screen, line by line."""
	letters = memory[0:80 * 25 * 2:2].decode("latin-1")
	return "\n".join(letters[i:i + 80].rstrip("\0 ") for i in range(0, len(letters), 80))


def run_qemu(name, until, config=None, modules=(), cmdline="", protocol="multiboot2", arguments=(), grub_last=(),
		**more):
	"""Boots an image in QEMU's emulation until a text is on the serial line."""
	iso = make_iso(output_folder(name), config, modules, cmdline, protocol, grub_last=grub_last)
	return run_qemu_machine(name, until, "-cdrom", iso, *arguments, **more)


def run_qemu_machine(name, until, *arguments, memory=256, cores=1, cpu="max", seconds=120,
		qemu="qemu-system-x86_64", com=1, on_screen=False, then=()):
	"""Runs QEMU's emulation (without VT-x) until a text is on the serial line, or on the screen; also .vga. The
	line is COM1, or another; with com=0 it is the character device "log", for arguments to use. Then gives each
	(command, text) of `then` to QEMU's monitor, whose answers are in .answers, and waits for the text."""
	out = output_folder(name)
	answers = []
	ports = [*["-serial", "null"] * (com - 1), "-serial", "chardev:log"] if com else ["-serial", "none"]
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/monitor"
		(out / "serial.log").write_text("")
		process = subprocess.Popen([qemu, "-accel", "tcg", "-cpu", cpu, "-m", str(memory),
			"-smp", str(cores), "-display", "none", "-vga", "std", "-no-reboot",
			"-chardev", f"file,id=log,path={out}/serial.log", *ports, "-monitor", f"unix:{path},server,nowait",
			*map(str, arguments)],
			stdin=subprocess.DEVNULL, stderr=open(out / "qemu.log", "w"))
		try:
			if on_screen:
				wait_for_screen(path, out / "vga.bin", until, process, seconds)
			else:
				wait_for_text(out / "serial.log", until, process, seconds)
			for command, text in then:
				answers.append(ask_qemu(path, command))
				wait_for_text(out / "serial.log", text, process, seconds)
			dump_vga(path, out / "vga.bin")
		finally:
			process.terminate()
			process.wait()
	run = Run(out, 0)
	run.answers = answers
	run.vga = vga_text((out / "vga.bin").read_bytes()) if (out / "vga.bin").exists() else ""
	return run


def wait_for_text(path, text, process, seconds):
	end = time.monotonic() + seconds
	while time.monotonic() < end and process.poll() is None:
		if text in path.read_text(errors="replace"):
			time.sleep(0.5)
			return
		time.sleep(0.1)


def ask_qemu(path, command):
	"""What QEMU's monitor answers to a command."""
	with socket.socket(socket.AF_UNIX) as monitor:
		monitor.connect(path)
		monitor.settimeout(10)
		monitor.sendall(f"{command}\n".encode())
		answer = ""
		while answer.count("(qemu)") < 2:
			more = monitor.recv(4096).decode(errors="replace")
			if not more:
				break
			answer += more
	return answer


def wait_for_screen(monitor, image, text, process, seconds):
	end = time.monotonic() + seconds
	while time.monotonic() < end and process.poll() is None:
		dump_vga(monitor, image)
		if image.exists() and text in vga_text(image.read_bytes()):
			return
		time.sleep(0.5)


def dump_vga(path, out):
	out.unlink(missing_ok=True)
	if not os.path.exists(path):
		return
	with socket.socket(socket.AF_UNIX) as monitor:
		monitor.connect(path)
		monitor.sendall(f"pmemsave 0xb8000 4000 \"{out}\"\n".encode())
		end = time.monotonic() + 10
		while time.monotonic() < end and not (out.exists() and out.stat().st_size == 4000):
			time.sleep(0.05)
