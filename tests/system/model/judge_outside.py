# SPDX-License-Identifier: BSD-2-Clause
"""What every run must show: the guest's own checks, no defects, nothing lost, a good capture."""

import capture
import flows


def judge(checks, name, run, may_lose=False, mac=flows.CARD, known_defects=()):
	"""may_lose: the load is more than the guest can take, or frames are taken away. mac: the card's. known_defects:
	what a driver is known to do, and the card to tolerate."""
	for check, verdict in run.checks:
		checks.add(f"{name}/{check}", verdict == "PASS", f"see {run.out}/serial.log")
	judge_end(checks, name, run)
	if not run.counters:
		checks.add(f"{name}/counters-written", False, f"no counters.json in {run.out}")
		return
	nic, wire = run.counters["nic"], run.counters["wire"]
	judge_defects(checks, f"{name}/no-driver-defects", run.counters, known_defects)
	if run.second_counters:
		judge_defects(checks, f"{name}/no-driver-defects-2", run.second_counters)
	lost_by_card = 0 if may_lose else nic["rx_overflow"] + nic["rx_no_descriptor"]
	checks.add(f"{name}/nothing-lost", not lost_by_card + wire["from_nic_dropped"]
		+ wire["to_nic_dropped"], "see the figures", **nic)
	# Without link what arrives is filtered and no frame of the card's.
	arrived = nic["rx_frames"] <= wire["to_nic_frames"] <= nic["rx_frames"] + nic["rx_filtered"]
	checks.add(f"{name}/card-and-wire-agree", arrived and nic["tx_frames"] == wire["from_nic_frames"],
		f"card {nic}, wire {wire}", **wire)
	judge_capture(checks, name, run, mac)


def judge_defects(checks, check, counters, known=()):
	others = counters["driver_defects"] - sum(counters["defects"].get(kind, 0) for kind in known)
	checks.add(check, others == 0, str(counters["defects"]),
		defects=counters["defects"])


def judge_end(checks, name, run):
	good = run.status == 0 and "CHECKS DONE" in run.serial and not run.failures
	checks.add(f"{name}/finished", good, f"status {run.status}, not done {run.failures}, see {run.out}",
		**{key: (run.result or {}).get(key) for key in ("ticks", "wall_seconds")})


def judge_capture(checks, name, run, mac):
	frames = run.read_frames()
	wire = run.counters["wire"]
	checks.add(f"{name}/capture-complete", len(frames) == wire["to_nic_frames"]
		+ wire["from_nic_frames"], f"{len(frames)} frames captured", frames=len(frames))
	faults = capture.check_sent(frames, mac)
	checks.add(f"{name}/sent-checksums", not faults, "; ".join(faults))
