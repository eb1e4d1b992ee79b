/* SPDX-License-Identifier: BSD-2-Clause */
/* The register file: dispatch, aliases, and reset by the register table. */
#include "tools/i82599/register.h"

#include <string.h>

#include "tools/i82599/device.h"

/* Second addresses of register arrays (DS 8.2.2). */
static const struct {
	uint32_t from, from_stride, to, to_stride;
	unsigned count;
} aliases[] = {
	{0x00004, 4, R_CTRL, 4, 1},
	{0x02100, 4, R_RXQ + Q_SRRCTL, 0x40, 16},
	{0x02200, 4, R_RXQ + Q_DCA, 0x40, 16},
	{0x05400, 8, R_RAL, 8, 16},
	{0x05404, 8, R_RAH, 8, 16},
	{0x05480, 4, R_PSRTYPE, 4, 16},
	{0x0EB00, 4, R_RETA, 4, 32},
	{0x0EB80, 4, R_RSSRK, 4, 10},
	{0x0EC80, 4, R_MRQC, 4, 1},
	{0x06030, 0x40, R_QPTC, 4, 16},
	{0x11068, 4, R_PBACL, 4, 1},
};

void nic_map_registers(struct i82599 *dev)
{
	for (unsigned i = 0; i < NIC_REGISTERS; i++)
		dev->canonical[i] = (uint16_t)i;
	for (unsigned a = 0; a < sizeof(aliases) / sizeof(aliases[0]); a++) {
		for (unsigned n = 0; n < aliases[a].count; n++)
			dev->canonical[(aliases[a].from + n * aliases[a].from_stride) / 4] =
				(uint16_t)((aliases[a].to + n * aliases[a].to_stride) / 4);
	}
	for (unsigned k = 0; k < nic_register_kinds; k++) {
		const struct nic_register *r = &nic_register_table[k];

		for (unsigned n = 0; n < r->count; n++) {
			unsigned i = (r->offset + n * r->stride) / 4;

			dev->kind[i] = (uint16_t)(k + 1);
			dev->element[i] = (uint16_t)(r->first + n);
		}
	}
}

void nic_reset_registers(struct i82599 *dev)
{
	memset(dev->reg, 0, sizeof(dev->reg));
	for (unsigned k = 0; k < nic_register_kinds; k++) {
		const struct nic_register *r = &nic_register_table[k];

		for (unsigned n = 0; r->reset && n < r->count; n++)
			dev->reg[(r->offset + n * r->stride) / 4] = r->reset;
	}
}

uint32_t nic_read_register(struct i82599 *dev, uint32_t offset)
{
	unsigned i = dev->canonical[offset / 4];
	const struct nic_register *r;
	uint32_t value = dev->reg[i];

	if (!dev->kind[i])
		return value;
	r = &nic_register_table[dev->kind[i] - 1];
	if (r->read)
		return r->read(dev, dev->element[i]);
	if (r->access == CLEARED_BY_READ)
		dev->reg[i] = 0;
	return value;
}

/* Plain storage; each such register is logged once. */
static void write_unknown(struct i82599 *dev, unsigned i, uint32_t value)
{
	if (!dev->unknown_seen[i])
		nic_defect(dev, DEFECT_ADVICE_UNKNOWN_REGISTER, "%05x written with %08x", i * 4,
			   value);
	dev->unknown_seen[i] = true;
	dev->reg[i] = value;
}

void nic_write_register(struct i82599 *dev, uint32_t offset, uint32_t value)
{
	unsigned i = dev->canonical[offset / 4];
	const struct nic_register *r;
	uint32_t old = dev->reg[i];

	if (!dev->kind[i]) {
		write_unknown(dev, i, value);
		return;
	}
	r = &nic_register_table[dev->kind[i] - 1];
	dev->reg[i] = (old & ~r->writable) | (value & r->writable);
	if (r->written)
		r->written(dev, dev->element[i], value, old);
}
