# SPDX-License-Identifier: BSD-2-Clause
"""Debian's packages, downloaded and unpacked but not installed: what comes of it does not depend on what this
machine has installed, nor on its language."""

import os
import pathlib
import re
import shutil
import subprocess

# A machine on which nothing is installed; its cache is not this machine's.
EMPTY = ("-o", "Dir::State::status=/dev/null", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
	"-o", "APT::Install-Recommends=false")
# Downloading as root needs no other user's access to the folder.
DOWNLOAD = ("-o", "APT::Sandbox::User=root")
# Where packages keep libraries: Debian 12's are not all below /usr yet.
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")
LOADER = "ld-linux-x86-64.so.2"


class DebianError(Exception):
	"""A package or an image cannot be made; the text says why."""


def run(*command, **options):
	"""A command's output, in English; a DebianError shows it if the command failed."""
	environment = {name: value for name, value in os.environ.items() if name != "LANGUAGE"} | {"LC_ALL": "C"}
	done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
		text=True, stdin=subprocess.DEVNULL, env=environment, **options)
	if done.returncode:
		raise DebianError(f"{command[0]} failed, status {done.returncode}:\n{done.stdout}")
	return done.stdout


def list_needed(package):
	"""The package and all that it needs to run, down to the C library."""
	plan = run("apt-get", *EMPTY, "--simulate", "install", package)
	names = re.findall(r"^Inst ([^\s:]+) ", plan, re.MULTILINE)
	if package not in names:
		raise DebianError(f"apt cannot install {package}:\n{plan}")
	return [package] + [name for name in names if name != package and not name.endswith("-dev")]


def unpack(folder, names):
	"""Downloads and unpacks packages, once; returns the folder that stands for the root.

	names: a function, for to list them may take time."""
	root = folder / "root"
	if not (folder / "complete").exists():
		shutil.rmtree(folder, ignore_errors=True)
		root.mkdir(parents=True)
		run("apt-get", *DOWNLOAD, "download", *names(), cwd=folder)
		for package in folder.glob("*.deb"):
			run("dpkg-deb", "--extract", package, root)
			package.unlink()
		(folder / "complete").touch()
	return root


def list_libraries(root, program):
	"""The shared libraries of a program below root, with the loader: none is this machine's own. By path in root."""
	folders = [root / folder for folder in LIBRARIES]
	loader = next(folder / LOADER for folder in folders if (folder / LOADER).exists())
	text = run(loader, "--library-path", ":".join(map(str, folders)), "--list", root / program)
	files = [pathlib.Path(name) for name in re.findall(r"^\s*\S+ => (.*) \(0x", text, re.MULTILINE)]
	foreign = [str(file) for file in files if not file.is_relative_to(root)]
	if foreign or not files:
		raise DebianError(f"{program}: expected all libraries below {root}, found {foreign}:\n{text}")
	return {f"/{file.relative_to(root)}": file for file in files} | {f"/lib64/{LOADER}": loader}
