# SPDX-License-Identifier: BSD-2-Clause
"""The control's two systems, of distribution packages only: the host's initramfs and the guest's."""

import functools
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system" / "model"))
sys.path.append(str(ROOT / "tools"))

import cache_folder  # noqa: E402
import stock_linux  # noqa: E402

HOST_PARTS = ("./boot", "./lib/modules/*/kernel/net", "./lib/modules/*/kernel/drivers/net",
	"./lib/modules/*/kernel/drivers/dca", "./lib/modules/*/kernel/drivers/vhost",
	"./lib/modules/*/kernel/arch/x86/kvm", "./lib/modules/*/kernel/virt", "./lib/modules/*/modules.*")
GUEST_PARTS = ("./boot", "./lib/modules/*/kernel/net", "./lib/modules/*/kernel/drivers/net",
	"./lib/modules/*/kernel/drivers/virtio", "./lib/modules/*/kernel/drivers/char", "./lib/modules/*/modules.*")
HOST_MODULES = ("kvm_intel", "vhost_net", "tun", "bridge", "macvtap", "ixgbe")
GUEST_MODULES = ("virtio_pci", "virtio_console", "virtio_net")
FOLDERS = ("/proc", "/sys", "/dev", "/tmp", "/run")
MEGABYTES = 400
QEMU = "/usr/bin/qemu-system-x86_64"
QEMU_FILES = ("/usr/share/seabios/bios-256k.bin", "/usr/share/qemu/linuxboot_dma.bin",
	"/usr/share/qemu/kvmvapic.bin")


def get_kernels():
	"""The host's kernel (the full one: it has ixgbe) and the guest's (the cloud one)."""
	cache = cache_folder.get_folder() / "kvm-control"
	if not cache.is_dir():
		cache_folder.prepare(MEGABYTES)
	return (stock_linux.get_kernel(cache / "host", "linux-image-amd64", HOST_PARTS),
		stock_linux.get_kernel(cache / "guest", "linux-image-cloud-amd64", GUEST_PARTS))


def list_modules(kernel, names):
	"""Like Kernel.list_modules(), but without what the kernel has built in."""
	built_in = {pathlib.Path(line).stem.replace("-", "_")
		for line in (kernel.modules / "modules.builtin").read_text().splitlines()}
	return kernel.list_modules([name for name in names if name not in built_in])


def build_agent(out):
	stock_linux.run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", f"-I{ROOT}", "-o", out, *sorted((HERE / "agent").glob("*.c")))


def start_image(modules, init, agent):
	image = stock_linux.Initramfs()
	image.add_busybox()
	image.add_modules(modules)
	image.add_file("/init", HERE / init)
	image.add_file("/bin/agent", agent)
	for folder in FOLDERS:
		image.add_folder(folder)
	return image


def compress(image, path):
	plain = path.with_suffix(".cpio")
	image.write(plain)
	stock_linux.run("zstd", "-9", "-q", "-f", "-T2", plain, "-o", path)
	plain.unlink()


def build_guest(kernel, agent, sink, out):
	image = start_image(list_modules(kernel, GUEST_MODULES), "guest_init", agent)
	stock_linux.run("strip", "-g", "-o", out.with_suffix(".ko"), sink)
	image.add_file("/sink.ko", out.with_suffix(".ko"))
	compress(image, out)


def add_qemu(image):
	image.add_program(QEMU)
	for file in QEMU_FILES:
		image.add_file(file, file)


def build_host(kernel, guest_kernel, guest_image, agent, out):
	image = start_image(list_modules(kernel, HOST_MODULES), "host_init", agent)
	add_qemu(image)
	image.add_program("/usr/sbin/ethtool")
	# The shell prefers its own ip to any found by PATH: it is called by its path.
	del image.entries["bin/ip"]
	image.add_program("/bin/ip")
	image.add_program("/usr/bin/taskset")
	image.add_file("/host_lib", HERE / "host_lib")
	image.add_file("/guest/vmlinuz", guest_kernel.image)
	image.add_file("/guest/initrd", guest_image)
	compress(image, out)


@functools.cache
def build(out, sink):
	"""Makes out/host.img with the sink's module in its guests; returns the host's kernel."""
	out.mkdir(parents=True, exist_ok=True)
	host, guest = get_kernels()
	build_agent(out / "agent")
	build_guest(guest, out / "agent", sink, out / "guest.img")
	build_host(host, guest, out / "guest.img", out / "agent", out / "host.img")
	return host


def build_sluice_guest(out, modules, plan):
	"""Makes out/sluice.img with Sluice's modules in it."""
	build_agent(out / "agent")
	image = start_image((), "sluice_init", out / "agent")
	for name, file in modules.items():
		stripped = out / f"{name}.stripped"
		stock_linux.run("strip", "-g", "-o", stripped, file)
		image.add_file(f"/{name}.ko", stripped)
	image.add_bytes("/plan", plan.encode())
	compress(image, out / "sluice.img")


def make_iso(path, kernel, image, plan, cmdline):
	"""A CD that boots the host; plan: text of /plan, which host_init sources."""
	extra = stock_linux.Initramfs()
	extra.add_bytes("/plan", plan.encode())
	with_plan = path.with_suffix(".initrd")
	extra.write(with_plan)
	# What is not compressed has to come first, in whole words.
	plain = with_plan.read_bytes()
	with_plan.write_bytes(plain + bytes(-len(plain) % 4) + image.read_bytes())
	stock_linux.run(ROOT / "tools" / "lab" / "mkiso", "-o", path, "--protocol", "linux", "--kernel",
		kernel.image, "--cmdline", cmdline, "--module", with_plan, "initramfs")
	with_plan.unlink()
