# SPDX-License-Identifier: BSD-2-Clause
"""Other numbers of hardware queues than of backend threads, in the real system: nothing lost, all in order."""

import re

from harness import BARE, check, run_bochs

FRAMES = 6000


def run_with(hw_queues, backends, pairs):
	"""A guest that takes and makes load by `pairs` queues, at rates that all of it can keep up with."""
	config = (f"[host]\nwhen_done = poweroff\nio_cores = {backends}\nhw_queues = {hw_queues}\n"
		f"[vm both]\nkernel = traffic\nmemory = 64M\nvcpus = {pairs}\nnet = mac=52:54:00:00:00:31 queues={pairs}\n"
		"cmdline = role=both flows=12 pace=20000 send=8000000 idle=4000000\n")
	name = f"hw_queues_{hw_queues}_{backends}_{pairs}"
	run = run_bochs(name, config, [(BARE / "traffic.elf", "traffic")], arguments=(
		"--cores", backends + pairs, "--ips", 1_000_000_000, "--nic", "10fb", "--wire",
		f"generator=resolve=10.0.2.15;size=64;flows=24;count={FRAMES};rate=400Mbps"))
	run.expect_power_off()
	return run


def check_run(run, pairs):
	found = re.search(r"both: traffic: sink frames (\d+) lost (\d+) reordered (\d+) duplicated (\d+)", run.serial)
	check(found, f"no report of the guest's sink in {run.out}/serial.log")
	check([int(word) for word in found.groups()] == [FRAMES, 0, 0, 0], f"the guest's sink: {found[0]}")
	sent = sum(run.counters.get(f"vm.both.net0.tx{pair}.packets", 0) for pair in range(pairs))
	seen = run.model()["sink"]
	check(seen["lost"] == seen["reordered"] == seen["duplicated"] == 0, f"the wire's sink: {seen}")
	check(sent - 10 <= seen["frames"] <= sent, f"the guest sent {sent} frames, the wire's sink saw {seen['frames']}")
	check(seen["frames"] > 500, f"the guest sent only {seen['frames']} frames")


def test_fewer_hw_queues():
	"""One hardware queue for three backends: two of them send by the first."""
	run = run_with(1, 3, 3)
	check_run(run, 3)
	check(run.counters["backend.1.handovers"] > 0, "nothing was handed over")


def test_more_hw_queues():
	"""Sixteen hardware queues, two backends: each polls eight, and a flow stays with one."""
	run = run_with(16, 2, 2)
	check_run(run, 2)
	handovers = [name for name in run.counters if name.endswith(".handovers")]
	check(not handovers, f"hand-overs where the numbers are aligned: {handovers}")


def test_equal_hw_queues():
	"""The default: as many as backends, and no hand-over in either direction."""
	run = run_with(2, 2, 2)
	check_run(run, 2)
	handovers = [name for name in run.counters if name.endswith(".handovers")]
	check(not handovers, f"hand-overs where the numbers are aligned: {handovers}")
