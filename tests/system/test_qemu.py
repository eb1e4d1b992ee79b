# SPDX-License-Identifier: BSD-2-Clause
"""On the machines of a QEMU with vfio-user, without VT-x: both chipsets, both kinds of firmware, every
kind of boot medium; the card, and its self-test by the emulated 82599 behind a socket."""

import os
import re
import subprocess
import sys
import tempfile

from harness import ROOT, Run, check, find_new_qemu, make_iso, output_folder

CONFIG = "[host]\nio_cores = 2\nselftest = yes\nwhen_done = poweroff\n"
# Two processors of three cores: the APIC ids 3 and 7 do not exist.
CORES, SOCKETS = 6, 2
# Reaches beyond the hole below 4 GB; QEMU takes only what is used.
MEMORY = 6144
FOUR_GB = 1 << 32
NO_VTX = "guests cannot start"
NO_ECAM, ECAM = "PCI: configuration by ports", "by ECAM at"


def run_machine(name, *arguments, config=CONFIG, grub=()):
	"""Boots the self-test, or what config says, in tools/qemu/machine."""
	qemu = find_new_qemu()
	out = output_folder(name)
	iso = make_iso(out, config, grub=grub)
	command = [ROOT / "tools/qemu/machine", "--iso", iso, "--out", out, "--wall", "240", "--qemu", qemu,
		*map(str, arguments)]
	with open(out / "machine.log", "w") as log:
		status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
	return Run(out, status).expect_power_off()


def run_selftest(machine, firmware, medium, *options, nic="10fb"):
	name = "_".join([machine, firmware, medium, *(option.strip("-") for option in options)])
	run = run_machine(f"qemu_{name}", *options, "--machine", machine, "--firmware", firmware,
		"--medium", medium, "--cores", CORES, "--sockets", SOCKETS, "--memory", MEMORY, "--nic", nic,
		"--wire", "echo")
	no_screen = "there is no text screen" in run.serial
	check(no_screen == (firmware == "uefi"), f"no text screen: {no_screen}, by {firmware}")
	run.expect(NO_VTX, f"cores: {CORES} running", ECAM if machine == "q35" else NO_ECAM)
	check("selftest: FAIL" not in run.serial, "\n".join(re.findall(r"selftest: FAIL.*", run.serial)))
	run.expect("selftest: 22 passed, 0 failed, 0 skipped")
	usable = re.search(r"memory: (\d+) MB usable", run.serial)
	check(usable and MEMORY - 32 < int(usable[1]) <= MEMORY, f"expected about {MEMORY} MB: {usable}")
	registers = re.search(r"BAR 0 at (0x[0-9a-f]+)", run.serial)
	check(registers and int(registers[1], 16) >= FOUR_GB, f"expected BAR 0 above 4 GB: {registers}")
	defects = run.model()
	check(defects["driver_defects"] == 0, f"the model counted defects: {defects['defects']}")


def test_qemu_q35_bios_cd():
	run_selftest("q35", "bios", "cd")


def test_qemu_q35_uefi_usb():
	run_selftest("q35", "uefi", "usb")


def test_qemu_q35_bios_usb():
	run_selftest("q35", "bios", "usb")


def test_qemu_q35_uefi_disk():
	run_selftest("q35", "uefi", "disk", nic="10f7")


def test_qemu_pc_bios_disk():
	run_selftest("pc", "bios", "disk")


def test_qemu_pc_uefi_cd():
	run_selftest("pc", "uefi", "cd")


def test_qemu_dma_by_messages():
	run_selftest("q35", "bios", "cd", "--private-memory")


def test_qemu_without_apt():
	"""Where no QEMU can be fetched, the reason is said."""
	with tempfile.TemporaryDirectory() as folder:
		done = subprocess.run([sys.executable, ROOT / "tools/qemu/fetch"], capture_output=True, text=True,
			env=dict(os.environ, XDG_CACHE_HOME=folder, PATH=folder))
	check(done.returncode == 1 and not done.stdout, f"status {done.returncode}, {done.stdout}")
	check("qemu-system-x86_64 is not installed; apt knows no Debian mirror, or is absent" in done.stderr, done.stderr)
