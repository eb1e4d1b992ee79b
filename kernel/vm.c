// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life of virtual machines. A VM belongs to the thread of its vCPU 0: that starts the other
 * vCPUs' threads, runs, waits for their end, frees everything, and, for a reboot, makes it anew.
 */
#include "kernel/vm.h"

#include <stdarg.h>

#include "arch/x86/platform/platform.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/string.h"
#include "kernel/vm_arch.h"

/* Between two looks whether the other vCPUs' threads have ended. */
#define END_POLL_US 1000

struct vm *vms[CONFIG_VMS_MOST];
unsigned vm_count;

static unsigned vms_running; /* VMs started and not stopped for good; atomic */

/* --- Creation and destruction -------------------------------------------------------------------
 */

static void free_memory(struct vm *vm)
{
	for (unsigned i = 0; i < vm->regions; i++)
		memory_free(vm->region[i].memory, vm->region[i].bytes);
	vm->regions = 0;
}

static int add_region(struct vm *vm, uint64_t guest_address, uint64_t bytes)
{
	struct vm_region *region = &vm->region[vm->regions];

	region->memory = memory_alloc(bytes, LARGE_PAGE_BYTES);
	if (!region->memory) {
		log_error("%s: no %llu MB of contiguous memory for it (%llu of %llu MB are free)",
			  vm->name, (unsigned long long)(bytes >> 20),
			  (unsigned long long)(memory_available() >> 20),
			  (unsigned long long)(memory_total() >> 20));
		return -ENOMEM;
	}
	region->guest_address = guest_address;
	region->bytes = bytes;
	vm->regions++;
	return 0;
}

/* Memory below the devices' hole, the rest above 4 GB. */
static int allocate_memory(struct vm *vm)
{
	uint64_t bytes = vm->config->memory_bytes;
	uint64_t low = bytes < PLATFORM_RAM_LOW_MOST ? bytes : PLATFORM_RAM_LOW_MOST;
	int error = add_region(vm, 0, low);

	if (!error && bytes > low)
		error = add_region(vm, 4ull << 30, bytes - low);
	if (error)
		free_memory(vm);
	return error;
}

static int create(struct vm *vm)
{
	int error = allocate_memory(vm);

	if (error)
		return error;
	vm->vcpus = vm->config->vcpus;
	for (unsigned i = 0; i < vm->vcpus; i++) {
		vm->vcpu[i].vm = vm;
		vm->vcpu[i].id = i;
	}
	error = vm_arch_create(vm);
	if (error)
		free_memory(vm);
	return error;
}

static void destroy(struct vm *vm)
{
	vm_arch_destroy(vm);
	free_memory(vm);
}

/* --- Where vCPUs run ----------------------------------------------------------------------------
 */

static unsigned next_core; /* for vCPUs whose core the configuration leaves open */

static struct core *choose_core(void)
{
	for (unsigned tried = 0; tried < core_count; tried++) {
		struct core *core = &cores[next_core++ % core_count];

		if (core->online && core->role != CORE_IO)
			return core;
	}
	return NULL;
}

static int place_vcpus(struct vm *vm)
{
	for (unsigned i = 0; i < vm->config->vcpus; i++) {
		int wanted = vm->config->vcpu_core[i];
		struct core *core = NULL;

		if (wanted < 0)
			core = choose_core();
		else if ((unsigned)wanted < core_count && cores[wanted].online)
			core = &cores[wanted];
		if (!core || core->role == CORE_IO) {
			log_error("%s: vCPU %u cannot run on core %d: expected one of the %u cores "
				  "that does not serve I/O only",
				  vm->name, i, wanted, core_count);
			return -EINVAL;
		}
		vm->vcpu[i].core = core;
	}
	return 0;
}

unsigned vm_create_all(void)
{
	for (unsigned i = 0; i < host_config.vms; i++) {
		struct vm *vm = kmalloc(sizeof(*vm));

		if (!vm) {
			log_error("%s: out of memory", host_config.vm[i].name);
			return vm_count;
		}
		vm->config = &host_config.vm[i];
		vm->number = vm_count;
		memcpy(vm->name, vm->config->name, sizeof(vm->name));
		if (place_vcpus(vm) || create(vm)) {
			log_error("%s: cannot start", vm->name);
			kfree(vm);
			continue;
		}
		vms[vm_count++] = vm;
	}
	return vm_count;
}

/* --- Running ------------------------------------------------------------------------------------
 */

static void run_vcpu(void *argument)
{
	struct vcpu *vcpu = argument;

	vcpu->thread = core_this()->current;
	vcpu_arch_run(vcpu);
}

static void start_others(struct vm *vm)
{
	char name[VM_NAME_BYTES + 4];

	for (unsigned i = 1; i < vm->vcpus; i++) {
		struct vcpu *vcpu = &vm->vcpu[i];

		format_string(name, sizeof(name), "%s.%u", vm->name, i);
		vcpu->thread = thread_create(vcpu->core, name, ACCOUNT_EXIT, run_vcpu, vcpu);
		if (!vcpu->thread)
			vm_stop(vm, false, "out of memory for the thread of vCPU %u", i);
	}
}

static void wait_for_others(struct vm *vm)
{
	for (unsigned i = 1; i < vm->vcpus; i++) {
		struct thread *thread = vm->vcpu[i].thread;

		if (!thread)
			continue;
		while (!__atomic_load_n(&thread->finished, __ATOMIC_ACQUIRE))
			thread_block(ticks_now() + END_POLL_US * ticks_per_us());
		thread_free(thread);
		vm->vcpu[i].thread = NULL;
	}
}

/* The VM as it is, once: until it has stopped and all it had is freed. */
static void run_once(struct vm *vm)
{
	WRITE_ONCE(vm->state, VM_RUNNING);
	start_others(vm);
	vcpu_arch_run(&vm->vcpu[0]);
	WRITE_ONCE(vm->state, VM_STOPPING);
	wait_for_others(vm);
	destroy(vm);
	WRITE_ONCE(vm->state, VM_STOPPED);
}

static bool restart(struct vm *vm)
{
	bool interrupts = spin_lock_irq(&vm->lock);

	vm->stop_requested = false;
	vm->reboot = false;
	spin_unlock_irq(&vm->lock, interrupts);
	if (create(vm)) {
		log_error("%s: cannot start again", vm->name);
		return false;
	}
	vm->stop_reason[0] = '\0';
	return true;
}

static void run_vm(void *argument)
{
	struct vm *vm = argument;

	vm->vcpu[0].thread = core_this()->current;
	do
		run_once(vm);
	while (vm->reboot && restart(vm));
	vm->vcpu[0].thread = NULL;
	if (__atomic_sub_fetch(&vms_running, 1, __ATOMIC_SEQ_CST) == 0)
		vm_all_stopped();
}

void vm_start_all(void)
{
	char name[VM_NAME_BYTES + 4];

	vms_running = vm_count;
	for (unsigned i = 0; i < vm_count; i++) {
		format_string(name, sizeof(name), "%s.0", vms[i]->name);
		if (!thread_create(vms[i]->vcpu[0].core, name, ACCOUNT_EXIT, run_vm, vms[i]))
			panic("out of memory for the first threads");
	}
}

void vm_stop(struct vm *vm, bool reboot, const char *format, ...)
{
	bool interrupts = spin_lock_irq(&vm->lock);
	bool first = !vm->stop_requested && READ_ONCE(vm->state) != VM_STOPPED;
	va_list arguments;

	if (first) {
		va_start(arguments, format);
		format_list(vm->stop_reason, sizeof(vm->stop_reason), format, arguments);
		va_end(arguments);
		vm->reboot = reboot;
		__atomic_store_n(&vm->stop_requested, true, __ATOMIC_SEQ_CST);
	}
	spin_unlock_irq(&vm->lock, interrupts);
	if (!first)
		return;
	log_info("%s: %s: %s", vm->name, reboot ? "restarting" : "stopping", vm->stop_reason);
	for (unsigned i = 0; i < vm->vcpus; i++) {
		struct thread *thread = READ_ONCE(vm->vcpu[i].thread);

		if (thread)
			thread_wake(thread);
		core_kick(vm->vcpu[i].core);
	}
}

void *vm_memory(const struct vm *vm, uint64_t guest_address, uint64_t bytes)
{
	for (unsigned i = 0; i < vm->regions; i++) {
		const struct vm_region *region = &vm->region[i];
		uint64_t offset = guest_address - region->guest_address;

		if (offset < region->bytes && bytes <= region->bytes - offset)
			return region->memory + offset;
	}
	return NULL;
}

void vm_console_input(struct vm *vm, uint8_t character)
{
	if (READ_ONCE(vm->state) == VM_RUNNING)
		vm_arch_console_input(vm, character);
}
