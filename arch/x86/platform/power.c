// SPDX-License-Identifier: BSD-2-Clause
/* Power-off and reset of a VM by its guest. */
#include "arch/x86/platform/power.h"

#include "arch/x86/platform/ports.h"
#include "kernel/log.h"
#include "kernel/string.h"

void power_write_reset_vector(uint8_t *memory)
{
	static const uint8_t code[RESET_VECTOR_BYTES] = {
		0xba,
		PORT_RESET & 0xff,
		PORT_RESET >> 8, /* mov dx, PORT_RESET */
		0xb0,
		RESET_VALUE, /* mov al, RESET_VALUE */
		0xee,        /* out dx, al */
		0xf4,        /* hlt */
		0xeb,
		0xfd, /* jmp to the hlt */
	};

	memcpy(memory, code, sizeof(code));
}

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
