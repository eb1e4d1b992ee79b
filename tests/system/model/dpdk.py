# SPDX-License-Identifier: BSD-2-Clause
"""Debian's DPDK, unpacked but not installed: testpmd with the ixgbe poll-mode driver."""

import os
import pathlib
import re
import subprocess

from stock_linux import run

TESTPMD = "/usr/bin/dpdk-testpmd"
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
PACKAGE = "dpdk-dev"
# Coreutils's: what it prints is to be seen at once, though it goes to a file.
STDBUF = "/usr/libexec/coreutils/libstdbuf.so"


def list_packages():
	"""The package with testpmd and what it needs that this machine does not have."""
	plan = run("apt-get", "--simulate", "--no-install-recommends", "install", PACKAGE)
	# An upgrade of what is installed has its old version in brackets here.
	names = re.findall(r"^Inst (\S+) \(", plan, re.MULTILINE)
	return [PACKAGE] + [name for name in names if not name.endswith("-dev")]


def get_dpdk(folder):
	"""Downloads and unpacks once; returns the folder that stands for the root."""
	root = folder / "root"
	if not (folder / "complete").exists():
		root.mkdir(parents=True, exist_ok=True)
		run("apt-get", "-o", "APT::Sandbox::User=root", "download", *list_packages(), cwd=folder)
		for package in folder.glob("*.deb"):
			run("dpkg-deb", "--extract", package, root)
			package.unlink()
		(folder / "complete").touch()
	return root


def add_testpmd(image, root):
	"""testpmd with its libraries, where they would be installed."""
	program = pathlib.Path(f"{root}{TESTPMD}")
	environment = dict(os.environ, LD_LIBRARY_PATH=f"{root}{LIBRARIES}")
	text = subprocess.run(["ldd", program], env=environment, stdout=subprocess.PIPE, text=True,
		check=True).stdout
	if "not found" in text:
		raise OSError(f"{program}: libraries are missing:\n{text}")
	image.add_file(TESTPMD, program)
	image.add_file(STDBUF, STDBUF)
	for word in text.split():
		if word.startswith("/"):
			image.add_file(word.removeprefix(str(root)), word)
	for driver in ("mempool_ring", "net_ixgbe"):
		library = f"{LIBRARIES}/librte_{driver}.so.23"
		image.add_file(library, f"{root}{library}")
