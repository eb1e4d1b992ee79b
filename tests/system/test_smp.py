# SPDX-License-Identifier: BSD-2-Clause
"""Several vCPUs and several guests: interrupts between vCPUs, and how cores are shared."""

from harness import BARE, check, run_bochs

# Between these ticks, in millions, guests are busy; booting takes less.
START, END = 400, 500
BUSY = (END - START) * 1_000_000


def run_guests(name, host, guests, cores):
	"""guests: (name, program, lines of configuration, command line)."""
	programs = sorted({program for _, program, _, _ in guests})
	config = f"[host]\nwhen_done = poweroff\n{host}\n"
	for guest, program, lines, cmdline in guests:
		config += (f"[vm {guest}]\nkernel = {program}\nmemory = 32M\n{lines}\n"
			f"cmdline = start={START} end={END} {cmdline}\n")
	run = run_bochs(name, config, [(BARE / f"{program}.elf", program) for program in programs],
		arguments=("--cores", cores, "--memory", 512))
	run.expect_power_off()
	check("FAIL " not in run.serial, f"a check failed, see {run.out}/serial.log")
	for guest, *_ in guests:
		run.expect(f"{guest}: 0 failed")
	return run


def guest_ticks(run, guest, vcpus=1):
	return sum(run.counters[f"vm.{guest}.vcpu{vcpu}.guest_ticks"] for vcpu in range(vcpus))


def exits(run, guest, vcpus, *reasons):
	"""For these reasons; without any: all."""
	total = 0
	for vcpu in range(vcpus):
		prefix = f"vm.{guest}.vcpu{vcpu}.exits."
		total += sum(value for name, value in run.counters.items()
			if name.startswith(prefix) and (not reasons or name[len(prefix):] in reasons))
	return total


def sent(run):
	"""IPIs that the guest's storms have sent: commands of its local APICs."""
	return sum(int(line.split("sent ")[1].split()[0]) for line in run.serial.splitlines()
		if "sent " in line)


def test_ipi_storm():
	"""A sender's IPI costs one exit, a receiver's none; nothing is lost, in both APIC modes."""
	run = run_guests("ipi_storm", "", [("smp", "ipi", "vcpus = 8", "vcpus=8 rounds=60 timers=0")], 9)
	caused = exits(run, "smp", 8) - exits(run, "smp", 8, "io", "cpuid", "cr-access", "rdmsr")
	starting = 8 * 20 # exits for other writes to APICs and MSRs
	check(sent(run) <= caused <= sent(run) + starting,
		f"{sent(run)} IPIs caused {caused} exits, see {run.out}/serial.log")


def test_timers():
	"""Each vCPU has a timer of its own, in the middle of a storm."""
	run_guests("timers", "", [("smp", "ipi", "vcpus = 8", "vcpus=8 rounds=40 timers=30")], 9)


def test_ipi_storm_on_few_cores():
	"""The same with more vCPUs than cores, and with each way of delivering interrupts."""
	for hide in ("", "posted-interrupts", "apicv"):
		run_guests(f"ipi_storm_few_{hide}", f"hide = {hide}\n" if hide else "",
			[("smp", "ipi", "vcpus = 4\ncores = 1,1,2,2", "vcpus=4 rounds=20"),
			("other", "busy", "cores = 2", "")], 3)


def test_fair_between_guests():
	"""Three busy guests on one core get the same, one with three vCPUs there included."""
	run = run_guests("fair", "", [
		("one", "busy", "cores = 1", ""),
		("three", "busy", "vcpus = 3\ncores = 1,1,1", "vcpus=3"),
		("another", "busy", "cores = 1", "")], 2)
	ticks = {name: guest_ticks(run, name, vcpus)
		for name, vcpus in (("one", 1), ("three", 3), ("another", 1))}
	check(min(ticks.values()) > 0.95 * max(ticks.values()), f"not even: {ticks}")
	check(sum(ticks.values()) > 0.9 * BUSY, f"the guests got {ticks} of {BUSY} ticks")


def test_weights():
	run = run_guests("weights", "", [
		("light", "busy", "cores = 1", ""),
		("heavy", "busy", "cores = 1\nweight = 300", "")], 2)
	ratio = guest_ticks(run, "heavy") / guest_ticks(run, "light")
	check(2.85 < ratio < 3.15, f"three times the weight gives {ratio:.2f} times the ticks")


def handovers(run):
	return int(run.serial.split("handovers ")[1].split()[0])


def locker(label, cores, host, *others):
	vcpus = cores.count(",") + 1
	run = run_guests(f"directed_yield_{label}", host,
		[("locker", "spinlock", f"vcpus = {vcpus}\ncores = {cores}", f"vcpus={vcpus}"), *others], 3)
	return run, handovers(run)


def test_directed_yield():
	"""A vCPU that holds a lock, or is next to get it, is not kept waiting by those that spin."""
	busy = ("other", "busy", "cores = 1", "")
	run, yielding = locker("one_core", "1,1", "", busy)
	_, control = locker("one_core_control", "1,1", "hide = pause-loop-exiting", busy)
	check(yielding > 5 * control,
		f"{yielding} hand-overs of a lock with directed yield, {control} without")
	check(guest_ticks(run, "other") > 0.45 * BUSY,
		f"the other guest got {guest_ticks(run, 'other')} of {BUSY} ticks")


def test_directed_yield_to_other_core():
	_, yielding = locker("two_cores", "1,2,1", "")
	_, control = locker("two_cores_control", "1,2,1", "hide = pause-loop-exiting")
	check(yielding > 5 * control,
		f"{yielding} hand-overs of a lock with directed yield, {control} without")
