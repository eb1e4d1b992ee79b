# SPDX-License-Identifier: BSD-2-Clause
"""Reads the hypervisor's trace rings (kernel/trace.h) out of a dump of the machine's memory."""

import struct

SYMBOL = "trace_rings"
MAGIC = 0x43415254
VERSION = 1
HEADER = struct.Struct("<8I")
NEXT = struct.Struct("<Q")
ENTRY = struct.Struct("<4Q")
# Event numbers, and what their two values are: decimal, an address, or nothing.
EVENTS = {
	1: ("interrupt", "vector", None),
	2: ("switch", "@to", "@from"),
	3: ("block", "@thread", "until"),
	4: ("wake", "@thread", "kicked"),
	5: ("vm-exit", "reason", "@rip"),
	6: ("post", "@vcpu", "vector"),
}
VM_EXIT = 5
# Basic exit reasons, SDM volume 3, appendix C.
EXITS = {
	0: "exception or NMI", 1: "external interrupt", 2: "triple fault", 3: "INIT", 4: "SIPI",
	7: "interrupt window", 8: "NMI window", 10: "CPUID", 12: "HLT", 18: "VMCALL", 28: "CR access",
	30: "I/O", 31: "RDMSR", 32: "WRMSR", 33: "bad guest state", 36: "MWAIT", 40: "PAUSE",
	43: "TPR below threshold", 44: "APIC access", 45: "virtual EOI", 48: "EPT violation",
	49: "EPT misconfiguration", 52: "preemption timer", 55: "XSETBV", 56: "APIC write",
}


class TraceError(Exception):
	"""The memory does not hold trace rings this program knows."""


def read_events(memory):
	"""All events as (ticks, core, event, a, b), oldest first."""
	magic, version, header, cores, ring_bytes, ring_header, entries, entry_bytes = HEADER.unpack_from(memory)
	if magic != MAGIC or version != VERSION or entry_bytes != ENTRY.size:
		raise TraceError(f"no trace rings: magic {magic:#x}, version {version}, entries of {entry_bytes}")
	events = []
	for core in range(cores):
		ring = header + core * ring_bytes
		count = NEXT.unpack_from(memory, ring)[0]
		for index in range(max(0, count - entries), count):
			where = ring + ring_header + index % entries * entry_bytes
			ticks, event, a, b = ENTRY.unpack_from(memory, where)
			if event:
				events.append((ticks, core, event, a, b))
	return sorted(events, key=lambda event: event[:2])


def describe_value(name, value, symbols):
	if name is None:
		return ""
	if name.startswith("@"):
		symbol = symbols.find(value)
		return f" {name[1:]} {value:#x}" + (f" ({symbol})" if symbol else "")
	return f" {name} {value}"


def describe(entry, symbols):
	"""One line on one event."""
	ticks, core, event, a, b = entry
	name, first, second = EVENTS.get(event, (f"event-{event}", "a", "b"))
	text = describe_value(first, a, symbols)
	if event == VM_EXIT and a & 0xffff in EXITS:
		text += f" ({EXITS[a & 0xffff]})"
	return f"{ticks:>16} core {core} {name}{text}{describe_value(second, b, symbols)}"


def find_rings(symbols):
	"""Address and size of the rings in the ELF files given, or None."""
	address, size = symbols.get_object(SYMBOL)
	return (address, size) if size else None


def decode(memory, symbols):
	"""The events as lines of text, oldest first."""
	return [describe(entry, symbols) for entry in read_events(memory)]
