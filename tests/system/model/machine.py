# SPDX-License-Identifier: BSD-2-Clause
"""Boots an image in the lab's machine and does what the guest asks for on its console."""

import contextlib
import json
import pathlib
import re
import subprocess
import threading

import capture
import stock_linux

ROOT = pathlib.Path(__file__).resolve().parents[3]
LAB = ROOT / "tools" / "lab"
BUILD = ROOT / "build" / "model"


def make_iso(path, kernel, initramfs, words, ips):
	cmdline = f"console=ttyS0,115200 quiet idle=halt cryptomgr.notests tsc_early_khz={ips // 1000} panic=-1"
	stock_linux.run(LAB / "mkiso", "-o", path, "--protocol", "linux", "--kernel", kernel.image,
		"--cmdline", " ".join([cmdline, *words]), "--module", initramfs, "initramfs")


class Asked(threading.Thread):
	"""Follows the console; a line "ASK NAME WORDS" calls the action of that name."""

	def __init__(self, path, actions):
		super().__init__(daemon=True)
		self.path, self.actions = path, actions
		self.over = threading.Event()

	def run(self):
		done = 0
		while not self.over.wait(0.1):
			with contextlib.suppress(OSError):
				text = self.path.read_text(errors="replace")
				asked = re.findall(r"^ASK (\S+)(.*)\r?\n", text, re.MULTILINE)
				for name, words in asked[done:]:
					self.actions[name](*words.split())
				done = len(asked)


class Run:
	"""What a run left: exit status, console, counters (None if there are none), frames."""

	def __init__(self, status, out):
		self.status, self.out = status, out
		self.serial = (out / "serial.log").read_text(errors="replace").replace("\r", "")
		path = out / "counters.json"
		self.counters = json.loads(path.read_text()) if path.exists() else None
		self.checks = re.findall(r"^CHECK (\S+) (PASS|FAIL)$", self.serial, re.MULTILINE)
		self.records = dict(re.findall(r"^RECORD (\S+)\n(.*?)^END$", self.serial,
			re.MULTILINE | re.DOTALL))

	def read_frames(self):
		return capture.read_frames(self.out / "wire.pcap")


def run_machine(out, iso, actions=None, pcap=True, **options):
	"""Runs the lab's machine until it ends."""
	out.mkdir(parents=True, exist_ok=True)
	command = [LAB / "machine", "--iso", iso, "--out", out]
	for name, value in options.items():
		command += ["--" + name.replace("_", "-"), value]
	if pcap:
		command += ["--pcap", out / "wire.pcap"]
	(out / "serial.log").write_text("")
	asked = Asked(out / "serial.log", actions or {})
	asked.start()
	with open(out / "machine.log", "w") as log:
		status = subprocess.run([str(word) for word in command], stdout=log,
			stderr=subprocess.STDOUT, check=False).returncode
	asked.over.set()
	return Run(status, out)
