# SPDX-License-Identifier: BSD-2-Clause
"""The loads that the control is put under, as the text of /plan."""

SIZES = (64, 512, 1500)
# More than any guest can take: a packet in so many ticks; and no more than the line can carry.
PROBE_TICKS = 700
LINE_BITS = 10_000_000_000
FRAME_GAP_BYTES = 20

# name: settings of the generator ($CAPACITY: packets/s that the guests took of a load beyond it), and
# million ticks to settle, and measured.
LOADS = {
	# A little more than can be taken: a flood would measure how packets are thrown away.
	"saturating": ("rate=$((CAPACITY * 105 / 100))pps", 30, 50),
	"poisson-90": ("arrivals=poisson;rate=$((CAPACITY * 90 / 100))pps", 30, 50),
	"poisson-50": ("arrivals=poisson;rate=$((CAPACITY * 50 / 100))pps", 30, 80),
	"poisson-10": ("arrivals=poisson;rate=$((CAPACITY * 10 / 100))pps", 50, 250),
	"poisson-1": ("arrivals=poisson;rate=$((CAPACITY * 1 / 100))pps", 100, 1000),
	"bursts": ("rate=$((CAPACITY * 80 / 100))pps;on={on}us;off={off}us", 50, 200),
	"2000pps": ("rate=2000pps", 100, 200),
}
# Million ticks of a burst, and of the silence after it.
BURST_ON, BURST_OFF = 2, 18


def probe_rate(ips, size):
	return min(ips // PROBE_TICKS, LINE_BITS // 8 // (size + FRAME_GAP_BYTES))


def make_plan(guests, ips, sizes, loads):
	mhz = ips // 1_000_000
	lines = [f"GUESTS={guests}", f"MHZ={mhz}", "run_plan() {"]
	for size in sizes:
		lines.append(f"\tfind_capacity {probe_rate(ips, size)}pps {size}")
		for name in loads:
			settings, settle, window = LOADS[name]
			settings = settings.format(on=BURST_ON * 1_000_000 // mhz, off=BURST_OFF * 1_000_000 // mhz)
			lines.append(f'\tmeasure {name} {settle / mhz:.3f} {1000 * window // mhz} "size={size};{settings}"')
	return "\n".join([*lines, "}", ""])
