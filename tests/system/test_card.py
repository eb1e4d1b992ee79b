# SPDX-License-Identifier: BSD-2-Clause
"""Which of two cards is used, and what is said of them: by default, by address, by MAC address, by mistake."""

from harness import check, run_bochs
from test_qemu import CONFIG, run_machine

FIRST, SECOND = "52:54:00:12:34:56", "52:54:00:12:34:57"
PASSED = "selftest: 22 passed, 0 failed, 0 skipped"


def run_two_cards(name, card, wires):
	"""The self-test in Bochs with two cards, with these wires. An SR module has no link before it is set up."""
	config = "[host]\nio_cores = 2\nselftest = yes\nwhen_done = poweroff\n" + (f"card = {card}\n" if card else "")
	arguments = ["--memory", 256, "--ticks", 8_000_000_000, "--nic", "10fb", "--module", "sr", "--wire", wires[0],
		"--nic2", "10f7", "--wire2", wires[1]]
	run = run_bochs(name, config, arguments=arguments).expect_power_off()
	return run.expect(f"NIC 00:02.0: 8086:10fb, subsystem 8086:0003, MAC {FIRST}, link unknown",
		f"NIC 00:03.0: 8086:10f7, subsystem 8086:0003, MAC {SECOND}, link up")


def test_card_default():
	run_two_cards("card_default", None, ("echo", "none")).expect(PASSED,
		"NIC 00:02.0 is used, the first of 2 that works",
		"warning: NIC 00:02.0 showed no link, but 00:03.0 did: card = 00:03.0 uses that one")


def test_card_by_address():
	run = run_two_cards("card_by_address", "00:03.0", ("none", "echo")).expect(PASSED,
		"NIC 00:03.0 is used, as configured")
	check("00:02.0: 82599" not in run.serial, "the other card was probed")


def test_card_by_mac():
	run_two_cards("card_by_mac", f"mac={SECOND}", ("none", "echo")).expect(PASSED)


def run_in_slot(name, slot, *lines):
	run = run_bochs(name, "[host]\nio_cores = 2\nselftest = yes\n", arguments=("--memory", 256, "--ticks",
		200_000_000, "--nic", "10fb", "--wire", "none", *slot))
	run.expect(*lines)


def test_card_in_narrow_slot():
	run_in_slot("card_narrow", ("--pcie", "x4@2.5"), "warning: PCI 00:02.0: PCIe x4 at 2.5 GT/s, 8.0 Gb/s: too "
		"little for its port; it can do x8 at 5.0 GT/s, its slot is not told")


def test_card_in_wide_slot():
	run_in_slot("card_wide", (), "] PCI 00:02.0: PCIe x8 at 5.0 GT/s, 32.0 Gb/s; it can do x8 at 5.0 GT/s")


def test_card_not_there():
	run = run_two_cards("card_not_there", "00:04.0", ("echo", "echo"))
	run.expect("card = 0000:00:04.0: no 82599 is there; expected one of the 2 listed above",
		"selftest: FAIL card: no network card that works")


def test_card_in_qemu():
	"""Behind root ports, which the firmware has left shut for both."""
	run = run_machine("card_in_qemu", "--enforce-bridges", "--memory", 1024, "--nic", "10fb", "--wire", "none",
		"--nic2", "10fb", "--wire2", "echo", config=CONFIG + f"card = mac={SECOND}\n",
		grub=("setpci -s 00:11.0 4.w=0", "setpci -s 00:12.0 4.w=0")).expect_power_off()
	run.expect(f"NIC 01:00.0: 8086:10fb, subsystem 8086:0003, MAC {FIRST}", "NIC 02:00.0 is used, as configured",
		PASSED)
	check("01:00.0: 82599" not in run.serial, "the other card was probed")
