# SPDX-License-Identifier: BSD-2-Clause
"""Backend and guest on one core: exits for interrupts, shares, and throughput under overload."""

import json
import subprocess
import sys

from harness import ROOT, check, output_folder

sys.path.append(str(ROOT / "tools/bench/delivery"))
import tables  # noqa: E402


def test_bench_delivery():
	"""An interrupt costs at most one exit; overload takes nothing from throughput, nor from anyone's share."""
	out = output_folder("bench_delivery")
	done = subprocess.run([ROOT / "tools/bench/delivery/run", "--quick", "--out", out], stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT, text=True)
	check(done.returncode == 0, f"tools/bench/delivery/run:\n{done.stdout}")
	records = {one["name"]: one for one in json.loads((out / "delivery.json").read_text())}
	check(len(records) == 4, f"expected 4 records:\n{done.stdout}")
	for one in records.values():
		check(one["driver_defects"] == 0, f"{one['name']}: the card counted {one['driver_defects']} defects")
	half, light = records["shared-bare-50"], records["shared-bare-10"]
	interrupts = half["card_interrupts"] + half["timer_interrupts"]
	check(half["packets"] > 15 * interrupts, f"{half['packets']} packets at half load took {interrupts} interrupts")
	check(light["core_share"]["idle"] > 0.6, f"at a tenth of the load the core is idle for {light['core_share']['idle']}")


def make_record(load, packets_per_second, exits=100, card=60, timer=50, rounds=20, backend=0.2, guest=0.8, wait="poll"):
	return {"part": "shared", "name": load, "guest": "bare", "wait": wait, "load": load, "backend_share": 20,
		"packets_per_second": packets_per_second, "delivery_exits": exits, "card_interrupts": card, "kicks": 0,
		"timer_interrupts": timer, "busy_rounds": rounds, "core_share": {"backend": backend, "guest": guest}}


def test_bench_delivery_verdict():
	"""It finds what must not be."""
	light = make_record("10 %", 1000)
	_, failed = tables.judge([light, make_record("400 %", 951)])
	check(failed == 0, "complaints about good records")
	for bad in (make_record("400 %", 949), make_record("400 %", 1000, exits=120),
			make_record("400 %", 1000, backend=0.24), make_record("400 %", 1000, guest=0.76)):
		lines, failed = tables.judge([light, bad])
		check(failed == 1, f"expected one complaint: {lines}")
