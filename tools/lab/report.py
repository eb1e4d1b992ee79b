# SPDX-License-Identifier: BSD-2-Clause
"""What a run ended with: status, cores, symbols, and the last words on the serial line."""

import bisect
import json
import struct
import subprocess

import trace

POWERED_OFF, FAILED, LIMIT, USAGE = 0, 1, 2, 64
STATUS_NAMES = {POWERED_OFF: "powered off", FAILED: "failed", LIMIT: "limit"}
# Bochs ends with a fatal message when the machine switches itself off.
POWER_OFF_TEXTS = ("ACPI control: soft power off", "Shutdown port: shutdown requested")
LIMIT_TEXT = "lab: ended by "
PANIC_MARK = "PANIC"


class Symbols:
	"""The functions and data of some ELF files, found by address."""

	def __init__(self, files):
		self.by_address = []
		self.sizes = {}
		for file in files:
			done = subprocess.run(["nm", "-n", "-S", "--defined-only", str(file)], check=True,
				capture_output=True, text=True)
			for line in done.stdout.splitlines():
				address, *size, kind, name = line.split()
				if kind not in "aA":
					self.by_address.append((int(address, 16), name))
					self.sizes[name] = int(size[0], 16) if size else 0
		self.by_address.sort()
		self.addresses = [address for address, _ in self.by_address]

	def find(self, address):
		"""'name+0x12' for an address within a mebibyte of a symbol, or None."""
		index = bisect.bisect_right(self.addresses, address) - 1
		if index < 0 or address - self.addresses[index] > 1 << 20:
			return None
		return f"{self.by_address[index][1]}+{address - self.addresses[index]:#x}"

	def get_object(self, name):
		"""Address and size of the symbol; both 0 if there is none."""
		found = (address for address, symbol in self.by_address if symbol == name)
		return next(found, 0), self.sizes.get(name, 0)


def read_text(path):
	try:
		return path.read_text(errors="replace")
	except OSError:
		return ""


def read_state(out):
	"""What the lab plugin wrote about the machine's end; empty if it wrote nothing."""
	try:
		return json.loads((out / "state.json").read_text())
	except (OSError, ValueError):
		return {}


def judge(log, exit_code, stopped):
	"""Status and message of a run, from Bochs's log and exit code.

	stopped is why the lab asked Bochs to end ('wall limit', 'quit'), or None.
	"""
	if any(text in log for text in POWER_OFF_TEXTS):
		return POWERED_OFF, "powered off"
	panics = [line for line in log.splitlines() if PANIC_MARK in line]
	if panics and LIMIT_TEXT not in panics[-1]:
		return FAILED, panics[-1].strip()
	if stopped:
		return LIMIT, stopped
	if panics:
		return LIMIT, panics[-1].split(LIMIT_TEXT)[1].strip()
	return FAILED, f"Bochs ended with status {exit_code} and said nothing"


def describe_core(number, core, symbols):
	"""One line on what a core was doing."""
	place = core["rip"]
	# A guest's addresses are its own: our symbols say nothing about them.
	if core["vmx"] != "non-root" and core["mode"] != "real":
		name = symbols.find(int(core["rip"], 16))
		place += f" {name}" if name else ""
	flags = f"IF={core['if']} CPL={core['cpl']} TPR={core['tpr']:#x}"
	pending = f"IRR={core['irr']} ISR={core['isr']}"
	return (f"core {number}: {core['activity']}, {core['mode']} mode, VMX {core['vmx']}, rip {place},"
		f" {flags} {pending} CR3={core['cr3']}")


def add_symbols(state, symbols):
	for core in state.get("cores", []):
		if core["vmx"] != "non-root" and core["mode"] != "real":
			core["symbol"] = symbols.find(int(core["rip"], 16))


def write_trace(out, symbols):
	"""Turns the dump of the hypervisor's trace rings, if there is one, into trace.txt."""
	dump = out / "trace.bin"
	if not dump.is_file():
		return
	try:
		lines = trace.decode(dump.read_bytes(), symbols)
	except (trace.TraceError, struct.error) as error:
		lines = [str(error)]
	(out / "trace.txt").write_text("\n".join(lines) + "\n")


def print_end(result, symbols, out, stream):
	"""Tells a person how the machine ended, where it stood, and where to look."""
	print(f"machine: {result['status']}: {result['message']}; {result['ticks']} ticks,"
		f" {result['wall_seconds']:.1f} s", file=stream)
	if result["exit_status"] == POWERED_OFF:
		return
	for number, core in enumerate(result["cores"]):
		print(describe_core(number, core, symbols), file=stream)
	lines = read_text(out / "serial.log").splitlines()
	print(f"last lines of {out / 'serial.log'}:", file=stream)
	for line in lines[-20:]:
		print("  " + line, file=stream)
	lines = read_text(out / "trace.txt").splitlines()
	if lines:
		print(f"last events in {out / 'trace.txt'}:", file=stream)
		for line in lines[-20:]:
			print("  " + line, file=stream)
	print(f"emulator's log: {out / 'bochs.log'}", file=stream)
