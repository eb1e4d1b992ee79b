# SPDX-License-Identifier: BSD-2-Clause
"""Boots an image in a machine and does what the guest asks for on its console."""

import json
import pathlib
import re
import subprocess
import threading

import capture
import hosts
import stock_linux
from hosts import ROOT

CMDLINE = "console=ttyS0,115200 quiet idle=halt cryptomgr.notests panic=-1"


class Chosen:
	"""The host that the machines of this process run on; set before any scenario is made."""

	host = hosts.HOSTS["bochs"]


def get_folder():
	"""Where machines leave their logs."""
	return Chosen.host.folder


def make_words(words):
	"""The kernel's command line: the host's, then a scenario's."""
	return [*CMDLINE.split(), *Chosen.host.cmdline.split(), *words]


def make_iso(path, kernel, initramfs, words):
	cmdline = " ".join(make_words(words))
	stock_linux.run(ROOT / "tools/lab/mkiso", "-o", path, "--protocol", "linux", "--kernel", kernel.image,
		"--cmdline", cmdline, "--module", initramfs, "initramfs")


class Asked(threading.Thread):
	"""Follows the console; a line "ASK NAME WORDS" calls the action of that name."""

	def __init__(self, path, actions):
		super().__init__(daemon=True)
		self.path, self.actions, self.failures = path, actions, []
		self.over = threading.Event()

	def run(self):
		done = 0
		while not self.over.wait(0.1):
			text = self.path.read_text(errors="replace") if self.path.exists() else ""
			asked = re.findall(r"^ASK (\S+)(.*)\r?\n", text, re.MULTILINE)
			for name, words in asked[done:]:
				self.answer(name, words.split())
			done = len(asked)

	def answer(self, name, words):
		try:
			self.actions[name](*words)
		except (OSError, LookupError, TypeError, ValueError) as error:
			self.failures.append(f"{name} {' '.join(words)}: {error!r}")


def read_json(path):
	return json.loads(path.read_text()) if path.exists() else None


class Run:
	"""What a run left: exit status, console, counters (None if there are none), frames.

	failures: what the guest asked for and did not get."""

	def __init__(self, status, out, failures):
		self.status, self.out, self.failures = status, out, failures
		self.serial = (out / "serial.log").read_text(errors="replace").replace("\r", "")
		self.counters, self.second_counters, self.result = (read_json(out / name) for name in
			("counters.json", "counters2.json", "result.json"))
		self.checks = re.findall(r"^CHECK (\S+) (PASS|FAIL)$", self.serial, re.MULTILINE)
		self.records = dict(re.findall(r"^RECORD (\S+)\n(.*?)^END$", self.serial,
			re.MULTILINE | re.DOTALL))

	def read_frames(self):
		return capture.read_frames(self.out / "wire.pcap")


def run_machine(out, iso, actions=None, pcap=True, **options):
	"""Runs the host's machine until it ends. An option that is a list is given once for each."""
	out.mkdir(parents=True, exist_ok=True)
	command = [Chosen.host.starter, "--iso", iso, "--out", out]
	for name, value in {**Chosen.host.options, **options}.items():
		for one in value if isinstance(value, list) else [value]:
			command += ["--" + name.replace("_", "-")] + ([] if one is True else [one])
	if pcap:
		command += ["--pcap", out / "wire.pcap"]
	for name in ("serial.log", "wire.pcap"):
		(out / name).unlink(missing_ok=True)
	asked = Asked(out / "serial.log", actions or {})
	asked.start()
	with open(out / "machine.log", "w") as log:
		status = subprocess.run([str(word) for word in command], stdout=log,
			stderr=subprocess.STDOUT, check=False).returncode
	asked.over.set()
	return Run(status, out, asked.failures)
