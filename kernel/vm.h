/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual machines and their vCPUs, as far as they do not depend on the processor. */
#ifndef SLUICE_KERNEL_VM_H
#define SLUICE_KERNEL_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/counters.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"

#define VM_NAME_BYTES   32
#define VM_VCPUS_MOST   16
#define VM_REGIONS_MOST 4
#define VM_DEVICES_MOST 4

/* A piece of guest-physical address space backed by memory, 2 MB aligned. */
struct vm_region {
	uint64_t guest_address;
	uint64_t bytes;
	uint8_t *memory;
};

enum vm_state {
	VM_CREATED, /* or about to be */
	VM_RUNNING,
	VM_STOPPING, /* vCPUs end, then what the VM had is freed */
	VM_WAITING,  /* nothing is left but struct vm and its first thread; starts again later */
	VM_STOPPED   /* nothing is left but struct vm; vm_start() makes it anew */
};

struct vm;

struct vcpu {
	struct vm *vm;
	uint32_t id; /* also its APIC id */
	struct core *core;
	struct thread *thread; /* while it may be woken, else NULL */
	bool spins;            /* its last exit was for a PAUSE loop; read by any core */
	void *arch;            /* struct vmx_vcpu */
};

struct vm {
	char name[VM_NAME_BYTES];
	unsigned number; /* in vms[] */
	const struct config_vm *config;
	struct thread *thread; /* runs vCPU 0; the control thread's, which frees it */
	enum vm_state state;   /* written by that thread, or while there is none; read anywhere */
	/* Protects stop_requested, reboot, stop_reason, and the ends of vcpu[].thread and device[]
	 */
	struct spinlock lock;
	bool stop_requested; /* by vm_stop(); vCPUs end as soon as they see it */
	bool reboot;         /* when stopped: start again */
	char stop_reason[160];
	int64_t clock_offset_us; /* its real-time clock's from the machine's; its devices' to change
				  */
	unsigned early_resets;   /* in a row, each soon after a start; its first thread's */
	struct thread_group group; /* its vCPUs' threads */
	unsigned called_on;        /* the vCPU that vm_yield_to_holder() last chose; any core */
	unsigned vcpus, regions;
	struct vcpu vcpu[VM_VCPUS_MOST];
	struct vm_region region[VM_REGIONS_MOST];
	struct vio_device *device[VM_DEVICES_MOST];
	void *arch;     /* EPT root, VPIDs */
	void *platform; /* struct platform: the PC the guest sees */
};

/* The VMs of the configuration, made by vm_create_all(). */
extern struct vm *vms[];
extern unsigned vm_count;

/*
 * Makes the VMs of host_config; one that cannot be made is left out, after its reason was logged.
 * Once, on the boot core, when cores, threads and the network are there. Returns how many there
 * are.
 */
unsigned vm_create_all(void);

/* Starts them, on the control thread. */
void vm_start_all(void);

/*
 * Starts a VM that has not run yet or has stopped, on the control thread. Returns 0; -EBUSY if it
 * has not stopped; -ENOMEM. What goes wrong later is logged, and the VM is VM_STOPPED again. May
 * yield.
 */
int vm_start(struct vm *vm);

/* Frees the threads of VMs that have stopped; called by the control thread. */
void vm_service(void);

/* True while a VM is started and not yet VM_STOPPED. From any core. */
bool vm_any_started(void);

/*
 * Provided by main.c: called, in any thread, each time the last started VM has stopped and none
 * starts again by itself.
 */
void vm_all_stopped(void);

/* A character typed on the host's console for the VM that owns it; from any core. */
void vm_console_input(struct vm *vm, uint8_t character);

/*
 * Counters of a vCPU, such as "exits.hlt", since its VM was last made, and of all guests of a
 * core. From any core.
 */
void vcpu_counters_visit(const struct vcpu *vcpu, counter_visit *visit, void *context);
void core_exits_visit(const struct core *core, counter_visit *visit, void *context);

/* The region of guest memory that guest-physical address lies in, or NULL. From any core. */
const struct vm_region *vm_find_region(const struct vm *vm, uint64_t guest_address);

/*
 * Pointer to bytes of guest memory at guest-physical address, or NULL if they are not wholly
 * inside one region. From any core.
 */
void *vm_memory(const struct vm *vm, uint64_t guest_address, uint64_t bytes);

/*
 * Asks the VM to stop, from any core; reason goes into the log with the VM's name. Its vCPU
 * threads notice at their next exit. Only the first reason counts.
 */
void vm_stop(struct vm *vm, bool reboot, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * True if the vCPUs of vm may wait for one that has to wait for its core: one lives on a core with
 * other threads. From any core.
 */
bool vm_shares_cores(const struct vm *vm);

/*
 * Directed yield: the vCPU, which is the caller's, spins, perhaps for a lock whose holder is
 * another vCPU that has lost its core. Has such a vCPU of the VM run next, on whatever core it
 * is; on the caller's when it next yields. Returns false if none of them waits for its core.
 */
bool vm_yield_to_holder(struct vcpu *vcpu);

/*
 * Delivers a fixed, edge-triggered interrupt to the vCPU, from any core, without making it exit
 * where posted interrupts allow (SDM volume 3, "Posted-Interrupt Processing").
 */
void vcpu_post_interrupt(struct vcpu *vcpu, uint8_t vector);

/* Who sent an interrupt message; they are counted apart. */
enum vm_sender {
	SENDER_CPU,    /* another local APIC */
	SENDER_PCI,    /* a PCI function, by MSI-X */
	SENDER_IOAPIC, /* a pin of the I/O APIC */
};

/* Delivers a device's interrupt message as the guest's APICs would (SDM "MSI"). From any core. */
void vm_post_message(struct vm *vm, enum vm_sender sender, uint64_t address, uint32_t data);

#endif
