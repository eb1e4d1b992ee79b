# SPDX-License-Identifier: BSD-2-Clause
"""Turns the description of a machine into QEMU's command line and that of the card's server."""

import json
import pathlib
import shutil

import bridges

# What the options of the first and the second port end in.
PORTS = ("", "2")
# The PCI Express root port that each card sits behind, in q35 machines, and its device number on bus 0.
ROOT_PORT = "port{0}"
ROOT_PORT_DEVICE = 0x10
# invtsc needs a CPU that will not migrate; host has all else that KVM can give, VMX included.
CPUS = {"kvm": "host,migratable=off", "tcg": "max"}

# Where distributions keep UEFI for virtual machines: the code, and the variables to begin with.
OVMF = (
	("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
	("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
	("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
	("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
)


def find_ovmf():
	"""The files of the first OVMF that is installed, or None."""
	return next((files for files in OVMF if all(pathlib.Path(file).is_file() for file in files)), None)


def list_ports(args):
	"""The suffixes of the options of the ports that there are, in the order of their slots."""
	return [suffix for suffix in PORTS if getattr(args, f"nic{suffix}") != "none"]


def list_root_ports(args):
	"""The device number on bus 0 of the root port above each emulated card, and the card's suffix."""
	return {ROOT_PORT_DEVICE + number: suffix for number, suffix in enumerate(list_ports(args), 1)}


def quote(path):
	"""A value in one of QEMU's lists: a comma is written twice."""
	return str(path).replace(",", ",,")


def make_server_command(args, server, out, sockets):
	"""The server of all ports. sockets: a folder whose path is short."""
	command = [server]
	for suffix in list_ports(args):
		def get(name, suffix=suffix):
			return getattr(args, name + suffix)

		command += ["--socket", sockets / f"card{suffix}", "--nic", get("nic"), "--mac", get("mac"),
			"--wire", get("wire"), "--counters", out / f"counters{suffix}.json"]
		for name in ("hostfwd", "fault"):
			for value in get(name):
				command += [f"--{name}", value]
		for name in ("pcap", "control"):
			if get(name):
				command += [f"--{name}", get(name).absolute()]
		for name in ("tftp", "bootfile"):
			if get(name):
				command += [f"--{name}", get(name)]
		if args.enforce_bridges:
			command += ["--bridge", bridges.get_path(sockets, suffix)]
		if get("bad_nvm"):
			command.append("--bad-nvm")
		if get("pcie"):
			command += ["--pcie", get("pcie")]
		if get("module"):
			command += ["--module", get("module")]
	return [str(word) for word in command]


def make_device(machine, number, **properties):
	"""A card in a slot of its own: behind a root port, or on the only bus that there is."""
	if machine == "pc":
		return ["-device", json.dumps(properties)]
	port = ROOT_PORT.format(number)
	return ["-device", f"pcie-root-port,id={port},bus=pcie.0,chassis={number},slot={number},"
		f"addr={ROOT_PORT_DEVICE + number:#x}",
		"-device", json.dumps({**properties, "bus": port})]


def make_cards(args, sockets):
	words = []
	for number, suffix in enumerate(list_ports(args), 1):
		words += make_device(args.machine, number, driver="vfio-user-pci",
			socket={"type": "unix", "path": str(sockets / f"card{suffix}")})
	if args.host_pci:
		words += make_device(args.machine, 1, driver="vfio-pci", host=args.host_pci)
	return words


def make_console(args, out):
	"""COM1, on the terminal with QEMU's own keys (Ctrl-A X) or into the log only; the log has all of it."""
	log = quote(out / "serial.log")
	if not args.interactive:
		return ["-chardev", f"file,id=com1,path={log}", "-serial", "chardev:com1"]
	return ["-chardev", f"stdio,id=com1,mux=on,signal=off,logfile={log}", "-serial", "chardev:com1"]


def make_firmware(args, sockets):
	"""SeaBIOS needs no words. OVMF gets a copy of its variables, which ends with the run."""
	if args.firmware == "bios":
		return []
	code, variables = find_ovmf()
	if not args.print:
		shutil.copyfile(variables, sockets / "variables")
	return ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
		"-drive", f"if=pflash,format=raw,file={quote(sockets / 'variables')}"]


def make_medium(args):
	"""What is booted. The machine's writes are not kept."""
	if args.medium == "cd":
		return ["-cdrom", args.iso.absolute(), "-boot", "d"]
	drive = ["-drive", f"if=none,id=medium,format=raw,snapshot=on,file={quote(args.iso.absolute())}"]
	if args.medium == "disk":
		return drive + ["-device", "ide-hd,drive=medium,bootindex=1"]
	return drive + ["-device", "qemu-xhci", "-device", "usb-storage,drive=medium,bootindex=1"]


def make_cores(args):
	"""APIC ids have a field for the socket, a power of two wide, so that some numbers are no core's."""
	cores = str(args.cores)
	return ["-smp", cores + (f",sockets={args.sockets},cores={args.cores // args.sockets}" if args.sockets > 1 else "")]


def make_qemu_command(args, qemu, out, sockets):
	"""The memory is shared with the server, for the card's DMA, unless that is to come by messages."""
	kind = "ram" if args.private_memory else "memfd,share=on"
	command = [qemu, "-name", "sluice", "-nodefaults", "-display", "none", "-vga", "std",
		"-machine", f"{args.machine},memory-backend=memory",
		"-object", f"memory-backend-{kind},id=memory,size={args.memory}M", "-m", f"{args.memory}M",
		"-accel", args.accel, "-cpu", args.cpu or CPUS[args.accel], *make_cores(args),
		*make_medium(args), *make_firmware(args, sockets),
		"-qmp", f"unix:{quote(sockets / 'qmp')},server=on,wait=off"]
	if args.enforce_bridges:
		command += bridges.TRACE + ["-D", sockets / bridges.FIFO]
	return [str(word) for word in command + make_console(args, out) + make_cards(args, sockets)]
