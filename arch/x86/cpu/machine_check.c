// SPDX-License-Identifier: BSD-2-Clause
/* Machine checks: arming a core's banks, and the report of what they say. */
#include "arch/x86/cpu/machine_check.h"

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/log.h"

#define IA32_MCG_CAP    0x179
#define MCG_CAP_COUNT   0xffu
#define MCG_CAP_CTL_P   (1ull << 8)
#define IA32_MCG_STATUS 0x17a
#define MCG_STATUS_MCIP (1ull << 2)
#define IA32_MCG_CTL    0x17b

#define IA32_MC_CTL(bank)    (0x400 + 4 * (bank))
#define IA32_MC_STATUS(bank) (0x401 + 4 * (bank))
#define IA32_MC_ADDR(bank)   (0x402 + 4 * (bank))
#define IA32_MC_MISC(bank)   (0x403 + 4 * (bank))

#define MC_STATUS_VALID    (1ull << 63)
#define MC_STATUS_OVERFLOW (1ull << 62)
#define MC_STATUS_UC       (1ull << 61)
#define MC_STATUS_MISCV    (1ull << 59)
#define MC_STATUS_ADDRV    (1ull << 58)
#define MC_STATUS_PCC      (1ull << 57)

#define BANKS_MOST      64 /* more have no MSRs below the x2APIC's */
#define KEPT_BANKS_MOST 4  /* of a core */

#define SIGNATURE_FAMILY(s) ((s) >> 8 & 0xf)
#define SIGNATURE_MODEL(s)  (((s) >> 4 & 0xf) | ((s) >> 12 & 0xf0))
#define MODEL_NEHALEM       0x1a

struct bank {
	unsigned number;
	uint64_t status, address, misc;
};

struct record {
	bool valid;
	uint64_t global; /* IA32_MCG_STATUS */
	unsigned valid_banks;
	struct bank bank[KEPT_BANKS_MOST]; /* the first of them */
};

static struct record records[CORES_MOST];

/* How many banks the running core has; 0 without the architecture. */
static unsigned bank_count(void)
{
	uint32_t needed = CPUID_1_EDX_MCE | CPUID_1_EDX_MCA;
	uint64_t capabilities;
	unsigned count;

	if ((cpuid_leaf(1, 0).edx & needed) != needed || !msr_probe(IA32_MCG_CAP, &capabilities))
		return 0;
	count = capabilities & MCG_CAP_COUNT;
	return count < BANKS_MOST ? count : BANKS_MOST;
}

static struct bank read_bank(unsigned number)
{
	struct bank bank = {.number = number, .status = msr_read(IA32_MC_STATUS(number))};

	if (bank.status & MC_STATUS_VALID) {
		if (bank.status & MC_STATUS_ADDRV)
			bank.address = msr_read(IA32_MC_ADDR(number));
		if (bank.status & MC_STATUS_MISCV)
			bank.misc = msr_read(IA32_MC_MISC(number));
	}
	return bank;
}

static const char *severity(uint64_t status)
{
	if (!(status & MC_STATUS_UC))
		return "corrected";
	return status & MC_STATUS_PCC ? "uncorrected, context corrupt" : "uncorrected";
}

/* What is left from before: reset keeps the banks, so that the next to boot can tell. */
static void log_left(const struct bank *bank)
{
	if (bank->status & MC_STATUS_VALID)
		log_warning("core %u: machine check from before this boot: bank %u status %016lx "
			    "address %lx misc %lx (%s)",
			    core_this()->id, bank->number, bank->status, bank->address, bank->misc,
			    severity(bank->status));
}

/* Before Nehalem bank 0's control aliases one that is the firmware's (SDM, "Initialization"). */
static bool has_own_control(unsigned bank)
{
	uint32_t signature = cpuid_leaf(1, 0).eax;

	return bank || SIGNATURE_FAMILY(signature) != 6 ||
	       SIGNATURE_MODEL(signature) >= MODEL_NEHALEM;
}

void machine_check_init_core(void)
{
	unsigned banks = bank_count();

	if (!banks)
		return;
	/* MCIP left set would turn the next #MC into a shutdown. */
	if (msr_read(IA32_MCG_STATUS))
		msr_write(IA32_MCG_STATUS, 0);
	if (msr_read(IA32_MCG_CAP) & MCG_CAP_CTL_P)
		msr_write(IA32_MCG_CTL, UINT64_MAX);
	for (unsigned i = 0; i < banks; i++) {
		struct bank bank = read_bank(i);

		log_left(&bank);
		if (has_own_control(i))
			msr_write(IA32_MC_CTL(i), UINT64_MAX);
		msr_write(IA32_MC_STATUS(i), 0);
	}
}

/* A core that has been stopped may take #MC afterwards. */
static bool tells_something(const struct record *record)
{
	return record->valid_banks || record->global & MCG_STATUS_MCIP;
}

void machine_check_record(void)
{
	struct record *record = &records[core_this()->id];
	unsigned banks = bank_count();

	if (!banks || (record->valid && tells_something(record)))
		return;
	record->global = msr_read(IA32_MCG_STATUS);
	record->valid_banks = 0; /* an NMI may have come in between, and ends here */
	for (unsigned i = 0; i < banks; i++) {
		struct bank bank = read_bank(i);

		if (!(bank.status & MC_STATUS_VALID))
			continue;
		if (record->valid_banks < KEPT_BANKS_MOST)
			record->bank[record->valid_banks] = bank;
		record->valid_banks++;
	}
	__atomic_store_n(&record->valid, true, __ATOMIC_RELEASE);
}

static void print_bank(unsigned core, const struct bank *bank)
{
	console_printf("core %u: bank %u: status %016lx address %lx misc %lx (%s%s)\n", core,
		       bank->number, bank->status, bank->address, bank->misc,
		       severity(bank->status),
		       bank->status & MC_STATUS_OVERFLOW ? ", others before it are lost" : "");
}

static void print_record(unsigned core, const struct record *record)
{
	console_printf("core %u: machine check: MCG_STATUS %lx, %u banks valid\n", core,
		       record->global, record->valid_banks);
	for (unsigned i = 0; i < record->valid_banks && i < KEPT_BANKS_MOST; i++)
		print_bank(core, &record->bank[i]);
}

void machine_check_print(void)
{
	for (unsigned i = 0; i < CORES_MOST; i++) {
		const struct record *record = &records[i];

		if (__atomic_load_n(&record->valid, __ATOMIC_ACQUIRE) && tells_something(record))
			print_record(i, record);
	}
}
