/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand-over between two backend threads (vio/mailbox.c, and the sleep in vio/backend.c): every
 * letter arrives once and in order, every packet comes back, no slot is overwritten before it was
 * read, and neither thread sleeps for ever.
 *
 * Index and `sleeping` stores go through store buffers, as on x86 (slots are stored before the index
 * that shows them, and x86 keeps that order). -DNO_SENDER_BARRIER, -DNO_RECEIVER_BARRIER,
 * -DNO_RETURN_WAKEUP and -DNO_RECHECK each must make the verifier find a fault.
 */
#define SLOTS 2
#define TOTAL 5

byte forth[SLOTS], back[SLOTS];
byte sent, returned;
bool sender_sleeps, receiver_sleeps; /* as memory has them */
bool wake_sender, wake_receiver;

byte sent_stored, returned_stored;
bool sent_pending, returned_pending;
bool sender_sleeps_stored, sender_sleeps_pending;
bool receiver_sleeps_stored, receiver_sleeps_pending;

/* Each thread's buffer holds an index and a flag; the real one keeps their order, this may not. */
active proctype memory()
{
end:
	do
	:: atomic { sent_pending -> sent = sent_stored; sent_pending = false }
	:: atomic { returned_pending -> returned = returned_stored; returned_pending = false }
	:: atomic {
		sender_sleeps_pending ->
		sender_sleeps = sender_sleeps_stored; sender_sleeps_pending = false
	}
	:: atomic {
		receiver_sleeps_pending ->
		receiver_sleeps = receiver_sleeps_stored; receiver_sleeps_pending = false
	}
	od
}

#define STORE(variable, value) \
	atomic { !variable##_pending -> variable##_stored = value; variable##_pending = true }

active proctype sender()
{
	byte mine, taken, shown;
	bool look;

	do
	:: taken < TOTAL ->
		/* Sends what there is room for. */
		shown = mine;
		do
		:: mine < TOTAL && mine - taken < SLOTS ->
			forth[mine % SLOTS] = mine;
			mine++
		:: mine > shown || mine == TOTAL || mine - taken == SLOTS -> break
		od;
		if
		:: mine > shown ->
			STORE(sent, mine);
#ifndef NO_SENDER_BARRIER
			!sent_pending && !sender_sleeps_pending;
#endif
			if
			:: receiver_sleeps -> wake_receiver = true
			:: else
			fi
		:: else
		fi;
		/* Takes back. */
		if
		:: returned != taken ->
			assert(back[taken % SLOTS] == taken);
			taken++
		:: else ->
			STORE(sender_sleeps, true);
			!sender_sleeps_pending && !sent_pending;
			look = true;
#ifndef NO_RECHECK
			look = (returned == taken);
#endif
			if
			:: look && (mine == TOTAL || mine - taken == SLOTS) ->
				wake_sender; wake_sender = false
			:: else
			fi;
			STORE(sender_sleeps, false)
		fi
	:: else -> break
	od
}

active proctype receiver()
{
	byte received, letter;

	do
	:: received < TOTAL ->
		if
		:: received != sent ->
			letter = forth[received % SLOTS];
			assert(letter == received);
			back[received % SLOTS] = letter;
			received++;
			STORE(returned, received);
			!returned_pending && !receiver_sleeps_pending;
#ifndef NO_RETURN_WAKEUP
			if
			:: sender_sleeps -> wake_sender = true
			:: else
			fi
#endif
		:: else ->
			STORE(receiver_sleeps, true);
#ifndef NO_RECEIVER_BARRIER
			!receiver_sleeps_pending && !returned_pending;
#endif
			if
			:: received == sent -> wake_receiver; wake_receiver = false
			:: else
			fi;
			STORE(receiver_sleeps, false)
		fi
	:: else -> break
	od
}
