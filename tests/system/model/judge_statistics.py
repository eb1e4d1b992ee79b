# SPDX-License-Identifier: BSD-2-Clause
"""Whether the driver's statistics grew by what the wire saw between two marks."""

import collections
import re
import struct

import flows

ECHO_REPLY, CRC = 0, 4
MARKS = (1001, 1002)


def is_mark(frame, size):
	"""The answer to a ping with so many bytes of data."""
	return (frame[12:14] == b"\x08\x00" and frame[23] == flows.ICMP and frame[34] == ECHO_REPLY
		and struct.unpack_from(">H", frame, 16)[0] == 20 + 8 + size)


def between_marks(frames):
	"""What came after the first mark, up to and including the second."""
	at = [next(n for n, frame in enumerate(frames) if is_mark(frame, size)) for size in MARKS]
	return frames[at[0] + 1:at[1] + 1]


def expect_growth(frames):
	"""The driver's names for what these frames must have added."""
	sent = [frame for frame in frames if frame[6:12] == flows.CARD]
	got = [frame for frame in frames if frame[6:12] != flows.CARD]
	return {
		"rx_packets": len(got), "rx_bytes": sum(map(len, got)), "tx_packets": len(sent),
		"rx_pkts_nic": len(got), "tx_pkts_nic": len(sent),
		"rx_bytes_nic": sum(len(frame) + CRC for frame in got),
		"tx_bytes_nic": sum(len(frame) + CRC for frame in sent),
		"broadcast": sum(frame[:6] == b"\xff" * 6 for frame in got),
	}


def read_statistics(text):
	"""What is not in a record is 0."""
	return collections.Counter({name: int(value) for name, value in
		re.findall(r"^ *(\w+): (\d+)$", text, re.MULTILINE)})


def sum_queues(statistics, direction):
	return sum(value for name, value in statistics.items()
		if re.fullmatch(rf"{direction}_queue_\d+_packets", name))


def judge(checks, name, run):
	try:
		before, after = (read_statistics(run.records[f"statistics-{size}"]) for size in MARKS)
		expected = expect_growth(between_marks(run.read_frames()))
	except (KeyError, StopIteration):
		checks.add(f"{name}/marks", False, "a record or a mark in the capture is missing")
		return
	for counter, growth in expected.items():
		grown = after[counter] - before[counter]
		checks.add(f"{name}/{counter}", grown == growth, f"grew by {grown}, the wire saw {growth}",
			grown=grown, wire=growth)
	for direction in ("rx", "tx"):
		total = sum_queues(after, direction)
		checks.add(f"{name}/{direction}-queues-add-up", total == after[f"{direction}_packets"],
			f"queues {total}, all {after[f'{direction}_packets']}", queues=total)
