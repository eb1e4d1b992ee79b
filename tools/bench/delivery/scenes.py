# SPDX-License-Identifier: BSD-2-Clause
"""What is measured: each scene is one run of a machine with one guest."""

import dataclasses

SHARES = (20, 50, 80)
# Offered, in percent of what the core takes at most.
OFFERED = (10, 25, 50, 75, 100, 150, 200, 400)
OFFERED_LINUX = (10, 50, 100, 400)
OVERLOADED = (100, 400)
HIDDEN = {"none": "", "posted": "posted-interrupts", "apicv": "apicv"}
# Packets a second that guests take, roughly: a load of 100 percent. On a core of their own, and shared.
CAPACITY = {"bare": {"own": 3_600_000, "shared": 2_400_000}, "linux": {"own": 550_000, "shared": 430_000}}
IDLE_RATES = (0, 100, 500, 2000, 20000)


@dataclasses.dataclass(frozen=True)
class Scene:
	part: str              # shared, fallbacks, idle
	name: str
	load: str
	rate: int              # packets a second
	arrivals: str = "even"
	guest: str = "bare"
	core: str = "own"      # of the vCPU; shared: with the backend
	watch: bool = True     # the backend's core is an `io` core, on which it watches rings
	backend_share: int = 50
	hide: str = ""
	source: bool = False   # the guest sends
	wait: str = "interrupt"
	window: int = 30_000_000
	ips: int = 1_000_000_000

	@property
	def vcpu_core(self):
		return 0 if self.core == "shared" else 1


def shared_scenes(guest, offered):
	for percent in offered:
		window = 100_000_000 if guest == "linux" else 60_000_000 if percent < 50 else 30_000_000
		yield Scene("shared", f"shared-{guest}-{percent}", f"{percent} %", CAPACITY[guest]["shared"] * percent // 100,
			"poisson", guest, "shared", window=window)


def busy_scenes(shares, offered):
	"""A guest that always wants the core."""
	for share in shares:
		for percent in offered:
			yield Scene("shared", f"shared-busy-{share}-{percent}", f"{percent} %",
				CAPACITY["bare"]["shared"] * percent // 100, "poisson", core="shared", backend_share=share, wait="poll",
				window=20_000_000)


def fallback_scenes(guest):
	most = CAPACITY[guest]["own"]
	for hidden, hide in HIDDEN.items():
		name = f"fallback-{guest}-{hidden}"
		yield Scene("fallbacks", f"{name}-saturated", "saturated", 2 * most, guest=guest, hide=hide)
		yield Scene("fallbacks", f"{name}-poisson-10", "poisson-10", most // 10, "poisson", guest, hide=hide,
			window=100_000_000)
		yield Scene("fallbacks", f"{name}-2000pps", "2000pps", 2000, guest=guest, hide=hide, window=400_000_000)


def idle_scenes():
	for watch in (True, False):
		for rate in IDLE_RATES:
			yield Scene("idle", f"idle-{'watch' if watch else 'doorbells'}-{rate}", f"{rate}/s", rate, watch=watch,
				source=True, window=400_000_000)


def quick_scenes():
	"""For the system test: seconds."""
	return [*shared_scenes("bare", (10, 50, 400)), *busy_scenes((20,), (400,))]


def all_scenes():
	return [*shared_scenes("bare", OFFERED), *busy_scenes(SHARES, OVERLOADED), *fallback_scenes("bare"), *idle_scenes(),
		*shared_scenes("linux", OFFERED_LINUX), *fallback_scenes("linux")]
