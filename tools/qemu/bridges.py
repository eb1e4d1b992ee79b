# SPDX-License-Identifier: BSD-2-Clause
"""Lets root ports refuse their cards' requests: QEMU itself lets them pass, whatever a port's Command says.

The card's server looks at a file of one byte before each request. Here it is kept at what QEMU traces
of writes to the port's Command."""

import os
import re
import threading

TRACE = ["-trace", "pci_cfg_write"]
FIFO = "trace"
COMMAND_WRITTEN = re.compile(r"pci_cfg_write \S+ 00:([0-9a-f]{2})\.0 @0x4 <- 0x([0-9a-f]+)")
COMMAND_MASTER = 4


def get_path(folder, suffix):
	"""The file for the port's server."""
	return folder / f"bridge{suffix}"


class Bridges(threading.Thread):
	"""Follows the ports, {device number on bus 0: suffix of the card's options}, until QEMU has ended."""

	def __init__(self, folder, ports):
		super().__init__(daemon=True)
		self.files = {}
		for device, suffix in ports.items():
			get_path(folder, suffix).write_bytes(b"\0")  # as after a reset
			self.files[device] = os.open(get_path(folder, suffix), os.O_WRONLY)
		os.mkfifo(folder / FIFO)
		# With a writer of our own it never ends, whenever QEMU opens it.
		self.trace = os.fdopen(os.open(folder / FIFO, os.O_RDWR), "rb")
		self.start()

	def run(self):
		for line in self.trace:
			written = COMMAND_WRITTEN.search(line.decode(errors="replace"))
			file = self.files.get(int(written[1], 16)) if written else None
			if file is not None:
				os.pwrite(file, bytes([bool(int(written[2], 16) & COMMAND_MASTER)]), 0)
