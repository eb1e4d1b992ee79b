/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring's sleep and wake-up (vio/vio_net.h, section 6): nothing that was produced stays unseen.
 *
 * The producer stands for a driver with transmit descriptors and for the device with completions;
 * the consumer for the other side. Stores go through a store buffer that empties at any time, as on
 * x86, so that a missing full barrier is found: -DNO_PRODUCER_BARRIER, -DNO_CONSUMER_BARRIER and
 * -DNO_RECHECK each must make the verifier find a consumer that sleeps for ever.
 */
#define MODULUS 8 /* of the indices: they wrap, as those of 32 bits do */
#define SIZE    4 /* of the ring: the producer is never further ahead */
#define TOTAL   10

byte produced, event = MODULUS - 1;
bool doorbell;
byte taken; /* in all: the producer only keeps its distance by it */

/* Store buffers: one pending store each. */
byte produced_stored, event_stored;
bool produced_pending, event_pending;

#define REACHED(e, old, new) \
	(((new) - (e) - 1 + 2 * MODULUS) % MODULUS < ((new) - (old) + MODULUS) % MODULUS)

active proctype memory()
{
end:
	do
	:: atomic { produced_pending -> produced = produced_stored; produced_pending = false }
	:: atomic { event_pending -> event = event_stored; event_pending = false }
	od
}

active proctype producer()
{
	byte made, mine, old, wish;

	do
	:: made < TOTAL ->
		old = mine;
		/* One or two at once. */
		if
		:: made - taken < SIZE -> made++; mine = (mine + 1) % MODULUS
		:: made - taken < SIZE - 1 && made + 2 <= TOTAL ->
			made = made + 2;
			mine = (mine + 2) % MODULUS
		fi;
		atomic { !produced_pending -> produced_stored = mine; produced_pending = true };
#ifndef NO_PRODUCER_BARRIER
		!produced_pending;
#endif
		wish = event;
		if
		:: REACHED(wish, old, mine) -> doorbell = true
		:: else
		fi
	:: else -> break
	od
}

active proctype consumer()
{
	byte seen, now;

	do
	:: taken < TOTAL ->
		now = produced;
		if
		:: now != seen ->
			taken = taken + (now - seen + MODULUS) % MODULUS;
			seen = now
		:: else ->
			atomic { !event_pending -> event_stored = seen; event_pending = true };
#ifndef NO_CONSUMER_BARRIER
			!event_pending;
#endif
#ifndef NO_RECHECK
			now = produced;
#endif
			if
			:: now != seen
			:: else -> doorbell; doorbell = false
			fi;
			atomic {
				!event_pending ->
				event_stored = (seen + MODULUS - 1) % MODULUS;
				event_pending = true
			}
		fi
	:: else -> break
	od;
	assert(taken == TOTAL)
}
