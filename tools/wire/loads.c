/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of each load that the generator was commanded to make, and what the machine noted. */
#include "tools/wire/loads.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void fill_quantiles(struct load *load, const struct histogram *latency)
{
	load->p50 = histogram_quantile(latency, 500);
	load->p99 = histogram_quantile(latency, 990);
	load->max = latency->max;
}

bool loads_begin(struct loads *loads, const char *settings, wire_time_t now)
{
	struct load *grown = reallocarray(loads->load, loads->count + 1, sizeof(*grown));
	struct load *last = loads_last(loads);

	if (!grown)
		return false;
	if (last) {
		last = &grown[loads->count - 1];
		last->end = now;
		fill_quantiles(last, &loads->latency);
	}
	loads->load = grown;
	memset(&loads->latency, 0, sizeof(loads->latency));
	grown[loads->count] = (struct load){.settings = strdup(settings), .begin = now};
	if (!grown[loads->count].settings)
		return false;
	loads->count++;
	return true;
}

struct load *loads_last(struct loads *loads)
{
	return loads->count ? &loads->load[loads->count - 1] : NULL;
}

bool loads_note(struct loads *loads, const void *text, size_t bytes)
{
	char *grown = realloc(loads->notes, loads->notes_bytes + bytes);

	if (!grown)
		return false;
	memcpy(grown + loads->notes_bytes, text, bytes);
	loads->notes = grown;
	loads->notes_bytes += bytes;
	return true;
}

static void put_string(const char *text, size_t bytes, FILE *f)
{
	fputc('"', f);
	for (size_t i = 0; i < bytes; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c > '~')
			fprintf(f, "\\u%04x", c);
		else
			fprintf(f, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	fputc('"', f);
}

static void report_notes(const struct loads *loads, FILE *f)
{
	const char *at = loads->notes, *comma = "";
	size_t left = loads->notes_bytes;

	fprintf(f, "  \"notes\": [");
	while (left) {
		const char *end = memchr(at, '\n', left);
		const size_t bytes = end ? (size_t)(end - at) : left;

		fprintf(f, "%s\n    ", comma);
		put_string(at, bytes, f);
		comma = ",";
		left -= bytes + (end != NULL);
		at += bytes + (end != NULL);
	}
	fprintf(f, "],\n");
}

void loads_report(const struct loads *loads, FILE *f)
{
	fprintf(f, "  \"loads\": [");
	for (unsigned i = 0; i < loads->count; i++) {
		struct load load = loads->load[i];

		if (i + 1 == loads->count)
			fill_quantiles(&load, &loads->latency);
		fprintf(f, "%s\n    {\"settings\": ", i ? "," : "");
		put_string(load.settings, strlen(load.settings), f);
		fprintf(f,
			", \"begin_ps\": %" PRIu64 ", \"end_ps\": %" PRIu64 ", \"frames\": %" PRIu64
			", \"answers\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"repeated\": %" PRIu64
			", \"latency_ps\": {\"p50\": %" PRIu64 ", \"p99\": %" PRIu64
			", \"max\": %" PRIu64 "}}",
			load.begin, load.end, load.frames, load.answers, load.bytes, load.repeated,
			load.p50, load.p99, load.max);
	}
	fprintf(f, "],\n");
	report_notes(loads, f);
}

void loads_free(struct loads *loads)
{
	for (unsigned i = 0; i < loads->count; i++)
		free(loads->load[i].settings);
	free(loads->load);
	free(loads->notes);
}
