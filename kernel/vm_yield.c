// SPDX-License-Identifier: BSD-2-Clause
/* Directed yield: a spinning vCPU has the one run that it may be waiting for. */
#include "kernel/vm.h"

bool vm_shares_cores(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (READ_ONCE(vm->vcpu[i].core->threads) > 1)
			return true;
	return false;
}

/* The next vCPU after the last one chosen that waits for its core, NULL if there is none. */
static struct vcpu *find_waiting(struct vm *vm, const struct vcpu *spinner, bool spins)
{
	unsigned last = READ_ONCE(vm->called_on);

	for (unsigned i = 1; i <= vm->vcpus; i++) {
		struct vcpu *vcpu = &vm->vcpu[(last + i) % vm->vcpus];
		const struct thread *thread = READ_ONCE(vcpu->thread);

		if (vcpu != spinner && thread && READ_ONCE(vcpu->spins) == spins &&
		    thread_waits(thread))
			return vcpu;
	}
	return NULL;
}

/*
 * A vCPU that spins itself is the second choice: it holds no lock, but it may be the next to get
 * one. Threads live until all vCPUs have ended, the caller among them.
 */
bool vm_yield_to_holder(struct vcpu *vcpu)
{
	struct vcpu *holder = find_waiting(vcpu->vm, vcpu, false);

	if (!holder)
		holder = find_waiting(vcpu->vm, vcpu, true);
	if (!holder)
		return false;
	WRITE_ONCE(vcpu->vm->called_on, holder->id);
	WRITE_ONCE(holder->spins, false);
	if (holder->core == vcpu->core)
		thread_give_way(holder->thread);
	thread_call_on(holder->thread);
	return true;
}
