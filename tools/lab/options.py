# SPDX-License-Identifier: BSD-2-Clause
"""The command line of machines, whichever emulator runs them: the card, its wire, its faults."""

import argparse
import pathlib
import re
import sys

# Exit status of a wrong command line.
USAGE = 64


def parse_wire(text):
	if text in ("slirp", "none", "cross", "echo") or re.fullmatch(r"tap=[^,\s]{1,15}|(generator|replay|peer)=.+", text):
		return text
	raise argparse.ArgumentTypeError(f"'{text}': expected slirp, none, cross, echo,"
		" tap=INTERFACE, generator=SETTINGS, replay=SETTINGS or peer=SOCKET")


def parse_mac(text):
	if re.fullmatch(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", text) and not int(text[1], 16) & 1:
		return text
	raise argparse.ArgumentTypeError(f"'{text}': expected a unicast MAC address, 52:54:00:12:34:56")


def parse_hostfwd(text):
	if re.fullmatch(r"(tcp|udp):[0-9.]*:\d{1,5}-[0-9.]*:\d{1,5}", text):
		return text
	raise argparse.ArgumentTypeError(f"'{text}': expected tcp:127.0.0.1:8080-10.0.2.15:80 or -:80")


def parse_folder(text):
	if pathlib.Path(text).is_dir():
		return pathlib.Path(text).absolute()
	raise argparse.ArgumentTypeError(f"'{text}': expected a folder")


def parse_count(low, high):
	def parse(text):
		if text.isdigit() and low <= int(text) <= high:
			return int(text)
		raise argparse.ArgumentTypeError(f"'{text}': expected a number from {low} to {high}")
	return parse


class Parser(argparse.ArgumentParser):
	def error(self, message):
		self.print_usage(sys.stderr)
		self.exit(USAGE, f"{self.prog}: {message}\n")


def add_port(net, suffix):
	"""The options of the first port (suffix "") or the second ("2")."""
	net.add_argument(f"--nic{suffix}", choices=("10fb", "10f7", "none"), default="none",
		help="an 82599 with SFP+ (10fb) or KX4 (10f7); default none")
	net.add_argument(f"--mac{suffix}", type=parse_mac, metavar="MAC",
		default="52:54:00:12:34:57" if suffix else "52:54:00:12:34:56", help="default %(default)s")
	net.add_argument(f"--wire{suffix}", type=parse_wire, default="none" if suffix else "slirp", metavar="WIRE",
		help="what the cable leads to (default %(default)s): slirp (10.0.2.0/24 in user mode, host at 10.0.2.2),"
		" none, tap=INTERFACE, generator=SETTINGS, replay=SETTINGS (key=value;..., or a file of them:"
		" see docs/wire.md), peer=SOCKET, cross, echo (every frame comes back)")
	net.add_argument(f"--hostfwd{suffix}", type=parse_hostfwd, action="append", default=[],
		metavar="tcp:127.0.0.1:8080-10.0.2.15:80",
		help="forward a port of the host (slirp); ...-:80 leads to whom DHCP gave an address last")
	net.add_argument(f"--tftp{suffix}", type=parse_folder, metavar="DIR",
		help="what 10.0.2.2 serves by TFTP (slirp)")
	net.add_argument(f"--bootfile{suffix}", metavar="NAME",
		help="what DHCP tells clients to boot: a file of --tftp's, or a URL where the client takes one (slirp)")
	net.add_argument(f"--pcap{suffix}", type=pathlib.Path, metavar="FILE", help="capture the wire")
	net.add_argument(f"--bad-nvm{suffix}", action="store_true", help="an NVM with a wrong checksum")
	net.add_argument(f"--pcie{suffix}", metavar="LANES@GT", help="of the slot, e.g. x4@2.5; default x8@5")
	net.add_argument(f"--module{suffix}", metavar="NAME",
		help="what is in the SFP+ cage: passive (default; a cable), active, limiting, aoc, sr, lr, sr+sx, lr+lx,"
		" 10gbase-t, no-codes, sx, lx, 1000base-t, none")
	net.add_argument(f"--fault{suffix}", action="append", default=[], metavar="TIME:FAULT",
		help="what is to go wrong when, e.g. 60s:link-down:500ms (docs/wire.md has the list)")
	net.add_argument(f"--control{suffix}", type=pathlib.Path, metavar="FIFO",
		help="take faults from this FIFO (made if there is none), one a line, while the machine runs")
