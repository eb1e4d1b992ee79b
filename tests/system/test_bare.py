# SPDX-License-Identifier: BSD-2-Clause
"""Bare-metal guests that check, from inside, what a guest sees of the processor and its interrupts."""

from harness import BARE, check, run_bochs


def run_guest(guest, label, words="", vm="", cores=2):
	config = f"[host]\nwhen_done = poweroff\n[vm bare]\nkernel = guest\nmemory = 32M\n{vm}\n"
	run = run_bochs(f"bare_{guest}_{label}", config, [(BARE / f"{guest}.elf", "guest")], words,
		arguments=("--cores", cores))
	return run.expect_power_off()


def run_checks(guest, label, *arguments, **named):
	run = run_guest(guest, label, *arguments, **named)
	run.expect("PASS", "bare: 0 failed")
	check("FAIL " not in run.serial, f"a check failed, see {run.out}/serial.log")


def hide(features):
	return f"hide={features}" if features else ""


def test_bare_interrupts():
	run_checks("interrupts", "")


def test_bare_processor():
	run_checks("processor", "")


def test_bare_debug():
	"""Debug exceptions, on a processor that refuses entries whose single step is not pending, and without APICv."""
	run_checks("debug", "")
	run_checks("debug", "poorest", hide("apicv,tpr-shadow,unrestricted-guest,virtual-nmis,preemption-timer"))


def test_bare_startup():
	"""A second vCPU by INIT and SIPI, or the mailbox, on a core of its own and on the first one's."""
	run_checks("startup", "two_cores", vm="vcpus = 2\ncores = 1,2", cores=3)
	for number, features in enumerate(("", "posted-interrupts", "apicv", "preemption-timer",
			"unrestricted-guest")):
		run_checks("startup", f"one_core_{number}", hide(features), vm="vcpus = 2\ncores = 1,1")


def test_bare_restart():
	run_checks("restart", "", vm="restarts = always")


def test_bare_triple_fault():
	"""A guest that dies at once takes nothing with it: the hypervisor tells why, starts it again after
	pauses, and gives up."""
	run = run_guest("triple_fault", "", vm="restarts = 2")
	run.expect("bare: restarting: vCPU 0: triple fault (rip 0x", "starts again in 1 s (1 of 2)",
		"starts again in 2 s (2 of 2)", "bare: given up: it has ended within 10 s of its start 3 times in a row")
	starts = run.serial.count("about to take a triple fault")
	check(starts == 3, f"it started {starts} times, expected 3, see {run.out}/serial.log")


def test_bare_unknown_mmio():
	run_guest("unknown_mmio", "").expect(
		"write of 4 bytes to 0xfd000000, where there is no device")
