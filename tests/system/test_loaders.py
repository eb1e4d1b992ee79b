# SPDX-License-Identifier: BSD-2-Clause
"""Loaders other than GRUB on the boot medium; QEMU's machines, so without VT-x."""

import os

from harness import BARE, HYPERVISOR, check, output_folder, run_qemu_machine

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
