# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel of this machine tells about it, below a root folder, so that a test can make one up."""

import collections
import os
import pathlib
import re

# severity: ERROR, it cannot work; WARNING, it works, but slower. cure: what the user can do.
Finding = collections.namedtuple("Finding", "severity what cure")
ERROR, WARNING = "error", "warning"

CAP_IPC_LOCK = 14


class Host:
	"""A tree with proc, sys and dev. access: os.access, or one that pretends."""

	def __init__(self, root="/", access=os.access):
		self.root, self.access = pathlib.Path(root), access

	def path(self, name):
		return self.root / name.lstrip("/")

	def exists(self, name):
		return self.path(name).exists()

	def read(self, name):
		"""The file's text without blanks at its ends, or None if it cannot be read."""
		try:
			return self.path(name).read_text(errors="replace").strip()
		except OSError:
			return None

	def read_link(self, name):
		"""The last part of what a symbolic link points to, or None."""
		try:
			return os.path.basename(os.readlink(self.path(name)))
		except OSError:
			return None

	def names(self, folder):
		try:
			return sorted(os.listdir(self.path(folder)))
		except OSError:
			return []

	def may_use(self, name):
		return self.access(self.path(name), os.R_OK | os.W_OK)

	def is_on(self, parameter):
		"""A module's parameter that is Y or 1; None if there is no such parameter."""
		value = self.read(parameter)
		return None if value is None else value in ("Y", "y", "1")

	def read_cpu(self, field):
		"""A line of the first processor in /proc/cpuinfo, or ""."""
		found = re.search(rf"^{field}\s*: *(.*)$", self.read("/proc/cpuinfo") or "", re.MULTILINE)
		return found[1] if found else ""

	def read_msr(self, number):
		"""A register of CPU 0, or None if the kernel does not show it (module msr; root only)."""
		try:
			with open(self.path("/dev/cpu/0/msr"), "rb") as file:
				file.seek(number)
				value = file.read(8)
		except OSError:
			return None
		return int.from_bytes(value, "little") if len(value) == 8 else None

	def read_available_mb(self):
		found = re.search(r"^MemAvailable: *(\d+) kB", self.read("/proc/meminfo") or "", re.MULTILINE)
		return int(found[1]) // 1024 if found else None

	def read_lockable_mb(self):
		"""How much memory this process may lock; None if there is no limit to it."""
		capabilities = re.search(r"^CapEff:\s*([0-9a-f]+)", self.read("/proc/self/status") or "",
			re.MULTILINE)
		if capabilities and int(capabilities[1], 16) >> CAP_IPC_LOCK & 1:
			return None
		limit = re.search(r"^Max locked memory +(\d+)", self.read("/proc/self/limits") or "", re.MULTILINE)
		return int(limit[1]) >> 20 if limit else None
