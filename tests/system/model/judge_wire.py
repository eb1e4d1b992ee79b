# SPDX-License-Identifier: BSD-2-Clause
"""What the capture must show of jumbo frames and VLAN tags."""

import flows
from judge_statistics import read_statistics

JUMBO_BYTES = 14 + 9000
TAG_5 = b"\x81\x00\x00\x05"
# The scenario sends so many with a tag of somebody else's.
FILTERED = 100


def judge_offloads(checks, name, run):
	judge_jumbo(checks, name, run)
	judge_rings(checks, name, run)


def judge_rings(checks, name, run):
	"""A burst may be too much for the smallest rings, but what is lost there is counted."""
	lost = {"card": run.counters["nic"]["rx_no_descriptor"]}
	lost["driver"] = read_statistics(run.records.get("statistics-rings-64", ""))["rx_no_dma_resources"]
	checks.add(f"{name}/lost-only-in-rings-64", lost["card"] == lost["driver"], f"lost {lost}", **lost)
	overflow = run.counters["nic"]["rx_overflow"]
	checks.add(f"{name}/no-overflow", not overflow, f"lost {overflow} in the packet buffer")


def judge_jumbo(checks, name, run):
	frames = run.read_frames()
	sent = max(len(frame) for frame in frames if frame[6:12] == flows.CARD)
	got = max(len(frame) for frame in frames if frame[6:12] != flows.CARD)
	checks.add(f"{name}/jumbo-on-the-wire", (sent, got) == (JUMBO_BYTES, JUMBO_BYTES),
		f"longest sent {sent}, received {got}", sent=sent, received=got)


def judge_replay(checks, name, run):
	"""What the card got is what the capture file has, in its order."""
	got = [frame for frame in run.read_frames() if frame[6:12] != flows.CARD]
	expected = [flow.make_frame() for flow in flows.make_flows()]
	checks.add(f"{name}/same-frames", got == expected, f"{len(got)} frames, expected {len(expected)}",
		frames=len(got))


def judge_tags(checks, name, run):
	tagged = sum(frame[6:12] == flows.CARD and frame[12:16] == TAG_5 for frame in run.read_frames())
	checks.add(f"{name}/tags-on-the-wire", tagged > 12, f"{tagged} tagged frames sent", tagged=tagged)
	filtered = run.counters["nic"]["rx_filtered"]
	checks.add(f"{name}/filtered", filtered == FILTERED, f"{filtered}, expected {FILTERED}",
		filtered=filtered)
