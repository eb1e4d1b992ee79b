# SPDX-License-Identifier: BSD-2-Clause
"""COM1 on the user's terminal: a local socket to Bochs, bridged to stdin and stdout."""

import contextlib
import os
import select
import socket
import sys
import termios
import tty

ESCAPE = 0x01  # Ctrl-A
QUIT = b"xX"


class Console:
	"""Accepts Bochs's connection for COM1, copies both ways, and keeps all output in a file."""

	def __init__(self, log_path):
		self.server = socket.create_server(("127.0.0.1", 0), backlog=1)
		self.line = None
		self.log = open(log_path, "wb", buffering=0)
		self.escaped = False
		self.input_open = True
		self.quit = False

	def get_mode(self):
		"""What Bochs's com1 option needs to find us."""
		return f"mode=socket-client, dev=127.0.0.1:{self.server.getsockname()[1]}"

	def filter_keys(self, data):
		"""Takes Ctrl-A X (quit) and Ctrl-A Ctrl-A (a single Ctrl-A) out of what was typed."""
		kept = bytearray()
		for byte in data:
			if self.escaped:
				self.escaped = False
				if byte in QUIT:
					self.quit = True
					break
				kept += bytes([byte]) if byte == ESCAPE else bytes([ESCAPE, byte])
			elif byte == ESCAPE:
				self.escaped = True
			else:
				kept.append(byte)
		return bytes(kept)

	def show(self, data):
		self.log.write(data)
		sys.stdout.buffer.write(data)
		sys.stdout.buffer.flush()

	def receive(self):
		try:
			data = self.line.recv(65536)
		except ConnectionError:  # Bochs ended with input unread
			data = b""
		if not data:
			self.line.close()
			self.line = None
		self.show(data)

	def step(self, timeout):
		"""Copies what there is to copy; waits for it at most timeout seconds."""
		watched = [self.line or self.server]
		if self.input_open and self.line:
			watched.append(sys.stdin.fileno())
		ready, _, _ = select.select(watched, [], [], timeout)
		if self.server in ready:
			self.line, _ = self.server.accept()
			return
		if self.line in ready:
			self.receive()
		if self.input_open and self.line and sys.stdin.fileno() in ready:
			data = os.read(sys.stdin.fileno(), 4096)
			self.input_open = bool(data)
			with contextlib.suppress(ConnectionError):
				self.line.sendall(self.filter_keys(data))

	def drain(self):
		"""Shows what Bochs sent before it ended."""
		while self.line and select.select([self.line], [], [], 0)[0]:
			self.step(0)

	def close(self):
		self.drain()
		if self.line:
			self.line.close()
		self.server.close()
		self.log.close()


@contextlib.contextmanager
def raw_terminal():
	"""Puts the terminal, if stdin is one, into raw mode and back."""
	if not sys.stdin.isatty():
		yield
		return
	fd = sys.stdin.fileno()
	saved = termios.tcgetattr(fd)
	tty.setraw(fd)
	try:
		yield
	finally:
		termios.tcsetattr(fd, termios.TCSADRAIN, saved)
