/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of interrupts, virtual and physical: when to post one that is due. It knows only what
 * it is given, so that it can be tested and simulated anywhere. docs/coalescing.md tells why.
 */
#ifndef SLUICE_VIO_COALESCE_H
#define SLUICE_VIO_COALESCE_H

#include <stdbool.h>
#include <stdint.h>

/* What is wanted of a queue's interrupts (vio_net.h: VIO_QUEUE_USECS and its neighbours). */
struct vio_coalesce_settings {
	uint64_t delay_ticks;   /* longest delay of an interrupt; 0: none */
	uint64_t spacing_ticks; /* fixed rate: two interrupts are never closer; 0: they may be */
	uint32_t frames;        /* this many complete end the delay; 0: any number may wait */
	bool adaptive;          /* the policy chooses the delay, at most delay_ticks */
	bool transmit;          /* it is about completions */
	bool shared;            /* an interrupt takes the core from its guest: gather more */
};

/*
 * What the policy has learnt of a queue. All 0 at the start, then only the policy writes it. A turn
 * is an interrupt; of receive queues on a shared core a round of the backend that brought packets.
 */
struct vio_coalesce_history {
	uint64_t gap;              /* ticks from packet to packet in the long run; 0: not known */
	uint64_t last;             /* tick of the latest packet */
	uint64_t window;           /* tick at which the present measurement of `gap` began, */
	uint32_t window_frames;    /* its packets, */
	uint32_t window_most;      /* and how many end it */
	uint32_t cycle_frames;     /* packets of the present turn, */
	uint32_t cycle_interrupts; /* and interrupts, where a turn is not one */
	uint32_t frames[2];        /* of its turns, at once [0] and delayed [1], since that way */
	uint32_t interrupts[2];    /* was last begun */
	uint32_t plenty_frames;    /* of the last few interrupts, */
	uint32_t plenty_turns;     /* which are so many */
	uint32_t yield[2];         /* packets to a turn, in parts: at once [0], delayed [1] */
	uint32_t turns;            /* in the present way: at turns_most the other is tried, */
	uint32_t turns_most;       /* or the trial ends */
	uint32_t at_once_turns;    /* turns_most when delays next turn out not to pay */
	bool plenty;               /* interrupts at once served very many packets each */
	bool at_once;              /* delays do not pay at present: none */
	bool trial;                /* the other way than usual is being tried */
	bool last_delayed;         /* how the last interrupt went out */
};

/* What is known of a queue whose `completed` has moved since its last interrupt. */
struct vio_coalesce_state {
	uint64_t now;            /* ticks */
	uint64_t first;          /* tick at which the first packet now waiting was there */
	uint64_t last_interrupt; /* tick of the last interrupt; 0: none yet */
	uint32_t frames;         /* packets that wait for the interrupt */
	uint32_t ring_size;      /* descriptors */
	uint32_t ring_left;      /* descriptors left before the driver must do something: posted */
				 /* and not used (receive), or free for it to use (transmit) */
	bool asked;              /* `completed` has passed the driver's event */
};

/*
 * With this part of the ring left or less, an interrupt waits no longer: the driver must refill it
 * before packets are lost, or take its buffers back before it has to stop.
 */
#define VIO_COALESCE_RING_LOW 4

/* No interrupt is due: the guest did not ask for one. */
#define VIO_COALESCE_NEVER UINT64_MAX

/*
 * Notes that `frames` packets (0 or more) were completed at tick now, which came at `since` at the
 * earliest: earlier than now if nobody looked for them. At every publication, whether or not the
 * driver asks for interrupts.
 */
void vio_coalesce_observe(struct vio_coalesce_history *history,
			  const struct vio_coalesce_settings *settings, uint64_t since,
			  uint64_t now, uint32_t frames);

/*
 * The ticks by which the policy would delay a packet that comes at tick now, at most
 * settings->delay_ticks: what the layers below may delay it as well. 0 if it is not adaptive.
 */
uint64_t vio_coalesce_delay(const struct vio_coalesce_settings *settings,
			    const struct vio_coalesce_history *history, uint64_t now);

/*
 * The part of that delay for which the card may hold its interrupt back before anybody knows of a
 * packet: short, because then it is not known when packets came, and 0 if few would gather; all of
 * it on a shared core, where a wake-up costs more than that.
 */
uint64_t vio_coalesce_hold(const struct vio_coalesce_settings *settings,
			   const struct vio_coalesce_history *history, uint64_t now);

/*
 * The ticks for which what comes for the queue may be left where it is, so that many packets are
 * taken together, if the driver has enough to do for busy ticks. 0 if the policy is not adaptive.
 */
uint64_t vio_coalesce_rest(const struct vio_coalesce_settings *settings,
			   const struct vio_coalesce_history *history, uint64_t busy);

/*
 * The tick at which to post the interrupt: at or before state->now means at once, later means
 * not before that (ask again then, or when more is complete), VIO_COALESCE_NEVER not at all.
 */
uint64_t vio_coalesce(const struct vio_coalesce_settings *settings,
		      const struct vio_coalesce_history *history,
		      const struct vio_coalesce_state *state);

/* Notes that the interrupt was posted at tick now. */
void vio_coalesce_posted(struct vio_coalesce_history *history,
			 const struct vio_coalesce_settings *settings, uint64_t now);

#endif
