# SPDX-License-Identifier: BSD-2-Clause
"""Turns the description of a machine into Bochs's option file and environment."""

import pathlib

BIOS = pathlib.Path("/usr/share/bochs/BIOS-bochs-latest")
VGABIOS = pathlib.Path("/usr/share/vgabios/vgabios.bin")
# Where a repeatable machine's clock starts: 2026-01-01 00:00 UTC.
START_TIME = 1767225600
# MB that Bochs holds in memory, of what its software has touched; the rest goes to a temporary file.
HOST_MEMORY_MOST = 2048
# The i440BX's AGP slot, which is behind a PCI-to-PCI bridge.
BRIDGED_SLOT = 5
# What the options of the first and the second port end in.
PORTS = ("", "2")


class MachineError(Exception):
	"""The machine cannot be described or started; the text says why and what helps."""


def check_files(args, plugins):
	"""Everything the machine needs is there, or a MachineError names what is missing."""
	needs = [(args.iso, "the boot medium"), (BIOS, "package bochsbios"), (VGABIOS, "package vgabios")]
	needs.append((plugins / "libbx_lab.so", "'make bochs' builds it"))
	if args.profile:
		needs.append((plugins / "libbx_profile.so", "'make bochs' builds it"))
	if list_ports(args):
		if args.nic == "none":
			raise MachineError("--nic2 needs --nic")
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


def list_ports(args):
	"""The suffixes of the options of the ports that there are, in the order of their slots."""
	return [suffix for suffix in PORTS if getattr(args, f"nic{suffix}") != "none"]


def make_wire_words(wire, out, suffix):
	"""The wire's options; settings go into a file, for Bochs's lines are short."""
	kind, _, what = wire.partition("=")
	words = [f"wire={kind}"]
	if kind == "tap":
		words.append(f"tap={what}")
	elif kind == "peer":
		words.append("spec=" + check_path(pathlib.Path(what).absolute()))
	elif kind in ("generator", "replay"):
		text = what if "=" in what else pathlib.Path(what).read_text()
		settings = out / f"{kind}{suffix}.conf"
		settings.write_text(text.replace(";", "\n") + "\n")
		words.append("spec=" + check_path(settings))
	return words


def make_nic_lines(args, out, suffix):
	"""The options of one port for the 82599 plugin, one a line: Bochs cuts off long lines."""
	def get(name):
		return getattr(args, name + suffix)

	words = [f"device={get('nic')}", f"mac={get('mac')}"]
	words += make_wire_words(get("wire"), out, suffix)
	words += [f"hostfwd={forward}" for forward in get("hostfwd")]
	if get("tftp"):
		words.append("tftp=" + check_path(get("tftp")))
	if get("bootfile"):
		words.append("bootfile=" + check_path(get("bootfile")))
	if get("pcap"):
		words.append("pcap=" + check_path(get("pcap").absolute()))
	words.append("counters=" + check_path(out / f"counters{suffix}.json"))
	if get("bad_nvm"):
		words.append("bad_nvm=1")
	if get("pcie"):
		words.append(f"pcie={get('pcie')}")
	if get("module"):
		words.append(f"module={get('module')}")
	words += [f"fault={fault}" for fault in get("fault")]
	if get("control"):
		words.append("control=" + check_path(get("control").absolute()))
	return [f"nic82599: port={PORTS.index(suffix)}, {word}" for word in words]


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
	ports = list_ports(args)
	chipset, first = ("i440bx", BRIDGED_SLOT) if args.bridge else ("i440fx", 1)
	slots = "".join(f", slot{slot}=nic82599" for slot in (first, 2)[:len(ports)])
	clock = "time0=utc" if args.realtime else f"time0={START_TIME}"
	lines = [
		"plugin_ctrl: lab=1" + (", nic82599=1" if ports else "") + (", profile=1" if args.profile else ""),
		"config_interface: textconfig",
		"display_library: nogui",
		f"memory: guest={args.memory}, host={min(args.memory, HOST_MEMORY_MOST)}"
		# Bochs's start takes time quadratic in the number of blocks (KB).
		+ (", block_size=4096" if args.memory > HOST_MEMORY_MOST else ""),
		f"romimage: file={BIOS}, options=fastboot",
		f"vgaromimage: file={VGABIOS}",
		f"cpu: model={args.cpu}, count={args.cores}, ips={args.ips}, quantum=16,"
		" reset_on_triple_fault=0",
		f"clock: sync=none, {clock}",
		f"pci: enabled=1, chipset={chipset}{slots}",
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
	if args.profile:
		every = f", every={args.profile_every}" if args.profile_every else ""
		lines.append("profile: file=" + check_path(args.profile.absolute()) + every)
	for suffix in ports:
		lines += make_nic_lines(args, out, suffix)
	return "\n".join(lines) + "\n"


def make_environment(base, home, plugins):
	"""The environment in which Bochs finds its own plugins and ours."""
	return dict(base, LTDL_LIBRARY_PATH=f"{home / 'plugins'}:{plugins}", BXSHARE=str(BIOS.parent))
