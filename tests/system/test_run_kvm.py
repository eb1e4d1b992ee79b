# SPDX-License-Identifier: BSD-2-Clause
"""`make run-kvm` and `make run-vfio` as far as a machine without nested VT-x lets one go.

Their command lines are given to QEMU itself: as they are, up to where it opens KVM (a device that is not
there), and with the emulated processor in KVM's place up to the machine waiting to start.
"""

import json
import os
import pty
import select
import shlex
import subprocess
import time

from harness import ROOT, check, find_new_qemu, make_iso, output_folder

CARD = "0000:01:00.0"
NO_CARD_HERE = "ffff:1f:1f.7"
QEMU_SECONDS, BOOT_SECONDS = 60, 120


def find_machine_words(target, *variables):
	"""How the target starts the machine."""
	env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
	done = subprocess.run(["make", "--no-print-directory", "-n", target, *variables], cwd=ROOT, env=env,
		capture_output=True, text=True)
	starts = [line for line in done.stdout.splitlines() if line.startswith("tools/qemu/machine ")]
	check(len(starts) == 1, f"make -n {target} starts {len(starts)} machines:\n{done.stdout[-2000:]}{done.stderr}")
	return done.stdout, shlex.split(starts[0])


def find_commands(target, *variables):
	"""The command lines of the target: the server's, or None, and QEMU's."""
	_, words = find_machine_words(target, *variables)
	done = subprocess.run([*words, "--print", "--qemu", find_new_qemu()], cwd=ROOT, capture_output=True, text=True)
	check(done.returncode == 0, done.stderr)
	lines = [shlex.split(line) for line in done.stdout.splitlines()]
	# The folder of the sockets, which the machine would have made.
	monitor = lines[-1][lines[-1].index("-qmp") + 1]
	os.makedirs(os.path.dirname(monitor.split(":")[1].split(",")[0]), exist_ok=True)
	return (lines[0] if len(lines) == 2 else None), lines[-1]


def replace_after(words, option, value):
	at = words.index(option)
	return words[:at + 1] + [value] + words[at + 2:]


def run_qemu_words(words):
	return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=QEMU_SECONDS)


def expect_kvm_is_all(words):
	"""QEMU takes every option, and ends only because KVM cannot be opened."""
	accel = words[words.index("-accel") + 1]
	check(accel == "kvm" and words[words.index("-cpu") + 1] == "host,migratable=off", f"{words}")
	done = run_qemu_words(replace_after(words, "-accel", "kvm,device=/nonexistent"))
	complaints = [line.split(": ", 2)[-1] for line in done.stderr.splitlines()]
	check(complaints == ["Could not access KVM kernel module: No such file or directory",
		"failed to initialize kvm: No such file or directory"], f"QEMU says: {done.stderr}")


def emulated(words):
	"""The same machine on an emulated processor, not yet started; the CPU's property stays."""
	return [*replace_after(replace_after(words, "-accel", "tcg"), "-cpu", "max,migratable=off"), "-S"]


def test_run_kvm_options():
	_, words = find_commands("run-kvm", "CORES=6", "MEMORY=1500")
	check(words[words.index("-smp") + 1] == "6" and words[words.index("-m") + 1] == "1500M", f"{words}")
	expect_kvm_is_all(words)


def test_run_kvm_preflight_first():
	"""What is missing is said before anything is built."""
	for target, variables in (("run-kvm", ()), ("run-vfio", (f"HOST_PCI={CARD}",))):
		said, _ = find_machine_words(target, *variables)
		places = [said.index(text) for text in ("tools/qemu/preflight --memory", "iso", "tools/qemu/machine")]
		check(places == sorted(places), f"make -n {target}: {said[:2000]}")


def test_run_kvm_machine():
	"""QEMU makes the machine of run-kvm, with the card in it, up to its first instruction."""
	server_words, words = find_commands("run-kvm")
	socket = server_words[server_words.index("--socket") + 1]
	words = emulated(replace_after(words, "-qmp", "stdio"))
	words = replace_after(words, "-chardev", "null,id=com1")
	with subprocess.Popen(server_words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
		try:
			line = server.stdout.readline()
			check(line == f"listening on {socket}\n", f"the server says: {line}")
			asked = [{"execute": "qmp_capabilities"}, {"execute": "query-status"},
				{"execute": "qom-list", "arguments": {"path": "/machine/peripheral-anon"}}, {"execute": "quit"}]
			done = subprocess.run(words, input="".join(json.dumps(one) + "\n" for one in asked), capture_output=True,
				text=True, timeout=QEMU_SECONDS)
		finally:
			server.terminate()
	answers = [json.loads(line) for line in done.stdout.splitlines()]
	answers = [answer["return"] for answer in answers if "return" in answer]
	check(len(answers) == 4 and answers[1]["status"] == "prelaunch", f"{done.stdout}{done.stderr}")
	kinds = [child["type"] for child in answers[2] if child["name"].startswith("device")]
	check(kinds == ["child<vfio-user-pci>"], f"QEMU's devices: {kinds}")


def test_run_vfio_options():
	server, words = find_commands("run-vfio", f"HOST_PCI={CARD}")
	check(server is None, f"{server}")
	expect_kvm_is_all(words)
	_, words = find_commands("run-vfio", f"HOST_PCI={NO_CARD_HERE}")
	done = run_qemu_words(emulated(words))
	complaints = done.stderr.splitlines()
	check(len(complaints) == 1 and f"{NO_CARD_HERE}: no such host device" in complaints[0], done.stderr)


def test_run_vfio_without_card():
	done = subprocess.run(["make", "--no-print-directory", "-o", "deps", "run-vfio", "HOST_PCI="], cwd=ROOT,
		capture_output=True, text=True)
	check(done.returncode and "make run-vfio HOST_PCI=0000:01:00.0" in done.stderr, done.stderr)


class Terminal:
	"""A program on a terminal of its own."""

	def __init__(self, command):
		self.text = ""
		self.pid, self.line = pty.fork()
		if not self.pid:
			os.execv(command[0], command)

	def wait_for(self, text):
		"""Reads on until the text has come; what came with it is gone for the next wait."""
		end = time.monotonic() + BOOT_SECONDS
		while text not in self.text:
			check(time.monotonic() < end, f"expected \"{text}\", got:\n{self.text[-2000:]}")
			if select.select([self.line], [], [], 0.2)[0]:
				self.text += os.read(self.line, 4096).decode(errors="replace")
		self.text = self.text.split(text, 1)[1]

	def type(self, keys):
		os.write(self.line, keys)

	def wait(self):
		"""The exit status."""
		while True:
			try:
				if not os.read(self.line, 4096):
					break
			except OSError:  # the other end is closed
				break
		return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_run_kvm_console():
	"""The terminal of run-kvm, on an emulated processor: Sluice's monitor, Ctrl-] and Ctrl-A X."""
	out = output_folder("run_kvm_console")
	iso = make_iso(out, "[host]\nwhen_done = poweroff\n")
	_, words = find_machine_words("run-kvm")
	words = replace_after(replace_after(words, "--accel", "tcg"), "--iso", str(iso))
	at = words.index("--nic")
	words = words[:at] + ["--out", str(out), "--qemu", find_new_qemu(), "--wall", "120"]
	words.insert(1, "--interactive")
	terminal = Terminal([str(ROOT / words[0]), *words[1:]])
	terminal.wait_for("sluice> ")
	terminal.type(b"help\r")
	terminal.wait_for("moves the console between monitor and guest")
	terminal.type(b"\x1d")
	terminal.wait_for("console: monitor")
	terminal.type(b"\x01x")
	status = terminal.wait()
	check(status == 2, f"Ctrl-A X: status {status}, expected 2")
	result = json.loads((out / "result.json").read_text())
	check(result["message"] == "quit", f"{result}")
	check("sluice> help" in (out / "serial.log").read_text().replace("\r", ""), "no serial.log of what was typed")
