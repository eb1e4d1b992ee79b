// SPDX-License-Identifier: BSD-2-Clause
/* Power-off and reset of a VM by its guest. */
#include "arch/x86/platform/power.h"

#include "arch/x86/platform/ports.h"
#include "kernel/log.h"

void power_write_sleep(struct vm *vm, uint8_t value)
{
	unsigned type = (value & SLEEP_TYPE_MASK) >> SLEEP_TYPE_SHIFT;

	if (!(value & SLEEP_ENABLE))
		return;
	if (type == SLEEP_TYPE_S5)
		vm_stop(vm, false, "powered off");
	else
		log_warning("%s: guest asked for sleep type %u, only %u (off) exists; ignored",
			    vm->name, type, SLEEP_TYPE_S5);
}

void power_write_reset(struct vm *vm, uint8_t value)
{
	if (value & RESET_CPU)
		vm_stop(vm, true, "reset by the guest");
}
