/* SPDX-License-Identifier: BSD-2-Clause */
/* The SFP+ module's two-wire bus: its identification page can be read (SFF-8472). */
#include <string.h>

#include "tools/i82599/device.h"

/* What the slave is doing; ACKED: the master wants another byte. */
enum {
	IDLE,
	DEVICE,
	OFFSET,
	WRITE,
	READ,
	ACKED
};

#define MODULE_ADDRESS 0x50

static void begin_read_byte(struct nic_i2c *bus, const struct nic_module *module)
{
	bus->phase = READ;
	bus->shift = nic_module_byte(module, bus->address++);
	bus->bits = 0;
}

/* A whole byte has been clocked in: answer with an acknowledge or stay silent. */
static void byte_received(struct nic_i2c *bus)
{
	uint8_t byte = (uint8_t)bus->shift;

	bus->pull_low = true;
	if (bus->phase == DEVICE) {
		bus->reading = byte & 1;
		bus->pull_low = byte >> 1 == MODULE_ADDRESS;
	} else if (bus->phase == OFFSET) {
		bus->address = byte;
	}
	if (!bus->pull_low)
		bus->phase = IDLE;
	else if (bus->phase == DEVICE)
		bus->phase = bus->reading ? READ : OFFSET;
	else
		bus->phase = WRITE;
	bus->bits = 9;
}

static void clock_rises(struct nic_i2c *bus, bool sda)
{
	switch (bus->phase) {
	case DEVICE:
	case OFFSET:
	case WRITE:
		if (bus->bits < 8) {
			bus->shift = (bus->shift << 1 | sda) & 0xff;
			bus->bits++;
		}
		break;
	case READ:
		if (bus->bits == 8) /* the master's acknowledge */
			bus->phase = sda ? IDLE : ACKED;
		break;
	default:
		break;
	}
}

static void clock_falls(struct nic_i2c *bus, const struct nic_module *module)
{
	if (bus->phase == ACKED) {
		begin_read_byte(bus, module);
	} else if (bus->bits == 9) { /* end of our acknowledge */
		bus->bits = 0;
		bus->pull_low = false;
		if (bus->phase == READ)
			begin_read_byte(bus, module);
	} else if (bus->phase == READ) {
		bus->bits++;
	} else if (bus->bits == 8) {
		byte_received(bus);
		return;
	}
	if (bus->phase == READ)
		bus->pull_low = bus->bits < 8 && !(bus->shift >> (7 - bus->bits) & 1);
	else
		bus->pull_low = false;
}

/* The module's side: it has power since now. */
void nic_reset_i2c(struct i82599 *dev)
{
	memset(&dev->i2c, 0, sizeof(dev->i2c));
	dev->i2c.scl = dev->i2c.sda = true;
}

/* START or STOP: the line changes while the clock is high. It cannot while the module holds it. */
static bool is_condition(const struct nic_i2c *bus, bool scl, bool sda)
{
	return scl && bus->scl && sda != bus->sda && !bus->pull_low;
}

uint32_t nic_i2c_step(struct nic_i2c *bus, const struct nic_module *module, uint32_t value)
{
	bool scl = value & I2C_CLK_OUT, sda = value & I2C_DATA_OUT;

	if (module && is_condition(bus, scl, sda)) {
		bus->phase = sda ? IDLE : DEVICE;
		bus->bits = 0;
		bus->pull_low = false;
	} else if (module && scl && !bus->scl) {
		clock_rises(bus, sda);
	} else if (module && !scl && bus->scl && bus->phase != IDLE) {
		clock_falls(bus, module);
	} else if (!scl && bus->scl) {
		bus->pull_low = false;
	}
	bus->scl = scl;
	bus->sda = sda;
	value &= I2C_CLK_OUT | I2C_DATA_OUT;
	if (scl)
		value |= I2C_CLK_IN;
	if (sda && !bus->pull_low)
		value |= I2C_DATA_IN;
	return value;
}
