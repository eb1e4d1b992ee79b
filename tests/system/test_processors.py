# SPDX-License-Identifier: BSD-2-Clause
"""Guests on processors that lack parts of VT-x: real models, and features hidden one by one and all."""

from harness import BARE, check, run_bochs
from processors import HIDDEN, MODELS, POOREST, Processor
from test_linux import run_smoke

# What a guest sees of the processor, its interrupts, and a second vCPU; and on which cores.
GUESTS = {"processor": "1", "interrupts": "2", "startup": "3,4"}


def check_guests(processor, label):
	"""All at once, on one machine."""
	config = "[host]\nwhen_done = poweroff\n" + "".join(
		f"[vm {guest}]\nkernel = {guest}\nmemory = 32M\ncores = {cores}\nvcpus = {len(cores.split(','))}\n"
		for guest, cores in GUESTS.items())
	run = run_bochs(f"cpu_{label}", config, [(BARE / f"{guest}.elf", guest) for guest in GUESTS],
		processor.words, arguments=("--cores", 5, *processor.arguments))
	run.expect_power_off().expect(*(f"{guest}: 0 failed" for guest in GUESTS))
	check("FAIL " not in run.serial, f"a check failed, see {run.out}/serial.log")
	return next(line for line in run.serial.splitlines() if "missing: " in line).split("missing: ")[1]


def test_real_processors():
	"""Haswell, Sandy Bridge, Nehalem: each is found to lack what it lacks."""
	for model, lacking in MODELS:
		missing = check_guests(Processor(model, model), model)
		for feature in lacking.split(", "):
			check(feature in missing, f"{model} lacks {feature}, but \"missing: {missing}\"")


def test_hidden_features():
	for number, processor in enumerate(HIDDEN):
		check_guests(processor, f"hidden_{number}")


def test_arch_capabilities():
	"""A processor that tells what it is not susceptible to, and so does its guest's."""
	run = run_bochs("arch_capabilities", "[host]\nwhen_done = poweroff\n[vm bare]\nkernel = guest\nmemory = 32M\n",
		[(BARE / "processor.elf", "guest")], arguments=("--cores", 2, "--cpu", "tigerlake"))
	run.expect_power_off().expect("PASS IA32_ARCH_CAPABILITIES tells of no MSR that is not there", "bare: 0 failed")


def test_no_ept():
	"""A processor with VT-x, but not enough of it."""
	run = run_bochs("no_ept", "[host]\n[vm bare]\nkernel = hello\nmemory = 32M\n", [(BARE / "hello.elf", "hello")],
		arguments=("--cores", 2, "--cpu", "core2_penryn_t9600", "--ticks", 400_000_000))
	run.expect("VT-x: the processor's VT-x has no EPT: guests cannot start")


def test_poorest_processor():
	"""All that can be hidden at once: bare guests, and real traffic through Linux."""
	check_guests(POOREST, "poorest")
	result = run_smoke("smoke_poorest", "--megabytes", "1", "--host", POOREST.words)
	check(result["exits"].get("preemption-timer", 0) == 0, "exits of a timer that is hidden")
	check(result["virtual_interrupts"] > 100, "expected interrupts to have been posted")
