# SPDX-License-Identifier: BSD-2-Clause
"""The switch in the real system: VLANs, rate limits and shares of the wire, with bare guests' load."""

import re
import struct

from harness import (BARE, INITRD, KERNEL, LINUX_CMDLINE, check, output_folder,
	run_bochs)

# A tick is a nanosecond: the wire's 10 Gb/s are as many bytes a tick as on a machine of 1 GHz.
IPS = 1_000_000_000
WIRE_BYTES = 24  # of a frame, beyond what the switch counts: preamble, CRC, gap

EAST, WEST, NORTH = ("52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03")


def vm(name, mac, port, words):
	return (f"[vm {name}]\nkernel = traffic\nmemory = 64M\nnet = mac={mac} {port}\n"
		f"cmdline = {words}\n")


def run_traffic(name, vms, wire, backends=1, vcpus=None):
	"""Boots with a core for each vCPU and backend; the wire is captured."""
	config = f"[host]\nwhen_done = poweroff\nio_cores = {backends}\n" + "".join(vms)
	pcap = output_folder(name) / "wire.pcap"
	run = run_bochs(name, config, [(BARE / "traffic.elf", "traffic")], arguments=(
		"--cores", backends + (vcpus or len(vms)), "--ips", IPS, "--nic", "10fb", "--wire", wire, "--pcap", pcap))
	run.wire = list(frames(pcap))
	return run.expect_power_off()


def sink_report(run, guest):
	"""What the sink of a guest counted: name to value."""
	found = re.search(rf"{guest}: traffic: sink (.*)", run.serial)
	check(found, f"no report of {guest}'s sink in {run.out}/serial.log")
	words = found[1].split()
	return dict(zip(words[::2], map(int, words[1::2])))


def frames(path):
	"""The frames of a nanosecond pcap file: (time in ns, bytes)."""
	data = path.read_bytes()
	at = 24
	while at < len(data):
		seconds, nanoseconds, length = struct.unpack_from("<III", data, at)
		yield seconds * 1_000_000_000 + nanoseconds, data[at + 16:at + 16 + length]
		at += 16 + length


def frames_from(run, mac):
	"""Those on the wire that a guest has sent."""
	source = bytes.fromhex(mac.replace(":", ""))
	return [(time, frame) for time, frame in run.wire if frame[6:12] == source]


def check_range(what, value, least, most):
	check(least <= value <= most, f"{what} is {value}, expected {least} to {most}")


def test_switch_vlans():
	"""Two guests with one IP address, each in a VLAN of its own, and a third that talks to one."""
	run = run_traffic("switch_vlans", [
		vm("west", WEST, "vlan=10", "role=sink"),
		vm("north", NORTH, "vlan=20", "role=sink"),
		vm("east", EAST, "vlan=10",
			f"role=source dst_mac={WEST} flows=8 pace=1000 send=1000000 go=yes"),
	], "generator=resolve=10.0.2.15;vlan=20;size=68;flows=4;count=1000;rate=500Mbps")
	sent = run.counters["vm.east.net0.tx0.packets"] - 1  # and a broadcast
	for guest, expected in (("west", sent), ("north", 1000)):
		report = sink_report(run, guest)
		check_range(f"what {guest} got", report["frames"], expected, expected)
		check_range(f"what {guest} lost", report["lost"], 0, 0)
		# The one broadcast of its own VLAN: east's word to begin, and the generator's request.
		check_range(f"other frames at {guest}", report["unmarked"], 1, 1)
	# On the wire every guest's frames bear its VLAN, and none of those between guests is there.
	for mac, tag in ((EAST, 10), (NORTH, 20)):
		tags = [frame[12:16] for _, frame in frames_from(run, mac)]
		check(tags == [struct.pack(">HH", 0x8100, tag)],
			f"expected one frame from {mac} with tag {tag} in {run.out}/wire.pcap, found {tags}")


def test_switch_rates():
	"""One guest sends as fast as it can by two backends, another is sent twice what it may get."""
	run = run_traffic("switch_rates", [
		vm("west", WEST, "rate_rx=1G", "role=sink ip=10.0.2.15"),
		vm("east", EAST, "queues=2 rate_tx=500M\nvcpus = 2",
			"role=source bytes=1518 ring=256 flows=8 send=10000000 ip=10.0.2.16"),
	], "generator=resolve=10.0.2.15;size=1518;flows=4;count=1600;rate=2000Mbps", 2, 3)
	sent = frames_from(run, EAST)
	took = sent[-1][0] - sent[0][0]
	total = sum(len(frame) + WIRE_BYTES for _, frame in sent)
	check(took > 10_000_000, f"east sent for {took} ns only")
	allowed = 500 * took // 8000
	check_range("bytes that east sent", total, allowed * 99 // 100, allowed + 65536 + 2 * 8192)
	for queue in range(2):
		check(run.counters[f"vm.east.net0.tx{queue}.packets"] > 100, f"queue {queue} starved")
	check(run.counters["vm.east.net0.port.rate_waits"] > 0, "east never waited")
	# 1600 frames at 2 Gb/s take 9.84 ms; west may get 1 Gb/s, and the burst is 125,000 bytes.
	frames_allowed = (9_840_000 // 8 + 125_000) // 1538
	report = sink_report(run, "west")
	check_range("frames that west got", report["frames"], frames_allowed - 40, frames_allowed + 20)
	check_range("frames that were dropped", run.counters["vm.west.net0.port.rate_drops"],
		1600 - report["frames"], 1600 - report["frames"])


def test_switch_shares():
	"""Guests with small and with large frames, with one queue and with two, share by bytes."""
	run = run_traffic("switch_shares", [
		vm("west", WEST, "", "role=source bytes=64 flows=8 send=4000000"),
		vm("north", NORTH, "queues=2", "role=source bytes=1518 flows=8 send=4000000"),
		vm("east", EAST, "", "role=source bytes=1518 flows=8 send=4000000"),
	], "generator=rate=none")
	begin = max(frames_from(run, mac)[0][0] for mac in (EAST, WEST, NORTH))
	end = min(frames_from(run, mac)[-1][0] for mac in (EAST, WEST, NORTH))
	shares = [sum(len(frame) + WIRE_BYTES for time, frame in frames_from(run, mac)
		if begin <= time < end) for mac in (EAST, WEST, NORTH)]
	check_range("the time in which all three sent", end - begin, 3_000_000, 20_000_000)
	# A turn is 16384 bytes; what a turn is ahead, and what was left when the last one came.
	check(max(shares) - min(shares) <= 2 * 16384,
		f"expected equal shares of the wire, found {shares} bytes")


def test_switch_fair():
	"""A guest with four queues at four backends fills the wire, and so does one with a single queue."""
	run = run_traffic("switch_fair", [
		vm("north", NORTH, "queues=4", "role=source bytes=1518 ring=512 flows=16 send=19000000"),
		vm("east", EAST, "", "role=source bytes=1518 ring=512 flows=8 send=19000000"),
	], "generator=rate=none", 4)
	begin = max(frames_from(run, mac)[0][0] for mac in (EAST, NORTH))
	end = min(frames_from(run, mac)[-1][0] for mac in (EAST, NORTH))
	check_range("the time in which both sent", end - begin, 17_000_000, 28_000_000)
	# First what the rings of the card took in at once has to be sent: 2048 frames, for 2.5 ms and more.
	begin += 11_000_000
	east, north = (sum(len(frame) + WIRE_BYTES for time, frame in frames_from(run, mac)
		if begin <= time < end) for mac in (EAST, NORTH))
	wire = (end - begin) * 10 // 8
	check_range(f"of the wire's {wire} bytes what both sent", east + north, wire * 93 // 100, wire)
	check(abs(east - north) <= (east + north) // 20,
		f"expected equal shares of the wire, found {east} bytes with one queue, {north} with four")
	check(run.counters["vm.north.net0.port.level_waits"] > 0, "north never waited for the level")


def test_switch_linux():
	"""Stock Linux on a trunk and on an access port: TCP with segment offload through tags."""
	vms = [f"[vm {name}]\nkernel = vmlinuz\ninitrd = initrd\nmemory = 192M\n{port}\n"
		f"cmdline = {LINUX_CMDLINE} {words}\n" for name, port, words in (
			("west", f"net = mac={WEST} vlan=10", "sluice.address=10.9.0.1/24"),
			("east", f"net = mac={EAST} trunk=10,20", "sluice.address=10.9.0.2/24 sluice.vlan=10 "
				"sluice.peer=10.9.0.1 sluice.other_vlans=20,30 sluice.run=vlan sluice.poweroff=1"))]
	run = run_bochs("switch_linux", "[host]\nwhen_done = poweroff\n" + "".join(vms),
		[(KERNEL, "vmlinuz"), (INITRD, "initrd")],
		arguments=("--cores", 3, "--memory", 768)).expect_power_off()
	run.expect("vlan: 0 failed", "vlan: PASS VLAN 30 does not lead to the peer")
	# 2 MB each way with tags beside the data, and again in it; iperf3's sender, when it has written
	# all, does not wait for what is on its way.
	for guest in ("east", "west"):
		check(run.counters[f"vm.{guest}.net0.port.tx_bytes"] > 3_000_000, f"{guest} got too little")
	check(run.counters["vm.east.net0.port.vlan"] > 0, "frames of VLAN 30 were not counted as dropped")
