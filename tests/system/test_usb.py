# SPDX-License-Identifier: BSD-2-Clause
"""`make usb`: images that cannot boot and disks that must not be written are refused."""

import contextlib
import pathlib
import sys
import tempfile

from harness import BUILD, ROOT, check

sys.path.append(str(ROOT / "tools/boot"))
import medium  # noqa: E402

IMAGE = BUILD / "sluice.iso"
NEEDED = 50_000_000
USB, SATA = "pci0000:00/usb1/1-1/host6", "pci0000:00/ata1/host0"


def add_disk(root, name, bus, sectors=100_000, removable=0, read_only=0, partitions=0):
	disk = root / "sys/devices" / bus / "block" / name
	for part in ["", *(f"{name}{number}" for number in range(1, partitions + 1))]:
		(disk / part / "holders").mkdir(parents=True)
		(disk / part / ("partition" if part else "size")).write_text(str(sectors))
	(disk / "removable").write_text(f"{removable}\n")
	(disk / "ro").write_text(f"{read_only}\n")
	(root / "sys/block" / name).symlink_to(disk)


@contextlib.contextmanager
def machine():
	"""A machine of whose disks only sdb and sde are to be written."""
	kept = medium.SYS, medium.PROC
	with tempfile.TemporaryDirectory() as folder:
		root = pathlib.Path(folder)
		(root / "sys/block").mkdir(parents=True)
		(root / "proc/self").mkdir(parents=True)
		add_disk(root, "sda", SATA, partitions=2)
		add_disk(root, "sdb", USB, partitions=1)
		add_disk(root, "sdc", USB, sectors=1000)
		add_disk(root, "sdd", USB, read_only=1)
		add_disk(root, "sde", SATA, removable=1)
		add_disk(root, "sdf", USB, partitions=2)
		add_disk(root, "sdg", USB, partitions=2)
		add_disk(root, "sdh", USB, partitions=1)
		(root / "sys/block/sdh/sdh1/holders/dm-0").mkdir()
		(root / "proc/self/mounts").write_text("proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n/dev/sdf2 /media/x vfat rw 0 0\n")
		(root / "proc/swaps").write_text("Filename Type Size Used Priority\n/dev/sdg2 partition 1 0 -2\n")
		medium.SYS, medium.PROC = root / "sys", root / "proc"
		try:
			yield
		finally:
			medium.SYS, medium.PROC = kept


def test_usb_disks():
	refused = {"sda": "neither on USB nor removable", "sdb1": "is a partition of /dev/sdb", "sdc": "has 512000 bytes",
		"sdd": "write-protected", "sdf": "/dev/sdf2 is mounted at /media/x", "sdg": "/dev/sdg2 is swap",
		"sdh": "/dev/sdh1 is part of dm-0", "sdz": "is no disk"}
	with machine():
		for name, why in refused.items():
			fault = medium.find_fault(name, NEEDED)
			check(fault and why in fault, f"{name}: {fault}, expected: {why}")
		found = medium.list_candidates(NEEDED)
		check(found == ["sdb", "sde"], f"can be written: {found}, expected sdb and sde")


def expect_refused(data, why):
	with tempfile.NamedTemporaryFile() as file:
		file.write(data)
		file.flush()
		try:
			medium.check_image(file.name)
		except medium.MediumError as error:
			check(why in str(error), f"{error}, expected: {why}")
		else:
			check(False, f"an image without it passes: {why}")


def test_usb_image():
	"""What make iso makes has all that firmware looks for."""
	medium.check_image(IMAGE)
	image = IMAGE.read_bytes()
	table = medium.MBR_ENTRIES
	start = medium.list_partitions(image[:medium.SECTOR])[1][2] * medium.SECTOR
	expect_refused(b"", "no boot record for a CD")
	expect_refused(bytes(1 << 20), "no boot record for a CD")
	expect_refused(bytes(510) + image[510:], "no boot sector for BIOS")
	expect_refused(image[:table] + b"\0" + image[table + 1:], "one active partition")
	expect_refused(image[:table + 20] + b"\0" + image[table + 21:], "no partition for UEFI")
	expect_refused(image[:start] + bytes(len(image) - start), "no /EFI/BOOT/BOOTX64.EFI")


def test_usb_write():
	"""The whole image, nothing behind it; a disk that keeps something else is found."""
	with tempfile.TemporaryDirectory() as folder:
		image, disk = pathlib.Path(folder) / "image", pathlib.Path(folder) / "disk"
		image.write_bytes(bytes(range(256)) * 20_000)
		disk.write_bytes(b"x" * 6_000_000)
		medium.write(image, disk)
		check(disk.read_bytes() == image.read_bytes() + b"x" * (6_000_000 - image.stat().st_size), "other bytes")
		try:
			medium.write(image, "/dev/zero")
		except (medium.MediumError, OSError):
			return
		check(False, "a disk of zeros was not noticed")
