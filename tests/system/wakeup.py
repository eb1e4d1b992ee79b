# SPDX-License-Identifier: BSD-2-Clause
"""Two bare guests play ping-pong, asleep in between: how often what was woken, and whether in time."""

import collections
import re

from harness import BARE, check, run_bochs, tail

CONFIG = """[host]
when_done = poweroff
coalescing = none
{host}
[vm ping]
kernel = guest
memory = 32M
cores = {ping}
cmdline = rounds={rounds} seed=17 bound={bound} pause={pause}
net = mac=52:54:00:00:00:01
[vm pong]
kernel = guest
memory = 32M
cores = {pong}
cmdline = pong=1 rounds={rounds} seed=4711 bound={bound}
net = mac=52:54:00:00:00:02
"""

# bound: ticks a round may take, well below the 20 ms after which the control thread runs. pause: ticks in
# which a backend on a core of its own stops watching rings, so that half of ping's packets ring doorbells.
Mode = collections.namedtuple("Mode", "host ping pong cores ips bound pause")
DEDICATED = Mode("io_cores = 1", "1", "2", 3, 5_000_000, 60_000, 10_000)
SHARED = Mode("io_cores = 0\nshared_cores = 1", "0", "1", 2, 100_000_000, 1_000_000, 0)

GAMES = {
	"dedicated": (DEDICATED, ""),
	"dedicated-hidden": (DEDICATED, "hide=posted-interrupts"),
	"shared": (SHARED, ""),
	"shared-hidden": (SHARED, "hide=posted-interrupts"),
}

# woken: HLTs of guests that an interrupt ended; exits: those that cost an exit; doorbells: packets that rang
# one; backend_woken: sleeps of the backend after which there was a packet at once.
Figures = collections.namedtuple("Figures", "rounds longest mean woken exits doorbells backend_woken")


def read_figures(run, rounds):
	done = re.search(r"wakeup: rounds (\d+) slow 0 stalls 0 longest (\d+) mean (\d+)", run.serial)
	check(done and int(done[1]) == rounds, f"not all rounds in time, {run.out}:\n{tail(run.serial)}")
	guests = re.findall(r"wakeup: (?:ping|pong) halts (\d+) interrupts (\d+) doorbells (\d+)", run.serial)
	check(len(guests) == 2, f"a guest has not ended, {run.out}:\n{tail(run.serial)}")
	backend = sum(value for name, value in run.counters.items() if re.fullmatch(r"backend\.\d+\.wakeups", name))
	exits = sum(value for name, value in run.counters.items() if re.fullmatch(r"vm\..*\.exits\.hlt", name))
	return Figures(rounds, int(done[2]), int(done[3]), sum(min(int(h), int(i)) for h, i, _ in guests), exits,
		sum(int(d) for _, _, d in guests), backend)


def play(name, rounds, ticks):
	"""Runs one game; fails on a stall, or on a round that took too long. Returns its figures."""
	mode, words = GAMES[name]
	config = CONFIG.format(host=mode.host, ping=mode.ping, pong=mode.pong, rounds=rounds, bound=mode.bound,
		pause=mode.pause)
	run = run_bochs(f"wakeup_{name}", config, [(BARE / "wakeup.elf", "guest")], words,
		arguments=("--cores", mode.cores, "--ips", mode.ips, "--ticks", ticks, "--wall", 1800))
	run.expect_power_off()
	wrong = re.search(r".*(FAIL|stalls; ping's|panic).*", run.serial)
	check(not wrong, f"{run.out}: {wrong and wrong[0]}")
	return read_figures(run, rounds)
