# SPDX-License-Identifier: BSD-2-Clause
"""The machines that are run: what is in them, what their wire leads to, how they are judged."""

import functools
import pathlib

import dpdk
import judge_dpdk
import judge_moderation
import judge_outside
import judge_overload
import judge_rss
import judge_statistics
import judge_wire
import machine
import network
import selftest
import server
import stock_linux
from machine import BUILD, ROOT

HERE = pathlib.Path(__file__).resolve().parent
GUEST = HERE / "guest"
IPS = 100_000_000
CORES, WALL_SECONDS = 4, 900
ACTIONS = {"flows": network.send_flows, "storm": network.storm, "tagged": network.send_tagged,
	"broadcast": network.send_broadcast}


def get_kernel():
	return stock_linux.get_kernel(ROOT / "build" / "stock-linux")


def get_dpdk():
	return dpdk.get_dpdk(ROOT / "build" / "dpdk")


def start_initramfs(modules):
	"""An image with busybox, ethtool, modules of Debian's kernel and the scenarios; to be added to."""
	image = stock_linux.Initramfs()
	image.add_busybox()
	image.add_program("/usr/sbin/ethtool")
	image.add_modules(get_kernel().list_modules(modules))
	image.add_file("/init", HERE / "init")
	for file in GUEST.iterdir():
		image.add_file(f"/scenarios/{file.name}", file)
	for folder in ("/proc", "/sys", "/dev", "/tmp", "/run"):
		image.add_folder(folder)
	return image


class Scenario:
	"""Stock Linux with guest/SCRIPT on a card, then judges of what the run left."""

	modules = ("ixgbe", "8021q")
	memory = 512

	def __init__(self, script, card, wire, judges=(), data_bytes=1 << 20):
		self.script, self.card, self.wire = script, card, wire
		self.judges, self.data_bytes = judges, data_bytes
		self.name = f"{script}-{card}"

	def prepare(self):
		"""Fetches while there is a network to fetch from."""
		get_kernel()

	def make_iso(self, words):
		initramfs, iso = BUILD / f"{self.name}.cpio", BUILD / f"{self.name}.iso"
		image = start_initramfs(self.modules)
		self.add_to(image)
		image.write(initramfs)
		machine.make_iso(iso, get_kernel(), initramfs, [f"model.scenario={self.script}", *words], IPS)
		return iso

	def add_to(self, image):
		"""What else this scenario's image has."""

	def boot(self, out, iso, actions=ACTIONS, **options):
		wire = f"tap={network.INTERFACE}" if self.wire == "tap" else self.wire
		return machine.run_machine(out, iso, actions, cores=CORES, memory=self.memory, ips=IPS,
			nic=self.card, wall=WALL_SECONDS, wire=wire, **options)

	def run(self, checks, no_tap):
		if self.wire == "tap" and no_tap:
			checks.skip(self.name, no_tap)
			return
		files = server.start_server(self.wire, self.data_bytes)
		iso = self.make_iso([f"model.port={files.server_port}", f"model.sha256={files.sha256}"])
		options = {"hostfwd": f"tcp:127.0.0.1:{files.forward}-10.0.2.15:80"} if files.forward else {}
		run = self.boot(BUILD / self.name, iso, **options)
		files.shutdown()
		judge_outside.judge(checks, self.name, run)
		for judge in self.judges:
			judge(checks, self.name, run)


class Faulty(Scenario):
	"""The guest asks for faults of the card."""

	def boot(self, out, iso, **options):
		control = out / "control"

		def inject(fault):
			with open(control, "w") as fifo:
				fifo.write(fault + "\n")

		return super().boot(out, iso, {**ACTIONS, "fault": inject}, control=control, **options)


class Repeated(Scenario):
	"""A run that nothing from outside reaches, twice: everything it left is the same."""

	may_lose = False

	def run(self, checks, no_tap):
		iso = self.make_iso([])
		runs = [self.boot(BUILD / f"{self.name}-{n}", iso) for n in (1, 2)]
		judge_outside.judge(checks, self.name, runs[0], self.may_lose)
		for judge in self.judges:
			judge(checks, self.name, runs[0])
		for file in ("counters.json", "serial.log", "state.json", "wire.pcap"):
			first, second = ((run.out / file).read_bytes() for run in runs)
			checks.add(f"{self.name}/same-{file}", first == second,
				f"{file} differs between {runs[0].out} and {runs[1].out}", bytes=len(first))


class Adaptive(Repeated):
	"""Bursts of about forty long frames, by the generator: too many for one interrupt each."""

	def __init__(self, card):
		super().__init__("adaptive", card, "generator=resolve=10.0.2.15;rate=line;size=1518;on=50us;"
			"off=5ms;duration=2s", (judge_moderation.judge_adaptive,))


class TwoPorts(Repeated):
	"""A second card, of the other kind, at the other end of the cable."""

	def boot(self, out, iso, **options):
		return super().boot(out, iso, nic2="10f7", wire2="cross", **options)


class Overload(Repeated):
	"""The generator's load at line rate, of frames of one size (with CRC)."""

	may_lose = True

	def __init__(self, size, card, count):
		load = f"generator=resolve=10.0.2.15;rate=line;size={size};flows=64;count={count}"
		super().__init__("overload", card, load, (functools.partial(judge_overload.judge, size=size),))
		self.name = f"overload-{size}-{card}"


class Dpdk(Scenario):
	"""testpmd in the place of the kernel's driver."""

	modules = ("uio_pci_generic",)
	memory = 768

	def prepare(self):
		super().prepare()
		get_dpdk()

	def add_to(self, image):
		dpdk.add_testpmd(image, get_dpdk())


ALL = (
	Scenario("basics", "10fb", "slirp", data_bytes=16 << 20),
	Scenario("basics", "10f7", "slirp", data_bytes=16 << 20),
	Scenario("rss", "10fb", "tap", (judge_rss.judge,)),
	Scenario("offloads", "10fb", "tap", (judge_wire.judge_jumbo,)),
	Scenario("vlan", "10fb", "tap", (judge_wire.judge_tags,)),
	Scenario("statistics", "10fb", "tap", (judge_statistics.judge,), data_bytes=2 << 20),
	Scenario("loops", "10fb", "tap"),
	Scenario("moderation", "10fb", "tap", (judge_moderation.judge,), data_bytes=8 << 20),
	Faulty("faults", "10fb", "tap"),
	Repeated("quiet", "10fb", "none"),
	Overload(64, "10fb", 40_000),
	Overload(1518, "10fb", 5_000),
	Adaptive("10fb"),
	TwoPorts("two-ports", "10fb", "cross"),
	Dpdk("dpdk", "10fb", "tap", (judge_dpdk.judge,)),
	selftest.Selftest("10fb"),
	selftest.Selftest("10f7"),
)
