# SPDX-License-Identifier: BSD-2-Clause
"""The serial console at other places than COM1, by name and by ACPI; without one."""

import re
import struct

from harness import BARE, OVMF, check, make_iso, output_folder, run_bochs, run_qemu, run_qemu_machine

CONFIG = "[host]\nio_cores = 1\n"
MONITOR = "sluice>"
EARLY = "Sluice, loaded by GRUB"
AUTO, BAUD_57600 = "by ACPI's SPCR", 6


def make_spcr(out, address, irq, baud, memory=False, revision=2):
	"""QEMU's options for a table that names a UART: what follows the common header."""
	table = struct.pack("<B3xBBBBQ", 0x12 if memory else 0, 0 if memory else 1, 8, 0, 1, address)
	table += struct.pack("<BBIBBBBBB", 3 if irq else 0, irq, irq, baud, 0, 1, 0, 0, 0)
	table += struct.pack("<HHBBBIBI", 0xffff, 0xffff, 0, 0, 0, 0, 0, 0)
	(out / "spcr").write_bytes(table)
	return ["-acpitable", f"sig=SPCR,rev={revision},data={out}/spcr"]


def boot(name, *arguments, until=MONITOR, cmdline="", config=CONFIG, **more):
	return run_qemu(name, until, config, cmdline=cmdline, arguments=arguments, seconds=60, **more)


def test_serial_by_name():
	"""By the command line from the first line on, by the configuration, and both."""
	run = boot("serial_by_command_line", cmdline="serial=com2,57600", com=2)
	run.expect(EARLY, "serial port 0x2f8, 57600 baud, by the command line", MONITOR)
	run = boot("serial_by_configuration", config=CONFIG + "serial = com3\n", com=3)
	run.expect(EARLY, "serial port 0x3e8, 115200 baud, by the configuration", MONITOR)
	run = boot("serial_by_both", cmdline="serial=0x2e8", config=CONFIG + "serial = com3\n", com=4)
	run.expect(EARLY, "serial port 0x2e8, 115200 baud, by the command line", MONITOR)


def test_serial_of_grub():
	"""An image for COM2: GRUB writes there, too."""
	out = output_folder("serial_of_grub")
	iso = make_iso(out, CONFIG, serial="com2,57600", grub=("echo GRUB was here",))
	run = run_qemu_machine("serial_of_grub", MONITOR, "-cdrom", iso, com=2, seconds=60)
	run.expect("GRUB was here", EARLY, "serial port 0x2f8, 57600 baud, by the command line", MONITOR)


def test_serial_by_acpi():
	out = output_folder("serial_by_acpi")
	spcr = make_spcr(out, 0x2f8, 3, BAUD_57600)
	run = boot("serial_by_acpi", *spcr, com=2, cmdline="log=debug")
	run.expect(EARLY, f"serial port 0x2f8, 57600 baud, {AUTO}", "console: vector", MONITOR)
	uefi = ["-machine", "q35", "-drive", f"if=pflash,format=raw,readonly=on,file={OVMF[0]}", "-drive",
		f"if=pflash,format=raw,snapshot=on,file={OVMF[1]}"]
	run = boot("serial_by_acpi_uefi", *uefi, *spcr, com=2)
	run.expect(EARLY, f"serial port 0x2f8, 57600 baud, {AUTO}", MONITOR)
	# Where the table is wrong the user may be right.
	run = boot("serial_against_acpi", *make_spcr(out, 0x3f8, 4, 0), cmdline="serial=com2", com=2)
	run.expect(EARLY, MONITOR)


def test_serial_without_interrupts():
	"""A UART whose interrupt is none of ISA's is polled: all of a long list comes."""
	spcr = make_spcr(output_folder("serial_without_interrupts"), 0x2f8, 0, 0)
	run = boot("serial_without_interrupts", *spcr, com=2, cmdline="log=debug")
	run.expect(EARLY, "console: without interrupts, polled", "PCI: 6 devices", MONITOR)
	check("output lost" not in run.serial, run.serial)


def test_serial_on_pci():
	"""A PCI function's UART where SeaBIOS puts it; the scan for devices leaves it alone."""
	run = boot("serial_on_pci", "-nic", "none", "-device", "pci-serial,chardev=log", com=0,
		cmdline="serial=0xc010 log=debug")
	run.expect(EARLY, "serial port 0xc010, 115200 baud", "1b36:0002 class 070002", MONITOR)


def test_serial_refusals():
	"""What ends the boot is said before it is known which port is the console's, on every one; and after."""
	run = boot("serial_early_refusal", until="cannot start", com=2, memory=24)
	run.expect(EARLY, "too little memory")
	run = boot("serial_wrong", until="cannot start", cmdline="serial=com7", com=1)
	run.expect('command line: "com7": expected auto, no, com1 to com4')
	run = boot("serial_late_refusal", until="cannot start", config=CONFIG + "serial = com2\ncolour = red\n", com=2)
	run.expect('line 4: "colour"')


def test_serial_none():
	"""A machine without a UART, named or not, and one whose UART is not to be used: the screen shows all."""
	for com, cmdline in ((0, ""), (0, "serial=com1"), (1, "serial=no")):
		run = boot(f"serial_none_{cmdline}", com=com, cmdline=cmdline, on_screen=True)
		check(not run.serial, run.serial)
		check(MONITOR in run.vga, f"expected the monitor on the screen:\n{run.vga}")


CHATTER_LINES = 1000  # 58 KB, of which the buffer holds half


def count_lines(run):
	"""The numbers of the guest's lines that came, in their order."""
	numbers = [int(number) for number in re.findall(r"chatter: line (\d+) of sixty characters or so, without a pause\r?\n",
		run.serial)]
	check(numbers == sorted(set(numbers)), f"lines doubled or out of order: {run.out}/serial.log")
	return len(numbers)


def run_chatter(name, console):
	config = (f"[host]\nwhen_done = poweroff\n[vm bare]\nkernel = chatter\nmemory = 32M\nconsole = {console}\n"
		f"cmdline = lines={CHATTER_LINES}\n")
	return run_bochs(name, config, [(BARE / "chatter.elf", "chatter")]).expect_power_off()


def test_chatter_on_console():
	"""A guest's own console is as slow as the wire, and loses nothing."""
	run = run_chatter("chatter_on_console", "yes")
	check("output lost" not in run.serial, f"output lost: {run.out}/serial.log")
	check(count_lines(run) == CHATTER_LINES, f"{count_lines(run)} of {CHATTER_LINES} lines")


def test_chatter_in_log():
	"""Nobody waits for the serial port because of a guest's lines in the log: some are lost, and counted; what the
	machine says afterwards is there."""
	run = run_chatter("chatter_in_log", "no")
	lost = sum(map(int, re.findall(r"(\d+) characters of output lost", run.serial)))
	check(lost > 10_000, f"{lost} characters lost: {run.out}/serial.log")
	check(count_lines(run) < CHATTER_LINES, "all lines are there")
	run.expect("bare: stopping: powered off", "counter core.0.ticks.idle")
