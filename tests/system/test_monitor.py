# SPDX-License-Identifier: BSD-2-Clause
"""The monitor on the serial console, typed at."""

import subprocess
import time

from harness import BARE, HYPERVISOR, ROOT, Run, check, make_iso, output_folder

SECONDS_MOST = 120


class Console:
	"""A machine with its serial console on pipes."""

	def __init__(self, name, config, modules):
		self.out = output_folder(name)
		(self.out / "serial.log").unlink(missing_ok=True)
		iso = make_iso(self.out, config, modules)
		self.process = subprocess.Popen([ROOT / "tools/lab/machine", "--iso", iso, "--out", self.out,
			"--symbols", HYPERVISOR, "--interactive", "--wall", str(SECONDS_MOST)],
			stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
		self.read = 0

	def serial(self):
		path = self.out / "serial.log"
		return path.read_text(errors="replace") if path.exists() else ""

	def wait_for(self, text):
		"""Until text appears after what was waited for before."""
		end = time.monotonic() + SECONDS_MOST
		while time.monotonic() < end and self.process.poll() is None:
			found = self.serial().find(text, self.read)
			if found >= 0:
				self.read = found + len(text)
				return
			time.sleep(0.1)
		check(False, f"expected \"{text}\" in {self.out}/serial.log after:\n{self.serial()[:self.read][-500:]}")

	def type(self, line):
		self.process.stdin.write(line.encode() + b"\r")
		self.process.stdin.flush()

	def command(self, line, *texts):
		self.type(line)
		for text in texts:
			self.wait_for(text)
		self.wait_for("sluice> ")


def test_monitor():
	config = "[host]\nwhen_done = monitor\n[vm bare]\nkernel = hello\nmemory = 32M\n"
	console = Console("monitor", config, [(BARE / "hello.elf", "hello")])
	try:
		console.wait_for("bare: stopping: powered off")
		console.wait_for("counter core.0.")
		console.command("")
		console.command("help", "vms ", "counters ", "log ")
		console.command("vms", "bare: stopped", "powered off", "1 VMs")
		console.command("memory", "available")
		console.command("counters", "core.0.ticks.idle")
		console.command("log", "Sluice, loaded by GRUB")
		console.command("nic", "no network card")
		console.command("stop nobody", "no VM \"nobody\"")
		console.command("frobnicate", "unknown command \"frobnicate\"")
		console.type("start bare")
		console.wait_for("bare: stopping: powered off")
		console.type("poweroff")
		status = console.process.wait(SECONDS_MOST)
		Run(console.out, status).expect_power_off()
	finally:
		if console.process.poll() is None:
			console.process.terminate()
			console.process.wait()


def test_monitor_switch():
	"""The switch's ports and addresses, with a guest that stays."""
	config = ("[host]\nwhen_done = monitor\n[vm web]\nkernel = busy\nmemory = 32M\n"
		"cmdline = start=1000000 end=1000000\n"
		"net = mac=52:54:00:00:00:0a vlan=10 rate_tx=100M\n"
		"net = mac=52:54:00:00:00:0b trunk=5,7-9 native=1 any_source=yes rate=1G\n")
	console = Console("monitor_switch", config, [(BARE / "busy.elf", "busy")])
	try:
		console.wait_for("console: monitor")
		console.command("ports", "1: web net0 52:54:00:00:00:0a vlan=10 rate_tx=100000000",
			"2: web net1 52:54:00:00:00:0b trunk=1,5,7-9 native=1 any_source=yes "
			"rate_tx=1000000000 rate_rx=1000000000")
		console.command("cores", "core 0: ", "+0x", "core 1: in the guest web, vCPU 0 at ")
		console.command("macs", "52:54:00:00:00:0", " port ", ", its own", ", its own")
		console.type("stop web")
		console.wait_for("web: stopping: stopped by the monitor")
		console.wait_for("counter backend.0.")
		console.type("poweroff")
		Run(console.out, console.process.wait(SECONDS_MOST)).expect_power_off()
	finally:
		console.process.kill()
		console.process.wait()
