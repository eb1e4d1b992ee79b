# SPDX-License-Identifier: BSD-2-Clause
"""What Sluice needs of a machine to run under QEMU and KVM: each check gives a Finding or None."""

import re
import subprocess

from host import ERROR, WARNING, Finding

OLDEST_QEMU = (10, 1)
# For QEMU itself and the processes beside it.
SPARE_MB = 256

# IA32_FEATURE_CONTROL (SDM vol. 3, 24.7): locked, and VMXON allowed outside SMX.
FEATURE_CONTROL = 0x3A
LOCKED, VMX_ALLOWED = 1 << 0, 1 << 2

PARAMETERS = "/sys/module/kvm_intel/parameters"
RELOAD = "with all virtual machines stopped, as root: modprobe -r kvm_intel; modprobe kvm_intel {0};" \
	" to keep it: echo options kvm_intel {0} > /etc/modprobe.d/kvm_intel.conf"
FIRMWARE = "switch on VT-x (\"Intel Virtualization Technology\") in the machine's firmware, then power it" \
	" off and on"


def check_processor(host):
	"""VT-x itself. Whatever else is missing, its absence comes first."""
	flags = host.read_cpu("flags").split()
	vendor = host.read_cpu("vendor_id")
	if "vmx" in flags:
		control = host.read_msr(FEATURE_CONTROL)
		if control is not None and control & LOCKED and not control & VMX_ALLOWED:
			return Finding(ERROR, "the machine's firmware has switched VT-x off and locked it", FIRMWARE)
		return None
	if "svm" in flags or vendor in ("AuthenticAMD", "HygonGenuine"):
		return Finding(ERROR, f"the processor ({vendor}) has AMD's virtualization; Sluice needs Intel's VT-x",
			"use a machine with an Intel processor; 'make run' needs neither")
	if "hypervisor" in flags:
		return Finding(ERROR, "this machine is a virtual machine to which its hypervisor gives no VT-x",
			"switch on nested virtualization in that hypervisor, or use a machine of metal;"
			" 'make run' needs neither")
	return Finding(ERROR, f"the processor ({vendor or 'unknown'}) offers no VT-x", FIRMWARE
		+ "; if it has none, 'make run' does without")


def check_device(host):
	if host.exists("/dev/kvm"):
		if host.may_use("/dev/kvm"):
			return None
		return Finding(ERROR, "this user may not open /dev/kvm",
			"as root: usermod -aG kvm USER, then log in anew")
	if host.exists("/sys/module/kvm_intel"):
		return Finding(ERROR, "/dev/kvm is missing although kvm_intel is loaded",
			"in a container: give it the device (--device /dev/kvm); else: see udev's log")
	return Finding(ERROR, "/dev/kvm is missing: the module kvm_intel is not loaded",
		"as root: modprobe kvm_intel; if it refuses, dmesg says why")


def check_module(host):
	"""KVM may be another than Intel's."""
	if not host.exists("/dev/kvm") or host.exists("/sys/module/kvm_intel"):
		return None
	others = [name for name in host.names("/sys/module") if name.startswith("kvm_")]
	return Finding(ERROR, f"KVM here is {', '.join(others) or 'of an unknown kind'}, not kvm_intel:"
		" no nested VT-x", "as root: modprobe kvm_intel")


def check_nested(host):
	if not host.exists("/sys/module/kvm_intel") or host.is_on(f"{PARAMETERS}/nested"):
		return None
	return Finding(ERROR, "KVM does not offer VT-x to its guests (kvm_intel's parameter nested is off)",
		RELOAD.format("nested=1"))


def check_ept(host):
	if host.is_on(f"{PARAMETERS}/ept") is not False:
		return None
	return Finding(ERROR, "KVM runs without EPT (kvm_intel's parameter ept is off), so Sluice would have none",
		RELOAD.format("ept=1") + "; if it stays off, the processor has no EPT")


def check_unrestricted(host):
	if host.is_on(f"{PARAMETERS}/unrestricted_guest") is not False:
		return None
	return Finding(WARNING, "no unrestricted guest (kvm_intel's parameter unrestricted_guest is off): guests"
		" have no real mode, Linux starts its further CPUs by ACPI's mailbox", RELOAD.format("unrestricted_guest=1"))


def check_apicv(host):
	if host.is_on(f"{PARAMETERS}/enable_apicv") is not False:
		return None
	return Finding(WARNING, "no APICv (kvm_intel's parameter enable_apicv is off): Sluice has no posted"
		" interrupts, each interrupt of a guest costs VM exits", RELOAD.format("enable_apicv=1")
		+ "; if it stays off, the processor has no APICv")


def check_memory(host, memory_mb):
	available = host.read_available_mb()
	if available is None or available >= memory_mb + SPARE_MB:
		return None
	return Finding(ERROR, f"{available} MB of memory are available, the machine takes {memory_mb} MB and"
		f" {SPARE_MB} MB beside", "end other programs, or ask for a smaller machine (MEMORY=...)")


def ask_qemu(qemu, *words):
	"""What QEMU says, and its complaint if it does not run."""
	try:
		done = subprocess.run([qemu, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
	except OSError as error:
		return "", f"{qemu}: {error.strerror}"
	return done.stdout, done.stderr.strip() if done.returncode else ""


def check_qemu(qemu, device):
	"""Any version will do for a card passed through, but not for one by vfio-user."""
	cure = "tools/qemu/fetch gets one that needs no installation"
	said, complaint = ask_qemu(qemu, "--version")
	version = re.search(r"version (\d+)\.(\d+)", said)
	if not version:
		return Finding(ERROR, f"there is no QEMU: {complaint or 'it says no version'}", cure)
	if device == "vfio-user-pci" and tuple(map(int, version.groups())) < OLDEST_QEMU:
		return Finding(ERROR, f"QEMU is {version[1]}.{version[2]}; {'.'.join(map(str, OLDEST_QEMU))} or newer is"
			" needed", cure)
	if f'"{device}"' not in ask_qemu(qemu, "-device", "help")[0]:
		return Finding(ERROR, f"QEMU {version[1]}.{version[2]} was built without {device}", cure)
	return None


def check_all(host, memory_mb):
	"""Findings on processor, KVM and memory, what must be cured first in front."""
	checks = [check_processor(host)]
	if not checks[0]:  # without VT-x there is nothing to be had from KVM's settings
		checks += [check_device(host), check_module(host), check_nested(host), check_ept(host),
			check_unrestricted(host), check_apicv(host)]
	checks.append(check_memory(host, memory_mb))
	return [finding for finding in checks if finding]
