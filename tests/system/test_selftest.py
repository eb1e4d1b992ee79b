# SPDX-License-Identifier: BSD-2-Clause
"""The driver's self-test: every check, on both flavours of the card, with and without VT-x."""

import re

from harness import check, run_bochs, tail

# Each comes when traffic has resumed after the one before.
FAULTS = (
	("link-down", "link-down:300ms"),
	("stall-tx", "stall-tx:0"),
	("stall-rx", "stall-rx:1"),
	("lose-interrupt", "lose-interrupt:0"),
	("corrupt-rx", "corrupt-rx:0"),
	("corrupt-tx", "corrupt-tx:0"),
	("dma-error", "dma-error"),
	("remove", "remove"),
)
# A card that takes its time for everything, with management firmware that uses its link beside us.
SLOW = ["0s:manage:1"] + [f"0s:slow:{wait}:{time}" for wait, time in (
	("reset", "15ms"), ("master", "150ms"), ("nvm-loaded", "300ms"), ("nvm-read", "50us"), ("dma-ready", "300ms"),
	("rx-enable", "5ms"), ("rx-disable", "5ms"), ("tx-enable", "5ms"), ("tx-disable", "5ms"), ("secrx", "60ms"),
	("autoneg", "20ms"), ("firmware", "800ms"))]
FIRST_FAULT, BETWEEN_FAULTS = 6, 5  # seconds
TRAFFIC = ("frames", "jumbo", "vlan", "checksum", "segmentation", "rss", "statistics", "restart")
CHECKS = (["card", "link", "stop"] + [f"loopback.{name}" for name in TRAFFIC]
	+ [f"interrupts.{name}" for name in ("vectors", "masking", "moderation")])
WIRE_CHECKS = [f"wire.{name}" for name in TRAFFIC]


def run_selftest(name, queues, nic="10fb", wire="echo", hide="", faults=(), always=(), ticks=8_000_000_000):
	config = (f"[host]\nio_cores = {queues}\nselftest = yes\nwhen_done = poweroff\n"
		+ (f"hide = {hide}\n" if hide else "")
		+ (f"selftest_faults = {', '.join(n for n, _ in faults)}\n" if faults else ""))
	arguments = ["--cores", queues, "--memory", 256, "--nic", nic, "--wire", wire, "--ticks", ticks]
	for fault in always:
		arguments += ["--fault", fault]
	for i, (_, fault) in enumerate(faults):
		arguments += ["--fault", f"{FIRST_FAULT + i * BETWEEN_FAULTS}s:{fault}"]
	run = run_bochs(name, config, (), arguments=arguments).expect_power_off()
	check("selftest: FAIL" not in run.serial, "\n".join(re.findall(r"selftest: FAIL.*", run.serial)))
	expected = CHECKS + (WIRE_CHECKS if wire == "echo" else []) + [f"recovery.{n}" for n, _ in faults]
	passed = re.findall(r"selftest: PASS (\S+)", run.serial)
	check(sorted(passed) == sorted(expected),
		f"passed {sorted(passed)}, expected {sorted(expected)}:\n{tail(run.serial)}")
	run.expect(f"selftest: {len(expected)} passed, 0 failed", f"{queues} queues, ")
	defects = run.model()
	check(defects["driver_defects"] == 0, f"the model counted defects: {defects['defects']}")
	return run


def test_selftest_sfp_four_queues():
	run_selftest("selftest_sfp_4", 4)


def test_selftest_sfp_one_queue_without_vtx():
	run_selftest("selftest_sfp_1", 1, hide="vmx").expect("guests cannot start")


def test_selftest_backplane_one_queue():
	run_selftest("selftest_kx4_1", 1, nic="10f7")


def test_selftest_backplane_four_queues_without_vtx():
	run_selftest("selftest_kx4_4", 4, nic="10f7", hide="vmx")


def test_selftest_without_echo():
	"""A cable to nowhere: what needs an echo is skipped, with the reason."""
	run_selftest("selftest_no_echo", 2, wire="none").expect(
		"selftest: SKIP wire: nothing on the wire sends frames back", "1 skipped")


def test_selftest_recovers():
	"""From every fault; and a second run is the same to the tick and the bit."""
	first, second = (run_selftest(f"selftest_faults_{i}", 2, faults=FAULTS) for i in (1, 2))
	check(first.serial == second.serial, f"{first.out} and {second.out}: the logs differ")
	check(first.model() == second.model(), f"{first.out} and {second.out}: the counters differ")


def test_selftest_backplane_recovers_without_vtx():
	run_selftest("selftest_faults_kx4", 4, nic="10f7", hide="vmx", faults=FAULTS)


def test_selftest_slow_managed_card():
	"""Requests outstanding at every reset, an input that is not quiet in time: warnings, and all works."""
	run = run_selftest("selftest_slow", 2, always=SLOW, ticks=40_000_000_000)
	run.expect("so the reset is done twice", "the receiver is enabled under traffic",
		"management firmware has traffic here")


def test_selftest_without_card():
	config = "[host]\nselftest = yes\nwhen_done = poweroff\n"
	run = run_bochs("selftest_no_card", config, (), arguments=("--nic", "none")).expect_power_off()
	run.expect("selftest: FAIL card: no network card that works, expected one",
		"selftest: 0 passed, 1 failed, 0 skipped")
