# SPDX-License-Identifier: BSD-2-Clause
"""The machines that are run: what is in them, what their wire leads to, how they are judged."""

import pathlib

import judge_moderation
import judge_rss
import judge_statistics
import machine
import network
import server
import stock_linux
from machine import BUILD, ROOT

HERE = pathlib.Path(__file__).resolve().parent
GUEST = HERE / "guest"
IPS = 100_000_000
CORES, MEMORY_MB, WALL_SECONDS = 4, 512, 900
ACTIONS = {"flows": network.send_flows, "storm": network.storm, "tagged": network.send_tagged,
	"broadcast": network.send_broadcast}
MODULES = ("ixgbe", "8021q")


def get_kernel():
	return stock_linux.get_kernel(ROOT / "build" / "stock-linux")


def make_initramfs():
	"""Debian's kernel's modules, busybox, ethtool and the scenarios."""
	image = stock_linux.Initramfs()
	image.add_busybox()
	image.add_program("/usr/sbin/ethtool")
	image.add_modules(get_kernel().list_modules(MODULES))
	image.add_file("/init", HERE / "init")
	for file in GUEST.iterdir():
		image.add_file(f"/scenarios/{file.name}", file)
	for folder in ("/proc", "/sys", "/dev", "/tmp"):
		image.add_folder(folder)
	image.write(BUILD / "initramfs")
	return BUILD / "initramfs"


def prepare(chosen):
	"""What has to be fetched is fetched while there is a network to fetch from."""
	get_kernel()


def judge_outside(checks, name, run):
	"""What only the outside can tell, and what the guest told."""
	for check, verdict in run.checks:
		checks.add(f"{name}/{check}", verdict == "PASS", f"see {run.out}/serial.log")
	checks.add(f"{name}/finished", run.status == 0 and "CHECKS DONE" in run.serial,
		f"status {run.status}, see {run.out}")
	if not run.counters:
		checks.add(f"{name}/counters-written", False, f"no counters.json in {run.out}")
		return
	nic, wire = run.counters["nic"], run.counters["wire"]
	checks.add(f"{name}/no-driver-defects", run.counters["driver_defects"] == 0,
		str(run.counters["defects"]), defects=run.counters["defects"])
	checks.add(f"{name}/nothing-lost", not any((nic["rx_overflow"], nic["rx_no_descriptor"],
		wire["from_nic_dropped"], wire["to_nic_dropped"])), "see the figures", **nic)
	checks.add(f"{name}/card-and-wire-agree", (nic["rx_frames"], nic["tx_frames"]) == (
		wire["to_nic_frames"], wire["from_nic_frames"]), f"card {nic}, wire {wire}", **wire)


class Scenario:
	"""A scenario of stock Linux's: guest/NAME in the machine, then checks of what it left."""

	def __init__(self, script, card, wire, judges, data_bytes):
		self.script, self.card, self.wire = script, card, wire
		self.judges, self.data_bytes = judges, data_bytes
		self.name = f"{script}-{card}"

	def run(self, checks, no_tap):
		if self.wire == "tap" and no_tap:
			checks.skip(self.name, no_tap)
			return
		files = server.start_server(self.wire, self.data_bytes)
		iso = BUILD / f"{self.name}.iso"
		machine.make_iso(iso, get_kernel(), make_initramfs(), [f"model.scenario={self.script}",
			f"model.port={files.server_port}", f"model.sha256={files.sha256}"], IPS)
		options = {"hostfwd": f"tcp:127.0.0.1:{files.forward}-10.0.2.15:80"} if files.forward else {}
		run = machine.run_machine(BUILD / self.name, iso, ACTIONS, cores=CORES, memory=MEMORY_MB, ips=IPS,
			nic=self.card, wall=WALL_SECONDS,
			wire=f"tap={network.INTERFACE}" if self.wire == "tap" else self.wire, **options)
		files.shutdown()
		judge_outside(checks, self.name, run)
		for judge in self.judges:
			judge(checks, self.name, run)


def judge_capture(checks, name, run):
	frames = run.read_frames()
	wire = run.counters["wire"]
	checks.add(f"{name}/capture-complete", len(frames) == wire["to_nic_frames"]
		+ wire["from_nic_frames"], f"{len(frames)} frames captured", frames=len(frames))
	faults = machine.capture.check_sent(frames, network.flows.CARD)
	checks.add(f"{name}/sent-checksums", not faults, "; ".join(faults))


def judge_rss_trials(checks, name, run):
	for record, text in run.records.items():
		if record.startswith("rss-"):
			judge_rss.judge_trial(checks, name, record, text)


def judge_jumbo(checks, name, run):
	longest = {kind: max(len(frame) for frame in run.read_frames()
		if (frame[6:12] == network.flows.CARD) == (kind == "sent")) for kind in ("sent", "received")}
	checks.add(f"{name}/jumbo-on-the-wire", set(longest.values()) == {9014}, f"longest {longest}",
		**longest)


def judge_tags(checks, name, run):
	sent = [frame for frame in run.read_frames() if frame[6:12] == network.flows.CARD
		and frame[12:16] == b"\x81\x00\x00\x05"]
	checks.add(f"{name}/tags-on-the-wire", len(sent) > 12, f"{len(sent)} tagged frames sent",
		tagged=len(sent))
	filtered = run.counters["nic"]["rx_filtered"]
	checks.add(f"{name}/filtered", filtered == 100, f"{filtered}, expected 100", filtered=filtered)


ALL = (
	Scenario("basics", "10fb", "slirp", (judge_capture,), 16 << 20),
	Scenario("basics", "10f7", "slirp", (judge_capture,), 16 << 20),
	Scenario("rss", "10fb", "tap", (judge_capture, judge_rss_trials), 1 << 20),
	Scenario("offloads", "10fb", "tap", (judge_capture, judge_jumbo), 1 << 20),
	Scenario("vlan", "10fb", "tap", (judge_capture, judge_tags), 1 << 20),
	Scenario("statistics", "10fb", "tap", (judge_capture, judge_statistics.judge), 2 << 20),
	Scenario("loops", "10fb", "tap", (judge_capture,), 1 << 20),
	Scenario("moderation", "10fb", "tap", (judge_capture, judge_moderation.judge), 8 << 20),
)
