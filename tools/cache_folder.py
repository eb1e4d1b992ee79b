# SPDX-License-Identifier: BSD-2-Clause
"""Where what was fetched or built once is kept: below XDG_CACHE_HOME, else below ~/.cache."""

import os
import pathlib
import shutil

MEGABYTE = 1 << 20


class CacheError(Exception):
	"""Nothing can be kept there; the text says why and what helps."""


def find_base():
	"""An XDG_CACHE_HOME that is no absolute path counts as not set (XDG Base Directory 0.8)."""
	base = os.environ.get("XDG_CACHE_HOME", "")
	if os.path.isabs(base):
		return pathlib.Path(base)
	try:
		return pathlib.Path.home() / ".cache"
	except RuntimeError:
		raise CacheError("there is no home directory to keep files in; set XDG_CACHE_HOME to a folder for them") from None


def get_folder():
	"""The folder; it need not be there."""
	return find_base() / "sluice"


def prepare(megabytes):
	"""Makes the folder, for what may take so much room. A CacheError says why that cannot be."""
	folder = get_folder()
	try:
		folder.mkdir(parents=True, exist_ok=True)
	except OSError as error:
		raise CacheError(f"{folder} cannot be made: {error.strerror}; set XDG_CACHE_HOME to a folder that can be"
			" written to") from None
	if not os.access(folder, os.W_OK | os.X_OK):
		raise CacheError(f"{folder} cannot be written to; set XDG_CACHE_HOME to a folder that can")
	free = shutil.disk_usage(folder).free // MEGABYTE
	if free < megabytes:
		raise CacheError(f"{folder}: {free} MB are free, up to {megabytes} MB are needed; make room, or set"
			" XDG_CACHE_HOME to a folder elsewhere")
