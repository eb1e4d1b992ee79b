# SPDX-License-Identifier: BSD-2-Clause
"""`make run` on a machine where nothing is installed yet: what it is about to install is not missed before."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from harness import ROOT, check

# Of packages that every Debian has, and make.
PRESENT = ("make", "sh", "env", "find", "sort", "sed", "grep", "cat", "mkdir", "dirname", "uname", "true")
GOALS = ("run", "test", "smoke", "compat", "deps", "all", "unit", "lint", "vfio-user")


def copy_tree(folder):
	"""The tree as it is, without what was built."""
	shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns("build", ".git"))


def test_make_on_a_bare_machine():
	with tempfile.TemporaryDirectory() as folder:
		tools, tree = pathlib.Path(folder) / "bin", pathlib.Path(folder) / "a tree"
		tools.mkdir()
		for name in PRESENT:
			(tools / name).symlink_to(shutil.which(name))
		copy_tree(tree)
		for goal in GOALS:
			done = subprocess.run(["make", "--dry-run", "MAKE=true", goal], cwd=tree, env=dict(os.environ, PATH=str(tools)),
				capture_output=True, text=True)
			check(done.returncode == 0 and not done.stderr, f"make {goal}: {done.stderr}")
