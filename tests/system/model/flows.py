# SPDX-License-Identifier: BSD-2-Clause
"""Frames of many flows with known addresses and ports, the same in every run."""

import dataclasses
import random
import struct

from capture import sum_words

TCP, UDP, ICMP = 6, 17, 1
KINDS = ("tcp4", "udp4", "tcp6", "udp6", "fragment4", "icmp4")
PER_KIND = 64
CARD = bytes.fromhex("525400123456")
PEER = bytes.fromhex("525400000002")


@dataclasses.dataclass
class Flow:
	"""Addresses and ports are bytes in network order."""
	kind: str
	source: bytes
	destination: bytes
	ports: bytes

	def make_frame(self):
		return make_ethernet(self.make_packet(), 0x86DD if self.kind.endswith("6") else 0x0800)

	def make_packet(self):
		if self.kind == "fragment4":
			return make_ipv4(self, UDP, self.ports + bytes(28), fragment=0x2000)
		if self.kind == "icmp4":
			return make_ipv4(self, ICMP, bytes(32))
		protocol = TCP if self.kind.startswith("tcp") else UDP
		payload = make_payload(self, protocol)
		return make_ipv4(self, protocol, payload) if self.kind.endswith("4") else make_ipv6(self,
			protocol, payload)


def make_ethernet(packet, ethertype, tag=None):
	vlan = struct.pack(">HH", 0x8100, tag) if tag is not None else b""
	frame = CARD + PEER + vlan + struct.pack(">H", ethertype) + packet
	return frame + bytes(max(0, 60 - len(frame)))


def make_payload(flow, protocol):
	"""A TCP or UDP packet with a correct checksum."""
	if protocol == TCP:
		head, tail = flow.ports + bytes(8) + b"\x50\x10\x20\x00", b"\0\0"
	else:
		head, tail = flow.ports + struct.pack(">H", 24), bytes(16)
	length = len(head) + 2 + len(tail)
	pseudo = flow.source + flow.destination + struct.pack(">II", protocol, length)
	checksum = 0xFFFF ^ sum_words(pseudo + head + tail)
	return head + struct.pack(">H", checksum or 0xFFFF) + tail


def make_ipv4(flow, protocol, payload, fragment=0):
	def header(checksum):
		return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol,
			checksum) + flow.source + flow.destination
	return header(0xFFFF ^ sum_words(header(0))) + payload


def make_ipv6(flow, protocol, payload):
	return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + flow.source \
		+ flow.destination + payload


def make_flows():
	"""PER_KIND flows of each kind, to addresses that are nobody's: nothing answers them."""
	numbers = random.Random(82599)
	flows = []
	for kind in KINDS:
		for _ in range(PER_KIND):
			if kind.endswith("4"):
				source, destination = (b"\xc6\x12" + numbers.randbytes(2) for _ in range(2))
			else:
				source, destination = (b"\x20\x01\x0d\xb8" + numbers.randbytes(12) for _ in range(2))
			flows.append(Flow(kind, source, destination, numbers.randbytes(4)))
	return flows
