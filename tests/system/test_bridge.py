# SPDX-License-Identifier: BSD-2-Clause
"""The card behind a bridge that firmware left shut: emulated bridges refuse what silicon would."""

import re

from harness import check, run_bochs
from test_qemu import run_machine

SELFTEST = "[host]\nio_cores = 2\nselftest = yes\nwhen_done = poweroff\n"
# Of the i440BX's bridge 00:01.0: Command, without bus mastering as after ExitBootServices, or without anything.
NO_MASTER, SHUT = "setpci -s 00:01.0 4.w=0x0103", "setpci -s 00:01.0 4.w=0"
# The same of the root port in QEMU.
PORT_NO_MASTER, PORT_SHUT = "setpci -s 00:11.0 4.w=0x0103", "setpci -s 00:11.0 4.w=0"
# The card's Power Management control in D3.
ASLEEP = "setpci -s 01:00.0 44.w=3"
REFUSED = "unsupported request"


def expect_all(run, log):
	"""The self-test passed, and the bridge refused nothing meanwhile."""
	check("selftest: FAIL" not in run.serial, "\n".join(re.findall(r"selftest: FAIL.*", run.serial)))
	run.expect("selftest: 22 passed, 0 failed, 0 skipped", "01:00.0: 82599")
	defects = run.model()
	check(defects["driver_defects"] == 0, f"the model counted defects: {defects['defects']}")
	check(REFUSED not in (run.out / log).read_text(errors="replace"), "the bridge refused requests of the card")


def run_in_lab(name, *commands):
	expect_all(run_bochs(name, SELFTEST, grub=commands, arguments=("--bridge", "--memory", 256, "--nic", "10fb",
		"--wire", "echo", "--ticks", 8_000_000_000)).expect_power_off(), "bochs.log")


def run_in_qemu(firmware, command):
	expect_all(run_machine(f"bridge_qemu_{firmware}", "--enforce-bridges", "--firmware", firmware, "--nic", "10fb",
		"--wire", "echo", grub=(command,)), "card.log")


def test_bridge_without_bus_mastering():
	run_in_lab("bridge_no_master", NO_MASTER)


def test_bridge_shut():
	run_in_lab("bridge_shut", SHUT)


def test_bridge_card_asleep():
	"""In D3, behind a shut bridge: BARs and all else are lost on the way to D0."""
	run_in_lab("bridge_card_asleep", ASLEEP, SHUT)


def test_bridge_qemu_without_bus_mastering():
	run_in_qemu("bios", PORT_NO_MASTER)


def test_bridge_qemu_uefi_shut():
	run_in_qemu("uefi", PORT_SHUT)
