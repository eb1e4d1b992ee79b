/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt causes, masks, auto-clear, auto-mask and throttling (DS 7.3, 8.2.3.5). */
#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define ITR_UNIT        (2048 * I82599_PS_PER_NS) /* at 10 Gb/s */
#define ITR_INTERVAL(v) ((v) >> 3 & 0x1ff)
#define ITR_COUNTER(v)  (((v) >> 21 & 0x7f) << 2)
#define IVAR_VALID      0x80u
#define OTHER_CAUSES    0x7fff0000u

void nic_reset_interrupts(struct i82599 *dev)
{
	dev->vector_cause = dev->vector_mask = 0;
	dev->other_cause = dev->other_mask = 0;
	dev->itr_waiting = dev->unsent = 0;
	dev->cause_epoch++;
	dev->itr_next = NIC_NEVER;
	for (unsigned v = 0; v < NIC_VECTORS; v++)
		dev->itr_free[v] = 0;
}

static uint32_t *eitr(struct i82599 *dev, unsigned vector)
{
	return vector < 24 ? &dev->reg[R_EITR / 4 + vector]
			   : &dev->reg[R_EITR_HIGH / 4 + vector - 24];
}

static bool multiple_vectors(const struct i82599 *dev)
{
	return nic_reg(dev, R_GPIE) & GPIE_MSIX;
}

/* The vector of the causes in EICR bits 31:16, or -1. */
static int other_vector(const struct i82599 *dev, uint32_t causes)
{
	uint32_t misc = nic_reg(dev, R_IVAR_MISC);

	if (!multiple_vectors(dev))
		return 0;
	if (causes & ~CAUSE_TIMER && misc >> 8 & IVAR_VALID)
		return misc >> 8 & 0x3f;
	if (causes & CAUSE_TIMER && misc & IVAR_VALID)
		return misc & 0x3f;
	return -1;
}

static bool is_due(const struct i82599 *dev, unsigned vector)
{
	uint32_t other = dev->other_cause & dev->other_mask;
	uint64_t causes = dev->vector_cause & dev->vector_mask;

	if (other && other_vector(dev, other) == (int)vector)
		return true;
	return multiple_vectors(dev) ? causes >> vector & 1 : vector == 0 && causes;
}

/*
 * INTA is a level: asserted while a cause is there that is not masked (PCI 3.0 2.2.6). Not
 * throttled.
 */
void nic_update_line(struct i82599 *dev)
{
	const bool asserted = nic_intx_wanted(dev, !multiple_vectors(dev) && is_due(dev, 0));

	if (asserted == dev->line)
		return;
	dev->line = asserted;
	if (dev->host.intx)
		dev->host.intx(dev->host.opaque, asserted);
}

/* Auto-clear (EIAC) and auto-mask (EIAM) what the message of this vector stood for. */
static void auto_clear(struct i82599 *dev, unsigned vector)
{
	uint64_t bit = 1ull << vector;
	uint32_t eiac = nic_reg(dev, R_EIAC), eiam = nic_reg(dev, R_EIAM);
	uint64_t auto_mask = nic_reg(dev, R_EIAM_EX) | (uint64_t)nic_reg(dev, R_EIAM_EX + 4) << 32;
	uint32_t other = dev->other_cause & dev->other_mask;
	bool carries_other = other && other_vector(dev, other) == (int)vector;

	if (!multiple_vectors(dev))
		return;
	if (vector >= 16 || eiac & bit)
		dev->vector_cause &= ~bit;
	if (carries_other)
		dev->other_cause &= ~(other & eiac);
	if (!(nic_reg(dev, R_GPIE) & GPIE_EIAME))
		return;
	dev->vector_mask &= ~(bit & auto_mask);
	if (carries_other)
		dev->other_mask &= ~(other & eiam);
}

static void emit(struct i82599 *dev, unsigned vector)
{
	dev->itr_waiting &= ~(1ull << vector);
	if (!nic_send_msix(dev, vector)) {
		dev->unsent |= 1ull << vector;
		return;
	}
	dev->itr_free[vector] = dev->now + ITR_INTERVAL(*eitr(dev, vector)) * ITR_UNIT;
	auto_clear(dev, vector);
}

static void wait_for_itr(struct i82599 *dev, unsigned vector)
{
	dev->itr_waiting |= 1ull << vector;
	if (dev->itr_free[vector] < dev->itr_next)
		dev->itr_next = dev->itr_free[vector];
}

static void try_emit(struct i82599 *dev, unsigned vector, bool immediate)
{
	if (!is_due(dev, vector))
		return;
	if (!immediate && dev->now < dev->itr_free[vector])
		wait_for_itr(dev, vector);
	else
		emit(dev, vector);
}

static void try_vectors(struct i82599 *dev, uint64_t vectors, bool immediate)
{
	for (; vectors; vectors &= vectors - 1)
		try_emit(dev, (unsigned)__builtin_ctzll(vectors), immediate);
}

/* The throttle of at least one vector has run out. */
void nic_run_itr(struct i82599 *dev)
{
	uint64_t waiting = dev->itr_waiting;

	dev->itr_next = NIC_NEVER;
	for (; waiting; waiting &= waiting - 1) {
		unsigned v = (unsigned)__builtin_ctzll(waiting);

		dev->itr_waiting &= ~(1ull << v);
		try_emit(dev, v, false);
	}
}

/* Messages may flow again (MSI-X or bus mastering was enabled): send what could not be sent. */
void nic_retry_interrupts(struct i82599 *dev)
{
	uint64_t unsent = dev->unsent;

	dev->unsent = 0;
	try_vectors(dev, unsent, false);
}

static void raise_vectors(struct i82599 *dev, uint64_t causes, bool immediate)
{
	dev->vector_cause |= causes;
	try_vectors(dev, multiple_vectors(dev) ? causes : causes ? 1 : 0, immediate);
}

static void raise_other(struct i82599 *dev, uint32_t causes, bool immediate)
{
	int vector;

	dev->other_cause |= causes;
	causes &= dev->other_mask;
	vector = causes ? other_vector(dev, causes) : -1;
	if (vector >= 0)
		try_emit(dev, (unsigned)vector, immediate);
}

void nic_other_event(struct i82599 *dev, uint32_t cause)
{
	raise_other(dev, cause, false);
}

/*
 * Who sees a cause in EICR finds in memory what it stands for: completions of reads never pass the
 * card's writes (PCI Express 2.4). Where writes take time, the cause does, too.
 */
void nic_queue_event(struct i82599 *dev, unsigned queue, bool tx)
{
	uint32_t ivar = nic_reg(dev, R_IVAR + (queue >> 1) * 4) >> (16 * (queue & 1) + 8 * tx);
	unsigned vector = ivar & (NIC_VECTORS - 1);

	if (!(ivar & IVAR_VALID))
		return;
	if (!nic_dma_follow(dev, dev->cause_epoch * NIC_VECTORS + vector))
		raise_vectors(dev, 1ull << vector, false);
}

/* A cause from before a reset is none. */
void nic_cause_landed(struct i82599 *dev, unsigned what)
{
	const unsigned vector = what % NIC_VECTORS;

	if (what == dev->cause_epoch * NIC_VECTORS + vector)
		raise_vectors(dev, 1ull << vector, false);
}

uint32_t nic_read_eics(struct i82599 *dev, unsigned n)
{
	(void)n;
	return (uint32_t)(dev->vector_cause & 0xffff) | dev->other_cause;
}

/* Reading clears all, or with GPIE.OCD only bits 29:16. */
uint32_t nic_read_eicr(struct i82599 *dev, unsigned n)
{
	uint32_t value = nic_read_eics(dev, n);

	if (nic_reg(dev, R_GPIE) & GPIE_OCD) {
		dev->other_cause &= ~0x3fff0000u;
	} else {
		dev->other_cause = 0;
		dev->vector_cause &= ~0xffffull;
	}
	return value;
}

void nic_eicr_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	dev->vector_cause &= ~(uint64_t)(value & 0xffff);
	dev->other_cause &= ~value;
}

void nic_eics_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	bool immediate = nic_reg(dev, R_GPIE) & GPIE_EIMEN;

	(void)n, (void)old;
	raise_vectors(dev, value & 0xffff, immediate);
	raise_other(dev, value & OTHER_CAUSES, immediate);
}

void nic_eics_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)old;
	raise_vectors(dev, (uint64_t)value << (32 * n), nic_reg(dev, R_GPIE) & GPIE_EIMEN);
}

uint32_t nic_read_eims(struct i82599 *dev, unsigned n)
{
	(void)n;
	return (uint32_t)(dev->vector_mask & 0xffff) | dev->other_mask;
}

uint32_t nic_read_eims_ex(struct i82599 *dev, unsigned n)
{
	return (uint32_t)(dev->vector_mask >> (32 * n));
}

static void unmask_vectors(struct i82599 *dev, uint64_t vectors)
{
	uint64_t opened = vectors & ~dev->vector_mask;

	dev->vector_mask |= vectors;
	opened &= dev->vector_cause;
	try_vectors(dev, multiple_vectors(dev) ? opened : opened ? 1 : 0, false);
}

void nic_eims_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint32_t opened = value & OTHER_CAUSES & ~dev->other_mask & dev->other_cause;
	int vector = opened ? other_vector(dev, opened) : -1;

	(void)n, (void)old;
	dev->other_mask |= value & 0xffff0000u;
	if (vector >= 0)
		try_emit(dev, (unsigned)vector, false);
	unmask_vectors(dev, value & 0xffff);
}

void nic_eims_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)old;
	unmask_vectors(dev, (uint64_t)value << (32 * n));
}

void nic_eimc_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	dev->vector_mask &= ~(uint64_t)(value & 0xffff);
	dev->other_mask &= ~value;
}

void nic_eimc_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)old;
	dev->vector_mask &= ~((uint64_t)value << (32 * n));
}

/* EIAM bits 15:0 and EIAM_EX(0) bits 15:0 are the same bits. */
void nic_eiam_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint32_t *low = &dev->reg[R_EIAM_EX / 4];

	(void)n, (void)old;
	*low = (*low & ~0xffffu) | (value & 0xffff);
}

void nic_eiam_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint32_t *eiam = &dev->reg[R_EIAM / 4];

	(void)old;
	if (n == 0)
		*eiam = (*eiam & ~0xffffu) | (value & 0xffff);
}

uint32_t nic_read_eitr(struct i82599 *dev, unsigned n)
{
	i82599_time_t left = dev->itr_free[n] > dev->now ? dev->itr_free[n] - dev->now : 0;

	return *eitr(dev, n) | (uint32_t)(left / ITR_UNIT >> 2 & 0x7f) << 21;
}

/* Without CNT_WDIS the counter field replaces the running counter (DS 8.2.3.5.12). */
void nic_eitr_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)old;
	if (value & EITR_CNT_WDIS)
		return;
	dev->itr_free[n] = dev->now + ITR_COUNTER(value) * ITR_UNIT;
	if (dev->itr_waiting >> n & 1)
		try_emit(dev, n, false);
}

void nic_pbacl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)old;
	dev->msix_pba &= ~((uint64_t)value << (32 * n));
}
