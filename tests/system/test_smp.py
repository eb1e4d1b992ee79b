# SPDX-License-Identifier: BSD-2-Clause
"""Several vCPUs and several guests: interrupts between vCPUs, and how cores are shared."""

import re

from harness import BARE, INITRD, KERNEL, LINUX_CMDLINE, check, run_bochs

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
	for hide in ("", "posted-interrupts", "apicv", "unrestricted-guest,x2apic,true-controls"):
		run_guests(f"ipi_storm_few_{hide.partition(',')[0]}", f"hide = {hide}\n" if hide else "",
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


def test_wake_up_latency():
	"""One that sleeps most of the time has the core at once when it wakes up."""
	run = run_guests("latency", "", [
		("sleeper", "latency", "cores = 1", ""),
		("busy", "busy", "vcpus = 2\ncores = 1,1", "vcpus=2")], 2)
	most, mean = map(int, re.search(r"late most (\d+) mean (\d+)", run.serial).groups())
	check(most < 10_000, f"an interrupt came {most} ticks late, {mean} in the mean")


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


def linux_guest(name, lines, words):
	return (f"[vm {name}]\nkernel = vmlinuz\ninitrd = initrd\nmemory = 192M\n{lines}\n"
		f"cmdline = {LINUX_CMDLINE} sluice.poweroff=1 {words}\n")


LINUX = [(KERNEL, "vmlinuz"), (INITRD, "initrd")]


def run_linux(name, lines, words, cores):
	"""A guest of 8 CPUs, which checks itself."""
	config = "[host]\nwhen_done = poweroff\n" + linux_guest("smp", "vcpus = 8\n" + lines,
		f"sluice.run=smp sluice.cpus=8 {words}")
	run = run_bochs(name, config, LINUX, arguments=("--cores", cores, "--memory", 512))
	run.expect_power_off().expect("smp: 0 failed")
	check("FAIL " not in run.serial, f"a check failed, see {run.out}/serial.log")
	return run


def test_linux_of_8_cpus():
	"""Shoot-downs, all CPUs off- and online, timers, in x2APIC mode, each vCPU on a core of its own."""
	run = run_linux("linux_8_cpus", "", "cpu0_hotplug", 9)
	run.expect("smp: APIC routing to physical x2apic", "PASS the first CPU goes off- and online")
	check(exits(run, "smp", 8, "hlt", "pause") == 0, "HLT or PAUSE exits on cores of their own")


def test_linux_of_8_cpus_on_4_cores():
	"""The same in xAPIC mode, with two vCPUs on each core."""
	run = run_linux("linux_8_cpus_4_cores", "cores = 1,2,3,4,1,2,3,4", "nox2apic", 5)
	check("smp: APIC routing to physical x2apic" not in run.serial, "the guest uses an x2APIC")


def test_four_guests():
	"""Two of Linux with two CPUs each, two bare ones; among each other and to the wire."""
	config = "[host]\nwhen_done = poweroff\n"
	config += linux_guest("asks", "vcpus = 2\ncores = 1,2\nnet = mac=52:54:00:00:00:11 queues=2\n"
		"net = mac=52:54:00:00:00:12\nnet = mac=52:54:00:00:00:13\nnet = mac=52:54:00:00:00:14",
		"sluice.address=10.0.2.17/24 sluice.gateway=10.0.2.2 sluice.second=10.9.0.1/24 "
		"sluice.run=neighbours sluice.peers=10.0.2.18,10.9.0.2,10.0.2.2 sluice.transfer=10.0.2.18 "
		"sluice.release=10.0.2.18")
	config += linux_guest("serves", "vcpus = 2\ncores = 2,3\nnet = mac=52:54:00:00:00:21 queues=2\n"
		"net = mac=52:54:00:00:00:22",
		"sluice.address=10.0.2.18/24 sluice.gateway=10.0.2.2 sluice.second=10.9.0.2/24 "
		"sluice.run=neighbours sluice.peers=10.0.2.2")
	config += ("[vm takes]\nkernel = traffic\nmemory = 64M\ncores = 4\nnet = mac=52:54:00:00:00:31\n"
		"cmdline = role=sink ip=10.0.2.31\n"
		"[vm makes]\nkernel = traffic\nmemory = 64M\ncores = 5\nnet = mac=52:54:00:00:00:41\n"
		"cmdline = role=source dst_mac=52:54:00:00:00:31 dst_ip=10.0.2.31 pace=100000 send=1800000000 "
		"ip=10.0.2.41 bytes=1000\n")
	run = run_bochs("four_guests", config, [*LINUX, (BARE / "traffic.elf", "traffic")],
		arguments=("--cores", 6, "--memory", 1024, "--nic", "10fb", "--wire", "slirp"))
	run.expect_power_off().expect("asks: neighbours: 4 devices", "asks: neighbours: 0 failed",
		"serves: neighbours: 2 devices", "serves: neighbours: 0 failed", "takes: 0 failed",
		"makes: 0 failed")
	check("FAIL " not in run.serial, f"a check failed, see {run.out}/serial.log")
	frames = re.search(r"takes: traffic: sink frames (\d+) lost 0 reordered 0 duplicated 0 ", run.serial)
	check(frames and int(frames[1]) > 10000, f"the bare guests' traffic: see {run.out}/serial.log")
	check(run.model()["driver_defects"] == 0, f"the card counted defects: {run.model()['defects']}")


def run_flood(test, rate, share=50, wait="poll"):
	"""A guest that takes packets on a core shared with the backend, for half a second."""
	config = ("[host]\nwhen_done = poweroff\nio_cores = 0\nshared_cores = 1\n"
		f"backend_share = {share}\n[vm takes]\nkernel = traffic\nmemory = 64M\ncores = 0\n"
		f"net = mac=52:54:00:00:00:31\ncmdline = role=sink ip=10.0.2.15 wait={wait}\n")
	run = run_bochs(f"{test}_{rate}_{share}_{wait}", config, [(BARE / "traffic.elf", "traffic")],
		arguments=("--cores", 2, "--nic", "10fb", "--wire",
			f"generator=resolve=10.0.2.15;rate={rate};size=64;flows=16;duration=500ms"))
	run.expect_power_off().expect("takes: 0 failed")
	run.frames = int(re.search(r"takes: traffic: sink frames (\d+) ", run.serial)[1])
	return run


def test_flood_on_shared_core():
	"""Throughput does not collapse as the load rises beyond what the core can do."""
	for wait in ("poll", "interrupt"):
		most = run_flood("flood", "400000pps", wait=wait).frames
		flooded = run_flood("flood", "line", wait=wait).frames
		check(flooded > 0.9 * most > 50_000,
			f"{wait}: {flooded} packets at line rate, {most} at 400,000 a second")


def test_flooded_backend_has_its_share():
	"""Neither it nor a guest that polls starves."""
	for share in (20, 50, 80):
		ticks = run_flood("flood_share", "line", share).counters["core.0.ticks.backend"] / 50_000_000
		check(abs(ticks - share / 100) < 0.08,
			f"the backend's share is {share} %, and it had {ticks:.0%} of the time")


def test_backend_interrupts_busy_guest():
	"""A backend with little to do does not wait for the turn of a busy guest on its core to end."""
	config = ("[host]\nwhen_done = poweroff\nio_cores = 0\nshared_cores = 1\n"
		f"[vm busy]\nkernel = busy\nmemory = 32M\ncores = 0\ncmdline = start={START} end={END}\n"
		"[vm echo]\nkernel = traffic\nmemory = 64M\ncores = 1\nnet = mac=52:54:00:00:00:31\n"
		"cmdline = role=echo ip=10.0.2.15 wait=interrupt\n")
	run = run_bochs("backend_latency", config,
		[(BARE / "traffic.elf", "traffic"), (BARE / "busy.elf", "busy")],
		arguments=("--cores", 2, "--nic", "10fb", "--wire",
			"generator=resolve=10.0.2.15;rate=2000pps;start=4100ms;duration=700ms;flows=16"))
	run.expect_power_off().expect("busy: 0 failed", "echo: 0 failed")
	sink = run.model()["sink"]
	latency = sink["latency_ps"]["p99"] / 1e6
	check(sink["missing"] == 0 and latency < 200, f"{sink['missing']} echoes missing, the others "
		f"take up to {latency:.0f} us, see {run.out}/counters.json")


def test_neighbour_restarts():
	"""A guest that starts anew again and again costs its neighbours' traffic nothing."""
	config = ("[host]\nwhen_done = poweroff\n"
		"[vm takes]\nkernel = traffic\nmemory = 64M\ncores = 1\nnet = mac=52:54:00:00:00:31\n"
		"cmdline = role=sink ip=10.0.2.31 idle=20000000\n"
		"[vm makes]\nkernel = traffic\nmemory = 64M\ncores = 2\nnet = mac=52:54:00:00:00:41\n"
		"cmdline = role=source dst_mac=52:54:00:00:00:31 dst_ip=10.0.2.31 pace=10000 send=200000000 "
		"ip=10.0.2.41\n"
		"[vm again]\nkernel = restart\nmemory = 64M\ncores = 1\nnet = mac=52:54:00:00:00:51\n"
		"cmdline = end=380\nrestarts = always\n")
	run = run_bochs("neighbour_restarts", config,
		[(BARE / "traffic.elf", "traffic"), (BARE / "restart.elf", "restart")],
		arguments=("--cores", 3))
	run.expect_power_off().expect("takes: 0 failed", "makes: 0 failed", "again: 0 failed")
	starts = run.serial.count("again: restarting")
	check(starts >= 10, f"it restarted {starts} times, expected more, see {run.out}/serial.log")
	run.expect(" reordered 0 duplicated 0 ")
	sent = run.counters["vm.makes.net0.tx0.packets"]
	early = run.counters.get("port.2.nowhere", 0) # before the receiver had its queues
	check(run.counters["vm.takes.net0.rx0.packets"] + early == sent > 19_000 and early < 1000,
		f"packets got lost, see {run.out}/serial.log")
