# SPDX-License-Identifier: BSD-2-Clause
"""What a real 82599 needs to be passed through by VFIO: each check gives a Finding or None."""

import pathlib
import re

from host import ERROR, WARNING, Finding

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The one list of cards: the driver's.
PROBE = ROOT / "drivers" / "net" / "ixgbe" / "probe.c"
INTEL = "0x8086"
DEVICES, GROUPS = "/sys/bus/pci/devices", "/sys/kernel/iommu_groups"
ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]")
BRIDGE_CLASS = "0x06"
# Drivers a device may have beside one that is passed through (Documentation/driver-api/vfio.rst).
HARMLESS = ("vfio-pci", "pcieport", "pci-stub")
# Extended capabilities of an IOMMU (VT-d specification 11.4.3): interrupt remapping.
REMAPPING = 1 << 3


def list_known_cards():
	"""The device ids the driver takes, as in sysfs: 0x10fb."""
	return [word.lower() for word in re.findall(r"\{(0x[0-9A-Fa-f]{4}), IXGBE_MEDIA_", PROBE.read_text())]


def check_address(host, address):
	if not ADDRESS.fullmatch(address):
		return Finding(ERROR, f"HOST_PCI={address}: expected a PCI address like 0000:01:00.0",
			"lspci -D -d 8086: lists Intel's devices")
	if not host.exists(f"{DEVICES}/{address}"):
		cards = [name for name in host.names(DEVICES) if is_known(host, name)]
		return Finding(ERROR, f"HOST_PCI={address}: there is no such device", "the 82599 ports here are: "
			+ ", ".join(cards) if cards else "there is no 82599 in this machine")
	return None


def read_ids(host, address):
	return host.read(f"{DEVICES}/{address}/vendor"), host.read(f"{DEVICES}/{address}/device")


def is_known(host, address):
	vendor, device = read_ids(host, address)
	return vendor == INTEL and device in list_known_cards()


def check_card(host, address):
	if is_known(host, address):
		return None
	vendor, device = read_ids(host, address)
	return Finding(ERROR, f"{address} is {vendor}:{device}, no 82599 that Sluice's driver knows",
		f"known are {INTEL}: {', '.join(list_known_cards())}")


def check_iommu(host, address):
	if host.read_link(f"{DEVICES}/{address}/iommu_group"):
		return None
	if host.names("/sys/class/iommu"):
		return Finding(ERROR, f"{address} is behind no IOMMU", "put the card into a slot of another root port")
	return Finding(ERROR, "there is no IOMMU", "switch on VT-d in the machine's firmware, and add"
		" intel_iommu=on to the kernel's command line")


def check_remapping(host):
	"""Without it a guest could make the card send any interrupt, and VFIO refuses."""
	if not host.names("/sys/class/iommu"):
		return None
	capable = [name for name in host.names("/sys/class/iommu") if int(host.read(
		f"/sys/class/iommu/{name}/intel-iommu/ecap") or "0", 16) & REMAPPING]
	if capable and "IR-" in (host.read("/proc/interrupts") or ""):
		return None
	reason = "the kernel does not use it" if capable else "the IOMMU has none"
	cure = "boot without intremap=off and with x2APIC left on in the firmware" if capable else \
		"use a machine whose IOMMU has it"
	if host.is_on("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"):
		return Finding(WARNING, f"no interrupt remapping ({reason}), which allow_unsafe_interrupts lets pass", cure)
	return Finding(ERROR, f"no interrupt remapping: {reason}", cure + "; or, if the guests are trusted, as root:"
		" echo Y > /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts")


def check_driver(host, address):
	"""Nothing is taken from a driver here: it may carry the user's own network."""
	driver = host.read_link(f"{DEVICES}/{address}/driver")
	if driver == "vfio-pci":
		return None
	interfaces = host.names(f"{DEVICES}/{address}/net")
	loses = f", which ends {', '.join(interfaces)}" if interfaces else ""
	unbind = f"echo {address} > {DEVICES}/{address}/driver/unbind; " if driver else ""
	return Finding(ERROR, f"{address} is bound to {driver or 'no driver'}, not to vfio-pci",
		f"as root{loses}: modprobe vfio-pci; echo vfio-pci > {DEVICES}/{address}/driver_override; {unbind}"
		f"echo {address} > /sys/bus/pci/drivers_probe")


def check_group(host, address):
	"""All devices that the IOMMU cannot tell apart go to the guest, or to nobody."""
	group = host.read_link(f"{DEVICES}/{address}/iommu_group")
	if not group:
		return None
	held = []
	for other in host.names(f"{GROUPS}/{group}/devices"):
		driver = host.read_link(f"{DEVICES}/{other}/driver")
		bridge = (host.read(f"{DEVICES}/{other}/class") or "").startswith(BRIDGE_CLASS)
		if other != address and driver and driver not in HARMLESS and not bridge:
			held.append(f"{other} ({driver})")
	if not held:
		return None
	return Finding(ERROR, f"IOMMU group {group} has other devices in use: {', '.join(held)}",
		"bind them to vfio-pci as well, or put the card into another slot")


def check_permission(host, address):
	group = host.read_link(f"{DEVICES}/{address}/iommu_group")
	if not group or host.read_link(f"{DEVICES}/{address}/driver") != "vfio-pci":
		return None
	for name in ("/dev/vfio/vfio", f"/dev/vfio/{group}"):
		if not host.exists(name):
			return Finding(ERROR, f"{name} is missing", "as root: modprobe vfio-pci; in a container: give it /dev/vfio")
		if not host.may_use(name):
			return Finding(ERROR, f"this user may not open {name}", f"as root: chown USER /dev/vfio/{group}")
	return None


def check_locking(host, memory_mb):
	"""The card reaches all of the machine's memory, which therefore stays where it is."""
	limit = host.read_lockable_mb()
	if limit is None or limit >= memory_mb + 64:
		return None
	return Finding(ERROR, f"this user may lock {limit} MB of memory, the machine takes {memory_mb + 64} MB",
		"run it as root, or raise memlock in /etc/security/limits.conf and log in anew")


def check_all(host, address, memory_mb):
	# Another device than a card must not be taken from anybody.
	wrong = check_address(host, address) or check_card(host, address)
	if wrong:
		return [wrong]
	checks = [check_iommu(host, address), check_remapping(host),
		check_driver(host, address), check_group(host, address), check_permission(host, address),
		check_locking(host, memory_mb)]
	return [finding for finding in checks if finding]
