# SPDX-License-Identifier: BSD-2-Clause
"""The records as tables, and what must hold of them."""

# How far a part of the core may be from what is configured.
SHARE_OFF = 0.03
# Of the highest throughput at lower loads.
THROUGHPUT_LEAST = 0.95

COLUMNS = {
	"shared": ("guest", "load", "backend's share", "packets/s", "backend", "guest", "exits", "idle",
		"interrupts: card", "timer", "rounds", "exits by delivery", "per occasion", "exits/packet", "virtual interrupts/packet",
		"p50, us", "p99"),
	"fallbacks": ("guest", "hidden", "load", "packets/s", "exits/packet", "by reason", "virtual interrupts/packet",
		"host ticks/packet: backend", "exits", "guest ticks/packet"),
	"idle": ("guest sends", "doorbells", "backend's ticks/s", "of its core", "doorbells/packet", "exits/packet"),
}


def percent(value):
	return f"{100 * value:.1f} %"


def occasions(one):
	"""Host interrupts on the backend's core, or, while it polls, rounds that found something."""
	return max(one["card_interrupts"] + one["timer_interrupts"] + one["kicks"], one["busy_rounds"])


def kind(one):
	return one["guest"] + (", busy" if one["wait"] == "poll" else "")


def shared_row(one):
	share = one["core_share"]
	return (kind(one), one["load"], f"{one['backend_share']} %", one["packets_per_second"], percent(share["backend"]),
		percent(share["guest"]), percent(share["exit_handling"]), percent(share["idle"]), one["card_interrupts"],
		one["timer_interrupts"], one["busy_rounds"], one["delivery_exits"],
		f"{one['delivery_exits'] / max(1, occasions(one)):.2f}", one["exits_per_packet"], one["interrupts_per_packet"],
		*((one["latency_us"]["p50"], one["latency_us"]["p99"]) if one["latency_us"] else ("-", "-")))


def reasons(one):
	"""The exits a packet by reason, the most frequent first, without the rarest."""
	parts = ((reason, count / one["packets"]) for reason, count in sorted(one["exits"].items(), key=lambda item: -item[1]))
	return ", ".join(f"{reason} {part:.4f}" for reason, part in parts if part >= 0.0005) or "none"


def fallback_row(one):
	return (one["guest"], one["hide"] or "nothing", one["load"], one["packets_per_second"], one["exits_per_packet"],
		reasons(one), one["interrupts_per_packet"], one["host_ticks"]["backend"], one["host_ticks"]["exit_handling"],
		one["guest_ticks_per_packet"])


def idle_row(one):
	busy, packets = one["core_share"]["backend"], one["packets"]
	return (one["load"], "not asked for" if one["watch"] else "asked for", round(busy * one["ips"]), percent(busy),
		f"{one['doorbells'] / packets:.3f}" if packets else "-", one["exits_per_packet"] if packets else "-")


ROWS = {"shared": shared_row, "fallbacks": fallback_row, "idle": idle_row}


def make_tables(records):
	"""As Markdown."""
	text = []
	for part, columns in COLUMNS.items():
		rows = [ROWS[part](one) for one in records if one["part"] == part]
		if rows:
			text += [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|",
				*(f"| {' | '.join(map(str, row))} |" for row in rows), ""]
	return "\n".join(text)


def judge_exits(records):
	"""On a shared core an interrupt, however many it serves, costs no more than one exit."""
	for one in records:
		if one["part"] == "shared":
			ratio = one["delivery_exits"] / max(1, occasions(one))
			yield f"{one['name']}: {ratio:.2f} exits for an interrupt, at most 1", ratio <= 1.05


def judge_shares(records):
	"""A guest that always wants the core, and is flooded, has its part, and the backend no more than its own."""
	for one in records:
		if one["part"] == "shared" and one["wait"] == "poll" and one["load"] == "400 %":
			share, wanted = one["core_share"], one["backend_share"] / 100
			yield (f"{one['name']}: backend {percent(share['backend'])}, guest {percent(share['guest'])}, configured "
				f"{percent(wanted)}", share["backend"] <= wanted + SHARE_OFF and share["guest"] >= 1 - wanted - SHARE_OFF)


def judge_throughput(records):
	"""It does not fall as the offered load rises."""
	best = {}
	for one in records:
		if one["part"] != "shared":
			continue
		group = (one["guest"], one["wait"], one["backend_share"])
		before, rate = best.get(group, 0), one["packets_per_second"]
		yield f"{one['name']}: {rate} packets/s, before {before}", rate >= THROUGHPUT_LEAST * before
		best[group] = max(before, rate)


def judge(records):
	"""Lines that tell what does not hold, and how many."""
	found = [*judge_exits(records), *judge_shares(records), *judge_throughput(records)]
	lines = [f"DOES NOT HOLD: {text}" for text, holds in found if not holds]
	return [f"{len(found) - len(lines)} of {len(found)} hold", *lines], len(lines)
