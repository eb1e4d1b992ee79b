# SPDX-License-Identifier: BSD-2-Clause
"""The machines that are run: what is in them, what their wire leads to, how they are judged."""

import concurrent.futures
import functools
import pathlib
import threading
import time

import capture
import dpdk
import flows
import ipxe
import judge_dpdk
import judge_forwarding
import judge_intervals
import judge_moderation
import judge_outside
import judge_overload
import judge_pci
import judge_rss
import judge_statistics
import judge_wire
import machine
import network
import selftest
import server
import sources
import stock_linux
from hosts import ROOT

HERE = pathlib.Path(__file__).resolve().parent
GUEST = HERE / "guest"
PACKAGES = ROOT / "build" / "packages"
CORES, WALL_SECONDS = 4, 900
ACTIONS = {"flows": network.send_flows, "storm": network.storm, "tagged": network.send_tagged,
	"broadcast": network.send_broadcast}


def get_kernel():
	return stock_linux.get_kernel(ROOT / "build" / "stock-linux")


def get_dpdk():
	return dpdk.get_dpdk(PACKAGES / dpdk.PACKAGE)


def get_ipxe():
	return ipxe.get_ipxe(PACKAGES / ipxe.PACKAGE)


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
	may_lose = False

	def __init__(self, script, card, wire, judges=(), data_bytes=1 << 20):
		self.script, self.card, self.wire = script, card, wire
		self.judges, self.data_bytes = judges, data_bytes
		self.name = f"{script}-{card}"

	def prepare(self):
		"""Fetches while there is a network to fetch from."""
		get_kernel()

	def make_iso(self, words, suffix=""):
		initramfs, iso = (machine.get_folder() / f"{self.name}{suffix}.{kind}" for kind in ("cpio", "iso"))
		image = start_initramfs(self.modules)
		self.add_to(image)
		image.write(initramfs)
		machine.make_iso(iso, get_kernel(), initramfs, [f"model.scenario={self.script}", *words])
		return iso

	def add_to(self, image):
		"""What else this scenario's image has."""

	def boot(self, out, iso, actions=ACTIONS, **options):
		wire = f"tap={network.INTERFACE}" if self.wire == "tap" else self.wire
		return machine.run_machine(out, iso, actions, cores=CORES, memory=self.memory, nic=self.card,
			 wall=WALL_SECONDS, wire=wire, **options)

	def run(self, checks):
		if self.wire == "tap":
			try:
				network.enter()
			except (network.NetworkError, OSError) as error:
				checks.skip(self.name, f"no TAP: {error}")
				return
		files = server.start_server(self.wire, self.data_bytes)
		iso = self.make_iso([f"model.port={files.server_port}", f"model.sha256={files.sha256}"])
		options = {"hostfwd": f"tcp:127.0.0.1:{files.forward}-10.0.2.15:80"} if files.forward else {}
		run = self.boot(machine.get_folder() / self.name, iso, **options)
		files.shutdown()
		judge_outside.judge(checks, self.name, run, self.may_lose)
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


class Offloads(Scenario):
	"""The smallest rings may lose frames; the judge tells where they went."""

	may_lose = True

	def __init__(self, card):
		super().__init__("offloads", card, "tap", (judge_wire.judge_offloads,))


class DmaFaults(Faulty):
	"""What these faults take away is not lost by the card's own fault."""

	may_lose = True

	def __init__(self, card):
		super().__init__("dma-faults", card, "tap")


class BadNvm(Faulty):
	"""The NVM's checksum is wrong until the guest asks for a good one."""

	def boot(self, out, iso, **options):
		return super().boot(out, iso, bad_nvm=True, **options)


class Firmware(Scenario):
	"""Management firmware that keeps the link for itself, and a card that takes its time for everything."""

	slow = {"reset": "1ms", "master": "20ms", "nvm-loaded": "5ms", "nvm-read": "20us", "dma-ready": "1ms",
		"rx-enable": "3ms", "rx-disable": "1ms", "tx-enable": "3ms", "tx-disable": "1ms", "secrx": "5ms",
		"autoneg": "5ms", "firmware": "300ms"}

	def __init__(self, card):
		super().__init__("firmware", card, "slirp")

	def boot(self, out, iso, **options):
		faults = ["0s:manage:2", *(f"0s:slow:{wait}:{time}" for wait, time in self.slow.items())]
		return super().boot(out, iso, fault=faults, **options)


class Repeated(Scenario):
	"""A run that nothing from outside reaches; twice, where everything it leaves is to be the same."""

	def run(self, checks):
		iso = self.make_iso([])
		times = (1, 2) if machine.Chosen.host.repeats else (1,)
		runs = [self.boot(machine.get_folder() / f"{self.name}-{n}", iso) for n in times]
		judge_outside.judge(checks, self.name, runs[0], self.may_lose)
		for judge in self.judges:
			judge(checks, self.name, runs[0])
		if len(runs) == 2:
			self.compare(checks, runs)

	def compare(self, checks, runs):
		files = ["counters.json", "serial.log", "state.json", "wire.pcap"]
		for file in files + (["counters2.json"] if runs[0].second_counters else []):
			first, second = ((run.out / file).read_bytes() for run in runs)
			checks.add(f"{self.name}/same-{file}", first == second,
				f"{file} differs between {runs[0].out} and {runs[1].out}", bytes=len(first))


class Adaptive(Repeated):
	"""Bursts of about forty long frames, by the generator: too many for one interrupt each. In real time an
	emulated processor may be too slow for them."""

	def __init__(self, card):
		self.may_lose = not machine.Chosen.host.repeats
		super().__init__("adaptive", card, "generator=resolve=10.0.2.15;rate=line;size=1518;on=50us;"
			"off=5ms;duration=2s", (judge_moderation.judge_adaptive,))


class Intervals(Repeated):
	"""Ten frames a millisecond, so that there is always one at an interval's end; to an address that is
	nobody's, so that one core has time for them. (In real time it may not have.)"""

	def __init__(self, card):
		self.may_lose = not machine.Chosen.host.repeats
		super().__init__("intervals", card, "generator=resolve=10.0.2.15;rate=10000pps;dst_ip=198.18.0.1",
			(judge_intervals.judge,))


class Schedule(Repeated):
	"""Faults at given times, well after the driver has loaded; in real time, when the guest says it has."""

	may_lose = True

	def __init__(self, card):
		super().__init__("schedule", card, "generator=resolve=10.0.2.15;rate=2000pps;flows=64")

	seconds_and_faults = ((0, "link-down:300ms"), (4, "link-down:300ms"),
		*((8, f"stall-rx:{queue}") for queue in range(CORES)))

	def boot(self, out, iso, **options):
		first = machine.Chosen.host.loaded
		control = out / "control"

		def inject():
			begin = time.monotonic()
			for seconds, fault in self.seconds_and_faults:
				# A guest on a busy machine needs time to see what happens.
				time.sleep(max(0, begin + 3 * seconds - time.monotonic()))
				with open(control, "w") as fifo:
					fifo.write(fault.replace("300ms", "4s") + "\n")

		def start():
			threading.Thread(target=inject, daemon=True).start()

		if machine.Chosen.host.repeats:
			faults = [f"{first + seconds}s:{fault}" for seconds, fault in self.seconds_and_faults]
			return super().boot(out, iso, {"schedule": lambda: None}, fault=faults, **options)
		return super().boot(out, iso, {"schedule": start}, control=control, **options)


class TwoPorts(Repeated):
	"""A second card, of the other kind: at the other end of the cable, or on a wire of its own."""

	wire2 = "cross"

	def boot(self, out, iso, **options):
		return super().boot(out, iso, nic2="10f7", wire2=self.wire2, **options)


class Forwarding(TwoPorts):
	"""The machine routes from a generator to another that only measures."""

	wire2 = "generator=rate=none"

	def __init__(self, card, count):
		super().__init__("forwarding", card, "generator=resolve=10.0.2.15;rate=5000pps;arrivals=poisson;"
			f"size=64:7/594:4/1518:1;flows=64;proto=mix;dst_ip=198.18.0.1+64;count={count}",
			(functools.partial(judge_forwarding.judge, count=count),))


class Overload(Repeated):
	"""The generator's load at line rate, of frames of one size (with CRC).

	With flow control (SFP+) the driver lets the packet buffer fill, without (KX4) queues drop."""

	lost_by = {"10fb": "rx_missed_errors", "10f7": "rx_no_dma_resources"}

	may_lose = True

	def __init__(self, size, card, count):
		load = f"generator=resolve=10.0.2.15;rate=line;size={size};flows=64;count={count}"
		judge = functools.partial(judge_overload.judge, size=size, lost_by=self.lost_by[card])
		super().__init__("overload", card, load, (judge,))
		self.name = f"overload-{size}-{card}"


class Replay(Repeated):
	"""A frame of each flow from a capture file, well after the driver has loaded."""

	def __init__(self, card):
		super().__init__("replay", card, f"replay=file={machine.get_folder()}/flows.pcap;"
			f"start={machine.Chosen.host.loaded}s", (judge_wire.judge_replay,))

	def make_iso(self, words):
		frames = [flow.make_frame() for flow in flows.make_flows()]
		capture.write_frames(machine.get_folder() / "flows.pcap", frames, 10_000)
		return super().make_iso(words)


class Peer(Scenario):
	"""Two machines whose cards are connected. What is sent before both are there is lost."""

	may_lose = True
	macs = {"server": flows.PEER, "client": flows.CARD}

	def run(self, checks):
		with concurrent.futures.ThreadPoolExecutor() as pool:
			isos = {role: self.make_iso([f"model.role={role}"], f"-{role}") for role in self.macs}
			runs = {role: pool.submit(self.boot_role, role, isos[role]) for role in self.macs}
		for role, run in runs.items():
			judge_outside.judge(checks, f"{self.name}/{role}", run.result(), self.may_lose,
				self.macs[role])

	def boot_role(self, role, iso):
		return self.boot(machine.get_folder() / f"{self.name}-{role}", iso, mac=self.macs[role].hex(":"))


class Module(Scenario):
	"""Another module in the cage, for which the model wants what silicon wants of a driver."""

	def __init__(self, module, mbps):
		super().__init__("module", "10fb", "slirp")
		self.module, self.mbps = module, mbps
		self.name = f"module-{module}"

	def make_iso(self, words, suffix=""):
		return super().make_iso([*words, f"model.mbps={self.mbps}"], suffix)

	def boot(self, out, iso, **options):
		return super().boot(out, iso, module=self.module, **options)


class Dpdk(Scenario):
	"""testpmd in the place of the kernel's driver."""

	modules = ("uio_pci_generic",)
	memory = 768

	def prepare(self):
		super().prepare()
		get_dpdk()

	def add_to(self, image):
		dpdk.add_testpmd(image, get_dpdk())


class Ipxe(Scenario):
	"""iPXE's own driver: DHCP, then Linux and its image by HTTP, whose content is compared. Linux's own driver then
	takes the card over."""

	def __init__(self, machine_type, firmware, card):
		super().__init__("ipxe", card, "slirp", data_bytes=2 << 20)
		self.machine_type, self.firmware = machine_type, firmware
		self.name = f"ipxe-{machine_type}-{firmware}-{card}"

	def prepare(self):
		super().prepare()
		get_ipxe()

	def make_initrd(self, files):
		path = machine.get_folder() / f"{self.name}.cpio"
		image = start_initramfs(self.modules)
		image.add_bytes("/data", files.data)
		image.write(path)
		return path.read_bytes()

	def run(self, checks):
		files = server.start_server(self.wire, self.data_bytes)
		words = machine.make_words(["model.scenario=ipxe", f"model.port={files.server_port}",
			f"model.sha256={files.sha256}"])
		files.files = {"/vmlinuz": get_kernel().image.read_bytes(), "/initrd.img": self.make_initrd(files),
			"/boot.ipxe": ipxe.make_script(files.server_port, words)}
		medium, kind = ipxe.make_medium(machine.get_folder() / f"{self.name}.fat", get_ipxe(), self.firmware)
		run = self.boot(machine.get_folder() / self.name, medium, medium=kind, machine=self.machine_type,
			firmware=self.firmware, bootfile=f"http://10.0.2.2:{files.server_port}/boot.ipxe")
		files.shutdown()
		judge_outside.judge(checks, self.name, run, known_defects=ipxe.KNOWN_DEFECTS)


def make_all_ipxe():
	for machine_type, firmware, card in (("q35", "bios", "10fb"), ("q35", "uefi", "10f7"), ("pc", "bios", "10f7"),
			("pc", "uefi", "10fb")):
		yield Ipxe(machine_type, firmware, card)


def make_both_flavours():
	"""The scenarios that each card goes through, in this order; the longest first."""
	for card in ("10fb", "10f7"):
		yield Faulty("faults", card, "tap")
		yield DmaFaults(card)
		yield BadNvm("bad-nvm", card, "tap")
		yield Scenario("basics", card, "slirp", (judge_pci.judge,), data_bytes=16 << 20)
		yield Scenario("rss", card, "tap", (judge_rss.judge,))
		yield Firmware(card)
		yield Offloads(card)
		yield Scenario("vlan", card, "tap", (judge_wire.judge_tags,))
		yield Scenario("statistics", card, "tap", (judge_statistics.judge,), data_bytes=2 << 20)
		yield Scenario("loops", card, "tap")
		yield Scenario("moderation", card, "tap", (judge_moderation.judge,), data_bytes=8 << 20)
		yield Dpdk("dpdk", card, "tap", (judge_dpdk.judge,))
		if machine.Chosen.host.name == "bochs":
			yield selftest.Selftest(card)


def make_all():
	"""For the host that was chosen."""
	yield sources.Sources()
	yield from make_both_flavours()
	for module, mbps in (("limiting", 10000), ("sr+sx", 10000), ("sx", 1000)):
		yield Module(module, mbps)
	if machine.Chosen.host.name == "qemu":
		yield from make_all_ipxe()
	yield Repeated("quiet", "10fb", "none")
	yield Overload(64, "10fb", 40_000)
	yield Overload(1518, "10f7", 5_000)
	yield Adaptive("10fb")
	yield Intervals("10f7")
	yield Schedule("10fb")
	yield TwoPorts("two-ports", "10fb", "cross")
	yield Forwarding("10fb", 5_000)
	yield Replay("10f7")
	yield Peer("peer", "10fb", f"peer={machine.get_folder()}/peer.socket")
