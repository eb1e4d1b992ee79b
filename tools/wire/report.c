/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters of an emulated NIC and its wire as a JSON file. */
#include "tools/wire/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct field {
	const char *name;
	uint64_t value;
};

static void write_object(FILE *f, const char *name, const struct field *fields, size_t n)
{
	fprintf(f, "  \"%s\": {", name);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s\n    \"%s\": %" PRIu64, i ? "," : "", fields[i].name,
			fields[i].value);
	fprintf(f, "\n  },\n");
}

static void write_nic(FILE *f, const struct i82599 *dev)
{
	const struct i82599_wire_counts c = i82599_wire_counts(dev);
	const struct field fields[] = {
		{"rx_frames", c.rx_frames},
		{"rx_bytes", c.rx_bytes},
		{"tx_frames", c.tx_frames},
		{"tx_bytes", c.tx_bytes},
		{"rx_overflow", c.rx_overflow},
		{"rx_no_descriptor", c.rx_no_descriptor},
		{"rx_filtered", c.rx_filtered},
		{"msix_messages", c.msix_messages},
		{"messages_lost", c.messages_lost},
		{"dma_errors", c.dma_errors},
		{"writebacks_corrupted", c.writebacks_corrupted},
	};

	write_object(f, "nic", fields, sizeof(fields) / sizeof(fields[0]));
}

static void write_wire(FILE *f, const struct wire *wire)
{
	const struct wire_counts c = wire_counts(wire);
	const struct field fields[] = {
		{"from_nic_frames", c.from_nic_frames},
		{"from_nic_bytes", c.from_nic_bytes},
		{"from_nic_dropped", c.from_nic_dropped},
		{"to_nic_frames", c.to_nic_frames},
		{"to_nic_bytes", c.to_nic_bytes},
		{"to_nic_dropped", c.to_nic_dropped},
		{"stalls", c.stalls},
		{"backlog_peak", c.backlog_peak},
		{"polls", c.polls},
	};

	write_object(f, "wire", fields, sizeof(fields) / sizeof(fields[0]));
}

static void write_defects(FILE *f, const struct i82599 *dev)
{
	const struct i82599_defects d = i82599_defects(dev);
	const char *comma = "";

	fprintf(f, "  \"driver_defects\": %" PRIu64 ",\n  \"defects\": {", d.total);
	for (unsigned i = 0; i < d.kinds; i++) {
		if (!d.by_kind[i])
			continue;
		fprintf(f, "%s\n    \"%s\": %" PRIu64, comma, i82599_defect_name(i), d.by_kind[i]);
		comma = ",";
	}
	fprintf(f, "\n  }\n");
}

int report_write(const char *path, wire_time_t now, const struct i82599 *dev,
		 const struct wire *wire, char *why, size_t why_len)
{
	char temporary[PATH_MAX + 8];
	FILE *f;
	int err;

	snprintf(temporary, sizeof(temporary), "%s.part", path);
	f = fopen(temporary, "w");
	if (!f)
		goto err;
	fprintf(f, "{\n  \"time_ps\": %" PRIu64 ",\n", now);
	write_nic(f, dev);
	write_wire(f, wire);
	wire_report(wire, f);
	write_defects(f, dev);
	fprintf(f, "}\n");
	if (fclose(f) || rename(temporary, path))
		goto err;
	return 0;

err:
	err = errno;
	snprintf(why, why_len, "counters=%s: cannot write: %s", path, strerror(err));
	return -err;
}
