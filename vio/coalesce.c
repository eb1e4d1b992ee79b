// SPDX-License-Identifier: BSD-2-Clause
// The policy of interrupts: at once after idle, gathered under load, before buffers run out.
#include "vio/coalesce.h"

/*
 * A delay must be worth it: with fewer more packets expected in the longest one, there is none.
 * From twice as many on the longest is used; between, a part of it, but on a shared core all of it:
 * what few packets save there is an exit. Completions of a few packets
 * had better come while their sender is still awake than in the midst of what it does next.
 */
#define WORTH_FRAMES          1
#define WORTH_FRAMES_TRANSMIT 4

/* So many packets share the cost of an interrupt well enough: a delay need not gather more. */
#define ENOUGH_FRAMES 12

/* The same where guest and backend share a core, which changes hands for each interrupt. */
#define ENOUGH_FRAMES_SHARED 32

/* The card may hold its interrupt back for this part of a delay, if so many packets gather in it.
 */
#define HOLD_SHARE  4
#define HOLD_FRAMES 3

/* So many packets taken together share the cost of a backend's round well enough. */
#define REST_FRAMES 32

/* Silence of this many times the usual gap: the burst is over, or the sender's window full. */
#define QUIET_GAPS 8

/* Silence of this many longest delays: what was learnt of the traffic is past. */
#define IDLE_DELAYS 4

/* And of this many: whether delays pay is no longer known. */
#define FORGET_DELAYS 1000

/* Packets in a measurement of the gap, and in the first one after idle. */
#define WINDOW_FRAMES       256
#define WINDOW_FRAMES_FIRST 8
#define WINDOW_WEIGHT       4 /* a new measurement counts one in so many */

/*
 * Whether delays pay is tried out. Where senders wait for answers, or the guest keeps polling
 * anyway, an interrupt serves as many packets without a delay: then there is none. Trials are rare
 * enough to show neither in the number of interrupts nor in the 99th percentile of latency.
 */
#define TRIAL_TURNS        8 /* at once; of delays, which somebody may wait for, half as many */
#define TRIAL_TURNS_FIRST  16
#define DELAYED_TURNS      256
#define AT_ONCE_TURNS      1024 /* after the first verdict; doubled by one that confirms it */
#define AT_ONCE_TURNS_MOST 4096
#define YIELD_ONE          16

/*
 * A guest that takes so many packets to an interrupt at once, on average of some, needs no delays.
 * Of one interrupt no more than so many count, or the end of an overload would look like that.
 */
#define PLENTY_FRAMES      192
#define PLENTY_FRAMES_MOST 1024
#define PLENTY_TURNS       8

#define YIELD_WEIGHT 4

/*
 * On a core that the backend shares, what costs is that the core changes hands: for each of its
 * rounds, and for each interrupt that wakes the guest. So there a turn is a round, its yield the
 * packets to a change, and that varies more: a finer and longer mean.
 */
#define YIELD_ONE_ROUNDS    1024
#define YIELD_WEIGHT_ROUNDS 32

static bool is_idle(const struct vio_coalesce_settings *settings,
		    const struct vio_coalesce_history *history, uint64_t now)
{
	return now >= history->last && now - history->last >= IDLE_DELAYS * settings->delay_ticks;
}

static void forget_verdict(struct vio_coalesce_history *history)
{
	history->at_once = history->trial = history->plenty = false;
	history->turns = history->turns_most = history->at_once_turns = 0;
	history->yield[false] = history->yield[true] = 0;
}

static void learn_gap(struct vio_coalesce_history *history,
		      const struct vio_coalesce_settings *settings, uint64_t since, uint64_t now,
		      uint32_t frames)
{
	uint64_t gap;

	if (!history->window_most || is_idle(settings, history, since)) {
		if (since - history->last >= FORGET_DELAYS * settings->delay_ticks)
			forget_verdict(history);
		history->gap = 0;
		history->window_most = WINDOW_FRAMES_FIRST;
		history->window = now;
		history->window_frames = 0;
		history->last = now;
		return;
	}
	/* Silence between bursts is not part of their gaps. */
	if (history->gap && since > history->last + QUIET_GAPS * history->gap)
		history->window += since - history->last - history->gap;
	history->last = now;
	history->window_frames += frames;
	if (history->window_frames < history->window_most)
		return;
	gap = (now - history->window) / history->window_frames + 1;
	if (history->window_most == WINDOW_FRAMES)
		gap = (history->gap * (WINDOW_WEIGHT - 1) + gap) / WINDOW_WEIGHT;
	else
		history->window_most *= 2;
	history->gap = gap;
	history->window = now;
	history->window_frames = 0;
}

static uint32_t enough_frames(const struct vio_coalesce_settings *settings)
{
	return settings->shared ? ENOUGH_FRAMES_SHARED : ENOUGH_FRAMES;
}

/* The delay that suits the traffic. */
static uint64_t choose_delay(const struct vio_coalesce_settings *settings,
			     const struct vio_coalesce_history *history, uint64_t now)
{
	uint64_t most = settings->delay_ticks;
	uint64_t gap = history->gap;
	uint64_t worth = settings->transmit ? WORTH_FRAMES_TRANSMIT : WORTH_FRAMES;

	if (!gap || is_idle(settings, history, now) || gap * worth > most)
		return 0;
	if (gap * enough_frames(settings) < most)
		return gap * enough_frames(settings);
	if (gap * worth * 2 <= most || settings->shared)
		return most;
	/* From nothing to all of it, without a step. */
	return (most - gap * worth) * 2;
}

uint64_t vio_coalesce_delay(const struct vio_coalesce_settings *settings,
			    const struct vio_coalesce_history *history, uint64_t now)
{
	if (!settings->adaptive || history->at_once)
		return 0;
	return choose_delay(settings, history, now);
}

uint64_t vio_coalesce_hold(const struct vio_coalesce_settings *settings,
			   const struct vio_coalesce_history *history, uint64_t now)
{
	uint64_t delay = vio_coalesce_delay(settings, history, now);

	if (settings->shared)
		return delay;
	return delay / HOLD_SHARE < HOLD_FRAMES * history->gap ? 0 : delay / HOLD_SHARE;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t vio_coalesce_rest(const struct vio_coalesce_settings *settings,
			   const struct vio_coalesce_history *history, uint64_t busy)
{
	if (!settings->adaptive)
		return 0;
	return earlier(busy, earlier(history->gap * REST_FRAMES, settings->delay_ticks));
}

static uint64_t adapt(const struct vio_coalesce_settings *settings,
		      const struct vio_coalesce_history *history,
		      const struct vio_coalesce_state *state)
{
	uint64_t delay = vio_coalesce_delay(settings, history, state->now);
	uint64_t due = state->first + delay;

	if (!delay || state->frames >= 2 * enough_frames(settings))
		return state->now;
	due = earlier(due, history->last + QUIET_GAPS * history->gap);
	return earlier(due,
		       state->now + (state->ring_left - state->ring_size / VIO_COALESCE_RING_LOW) *
					    history->gap);
}

uint64_t vio_coalesce(const struct vio_coalesce_settings *settings,
		      const struct vio_coalesce_history *history,
		      const struct vio_coalesce_state *state)
{
	if (!state->asked)
		return VIO_COALESCE_NEVER;
	if (state->ring_left <= state->ring_size / VIO_COALESCE_RING_LOW)
		return state->now;
	if (settings->frames && state->frames >= settings->frames)
		return state->now;
	if (settings->spacing_ticks && state->last_interrupt)
		return state->last_interrupt + settings->spacing_ticks;
	if (settings->adaptive)
		return adapt(settings, history, state);
	return settings->delay_ticks ? state->first + settings->delay_ticks : state->now;
}

/* On a shared core: whether delayed interrupts, of a guest that asks for them, do. */
static bool saves_interrupts(const struct vio_coalesce_history *history)
{
	uint64_t interrupts = history->interrupts[true] ? history->interrupts[true] : 1;

	return history->interrupts[false] &&
	       2ull * history->frames[true] * history->interrupts[false] >=
		       3ull * history->frames[false] * interrupts;
}

/* Whether delayed turns serve half as many packets again as others, or it is not known. */
static bool delay_pays(const struct vio_coalesce_history *history)
{
	if (history->plenty)
		return false;
	if (saves_interrupts(history))
		return true;
	return !history->yield[true] || !history->yield[false] ||
	       2 * history->yield[true] >= 3 * history->yield[false];
}

/* Whether what counts is how often the backend takes the core from the queue's guest. */
static bool counts_rounds(const struct vio_coalesce_settings *settings)
{
	return settings->shared && !settings->transmit;
}

/* How many turns the mean of yields is over, at most as many as the present way has had. */
static uint32_t choose_weight(const struct vio_coalesce_history *history, bool rounds)
{
	if (!rounds)
		return YIELD_WEIGHT;
	if (history->turns >= YIELD_WEIGHT_ROUNDS)
		return YIELD_WEIGHT_ROUNDS;
	return history->turns ? history->turns : 1;
}

/* The turn before was begun in the same way as this one: what came between is its yield. */
static void measure_yield(struct vio_coalesce_history *history, bool rounds, bool delayed)
{
	uint64_t yield = (uint64_t)history->cycle_frames * (rounds ? YIELD_ONE_ROUNDS : YIELD_ONE) /
			 (1 + history->cycle_interrupts);
	uint32_t weight = choose_weight(history, rounds);
	uint32_t *mean = &history->yield[delayed];

	history->frames[delayed] += history->cycle_frames;
	history->interrupts[delayed] += history->cycle_interrupts;
	*mean = (uint32_t)(*mean ? (*mean * (weight - 1ull) + yield) / weight : yield);
}

static void begin_trial(struct vio_coalesce_history *history)
{
	history->trial = true;
	history->turns = history->plenty_turns = history->plenty_frames = 0;
	history->at_once = !history->at_once;
	history->yield[!history->at_once] = 0;
	history->turns_most = history->at_once ? TRIAL_TURNS : TRIAL_TURNS / 2;
}

static void end_trial(struct vio_coalesce_history *history)
{
	history->trial = false;
	history->turns = 0;
	history->at_once = !delay_pays(history);
	if (!history->at_once) {
		history->turns_most = DELAYED_TURNS;
		history->at_once_turns = AT_ONCE_TURNS;
		return;
	}
	history->turns_most = history->at_once_turns ? history->at_once_turns : AT_ONCE_TURNS;
	if (history->at_once_turns < AT_ONCE_TURNS_MOST)
		history->at_once_turns = 2 * history->turns_most;
}

static void end_turn(struct vio_coalesce_history *history)
{
	if (++history->turns < (history->turns_most ? history->turns_most : TRIAL_TURNS_FIRST))
		return;
	if (history->trial)
		end_trial(history);
	else
		begin_trial(history);
}

/*
 * Interrupts at once are tried as soon as delayed ones serve plenty: most likely so would those.
 * Returns whether that trial begins now.
 */
static bool look_for_plenty(struct vio_coalesce_history *history)
{
	bool plenty;

	history->plenty_frames += history->cycle_frames < PLENTY_FRAMES_MOST ? history->cycle_frames
									     : PLENTY_FRAMES_MOST;
	if (++history->plenty_turns < PLENTY_TURNS)
		return false;
	plenty = history->plenty_frames >= PLENTY_FRAMES * PLENTY_TURNS;
	history->plenty_turns = history->plenty_frames = 0;
	if (history->at_once)
		history->plenty = plenty;
	if (history->at_once || !plenty || history->trial || history->yield[false])
		return false;
	begin_trial(history);
	return true;
}

/* An interrupt, or on a shared core a round that has brought packets. */
static void end_cycle(struct vio_coalesce_history *history,
		      const struct vio_coalesce_settings *settings, uint64_t now)
{
	bool worth = settings->adaptive && choose_delay(settings, history, now);
	bool delayed = worth && !history->at_once;

	if (delayed == history->last_delayed)
		measure_yield(history, counts_rounds(settings), delayed);
	else
		history->frames[delayed] = history->interrupts[delayed] = 0;
	history->last_delayed = delayed;
	if (worth && !look_for_plenty(history))
		end_turn(history);
	history->cycle_frames = history->cycle_interrupts = 0;
}

void vio_coalesce_observe(struct vio_coalesce_history *history,
			  const struct vio_coalesce_settings *settings, uint64_t since,
			  uint64_t now, uint32_t frames)
{
	if (!frames)
		return;
	history->cycle_frames += frames;
	learn_gap(history, settings, since, now, frames);
	if (counts_rounds(settings))
		end_cycle(history, settings, now);
}

void vio_coalesce_posted(struct vio_coalesce_history *history,
			 const struct vio_coalesce_settings *settings, uint64_t now)
{
	if (counts_rounds(settings))
		history->cycle_interrupts++;
	else
		end_cycle(history, settings, now);
}
