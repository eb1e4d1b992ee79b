# SPDX-License-Identifier: BSD-2-Clause
"""A neighbour on the wire (--wire peer=PATH): it talks of its own accord, and may send back what it gets."""

import select
import socket
import threading

# Others' frames: an ARP request, a spanning tree's, a datagram between two who are not the card.
FOREIGN = (
	b"\xff" * 6 + bytes.fromhex("020000000009 0806 0001 0800 0604 0001 020000000009 0a000009 000000000000 0a00000a"),
	bytes.fromhex("0180c2000000 020000000009 0026 424203000000"),
	bytes.fromhex("02534c000001 020000000009 0800 45000020000000004011 0000 0a000009 0a00000a 0007 0007 000c 0000"),
)
BETWEEN_SECONDS = 0.002


def turn_round(frame):
	return frame[6:12] + frame[:6] + frame[12:]


class Neighbour(threading.Thread):
	"""answers: sends frames back, their addresses exchanged. spoils: of these, the last byte of one in 100 is wrong."""

	def __init__(self, path, answers=True, spoils=False):
		super().__init__(daemon=True)
		self.answers, self.spoils = answers, spoils
		self.talked = self.answered = 0
		self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		self.listener.bind(str(path))
		self.listener.listen(1)

	def run(self):
		wire, _ = self.listener.accept()
		try:
			while True:
				self.take_turn(wire)
		except OSError:
			self.listener.close()

	def take_turn(self, wire):
		"""A frame of the machine's, or time to talk. A machine that is not on yet takes a few, and then none."""
		heard = select.select([wire], [], [], BETWEEN_SECONDS)[0]
		frame = wire.recv(16384) if heard else None
		if frame == b"":
			raise OSError("the machine has gone")
		if frame and self.answers:
			self.answer(wire, frame)
		if not frame or self.answered % 16 == 0:
			wire.send(FOREIGN[self.talked % len(FOREIGN)].ljust(60, b"\0"))
			self.talked += 1

	def answer(self, wire, frame):
		self.answered += 1
		back = turn_round(frame)
		if self.spoils and self.answered % 100 == 0:
			back = back[:-1] + bytes([back[-1] ^ 1])
		wire.send(back)
