/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of an emulated NIC and its wire, as key=value words. */
#ifndef SLUICE_TOOLS_WIRE_OPTIONS_H
#define SLUICE_TOOLS_WIRE_OPTIONS_H

#include "tools/i82599/i82599.h"
#include "tools/wire/fault_plan.h"
#include "tools/wire/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nic_options {
	uint16_t device_id; /* device=10fb (default) or 10f7 */
	uint8_t mac[6];     /* mac=52:54:00:12:34:56 (default) */
	bool bad_nvm;       /* bad_nvm=0 (default) or 1 */
	uint8_t pcie_lanes; /* pcie=x4@2.5: of the slot; 0: eight at 5 GT/s */
	bool pcie_slow;
	enum i82599_module module; /* module=passive (default), ...: i82599_module_name() */
	char counters[PATH_MAX];   /* counters=FILE, or empty */
	char control[PATH_MAX];    /* control=FIFO for faults, or empty */
	struct fault_plan faults;  /* fault=TIME:NAME..., again and again */
	/*
	 * wire=none (default), slirp, tap, generator, replay, peer, cross, echo; tap=IF;
	 * hostfwd=...; tftp=DIR; bootfile=NAME; pcap=FILE; spec=, the generator's or replay's
	 * settings or the peer's socket
	 */
	struct wire_config wire;
};

void nic_options_init(struct nic_options *options);

/* Takes one key=value. Returns 0, or -EINVAL with what was wrong and expected in `why`. */
int nic_options_parse(struct nic_options *options, const char *word, char *why, size_t why_len);

/* Checks that the options agree with each other, after the last one. Result as above. */
int nic_options_check(const struct nic_options *options, char *why, size_t why_len);

#ifdef __cplusplus
}
#endif

#endif
