# SPDX-License-Identifier: BSD-2-Clause
"""Stock Linux guests: with all of VT-x, and with parts of it hidden."""

import json
import struct
import subprocess

from harness import BUILD, INITRD, KERNEL, ROOT, check, linux_config, output_folder, run_bochs

NET = "net = mac=52:54:00:12:34:57"


def boot_and_power_off(name, cmdline="", linux_cmdline="", arguments=(), vm=""):
	"""Boots to userland, which powers off; returns the run."""
	config = linux_config(f"{NET}\n{vm}", f"sluice.poweroff=1 sluice.address=10.0.2.15/24 {linux_cmdline}")
	run = run_bochs(name, config, [(KERNEL, "vmlinuz"), (INITRD, "initrd")], cmdline,
		arguments=("--cores", 2, "--memory", 512, *arguments))
	return run.expect_power_off().expect("init: ready", "web: stopping: powered off")


def test_linux_without_posted_interrupts():
	run = boot_and_power_off("linux_without_posted_interrupts", "hide=posted-interrupts")
	run.expect("missing: posted interrupts")


def test_linux_without_apicv():
	boot_and_power_off("linux_without_apicv", "hide=apicv,posted-interrupts")


def test_linux_without_conveniences():
	"""No preemption timer, no VPID, no x2APIC, no unrestricted guest: the second CPU, which goes off-
	and online, too, is started by ACPI's mailbox."""
	run = boot_and_power_off("linux_without_conveniences",
		"hide=preemption-timer,vpid,x2apic,unrestricted-guest", "sluice.run=smp sluice.cpus=2",
		vm="vcpus = 2")
	run.expect("smp: PASS CPUs go off- and online under load", "smp: 0 failed")


def extract_vmlinux(out):
	"""The ELF file that the bzImage unpacks itself to: its header says where its payload is (boot
	protocol 2.08); Debian's cloud kernel compresses it by lz4, and appends the size."""
	image = KERNEL.read_bytes()
	offset, length = struct.unpack_from("<II", image, 0x248)
	start = (image[0x1f1] + 1) * 512 + offset
	done = subprocess.run(["lz4", "-dc"], input=image[start:start + length - 4], capture_output=True)
	check(done.stdout[:4] == b"\x7fELF", f"no ELF file in the payload of {KERNEL}: {done.stderr[-200:]}")
	(out / "vmlinux").write_bytes(done.stdout)
	return out / "vmlinux"


def test_vmlinux():
	"""The same kernel as an ELF file, whose entry point is a physical address; and its clock."""
	words = "sluice.poweroff=1 sluice.address=10.0.2.15/24 sluice.run=clock"
	run = run_bochs("vmlinux", linux_config(NET, f"{words} filler={'x' * 1200}"),
		[(extract_vmlinux(output_folder("vmlinux")), "vmlinuz"), (INITRD, "initrd")],
		arguments=("--cores", 2, "--memory", 512))
	run.expect_power_off().expect("init: ready", "web: stopping: powered off", "clock: 0 failed")


def test_front_driver():
	"""ethtool tells the truth; up and down, resizing, offloads, unloading and loading again."""
	run = boot_and_power_off("front_driver", linux_cmdline="sluice.run=exercise",
		arguments=("--nic", "10fb", "--wire", "slirp"))
	run.expect("exercise: PASS answers", "exercise: 0 failed")
	check(run.model()["driver_defects"] == 0, f"the card counted defects: {run.model()['defects']}")


def test_mac_addresses():
	"""An address is changed where the host permits it, refused with a reason where not; 802.3ad bonding."""
	permitted = "".join(f"\nnet = mac=52:54:00:12:34:5{n} any_source=yes" for n in (8, 9))
	run = boot_and_power_off("mac_addresses", linux_cmdline="sluice.run=address", vm=permitted,
		arguments=("--nic", "10fb", "--wire", "slirp"))
	run.expect("address: PASS bond_answers", "address: 0 failed")


def test_without_msix():
	"""The driver says what it wants."""
	run_bochs("without_msix", linux_config(NET, "sluice.poweroff=1 pci=nomsi loglevel=6"),
		[(KERNEL, "vmlinuz"), (INITRD, "initrd")], arguments=("--cores", 2, "--memory", 512)) \
		.expect_power_off().expect("no MSI-X vectors, which it cannot do without")


def run_smoke(name, *arguments):
	done = subprocess.run([ROOT / "tests/system/smoke", "--name", name, *arguments],
		stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
	check(done.returncode == 0, f"smoke {' '.join(arguments)}:\n{done.stdout}")
	return json.loads((BUILD / f"{name}.json").read_text())


def test_smoke():
	"""During transfers no interrupt delivered to the vCPU costs an exit on its core."""
	result = run_smoke("smoke")
	check(result["virtual_interrupts"] > 100, "expected interrupts to have been posted")
	check(result["vcpu_interrupt_delivery_exits"] == 0,
		f"{result['vcpu_interrupt_delivery_exits']} exits delivered interrupts, expected none")
	check(result["exits"].get("interrupt-window", 0) == 0, "interrupt-window exits")


def test_smoke_control():
	"""The same counters without posted interrupts: deliveries do cost exits, and are counted."""
	result = run_smoke("smoke_control", "--megabytes", "2", "--host", "hide=posted-interrupts")
	check(result["vcpu_interrupt_delivery_exits"] > 0.5 * result["virtual_interrupts"] > 0,
		f"{result['vcpu_interrupt_delivery_exits']} delivery exits counted for "
		f"{result['virtual_interrupts']} interrupts: the counter does not work")


def test_smoke_on_shared_cores():
	"""Both cores run a backend and, one of them, the guest's vCPU."""
	run_smoke("smoke_shared", "--megabytes", "2", "--host", "io_cores=0 shared_cores=2")
