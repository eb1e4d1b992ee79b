# SPDX-License-Identifier: BSD-2-Clause
"""Machines that differ from the lab's: APICs and their ids, clocks, memory maps, PCI topologies."""

import re
import struct

from harness import BARE, check, find_new_qemu, output_folder, run_bochs, run_qemu, tail

CONFIG = "[host]\nwhen_done = poweroff\n[vm bare]\nkernel = hello\nmemory = 32M\n"
HELLO = [(BARE / "hello.elf", "hello")]
MONITOR = "sluice> "
LATE = "network: "
OFTEN = 4_000_000_000


def boot_qemu(name, machine, *arguments, cpu="max,-x2apic", memory=256, cores="1", words="", **more):
	return run_qemu(name, MONITOR, "[host]\nio_cores = 1\n", cmdline=f"log=debug {words}".strip(), cpu=cpu, memory=memory,
		cores=cores, arguments=("-machine", machine, *arguments), seconds=60, **more)


# --- APICs ------------------------------------------------------------------------------------

def test_sparse_apic_ids():
	"""Two packages of three cores: ids 0-2 and 4-6; xAPIC; some memory above 4 GB."""
	for machine in ("pc", "q35"):
		run = boot_qemu(f"sparse_apic_ids_{machine}", machine, memory="6G",
			cores="6,sockets=2,cores=3,threads=1")
		run.expect("cores: 6 running, xAPIC", LATE)
		usable = int(re.search(r"memory: (\d+) MB usable", run.serial)[1])
		check(6100 <= usable <= 6144, f"{usable} MB usable of 6144")


def test_disabled_processors():
	"""The MADT lists places for more cores than there are."""
	run = boot_qemu("disabled_processors", "pc", cores="2,maxcpus=8")
	run.expect("cores: 2 running")


def test_wide_apic_ids():
	"""One core has id 256, which only the MADT's x2APIC entries can name, and only x2APIC mode
	reach: the firmware leaves it on, and hidden or not it stays."""
	for hide in ("", "hide=x2apic"):
		run = run_qemu(f"wide_apic_ids_{hide}", MONITOR, "[host]\nio_cores = 1\n", cmdline=hide,
			qemu=find_new_qemu(), cores="2,sockets=2,cores=129,threads=1,maxcpus=258", seconds=60,
			arguments=("-machine", "q35", "-device", "intel-iommu,intremap=on,eim=on", "-device",
				"max-x86_64-cpu,socket-id=1,core-id=0,thread-id=0"))
		run.expect("left it in x2APIC mode", "cores: 3 running, x2APIC", LATE)


def test_x2apic_left_on():
	"""The firmware enters x2APIC mode; it stays, or is left again where the configuration hides it."""
	for hide, mode in (("", "x2APIC"), ("hide=x2apic", "xAPIC")):
		run = run_bochs(f"x2apic_left_on_{mode}", CONFIG, HELLO, hide, arguments=("--ticks", OFTEN),
			grub=("wrmsr 0x1b 0xfee00d00",))
		run.expect_power_off().expect("left it in x2APIC mode", f"cores: 2 running, {mode}", "hello")


# --- Topology ---------------------------------------------------------------------------------

TOPOLOGY = "8,sockets=2,cores=2,threads=2"
NODES = ("-object", "memory-backend-ram,id=a,size=512M", "-object", "memory-backend-ram,id=b,size=512M",
	"-numa", "node,memdev=a", "-numa", "node,memdev=b", "-numa", "cpu,node-id=0,socket-id=0",
	"-numa", "cpu,node-id=1,socket-id=1")


def places(run):
	"""Package, core, thread and node of each core, in the order of their numbers."""
	found = re.findall(r"core (\d+): APIC id \d+, package (\d+), core (\d+), thread (\d+), node (\d+)", run.serial)
	check([int(line[0]) for line in found] == list(range(len(found))), f"cores: {found}")
	return [tuple(int(word) for word in line[1:]) for line in found]


def test_topology():
	"""Two packages, each a node, of two cores of two threads: second threads come last, or not at all."""
	run = boot_qemu("topology", "q35", *NODES, cores=TOPOLOGY, memory=1024)
	run.expect("cores: 8 running", "core 4: APIC id 1, package 0, core 0, thread 1, node 0, sibling of core 0",
		"memory: from node 0 first, 511 MB, that of the boot core", LATE)
	first = [(0, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 1), (1, 1, 0, 1)]
	check(places(run) == first + [(p, c, 1, n) for p, c, _, n in first], f"places: {places(run)}")
	run = boot_qemu("topology_without_smt", "q35", *NODES, cores=TOPOLOGY, memory=1024, words="smt=no node=1")
	run.expect("parked, as smt = no: the cores with APIC ids 1 3 5 7", "cores: 4 running",
		"memory: from node 1 first, 512 MB, as configured", LATE)
	check(places(run) == first, f"places: {places(run)}")


def test_too_many_cores():
	"""More than are used: which, and that they are parked."""
	run = boot_qemu("too_many_cores", "q35", cores="66,sockets=1,cores=66,threads=1", memory=512)
	run.expect("2 cores are not used: 64 are the most", "parked, as more than are used: the cores with APIC ids 64 65",
		"cores: 64 running", LATE)


def test_too_many_io_cores():
	"""More shared cores than there are, more cores for I/O than have a backend: said, and the rest goes on."""
	run = boot_qemu("too_many_io_cores", "q35", cores="18,sockets=1,cores=18,threads=1", memory=512,
		words="io_cores=1 shared_cores=20")
	run.expect("shared_cores = 20, but only 17 of 18 cores are left for them", "18 cores: 1 for I/O, 17 shared, 0 for vCPUs",
		"16 backend threads are the most: from core 16 on there are none", "network: 16 backend threads", LATE)


# --- NMIs -------------------------------------------------------------------------------------

def test_nmi_button():
	"""The button shows where all cores are, by name, any number of times, and nothing else happens."""
	for machine, cpu in (("pc", "max,-x2apic"), ("q35", "max")):
		run = boot_qemu(f"nmi_button_{machine}", machine, cpu=cpu, cores="3",
			then=(("nmi", "core 2: "), ("nmi", "core 2: ")))
		report = run.serial[run.serial.index("NMI on core 0, port 61h"):]
		check(len(re.findall(r"core [0-2]: [0-9a-f]+ [a-z]\w+\+0x", report)) >= 3, report)
		check(report.count("processor_sleep+") >= 3, report)
		check("PANIC" not in run.serial, tail(run.serial))


# --- VT-d -------------------------------------------------------------------------------------

VTD = 0xfed90000
VTD_GCMD, VTD_GSTS, VTD_ROOT, VTD_REMAP = VTD + 0x18, VTD + 0x1c, VTD + 0x20, VTD + 0xb8
SET_ROOT, SET_REMAP, TRANSLATE, REMAP = 1 << 30, 1 << 24, 1 << 31, 1 << 25


def test_vtd_left_on():
	"""The firmware, here GRUB, leaves DMA translation and interrupt remapping on, with empty tables; it is off
	in the unit's own status afterwards."""
	steps = ((VTD_ROOT, 0x1000), (VTD_GCMD, SET_ROOT), (VTD_GCMD, TRANSLATE), (VTD_REMAP, 0x1000),
		(VTD_GCMD, TRANSLATE | SET_REMAP), (VTD_GCMD, TRANSLATE | REMAP))
	run = boot_qemu("vtd_left_on", "q35", "-device", "intel-iommu,intremap=on", cpu="max", cores="2",
		grub_last=[f"write_dword {register:#x} {value:#x}" for register, value in steps],
		then=((f"xp /1wx {VTD_GSTS:#x}", MONITOR),))
	run.expect("interrupt remapping, left on by the firmware, switched off",
		"DMA translation, left on by the firmware, switched off", "VT-d: 1 units", "cores: 2 running", LATE)
	status = re.search(r"fed9001c: (0x[0-9a-f]{8})", run.answers[0])
	check(status and not int(status[1], 16) & (TRANSLATE | REMAP), f"the unit's status: {run.answers[0]}")


def test_vtd_left_off():
	run = boot_qemu("vtd_left_off", "q35", "-device", "intel-iommu,intremap=on", cores="2")
	run.expect("VT-d: 1 units, not used; the firmware left them off", LATE)


def test_x2apic_opt_out():
	"""A DMAR whose flags ask for xAPIC mode, and that names a unit where nothing is."""
	path = output_folder("x2apic_opt_out") / "dmar"
	path.write_bytes(struct.pack("<BB10xHHBBHQ", 38, 0b10, 0, 16, 1, 0, 0, 0xfed91000))
	run = boot_qemu("x2apic_opt_out", "pc", "-acpitable", f"sig=DMAR,data={path}", cpu="max", cores="2",
		qemu=find_new_qemu())
	run.expect("X2APIC_OPT_OUT", "at 0xfed91000, where none is", "cores: 2 running, xAPIC", LATE)


# --- Clocks -----------------------------------------------------------------------------------

def test_unsynchronised_tsc():
	"""The boot core's counter is far ahead, or behind; all are set to it."""
	for name, value in (("ahead", "0x100000000000"), ("behind", "0x10")):
		run = run_bochs(f"tsc_{name}", CONFIG, HELLO, arguments=("--ticks", OFTEN, "--cores", 4),
			grub=(f"wrmsr 0x10 {value}",))
		run.expect_power_off().expect("the TSC of core 3 is", "cores: 4 running", "hello")


def test_tsc_cannot_be_adjusted():
	"""A processor without IA32_TSC_ADJUST: its counter is written."""
	run = run_bochs("tsc_without_adjust", CONFIG, HELLO, grub=("wrmsr 0x10 0x100000000000",),
		arguments=("--ticks", OFTEN, "--cores", 4, "--cpu", "corei7_sandy_bridge_2600k"))
	run.expect_power_off().expect("the TSC of core 3 is", "cores: 4 running", "hello")


def test_clock_without_acpi():
	run = boot_qemu("clock_without_acpi", "pc,acpi=off")
	run.expect("no valid RSDP", "MHz by the PIT", "cores: 1 running", LATE)


def test_clock_without_hpet_and_pit():
	run = boot_qemu("clock_without_pit", "q35,hpet=off,pit=off", cores="2")
	run.expect("MHz by the ACPI PM timer", "cores: 2 running", LATE)


def test_no_clock():
	run = run_qemu("no_clock", "cannot start", "", arguments=("-machine", "pc,hpet=off,pit=off,acpi=off"),
		seconds=60)
	run.expect("no clock: neither the ACPI PM timer nor the PIT counts")


# --- Memory -----------------------------------------------------------------------------------

def test_processor_without_extras():
	"""No NX, no 1 GB pages, no x2APIC, no TSC deadline."""
	run = boot_qemu("processor_without_extras", "pc", cpu="qemu64,-nx", cores="2", memory="5G")
	run.expect("CPU has no NX bit", "local APIC one-shot", "cores: 2 running", LATE)


def test_memory_above_4g():
	"""Nearly all memory is above 4 GB: DMA and guests are there."""
	run = run_bochs("memory_above_4g", "[host]\nselftest = yes\nwhen_done = poweroff\n",
		arguments=("--ticks", 2 * OFTEN, "--memory", 5120, "--nic", "10fb", "--wire", "echo"),
		grub=("cutmem 6M 4G",))
	run.expect_power_off().expect("memory: 1029 MB usable", " 0 failed")
	check("selftest: FAIL" not in run.serial, tail(run.serial))
	config = ("[host]\nwhen_done = poweroff\n[vm bare]\nkernel = traffic\nmemory = 64M\n"
		"net = mac=52:54:00:00:00:31\n"
		"cmdline = role=both flows=12 bytes=1518 pace=20000 send=8000000 idle=4000000\n")
	run = run_bochs("guest_above_4g", config, [(BARE / "traffic.elf", "traffic")], grub=("cutmem 6M 4G",),
		arguments=("--memory", 5120, "--ips", 1_000_000_000, "--nic", "10fb", "--wire",
			"generator=resolve=10.0.2.15;size=64;flows=24;count=4000;rate=400Mbps"))
	run.expect_power_off().expect("traffic: sink frames 4000 lost 0 reordered 0 duplicated 0")
	seen = run.model()["sink"]
	check(seen["frames"] > 100 and not seen["lost"], f"the wire's sink: {seen}")


# --- PCI --------------------------------------------------------------------------------------

def found(run, name):
	return re.search(rf"PCI {name}: 8086:100e|PCI {name}: 8086:10d3", run.serial)


def test_pci_behind_bridges():
	"""By ports, and by ECAM: a card behind two bridges, and one on a root bus of its own."""
	run = boot_qemu("pci_bridges_pc", "pc", "-device", "pci-bridge,id=a,chassis_nr=1,addr=8", "-device",
		"pci-bridge,id=b,bus=a,chassis_nr=2,addr=2", "-device", "e1000,bus=b,addr=3", "-device",
		"pxb,id=c,bus_nr=128", "-device", "e1000,bus=c,addr=4")
	run.expect("PCI: configuration by ports", LATE)
	check(found(run, "02:03.0"), f"no card behind two bridges:\n{run.serial}")
	check(found(run, r"8[01]:04.0"), f"no card on the second root bus:\n{run.serial}")
	run = boot_qemu("pci_bridges_q35", "q35", "-device", "pcie-root-port,id=a,chassis=1,addr=8", "-device",
		"e1000e,bus=a", "-device", "pxb-pcie,id=c,bus_nr=128,bus=pcie.0", "-device",
		"pcie-root-port,id=d,bus=c,chassis=2", "-device", "e1000e,bus=d", memory="4G")
	run.expect("by ECAM at 0xb0000000", LATE)
	check(found(run, "01:00.0"), f"no card behind the root port:\n{run.serial}")
	check(found(run, "81:00.0"), f"no card on the second root bus:\n{run.serial}")


def test_memory_types_left():
	"""The firmware has left a table of memory types of its own."""
	run = run_bochs("memory_types_left", CONFIG, HELLO, arguments=("--ticks", OFTEN),
		grub=("wrmsr 0x277 0x0606060606060606",))
	run.expect_power_off().expect("core 0: IA32_PAT was 606060606060606, as the firmware left it; now 7040600070406")


def test_machine_check():
	"""One that all cores take: the banks say why."""
	status, address, misc = "bd80000000100134", "12345000", "86"
	run = run_qemu("machine_check", MONITOR, "[host]\nio_cores = 1\n", cpu="max,-x2apic", cores="2",
		then=[(f"mce -b 1 5 0x{status} 0x5 0x{address} 0x{misc}", "halted")])
	run.expect("#MC machine check, idle", "core 1: machine check: MCG_STATUS 5, 1 banks valid",
		f"core 1: bank 5: status {status} address {address} misc {misc} (uncorrected)", "backtrace")


def test_machine_check_of_unused_cores():
	"""It reaches cores beyond the most that are used, too; one with CR4.MCE clear would reset the machine."""
	run = run_qemu("machine_check_unused", MONITOR, "[host]\nio_cores = 1\n", cpu="max,-x2apic", cores="66",
		then=[("mce -b 1 5 0xbd80000000100134 0x5 0x12345000 0x86", "halted"), ("info cpus", "halted")])
	run.expect("2 cores are not used: 64 are the most", "#MC machine check, idle")
	check(len(re.findall(r"CPU #", run.answers[1])) == 66, f"the machine is gone: {run.answers}")


def test_usb_owned_by_firmware():
	"""The firmware, here GRUB, has the SMIs of a UHCI controller on, and owns an EHCI that it does not give up."""
	run = boot_qemu("usb_owned", "q35", "-device", "ich9-usb-uhci1", "-device", "ich9-usb-ehci1", "-device",
		"qemu-xhci", grub_last=("setpci -d 8086:2934 0xc0.w=0x203f", "setpci -d 8086:293a 0x68.l=0x00010001",
			"setpci -d 8086:293a 0x4.w=6"))
	run.expect("UHCI controller taken over from the firmware", "does not let go of the EHCI controller", LATE)
