# SPDX-License-Identifier: BSD-2-Clause
"""The other end of a TAP: a network of the test's own, and frames that no socket would send."""

import ctypes
import os
import socket
import struct
import subprocess
import threading
import time

import flows

CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
ETH_P_ALL = 3
INTERFACE = "tap0"
VLAN, VLAN_ADDRESS = 5, bytes([10, 0, 5, 2])
# More at once than the interface's queue on the host holds would be lost there.
BATCH = 128


class NetworkError(Exception):
	"""There can be no network of the test's own; the text says why."""


def ip(*words):
	done = subprocess.run(["ip", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
	if done.returncode:
		raise NetworkError(f"ip {' '.join(words)}: {done.stdout.strip()}")


def enter():
	"""Moves this process to a new network namespace with a TAP 10.0.2.2/24 and a host in a VLAN.

	Before any thread is started, for threads keep the namespace they have."""
	if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
		raise NetworkError(f"a network namespace of its own: {os.strerror(ctypes.get_errno())}")
	ip("link", "set", "lo", "up")
	ip("tuntap", "add", INTERFACE, "mode", "tap")
	with open(f"/proc/sys/net/ipv6/conf/{INTERFACE}/disable_ipv6", "w") as file:
		file.write("1")
	ip("link", "set", INTERFACE, "address", flows.PEER.hex(":"), "mtu", "9000", "txqueuelen", "4000",
		"up")
	ip("addr", "add", "10.0.2.2/24", "dev", INTERFACE)
	ip("neigh", "add", "10.0.2.15", "lladdr", flows.CARD.hex(":"), "dev", INTERFACE, "nud", "permanent")
	VlanHost().start()


def open_raw(protocol=0):
	raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
	raw.bind((INTERFACE, protocol))
	return raw


def send_all(frames):
	with open_raw() as raw:
		for number, frame in enumerate(frames, 1):
			raw.send(frame)
			if number % BATCH == 0:
				time.sleep(0.02)


def send_flows():
	"""One frame of each flow."""
	send_all([flow.make_frame() for flow in flows.make_flows()])


def send_tagged(tag, count):
	frame = flows.make_ethernet(flows.make_flows()[0].make_packet(), 0x0800, int(tag))
	send_all([frame] * int(count))


def send_broadcast(count):
	frame = flows.make_flows()[0].make_frame()
	send_all([b"\xff" * 6 + frame[6:]] * int(count))


def storm(seconds, rate):
	"""Frames of all flows in turn, so many a second of real time, while the guest goes on."""
	threading.Thread(target=run_storm, args=(float(seconds), float(rate)), daemon=True).start()


def run_storm(seconds, rate):
	frames = [flow.make_frame() for flow in flows.make_flows()]
	begin, sent = time.monotonic(), 0
	with open_raw() as raw:
		while (passed := time.monotonic() - begin) < seconds:
			while sent < passed * rate:
				raw.send(frames[sent % len(frames)])
				sent += 1
			time.sleep(0.005)


class VlanHost(threading.Thread):
	"""A host in the VLAN that answers ARP and pings; the kernel here may know no VLANs."""

	def __init__(self):
		super().__init__(daemon=True)
		self.raw = open_raw(ETH_P_ALL)
		self.raw.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)

	def run(self):
		while True:
			frame, control, flags, address = self.raw.recvmsg(65536, 256)
			if address[2] == socket.PACKET_OUTGOING:
				continue
			for level, kind, data in control:
				if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
					status, tag = struct.unpack_from("=I", data)[0], struct.unpack_from("=H", data, 16)[0]
					if status & TP_STATUS_VLAN_VALID and tag & 0xFFF == VLAN:
						self.answer(frame)

	def answer(self, frame):
		packet = answer_arp(frame[14:]) if frame[12:14] == b"\x08\x06" else answer_ping(frame[14:])
		if packet:
			ethertype = struct.unpack_from(">H", frame, 12)[0]
			self.raw.send(flows.make_ethernet(packet, ethertype, VLAN))


def answer_arp(packet):
	"""RFC 826: a reply to a request for our address, or None."""
	if packet[6:8] != b"\0\1" or packet[24:28] != VLAN_ADDRESS:
		return None
	return packet[:6] + b"\0\2" + flows.PEER + VLAN_ADDRESS + packet[8:18]


def answer_ping(packet):
	"""RFC 792: an echo reply to a request without IP options to our address, or None."""
	if packet[0] != 0x45 or packet[9] != flows.ICMP or packet[16:20] != VLAN_ADDRESS or packet[20] != 8:
		return None
	length = struct.unpack_from(">H", packet, 2)[0]
	body = b"\0" + packet[21:22] + b"\0\0" + packet[24:length]
	body = body[:2] + struct.pack(">H", 0xFFFF ^ flows.sum_words(body)) + body[4:]
	return packet[:12] + packet[16:20] + packet[12:16] + body
