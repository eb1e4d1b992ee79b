// SPDX-License-Identifier: BSD-2-Clause
// The times of arrival in a capture file.
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/policy/traffic.h"

#define NS_PER_S  1000000000ull
#define NS_PER_US 1000

uint64_t *traffic_read_capture(const char *path, uint64_t *count)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *capture =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	uint64_t *ticks = NULL;
	uint64_t room = 0, first = 0, last = 0;
	struct pcap_pkthdr *header;
	const unsigned char *data;

	*count = 0;
	if (!capture) {
		fprintf(stderr, "simulate: %s\n", why);
		return NULL;
	}
	while (pcap_next_ex(capture, &header, &data) == 1) {
		uint64_t ns = (uint64_t)header->ts.tv_sec * NS_PER_S + (uint64_t)header->ts.tv_usec;

		if (!*count)
			first = ns;
		if (ns - first < last || ns < first)
			ns = first + last; /* captures of several queues may step back */
		last = ns - first;
		if (*count == room) {
			uint64_t *more;

			room = room ? 2 * room : 1024;
			more = realloc(ticks, room * sizeof(*ticks));
			if (!more)
				break;
			ticks = more;
		}
		ticks[(*count)++] = 1 + last * TICKS_PER_US / NS_PER_US;
	}
	pcap_close(capture);
	if (!*count) {
		fprintf(stderr, "simulate: %s: no packets\n", path);
		free(ticks);
		return NULL;
	}
	return ticks;
}
