# SPDX-License-Identifier: BSD-2-Clause
"""Follows a QEMU through its QMP socket: why the machine ended, how often it was reset."""

import json
import os
import socket
import threading
import time

CONNECT_SECONDS = 30


class Events(threading.Thread):
	"""Reads events until QEMU is gone. end: the last SHUTDOWN's reason, or None; resets: a number."""

	def __init__(self, path, process):
		super().__init__(daemon=True)
		self.path, self.process = path, process
		self.end, self.resets, self.version = None, 0, ""
		self.start()

	def connect(self):
		line = socket.socket(socket.AF_UNIX)
		limit = time.monotonic() + CONNECT_SECONDS
		while time.monotonic() < limit and self.process.poll() is None:
			if os.path.exists(self.path):
				try:
					line.connect(str(self.path))
					return line
				except OSError:
					pass  # bound, not yet listening
			time.sleep(0.05)
		line.close()
		return None

	def run(self):
		line = self.connect()
		if not line:
			return
		with line, line.makefile("rw") as stream:
			try:
				stream.write('{"execute": "qmp_capabilities"}\n')
				stream.flush()
				for text in stream:
					self.take(json.loads(text))
			except (OSError, ValueError):
				return  # QEMU ended in the middle of a line

	def take(self, message):
		if "QMP" in message:
			number = message["QMP"]["version"]["qemu"]
			self.version = f"{number['major']}.{number['minor']}.{number['micro']}"
		elif message.get("event") == "RESET":
			self.resets += message["data"]["guest"]
		elif message.get("event") == "SHUTDOWN":
			self.end = message["data"]["reason"]
