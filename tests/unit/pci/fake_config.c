// SPDX-License-Identifier: BSD-2-Clause
/* Configuration spaces made up for tests: power states, bridges, functions that disappear. */
#include "fake_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/pci/pci.h"
#include "machine_host.h"

#define POWER_STATE(f) ((f)->value[FAKE_POWER / 4 + 1] & 3)
#define HEADER_TYPE(f) ((f)->value[3] >> 16 & PCI_HEADER_TYPE_MASK)
#define POWER_UP_TICKS 10000000 /* 10 ms */

static struct fake_function functions[FAKE_FUNCTIONS_MOST];
static unsigned function_count;

void fake_clear(void)
{
	function_count = 0;
}

static bool is_above(const struct fake_function *bridge, const struct fake_function *f)
{
	uint8_t secondary = bridge->value[6] >> 8 & 0xff,
		subordinate = bridge->value[6] >> 16 & 0xff;

	return HEADER_TYPE(bridge) == PCI_HEADER_BRIDGE && bridge->at.segment == f->at.segment &&
	       bridge->at.bus < f->at.bus && secondary <= f->at.bus && f->at.bus <= subordinate;
}

static bool is_awake(const struct fake_function *f)
{
	return !POWER_STATE(f) && host_ticks >= f->ready_at;
}

/* Requests for configuration reach a function through bridges that are in D0. */
static bool is_reached(const struct fake_function *f)
{
	for (unsigned i = 0; i < function_count; i++)
		if (is_above(&functions[i], f) && (functions[i].gone || !is_awake(&functions[i])))
			return false;
	return !f->gone && host_ticks >= f->ready_at;
}

bool fake_dma_passes(const struct fake_function *f)
{
	for (unsigned i = 0; i < function_count; i++)
		if (is_above(&functions[i], f) &&
		    (!(functions[i].value[1] & PCI_COMMAND_MASTER) || !is_awake(&functions[i])))
			return false;
	return f->value[1] & PCI_COMMAND_MASTER && is_awake(f);
}

static struct fake_function *find(struct pci_address at)
{
	for (unsigned i = 0; i < function_count; i++)
		if (pci_is_same(functions[i].at, at))
			return &functions[i];
	return NULL;
}

unsigned pci_config_init(struct pci_buses buses[PCI_BUSES_MOST])
{
	buses[0] = (struct pci_buses){0, 0, 255};
	buses[1] = (struct pci_buses){2, 0x40, 0x7f};
	return 2;
}

uint32_t pci_config_read(struct pci_address at, unsigned offset)
{
	struct fake_function *f = find(at);

	assert_true(offset < 256 && offset % 4 == 0);
	assert_true(!at.segment || (at.bus >= 0x40 && at.bus <= 0x7f));
	if (f && f->lives && !--f->lives)
		f->gone = true;
	return f && is_reached(f) ? f->value[offset / 4] : UINT32_MAX;
}

/* Without No_Soft_Reset, D3hot to D0 is a reset (PCI Power Management 1.2, 5.4). */
static void wake(struct fake_function *f)
{
	uint32_t kept = f->value[3];

	f->ready_at = host_ticks + POWER_UP_TICKS;
	f->value[1] &= ~0xffffu;
	for (unsigned i = 3; i < 16; i++)
		f->value[i] &= ~f->writable[i];
	f->value[3] = kept;
}

void pci_config_write(struct pci_address at, unsigned offset, uint32_t value)
{
	struct fake_function *f = find(at);
	unsigned i = offset / 4;
	bool asleep;

	assert_non_null(f);
	if (!is_reached(f))
		return;
	/* Sizing while the device decodes its memory would make it answer anywhere. */
	if (offset >= PCI_BAR0 && offset < PCI_BAR0 + 24 && HEADER_TYPE(f) == PCI_HEADER_DEVICE)
		assert_int_equal(f->value[1] & (PCI_COMMAND_MEMORY | PCI_COMMAND_IO), 0);
	asleep = POWER_STATE(f) == 3;
	f->value[i] = (f->value[i] & ~f->writable[i]) | (value & f->writable[i]);
	f->decoded_zero |= f->value[1] & PCI_COMMAND_MEMORY &&
			   !((f->value[4] & ~PCI_BAR_MEMORY_FLAGS) | f->value[5]);
	if (asleep && !POWER_STATE(f))
		wake(f);
}

void pci_config_write16(struct pci_address at, unsigned offset, uint16_t value)
{
	unsigned shift = 8 * (offset & 2);
	uint32_t old = pci_config_read(at, offset & ~3u);

	pci_config_write(at, offset & ~3u, (old & ~(0xffffu << shift)) | (uint32_t)value << shift);
}

struct fake_function *fake_add(uint8_t bus, uint8_t device, uint8_t function, uint32_t id,
			       uint8_t header)
{
	struct fake_function *f = &functions[function_count++];

	*f = (struct fake_function){.at = {0, bus, device, function}};
	f->value[0] = id;
	f->value[1] = PCI_COMMAND_MEMORY;
	f->writable[1] = 0xffff;
	f->value[2] = 0x02000007;
	f->value[3] = (uint32_t)header << 16;
	return f;
}

void fake_set_bar(struct fake_function *f, unsigned index, uint32_t value, uint32_t writable)
{
	f->value[4 + index] = value;
	f->writable[4 + index] = writable;
}

void fake_add_capability(struct fake_function *f, uint8_t offset, uint32_t value)
{
	f->value[1] |= PCI_STATUS_CAPABILITY << 16;
	f->value[offset / 4] = (value & ~0xff00u) | (f->value[PCI_CAPABILITIES / 4] & 0xff) << 8;
	f->value[PCI_CAPABILITIES / 4] = offset;
}

/* Power Management, and PCI Express: 8 lanes at 5 GT/s, payloads of up to 512 bytes, now 128. */
static void add_express(struct fake_function *f)
{
	fake_add_capability(f, FAKE_EXPRESS, 0x00020010);
	f->value[FAKE_EXPRESS / 4 + 1] = 2;
	f->writable[FAKE_EXPRESS / 4 + 2] = 0xffff;
	f->value[FAKE_EXPRESS / 4 + 3] = 0x82;
	f->value[FAKE_EXPRESS / 4 + 4] = 0x00820000;
	fake_add_capability(f, FAKE_POWER, PCI_CAPABILITY_POWER);
	f->writable[FAKE_POWER / 4 + 1] = 0x103;
}

struct fake_function *fake_add_card(uint8_t bus, uint8_t device)
{
	struct fake_function *f = fake_add(bus, device, 0, 0x10fb8086, 0);

	fake_set_bar(f, 0, 0xe0000000 | PCI_BAR_WIDE | PCI_BAR_PREFETCHABLE, 0xffffc000);
	fake_set_bar(f, 1, 0x38, 0xffffffff);
	f->value[0x2c / 4] = 0x00038086;
	add_express(f);
	fake_add_capability(f, FAKE_MSIX, PCI_CAPABILITY_MSIX | (FAKE_ENTRIES - 1) << 16);
	f->writable[FAKE_MSIX / 4] = 0xc0000000;
	f->value[FAKE_MSIX / 4 + 1] = FAKE_TABLE;
	f->value[FAKE_MSIX / 4 + 2] = 0x3000;
	fake_add_capability(f, FAKE_MSI, PCI_CAPABILITY_MSI | 0x800000);
	f->writable[FAKE_MSI / 4] = 0x10000;
	return f;
}

struct fake_function *fake_add_port(uint8_t bus, uint8_t device, uint8_t secondary,
				    uint8_t subordinate)
{
	struct fake_function *f = fake_add(bus, device, 0, 0x0c018086, PCI_HEADER_BRIDGE);

	f->value[1] = 0;
	f->value[2] = 0x06040000;
	f->value[6] = bus | (uint32_t)secondary << 8 | (uint32_t)subordinate << 16;
	f->writable[6] = 0xffffff;
	f->value[PCI_MEMORY_WINDOW / 4] = 0xe000d000;
	f->writable[PCI_MEMORY_WINDOW / 4] = 0xfff0fff0;
	f->value[PCI_PREFETCH_WINDOW / 4] = 0xfff10001;
	f->writable[PCI_PREFETCH_WINDOW / 4] = 0xfff0fff0;
	f->value[PCI_PREFETCH_BASE_HIGH / 4] = f->value[PCI_PREFETCH_END_HIGH / 4] = 0x38;
	f->writable[PCI_PREFETCH_BASE_HIGH / 4] = f->writable[PCI_PREFETCH_END_HIGH / 4] = ~0u;
	add_express(f);
	return f;
}
