// SPDX-License-Identifier: BSD-2-Clause
// Compares the policies at every load: a table, JSON, and data for a plot.
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/policy/simulate.h"

#define LOADS_MOST      32
#define PACKETS_DEFAULT 100000

struct output {
	FILE *json, *plot;
	bool first;
};

static double us(uint64_t ticks)
{
	return (double)ticks / TICKS_PER_US;
}

static double per_second(uint64_t count, uint64_t ticks)
{
	return ticks ? (double)count * 1e6 / us(ticks) : 0;
}

static void print_run(const char *load, const struct control *control, const struct result *result)
{
	printf("%-20s %-16s %9.4f %9.0f %9.0f %8.1f %8.1f %8.1f %7lu\n", load, control->name,
	       (double)result->interrupts / (double)result->packets,
	       per_second(result->interrupts, result->ticks),
	       per_second(result->wakes, result->ticks), us(result->p50), us(result->p99),
	       us(result->max), result->lost);
}

static void write_run(struct output *output, const char *load, const struct control *control,
		      const struct result *result)
{
	double per_packet = (double)result->interrupts / (double)result->packets;
	double rate = per_second(result->interrupts, result->ticks);

	if (output->json)
		fprintf(output->json,
			"%s\n{\"load\": \"%s\", \"policy\": \"%s\", \"packets\": %lu, \"lost\": "
			"%lu, "
			"\"interrupts_per_packet\": %.6f, \"interrupts_per_second\": %.1f, "
			"\"card_interrupts_per_second\": %.1f, \"packets_per_second\": %.0f, "
			"\"latency_us\": {\"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f}, "
			"\"longest_delay_us\": %.2f}",
			output->first ? "" : ",", load, control->name, result->packets,
			result->lost, per_packet, rate,
			per_second(result->card_interrupts, result->ticks),
			per_second(result->packets, result->ticks), us(result->p50),
			us(result->p99), us(result->max), us(result->longest_delay));
	if (output->plot)
		fprintf(output->plot, "%s %s %.1f %.2f\n", load, control->name, rate,
			us(result->p99));
	output->first = false;
}

static int compare_at(const struct machine *machine, struct load *load, struct output *output)
{
	for (size_t i = 0; i < controls_count; i++) {
		struct result result;

		if (simulate(machine, &controls[i], &load->traffic, &result)) {
			fprintf(stderr, "simulate: no memory\n");
			return -1;
		}
		print_run(load->name, &controls[i], &result);
		write_run(output, load->name, &controls[i], &result);
	}
	printf("\n");
	return 0;
}

static FILE *open_output(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		fprintf(stderr, "simulate: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return file;
}

static void usage(void)
{
	fprintf(stderr, "usage: simulate [--json FILE] [--plot FILE] [--packets N] [--poll] "
			"[--load NAME] [--pcap FILE]\n");
	exit(64);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"plot", required_argument, NULL, 'd'},
		{"packets", required_argument, NULL, 'n'},
		{"poll", no_argument, NULL, 'p'},
		{"load", required_argument, NULL, 'l'},
		{"pcap", required_argument, NULL, 'c'},
		{NULL, 0, NULL, 0},
	};
	struct machine machine = machine_default;
	struct load loads[LOADS_MOST];
	struct output output = {.first = true};
	const char *only = NULL, *pcap = NULL, *json = NULL, *plot = NULL;
	uint64_t packets = PACKETS_DEFAULT;
	uint64_t *trace = NULL;
	size_t count;
	int option, error = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = optarg;
			break;
		case 'd':
			plot = optarg;
			break;
		case 'n':
			packets = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			machine.backend_polls = true;
			break;
		case 'l':
			only = optarg;
			break;
		case 'c':
			pcap = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !packets)
		usage();
	count = traffic_loads(loads, LOADS_MOST, machine.guest_packet, packets);
	if (pcap) {
		trace = traffic_read_capture(pcap, &packets);
		if (!trace)
			exit(1);
		count = 1;
		loads[0] = (struct load){.name = "capture",
					 .traffic = {.packets = packets, .trace = trace}};
	}
	if (json)
		output.json = open_output(json);
	if (plot)
		output.plot = open_output(plot);
	printf("%-20s %-16s %9s %9s %9s %8s %8s %8s %7s\n", "load", "policy", "int/pkt", "int/s",
	       "wakes/s", "p50 us", "p99 us", "max us", "lost");
	if (output.json)
		fprintf(output.json, "[");
	for (size_t i = 0; i < count && !error; i++)
		if (!only || !strcmp(only, loads[i].name))
			error = compare_at(&machine, &loads[i], &output);
	if (output.json)
		fprintf(output.json, "\n]\n");
	if ((output.json && fclose(output.json)) || (output.plot && fclose(output.plot)))
		error = 1;
	free(trace);
	return error ? 1 : 0;
}
