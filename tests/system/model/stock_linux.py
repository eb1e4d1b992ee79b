# SPDX-License-Identifier: BSD-2-Clause
"""Debian's own kernel package, unpacked but not installed, and initramfs images made with it."""

import os
import pathlib
import stat

from debian import DOWNLOAD, DebianError, run

META_PACKAGE = "linux-image-amd64"
# What is unpacked of it: the kernel, and the modules a network card and DPDK can need.
PARTS = ("./boot", "./lib/modules/*/kernel/net", "./lib/modules/*/kernel/drivers/net",
	"./lib/modules/*/kernel/drivers/dca", "./lib/modules/*/kernel/drivers/uio", "./lib/modules/*/modules.*")


class Kernel:
	"""An unpacked kernel package: image is the bzImage, modules the folder with modules.dep."""

	def __init__(self, root):
		self.root = root
		self.image = next((root / "boot").glob("vmlinuz-*"))
		self.modules = next((root / "lib" / "modules").iterdir())

	def list_modules(self, names):
		"""The named modules and all they need, as files in loading order."""
		needs = {}
		for line in (self.modules / "modules.dep").read_text().splitlines():
			file, _, rest = line.partition(":")
			needs[file] = rest.split()
		by_name = {pathlib.Path(file).stem.replace("-", "_"): file for file in needs}
		order = []
		for name in names:
			if name not in by_name:
				raise DebianError(f"{self.modules}: there is no module {name}")
			# modules.dep lists what must be loaded first last.
			for file in [*reversed(needs[by_name[name]]), by_name[name]]:
				if file not in order:
					order.append(file)
		return [self.modules / file for file in order]


def get_kernel(folder, metapackage=META_PACKAGE, parts=PARTS):
	"""Downloads and unpacks the kernel that the metapackage names, once for each version."""
	text = run("apt-cache", "depends", metapackage)
	names = [line.split()[1] for line in text.splitlines() if line.split()[0] == "Depends:"]
	if not names:
		raise DebianError(f"apt knows no kernel behind {metapackage}; run apt-get update")
	root = folder / names[0]
	# What was unpacked is told by a list of it: another list, and it is unpacked again.
	complete = root / "complete"
	if not complete.exists() or complete.read_text() != " ".join(parts):
		root.mkdir(parents=True, exist_ok=True)
		run("apt-get", *DOWNLOAD, "download", names[0], cwd=root)
		package = next(root.glob("*.deb"))
		unpack = 'p=$1 r=$2; shift 2; dpkg-deb --fsys-tarfile "$p" | tar -x --wildcards -C "$r" "$@"'
		run("sh", "-c", unpack, "sh", package, root, *parts)
		run("depmod", "-b", root, next((root / "lib" / "modules").iterdir()).name)
		package.unlink()
		complete.write_text(" ".join(parts))
	return Kernel(root)


def list_libraries(program):
	"""The shared libraries of a program, with its loader."""
	words = run("ldd", program).split()
	return [pathlib.Path(word) for word in words if word.startswith("/")]


class Initramfs:
	"""Collects files for an initramfs and writes them in the kernel's cpio format (newc)."""

	def __init__(self):
		self.entries = {}

	def add_folder(self, path):
		path = pathlib.PurePosixPath(path)
		for folder in [*reversed(path.parents), path]:
			self.entries.setdefault(str(folder).lstrip("/"), (stat.S_IFDIR | 0o755, b""))

	def add_bytes(self, path, data, mode=0o644):
		self.add_folder(pathlib.PurePosixPath(path).parent)
		self.entries[str(path).lstrip("/")] = (stat.S_IFREG | mode, data)

	def add_file(self, path, source):
		mode = 0o755 if os.access(source, os.X_OK) else 0o644
		self.add_bytes(path, pathlib.Path(source).read_bytes(), mode)

	def add_link(self, path, target):
		self.add_folder(pathlib.PurePosixPath(path).parent)
		self.entries[str(path).lstrip("/")] = (stat.S_IFLNK | 0o777, target.encode())

	def add_program(self, source):
		"""A program of this machine with its libraries, at the same paths."""
		for file in [pathlib.Path(source), *list_libraries(source)]:
			self.add_file(file, file)

	def add_busybox(self):
		self.add_file("/bin/busybox", "/bin/busybox")
		for applet in run("/bin/busybox", "--list").split():
			if applet != "busybox":
				self.add_link(f"/bin/{applet}", "busybox")

	def add_modules(self, files):
		"""Modules, and /modules/order to load them by."""
		for file in files:
			self.add_file(f"/modules/{file.name}", file)
		order = "".join(f"/modules/{file.name}\n" for file in files)
		self.add_bytes("/modules/order", order.encode())

	def write(self, path):
		with open(path, "wb") as out:
			for inode, (name, (mode, data)) in enumerate(self.entries.items(), 1):
				if name:
					write_entry(out, inode, name, mode, data)
			write_entry(out, 0, "TRAILER!!!", 0, b"")


def write_entry(out, inode, name, mode, data):
	"""One file: thirteen hexadecimal fields, name and data, each padded to four bytes."""
	encoded = name.encode() + b"\0"
	fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
	head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
	out.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))
