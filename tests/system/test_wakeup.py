# SPDX-License-Identifier: BSD-2-Clause
"""No wake-up is lost: a hundredth of `make stress-wakeup`."""

from harness import check
from wakeup import GAMES, play

ROUNDS = 5_600
TICKS = 2_000_000_000


def check_game(name):
	figures = play(name, ROUNDS, TICKS)
	check(figures.woken >= 1.8 * ROUNDS and figures.backend_woken >= 0.25 * ROUNDS and figures.doorbells >= ROUNDS / 4,
		f"too few were asleep: {figures}")


def test_wakeup_dedicated():
	check_game("dedicated")


def test_wakeup_dedicated_without_posted_interrupts():
	check_game("dedicated-hidden")


def test_wakeup_shared():
	check_game("shared")


def test_wakeup_shared_without_posted_interrupts():
	check_game("shared-hidden")
