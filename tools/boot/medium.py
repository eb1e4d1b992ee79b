# SPDX-License-Identifier: BSD-2-Clause
"""Boot images and the disks they are written to: what an image must have, which disks are safe to write."""

import hashlib
import os
import pathlib
import re
import struct
import subprocess

SYS = pathlib.Path("/sys")
PROC = pathlib.Path("/proc")
DEV = pathlib.Path("/dev")
SECTOR = 512
CD_SECTOR = 2048
CHUNK = 4 << 20
# The MBR (UEFI 2.10, 5.2.1): four entries of 16 bytes, then the signature.
MBR_ENTRIES, MBR_ENTRY, MBR_SIGNATURE = 446, 16, b"\x55\xaa"
ACTIVE, EFI_SYSTEM = 0x80, 0xEF
# The CD's boot record is its second volume descriptor (El Torito 1.0, 2.0).
BOOT_RECORD, BOOT_RECORD_ID = 17 * CD_SECTOR, b"EL TORITO SPECIFICATION"
EFI_PROGRAM = "::/EFI/BOOT/BOOTX64.EFI"


class MediumError(Exception):
	"""An image or a disk that will not do; the text says why."""


def list_partitions(mbr):
	"""(status, type, first sector) of each entry of the partition table that is used."""
	entries = [mbr[at:at + MBR_ENTRY] for at in range(MBR_ENTRIES, MBR_ENTRIES + 4 * MBR_ENTRY, MBR_ENTRY)]
	return [(entry[0], entry[4], struct.unpack_from("<I", entry, 8)[0]) for entry in entries if entry[4]]


def check_image(image):
	"""That firmware of either kind finds its way from a CD and from a disk."""
	with open(image, "rb") as file:
		head = file.read(BOOT_RECORD + CD_SECTOR)
	mbr = head[:SECTOR]
	if len(head) < BOOT_RECORD + CD_SECTOR or BOOT_RECORD_ID not in head[BOOT_RECORD:BOOT_RECORD + 64]:
		raise MediumError(f"{image}: no boot record for a CD")
	if mbr[-2:] != MBR_SIGNATURE or not any(mbr[:MBR_ENTRIES]):
		raise MediumError(f"{image}: no boot sector for BIOS")
	partitions = list_partitions(mbr)
	if sum(status == ACTIVE for status, _, _ in partitions) != 1:
		raise MediumError(f"{image}: expected one active partition for BIOS, found {partitions}")
	start = next((start for _, kind, start in partitions if kind == EFI_SYSTEM), None)
	if start is None:
		raise MediumError(f"{image}: no partition for UEFI")
	listed = subprocess.run(["mdir", "-b", "-i", f"{image}@@{start * SECTOR}", EFI_PROGRAM], capture_output=True)
	if listed.returncode:
		raise MediumError(f"{image}: no {EFI_PROGRAM[2:]} in the partition for UEFI")


def read_text(path, default=""):
	try:
		return path.read_text().strip()
	except OSError:
		return default


def is_on_usb(name):
	return any(part.startswith("usb") for part in (SYS / "block" / name).resolve().parts)


def is_removable(name):
	return read_text(SYS / "block" / name / "removable") == "1"


def get_bytes(name):
	return int(read_text(SYS / "block" / name / "size", "0")) * SECTOR


def describe(name):
	device = SYS / "block" / name / "device"
	words = (read_text(device / "vendor"), read_text(device / "model"), f"{get_bytes(name) / 1e9:.1f} GB",
		"USB" if is_on_usb(name) else "")
	return f"{DEV / name}: " + " ".join(word for word in words if word)


def list_parts(name):
	"""The disk and its partitions."""
	return [name, *(path.parent.name for path in (SYS / "block" / name).glob("*/partition"))]


def list_uses(name):
	"""What the machine uses of the disk: mounts, swap, and what is built on it (RAID, LVM, encryption)."""
	uses = []
	for part in list_parts(name):
		device = str(DEV / part)
		for line in read_text(PROC / "self/mounts").splitlines():
			source, where = line.split()[:2]
			if os.path.realpath(source) == os.path.realpath(device):
				uses.append(f"{device} is mounted at {where}")
		if any(line.split()[0] == device for line in read_text(PROC / "swaps").splitlines()[1:]):
			uses.append(f"{device} is swap")
		folder = SYS / "block" / name / ("" if part == name else part) / "holders"
		uses += [f"{device} is part of {holder.name}" for holder in sorted(folder.glob("*"))]
	return uses


def find_fault(name, needed):
	"""Why a disk must not be written, or None."""
	if not (SYS / "block" / name).exists():
		whole = next((disk.name for disk in (SYS / "block").glob("*") if (disk / name / "partition").exists()), None)
		return f"is a partition of {DEV / whole}; the whole disk is needed" if whole else "is no disk"
	if not (is_on_usb(name) or is_removable(name)):
		return "is neither on USB nor removable; write such a disk yourself, with dd"
	if read_text(SYS / "block" / name / "ro") == "1":
		return "is write-protected"
	if get_bytes(name) < needed:
		return f"has {get_bytes(name)} bytes, {needed} are needed"
	uses = list_uses(name)
	return f"is in use: {'; '.join(uses)}" if uses else None


def list_candidates(needed):
	names = sorted(path.name for path in (SYS / "block").glob("*"))
	return [name for name in names if find_fault(name, needed) is None]


def name_of(device):
	"""The kernel's name of a device file, whatever link leads to it."""
	path = pathlib.Path(os.path.realpath(device))
	if path.parent != DEV or not re.fullmatch(r"[a-z0-9]+", path.name):
		raise MediumError(f"{device}: expected a disk, such as {DEV / 'sdb'}")
	return path.name


def write(image, device):
	"""Copies the image, then reads it back. O_EXCL: the kernel, too, refuses a disk that is in use."""
	digest, written = hashlib.sha256(), 0
	with open(image, "rb") as source, open(os.open(device, os.O_RDWR | os.O_EXCL), "r+b", buffering=0) as target:
		while chunk := source.read(CHUNK):
			digest.update(chunk)
			written += len(chunk)
			while chunk:
				chunk = chunk[target.write(chunk):]
		os.fsync(target.fileno())
		# What is read back must come from the disk.
		os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
		target.seek(0)
		back = hashlib.sha256()
		while written and (chunk := target.read(min(CHUNK, written))):
			back.update(chunk)
			written -= len(chunk)
	if written or back.digest() != digest.digest():
		raise MediumError(f"{device}: what was read back is not what was written: a bad or counterfeit disk")
