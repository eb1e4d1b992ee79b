# SPDX-License-Identifier: BSD-2-Clause
"""On the machines of a QEMU with vfio-user, without VT-x: both chipsets, both kinds of firmware, every
kind of boot medium; the card, and its self-test by the emulated 82599 behind a socket."""

import os
import re
import subprocess
import sys
import tempfile

from harness import ROOT, Run, check, find_new_qemu, make_iso, output_folder
from neighbour import Neighbour

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


def run_beside_neighbour(name, **options):
	"""The self-test, whose checks without the wire must pass."""
	with tempfile.TemporaryDirectory() as folder:
		neighbour = Neighbour(f"{folder}/wire", **options)
		neighbour.start()
		run = run_machine(f"qemu_{name}", "--cores", 3, "--nic", "10fb", "--wire", f"peer={folder}/wire")
	check(neighbour.talked > 20, f"the neighbour sent {neighbour.talked} frames")
	passed = re.findall(r"selftest: PASS (\S+)", run.serial)
	check(sum(not name.startswith("wire.") for name in passed) == 14, f"passed {passed}")
	return run


def test_qemu_neighbour_talks():
	"""On a network where nobody sends frames back: the wire's checks are skipped."""
	run = run_beside_neighbour("neighbour", answers=False)
	check(re.search(r"SKIP wire: nothing on the wire sends frames back; [1-9]\d* frames of others came", run.serial),
		"the wire's checks are not skipped, or without a reason")
	run.expect("selftest: 14 passed, 0 failed, 1 skipped")


def test_qemu_neighbour_talks_and_answers():
	"""Frames of others are ignored; only what the card counts, theirs among it, cannot be judged."""
	run = run_beside_neighbour("neighbour_answers")
	check("selftest: FAIL" not in run.serial, "\n".join(re.findall(r"selftest: FAIL.*", run.serial)))
	check(re.search(r"SKIP wire.statistics: [1-9]\d* frames of others came", run.serial), "not skipped")
	run.expect("selftest: 21 passed, 0 failed, 1 skipped")


def test_qemu_neighbour_spoils_frames():
	"""A fault of ours fails, whatever others send."""
	run = run_beside_neighbour("neighbour_spoils", spoils=True)
	check(re.search(r"FAIL wire.frames: flow \d+, frame \d+ of \d+ bytes: byte \d+ is", run.serial),
		"the wrong byte was not found")


def test_qemu_without_apt():
	"""Where no QEMU can be fetched, the reason is said."""
	with tempfile.TemporaryDirectory() as folder:
		done = subprocess.run([sys.executable, ROOT / "tools/qemu/fetch"], capture_output=True, text=True,
			env=dict(os.environ, XDG_CACHE_HOME=folder, PATH=folder))
	check(done.returncode == 1 and not done.stdout, f"status {done.returncode}, {done.stdout}")
	check("qemu-system-x86_64 is not installed; apt knows no Debian mirror, or is absent" in done.stderr, done.stderr)
