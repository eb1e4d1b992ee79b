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

const struct key *config_find_key(const struct key *keys, struct span name)
{
	while (keys->name && !span_is(name, keys->name))
		keys++;
	return keys->name ? keys : NULL;
}

int config_fail_key(const struct parser *parser, struct span name, const struct key *keys)
{
	unsigned count = 0;

	while (keys[count].name)
		count++;
	return config_fail_names(parser, name, &keys->name, count, sizeof(*keys));
}

bool config_parse_u64(struct span span, uint64_t *value)
{
	uint64_t number = 0;

	for (size_t i = 0; i < span.bytes; i++) {
		uint64_t digit = (uint64_t)(span.start[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return false;
	}
	*value = number;
	return span.bytes;
}

bool config_parse_scaled(struct span span, uint64_t kilo, uint64_t *value)
{
	char suffix = span.bytes ? span.start[span.bytes - 1] | 0x20 : 0;
	uint64_t unit = suffix == 'k'   ? kilo
			: suffix == 'm' ? kilo * kilo
			: suffix == 'g' ? kilo * kilo * kilo
					: 1;

	if (unit > 1)
		span.bytes--;
	return config_parse_u64(span, value) && !__builtin_mul_overflow(*value, unit, value);
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

	if (!config_parse_u64(value, &number) || number < key->least || number > key->most)
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

	if (!config_parse_scaled(value, 1024, &number) || number % (2 * MEGABYTE) ||
	    number < key->least || number > key->most)
		return config_fail(parser, value,
				   "memory as a multiple of 2M from 16M to 512G, a whole number "
				   "with K, M or G: such as 512M");
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

/* One word, as boot modules and VMs are called. */
static int parse_name(struct parser *parser, const struct key *key, struct span value, void *target)
{
	char expected[80];

	for (size_t i = 0; i < value.bytes; i++) {
		if (value.start[i] > ' ' && value.start[i] < 0x7f && value.start[i] != '"')
			continue;
		format_string(expected, sizeof(expected),
			      "%s as one word of ASCII characters without quotes", key->name);
		return config_fail(parser, value, expected);
	}
	return parse_text(parser, key, value, target);
}

static int parse_log_level(struct parser *parser, const struct key *key, struct span value,
			   void *target)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};

	(void)key;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (span_is(value, names[i])) {
			*(unsigned *)target = i;
			return 0;
		}
	}
	return config_fail_names(parser, value, names, ARRAY_SIZE(names), sizeof(*names));
}

static int parse_serial(struct parser *parser, const struct key *key, struct span value,
			void *target)
{
	(void)key;
	if (!serial_setting_parse(value.start, value.bytes, target))
		return config_fail(parser, value, SERIAL_EXPECTED);
	return 0;
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
		       unsigned count, uint32_t *bits)
{
	*bits = 0;
	do {
		struct span word = span_trim(span_cut(&rest, ','));
		unsigned i = 0;

		while (i < count && !span_is(word, names[i]))
			i++;
		if (i == count)
			return config_fail_names(parser, word, names, count, sizeof(*names));
		*bits |= 1u << i;
	} while (rest.start);
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
	return parse_words(parser, value, names, ARRAY_SIZE(names), target);
}

static int parse_faults(struct parser *parser, const struct key *key, struct span value,
			void *target)
{
	static const char *const names[] = {"link-down",      "stall-tx",   "stall-rx",
					    "lose-interrupt", "corrupt-rx", "corrupt-tx",
					    "dma-error",      "remove"};

	(void)key;
	return parse_words(parser, value, names, ARRAY_SIZE(names), target);
}

/* The cores of the vCPUs, in their order, separated by commas. */
static int parse_cores(struct parser *parser, const struct key *key, struct span value,
		       void *target)
{
	int *cores = target;
	struct span rest = value;
	unsigned count = 0;

	do {
		struct span word = span_trim(span_cut(&rest, ','));
		uint64_t core;

		if (count == CONFIG_VCPUS_MOST || !config_parse_u64(word, &core) ||
		    core > key->most)
			return config_fail(parser, word, "at most 16 core numbers from 0 to 63");
		cores[count++] = (int)core;
	} while (rest.start);
	return 0;
}

static int parse_restarts(struct parser *parser, const struct key *key, struct span value,
			  void *target)
{
	uint64_t number;

	if (span_is(value, "always")) {
		*(int *)target = CONFIG_RESTARTS_ALWAYS;
		return 0;
	}
	if (!config_parse_u64(value, &number) || number > key->most)
		return config_fail(parser, value, "restarts from 0 to 1000, or always");
	*(int *)target = (int)number;
	return 0;
}

#define HOST(member) offsetof(struct config, member)
#define VM(member)   offsetof(struct config_vm, member)

static const struct key host_keys[] = {
	{"io_cores", config_parse_number, HOST(io_cores), 0, 63},
	{"shared_cores", config_parse_number, HOST(shared_cores), 0, 64},
	{"backend_share", config_parse_number, HOST(backend_share), 10, 90},
	{"card", config_parse_card, HOST(card), 0, 0},
	{"hw_queues", config_parse_number, HOST(hw_queues), 1, 16},
	{"mtu", config_parse_number, HOST(mtu), 68, 9000},
	{"smt", config_parse_boolean, HOST(smt), 0, 0},
	{"node", config_parse_number, HOST(node), 0, 65535},
	{"uplink", config_parse_vlans, HOST(uplink_vlans), 0, 0},
	{"coalescing", config_parse_coalescing, HOST(coalescing), 0, 0},
	{"hide", parse_hide, HOST(hide), 0, 0},
	{"serial", parse_serial, HOST(serial), 0, 0},
	{"log", parse_log_level, HOST(log_level), 0, 0},
	{"when_done", parse_when_done, HOST(when_done), 0, 0},
	{"selftest", config_parse_boolean, HOST(selftest), 0, 0},
	{"selftest_faults", parse_faults, HOST(selftest_faults), 0, 0},
	{0},
};

static const struct key vm_keys[] = {
	{"kernel", parse_name, VM(kernel), 0, CONFIG_NAME_BYTES},
	{"initrd", parse_name, VM(initrd), 0, CONFIG_NAME_BYTES},
	{"cmdline", parse_text, VM(cmdline), 0, CONFIG_CMDLINE_BYTES},
	{"memory", parse_memory, VM(memory_bytes), 16 * MEGABYTE, 512 * 1024 * MEGABYTE},
	{"vcpus", config_parse_number, VM(vcpus), 1, CONFIG_VCPUS_MOST},
	{"cores", parse_cores, VM(vcpu_core), 0, 63},
	{"weight", config_parse_number, VM(weight), 1, SHARE_WEIGHT_MOST},
	{"restarts", parse_restarts, VM(restarts), 0, 1000},
	{"console", config_parse_boolean, VM(console), 0, 0},
	{"meter", config_parse_boolean, VM(meter), 0, 0},
	{"net", config_parse_net, 0, 0, 0},
	{0},
};

_Static_assert(ARRAY_SIZE(host_keys) <= CONFIG_KEYS_MOST, "host_lines has room");
_Static_assert(ARRAY_SIZE(vm_keys) <= CONFIG_KEYS_MOST, "vm_lines has room");

/*
 * Each net line is another device. The command line overrides, also itself: of a key given twice
 * there the last one holds.
 */
static int check_repetition(struct parser *parser, const struct key *key, unsigned *line)
{
	char expected[80];

	if (!parser->line || key->parse == config_parse_net)
		return 0;
	if (*line) {
		format_string(expected, sizeof(expected),
			      "once in a section: line %u has it already", *line);
		return config_fail(parser, (struct span){key->name, strlen(key->name)}, expected);
	}
	*line = parser->line;
	return 0;
}

static int fail_unknown(const struct parser *parser, struct span name, const struct key *keys)
{
	if (config_find_key(parser->vm ? host_keys : vm_keys, name))
		return config_fail(parser, name,
				   parser->vm ? "in section [host], not in [vm NAME]"
					      : "in a section [vm NAME], not in [host]");
	return config_fail_key(parser, name, keys);
}

static int parse_assignment(struct parser *parser, struct span line)
{
	const struct key *keys = parser->vm ? vm_keys : host_keys;
	unsigned *lines = parser->vm ? parser->vm_lines : parser->host_lines;
	uint8_t *base = parser->vm ? (uint8_t *)parser->vm : (uint8_t *)parser->config;
	struct span value = line;
	struct span name = span_trim(span_cut(&value, '='));
	const struct key *key = config_find_key(keys, name);
	int error;

	if (!key)
		return fail_unknown(parser, name, keys);
	if (!value.start)
		return config_fail(parser, line, "KEY = VALUE");
	error = check_repetition(parser, key, &lines[key - keys]);
	value = span_trim(value);
	if (!error)
		error = config_unquote(parser, &value);
	return error ? error : key->parse(parser, key, value, base + key->offset);
}

static int open_vm(struct parser *parser, struct span line, struct span name)
{
	static const struct key name_key = {.name = "a VM's name", .most = CONFIG_NAME_BYTES};
	struct config *config = parser->config;
	struct config_vm *vm = &config->vm[config->vms];
	int error;

	if (config->vms == CONFIG_VMS_MOST)
		return config_fail(parser, line, "at most 8 [vm NAME] sections");
	error = parse_name(parser, &name_key, name, vm->name);
	if (error)
		return error;
	for (unsigned i = 0; i < config->vms; i++)
		if (!strcmp(config->vm[i].name, vm->name))
			return config_fail(parser, line, "another name: this VM exists already");
	vm->vcpus = 1;
	vm->weight = 100;
	vm->restarts = CONFIG_RESTARTS_DEFAULT;
	vm->memory_bytes = 256 * MEGABYTE;
	for (unsigned i = 0; i < CONFIG_VCPUS_MOST; i++)
		vm->vcpu_core[i] = -1;
	config->vms++;
	parser->vm = vm;
	memset(parser->vm_lines, 0, sizeof(parser->vm_lines));
	return 0;
}

static int parse_section(struct parser *parser, struct span line)
{
	struct span inner = {line.start + 1, line.bytes - 1};
	struct span name = span_cut(&inner, ']');
	struct span word = span_word(&name);

	if (inner.start && !inner.bytes) {
		if (span_is(word, "vm"))
			return open_vm(parser, line, span_trim(name));
		if (span_is(word, "host") && !span_trim(name).bytes) {
			parser->vm = NULL;
			return 0;
		}
	}
	return config_fail(parser, line, "[host] or [vm NAME]");
}

static int parse_line(struct parser *parser, struct span line)
{
	int error = config_strip_line(parser, &line);

	if (error || !line.bytes)
		return error;
	return line.start[0] == '[' ? parse_section(parser, line) : parse_assignment(parser, line);
}

static int parse_file(struct parser *parser, struct span text)
{
	int error = config_check_encoding(parser, &text);

	while (!error && text.bytes) {
		struct span line = span_cut(&text, '\n');

		parser->line++;
		error = parse_line(parser, line);
	}
	return error;
}

/* A boot loader may put quotes around a whole word that has blanks in it. */
static int parse_command_line(struct parser *parser, struct span words)
{
	struct span word;
	int error = 0;

	parser->line = 0;
	parser->vm = NULL;
	while (!error && (word = span_word(&words)).bytes) {
		error = config_unquote(parser, &word);
		if (!error)
			error = parse_assignment(parser, word);
	}
	return error;
}

static int check_vm(struct parser *parser, const struct config_vm *vm)
{
	unsigned cores = 0;

	while (cores < CONFIG_VCPUS_MOST && vm->vcpu_core[cores] >= 0)
		cores++;
	if (!vm->kernel[0])
		format_string(parser->error, parser->error_bytes,
			      "[vm %s]: expected kernel = NAME of a boot module", vm->name);
	else if (cores && cores != vm->vcpus)
		format_string(
			parser->error, parser->error_bytes,
			"[vm %s]: cores names %u of them: expected one for each of vcpus = %u",
			vm->name, cores, vm->vcpus);
	else
		return 0;
	return -EINVAL;
}

static int check_consoles(struct parser *parser, const struct config *config)
{
	const struct config_vm *first = NULL;

	for (unsigned i = 0; i < config->vms; i++) {
		if (!config->vm[i].console)
			continue;
		if (first) {
			format_string(
				parser->error, parser->error_bytes,
				"[vm %s]: console = yes, as in [vm %s]: expected it in one VM "
				"at most",
				config->vm[i].name, first->name);
			return -EINVAL;
		}
		first = &config->vm[i];
	}
	return 0;
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
	config->node = CONFIG_NODE_CHOSEN;
	config->smt = true;
	config->log_level = LOG_INFO;
	result = parse_file(&parser, (struct span){text, bytes});
	if (!result)
		result = parse_command_line(&parser,
					    (struct span){command_line, strlen(command_line)});
	for (unsigned i = 0; !result && i < config->vms; i++)
		result = check_vm(&parser, &config->vm[i]);
	return result ? result : check_consoles(&parser, config);
}
