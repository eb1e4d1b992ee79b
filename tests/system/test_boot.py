# SPDX-License-Identifier: BSD-2-Clause
"""Boot, and what is said when something needed for it is missing or wrong."""

from harness import BARE, INITRD, KERNEL, check, check_in, linux_config, output_folder, run_bochs, run_qemu

CONFIG = "[host]\nwhen_done = poweroff\n[vm bare]\nkernel = hello\nmemory = 32M\n"
HELLO = [(BARE / "hello.elf", "hello")]
NO_VTX = "guests cannot start"


def test_without_vtx():
	"""One clear line on serial and VGA, by both boot protocols."""
	for protocol in ("multiboot", "multiboot2"):
		run = run_qemu(f"without_vtx_{protocol}", NO_VTX, CONFIG, HELLO, protocol=protocol, cores=4)
		run.expect(NO_VTX, "4 cores")
		check(NO_VTX in run.vga, f"expected \"{NO_VTX}\" on the screen:\n{run.vga}")


def test_hidden_vtx():
	run = run_bochs("hidden_vtx", CONFIG, HELLO, "hide=vmx", arguments=("--ticks", 3_000_000_000))
	run.expect(NO_VTX)


def test_too_little_memory():
	run = run_qemu("too_little_memory", "memory", CONFIG, HELLO, memory=24)
	run.expect("too little memory")
	check("too little memory" in run.vga, f"expected it on the screen:\n{run.vga}")


def test_unknown_option():
	run = run_qemu("unknown_option", "expected", CONFIG, HELLO, cmdline="speed=11")
	run.expect('command line: "speed": expected io_cores')
	check('"speed"' in run.vga, f"expected it on the screen:\n{run.vga}")


def test_malformed_option():
	run = run_qemu("malformed_option", "expected", CONFIG, HELLO, cmdline="mtu=1500x")
	run.expect('command line: "1500x": expected mtu from 68 to 9000')


def test_malformed_configuration():
	run = run_qemu("malformed_configuration", "expected", CONFIG + "colour = red\n", HELLO)
	run.expect('line 6: "colour": expected kernel, initrd')


def test_long_value():
	"""What was expected is shown, however long what was found is."""
	run = run_qemu("long_value", "cannot start", CONFIG, HELLO, cmdline="hide=" + 1500 * "v")
	run.expect('command line: "vvvvvvvv', 'vvv...": expected vmx, posted-interrupts', "or true-controls")


def test_missing_kernel():
	"""The guest does not start, the hypervisor goes on and says why."""
	run = run_bochs("missing_kernel", CONFIG, (), arguments=("--ticks", 4_000_000_000))
	run.expect('bare: no boot module is named "hello", its kernel: there are: "config"')


def test_corrupt_kernel():
	out = output_folder("corrupt_kernel")
	(out / "corrupt").write_bytes(b"MZ" + bytes(100_000))
	run = run_bochs("corrupt_kernel", CONFIG, [(out / "corrupt", "hello")],
		arguments=("--ticks", 4_000_000_000))
	run.expect("bare", "neither a Linux bzImage")


def test_truncated_kernel():
	out = output_folder("truncated_kernel")
	(out / "truncated").write_bytes(KERNEL.read_bytes()[:1_000_000])
	run = run_bochs("truncated_kernel", linux_config(),
		[(out / "truncated", "vmlinuz"), (INITRD, "initrd")], arguments=("--ticks", 6_000_000_000))
	run.expect("web", "truncated")


def test_many_cores():
	run = run_bochs("many_cores", CONFIG, HELLO, arguments=("--cores", 8, "--memory", 2048))
	run.expect_power_off().expect("8 cores", "hello")


def test_multiboot1():
	run = run_bochs("multiboot1", CONFIG, HELLO, protocol="multiboot")
	run.expect_power_off().expect("hello")


def test_no_card():
	"""Guests run without a network card."""
	config = CONFIG + "net = mac=52:54:00:12:34:57\n"
	run = run_bochs("no_card", config, HELLO, arguments=("--nic", "none"))
	run.expect_power_off().expect("no network card", "hello")


def test_bad_nvm_checksum():
	config = CONFIG + "net = mac=52:54:00:12:34:57\n"
	run = run_bochs("bad_nvm_checksum", config, HELLO,
		arguments=("--nic", "10fb", "--wire", "none", "--bad-nvm"))
	run.expect_power_off().expect("NVM checksum", "hello")
