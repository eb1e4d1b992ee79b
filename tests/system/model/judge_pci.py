# SPDX-License-Identifier: BSD-2-Clause
"""Whether the card is on the bus as its host puts it there: configuration space, width of the BARs."""

import re

import flows
import machine

# Linux's IORESOURCE_MEM_64 in a resource's flags.
MEMORY_64 = 0x100000
BAR_BYTES = {"BAR0": 128 << 10, "BAR4": 16 << 10}


def judge(checks, name, run):
	text, host = run.records.get("pci", ""), machine.Chosen.host
	found = re.search(r"^configuration (\d+)$", text, re.MULTILINE)
	size = int(found[1]) if found else 0
	checks.add(f"{name}/configuration-space", size == host.configuration_bytes,
		f"{size} bytes, expected {host.configuration_bytes}", bytes=size)
	judge_names(checks, name, text, host)
	bars = {bar: tuple(int(number, 16) for number in numbers.split()) for bar, numbers in
		re.findall(r"^(BAR\d)((?: 0x[0-9a-f]+){3})$", text, re.MULTILINE)}
	sizes = {bar: end - start + 1 for bar, (start, end, _) in bars.items()}
	wide = {bar: bool(flags & MEMORY_64) for bar, (_, _, flags) in bars.items()}
	checks.add(f"{name}/bars", sizes == BAR_BYTES and set(wide.values()) == {host.wide_bars},
		f"sizes {sizes}, 64 bits wide {wide}, expected {BAR_BYTES}, {host.wide_bars}", **wide)


def judge_names(checks, name, text, host):
	"""The serial number is the address with FF-FF in its middle, last byte first; vital product data names it, too."""
	address = flows.CARD[::-1].hex()
	serial = address[:6] + "ffff" + address[6:] if host.configuration_bytes > 256 else ""
	checks.add(f"{name}/serial-number", f"serial {serial}\n" in text, f"expected {serial}: {text}")
	checks.add(f"{name}/vital-product-data", f"SN{flows.CARD.hex()}" in text, f"expected the address: {text}")
