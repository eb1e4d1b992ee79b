// SPDX-License-Identifier: BSD-2-Clause
/* The guest's I/O APIC: redirection of its pins to interrupt messages. */
#include "arch/x86/platform/ioapic.h"

#include "kernel/machine.h"
#include "kernel/string.h"

/* Memory-mapped registers (82093AA, section 3.1). */
#define IOREGSEL 0x00
#define IOWIN    0x10

/* Indirect registers (82093AA, section 3.2). */
#define IOAPICID    0x00
#define IOAPICVER   0x01
#define IOAPICARB   0x02
#define IOREDTBL    0x10
#define ID_MASK     0x0f000000u
#define VERSION     0x11u
#define VERSION_REG (VERSION | (VIOAPIC_PINS - 1) << 16)

/* Redirection table entry (82093AA, section 3.2.4). */
#define REDIR_VECTOR        0xffull
#define REDIR_DELIVERY_MODE (7ull << 8)
#define REDIR_LOGICAL       (1ull << 11)
#define REDIR_REMOTE_IRR    (1ull << 14)
#define REDIR_LEVEL         (1ull << 15)
#define REDIR_MASKED        (1ull << 16)
#define REDIR_DESTINATION   56
#define REDIR_WRITABLE      0xff0000000001afffull

/* Interrupt message (SDM volume 3, sections "Message Address" and "Message Data Register"). */
#define MSI_ADDRESS       0xfee00000ull
#define MSI_DESTINATION   12
#define MSI_REDIRECT_HINT (1ull << 3)
#define MSI_LOGICAL       (1ull << 2)
#define MSI_LEVEL_ASSERT  (3u << 14)
#define MODE_LOWEST       (1ull << 8)

void vioapic_init(struct vioapic *ioapic, struct vm *vm)
{
	memset(ioapic, 0, sizeof(*ioapic));
	ioapic->vm = vm;
	for (unsigned pin = 0; pin < VIOAPIC_PINS; pin++)
		ioapic->entry[pin] = REDIR_MASKED;
}

static void post_entry(struct vioapic *ioapic, uint64_t entry)
{
	uint64_t address = MSI_ADDRESS | (entry >> REDIR_DESTINATION) << MSI_DESTINATION;
	uint32_t data = entry & (REDIR_VECTOR | REDIR_DELIVERY_MODE);

	if (entry & REDIR_LOGICAL)
		address |= MSI_LOGICAL;
	if ((entry & REDIR_DELIVERY_MODE) == MODE_LOWEST)
		address |= MSI_REDIRECT_HINT;
	if (entry & REDIR_LEVEL)
		data |= MSI_LEVEL_ASSERT;
	vm_post_message(ioapic->vm, SENDER_IOAPIC, address, data);
}

/* Level-triggered: interrupts while the line is high, once per EOI. Called with the lock held. */
static void serve_level(struct vioapic *ioapic, unsigned pin)
{
	uint64_t *entry = &ioapic->entry[pin];

	if (!(*entry & REDIR_LEVEL) || *entry & (REDIR_MASKED | REDIR_REMOTE_IRR) ||
	    !(ioapic->lines & 1u << pin))
		return;
	*entry |= REDIR_REMOTE_IRR;
	post_entry(ioapic, *entry);
}

void vioapic_set_line(struct vioapic *ioapic, unsigned pin, bool high)
{
	bool enabled = spin_lock_irq(&ioapic->lock);
	bool rises = high && !(ioapic->lines & 1u << pin);

	if (high)
		ioapic->lines |= 1u << pin;
	else
		ioapic->lines &= ~(1u << pin);
	/* As in the 82093AA, an edge on a masked pin is lost. */
	if (rises && !(ioapic->entry[pin] & (REDIR_LEVEL | REDIR_MASKED)))
		post_entry(ioapic, ioapic->entry[pin]);
	serve_level(ioapic, pin);
	spin_unlock_irq(&ioapic->lock, enabled);
}

void vioapic_eoi(struct vioapic *ioapic, uint8_t vector)
{
	bool enabled = spin_lock_irq(&ioapic->lock);

	for (unsigned pin = 0; pin < VIOAPIC_PINS; pin++) {
		uint64_t *entry = &ioapic->entry[pin];

		if (!(*entry & REDIR_LEVEL) || (*entry & REDIR_VECTOR) != vector)
			continue;
		*entry &= ~REDIR_REMOTE_IRR;
		serve_level(ioapic, pin);
	}
	spin_unlock_irq(&ioapic->lock, enabled);
}

static void write_entry(struct vioapic *ioapic, unsigned pin, bool upper, uint32_t value)
{
	uint64_t *entry = &ioapic->entry[pin];
	uint64_t mask = upper ? REDIR_WRITABLE & ~0xffffffffull : REDIR_WRITABLE & 0xffffffffull;

	*entry = (*entry & ~mask) | ((upper ? (uint64_t)value << 32 : value) & mask);
	if (!(*entry & REDIR_LEVEL))
		*entry &= ~REDIR_REMOTE_IRR;
	serve_level(ioapic, pin);
}

static uint32_t read_register(const struct vioapic *ioapic)
{
	unsigned index = ioapic->select;

	if (index == IOAPICID || index == IOAPICARB)
		return ioapic->id;
	if (index == IOAPICVER)
		return VERSION_REG;
	if (index >= IOREDTBL && index < IOREDTBL + 2 * VIOAPIC_PINS)
		return ioapic->entry[(index - IOREDTBL) / 2] >> (index & 1 ? 32 : 0);
	return 0xffffffff;
}

static void write_register(struct vioapic *ioapic, uint32_t value)
{
	unsigned index = ioapic->select;

	if (index == IOAPICID)
		ioapic->id = value & ID_MASK;
	else if (index >= IOREDTBL && index < IOREDTBL + 2 * VIOAPIC_PINS)
		write_entry(ioapic, (index - IOREDTBL) / 2, index & 1, value);
}

uint64_t vioapic_read(struct vioapic *ioapic, uint32_t offset, unsigned bytes)
{
	bool enabled = spin_lock_irq(&ioapic->lock);
	uint32_t value = 0;

	if (offset == IOREGSEL)
		value = ioapic->select;
	else if (offset == IOWIN)
		value = read_register(ioapic);
	spin_unlock_irq(&ioapic->lock, enabled);
	return bytes < 4 ? value & ((1u << 8 * bytes) - 1) : value;
}

void vioapic_write(struct vioapic *ioapic, uint32_t offset, unsigned bytes, uint64_t value)
{
	bool enabled = spin_lock_irq(&ioapic->lock);

	if (offset == IOREGSEL)
		ioapic->select = value & 0xff;
	else if (offset == IOWIN && bytes == 4)
		write_register(ioapic, value);
	spin_unlock_irq(&ioapic->lock, enabled);
}
