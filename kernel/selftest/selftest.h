/* SPDX-License-Identifier: BSD-2-Clause */
/* The network card's self-test, in place of the network: no guest and no VT-x needed. */
#ifndef SLUICE_KERNEL_SELFTEST_SELFTEST_H
#define SLUICE_KERNEL_SELFTEST_SELFTEST_H

/*
 * Finds the card and puts it through the checks of docs/ixgbe.md, in the thread of control. Logs a
 * line for each check, then how many passed, failed and were skipped. The card is stopped
 * afterwards.
 */
void selftest_run(void);

#endif
