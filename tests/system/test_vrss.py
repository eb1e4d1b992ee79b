# SPDX-License-Identifier: BSD-2-Clause
"""Virtual receive-side scaling and interrupt coalescing, as stock Linux uses them."""

import re

from harness import INITRD, KERNEL, check, linux_config, run_bochs

FLOWS = 64
# On average below what one vCPU takes; in bursts, which leave packets waiting in the rings.
TRAFFIC = ("generator=resolve=10.0.2.15;rate=100000pps;on=2ms;off=10ms;size=90;ip=mix;proto=mix;"
	f"flows={FLOWS}")


def sink(serial):
	"""What the guest's sink saw: name to number."""
	return {name: int(value) for name, value in
		re.findall(r"vrss: sink (\w+) (\d+)\s*$", serial, re.MULTILINE)}


def test_vrss_linux():
	"""Four vCPUs, queues and backends: ethtool and CPU hot-plug under traffic lose no frame; then, in the same
	guest, settings of interrupt coalescing hold, adaptive needs fewer interrupts than none, and polling needs none."""
	config = linux_config("vcpus = 4\nnet = mac=52:54:00:12:34:57 queues=4",
		"sluice.poweroff=1 sluice.address=10.0.2.15/24 sluice.sink=1 sluice.run=vrss,coalesce")
	run = run_bochs("vrss_linux", config, [(KERNEL, "vmlinuz"), (INITRD, "initrd")], "io_cores=4",
		arguments=("--cores", 8, "--memory", 512, "--nic", "10fb", "--wire", TRAFFIC))
	run.expect_power_off().expect("vrss: 0 failed", "coalesce: 0 failed")
	seen = sink(run.serial)
	check(seen["flows"] == FLOWS, f"the guest saw {seen['flows']} flows of {FLOWS}")
	for name in ("lost", "reordered", "duplicated", "stale", "before", "unknown"):
		check(seen[name] == 0, f"of {seen['frames']} frames, {seen[name]} are {name}")
	sent = sum(int(n) for n in re.findall(r"vrss: sent (\d+)", run.serial))
	check_wire(run, sent, 2, ("lost", "duplicated", "stale"))


def check_wire(run, frames, flows, faults):
	"""The wire saw so many frames of the guest, without such faults."""
	seen = run.model()["sink"]
	check(frames and seen["frames"] == frames and seen["flows"] == flows,
		f"the wire saw {seen['frames']} frames of {seen['flows']} flows, expected {frames} of {flows}")
	for name in faults:
		check(seen[name] == 0, f"of {seen['frames']} frames sent, {seen[name]} are {name}")


def test_transmit_linux():
	"""Four vCPUs send by a queue each: the wire sees every frame, in order, of all of them alike."""
	packets = 3000
	config = linux_config("vcpus = 4\nnet = mac=52:54:00:12:34:57 queues=4",
		"sluice.poweroff=1 sluice.address=10.0.2.15/24 sluice.sink=1 sluice.run=traffic "
		f"sluice.role=source sluice.packets={packets}")
	run = run_bochs("transmit_linux", config, [(KERNEL, "vmlinuz"), (INITRD, "initrd")], "io_cores=4",
		arguments=("--cores", 8, "--memory", 512, "--nic", "10fb", "--wire", "generator=rate=none"))
	run.expect_power_off().expect("traffic: done")
	check("FAIL" not in run.serial, f"a check failed, see {run.out}/serial.log")
	check_wire(run, 4 * packets, 4, ("lost", "reordered", "duplicated", "stale"))
	for queue in range(4):
		sent = run.counters.get(f"backend.{queue}.uplink_tx", 0)
		check(sent >= packets, f"backend {queue} sent {sent} frames, expected its queue's {packets}")
