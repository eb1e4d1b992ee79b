/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape of the register table: what every register is, as data. */
#ifndef SLUICE_TOOLS_I82599_REGISTER_H
#define SLUICE_TOOLS_I82599_REGISTER_H

#include <stdint.h>

struct i82599;

enum nic_access {
	PLAIN,
	CLEARED_BY_READ
};

struct nic_register {
	const char *name;
	uint32_t offset, stride;
	uint16_t count;
	uint16_t first; /* number of the first element, as the hooks see it */
	uint32_t reset;
	uint32_t writable; /* bits stored by a write */
	enum nic_access access;
	/* Replaces the stored value; n is the element. */
	uint32_t (*read)(struct i82599 *dev, unsigned n);
	/* Called after the store with the value written and the one stored before. */
	void (*written)(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
};

extern const struct nic_register nic_register_table[];
extern const unsigned nic_register_kinds;

/* Hooks, by the file that owns the behaviour. */
uint32_t nic_read_status(struct i82599 *dev, unsigned n);
uint32_t nic_read_ctrl(struct i82599 *dev, unsigned n);
uint32_t nic_read_eec(struct i82599 *dev, unsigned n);
uint32_t nic_read_eerd(struct i82599 *dev, unsigned n);
uint32_t nic_read_rdrxctl(struct i82599 *dev, unsigned n);
uint32_t nic_read_secrxstat(struct i82599 *dev, unsigned n);
uint32_t nic_read_anlp1(struct i82599 *dev, unsigned n);
uint32_t nic_read_gssr(struct i82599 *dev, unsigned n);
void nic_secrxctrl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_gcr_ext_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_swsm_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_gssr_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
uint32_t nic_read_frtimer(struct i82599 *dev, unsigned n);
void nic_ctrl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);

uint32_t nic_read_swsm(struct i82599 *dev, unsigned n);
void nic_eerd_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eec_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);

uint32_t nic_read_esdp(struct i82599 *dev, unsigned n);
uint32_t nic_read_links(struct i82599 *dev, unsigned n);
void nic_link_control_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_esdp_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_autoc_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_corectl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_i2c_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_msca_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);

uint32_t nic_read_eicr(struct i82599 *dev, unsigned n);
uint32_t nic_read_eics(struct i82599 *dev, unsigned n);
uint32_t nic_read_eims(struct i82599 *dev, unsigned n);
uint32_t nic_read_eims_ex(struct i82599 *dev, unsigned n);
uint32_t nic_read_eitr(struct i82599 *dev, unsigned n);
void nic_eicr_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eics_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eics_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eims_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eims_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eimc_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eimc_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eiam_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eiam_ex_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_eitr_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_pbacl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);

void nic_rxctrl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rx_config_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_fdircmd_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_address_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_etqf_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rsskey_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);

uint32_t nic_read_rxdctl(struct i82599 *dev, unsigned n);
uint32_t nic_read_txdctl(struct i82599 *dev, unsigned n);
void nic_rxdctl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_txdctl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rdt_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_tdt_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rdh_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_tdh_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rx_bal_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rx_bah_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_rx_len_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_tx_bal_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_tx_bah_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_tx_len_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_mtqc_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);
void nic_dmatxctl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old);

#endif
