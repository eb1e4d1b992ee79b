/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's timer, lent to its guest (arch/x86/vmx/guest_timer.c): each deadline that the guest arms and
 * lets come interrupts it, and nothing else does. The host has timers of its own on the core now and
 * then; the guest leaves for any reason at any time.
 *
 * -DNO_PENDING (an expiry is seen only if it was the reason for the exit), -DNO_READ_BACK (what is left in
 * the register is not), -DLEND_PENDING (lent while an interrupt of the host's timer is on its way)
 * and -DLEND_ARMED (lent while the host has a timer) must each make the verifier find a guest that
 * waits for ever, or an interrupt too many.
 */
#define TIMES  3
#define LEAVES 3 /* exits for other reasons */

#define NOBODY 0
#define GUEST  1
#define HOST   2

byte hw;       /* whose deadline is in the register */
bool due;      /* the guest's has come */
bool host_due; /* the host's has */
bool irr;      /* the timer's interrupt is on its way to the core */

bool guest_waits; /* for a deadline that it armed */
bool host_timer;  /* in the core's list */
byte came, delivered;

active proctype hardware()
{
end:
	do
	:: atomic { guest_waits && !due -> due = true; came++ }
	:: atomic { hw == GUEST && due -> hw = NOBODY; irr = true }
	:: atomic { host_timer && !host_due -> host_due = true }
	:: atomic { hw == HOST && host_due -> hw = NOBODY; irr = true }
	od
}

/* A deadline in the past fires at once. */
inline write_register(owner)
{
	atomic {
		hw = owner;
		if
		:: (hw == GUEST && due) || (hw == HOST && host_due) -> hw = NOBODY; irr = true
		:: else
		fi
	}
}

active proctype vcpu()
{
	bool kept, lent, virr, by_timer, expired;
	byte armed, left;

entry:
	/* Interrupts off. interrupts_collect() */
	if
	:: kept && due -> kept = false; virr = true
	:: else
	fi;
	lent = true;
#ifndef LEND_ARMED
	if
	:: host_timer -> lent = false
	:: else
	fi;
#endif
#ifndef LEND_PENDING
	if
	:: irr -> lent = false
	:: else
	fi;
#endif
	if
	:: lent && kept -> write_register(GUEST)
	:: lent && !kept -> write_register(NOBODY)
	:: else
	fi;
	by_timer = false;
	do
	:: irr -> irr = false; by_timer = true; goto leave
	:: !lent && kept && due -> goto leave /* the preemption timer */
	:: !irr && virr ->
		virr = false;
		delivered++;
		assert(delivered <= came);
		guest_waits = false
	:: !irr && !virr && !guest_waits && armed < TIMES ->
		armed++;
		atomic { due = false; guest_waits = true };
		if
		:: lent -> write_register(GUEST)
		:: else -> kept = true; goto leave /* WRMSR exits */
		fi
	:: !irr && !virr && guest_waits && !due -> /* changes its mind */
		atomic {
			if
			:: !due && !irr ->
				guest_waits = false;
				if
				:: lent -> hw = NOBODY
				:: else -> kept = false
				fi
			:: else
			fi
		}
	:: left < LEAVES -> left++; goto leave
	:: armed == TIMES && !guest_waits && !virr && !irr -> break
	od;
	goto over;
leave:
	/* Interrupts still off. guest_timer_take_back() */
	if
	:: lent ->
		expired = by_timer;
#ifndef NO_READ_BACK
		kept = (hw == GUEST);
#else
		kept = false;
#endif
#ifndef NO_PENDING
		expired = expired || irr;
#endif
		virr = virr || expired
	:: else
	fi;
	lent = false;
	/* Interrupts on: the host's handler, and its timers. */
	do
	:: atomic { irr || by_timer ->
		irr = false;
		by_timer = false;
		if
		:: host_timer && host_due -> host_timer = false; host_due = false
		:: else
		fi;
		if
		:: host_timer -> hw = HOST
		:: else -> hw = NOBODY
		fi
	   }
	:: !host_timer -> host_timer = true; host_due = false; write_register(HOST)
	:: host_timer -> host_timer = false; host_due = false /* the register stays as it is */
	:: !by_timer -> break
	od;
	goto entry;
over:
	assert(delivered <= came)
}
