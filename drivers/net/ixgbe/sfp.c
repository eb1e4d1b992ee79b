// SPDX-License-Identifier: BSD-2-Clause
/* Reading the EEPROM of an SFP+ module by I2C, whose lines software drives (I2CCTL). */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"

#define SFP_EEPROM_WRITE 0xA0
#define SFP_EEPROM_READ  0xA1
#define I2C_HALF_US      5 /* 100 kHz */
#define I2C_STRETCH_US   500

/* Sets the lines that we drive; released lines are pulled up. */
static void drive(struct ixgbe *dev, bool clock, bool data)
{
	uint32_t value = (clock ? I2CCTL_CLK_OUT : 0) | (data ? I2CCTL_DATA_OUT : 0);

	ixgbe_change(dev, IXGBE_I2CCTL, I2CCTL_CLK_OUT | I2CCTL_DATA_OUT, value);
	ixgbe_read(dev, IXGBE_STATUS); /* the write must arrive before the delay starts */
	sleep_us(I2C_HALF_US);         /* or longer: the bus has no lowest frequency */
}

static bool data_line(struct ixgbe *dev)
{
	return ixgbe_read(dev, IXGBE_I2CCTL) & I2CCTL_DATA_IN;
}

/* Raises the clock and waits for a module that stretches it. */
static int raise_clock(struct ixgbe *dev, bool data)
{
	drive(dev, true, data);
	for (unsigned waited = 0; waited < I2C_STRETCH_US; waited += I2C_HALF_US) {
		if (ixgbe_read(dev, IXGBE_I2CCTL) & I2CCTL_CLK_IN)
			return 0;
		sleep_us(I2C_HALF_US);
	}
	return -ETIMEDOUT;
}

/* A module that holds the data line would not see a START. */
static int send_start(struct ixgbe *dev)
{
	int err = raise_clock(dev, true);

	if (!err && !data_line(dev))
		err = -ETIMEDOUT;
	drive(dev, true, false);
	drive(dev, false, false);
	return err;
}

static void send_stop(struct ixgbe *dev)
{
	drive(dev, false, false);
	drive(dev, true, false);
	drive(dev, true, true);
}

static int send_byte(struct ixgbe *dev, uint8_t byte)
{
	bool acknowledged;
	int err;

	for (int bit = 7; bit >= 0; bit--) {
		bool data = byte & (1u << bit);

		drive(dev, false, data);
		err = raise_clock(dev, data);
		if (err)
			return err;
		drive(dev, false, data);
	}
	drive(dev, false, true);
	err = raise_clock(dev, true);
	acknowledged = !data_line(dev);
	drive(dev, false, true);
	if (err)
		return err;
	return acknowledged ? 0 : -ENODEV;
}

/* Receives a byte and does not acknowledge it: the last one. */
static int receive_byte(struct ixgbe *dev, uint8_t *byte)
{
	unsigned value = 0;

	for (int bit = 0; bit < 9; bit++) {
		int err;

		drive(dev, false, true);
		err = raise_clock(dev, true);
		if (err)
			return err;
		if (bit < 8)
			value = value << 1 | data_line(dev);
		drive(dev, false, true);
	}
	*byte = (uint8_t)value;
	return 0;
}

/*
 * A module that was left in the middle of a byte, as by a reset of the NIC, holds the data line
 * until it has had the rest of its clock pulses and is not acknowledged: 9 at most, as Linux's and
 * DPDK's drivers send them.
 */
static void clear_bus(struct ixgbe *dev)
{
	for (unsigned i = 0; i < 9; i++) {
		drive(dev, false, true);
		if (raise_clock(dev, true))
			return; /* it holds the clock, too */
	}
	drive(dev, false, true);
	send_start(dev);
	send_stop(dev);
}

int ixgbe_sfp_read(struct ixgbe *dev, uint8_t offset, uint8_t *value)
{
	int err = send_start(dev);

	if (!err)
		err = send_byte(dev, SFP_EEPROM_WRITE);
	if (!err)
		err = send_byte(dev, offset);
	if (!err)
		err = send_start(dev);
	if (!err)
		err = send_byte(dev, SFP_EEPROM_READ);
	if (!err)
		err = receive_byte(dev, value);
	if (err)
		clear_bus(dev);
	else
		send_stop(dev);
	return err;
}
