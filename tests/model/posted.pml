/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posted interrupts and HLT (arch/x86/vmx/posted.h): whatever is posted reaches the guest, whether the
 * vCPU runs, is about to enter, halts in the guest, or has left it for a HLT and sleeps.
 *
 * Two cores post a vector each, again when the last was handled. Locked instructions are full
 * barriers; the vCPU's plain store of in_guest goes through a store buffer. -DNO_ENTRY_BARRIER,
 * -DNO_SLEEP_BARRIER, -DNO_ENTRY_CHECK, -DNO_SLEEP_CHECK, -DLATE_CLEAR (ON cleared after the bits are
 * taken) and -DEARLY_LOOK (in_guest read before ON is set) must each make the verifier find a vCPU that
 * sleeps for ever.
 */
#define POSTERS 2
#define TIMES   2

bool requested[POSTERS]; /* PIR */
bool on;
bool in_guest;
bool notification; /* pending at the vCPU's core */
bool awake;        /* what thread_block() does not forget */

bool pending[POSTERS]; /* virtual IRR */
byte handled[POSTERS];

bool stored, store_pending; /* the vCPU's store buffer */

active proctype memory()
{
end:
	do
	:: atomic { store_pending -> in_guest = stored; store_pending = false }
	od
}

proctype poster(byte vector)
{
	byte times;
	bool was_on, guest;

	do
	:: times < TIMES ->
		requested[vector] = true;
#ifdef EARLY_LOOK
		guest = in_guest;
#endif
		atomic { was_on = on; on = true };
		if
		:: was_on
		:: else ->
#ifndef EARLY_LOOK
			guest = in_guest;
#endif
			if
			:: guest -> notification = true
			:: else -> awake = true
			fi
		fi;
		times++;
		handled[vector] == times
	:: else -> break
	od
}

/* One vector after the other, with others running in between. */
inline take_bits()
{
	atomic { if :: requested[0] -> requested[0] = false; pending[0] = true :: else fi };
	atomic { if :: requested[1] -> requested[1] = false; pending[1] = true :: else fi }
}

inline take()
{
#ifdef LATE_CLEAR
	take_bits();
	on = false
#else
	on = false;
	take_bits()
#endif
}

/* The processor, at a notification in guest mode. */
inline process_notification()
{
	notification = false;
	on = false;
	take_bits()
}

#define ALL_HANDLED (handled[0] == TIMES && handled[1] == TIMES)

active proctype vcpu()
{
	bool exits;

	run poster(0);
	run poster(1);
entry:
	atomic { !store_pending -> stored = true; store_pending = true };
#ifndef NO_ENTRY_BARRIER
	!store_pending;
#endif
#ifndef NO_ENTRY_CHECK
	if
	:: on -> take()
	:: else
	fi;
#endif
	/* In the guest. A HLT may exit or not. */
	do
	:: atomic { pending[0] -> pending[0] = false; handled[0]++ }
	:: atomic { pending[1] -> pending[1] = false; handled[1]++ }
	:: notification -> process_notification()
	:: !pending[0] && !pending[1] && !notification && !ALL_HANDLED ->
		if
		:: exits = true
		:: exits = false
		fi;
		if
		:: exits -> goto leave
		:: else -> notification || pending[0] || pending[1] /* halted in the guest */
		fi
	:: ALL_HANDLED -> goto over
	od;
leave:
	atomic { !store_pending -> stored = false; store_pending = true };
	/* With interrupts on again, a late notification finds nothing to do. */
	notification = false;
#ifndef NO_SLEEP_BARRIER
	!store_pending;
#endif
#ifndef NO_SLEEP_CHECK
	if
	:: on -> goto entry
	:: else
	fi;
#endif
	awake;
	awake = false;
	goto entry;
over:
	skip
}
