// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life of virtual machines. A VM belongs to the thread of its vCPU 0: that makes it (but for
 * the first time), starts the other vCPUs' threads, runs, waits for their end, frees everything,
 * and, for a reboot, begins again. The control thread makes that thread and frees it.
 */
#include "kernel/vm.h"

#include <stdarg.h>

#include "kernel/bulk.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/string.h"
#include "kernel/vm_arch.h"

/* Between two looks whether a thread has ended, and whether a VM's memory is free of users. */
#define END_POLL_US      1000
#define DESTROY_RETRY_US 10000

/*
 * A VM that resets itself so soon after a start will most likely do it again: it waits before the
 * next one, twice as long each time, up to a limit. (systemd counts starts within 10 s, too.)
 */
#define EARLY_US        10000000ull
#define PAUSE_FIRST_US  1000000ull
#define PAUSE_DOUBLINGS 5

struct vm *vms[CONFIG_VMS_MOST];
unsigned vm_count;

static unsigned vms_started; /* VMs whose threads have not come to their end; atomic */

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

	region->memory = memory_take(bytes, LARGE_PAGE_BYTES);
	if (!region->memory) {
		log_error("%s: no %llu MB of contiguous memory for it (%llu of %llu MB are free)",
			  vm->name, (unsigned long long)(bytes >> 20),
			  (unsigned long long)(memory_available() >> 20),
			  (unsigned long long)(memory_total() >> 20));
		return -ENOMEM;
	}
	if (!memory_is_preferred(region->memory, bytes))
		log_warning("%s: %llu MB of its memory are far from the card: the node has no such "
			    "piece left",
			    vm->name, (unsigned long long)(bytes >> 20));
	bulk_clear(region->memory, bytes);
	region->guest_address = guest_address;
	region->bytes = bytes;
	vm->regions++;
	return 0;
}

static int allocate_memory(struct vm *vm)
{
	uint64_t bytes = vm->config->memory_bytes;
	uint64_t low = bytes < VM_RAM_LOW_MOST ? bytes : VM_RAM_LOW_MOST;
	int error = add_region(vm, 0, low);

	if (!error && bytes > low)
		error = add_region(vm, VM_RAM_HIGH, bytes - low);
	if (error)
		free_memory(vm);
	return error;
}

/* The card may be writing into the VM's memory: it is not freed before that has certainly ended. */
static void destroy(struct vm *vm)
{
	bool told = false;

	while (vm_arch_destroy(vm)) {
		if (!told)
			log_warning("%s: its memory is still in use: waiting until it is not",
				    vm->name);
		told = true;
		sleep_us(DESTROY_RETRY_US);
	}
	free_memory(vm);
}

static int create(struct vm *vm)
{
	int error = allocate_memory(vm);

	if (!error) {
		vm->vcpus = vm->config->vcpus;
		for (unsigned i = 0; i < vm->vcpus; i++) {
			vm->vcpu[i].vm = vm;
			vm->vcpu[i].id = i;
		}
		error = vm_arch_create(vm);
		if (error)
			destroy(vm);
	}
	if (error)
		log_error("%s: cannot start", vm->name);
	return error;
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
		vm->group = (struct thread_group){vm->number, vm->config->weight};
		memcpy(vm->name, vm->config->name, sizeof(vm->name));
		if (place_vcpus(vm) || create(vm)) {
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
		vcpu->thread = thread_create_vcpu(vcpu->core, name, &vm->group, run_vcpu, vcpu);
		if (!vcpu->thread)
			vm_stop(vm, false, "out of memory for the thread of vCPU %u", i);
	}
}

static void wait_for_others(struct vm *vm)
{
	for (unsigned i = 1; i < vm->vcpus; i++) {
		const struct thread *thread = vm->vcpu[i].thread;

		while (thread && !__atomic_load_n(&thread->finished, __ATOMIC_ACQUIRE))
			sleep_us(END_POLL_US);
	}
}

/* Nobody wakes the vCPU's thread any more when this returns. */
static struct thread *take_thread(struct vcpu *vcpu)
{
	bool interrupts = spin_lock_irq(&vcpu->vm->lock);
	struct thread *thread = vcpu->thread;

	vcpu->thread = NULL;
	spin_unlock_irq(&vcpu->vm->lock, interrupts);
	return thread;
}

/*
 * The VM as it is, once: until it has stopped and all it had is freed. The threads outlive the
 * devices, whose interrupts wake them. Returns for how many microseconds its vCPU 0 ran.
 */
static uint64_t run_once(struct vm *vm)
{
	uint64_t start = ticks_now(), lived;

	WRITE_ONCE(vm->state, VM_RUNNING);
	start_others(vm);
	vcpu_arch_run(&vm->vcpu[0]);
	lived = ticks_now() - start;
	WRITE_ONCE(vm->state, VM_STOPPING);
	wait_for_others(vm);
	counters_log_vm(vm);
	destroy(vm);
	for (unsigned i = 1; i < vm->vcpus; i++) {
		struct thread *thread = take_thread(&vm->vcpu[i]);

		if (thread)
			thread_free(thread);
	}
	return lived / ticks_per_us();
}

/* Before a VM is made again. From now on it can be asked to stop again. */
static void forget_stop(struct vm *vm)
{
	bool interrupts = spin_lock_irq(&vm->lock);

	vm->stop_requested = false;
	vm->reboot = false;
	vm->stop_reason[0] = '\0';
	WRITE_ONCE(vm->state, VM_CREATED);
	spin_unlock_irq(&vm->lock, interrupts);
}

static void end_one(void)
{
	if (__atomic_sub_fetch(&vms_started, 1, __ATOMIC_SEQ_CST) == 0)
		vm_all_stopped();
}

/* Whether a VM that has reset itself, this long after its start, is to start again: after
 * *pause_us. */
static bool may_restart(struct vm *vm, uint64_t lived_us, uint64_t *pause_us)
{
	int limit = vm->config->restarts;
	unsigned doublings = vm->early_resets;

	*pause_us = 0;
	if (limit == CONFIG_RESTARTS_ALWAYS)
		return true;
	if (lived_us >= EARLY_US) {
		vm->early_resets = 0;
		return true;
	}
	if (vm->early_resets == (unsigned)limit) {
		log_error("%s: given up: it has ended within %llu s of its start %u times in a "
			  "row (restarts = %d)",
			  vm->name, EARLY_US / 1000000, vm->early_resets + 1, limit);
		return false;
	}
	vm->early_resets++;
	*pause_us = PAUSE_FIRST_US << (doublings < PAUSE_DOUBLINGS ? doublings : PAUSE_DOUBLINGS);
	log_warning("%s: ended %llu ms after its start: starts again in %llu s (%u of %d)",
		    vm->name, (unsigned long long)lived_us / 1000,
		    (unsigned long long)*pause_us / 1000000, vm->early_resets, limit);
	return true;
}

/* Returns false if the VM was asked to stop meanwhile. */
static bool wait_to_restart(struct vm *vm, uint64_t pause_us)
{
	uint64_t end = ticks_now() + pause_us * ticks_per_us();

	WRITE_ONCE(vm->state, VM_WAITING);
	while (!READ_ONCE(vm->stop_requested) && ticks_now() < end)
		thread_block(end);
	return !READ_ONCE(vm->stop_requested);
}

static void run_vm(void *argument)
{
	struct vm *vm = argument;
	uint64_t lived_us, pause_us;

	vm->vcpu[0].thread = core_this()->current;
	while (vm->regions || !create(vm)) {
		lived_us = run_once(vm);
		if (!vm->reboot || !may_restart(vm, lived_us, &pause_us))
			break;
		forget_stop(vm);
		if (pause_us && !wait_to_restart(vm, pause_us))
			break;
	}
	(void)take_thread(&vm->vcpu[0]);
	WRITE_ONCE(vm->state, VM_STOPPED);
	end_one();
}

/* --- The control thread -------------------------------------------------------------------------
 */

static void free_ended_thread(struct vm *vm)
{
	if (!vm->thread || !__atomic_load_n(&vm->thread->finished, __ATOMIC_ACQUIRE))
		return;
	thread_free(vm->thread);
	vm->thread = NULL;
}

void vm_service(void)
{
	for (unsigned i = 0; i < vm_count; i++)
		free_ended_thread(vms[i]);
}

int vm_start(struct vm *vm)
{
	char name[VM_NAME_BYTES + 4];

	if (vm->thread && READ_ONCE(vm->state) != VM_STOPPED)
		return -EBUSY;
	while (vm->thread) { /* at its very end */
		free_ended_thread(vm);
		if (vm->thread)
			sleep_us(END_POLL_US);
	}
	forget_stop(vm);
	vm->early_resets = 0;
	__atomic_fetch_add(&vms_started, 1, __ATOMIC_SEQ_CST);
	format_string(name, sizeof(name), "%s.0", vm->name);
	vm->thread = thread_create_vcpu(vm->vcpu[0].core, name, &vm->group, run_vm, vm);
	if (vm->thread)
		return 0;
	log_error("%s: out of memory for its first thread", vm->name);
	WRITE_ONCE(vm->state, vm->regions ? VM_CREATED : VM_STOPPED);
	end_one();
	return -ENOMEM;
}

/* Counts itself as one, so that the first VM's early end is not taken for the last one's. */
void vm_start_all(void)
{
	__atomic_fetch_add(&vms_started, 1, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < vm_count; i++)
		(void)vm_start(vms[i]);
	end_one();
}

bool vm_any_started(void)
{
	return __atomic_load_n(&vms_started, __ATOMIC_SEQ_CST);
}

/* --- From any core ------------------------------------------------------------------------------
 */

/* With the lock held, under which threads are taken out before they are freed. */
static void wake_vcpus(struct vm *vm)
{
	for (unsigned i = 0; i < vm->vcpus; i++) {
		struct thread *thread = READ_ONCE(vm->vcpu[i].thread);

		if (thread)
			thread_wake(thread);
		core_kick(vm->vcpu[i].core);
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
		log_info("%s: %s: %s", vm->name, reboot ? "restarting" : "stopping",
			 vm->stop_reason);
		wake_vcpus(vm);
	}
	spin_unlock_irq(&vm->lock, interrupts);
}

const struct vm_region *vm_find_region(const struct vm *vm, uint64_t guest_address)
{
	for (unsigned i = 0; i < vm->regions; i++)
		if (guest_address - vm->region[i].guest_address < vm->region[i].bytes)
			return &vm->region[i];
	return NULL;
}

void *vm_memory(const struct vm *vm, uint64_t guest_address, uint64_t bytes)
{
	const struct vm_region *region = vm_find_region(vm, guest_address);
	uint64_t offset;

	if (!region)
		return NULL;
	offset = guest_address - region->guest_address;
	return bytes <= region->bytes - offset ? region->memory + offset : NULL;
}

void vm_console_input(struct vm *vm, uint8_t character)
{
	if (READ_ONCE(vm->state) == VM_RUNNING)
		vm_arch_console_input(vm, character);
}
