// SPDX-License-Identifier: BSD-2-Clause
/* Starting the other cores: INIT, two start-up IPIs (SDM volume 3, 9.4.4). */
#include "arch/x86/cpu/smp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/apic_timer.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/descriptors.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/paging.h"
#include "arch/x86/cpu/park.h"
#include "arch/x86/cpu/topology.h"
#include "arch/x86/cpu/tsc.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/stack.h"
#include "kernel/string.h"

#define TRAMPOLINE_LOWEST 0x1000
#define TRAMPOLINE_END    0x90000 /* the EBDA may begin here */
#define INIT_WAIT_US      10000
#define STARTUP_WAIT_US   200
#define ONLINE_WAIT_US    200000
#define POLL_US           20
#define IDS_BYTES         160
#define ID_BYTES_MOST     12

struct trampoline_fields {
	uint64_t cr3, efer;
	struct core_start *start;
};

/* What the next core finds; trampoline.S knows the layout. */
struct core_start {
	uint64_t ticket; /* 1: it may go on; taken by it or by its time-out */
	void *stack;
	struct core *core;
	void (*entry)(struct core *core);
	void (*park)(void); /* where it goes without a ticket */
};

extern const uint8_t trampoline_start[], trampoline_fields[], trampoline_end[];

static void (*run_core)(void);
static uint8_t *trampoline;
static bool some_missing; /* cores that were started and did not come: they may yet */
static struct core_start start = {.park = park_core};
static struct topology topology;
static uint32_t order[ACPI_CORES_MOST]; /* APIC ids as they are started */

/* Cores that do not run: second threads with smt = no, and those beyond CORES_MOST. */
static struct id_list {
	unsigned count;
	uint32_t apic[ACPI_CORES_MOST];
} siblings, surplus;

static bool is_free(uint64_t start, uint64_t end)
{
	bool usable = false;

	for (unsigned i = 0; i < boot_info.ranges; i++) {
		const struct boot_range *range = &boot_info.range[i];

		if (range->usable && range->start <= start && range->start + range->bytes >= end)
			usable = true;
		else if (!range->usable && range->start < end &&
			 range->start + range->bytes > start)
			return false;
	}
	for (unsigned i = 0; i < boot_info.modules; i++) {
		uint64_t module = (uint64_t)boot_info.module[i].data;

		if (module < end && module + boot_info.module[i].bytes > start)
			return false;
	}
	return usable;
}

static bool place_trampoline(void)
{
	for (uint64_t page = TRAMPOLINE_END - PAGE_BYTES; page >= TRAMPOLINE_LOWEST;
	     page -= PAGE_BYTES) {
		if (!is_free(page, page + PAGE_BYTES))
			continue;
		trampoline = (uint8_t *)page;
		return true;
	}
	return false;
}

static void fill_trampoline(void)
{
	struct trampoline_fields fields = {
		.cr3 = paging_root(),
		.efer = msr_read(IA32_EFER) & (IA32_EFER_LME | IA32_EFER_NXE),
		.start = &start,
	};
	uintptr_t start_of_code = (uintptr_t)trampoline_start;

	memcpy(trampoline, trampoline_start, (uintptr_t)trampoline_end - start_of_code);
	memcpy(trampoline + ((uintptr_t)trampoline_fields - start_of_code), &fields,
	       sizeof(fields));
}

static _Noreturn void core_entry(struct core *core)
{
	descriptors_load(core);
	apic_init_core();
	apic_timer_init_core();
	if (apic_id() != core->apic_id)
		panic("core %u has APIC id %u, not %u", core->id, apic_id(), core->apic_id);
	__atomic_store_n(&core->online, true, __ATOMIC_RELEASE);
	tsc_join();
	core_account_start();
	run_core();
	panic("core %u has nothing to do", core->id);
}

static bool is_online(const void *core)
{
	return __atomic_load_n(&((const struct core *)core)->online, __ATOMIC_ACQUIRE);
}

static bool wait_until(bool (*is_done)(const void *argument), const void *argument, uint32_t us)
{
	for (uint32_t waited = 0; waited < us; waited += POLL_US) {
		if (is_done(argument))
			return true;
		delay_us(POLL_US);
	}
	return false;
}

/*
 * Two start-up IPIs, because one may be lost; the second one to a started core is ignored. True
 * once is_done(argument) says so, false after a time without.
 */
static bool send_startup(uint32_t apic, bool (*is_done)(const void *argument), const void *argument)
{
	uint8_t page = (uint8_t)((uint64_t)trampoline / PAGE_BYTES);

	apic_send_init(apic);
	delay_us(INIT_WAIT_US);
	apic_send_startup(apic, page);
	if (wait_until(is_done, argument, STARTUP_WAIT_US))
		return true;
	apic_send_startup(apic, page);
	return wait_until(is_done, argument, ONLINE_WAIT_US);
}

static bool wake_core(const struct core *core)
{
	uint64_t open = 1;

	if (send_startup(core->apic_id, is_online, core))
		return true;
	/* Too late now, unless it is under way already. */
	if (__atomic_compare_exchange_n(&start.ticket, &open, 0, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return false;
	if (!wait_until(is_online, core, ONLINE_WAIT_US))
		panic("core %u got stuck while it started", core->id);
	return true;
}

/* The core with a lower number that this one is another thread of, or NULL. */
static const struct core *sibling_of(const struct core *core)
{
	for (const struct core *other = cores; other < core; other++)
		if (other->package == core->package && other->core == core->core)
			return other;
	return NULL;
}

static void place(struct core *core)
{
	char text[64] = "";
	const struct core *sibling;
	uint32_t node;
	size_t used = 0;

	core->package = topology_package(topology, core->apic_id);
	core->core = topology_core(topology, core->apic_id);
	core->thread = topology_thread(topology, core->apic_id);
	if (acpi_find_core_node(&acpi_info, core->apic_id, &node))
		used = format_string(text, sizeof(text), ", node %u", node);
	sibling = sibling_of(core);
	if (sibling)
		format_string(text + used, sizeof(text) - used, ", sibling of core %u",
			      sibling->id);
	log_info("core %u: APIC id %u, package %u, core %u, thread %u%s", core->id, core->apic_id,
		 core->package, core->core, core->thread, text);
}

static bool start_core(unsigned id, uint32_t apic)
{
	struct core *core = &cores[id];
	struct arch_core *arch = memory_alloc(sizeof(*arch), PAGE_BYTES);
	void *stack = stack_alloc();

	if (!arch || !stack)
		panic("no memory for core %u", id);
	core->id = id;
	core->apic_id = apic;
	core->arch = arch;
	start.stack = stack_end(stack);
	start.core = core;
	start.entry = core_entry;
	__atomic_store_n(&start.ticket, 1, __ATOMIC_RELEASE);
	if (wake_core(core)) {
		if (tsc_sync(id)) {
			place(core);
			return true;
		}
		/* It halted in its stack, which stays. */
		log_error("the core with APIC id %u has a TSC of its own, which cannot be set: "
			  "left out",
			  apic);
		*core = (struct core){0};
		return false;
	}
	some_missing = true;
	log_error("the core with APIC id %u does not start: left out", apic);
	stack_free(stack);
	memory_free(arch, sizeof(*arch));
	*core = (struct core){0};
	return false;
}

static bool is_parked(const void *before)
{
	return __atomic_load_n(&parked_cores, __ATOMIC_ACQUIRE) != *(const uint32_t *)before;
}

/* A core that is not used: see park.h. */
static void send_to_park(uint32_t apic)
{
	uint32_t before = __atomic_load_n(&parked_cores, __ATOMIC_ACQUIRE);

	__atomic_store_n(&start.ticket, 0, __ATOMIC_RELEASE);
	if (send_startup(apic, is_parked, &before))
		return;
	some_missing = true;
	log_warning("the core with APIC id %u, which is not used, does not start: a machine check "
		    "would reset the machine",
		    apic);
}

static void park(const uint32_t *apics, unsigned count, const char *why)
{
	char text[IDS_BYTES] = "";
	size_t used = 0;

	for (unsigned i = 0; i < count; i++) {
		send_to_park(apics[i]);
		used += format_string(text + used, sizeof(text) - used, " %u", apics[i]);
		if (used < sizeof(text) - ID_BYTES_MOST && i + 1 < count)
			continue;
		log_info("parked, as %s: the cores with APIC ids%s", why, text);
		used = 0;
	}
}

static bool is_startable(uint32_t apic)
{
	if (apic >= APIC_XAPIC_ID_END && !apic_is_x2apic()) {
		log_warning("the core with APIC id %u is not used: it needs x2APIC mode", apic);
		return false;
	}
	return true;
}

/* Starts what runs, in the order of topology_order(); the ids of what does not go to the lists. */
static void start_cores(unsigned first_threads)
{
	for (unsigned i = 0; i < acpi_info.cores; i++) {
		uint32_t apic = order[i];

		if (apic == cores[0].apic_id || !is_startable(apic))
			continue;
		if (!host_config.smt && i >= first_threads)
			siblings.apic[siblings.count++] = apic;
		else if (core_count == CORES_MOST)
			surplus.apic[surplus.count++] = apic;
		else if (start_core(core_count, apic))
			core_count++;
	}
}

void smp_start(void (*run)(void))
{
	run_core = run;
	topology = topology_read(cpuid_leaf);
	place(&cores[0]);
	if (acpi_info.cores > 1) {
		if (!place_trampoline()) {
			log_error("no free page below 576 KB to start other cores from");
			return;
		}
		fill_trampoline();
		paging_set_executable(trampoline, true);
	}
	start_cores(topology_order(topology, cores[0].apic_id, acpi_info.apic_id, acpi_info.cores,
				   order));
	park(siblings.apic, siblings.count, "smt = no");
	if (surplus.count || acpi_info.cores_dropped)
		log_warning("%u cores are not used: %u are the most",
			    surplus.count + acpi_info.cores_dropped, CORES_MOST);
	park(surplus.apic, surplus.count, "more than are used");
	/* Without an IDT yet, a late core that cannot execute it would reset the machine. */
	if (trampoline && !some_missing)
		paging_set_executable(trampoline, false);
	log_info("cores: %u running, %s", core_count, apic_is_x2apic() ? "x2APIC" : "xAPIC");
}
