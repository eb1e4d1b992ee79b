# SPDX-License-Identifier: BSD-2-Clause
"""Debian's DPDK, unpacked but not installed: testpmd with the ixgbe poll-mode driver."""

import debian

TESTPMD = "usr/bin/dpdk-testpmd"
LIBRARIES = "usr/lib/x86_64-linux-gnu"
PACKAGE = "dpdk-dev"
# Coreutils's: what it prints is to be seen at once, though it goes to a file.
STDBUF = "/usr/libexec/coreutils/libstdbuf.so"


def get_dpdk(folder):
	"""Downloads and unpacks once; returns the folder that stands for the root."""
	return debian.unpack(folder, lambda: debian.list_needed(PACKAGE))


def add_testpmd(image, root):
	"""testpmd with its libraries, where they would be installed, and plug-ins under names without a version."""
	image.add_file(f"/{TESTPMD}", root / TESTPMD)
	image.add_file(STDBUF, STDBUF)
	for path, file in debian.list_libraries(root, TESTPMD).items():
		image.add_file(path, file)
	for driver in ("mempool_ring", "net_ixgbe"):
		library = next((root / LIBRARIES).glob(f"librte_{driver}.so.*"))
		image.add_file(f"/{LIBRARIES}/librte_{driver}.so", library)
