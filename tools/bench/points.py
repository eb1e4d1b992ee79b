# SPDX-License-Identifier: BSD-2-Clause
"""What is measured: the points of the benchmark, each one run of a machine."""

import dataclasses
import math

CORES_MOST = 12
# More costs only time: firmware and serial line wait in simulated seconds. Linux has a timer tick.
IPS_MOST = {"bare": 60_000_000, "linux": 200_000_000}
OVERLOAD = 2.0          # offered load over what one packet is expected to cost
WARM_UP, WINDOW = 2_000_000, 10_000_000  # ticks


@dataclasses.dataclass(frozen=True)
class Point:
	scenario: str
	direction: str         # rx, tx, both; linux: all, one after the other
	frame_bytes: int = 64  # with CRC
	proto: str = "udp"
	flows: int = 1024
	queues: int = 1        # hardware queues, backends (vrss) and each guest's queue pairs
	guests: int = 1
	backend: str = "vrss"  # vrss: a backend a queue; single: one for all
	kind: str = "bare"
	wait: str = "poll"     # how an idle guest waits
	overload: float = OVERLOAD
	hw_queues: int = 0     # of the card, if other than backends
	disturbed_queues: int = 0   # of guest 1, if other than queues
	disturbed_words: str = ""   # for guest 1's command line

	@property
	def name(self):
		return (f"{self.scenario}-{self.kind}-{self.direction}-{self.proto}{self.frame_bytes}"
			f"-q{self.queues}-g{self.guests}-{self.backend}" + ("-irq" if self.wait != "poll" else ""))

	@property
	def io_cores(self):
		return self.queues if self.backend == "vrss" else 1

	@property
	def vcpus(self):
		"""Of each guest: enough that the backends are what is slow. Linux needs one for its script."""
		if self.kind == "linux":
			return self.queues + 1
		if self.guests > 1:
			return 1
		return min(self.queues, 3 if self.queues > 4 else 4)

	def guest_queues(self, guest):
		return self.disturbed_queues if guest == 1 and self.disturbed_queues else self.queues

	@property
	def cores(self):
		return self.io_cores + self.guests * self.vcpus + 1

	@property
	def expected_cost(self):
		"""Ticks for a packet where it is slowest, roughly: only the offered load depends on it."""
		if self.kind == "linux":
			return 1500 + self.frame_bytes // 6
		return {"rx": 250, "tx": 260, "both": 250}[self.direction] + self.frame_bytes // 6

	@property
	def ticks_per_frame(self):
		"""Between two offered frames."""
		slowest = self.queues if self.kind == "linux" else self.io_cores
		return max(8, math.ceil(self.expected_cost / (slowest * self.overload)))

	@property
	def line_rate(self):
		"""Frames a second that 10 Gb/s carries."""
		return 10_000_000_000 / 8 / (self.frame_bytes + 20)

	@property
	def ips(self):
		"""The frames are offered at line rate, or at less if the processor would have to be too fast."""
		return min(IPS_MOST[self.kind], int(self.ticks_per_frame * self.line_rate))


def scaling_points():
	for direction in ("rx", "tx", "both"):
		for queues in (1, 2, 4, 8):
			yield Point("scaling", direction, queues=queues)
		for queues in (2, 4):
			yield Point("scaling", direction, queues=queues, backend="single")


def size_points():
	for direction in ("rx", "tx", "both"):
		for size in (128, 256, 512, 1024, 1518):
			yield Point("sizes", direction, size, queues=4)
		yield Point("sizes", direction, 1518, queues=1)
		yield Point("sizes", direction, 1518, queues=4, backend="single")


def tcp_points():
	for direction in ("rx", "tx", "both"):
		for size, queues in ((64, 1), (64, 4), (1518, 4)):
			yield Point("tcp", direction, size, "tcp", queues=queues)


def guest_points():
	for direction in ("rx", "tx", "both"):
		for guests in (2, 4):
			yield Point("guests", direction, queues=4, guests=guests)
		yield Point("guests", direction, queues=4, guests=4, backend="single")


def misaligned_points():
	"""Hardware queues other than backends, guests' queues other than both: hand-overs, but in order."""
	for direction in ("rx", "tx"):
		for hw_queues in (2, 8):
			yield Point(f"hardware-queues-{hw_queues}", direction, queues=4, hw_queues=hw_queues)


def interrupt_points():
	"""Guests that sleep when idle; below and above what the backends take."""
	for direction, overload in (("rx", 0.5), ("rx", 2.0), ("tx", 2.0)):
		yield Point("interrupts" if overload > 1 else "interrupts-half", direction, queues=4,
			wait="interrupt", overload=overload)


# What the second guest does in each; the first is the neighbour that must not notice.
DISTURBANCES = {
	"control": {},
	"pinned": {"disturbed_words": "pin=0"},
	"fewer-queues": {"disturbed_queues": 2},
	"more-queues": {"disturbed_queues": 8},
	"stalled-queue": {"disturbed_words": "stall=1"},
}


def neighbour_points():
	for name, change in DISTURBANCES.items():
		yield Point(f"neighbour-{name}", "rx", queues=4, guests=2, overload=0.6, **change)


def linux_points():
	"""Stock Linux: one boot measures all directions."""
	for queues in (1, 2, 4):
		yield Point("scaling", "all", queues=queues, kind="linux")
	yield Point("scaling", "all", queues=4, kind="linux", backend="single")


def all_points():
	return [*linux_points(), *scaling_points(), *neighbour_points(), *guest_points(), *tcp_points(), *size_points(),
		*interrupt_points(), *misaligned_points()]


def quick_points():
	"""A few, for a test of the tool and of what is the same on every machine."""
	points = [Point("scaling", direction, queues=queues) for direction in ("rx", "tx") for queues in (1, 4)]
	points.append(Point("scaling", "rx", queues=4, backend="single"))
	return points
