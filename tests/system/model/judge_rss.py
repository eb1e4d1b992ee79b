# SPDX-License-Identifier: BSD-2-Clause
"""Whether flows landed in the queues that key, redirection table and hash fields say."""

import collections
import re

import flows
import toeplitz


def read_table(text):
	"""The redirection table of `ethtool -x`."""
	rows = re.findall(r"^\s+\d+:((?:\s+\d+)+)\s*$", text, re.MULTILINE)
	return [int(queue) for row in rows for queue in row.split()]


def read_key(text):
	return bytes.fromhex(re.search(r"^((?:[0-9a-f]{2}:){39}[0-9a-f]{2})\s*$", text,
		re.MULTILINE)[1].replace(":", ""))


def read_ported(text):
	"""The kinds of flow whose ports are hashed; UDP's can be chosen (`ethtool -n`)."""
	ported = {"tcp4", "tcp6"}
	for kind, fields in re.findall(r"^UDP over IPV(\d) flows use([^!]*?)^!", text, re.MULTILINE):
		if "L4 bytes" in fields:
			ported.add(f"udp{kind}")
	return ported


def choose_queue(flow, key, table, ported):
	data = flow.source + flow.destination + (flow.ports if flow.kind in ported else b"")
	return table[toeplitz.hash_bytes(key, data) % len(table)]


def judge_trial(results, prefix, name, text):
	"""A record of the guest's: ethtool -x, -n for UDP, and each queue's count before and after."""
	try:
		key, table, ported = read_key(text), read_table(text), read_ported(text)
	except (TypeError, ValueError):
		results.add(f"{prefix}/{name}", False, "the record is not complete")
		return
	expected = collections.Counter(choose_queue(flow, key, table, ported)
		for flow in flows.make_flows())
	counts = {int(q): int(after) - int(before) for q, before, after in
		re.findall(r"^queue (\d+) (\d+) (\d+)\s*$", text, re.MULTILINE)}
	seen = {queue: count for queue, count in counts.items() if count}
	results.add(f"{prefix}/{name}", seen == dict(expected),
		f"expected {dict(sorted(expected.items()))}, got {seen}",
		flows=sum(expected.values()), queues=seen, ported=sorted(ported))


def judge(checks, name, run):
	for record, text in run.records.items():
		if record.startswith("rss-"):
			judge_trial(checks, name, record, text)
