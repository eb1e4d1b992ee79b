# SPDX-License-Identifier: BSD-2-Clause
"""Debian's iPXE, unpacked but not installed: a boot medium with its driver for the card."""

import debian

PACKAGE = "ipxe"
ISO, EFI = "usr/lib/ipxe/ipxe.iso", "boot/ipxe.efi"
# What its driver does and silicon tolerates: queues are enabled before DMATXCTL.TE, and bit 0 of RDRXCTL is taken
# for CRCSTRIP, which is bit 1.
KNOWN_DEFECTS = ("tx-queue-enabled-without-te", "crc-strip-disagrees")
FAT_KB = 4096


def get_ipxe(folder):
	"""Downloads and unpacks once; returns the folder that stands for the root."""
	return debian.unpack(folder, lambda: [PACKAGE])


def make_medium(path, root, firmware):
	"""A medium that starts iPXE; returns it and its kind. By UEFI it is a disk of one FAT file system."""
	if firmware == "bios":
		return root / ISO, "cd"
	path.write_bytes(bytes(FAT_KB << 10))
	debian.run("mformat", "-i", path, "::")
	debian.run("mmd", "-i", path, "::/EFI", "::/EFI/BOOT")
	debian.run("mcopy", "-i", path, root / EFI, "::/EFI/BOOT/BOOTX64.EFI")
	return path, "disk"


def make_script(port, words):
	"""What it does once DHCP has told where this is: load Linux and its image, and start them."""
	site = f"http://10.0.2.2:{port}"
	return "\n".join(["#!ipxe", f"kernel {site}/vmlinuz initrd=initrd.img {' '.join(words)}",
		f"initrd {site}/initrd.img", "boot", ""]).encode()
