# SPDX-License-Identifier: BSD-2-Clause
"""Where the model runs: in Bochs, or in the vfio-user server beside QEMU's emulation."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
IPS = 100_000_000


class Bochs:
	"""Time is counted in instructions: runs that nothing from outside reaches are the same to the bit."""

	name = "bochs"
	starter = ROOT / "tools/lab/machine"
	folder = ROOT / "build/model"
	options = {"ips": IPS}
	# The kernel cannot find out the frequency of a TSC that counts instructions.
	cmdline = f"tsc_early_khz={IPS // 1000}"
	repeats = True
	# PCI's configuration space by ports, 32-bit BARs.
	configuration_bytes, wide_bars = 256, False
	# When the driver has loaded for sure, in seconds from power-on.
	loaded = 64

	def find_obstacle(self):
		"""Why there is no such machine here, or None."""


class Qemu:
	"""A PC with PCI Express (q35): ECAM, 64-bit BARs, the card behind a root port. Time is real time."""

	name = "qemu"
	starter = ROOT / "tools/qemu/machine"
	folder = ROOT / "build/model-qemu"
	options = {"machine": "q35"}
	cmdline = ""
	repeats = False
	configuration_bytes, wide_bars = 4096, True
	loaded = 90

	def find_obstacle(self):
		done = subprocess.run([ROOT / "tools/qemu/fetch"], capture_output=True, text=True)
		return done.stderr.strip() if done.returncode else None


HOSTS = {host.name: host for host in (Bochs(), Qemu())}
