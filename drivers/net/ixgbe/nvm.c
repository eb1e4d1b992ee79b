// SPDX-License-Identifier: BSD-2-Clause
/* The card's non-volatile memory: words of 16 bits, read through EERD. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define READ_US            500000 /* as Linux's and DPDK's drivers */
#define NVM_POINTERS_FIRST 0x03
#define NVM_POINTERS_LAST  0x0E
#define NVM_CHECKSUM       0x3F
#define NVM_SUM            0xBABA
#define NVM_NO_POINTER     0xFFFF

int ixgbe_nvm_init(struct ixgbe *dev)
{
	uint32_t eec = ixgbe_read(dev, IXGBE_EEC);

	if (ixgbe_is_gone(dev, eec))
		return -ENODEV;
	if (!(eec & EEC_PRES)) {
		log_error("%s: EEC is 0x%08x: the card has no NVM", dev->netdev.name, eec);
		return -EIO;
	}
	dev->nvm_words = EEC_WORDS(eec);
	return 0;
}

int ixgbe_nvm_read(struct ixgbe *dev, uint32_t word, uint16_t *value)
{
	uint32_t eerd;
	int err;

	if (word >= dev->nvm_words) {
		log_error("%s: NVM word 0x%x is beyond its %u words", dev->netdev.name, word,
			  dev->nvm_words);
		return -ERANGE;
	}
	ixgbe_write(dev, IXGBE_EERD, EERD_ADDRESS(word) | EERD_START);
	err = ixgbe_wait_for(dev, &(struct ixgbe_wait){"EERD.DONE 1", IXGBE_EERD, EERD_DONE,
						       EERD_DONE, READ_US, 5});
	if (err)
		return err;
	eerd = ixgbe_read(dev, IXGBE_EERD);
	if (ixgbe_is_gone(dev, eerd))
		return -ENODEV;
	*value = EERD_DATA(eerd);
	return 0;
}

/*
 * Adds the words of the section at pointer. Its first word is their count, which is not summed
 * itself: so Linux's and DPDK's drivers do.
 */
static int add_section(struct ixgbe *dev, uint16_t pointer, uint16_t *sum)
{
	uint16_t count, value;
	int err = ixgbe_nvm_read(dev, pointer, &count);

	if (err || count == 0 || count == NVM_NO_POINTER)
		return err;
	for (uint32_t word = pointer + 1u; word <= (uint32_t)pointer + count; word++) {
		err = ixgbe_nvm_read(dev, word, &value);
		if (err)
			return err;
		*sum += value;
	}
	return 0;
}

/* The firmware's section, to which the word behind the last pointer leads, is not part of it. */
static int checksum(struct ixgbe *dev, uint16_t *sum)
{
	*sum = 0;
	for (uint32_t word = 0; word < NVM_CHECKSUM; word++) {
		uint16_t value;
		int err = ixgbe_nvm_read(dev, word, &value);

		if (err)
			return err;
		*sum += value;
		if (word < NVM_POINTERS_FIRST || word > NVM_POINTERS_LAST || value == 0 ||
		    value == NVM_NO_POINTER)
			continue;
		err = add_section(dev, value, sum);
		if (err)
			return err;
	}
	return 0;
}

int ixgbe_nvm_verify(struct ixgbe *dev)
{
	uint16_t sum = 0, found = 0;
	int err = ixgbe_acquire(dev, GSSR_EEPROM);

	if (err)
		return err;
	err = checksum(dev, &sum);
	if (!err)
		err = ixgbe_nvm_read(dev, NVM_CHECKSUM, &found);
	ixgbe_release(dev, GSSR_EEPROM);
	if (err)
		return err == -ENODEV ? err : -EIO;
	if (found == (uint16_t)(NVM_SUM - sum))
		return 0;
	log_error("%s: NVM checksum (word 0x3f) is 0x%04x, expected 0x%04x: card not used",
		  dev->netdev.name, found, (uint16_t)(NVM_SUM - sum));
	return -EIO;
}
