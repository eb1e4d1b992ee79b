# SPDX-License-Identifier: BSD-2-Clause
"""The loads that both systems are put under, as the text of /plan."""

SIZES = (64, 512, 1500)
# More than any guest can take: a packet to each in so many ticks; and no more than the line can carry.
PROBE_TICKS = 700
LINE_BITS = 10_000_000_000
FRAME_GAP_BYTES = 20
WINDOWS = 3
# A transfer's segments are as long as can be.
TRANSFER_SIZE = 1500

# name: settings of the generator ($CAPACITY: packets/s that the guests took of a load beyond it), and
# million ticks to settle, and of each of the windows.
LOADS = {
	# A little more than can be taken: a flood would measure how packets are thrown away.
	"saturating": ("rate=$((CAPACITY * 105 / 100))pps", 30, 20),
	"poisson-90": ("arrivals=poisson;rate=$((CAPACITY * 90 / 100))pps", 30, 150),
	"poisson-50": ("arrivals=poisson;rate=$((CAPACITY * 50 / 100))pps", 30, 60),
	"poisson-10": ("arrivals=poisson;rate=$((CAPACITY * 10 / 100))pps", 50, 120),
	"poisson-1": ("arrivals=poisson;rate=$((CAPACITY * 1 / 100))pps", 100, 500),
	"bursts": ("rate=$((CAPACITY * 80 / 100))pps;on={on}us;off={off}us", 50, 100),
	# To each guest.
	"2000pps": ("rate=$((2000 * GUESTS))pps", 100, 1000),
	# Programs of the guest answer and take.
	"request-response": ("outstanding=1;dst_port=7", 50, 200),
	"tcp": ("tcp=9", 50, 200),
}
# With several guests.
MIX_SIZES = (64,)
MIX = ("saturating", "poisson-90", "poisson-50", "poisson-10", "2000pps")
SERVED = ("request-response", "tcp")
# Million ticks of a burst, and of the silence after it.
BURST_ON, BURST_OFF = 2, 18


def probe_rate(ips, size, guests):
	return min(ips * guests // PROBE_TICKS, LINE_BITS // 8 // (size + FRAME_GAP_BYTES))


def make_plan(guests, ips, sizes, loads, capacities):
	"""capacities: {size: packets/s}, of what need not be measured."""
	mhz = ips // 1_000_000
	lines = [f"GUESTS={guests}", f"MHZ={mhz}", "run_plan() {"]
	for size in sizes:
		if size in capacities:
			lines.append(f"\tCAPACITY={capacities[size]}\n\techo CAPACITY {size} $CAPACITY")
		else:
			lines.append(f"\tfind_capacity {probe_rate(ips, size, guests)}pps {size}")
		for name in loads:
			if name == "tcp" and size != TRANSFER_SIZE:
				continue
			settings, settle, window = LOADS[name]
			settings = settings.format(on=BURST_ON * 1_000_000 // mhz, off=BURST_OFF * 1_000_000 // mhz)
			if name in SERVED:
				lines.append("\tserve Y")
			lines.append(f'\tmeasure {name} {settle * 1_000_000 // mhz} {window * 1_000_000 // mhz} {WINDOWS}'
				f' "size={size};{settings}"')
			if name in SERVED:
				lines.append("\tserve N")
	return "\n".join([*lines, "}", ""])


def make_wire(guests):
	"""The generator, silent until it is told: each guest has four flows."""
	many = f"+{guests}" if guests > 1 else ""
	return f"generator=rate=none;flows={4 * guests};dst_mac=52:54:00:00:01:00{many};dst_ip=10.0.2.15{many}"
