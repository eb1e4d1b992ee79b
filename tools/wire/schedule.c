/* SPDX-License-Identifier: BSD-2-Clause */
/* When frames go: rate, arrivals, bursts, begin and end, in exact simulated time. */
#include "tools/wire/schedule.h"

#define PS_PER_SECOND 1000000000000ull
#define LINE_MBPS     10000ull

void schedule_init(struct schedule *s, const struct schedule_config *config, uint64_t seed,
		   wire_time_t begin)
{
	*s = (struct schedule){.config = *config, .begin = begin};
	random_seed(&s->random, seed);
}

/* The mean distance between a frame of this length and the next is numerator / *denominator ps. */
static uint64_t get_interval(const struct schedule_config *config, size_t len,
			     uint64_t *denominator)
{
	*denominator = config->unit == RATE_LINE ? 1 : config->rate;
	if (config->unit == RATE_PPS)
		return PS_PER_SECOND;
	return wire_frame_time(len) * (config->unit == RATE_MBPS ? LINE_MBPS : 1);
}

static void advance(struct schedule *s, size_t len)
{
	uint64_t denominator, numerator = get_interval(&s->config, len, &denominator);

	if (s->config.poisson) {
		unsigned __int128 gap = random_exponential(&s->random);

		s->active += (wire_time_t)(gap * numerator / denominator >> 32);
		return;
	}
	numerator += s->remainder;
	s->active += numerator / denominator;
	s->remainder = numerator % denominator;
}

static wire_time_t skip_pauses(const struct schedule *s)
{
	const wire_time_t on = s->config.on, off = s->config.off;

	return s->begin + s->active + (off ? s->active / on * off : 0);
}

wire_time_t schedule_next(struct schedule *s, size_t len)
{
	const struct schedule_config *config = &s->config;
	wire_time_t when;

	if (config->count && s->frames == config->count)
		return WIRE_NEVER;
	if (config->poisson)
		advance(s, len);
	when = skip_pauses(s);
	if (when < s->line_free)
		when = s->line_free;
	if (!config->poisson)
		advance(s, len);
	if ((config->stop && when >= config->stop) ||
	    (config->duration && when >= s->begin + config->duration))
		return WIRE_NEVER;
	s->line_free = when + wire_frame_time(len);
	s->frames++;
	return when;
}
