# SPDX-License-Identifier: BSD-2-Clause
"""Turns the description of a machine into Bochs's option file and environment."""

import pathlib

BIOS = pathlib.Path("/usr/share/bochs/BIOS-bochs-latest")
VGABIOS = pathlib.Path("/usr/share/vgabios/vgabios.bin")
# Where a repeatable machine's clock starts: 2026-01-01 00:00 UTC.
START_TIME = 1767225600
NIC_SLOT = 1


class MachineError(Exception):
	"""The machine cannot be described or started; the text says why and what helps."""


def check_files(args, plugins):
	"""Everything the machine needs is there, or a MachineError names what is missing."""
	needs = [(args.iso, "the boot medium"), (BIOS, "package bochsbios"), (VGABIOS, "package vgabios")]
	needs.append((plugins / "libbx_lab.so", "'make bochs' builds it"))
	if args.nic != "none":
		needs.append((plugins / "libbx_nic82599.so", "'make nic-plugin' builds it"))
	for path, hint in needs:
		if not path.is_file():
			raise MachineError(f"{path} is missing ({hint})")


def check_path(path):
	"""The path as text; Bochs's option file has no quoting for these characters."""
	text = str(path)
	if any(c in text for c in ",\"' \t\n#"):
		raise MachineError(f"'{text}': a path with a comma, blank, quote or # cannot be given to Bochs")
	return text


def make_wire_words(wire, out):
	"""The wire's options; settings go into a file, for Bochs's lines are short."""
	kind, _, what = wire.partition("=")
	words = [f"wire={kind}"]
	if kind == "tap":
		words.append(f"tap={what}")
	elif kind == "peer":
		words.append("spec=" + check_path(pathlib.Path(what).absolute()))
	elif kind in ("generator", "replay"):
		text = what if "=" in what else pathlib.Path(what).read_text()
		settings = out / f"{kind}.conf"
		settings.write_text(text.replace(";", "\n") + "\n")
		words.append("spec=" + check_path(settings))
	return words


def make_nic_line(args, out):
	"""The option line of the 82599 plugin."""
	fields = [f"device={args.nic}", f"mac={args.mac}"]
	fields += make_wire_words(args.wire, out)
	fields += [f"hostfwd={forward}" for forward in args.hostfwd]
	if args.pcap:
		fields.append("pcap=" + check_path(args.pcap.absolute()))
	fields.append("counters=" + check_path(out / "counters.json"))
	if args.bad_nvm:
		fields.append("bad_nvm=1")
	return "nic82599: " + ", ".join(fields)


def make_lab_line(args, out, dumps):
	"""The option line of the lab plugin: limits, pace, and what it writes at the end."""
	fields = ["state=" + check_path(out / "state.json")]
	if args.ticks:
		fields.append(f"ticks={args.ticks}")
	if args.realtime:
		fields.append("pace=1")
	fields += [f"dump={address:#x}:{size}:{check_path(file)}" for address, size, file in dumps]
	return "lab: " + ", ".join(fields)


def make_bochsrc(args, out, serial, dumps=()):
	"""The option file of a machine. serial is Bochs's mode and device for COM1."""
	has_nic = args.nic != "none"
	clock = "time0=utc" if args.realtime else f"time0={START_TIME}"
	lines = [
		"plugin_ctrl: lab=1" + (", nic82599=1" if has_nic else ""),
		"config_interface: textconfig",
		"display_library: nogui",
		f"memory: guest={args.memory}, host={args.memory}",
		f"romimage: file={BIOS}, options=fastboot",
		f"vgaromimage: file={VGABIOS}",
		f"cpu: model={args.cpu}, count={args.cores}, ips={args.ips}, quantum=16,"
		" reset_on_triple_fault=0",
		f"clock: sync=none, {clock}",
		"pci: enabled=1, chipset=i440fx" + (f", slot{NIC_SLOT}=nic82599" if has_nic else ""),
		f"ata0-master: type=cdrom, path={check_path(args.iso.absolute())}, status=inserted",
		"boot: cdrom",
		f"com1: enabled=1, {serial}",
		"port_e9_hack: enabled=0",
		"log: " + check_path(out / "bochs.log"),
		"panic: action=fatal",
		"error: action=report",
		"info: action=ignore",
		"debug: action=ignore",
		make_lab_line(args, out, dumps),
	]
	if has_nic:
		lines.append(make_nic_line(args, out))
	return "\n".join(lines) + "\n"


def make_environment(base, home, plugins):
	"""The environment in which Bochs finds its own plugins and ours."""
	return dict(base, LTDL_LIBRARY_PATH=f"{home / 'plugins'}:{plugins}", BXSHARE=str(BIOS.parent))
