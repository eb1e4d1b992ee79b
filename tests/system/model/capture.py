# SPDX-License-Identifier: BSD-2-Clause
"""Reads a capture of the wire and checks the frames that the card sent."""

import struct

MAGIC_NANOSECOND = 0xA1B23C4D
LINK_ETHERNET = 1
IPV4 = b"\x08\x00"
TCP, UDP = 6, 17
# The longest frame without CRC at an MTU of 9000, with a tag.
FRAME_MAX = 9018
TAGGED = b"\x81\x00"


def read_frames(path):
	"""All frames of a capture file, in order."""
	data = path.read_bytes()
	if struct.unpack_from("<I", data)[0] != MAGIC_NANOSECOND:
		raise ValueError(f"{path}: not a capture with nanosecond stamps")
	frames, at = [], 24
	while at < len(data):
		length = struct.unpack_from("<I", data, at + 8)[0]
		frames.append(data[at + 16:at + 16 + length])
		at += 16 + length
	return frames


def write_frames(path, frames, distance_ns):
	"""A capture file of these frames, at equal distances."""
	with open(path, "wb") as out:
		out.write(struct.pack("<IHHiIII", MAGIC_NANOSECOND, 2, 4, 0, 0, 65535, LINK_ETHERNET))
		for number, frame in enumerate(frames):
			seconds, rest = divmod(number * distance_ns, 10**9)
			out.write(struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame)


def sum_words(data):
	"""RFC 1071: the ones' complement sum of big-endian words; 0xffff over a correct checksum."""
	if len(data) % 2:
		data += b"\0"
	total = sum(struct.unpack(f">{len(data) // 2}H", data))
	while total >> 16:
		total = (total & 0xFFFF) + (total >> 16)
	return total


def find_fault(frame):
	"""What is wrong with a frame's length or checksums, or None."""
	if not 60 <= len(frame) <= FRAME_MAX:
		return f"{len(frame)} bytes long"
	if frame[12:14] == TAGGED:
		frame = frame[:12] + frame[16:]
	if frame[12:14] != IPV4:
		return None
	header = (frame[14] & 15) * 4
	total = struct.unpack_from(">H", frame, 16)[0]
	if sum_words(frame[14:14 + header]) != 0xFFFF:
		return "IPv4 header checksum"
	payload = frame[14 + header:14 + total]
	protocol = frame[23]
	if protocol == UDP and payload[6:8] == b"\0\0":
		return None
	if protocol in (TCP, UDP):
		pseudo = frame[26:34] + struct.pack(">BBH", 0, protocol, len(payload))
		if sum_words(pseudo + payload) != 0xFFFF:
			return "TCP checksum" if protocol == TCP else "UDP checksum"
	return None


def check_sent(frames, mac):
	"""Faults of the frames that the card with this address sent, at most ten."""
	sent = ((number, frame) for number, frame in enumerate(frames, 1) if frame[6:12] == mac)
	faults = ((number, find_fault(frame)) for number, frame in sent)
	return [f"frame {number}: {fault}" for number, fault in faults if fault][:10]
