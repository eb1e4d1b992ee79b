# SPDX-License-Identifier: BSD-2-Clause
"""Loaders other than GRUB on the boot medium; QEMU's machines, so without VT-x. The network is booted from
by the cards of QEMU, with the iPXE of their ROMs, and its user network (DHCP and TFTP)."""

import contextlib
import http.server
import os
import re
import shutil
import subprocess
import threading

from harness import BARE, HYPERVISOR, OVMF, check, make_iso, output_folder, run_qemu_machine

CONFIG = "[host]\nwhen_done = poweroff\n[vm bare]\nkernel = hello\nmemory = 32M\n"
MONITOR = "sluice> "


def write_config(out, text=CONFIG):
	(out / "config").write_text(text)
	return out / "config"


# --- QEMU's own, by multiboot 1 ---------------------------------------------------------------

def load_directly(name, until, modules, cmdline, kernel=HYPERVISOR):
	return run_qemu_machine(name, until, "-kernel", kernel, "-append", cmdline, "-initrd", modules, seconds=60)


def test_qemu_kernel():
	"""Paths in front of the command line and of modules' strings, absolute and relative."""
	out = output_folder("qemu_kernel")
	config = write_config(out)
	for folder in (out, os.path.relpath(out)):
		run = load_directly("qemu_kernel", MONITOR, f"{folder}/config config,{BARE}/hello.elf hello", "log=debug",
			os.path.join(folder, os.path.relpath(HYPERVISOR, out)))
		run.expect("Sluice, loaded by qemu with 2 modules", "PCI 00:00.0: ", MONITOR)
		check("no boot module" not in run.serial, run.serial)
	# A path alone names its module.
	run = load_directly("qemu_kernel", MONITOR, f"{config}", "selftest=yes")
	check("no boot module" not in run.serial, run.serial)
	run = load_directly("qemu_kernel", MONITOR, f"{HYPERVISOR} sluice.conf,{BARE}/hello.elf hello", "")
	run.expect('no boot module is named "config", there are: "sluice.conf", "hello"')


def test_long_command_line():
	"""2,047 characters are taken; one more is refused by name."""
	config = write_config(output_folder("long_command_line"))
	words = "log=debug " * 204
	run = load_directly("long_command_line", MONITOR, f"{config}", words + "mtu=900")
	run.expect(MONITOR)
	run = load_directly("long_command_line", "cannot start", f"{config}", words + "mtu=9000")
	run.expect('the command line, "log=debug log=debug log=debug log=debug ...": expected at most 2047 characters')


# --- The network ------------------------------------------------------------------------------

class RangeHandler(http.server.BaseHTTPRequestHandler):
	"""Serves files of a folder, and ranges of them, as sanboot needs."""

	protocol_version = "HTTP/1.1"

	def do_HEAD(self):
		self.send(body=False)

	def do_GET(self):
		self.send(body=True)

	def send(self, body):
		path = self.server.folder / self.path.lstrip("/")
		if not path.is_file():
			self.send_error(404)
			return
		size = path.stat().st_size
		wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
		first, last = (int(wanted[1]), min(int(wanted[2]), size - 1)) if wanted else (0, size - 1)
		self.send_response(206 if wanted else 200)
		if wanted:
			self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
		self.send_header("Accept-Ranges", "bytes")
		self.send_header("Content-Length", str(last + 1 - first))
		self.end_headers()
		if body:
			with open(path, "rb") as file:
				file.seek(first)
				self.wfile.write(file.read(last + 1 - first))

	def log_message(self, *_):
		pass


@contextlib.contextmanager
def serve(folder):
	"""A server by HTTP on this machine; gives its address as the booting machine sees it."""
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RangeHandler)
	server.folder = folder
	thread = threading.Thread(target=server.serve_forever)
	thread.start()
	try:
		yield f"http://10.0.2.2:{server.server_port}"
	finally:
		server.shutdown()
		thread.join()
		server.server_close()


def boot_from_network(name, folder, boot_file, firmware, card="e1000"):
	arguments = ["-netdev", f"user,id=net,tftp={folder},bootfile={boot_file}", "-device",
		f"{card},netdev=net,bootindex=1"]
	if firmware == "uefi":
		code, variables = OVMF
		shutil.copyfile(variables, output_folder(name) / "variables")
		arguments += ["-machine", "q35", "-drive", f"if=pflash,format=raw,readonly=on,file={code}",
			"-drive", f"if=pflash,format=raw,file={output_folder(name)}/variables"]
	run = run_qemu_machine(name, MONITOR, *arguments, memory=512, seconds=120)
	run.expect("with 2 modules", "PCI 00:00.0: ", "guests cannot start", MONITOR)
	check("no boot module" not in run.serial, run.serial)
	return run


def boot_by_ipxe(name, script, firmware, card="e1000"):
	"""Has iPXE run a script, in which {server} is this machine; its files are in the output folder."""
	out = output_folder(name)
	with serve(out) as server:
		(out / "boot.ipxe").write_text("#!ipxe\n" + script.replace("{server}", server))
		return boot_from_network(name, out, "boot.ipxe", firmware, card)


def put_files(out):
	write_config(out)
	shutil.copyfile(HYPERVISOR, out / "sluice.elf")
	shutil.copyfile(BARE / "hello.elf", out / "hello.elf")


GRUB_SCRIPT = "multiboot2 {0}/sluice.elf log=debug\nmodule2 {0}/config config\nmodule2 {0}/hello.elf hello\nboot\n"


def test_ipxe_multiboot():
	put_files(output_folder("ipxe_multiboot"))
	run = boot_by_ipxe("ipxe_multiboot", "kernel {server}/sluice.elf log=debug\nmodule {server}/config config\n"
		"module {server}/hello.elf hello\nboot\n", "bios", card="virtio-net-pci")
	run.expect("Sluice, loaded by iPXE")


def boot_from_san(firmware):
	name = f"ipxe_sanboot_{firmware}"
	make_iso(output_folder(name), CONFIG, [(BARE / "hello.elf", "hello")], "log=debug")
	boot_by_ipxe(name, "sanboot {server}/boot.iso\n", firmware).expect("Sluice, loaded by GRUB 2")


def test_ipxe_sanboot_bios():
	boot_from_san("bios")


def test_ipxe_sanboot_uefi():
	boot_from_san("uefi")


def test_ipxe_chain_uefi():
	"""GRUB and all files in one EFI program."""
	out = output_folder("ipxe_chain_uefi")
	put_files(out)
	(out / "grub.cfg").write_text(GRUB_SCRIPT.format("(memdisk)"))
	subprocess.run(["grub-mkstandalone", "-O", "x86_64-efi", "-o", out / "sluice.efi", "--modules=multiboot2",
		"--install-modules=multiboot2 normal boot", "--fonts=", "--locales=", "--themes=",
		f"boot/grub/grub.cfg={out}/grub.cfg", f"sluice.elf={out}/sluice.elf", f"config={out}/config",
		f"hello.elf={out}/hello.elf"], check=True)
	boot_by_ipxe("ipxe_chain_uefi", "chain {server}/sluice.efi\n", "uefi").expect("Sluice, loaded by GRUB 2")


def test_pxe_grub():
	"""GRUB by PXE, all files by TFTP."""
	out = output_folder("pxe_grub")
	put_files(out)
	subprocess.run(["grub-mknetdir", f"--net-directory={out}", "--subdir=/grub", "-d", "/usr/lib/grub/i386-pc",
		"--fonts=", "--locales=", "--themes=", "--install-modules=multiboot2 tftp pxe normal boot"],
		check=True, stdout=subprocess.DEVNULL)
	(out / "grub/grub.cfg").write_text(GRUB_SCRIPT.format(""))
	boot_from_network("pxe_grub", out, "grub/i386-pc/core.0", "bios").expect("Sluice, loaded by GRUB 2")
