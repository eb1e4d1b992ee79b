// SPDX-License-Identifier: BSD-2-Clause
/* The parser of the configuration: sections, keys with typed values, and where mistakes are. */
#include "kernel/config.h"

#include "kernel/config_parser.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/share.h"
#include "kernel/string.h"

struct config host_config;

#define MEGABYTE 0x100000ull

int config_fail(const struct parser *parser, struct span found, const char *expected)
{
	if (parser->line)
		format_string(parser->error, parser->error_bytes, "line %u: \"%.*s\": expected %s",
			      parser->line, (int)found.bytes, found.start, expected);
	else
		format_string(parser->error, parser->error_bytes,
			      "command line: \"%.*s\": expected %s", (int)found.bytes, found.start,
			      expected);
	return -EINVAL;
}

bool config_parse_u64(struct span span, bool size, uint64_t *value)
{
	uint64_t number = 0;
	size_t i = 0;

	for (; i < span.bytes && span.start[i] >= '0' && span.start[i] <= '9'; i++) {
		if (number > (UINT64_MAX >> 34) / 10)
			return false;
		number = number * 10 + (uint64_t)(span.start[i] - '0');
	}
	if (!i)
		return false;
	if (size && i + 1 == span.bytes) {
		char suffix = span.start[i++];

		if (suffix != 'K' && suffix != 'M' && suffix != 'G')
			return false;
		number <<= suffix == 'K' ? 10 : suffix == 'M' ? 20 : 30;
	}
	*value = number;
	return i == span.bytes;
}

static int fail_range(struct parser *parser, struct span found, const struct key *key)
{
	char expected[64];

	format_string(expected, sizeof(expected), "%s from %llu to %llu", key->name,
		      (unsigned long long)key->least, (unsigned long long)key->most);
	return config_fail(parser, found, expected);
}

int config_parse_number(struct parser *parser, const struct key *key, struct span value,
			void *target)
{
	uint64_t number;

	if (!config_parse_u64(value, false, &number) || number < key->least || number > key->most)
		return fail_range(parser, value, key);
	*(unsigned *)target = (unsigned)number;
	return 0;
}

int config_parse_boolean(struct parser *parser, const struct key *key, struct span value,
			 void *target)
{
	(void)key;
	if (!span_is(value, "yes") && !span_is(value, "no"))
		return config_fail(parser, value, "yes or no");
	*(bool *)target = span_is(value, "yes");
	return 0;
}

static int parse_memory(struct parser *parser, const struct key *key, struct span value,
			void *target)
{
	uint64_t number;

	if (!config_parse_u64(value, true, &number) || number % (2 * MEGABYTE) ||
	    number < key->least || number > key->most)
		return config_fail(parser, value, "memory as a multiple of 2M from 16M to 512G");
	*(uint64_t *)target = number;
	return 0;
}

/* `most` is the size of the target, its zero included. */
static int parse_text(struct parser *parser, const struct key *key, struct span value, void *target)
{
	char expected[64];

	if (!value.bytes || value.bytes >= key->most) {
		format_string(expected, sizeof(expected), "%s of 1 to %u characters", key->name,
			      (unsigned)key->most - 1);
		return config_fail(parser, value, expected);
	}
	memcpy(target, value.start, value.bytes);
	((char *)target)[value.bytes] = 0;
	return 0;
}

static int parse_log_level(struct parser *parser, const struct key *key, struct span value,
			   void *target)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};

	(void)key;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_is(value, names[i])) {
			*(unsigned *)target = i;
			return 0;
		}
	}
	return config_fail(parser, value, "error, warning, info or debug");
}

static int parse_when_done(struct parser *parser, const struct key *key, struct span value,
			   void *target)
{
	(void)key;
	if (!span_is(value, "monitor") && !span_is(value, "poweroff"))
		return config_fail(parser, value, "monitor or poweroff");
	*(enum config_when_done *)target =
		span_is(value, "poweroff") ? WHEN_DONE_POWEROFF : WHEN_DONE_MONITOR;
	return 0;
}

/* Words of the list, separated by commas, as bits in the order of names; or a mistake. */
static int parse_words(struct parser *parser, struct span rest, const char *const *names,
		       unsigned count, const char *expected, uint32_t *bits)
{
	while (rest.bytes) {
		struct span word = span_trim(span_cut(&rest, ','));
		unsigned i = 0;

		while (i < count && !span_is(word, names[i]))
			i++;
		if (i == count)
			return config_fail(parser, word, expected);
		*bits |= 1u << i;
	}
	return 0;
}

static int parse_hide(struct parser *parser, const struct key *key, struct span value, void *target)
{
	static const char *const names[] = {
		"vmx",           "posted-interrupts",  "apicv",        "preemption-timer",
		"x2apic",        "unrestricted-guest", "vpid",         "pause-loop-exiting",
		"tsc-deadline",  "tpr-shadow",         "virtual-nmis", "ept-2mb-pages",
		"invept-single", "invvpid-single",     "true-controls"};

	(void)key;
	return parse_words(
		parser, value, names, ARRAY_SIZE(names),
		"vmx, posted-interrupts, apicv, preemption-timer, x2apic, "
		"unrestricted-guest, vpid, pause-loop-exiting, tsc-deadline, tpr-shadow, "
		"virtual-nmis, ept-2mb-pages, invept-single, invvpid-single or "
		"true-controls",
		target);
}

static int parse_faults(struct parser *parser, const struct key *key, struct span value,
			void *target)
{
	static const char *const names[] = {"link-down",      "stall-tx",   "stall-rx",
					    "lose-interrupt", "corrupt-rx", "corrupt-tx",
					    "dma-error",      "remove"};

	(void)key;
	return parse_words(parser, value, names, ARRAY_SIZE(names),
			   "link-down, stall-tx, stall-rx, lose-interrupt, corrupt-rx, "
			   "corrupt-tx, dma-error or remove",
			   target);
}

/* The cores of the vCPUs, in their order, separated by commas. */
static int parse_cores(struct parser *parser, const struct key *key, struct span value,
		       void *target)
{
	int *cores = target;
	struct span rest = value;

	for (unsigned i = 0; rest.bytes; i++) {
		struct span word = span_trim(span_cut(&rest, ','));
		uint64_t core;

		if (i == CONFIG_VCPUS_MOST || !config_parse_u64(word, false, &core) ||
		    core > key->most)
			return config_fail(parser, word, "at most 16 core numbers from 0 to 63");
		cores[i] = (int)core;
	}
	return 0;
}

#define HOST(member) offsetof(struct config, member)
#define VM(member)   offsetof(struct config_vm, member)

static const struct key host_keys[] = {
	{"io_cores", config_parse_number, HOST(io_cores), 0, 63},
	{"hw_queues", config_parse_number, HOST(hw_queues), 1, 16},
	{"shared_cores", config_parse_number, HOST(shared_cores), 0, 64},
	{"backend_share", config_parse_number, HOST(backend_share), 10, 90},
	{"mtu", config_parse_number, HOST(mtu), 68, 9000},
	{"uplink", config_parse_vlans, HOST(uplink_vlans), 0, 0},
	{"coalescing", config_parse_coalescing, HOST(coalescing), 0, 0},
	{"hide", parse_hide, HOST(hide), 0, 0},
	{"log", parse_log_level, HOST(log_level), 0, 0},
	{"when_done", parse_when_done, HOST(when_done), 0, 0},
	{"selftest", config_parse_boolean, HOST(selftest), 0, 0},
	{"selftest_faults", parse_faults, HOST(selftest_faults), 0, 0},
	{NULL, NULL, 0, 0, 0},
};

static const struct key vm_keys[] = {
	{"kernel", parse_text, VM(kernel), 0, CONFIG_NAME_BYTES},
	{"initrd", parse_text, VM(initrd), 0, CONFIG_NAME_BYTES},
	{"cmdline", parse_text, VM(cmdline), 0, CONFIG_CMDLINE_BYTES},
	{"memory", parse_memory, VM(memory_bytes), 16 * MEGABYTE, 512 * 1024 * MEGABYTE},
	{"vcpus", config_parse_number, VM(vcpus), 1, CONFIG_VCPUS_MOST},
	{"cores", parse_cores, VM(vcpu_core), 0, 63},
	{"weight", config_parse_number, VM(weight), 1, SHARE_WEIGHT_MOST},
	{"console", config_parse_boolean, VM(console), 0, 0},
	{"meter", config_parse_boolean, VM(meter), 0, 0},
	{"net", config_parse_net, 0, 0, 0},
	{NULL, NULL, 0, 0, 0},
};

static int parse_assignment(struct parser *parser, struct span line)
{
	const struct key *key = parser->vm ? vm_keys : host_keys;
	uint8_t *base = parser->vm ? (uint8_t *)parser->vm : (uint8_t *)parser->config;
	struct span value = line;
	struct span name = span_trim(span_cut(&value, '='));

	while (key->name && !span_is(name, key->name))
		key++;
	if (!key->name)
		return config_fail(
			parser, name,
			parser->vm
				? "kernel, initrd, cmdline, memory, vcpus, cores, weight, "
				  "console, meter or net"
				: "io_cores, shared_cores, backend_share, hw_queues, mtu, uplink, "
				  "coalescing, hide, log, when_done, selftest or selftest_faults");
	return key->parse(parser, key, span_trim(value), base + key->offset);
}

static int open_vm(struct parser *parser, struct span line, struct span name)
{
	static const struct key name_key = {.name = "a VM's name", .most = CONFIG_NAME_BYTES};
	struct config *config = parser->config;
	struct config_vm *vm = &config->vm[config->vms];
	int error;

	if (config->vms == CONFIG_VMS_MOST)
		return config_fail(parser, line, "at most 8 [vm NAME] sections");
	error = parse_text(parser, &name_key, name, vm->name);
	if (error)
		return error;
	for (unsigned i = 0; i < config->vms; i++)
		if (!strcmp(config->vm[i].name, vm->name))
			return config_fail(parser, line, "another name: this VM exists already");
	vm->vcpus = 1;
	vm->weight = 100;
	vm->memory_bytes = 256 * MEGABYTE;
	for (unsigned i = 0; i < CONFIG_VCPUS_MOST; i++)
		vm->vcpu_core[i] = -1;
	config->vms++;
	parser->vm = vm;
	return 0;
}

static int parse_section(struct parser *parser, struct span line)
{
	struct span inner = {line.start + 1, line.bytes - 2};

	if (line.start[line.bytes - 1] != ']')
		return config_fail(parser, line, "[host] or [vm NAME]");
	if (span_is(inner, "host")) {
		parser->vm = NULL;
		return 0;
	}
	if (span_is(span_cut(&inner, ' '), "vm"))
		return open_vm(parser, line, span_trim(inner));
	return config_fail(parser, line, "[host] or [vm NAME]");
}

static int parse_file(struct parser *parser, struct span text)
{
	while (text.bytes) {
		struct span line = span_trim(span_cut(&text, '\n'));
		int error = 0;

		parser->line++;
		if (!line.bytes || line.start[0] == '#')
			continue;
		error = line.start[0] == '[' ? parse_section(parser, line)
					     : parse_assignment(parser, line);
		if (error)
			return error;
	}
	return 0;
}

static int parse_command_line(struct parser *parser, struct span words)
{
	parser->line = 0;
	parser->vm = NULL;
	while (words.bytes) {
		struct span word = span_trim(span_cut(&words, ' '));
		int error = word.bytes ? parse_assignment(parser, word) : 0;

		if (error)
			return error;
	}
	return 0;
}

static int check_vm(struct parser *parser, const struct config_vm *vm)
{
	if (vm->kernel[0])
		return 0;
	format_string(parser->error, parser->error_bytes,
		      "[vm %s]: expected kernel = NAME of a boot module", vm->name);
	return -EINVAL;
}

int config_parse(struct config *config, const char *text, size_t bytes, const char *command_line,
		 char *error, size_t error_bytes)
{
	struct parser parser = {.config = config, .error = error, .error_bytes = error_bytes};
	int result;

	memset(config, 0, sizeof(*config));
	config->coalescing = VIO_COALESCING_DEFAULT;
	config->io_cores = 1;
	config->backend_share = 50;
	config->mtu = 1500;
	config->log_level = LOG_INFO;
	result = parse_file(&parser, (struct span){text, bytes});
	if (!result)
		result = parse_command_line(&parser,
					    (struct span){command_line, strlen(command_line)});
	for (unsigned i = 0; !result && i < config->vms; i++)
		result = check_vm(&parser, &config->vm[i]);
	return result;
}
