# SPDX-License-Identifier: BSD-2-Clause
"""What testpmd says it received and sent, against the flows, the capture and the card."""

import collections
import re

import flows
import toeplitz

# Its default is one hash for all kinds by addresses (--rss-ip), and a table of its own.
STREAM = (r"Forward Stats for RX Port= 0/Queue= ?(\d+) .*?\n\s*RX-packets: (\d+)\s+TX-packets: (\d+)")


def read_key(text):
	return bytes.fromhex(re.search(r"^RSS key:\s*([0-9A-F]{80})", text, re.MULTILINE)[1])


def read_table(text):
	return [int(queue) for _, queue in sorted((int(entry), queue) for entry, queue in
		re.findall(r"hash index=(\d+), queue=(\d+)", text))]


def expect_queues(text):
	key, table = read_key(text), read_table(text)
	return collections.Counter(table[toeplitz.hash_bytes(key, flow.source + flow.destination)
		% len(table)] for flow in flows.make_flows())


def read_streams(text):
	"""Frames received and sent of each queue; testpmd names only the queues that had any."""
	return ({int(q): int(got) for q, got, _ in re.findall(STREAM, text) if int(got)},
		{int(q): int(sent) for q, _, sent in re.findall(STREAM, text) if int(sent)})


def read_port(text):
	"""RX-packets and TX-packets of `show port stats` at the record's end."""
	part = text[text.rindex("NIC statistics for port"):]
	return tuple(int(re.search(rf"{name}: *(\d+)", part)[1]) for name in
		("RX-packets", "TX-packets", "RX-missed", "RX-errors", "TX-errors"))


def judge_forwarding(checks, name, mode, text, expected):
	received, sent = read_streams(text)
	checks.add(f"{name}/{mode}-queues", received == dict(expected), f"expected {dict(expected)},"
		f" got {received}", queues=received)
	total = sum(expected.values())
	back = total if mode == "io" else 0
	checks.add(f"{name}/{mode}-forwarded", sum(sent.values()) == back, f"expected {back}, sent {sent}",
		sent=sent)
	port = read_port(text)
	checks.add(f"{name}/{mode}-port", port == (total, back, 0, 0, 0), f"received, sent, missed and"
		f" errors are {port}", port=port)


def judge_sending(checks, name, run, text):
	sent = read_port(text)[1]
	seen = sum(frame[6:12] == flows.CARD for frame in run.read_frames())
	checks.add(f"{name}/txonly-port", 0 < sent == seen, f"testpmd sent {sent}, the wire saw {seen}",
		sent=sent, wire=seen)


def judge_echo(checks, name, run):
	"""In mode io every frame goes back as it came."""
	frames = run.read_frames()
	count = collections.Counter(frames)
	wrong = [flow for flow in flows.make_flows() if count[flow.make_frame()] != 3]
	checks.add(f"{name}/io-frames-unchanged", not wrong, f"{len(wrong)} frames not seen twice in and"
		" once out")


def judge(checks, name, run):
	try:
		expected = expect_queues(run.records["testpmd-settings"])
		for mode in ("rxonly", "io"):
			judge_forwarding(checks, name, mode, run.records[f"testpmd-{mode}"], expected)
		judge_sending(checks, name, run, run.records["testpmd-txonly"])
		judge_echo(checks, name, run)
	except (KeyError, TypeError, ValueError, IndexError) as error:
		checks.add(f"{name}/records", False, f"not complete ({error!r}), see {run.out}/serial.log")
