# SPDX-License-Identifier: BSD-2-Clause
"""What is fetched from Debian does not depend on what else the machine has, nor on its language."""

import os
import subprocess
import sys
import tempfile

from harness import ROOT, check

MODEL = ROOT / "tests/system/model"
PACKAGE, KERNEL = "dpdk-dev", "linux-image-cloud-amd64"
# apt's own words are translated where this is set, whatever locales there are.
FOREIGN = {"LC_ALL": "C.UTF-8", "LANGUAGE": "de"}


def run_debian(expression, **environment):
	code = f"import debian; print({expression})"
	return subprocess.run([sys.executable, "-B", "-c", code], cwd=MODEL, env=dict(os.environ, **environment),
		capture_output=True, text=True, check=True).stdout


def make_configuration(folder, package):
	"""An apt on whose machine the package is installed, with all that the real one has."""
	shown = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, text=True,
		check=True).stdout
	with open("/var/lib/dpkg/status") as file:
		status = file.read()
	with open(f"{folder}/status", "w") as file:
		file.write(status + "\n" + shown.replace("\nVersion:", "\nStatus: install ok installed\nVersion:", 1))
	with open(f"{folder}/apt.conf", "w") as file:
		file.write(f'Dir::State::status "{folder}/status";\n')
	return f"{folder}/apt.conf"


def test_packages_needed():
	"""The same list on a machine where the package is installed, and in another language."""
	expression = f"debian.list_needed('{PACKAGE}')"
	with tempfile.TemporaryDirectory() as folder:
		there = run_debian(expression, APT_CONFIG=make_configuration(folder, PACKAGE), **FOREIGN)
	here = run_debian(expression)
	check(here == there, f"here {here}, where it is installed {there}")
	for name in (f"'{PACKAGE}'", "'libc6'", "'librte-net-ixgbe"):
		check(name in here, f"{name} is not in {here}")


def test_packages_in_english():
	expression = f"debian.run('apt-cache', 'depends', '{KERNEL}')"
	check("Depends: linux-image" in run_debian(expression, **FOREIGN), "apt's answer is not in English")


def test_packages_of_the_guest():
	"""guest/image/fetch-kernel finds its package in any language, with any umask, without a home."""
	with tempfile.TemporaryDirectory() as folder:
		with open(f"{folder}/apt-get", "w") as fake:
			fake.write(f"#!/bin/sh\necho \"$@\" > '{folder}/asked'\nexit 9\n")
		os.chmod(f"{folder}/apt-get", 0o755)
		done = subprocess.run([ROOT / "guest/image/fetch-kernel", f"{folder}/out"], umask=0o077, capture_output=True,
			text=True, env=dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", HOME="/nonexistent", **FOREIGN))
		check(done.returncode == 9, f"status {done.returncode}: {done.stderr}")
		with open(f"{folder}/asked") as asked:
			text = asked.read()
	check("download linux-image-" in text, f"asked apt-get for {text}")


def run_tool(tool, **environment):
	"""What the environment says is all that is known."""
	environment = dict({"PATH": "/usr/bin:/bin"}, **environment)
	return subprocess.run([sys.executable, ROOT / tool[0], *tool[1:]], env=environment, capture_output=True, text=True)


def check_refusal(tool, words, **environment):
	done = run_tool(tool, **environment)
	check(done.returncode == 1 and not done.stdout, f"{tool}: status {done.returncode}, {done.stdout}")
	check(words in done.stderr and "XDG_CACHE_HOME" in done.stderr and "Traceback" not in done.stderr, done.stderr)


def run_prepare(megabytes, before="", **environment):
	code = f"{before}import cache_folder; cache_folder.prepare({megabytes})"
	return subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT / "tools", env=environment, capture_output=True,
		text=True)


KEEPERS = (("tools/qemu/fetch", "--fetched"), ("tools/bochs/build",))


def test_packages_cache_that_is_none():
	"""A home below a file: the reason and the variable that helps are said."""
	with tempfile.NamedTemporaryFile() as file:
		for tool in KEEPERS:
			check_refusal(tool, f"{file.name}/.cache/sluice cannot be made: Not a directory", HOME=file.name)


def test_packages_cache_without_room():
	"""Too little room, and no home at all: the same for whoever keeps something."""
	nobody = "import pwd; pwd.getpwuid = {}.__getitem__; "
	with tempfile.TemporaryDirectory() as folder:
		done = run_prepare(1, XDG_CACHE_HOME=folder)
		check(done.returncode == 0, done.stderr)
		done = run_prepare(1 << 40, XDG_CACHE_HOME=folder)
		check(f"are free, up to {1 << 40} MB are needed" in done.stderr, done.stderr)
	done = run_prepare(1, nobody)
	check("there is no home directory to keep files in; set XDG_CACHE_HOME" in done.stderr, done.stderr)


def test_packages_cache_relative():
	"""A relative XDG_CACHE_HOME is ignored, whatever folder a tool is started in."""
	with tempfile.TemporaryDirectory() as home:
		done = run_tool(("tools/bochs/build", "--print-dir"), HOME=home, XDG_CACHE_HOME="here")
	check(done.stdout.startswith(f"{home}/.cache/sluice/bochs-"), done.stdout + done.stderr)
