// SPDX-License-Identifier: BSD-2-Clause
/* The monitor's line editor and commands. */
#include "kernel/monitor.h"

#include <machine_control.h>

#include "drivers/net/netdev.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/counters.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/monitor_switch.h"
#include "kernel/network.h"
#include "kernel/string.h"
#include "kernel/uplink.h"
#include "kernel/vm.h"

#define LINE_BYTES      80
#define CHARACTERS_MOST 64 /* a round: others of this core have their turn */

static struct vm *attached;
static char line[LINE_BYTES];
static unsigned line_bytes;

static const char *state_name(enum vm_state state)
{
	static const char *const names[] = {
		[VM_CREATED] = "created",   [VM_RUNNING] = "running",
		[VM_STOPPING] = "stopping", [VM_WAITING] = "waiting to start again",
		[VM_STOPPED] = "stopped",
	};

	return names[state];
}

static void command_vms(const char *argument)
{
	(void)argument;
	for (unsigned i = 0; i < vm_count; i++) {
		const struct vm *vm = vms[i];

		console_printf("%s: %s, %u vCPUs, %llu MB%s%s\n", vm->name, state_name(vm->state),
			       vm->vcpus, (unsigned long long)(vm->config->memory_bytes >> 20),
			       vm->stop_reason[0] ? ", stopped because: " : "", vm->stop_reason);
	}
	console_printf("%u VMs\n", vm_count);
}

static void print_counter(void *context, const char *name, uint64_t value)
{
	(void)context;
	console_wait_room();
	console_printf("%-56s %llu\n", name, (unsigned long long)value);
}

static void command_counters(const char *argument)
{
	(void)argument;
	counters_visit_host(print_counter, NULL);
	for (unsigned i = 0; i < vm_count; i++)
		counters_visit_vm(vms[i], print_counter, NULL);
}

static void print_line(const char *text, size_t bytes)
{
	console_wait_room();
	console_write(text, bytes);
}

static void command_log(const char *argument)
{
	(void)argument;
	log_visit(print_line);
}

static void command_memory(const char *argument)
{
	(void)argument;
	console_printf("%llu KB, %llu KB available\n", (unsigned long long)(memory_total() >> 10),
		       (unsigned long long)(memory_available() >> 10));
}

static void command_nic(const char *argument)
{
	(void)argument;
	if (host_uplink) {
		uplink_report();
		host_uplink->ops->dump(host_uplink);
	} else {
		console_printf("no network card\n");
	}
}

/* NULL, after saying so, if there is none. */
static struct vm *find_vm(const char *name)
{
	for (unsigned i = 0; i < vm_count; i++)
		if (!strcmp(vms[i]->name, name))
			return vms[i];
	console_printf("no VM \"%s\": expected a name that \"vms\" lists\n", name);
	return NULL;
}

static void command_start(const char *argument)
{
	struct vm *vm = find_vm(argument);

	if (vm && vm_start(vm) == -EBUSY)
		console_printf("%s is %s: expected it to be stopped\n", vm->name,
			       state_name(READ_ONCE(vm->state)));
}

static void command_stop(const char *argument)
{
	struct vm *vm = find_vm(argument);

	if (vm)
		vm_stop(vm, false, "stopped by the monitor");
}

static void command_cores(const char *argument)
{
	(void)argument;
	cores_report();
}

static void command_poweroff(const char *argument)
{
	(void)argument;
	machine_power_off();
}

static void command_reboot(const char *argument)
{
	(void)argument;
	machine_reboot();
}

static void command_help(const char *argument);

static const struct command {
	const char *name;
	const char *help;
	void (*run)(const char *argument);
} commands[] = {
	{"help", "what you see", command_help},
	{"vms", "the virtual machines and their state", command_vms},
	{"counters", "everything that is counted and not 0", command_counters},
	{"log", "the log", command_log},
	{"cores", "what every core executes; they stand still meanwhile", command_cores},
	{"memory", "memory of the hypervisor", command_memory},
	{"nic", "the network card's registers, into the log", command_nic},
	{"ports", "the switch's ports", monitor_ports},
	{"macs", "the addresses that the switch knows", monitor_addresses},
	{"start", "NAME: starts a virtual machine that has stopped", command_start},
	{"stop", "NAME: stops a virtual machine", command_stop},
	{"poweroff", "switches the machine off", command_poweroff},
	{"reboot", "restarts the machine", command_reboot},
};

static void command_help(const char *argument)
{
	(void)argument;
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		console_printf("%-10s %s\n", commands[i].name, commands[i].help);
	console_printf("%-10s moves the console between monitor and guest\n", "Ctrl-]");
}

static void run_line(void)
{
	char *argument = line;

	while (*argument && *argument != ' ')
		argument++;
	if (*argument)
		*argument++ = 0;
	if (!line[0])
		return;
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, line)) {
			commands[i].run(argument);
			return;
		}
	}
	console_printf("unknown command \"%s\": try \"help\"\n", line);
}

static void prompt(void)
{
	console_printf("sluice> ");
}

static void edit_line(char character)
{
	if (character == '\r' || character == '\n') {
		console_printf("\n");
		line[line_bytes] = 0;
		line_bytes = 0;
		run_line();
		prompt();
	} else if ((character == '\b' || character == 0x7f) && line_bytes) {
		line_bytes--;
		console_printf("\b \b");
	} else if (character >= ' ' && character < 0x7f && line_bytes + 1 < LINE_BYTES) {
		line[line_bytes++] = character;
		console_printf("%c", character);
	}
}

struct vm *monitor_console_vm(void)
{
	for (unsigned i = 0; i < vm_count; i++)
		if (vms[i]->config->console && READ_ONCE(vms[i]->state) != VM_STOPPED)
			return vms[i];
	return NULL;
}

void monitor_attach(struct vm *vm)
{
	attached = vm;
	if (vm) {
		console_printf("console: %s (Ctrl-] for the monitor)\n", vm->name);
	} else {
		console_printf("console: monitor (\"help\" for help)\n");
		prompt();
	}
}

void monitor_poll(void)
{
	int character = 0;

	if (attached && READ_ONCE(attached->state) == VM_STOPPED)
		monitor_attach(NULL);
	for (unsigned i = 0; i < CHARACTERS_MOST && (character = console_read()) >= 0; i++) {
		if (character == MONITOR_ESCAPE)
			monitor_attach(attached ? NULL : monitor_console_vm());
		else if (attached)
			vm_console_input(attached, (uint8_t)character);
		else
			edit_line((char)character);
	}
}
