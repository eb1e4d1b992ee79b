// SPDX-License-Identifier: BSD-2-Clause
/* Walks all that is counted: tables of names and offsets over the statistics of each part. */
#include "kernel/counters.h"

#include <stdarg.h>
#include <stddef.h>

#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/network.h"
#include "kernel/vm.h"
#include "vio/device.h"

#define NAME_BYTES 96

struct field {
	const char *name;
	size_t offset;
};

static const struct field nic_fields[] = {
	{"rx_packets", offsetof(struct netdev_stats, rx_packets)},
	{"rx_bytes", offsetof(struct netdev_stats, rx_bytes)},
	{"tx_packets", offsetof(struct netdev_stats, tx_packets)},
	{"tx_bytes", offsetof(struct netdev_stats, tx_bytes)},
	{"rx_missed", offsetof(struct netdev_stats, rx_missed)},
	{"rx_no_descriptor", offsetof(struct netdev_stats, rx_no_descriptor)},
	{"rx_crc_errors", offsetof(struct netdev_stats, rx_crc_errors)},
	{"rx_length_errors", offsetof(struct netdev_stats, rx_length_errors)},
	{"rx_oversize", offsetof(struct netdev_stats, rx_oversize)},
	{"rx_errors", offsetof(struct netdev_stats, rx_errors)},
	{"tx_dropped", offsetof(struct netdev_stats, tx_dropped)},
	{"tx_hangs", offsetof(struct netdev_stats, tx_hangs)},
	{"resets", offsetof(struct netdev_stats, resets)},
	{"rx_hangs", offsetof(struct netdev_stats, rx_hangs)},
	{"interrupts_resent", offsetof(struct netdev_stats, interrupts_resent)},
	{NULL, 0},
};

static const struct field port_fields[] = {
	{"rx_packets", offsetof(struct vio_port_stats, rx_packets)},
	{"rx_bytes", offsetof(struct vio_port_stats, rx_bytes)},
	{"tx_packets", offsetof(struct vio_port_stats, tx_packets)},
	{"tx_bytes", offsetof(struct vio_port_stats, tx_bytes)},
	{"flooded", offsetof(struct vio_port_stats, flooded)},
	{"unknown", offsetof(struct vio_port_stats, unknown)},
	{"spoofed", offsetof(struct vio_port_stats, spoofed)},
	{"vlan", offsetof(struct vio_port_stats, vlan)},
	{"nowhere", offsetof(struct vio_port_stats, nowhere)},
	{"rate_waits", offsetof(struct vio_port_stats, rate_waits)},
	{"rate_drops", offsetof(struct vio_port_stats, rate_drops)},
	{"wire_bytes", offsetof(struct vio_port_stats, wire_bytes)},
	{"wire_waits", offsetof(struct vio_port_stats, wire_waits)},
	{"level_waits", offsetof(struct vio_port_stats, level_waits)},
	{NULL, 0},
};

static const struct field backend_fields[] = {
	{"polls", offsetof(struct vio_backend_stats, polls)},
	{"polls_idle", offsetof(struct vio_backend_stats, polls_idle)},
	{"sleeps", offsetof(struct vio_backend_stats, sleeps)},
	{"wakeups", offsetof(struct vio_backend_stats, wakeups)},
	{"uplink_rx", offsetof(struct vio_backend_stats, uplink_rx)},
	{"uplink_tx", offsetof(struct vio_backend_stats, uplink_tx)},
	{"wire_bytes", offsetof(struct vio_backend_stats, wire_bytes)},
	{"uplink_full", offsetof(struct vio_backend_stats, uplink_full)},
	{"drop_link", offsetof(struct vio_backend_stats, drop_link)},
	{"pool_empty", offsetof(struct vio_backend_stats, pool_empty)},
	{"handovers", offsetof(struct vio_backend_stats, handovers)},
	{"drop_handover", offsetof(struct vio_backend_stats, drop_handover)},
	{NULL, 0},
};

static const struct field queue_fields[] = {
	{"packets", offsetof(struct vio_queue_stats, packets)},
	{"bytes", offsetof(struct vio_queue_stats, bytes)},
	{"interrupts", offsetof(struct vio_queue_stats, interrupts)},
	{"doorbells", offsetof(struct vio_queue_stats, doorbells)},
	{"drop_no_buffer", offsetof(struct vio_queue_stats, drop_no_buffer)},
	{"drop_down", offsetof(struct vio_queue_stats, drop_down)},
	{"drop_spoofed", offsetof(struct vio_queue_stats, drop_spoofed)},
	{"drop_segment", offsetof(struct vio_queue_stats, drop_segment)},
	{NULL, 0},
};

/* A walk: who is called, and with what before each name. */
struct walk {
	counter_visit *visit;
	void *context;
	char prefix[NAME_BYTES];
};

static void set_prefix(struct walk *walk, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set_prefix(struct walk *walk, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_list(walk->prefix, sizeof(walk->prefix), format, arguments);
	va_end(arguments);
}

/* A counter_visit. */
static void visit(void *context, const char *name, uint64_t value)
{
	const struct walk *walk = context;
	char full[2 * NAME_BYTES];

	if (!value)
		return;
	format_string(full, sizeof(full), "%s.%s", walk->prefix, name);
	walk->visit(walk->context, full, value);
}

static void visit_fields(struct walk *walk, const struct field *field, const void *stats)
{
	for (; field->name; field++)
		visit(walk, field->name, *(const uint64_t *)((const char *)stats + field->offset));
}

static void visit_core(struct walk *walk, const struct core *core)
{
	static const char *const accounts[CORE_ACCOUNTS] = {
		[ACCOUNT_GUEST] = "ticks.guest",     [ACCOUNT_EXIT] = "ticks.exit",
		[ACCOUNT_BACKEND] = "ticks.backend", [ACCOUNT_IDLE] = "ticks.idle",
		[ACCOUNT_OTHER] = "ticks.other",
	};
	char name[NAME_BYTES];

	set_prefix(walk, "core.%u", core->id);
	for (unsigned i = 0; i < CORE_ACCOUNTS; i++)
		visit(walk, accounts[i], core_account_ticks(core, (enum core_account)i));
	for (unsigned vector = 0; vector < 256; vector++) {
		if (!core->interrupts[vector])
			continue;
		format_string(name, sizeof(name), "interrupts.%02x", vector);
		visit(walk, name, core->interrupts[vector]);
	}
	core_exits_visit(core, visit, walk);
}

static void visit_stages(struct walk *walk, unsigned backend, const struct vio_stages *stages)
{
	static const char *const names[VIO_STAGES] = {
		[VIO_STAGE_RX_BURST] = "rx_burst",     [VIO_STAGE_FORWARD] = "forward",
		[VIO_STAGE_LETTERS] = "letters",       [VIO_STAGE_PULL] = "pull",
		[VIO_STAGE_FORWARD_TX] = "forward_tx", [VIO_STAGE_TX_BURST] = "tx_burst",
		[VIO_STAGE_RECLAIM] = "reclaim",       [VIO_STAGE_PUBLISH] = "publish",
	};

	for (unsigned i = 0; i < VIO_STAGES; i++) {
		set_prefix(walk, "backend.%u.stage.%s", backend, names[i]);
		visit(walk, "ticks", READ_ONCE(stages->total[i].ticks));
		visit(walk, "packets", READ_ONCE(stages->total[i].packets));
	}
}

static void visit_network(struct walk *walk, const struct vio_network *network)
{
	if (network->uplink) {
		set_prefix(walk, "nic");
		visit_fields(walk, nic_fields, &network->uplink->stats);
	}
	for (unsigned port = 0; port < VIO_PORTS_MOST; port++) {
		struct vio_port_stats stats;

		vio_network_port_stats(network, port, &stats);
		set_prefix(walk, "port.%u", port);
		visit_fields(walk, port_fields, &stats);
	}
	for (unsigned i = 0; i < network->backends; i++) {
		set_prefix(walk, "backend.%u", i);
		visit_fields(walk, backend_fields, &network->backend[i]->stats);
		visit_stages(walk, i, &network->backend[i]->stages);
	}
}

/* With the VM's lock the device stays; false: there is none. */
static bool get_device_stats(struct vm *vm, unsigned number, struct vio_device_stats *stats)
{
	bool interrupts = spin_lock_irq(&vm->lock);
	bool there = vm->device[number];

	if (there)
		vio_device_get_stats(vm->device[number], stats);
	spin_unlock_irq(&vm->lock, interrupts);
	return there;
}

static void visit_device(struct walk *walk, struct vm *vm, unsigned number)
{
	struct vio_device_stats stats;

	if (!get_device_stats(vm, number, &stats))
		return;
	set_prefix(walk, "vm.%s.net%u.port", vm->name, number);
	visit_fields(walk, port_fields, &stats.port);
	for (unsigned queue = 0; queue < VIO_QUEUES_MOST; queue++) {
		set_prefix(walk, "vm.%s.net%u.%s%u", vm->name, number, queue % 2 ? "tx" : "rx",
			   queue / 2);
		visit_fields(walk, queue_fields, &stats.queue[queue]);
	}
}

void counters_visit_host(counter_visit *line, void *context)
{
	struct walk walk = {.visit = line, .context = context};

	for (unsigned i = 0; i < core_count; i++)
		visit_core(&walk, &cores[i]);
	if (host_network)
		visit_network(&walk, host_network);
}

void counters_visit_vm(struct vm *vm, counter_visit *line, void *context)
{
	struct walk walk = {.visit = line, .context = context};

	for (unsigned i = 0; i < vm->vcpus; i++) {
		set_prefix(&walk, "vm.%s.vcpu%u", vm->name, i);
		vcpu_counters_visit(&vm->vcpu[i], visit, &walk);
	}
	for (unsigned i = 0; i < VM_DEVICES_MOST; i++)
		visit_device(&walk, vm, i);
}

static void log_counter(void *context, const char *name, uint64_t value)
{
	(void)context;
	console_wait_room();
	log_info("counter %s %lu", name, value);
}

void counters_log_host(void)
{
	counters_visit_host(log_counter, NULL);
}

void counters_log_vm(struct vm *vm)
{
	counters_visit_vm(vm, log_counter, NULL);
}
