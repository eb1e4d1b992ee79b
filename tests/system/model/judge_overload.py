# SPDX-License-Identifier: BSD-2-Clause
"""Whether the load came at line rate, and each of its frames was received or counted as lost."""

import machine
from judge_statistics import read_statistics

# Preamble and the gap between frames; IEEE 802.3.
OVERHEAD_BYTES = 20
PS_PER_BYTE = 800


def judge_rate(checks, name, load, size):
	expected = (load["frames"] - 1) * (size + OVERHEAD_BYTES) * PS_PER_BYTE
	taken = load["last_ps"] - load["first_ps"]
	checks.add(f"{name}/line-rate", taken == expected, f"{taken} ps from first to last, expected"
		f" {expected}", frames=load["frames"], frames_per_second=(load["frames"] - 1) * 10**12 / taken)


def judge(checks, name, run, size, lost_by):
	"""size: bytes of every frame with CRC. lost_by: the driver's name for where frames are lost."""
	if not run.counters or "statistics" not in run.records:
		checks.add(f"{name}/figures", False, "no counters, or no statistics of the guest's")
		return
	nic, load = run.counters["nic"], run.counters["generator"]
	seen = read_statistics(run.records["statistics"])
	judge_rate(checks, name, load, size)
	checks.add(f"{name}/overflow", nic["rx_overflow"] == seen["rx_missed_errors"],
		f"the card lost {nic['rx_overflow']}, the driver says {seen['rx_missed_errors']}",
		lost=nic["rx_overflow"])
	checks.add(f"{name}/no-descriptor", nic["rx_no_descriptor"] == seen["rx_no_dma_resources"],
		f"the card lost {nic['rx_no_descriptor']}, the driver says {seen['rx_no_dma_resources']}",
		lost=nic["rx_no_descriptor"])
	losses = {key: seen[key] for key in ("rx_missed_errors", "rx_no_dma_resources") if seen[key]}
	checks.add(f"{name}/lost-by", list(losses) == [lost_by], f"expected {lost_by}, got {losses}", **losses)
	accounted = seen["rx_packets"] + seen["rx_missed_errors"] + seen["rx_no_dma_resources"]
	arrived = run.counters["wire"]["to_nic_frames"] - nic["rx_filtered"]
	if not machine.Chosen.host.repeats:
		# A question before the load may come between RXEN and the queue's ENABLE, and is counted nowhere.
		accounted -= seen["broadcast"]
		arrived = load["frames"]
	checks.add(f"{name}/all-accounted-for", accounted == arrived,
		f"{accounted} of {arrived} frames", received=seen["rx_packets"], load=load["frames"])
