/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file of the wire: nanosecond pcap, Ethernet, stamped with simulated time. */
#include "tools/wire/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	bool dirty;
};

int capture_open(struct capture **capture, const char *path, char *why, size_t why_len)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c)
		goto err_memory;
	c->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, WIRE_FRAME_MAX,
						       PCAP_TSTAMP_PRECISION_NANO);
	if (!c->pcap)
		goto err_memory;
	c->dumper = pcap_dump_open(c->pcap, path);
	if (!c->dumper) {
		snprintf(why, why_len, "pcap: cannot write %s", pcap_geterr(c->pcap));
		pcap_close(c->pcap);
		free(c);
		return -EIO;
	}
	c->dirty = true;
	*capture = c;
	return 0;

err_memory:
	free(c);
	snprintf(why, why_len, "pcap: out of memory");
	return -ENOMEM;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	pcap_dump_close(capture->dumper);
	pcap_close(capture->pcap);
	free(capture);
}

void capture_write(struct capture *capture, const void *frame, size_t len, wire_time_t now)
{
	const uint64_t ns = now / WIRE_PS_PER_NS;
	struct pcap_pkthdr hdr = {.caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len};

	/* With nanosecond precision tv_usec holds nanoseconds (pcap_open_dead(3PCAP)). */
	hdr.ts.tv_sec = (time_t)(ns / 1000000000u);
	hdr.ts.tv_usec = (suseconds_t)(ns % 1000000000u);
	pcap_dump((u_char *)capture->dumper, &hdr, frame);
	capture->dirty = true;
}

void capture_flush(struct capture *capture)
{
	if (!capture->dirty)
		return;
	pcap_dump_flush(capture->dumper);
	capture->dirty = false;
}
