# SPDX-License-Identifier: BSD-2-Clause
"""Processors that lack parts of VT-x: Bochs's models of real ones, and the newest with features hidden."""

NEWEST = "corei7_skylake_x"

# All that can be hidden while guests still run.
FEATURES = ("posted-interrupts", "apicv", "tpr-shadow", "unrestricted-guest", "x2apic", "preemption-timer",
	"tsc-deadline", "vpid", "virtual-nmis", "ept-2mb-pages", "invept-single", "invvpid-single", "pause-loop-exiting",
	"true-controls")

# Real ones: what they are known as, and what the hypervisor says that they lack.
HASWELL = ("corei7_haswell_4770", "posted interrupts")
SANDY_BRIDGE = ("corei7_sandy_bridge_2600k", "APIC virtualization, posted interrupts")
NEHALEM = ("corei5_lynnfield_750", "unrestricted guest, APIC virtualization, posted interrupts")
MODELS = (HASWELL, SANDY_BRIDGE, NEHALEM)


class Processor:
	"""A model of Bochs, less what is hidden."""

	def __init__(self, name, model=NEWEST, hidden=()):
		self.name = name
		self.model = model
		self.hidden = hidden

	@property
	def words(self):
		"""For the hypervisor's command line."""
		return "hide=" + ",".join(self.hidden) if self.hidden else ""

	@property
	def arguments(self):
		"""For tools/lab/machine."""
		return ("--cpu", self.model)


COMPLETE = Processor("complete")
POOREST = Processor("poorest", hidden=FEATURES)
HIDDEN = tuple(Processor(f"without {feature}", hidden=(feature,)) for feature in FEATURES)
REAL = tuple(Processor(model, model) for model, _ in MODELS)
ALL = (COMPLETE, *HIDDEN, POOREST, *REAL)
