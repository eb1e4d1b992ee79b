/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's timer, lent to its guest (arch/x86/vmx/guest_timer.c, arch/x86/cpu/apic_timer.c): each
 * deadline that the guest arms and lets come interrupts it, and nothing else does. The host has timers
 * of its own on the core now and then; the guest leaves for any reason at any time. The accesses of each
 * side are in the order of the source, where each is a statement of its own: volatile, and clobbering
 * memory, so that the compiler keeps it.
 *
 * -DPENDING_FIRST (the IRR is read before the register), -DNO_PENDING (an expiry is seen only if it was
 * the reason for the exit), -DNO_READ_BACK (what is left in the register is not), -DLEND_PENDING (lent
 * while an interrupt of an earlier deadline is on its way), -DLOOK_EARLY (that is looked at before
 * the register is written), -DNO_FORGET (what is known of the register outlives the timer's interrupt)
 * and -DLEND_ARMED (lent while the host has a timer) must each make the verifier find a guest that
 * waits for ever, an interrupt too many, or a timer of the host's that is lost.
 */
#define TIMES  3
#define LEAVES 3 /* exits for other reasons */

/* What the register holds: nothing, the guest's deadline with that number (from 1 on), or the host's. */
#define NOTHING 0
#define HOST    10
#define UNKNOWN 11

byte hw;
byte armed;    /* the number of the guest's last deadline */
bool due;      /* which has come; those before it have come, or may come at any time */
bool host_due; /* the host's has */
bool irr;      /* the timer's interrupt is on its way to the core */

bool guest_waits; /* for a deadline that it armed */
bool host_timer;  /* in the core's list */
byte came, delivered;

/* What the hypervisor knows of the register: deadlines[]. */
byte known;

/* One that the host has disarmed stays in the register, and may come at any time. */
#define EXPIRED(deadline) \
	((deadline) == HOST && (host_due || !host_timer) || \
	 (deadline) != NOTHING && (deadline) != HOST && ((deadline) < armed || due))

active proctype hardware()
{
end:
	do
	:: atomic { guest_waits && !due -> due = true; came++ }
	:: atomic { host_timer && !host_due -> host_due = true }
	:: atomic { EXPIRED(hw) -> hw = NOTHING; irr = true }
	od
}

/* A deadline in the past fires at once. */
inline write_register(deadline)
{
	atomic {
		hw = deadline;
		if
		:: EXPIRED(hw) -> hw = NOTHING; irr = true
		:: else
		fi
	}
}

/* processor_set_timer() */
inline set_timer(deadline)
{
	if
	:: known == deadline
	:: else ->
		known = deadline;
		write_register(deadline)
	fi
}

active proctype vcpu()
{
	byte kept; /* the guest's deadline, while the host has it: vmx_vcpu.lapic.deadline */
	bool lent, virr, by_timer, expired, pending;
	byte left, leaves;

entry:
	/* Interrupts off. interrupts_collect() */
	if
	:: kept && due -> kept = NOTHING; virr = true
	:: else
	fi;
	/* guest_timer_lend() */
	lent = true;
#ifndef LEND_ARMED
	if
	:: host_timer -> lent = false
	:: else
	fi;
#endif
	if
	:: lent && known == kept
	:: lent && known != kept ->
		pending = irr;
		set_timer(kept);
#ifndef LOOK_EARLY
		pending = irr;
#endif
#ifndef LEND_PENDING
		lent = !pending
#endif
	:: !lent
	fi;
	by_timer = false;
	assert(!host_timer || hw == HOST || irr); /* the host's timer will interrupt, too */
	do
	:: irr -> irr = false; by_timer = true; goto leave
	:: !lent && kept && due -> goto leave /* the preemption timer */
	:: !irr && virr ->
		virr = false;
		delivered++;
		assert(delivered <= came);
		guest_waits = false
	:: !irr && !virr && !guest_waits && armed < TIMES ->
		atomic { armed++; due = false; guest_waits = true };
		if
		:: lent -> write_register(armed)
		:: else -> kept = armed; goto leave /* WRMSR exits */
		fi
	:: !irr && !virr && guest_waits && !due -> /* changes its mind */
		atomic {
			if
			:: !due && !irr ->
				guest_waits = false;
				if
				:: lent -> hw = NOTHING
				:: else -> kept = NOTHING
				fi
			:: else
			fi
		}
	:: leaves < LEAVES -> leaves++; goto leave
	:: armed == TIMES && !guest_waits && !virr && !irr -> break
	od;
	goto over;
leave:
	/* Interrupts still off. guest_timer_take_back() */
	if
	:: lent ->
		expired = by_timer;
#ifdef PENDING_FIRST
		expired = expired || irr;
#endif
		left = hw;
		known = left;
#ifdef NO_READ_BACK
		left = NOTHING;
#endif
#if !defined(NO_PENDING) && !defined(PENDING_FIRST)
		if
		:: left != kept || left == NOTHING -> expired = expired || irr
		:: else
		fi;
#endif
		kept = left;
		virr = virr || expired
	:: else
	fi;
	lent = false;
	/* Interrupts on: the host's handler, and its timers. */
	do
	:: atomic { irr || by_timer -> irr = false; by_timer = false };
#ifndef NO_FORGET
		known = UNKNOWN;
#endif
		if
		:: host_timer && host_due -> host_timer = false; host_due = false
		:: else
		fi;
		if
		:: host_timer -> set_timer(HOST)
		:: else -> set_timer(NOTHING)
		fi
	:: !host_timer && !by_timer -> atomic { host_timer = true; host_due = false }; set_timer(HOST)
	:: host_timer && !by_timer -> host_timer = false; host_due = false /* the register stays as it is */
	:: !by_timer && !irr -> break
	od;
	goto entry;
over:
	assert(delivered <= came)
}
