/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration space of the 82599, with its capabilities at their real offsets (DS 9.3). */
#include <string.h>

#include "tools/i82599/device.h"

#define BAR0             0x10
#define BAR4             0x20
#define WIDE_BAR         0xCu /* 64-bit, prefetchable */
#define COMMAND_MSE      2u
#define COMMAND_BME      4u
#define COMMAND_INTX_OFF 0x400u
#define STATUS           6
#define STATUS_INTX      8u
#define PM_CSR           0x44
#define PM_D3            3
#define MSI_CONTROL      0x52
#define MSI_ENABLE       1u
#define MSI_ADDRESS      0x54
#define MSI_DATA         0x5C
#define MSI_MASK         0x60
#define MSIX_CONTROL     0x72
#define MSIX_ENABLE      0x8000u
#define MSIX_MASK_ALL    0x4000u
#define PCIE_DEVCTL      0xA8
#define DEVCTL_FLR       0x8000u
#define PCIE_DEVSTA      0xAA
#define DEVSTA_PENDING   0x20u
#define PCIE_LNKSTA      0xB2
#define LNKSTA_SPEED     0x3u /* 1: 2.5 GT/s, 2: 5 GT/s */
#define LNKSTA_WIDTH     0x3f0u
#define VPD_ADDRESS      0xE2
#define VPD_DATA         0xE4
#define VPD_DONE         0x8000u /* of the address: the read is done, or what to write is there */
#define SERIAL_NUMBER    0x144

/* Bytes that are not zero at reset, as little-endian dwords. */
static const struct {
	uint16_t offset;
	uint32_t value;
} config_reset[] = {
	{0x04, 0x00100000},                      /* capability list */
	{0x08, 0x02000001},                      /* Ethernet controller, revision 1 */
	{0x2C, 0x00038086},                      /* subsystem: X520 */
	{0x34, 0x40},        {0x3C, 0x00000100}, /* INTA */
	{0x40, 0x48235001},                      /* power management 3, then 50 */
	{0x50, 0x01807005},                      /* MSI: one 64-bit maskable message, then 70 */
	{0x70, 0x003FA011},                      /* MSI-X: 64 entries, then A0 */
	{0x74, 0x00000004},                      /* table at BAR4 + 0 */
	{0x78, 0x00002004},                      /* PBA at BAR4 + 2000 */
	{0xA0, 0x0002E010},                      /* PCI Express 2 endpoint, then E0 */
	{0xA4, 0x10008CC2},                      /* payload 512, FLR */
	{0xA8, 0x00002810},  {0xAC, 0x00035C82}, {0xB0, 0x10820000},
	{0xC4, 0x0000001F},  {0xD0, 0x00000002}, {0xE0, 0x00000003}, /* vital product data, last */
	{0x100, 0x14010001}, /* advanced error reporting, then 140 */
	{0x10C, 0x00062010}, /* severity: as PCI Express has it */
	{0x114, 0x00002000}, /* advisory errors are masked */
	{0x140, 0x15010003}, /* device serial number, then 150 */
	{0x150, 0x0001000E}, /* alternative routing-ID: no other function */
};

/* Bits software may change, as dwords; all others ignore writes. */
static const struct {
	uint16_t offset;
	uint32_t mask;
} config_writable[] = {
	{0x04, 0x00000546},
	{0x0C, 0x000000FF},
	{0x10, ~(I82599_BAR0_BYTES - 1)},
	{0x20, ~(I82599_BAR4_BYTES - 1)},
	{0x3C, 0x000000FF},
	{0x44, 0x00000103},
	{0x50, 0x00010000},
	{0x54, 0xFFFFFFFC},
	{0x58, 0xFFFFFFFF},
	{0x5C, 0x0000FFFF},
	{0x60, 0x00000001},
	{0x70, 0xC0000000},
	{0xA8, 0x000078FF},
	{0xB0, 0x000001C3},
	{0xC8, 0x0000001F},
	{0xD0, 0x0000FFFF},
	{0xE0, 0xFFFF0000},
	{0xE4, 0xFFFFFFFF},
	{0x108, 0x001FF010},
	{0x10C, 0x001FF010},
	{0x114, 0x000031C1},
};

static uint32_t load(const struct i82599 *dev, unsigned offset, unsigned len)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < len; i++)
		value |= (uint32_t)dev->pci[offset + i] << (8 * i);
	return value;
}

static void store(struct i82599 *dev, unsigned offset, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		dev->pci[offset + i] = (uint8_t)(value >> (8 * i));
}

/* The MAC address with FF-FF in its middle, as in EUI-64 (DS 9.4.2). */
static void store_serial_number(struct i82599 *dev)
{
	const uint8_t *mac = dev->config.mac;

	store(dev, SERIAL_NUMBER,
	      mac[5] | (uint32_t)mac[4] << 8 | (uint32_t)mac[3] << 16 | 0xff000000u);
	store(dev, SERIAL_NUMBER + 4,
	      0xffu | (uint32_t)mac[2] << 8 | (uint32_t)mac[1] << 16 | (uint32_t)mac[0] << 24);
}

/* What was agreed on with the slot. */
static void set_pcie_link(struct i82599 *dev)
{
	uint32_t status = load(dev, PCIE_LNKSTA, 2) & ~LNKSTA_SPEED;

	status |= dev->config.pcie_slow ? 1 : 2;
	if (dev->config.pcie_lanes)
		status = (status & ~LNKSTA_WIDTH) | (uint32_t)dev->config.pcie_lanes << 4;
	dev->pci[PCIE_LNKSTA] = (uint8_t)status;
	dev->pci[PCIE_LNKSTA + 1] = (uint8_t)(status >> 8);
}

void nic_reset_config(struct i82599 *dev)
{
	memset(dev->pci, 0, sizeof(dev->pci));
	store(dev, 0, 0x8086 | (uint32_t)dev->config.device_id << 16);
	for (unsigned i = 0; i < sizeof(config_reset) / sizeof(config_reset[0]); i++)
		store(dev, config_reset[i].offset, config_reset[i].value);
	store_serial_number(dev);
	set_pcie_link(dev);
	if (dev->config.wide_bars) {
		store(dev, BAR0, WIDE_BAR);
		store(dev, BAR4, WIDE_BAR);
	}
}

bool nic_memory_enabled(const struct i82599 *dev)
{
	return (load(dev, 4, 2) & COMMAND_MSE) && !(dev->pci[PM_CSR] & 3);
}

bool nic_bus_master(const struct i82599 *dev)
{
	return load(dev, 4, 2) & COMMAND_BME;
}

bool nic_msix_enabled(const struct i82599 *dev)
{
	return load(dev, MSIX_CONTROL, 2) & MSIX_ENABLE;
}

bool nic_msix_masked(const struct i82599 *dev)
{
	return load(dev, MSIX_CONTROL, 2) & MSIX_MASK_ALL;
}

/* Notes in Status whether INTA is wanted (PCI 3.0 6.2.3); true: Command and MSI do not forbid it.
 */
bool nic_intx_wanted(struct i82599 *dev, bool pending)
{
	const bool messages = nic_msix_enabled(dev) || load(dev, MSI_CONTROL, 2) & MSI_ENABLE;

	pending = pending && !messages && !dev->removed;
	dev->pci[STATUS] =
		(uint8_t)((dev->pci[STATUS] & ~STATUS_INTX) | (pending ? STATUS_INTX : 0));
	return pending && !(load(dev, 4, 2) & COMMAND_INTX_OFF);
}

/* Whether an MSI message may be sent now, and which (PCI 3.0 section 6.8.1). */
bool nic_msi_message(const struct i82599 *dev, uint64_t *address, uint32_t *data)
{
	*address = load(dev, MSI_ADDRESS, 4) | (uint64_t)load(dev, MSI_ADDRESS + 4, 4) << 32;
	*data = load(dev, MSI_DATA, 2);
	return load(dev, MSI_CONTROL, 2) & MSI_ENABLE && !(load(dev, MSI_MASK, 4) & 1);
}

/* DeviceStatus.TransactionsPending: requests that have no completion yet. */
static void update_pending(struct i82599 *dev)
{
	dev->pci[PCIE_DEVSTA] &= (uint8_t)~DEVSTA_PENDING;
	if (nic_requests_outstanding(dev, dev->host.now(dev->host.opaque)))
		dev->pci[PCIE_DEVSTA] |= DEVSTA_PENDING;
}

uint32_t i82599_config_read(struct i82599 *dev, unsigned offset, unsigned len)
{
	if (dev->removed)
		return UINT32_MAX >> (32 - 8 * len);
	update_pending(dev);
	return load(dev, offset, len);
}

static uint8_t writable_byte(const struct i82599 *dev, unsigned offset)
{
	if (dev->config.wide_bars && ((offset & ~3u) == BAR0 + 4 || (offset & ~3u) == BAR4 + 4))
		return 0xff;
	for (unsigned i = 0; i < sizeof(config_writable) / sizeof(config_writable[0]); i++) {
		if (config_writable[i].offset == (offset & ~3u))
			return (uint8_t)(config_writable[i].mask >> (8 * (offset & 3)));
	}
	return 0;
}

/* An address was written: the data is there at once; it cannot be written (PCI 3.0 appendix I). */
static void access_vpd(struct i82599 *dev)
{
	uint32_t address = load(dev, VPD_ADDRESS, 2);

	if (!(address & VPD_DONE))
		store(dev, VPD_DATA, nic_vpd_read(dev, address));
	dev->pci[VPD_ADDRESS + 1] ^= VPD_DONE >> 8;
}

void i82599_config_write(struct i82599 *dev, unsigned offset, unsigned len, uint32_t value)
{
	bool asleep = (dev->pci[PM_CSR] & 3) == PM_D3;
	bool reset = offset <= PCIE_DEVCTL + 1 && offset + len > PCIE_DEVCTL + 1 &&
		     (value >> (8 * (PCIE_DEVCTL + 1 - offset)) & (DEVCTL_FLR >> 8));

	if (dev->removed)
		return;
	dev->now = dev->host.now(dev->host.opaque);
	for (unsigned i = 0; i < len; i++) {
		uint8_t mask = writable_byte(dev, offset + i);
		uint8_t *byte = &dev->pci[offset + i];

		*byte = (uint8_t)((*byte & ~mask) | (value >> (8 * i) & mask));
	}
	if (offset <= VPD_ADDRESS + 1 && offset + len > VPD_ADDRESS + 1)
		access_vpd(dev);
	/* There is no No_Soft_Reset: on the way to D0 configuration space is reset, too. */
	if (reset || (asleep && !(dev->pci[PM_CSR] & 3)))
		i82599_reset(dev);
	nic_flush_pending_msix(dev);
	if (nic_bus_master(dev))
		nic_resume_dma(dev);
	i82599_run(dev);
}
