# SPDX-License-Identifier: BSD-2-Clause
"""What tools/qemu/preflight says about machines that lack something: each is a made-up /proc, /sys, /dev."""

import os
import pathlib
import subprocess
import sys
import tempfile

from harness import ROOT, check

sys.path.insert(0, str(ROOT / "tools/qemu"))

import checks_kvm  # noqa: E402
import checks_vfio  # noqa: E402
from host import ERROR, WARNING, Host  # noqa: E402

CARD, SIBLING, BRIDGE = "0000:01:00.0", "0000:01:00.1", "0000:00:01.0"
PARAMETERS = "sys/module/kvm_intel/parameters"
DEVICES, GROUP = "sys/bus/pci/devices", "sys/kernel/iommu_groups/7/devices"
MEMORY_MB = 512

# A machine that lacks nothing: files with their text, links with what they point to.
FILES = {
	"proc/cpuinfo": "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme vmx ept\n\nprocessor\t: 1\n",
	"proc/meminfo": "MemTotal:  8000000 kB\nMemAvailable:  4000000 kB\n",
	"proc/interrupts": "  24:  0  IR-PCI-MSI 1048576-edge  eth0\n",
	"proc/self/limits": "Max locked memory         8388608              8388608              bytes\n",
	"proc/self/status": "Name:\tpython3\nCapEff:\t000001ffffffffff\n",
	"dev/kvm": "", "dev/vfio/vfio": "", "dev/vfio/7": "",
	"dev/cpu/0/msr": "\0" * 0x3A + "\5" + "\0" * 7,
	f"{PARAMETERS}/nested": "Y", f"{PARAMETERS}/ept": "Y", f"{PARAMETERS}/enable_apicv": "Y",
	f"{PARAMETERS}/unrestricted_guest": "Y",
	"sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts": "N",
	"sys/class/iommu/dmar0/intel-iommu/ecap": "f020da",
}
LINKS = {f"{DEVICES}/{CARD}/driver": "/drivers/vfio-pci", f"{DEVICES}/{BRIDGE}/driver": "/drivers/pcieport"}


def add_device(address, identity, kind):
	FILES.update({f"{DEVICES}/{address}/vendor": "0x8086", f"{DEVICES}/{address}/device": identity,
		f"{DEVICES}/{address}/class": kind})
	LINKS.update({f"{DEVICES}/{address}/iommu_group": "/iommu_groups/7", f"{GROUP}/{address}": "/devices/x"})


add_device(CARD, "0x10fb", "0x020000")
add_device(SIBLING, "0x10fb", "0x020000")
add_device(BRIDGE, "0x1901", "0x060400")


def make_tree(root, files, links):
	"""A file or link whose value is None is left out."""
	for name, text in {**FILES, **files}.items():
		if text is not None:
			(root / name).parent.mkdir(parents=True, exist_ok=True)
			(root / name).write_text(text)
	for name, target in {**LINKS, **links}.items():
		if target is not None:
			(root / name).parent.mkdir(parents=True, exist_ok=True)
			os.symlink(target, root / name)


def look(files=(), links=(), denied=(), address=CARD):
	"""What is found on the whole machine but for the changes: the findings."""
	with tempfile.TemporaryDirectory() as folder:
		root = pathlib.Path(folder)
		make_tree(root, dict(files), dict(links))
		host = Host(root, lambda path, _: str(path.relative_to(root)) not in denied)
		return checks_kvm.check_all(host, MEMORY_MB) + checks_vfio.check_all(host, address, MEMORY_MB)


def expect(findings, *expected):
	"""expected: (severity, what, the cure's beginning), all of them, in order."""
	check(len(findings) == len(expected), f"expected {len(expected)} findings, got {findings}")
	for finding, (severity, what, cure) in zip(findings, expected):
		check((finding.severity, finding.what) == (severity, what), f"expected {severity}: {what}\ngot {finding}")
		check(finding.cure.startswith(cure), f"expected the cure \"{cure}...\", got \"{finding.cure}\"")


def cpu(vendor, flags):
	return {"proc/cpuinfo": f"vendor_id\t: {vendor}\nflags\t\t: {flags}\n"}


def test_preflight_nothing_is_missing():
	expect(look())


def test_preflight_processor():
	expect(look(cpu("GenuineIntel", "fpu")), (ERROR, "the processor (GenuineIntel) offers no VT-x",
		"switch on VT-x (\"Intel Virtualization Technology\") in the machine's firmware"))
	expect(look(cpu("AuthenticAMD", "fpu svm")), (ERROR,
		"the processor (AuthenticAMD) has AMD's virtualization; Sluice needs Intel's VT-x",
		"use a machine with an Intel processor"))
	expect(look(cpu("GenuineIntel", "fpu hypervisor")), (ERROR,
		"this machine is a virtual machine to which its hypervisor gives no VT-x",
		"switch on nested virtualization in that hypervisor"))
	expect(look({"dev/cpu/0/msr": "\0" * 0x3A + "\1" + "\0" * 7}), (ERROR,
		"the machine's firmware has switched VT-x off and locked it", "switch on VT-x"))
	expect(look({"dev/cpu/0/msr": None}))


def test_preflight_kvm_device():
	expect(look({"dev/kvm": None}), (ERROR, "/dev/kvm is missing although kvm_intel is loaded",
		"in a container: give it the device"))
	parameters = {name: None for name in FILES if name.startswith("sys/module/kvm_intel")}
	expect(look({"dev/kvm": None, **parameters}), (ERROR,
		"/dev/kvm is missing: the module kvm_intel is not loaded", "as root: modprobe kvm_intel"))
	expect(look({"sys/module/kvm_other/refcnt": "0", **parameters}), (ERROR,
		"KVM here is kvm_other, not kvm_intel: no nested VT-x", "as root: modprobe kvm_intel"))
	expect(look(denied=("dev/kvm",)), (ERROR, "this user may not open /dev/kvm", "as root: usermod -aG kvm USER"))


def test_preflight_kvm_parameters():
	reload = "with all virtual machines stopped, as root: modprobe -r kvm_intel; modprobe kvm_intel {};"
	for value in ("N", "0"):
		expect(look({f"{PARAMETERS}/nested": value}), (ERROR,
			"KVM does not offer VT-x to its guests (kvm_intel's parameter nested is off)", reload.format("nested=1")))
	expect(look({f"{PARAMETERS}/ept": "N"}), (ERROR,
		"KVM runs without EPT (kvm_intel's parameter ept is off), so Sluice would have none", reload.format("ept=1")))
	expect(look({f"{PARAMETERS}/unrestricted_guest": "N"}), (WARNING,
		"no unrestricted guest (kvm_intel's parameter unrestricted_guest is off): guests have no real mode, Linux"
		" starts its further CPUs by ACPI's mailbox", reload.format("unrestricted_guest=1")))
	expect(look({f"{PARAMETERS}/enable_apicv": "N"}), (WARNING,
		"no APICv (kvm_intel's parameter enable_apicv is off): Sluice has no posted interrupts, each interrupt of a"
		" guest costs VM exits", reload.format("enable_apicv=1")))


def test_preflight_memory():
	expect(look({"proc/meminfo": "MemAvailable: 524288 kB\n"}), (ERROR,
		"512 MB of memory are available, the machine takes 512 MB and 256 MB beside", "end other programs"))


def test_preflight_qemu():
	with tempfile.TemporaryDirectory() as folder:
		qemu = pathlib.Path(folder) / "qemu"

		def ask(version, devices, device="vfio-user-pci"):
			qemu.write_text(f"#!/bin/sh\ncase $1 in\n--version) echo 'QEMU emulator version {version}' ;;\n"
				f"*) echo 'name \"{devices}\", bus PCI' ;;\nesac\n")
			qemu.chmod(0o755)
			found = checks_kvm.check_qemu(qemu, device)
			return [found] if found else []

		fetch = "tools/qemu/fetch gets one that needs no installation"
		expect(ask("10.1.0", "vfio-user-pci"))
		expect(ask("7.2.22", "vfio-pci", "vfio-pci"))
		expect(ask("10.0.9", "vfio-user-pci"), (ERROR, "QEMU is 10.0; 10.1 or newer is needed", fetch))
		expect(ask("11.0.0", "e1000"), (ERROR, "QEMU 11.0 was built without vfio-user-pci", fetch))
		qemu.unlink()
		found = checks_kvm.check_qemu(qemu, "vfio-pci")
		expect([found], (ERROR, f"there is no QEMU: {qemu}: No such file or directory", fetch))


def test_preflight_card():
	expect(look(address="1:0.0"), (ERROR, "HOST_PCI=1:0.0: expected a PCI address like 0000:01:00.0", "lspci -D"))
	expect(look(address="0000:05:00.0"), (ERROR, "HOST_PCI=0000:05:00.0: there is no such device",
		f"the 82599 ports here are: {CARD}, {SIBLING}"))
	expect(look(address=BRIDGE), (ERROR, f"{BRIDGE} is 0x8086:0x1901, no 82599 that Sluice's driver knows",
		"known are 0x8086: 0x10fb"))


def test_preflight_iommu():
	iommu, group = "sys/class/iommu/dmar0/intel-iommu/ecap", f"{DEVICES}/{CARD}/iommu_group"
	expect(look({iommu: None}, {group: None}), (ERROR, "there is no IOMMU", "switch on VT-d in the machine's firmware"))
	expect(look(links={group: None}), (ERROR, f"{CARD} is behind no IOMMU", "put the card into a slot"))
	expect(look({iommu: "f020d2"}), (ERROR, "no interrupt remapping: the IOMMU has none", "use a machine whose IOMMU"))
	unused = {"proc/interrupts": "  24:  0  PCI-MSI 1048576-edge  eth0\n"}
	expect(look(unused), (ERROR, "no interrupt remapping: the kernel does not use it", "boot without intremap=off"))
	expect(look({**unused, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts": "Y"}), (WARNING,
		"no interrupt remapping (the kernel does not use it), which allow_unsafe_interrupts lets pass", "boot without"))


def test_preflight_driver():
	driver = f"{DEVICES}/{CARD}/driver"
	expect(look({f"{DEVICES}/{CARD}/net/eth3/mtu": "1500"}, {driver: "/drivers/ixgbe"}), (ERROR,
		f"{CARD} is bound to ixgbe, not to vfio-pci", "as root, which ends eth3: modprobe vfio-pci;"
		f" echo vfio-pci > /{DEVICES}/{CARD}/driver_override; echo {CARD} > /{DEVICES}/{CARD}/driver/unbind;"
		f" echo {CARD} > /sys/bus/pci/drivers_probe"))
	expect(look(links={driver: None}), (ERROR, f"{CARD} is bound to no driver, not to vfio-pci",
		f"as root: modprobe vfio-pci; echo vfio-pci > /{DEVICES}/{CARD}/driver_override; echo {CARD} > /sys/bus"))


def test_preflight_group():
	expect(look(links={f"{DEVICES}/{SIBLING}/driver": "/drivers/vfio-pci"}))
	expect(look(links={f"{DEVICES}/{SIBLING}/driver": "/drivers/ixgbe"}), (ERROR,
		f"IOMMU group 7 has other devices in use: {SIBLING} (ixgbe)", "bind them to vfio-pci as well"))


def test_preflight_permissions():
	expect(look({"dev/vfio/7": None}), (ERROR, "/dev/vfio/7 is missing", "as root: modprobe vfio-pci"))
	expect(look(denied=("dev/vfio/7",)), (ERROR, "this user may not open /dev/vfio/7", "as root: chown USER /dev/vfio/7"))
	plain = {"proc/self/status": "CapEff:\t0000000000000000\n"}
	expect(look(plain), (ERROR, "this user may lock 8 MB of memory, the machine takes 576 MB", "run it as root"))
	expect(look({**plain, "proc/self/limits": "Max locked memory         unlimited            unlimited   bytes\n"}))


def test_preflight_command():
	"""The program itself: exit status, and nothing but looking."""
	with tempfile.TemporaryDirectory() as folder:
		root = pathlib.Path(folder)
		make_tree(root, {}, {})
		qemu = root / "qemu"
		qemu.write_text("#!/bin/sh\necho 'version 11.0 \"vfio-user-pci\" \"vfio-pci\"'\n")
		qemu.chmod(0o755)

		def run(*words):
			return subprocess.run([ROOT / "tools/qemu/preflight", "--root", root, "--qemu", qemu, *words],
				capture_output=True, text=True)

		for words in ((), ("--host-pci", CARD)):
			done = run(*words)
			if os.access("/", os.W_OK):  # as another user the made-up devices are no better
				check((done.returncode, done.stdout) == (0, "preflight: this machine can run Sluice under KVM\n"),
					f"status {done.returncode}: {done.stdout}{done.stderr}")
		(root / PARAMETERS / "nested").write_text("N")
		done = run()
		check(done.returncode == 1 and done.stdout.startswith("error: KVM does not offer VT-x"), f"{done}")
		done = run("--speed", "11")
		check(done.returncode == 64 and "unrecognized arguments: --speed" in done.stderr, f"{done}")
