// SPDX-License-Identifier: BSD-2-Clause
/* Guest accesses to memory-mapped devices: decoding the instruction, finding the device. */
#include "arch/x86/platform/guest_walk.h"
#include "arch/x86/platform/instruction.h"
#include "arch/x86/platform/platform_internal.h"
#include "arch/x86/vmx/lapic.h"

#define CODE_TEXT_BYTES (3 * INSTRUCTION_BYTES_MOST + 1)

/* One side of an access: where the memory operand is. */
struct target {
	uint64_t (*read)(struct vcpu *vcpu, uint64_t address, unsigned bytes);
	/* False: there is nothing to write to. */
	bool (*write)(struct vcpu *vcpu, uint64_t address, unsigned bytes, uint64_t value);
	const char *name;
};

static bool is_ioapic(uint64_t address)
{
	return address >= PLATFORM_IOAPIC && address < PLATFORM_IOAPIC + VIOAPIC_BYTES;
}

static bool is_mailbox(const struct platform *platform, uint64_t address)
{
	return platform->has_mailbox && address >= PLATFORM_MAILBOX &&
	       address < PLATFORM_MAILBOX + WAKEUP_MAILBOX_BYTES;
}

static bool is_pci_window(uint64_t address)
{
	return address >= PLATFORM_PCI_START && address < PLATFORM_PCI_START + PLATFORM_PCI_BYTES;
}

static uint64_t read_bus(struct vcpu *vcpu, uint64_t address, unsigned bytes)
{
	struct platform *platform = platform_of(vcpu->vm);
	uint64_t value = UINT64_MAX;

	if (is_ioapic(address))
		return vioapic_read(&platform->ioapic, address - PLATFORM_IOAPIC, bytes);
	if (is_mailbox(platform, address))
		return wakeup_mailbox_read(&platform->mailbox, address - PLATFORM_MAILBOX, bytes);
	vpci_memory_read(&platform->pci, address, bytes, &value);
	return value;
}

static bool write_bus(struct vcpu *vcpu, uint64_t address, unsigned bytes, uint64_t value)
{
	struct platform *platform = platform_of(vcpu->vm);

	if (is_ioapic(address)) {
		vioapic_write(&platform->ioapic, address - PLATFORM_IOAPIC, bytes, value);
		return true;
	}
	if (is_mailbox(platform, address)) {
		wakeup_mailbox_write(&platform->mailbox, vcpu, address - PLATFORM_MAILBOX, bytes,
				     value);
		return true;
	}
	return vpci_memory_write(&platform->pci, address, bytes, value) || is_pci_window(address);
}

/* Registers of the local APIC are 32 bits wide, 16-byte aligned (SDM volume 3, "Local APIC"). */
static uint64_t read_lapic(struct vcpu *vcpu, uint64_t offset, unsigned bytes)
{
	uint64_t value = lapic_mmio_read(vcpu, offset & ~15u);

	return offset % 16 + bytes <= 4 ? value >> 8 * (offset % 16) : value;
}

static bool write_lapic(struct vcpu *vcpu, uint64_t offset, unsigned bytes, uint64_t value)
{
	if (bytes >= 4 && offset % 16 == 0)
		lapic_mmio_write(vcpu, offset, value);
	return true;
}

static const struct target bus = {
	.read = read_bus,
	.write = write_bus,
	.name = "memory-mapped",
};

static const struct target local_apic = {
	.read = read_lapic,
	.write = write_lapic,
	.name = "local APIC",
};

static enum instruction_mode get_instruction_mode(const struct vcpu_mode *mode)
{
	if (mode->code64)
		return INSTRUCTION_64;
	return mode->code32 ? INSTRUCTION_32 : INSTRUCTION_16;
}

static void stop_unknown(struct vcpu *vcpu, const struct target *target, uint64_t address,
			 uint64_t rip, const uint8_t *code, unsigned bytes)
{
	static const char digits[] = "0123456789abcdef";
	char text[CODE_TEXT_BYTES];
	unsigned length = 0;

	for (unsigned i = 0; i < bytes; i++) {
		text[length++] = digits[code[i] >> 4];
		text[length++] = digits[code[i] & 15];
		text[length++] = ' ';
	}
	text[length ? length - 1 : 0] = 0;
	vm_stop(vcpu->vm, false,
		"vCPU %u: %s access at 0x%llx by an instruction that is not emulated, at RIP "
		"0x%llx: %s",
		vcpu->id, target->name, (unsigned long long)address, (unsigned long long)rip,
		length ? text : "(not readable)");
}

/* Runs the instruction on target; false if there is nothing to write to. */
static bool execute(struct vcpu *vcpu, const struct target *target, uint64_t address,
		    const struct instruction *instruction)
{
	uint64_t *registers = vcpu_registers(vcpu);
	unsigned bytes = instruction->memory_bytes;
	uint64_t loaded = 0;

	if (instruction->kind == INSTRUCTION_LOAD || instruction->kind == INSTRUCTION_EXCHANGE)
		loaded = target->read(vcpu, address, bytes);
	if (instruction->kind != INSTRUCTION_LOAD &&
	    !target->write(vcpu, address, bytes, instruction_source(instruction, registers)))
		return false;
	if (instruction->kind == INSTRUCTION_LOAD || instruction->kind == INSTRUCTION_EXCHANGE)
		instruction_finish_load(instruction, registers, loaded);
	return true;
}

static void emulate(struct vcpu *vcpu, const struct target *target, uint64_t address, bool is_write)
{
	struct instruction instruction;
	struct vcpu_mode mode;
	uint8_t code[INSTRUCTION_BYTES_MOST];
	unsigned bytes;

	vcpu_get_mode(vcpu, &mode);
	bytes = guest_fetch_code(vcpu->vm, &mode, code, sizeof(code));
	/* Not agreeing with the exit means that another vCPU has changed the code since. */
	if (instruction_decode(&instruction, code, bytes, get_instruction_mode(&mode)) ||
	    (instruction.kind != INSTRUCTION_LOAD) != is_write) {
		stop_unknown(vcpu, target, address, mode.rip, code, bytes);
		return;
	}
	if (!execute(vcpu, target, address, &instruction)) {
		vm_stop(vcpu->vm, false,
			"vCPU %u: write of %u bytes to 0x%llx, where there is no device, at RIP "
			"0x%llx",
			vcpu->id, instruction.memory_bytes, (unsigned long long)address,
			(unsigned long long)mode.rip);
		return;
	}
	vcpu_skip_instruction(vcpu, instruction.length);
}

void platform_mmio_exit(struct vcpu *vcpu, uint64_t address, bool is_write)
{
	emulate(vcpu, &bus, address, is_write);
}

void platform_lapic_exit(struct vcpu *vcpu, uint32_t offset, bool is_write)
{
	emulate(vcpu, &local_apic, offset, is_write);
}
