/* SPDX-License-Identifier: BSD-2-Clause */
/* The SFP+ module's two-wire bus: a passive copper cable's identification page (SFF-8472). */
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

static uint8_t module_byte(uint8_t offset)
{
	static const uint8_t page[] = {
		[0] = 0x03, /* SFP */
		[1] = 0x04, /* two-wire identification */
		[2] = 0x21, /* copper pigtail */
		[8] = 0x04, /* passive cable */
		[12] = 103, /* 10.3 Gb/s */
		[18] = 1,   /* metres */
		[20] = 'S', 'l', 'u', 'i', 'c', 'e', ' ',         ' ',  ' ',  ' ',
		' ',        ' ', ' ', ' ', ' ', ' ', [37] = 0x00, 0x1b, 0x21, /* vendor OUI */
		[40] = 'L', 'A', 'B', '-', 'D', 'A', 'C',         ' ',  ' ',  ' ',
		' ',        ' ', ' ', ' ', ' ', ' ',
	};

	return offset < sizeof(page) ? page[offset] : 0;
}

static void begin_read_byte(struct nic_i2c *bus)
{
	bus->phase = READ;
	bus->shift = module_byte(bus->address++);
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

static void clock_falls(struct nic_i2c *bus)
{
	if (bus->phase == ACKED) {
		begin_read_byte(bus);
	} else if (bus->bits == 9) { /* end of our acknowledge */
		bus->bits = 0;
		bus->pull_low = false;
		if (bus->phase == READ)
			begin_read_byte(bus);
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

/* Apply the outputs in value and return the register with its inputs. */
uint32_t nic_i2c_step(struct nic_i2c *bus, bool module, uint32_t value)
{
	bool scl = value & I2C_CLK_OUT, sda = value & I2C_DATA_OUT;

	if (module && scl && bus->scl && sda != bus->sda) { /* START or STOP */
		bus->phase = sda ? IDLE : DEVICE;
		bus->bits = 0;
		bus->pull_low = false;
	} else if (module && scl && !bus->scl) {
		clock_rises(bus, sda);
	} else if (module && !scl && bus->scl && bus->phase != IDLE) {
		clock_falls(bus);
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
