/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting and naming what a driver does wrong. */
#include "tools/i82599/defect.h"

#include <stdarg.h>
#include <stdio.h>

#include "tools/i82599/device.h"

static const char *const defect_names[DEFECT_KINDS] = {
	[DEFECT_ACCESS_SIZE] = "register-access-size",
	[DEFECT_EARLY_TAIL] = "tail-before-enable",
	[DEFECT_TAIL_RANGE] = "tail-outside-ring",
	[DEFECT_HEAD_WHILE_ENABLED] = "head-written-while-enabled",
	[DEFECT_RING_WHILE_ENABLED] = "ring-moved-while-enabled",
	[DEFECT_RING_BASE] = "ring-base",
	[DEFECT_RING_LENGTH] = "ring-length",
	[DEFECT_DESCRIPTOR_DMA] = "descriptor-outside-memory",
	[DEFECT_BUFFER_DMA] = "buffer-outside-memory",
	[DEFECT_BUS_MASTER_OFF] = "bus-master-off",
	[DEFECT_RX_DESCTYPE] = "rx-descriptor-type",
	[DEFECT_RX_BUFFER_SIZE] = "rx-buffer-size",
	[DEFECT_RX_CONFIG_WHILE_ENABLED] = "rx-config-while-enabled",
	[DEFECT_CRC_STRIP] = "crc-strip-disagrees",
	[DEFECT_RX_FRAME_OVER_RING] = "rx-frame-larger-than-ring",
	[DEFECT_TX_RESERVED_BITS] = "tx-reserved-bits",
	[DEFECT_TX_TYPE] = "tx-descriptor-type",
	[DEFECT_TX_NO_CONTEXT] = "tx-context-missing",
	[DEFECT_TX_CONTEXT_LENGTHS] = "tx-context-lengths",
	[DEFECT_TX_PAYLEN] = "tx-paylen",
	[DEFECT_TX_ZERO_LENGTH] = "tx-zero-length-buffer",
	[DEFECT_TX_FRAME_SIZE] = "tx-frame-size",
	[DEFECT_TX_DESCRIPTORS] = "tx-too-many-descriptors",
	[DEFECT_TX_NO_CRC] = "tx-without-ifcs",
	[DEFECT_TX_SCATTERED_LEGACY] = "tx-mixed-descriptors",
	[DEFECT_TE_MISSING] = "tx-queue-enabled-without-te",
	[DEFECT_MTQC_ARBITER] = "mtqc-without-arbdis",
	[DEFECT_MSIX_VECTOR] = "msix-vector-without-message",
	[DEFECT_HEAD_WRITE_BACK] = "tx-head-write-back",
	[DEFECT_BUFFERS_CLEARED] = "buffers-cleared-too-early",
	[DEFECT_RESET_ONCE] = "reset-once-with-requests",
	[DEFECT_MANAGEMENT_LINK] = "management-link-taken",
	[DEFECT_MANAGEMENT_VETO] = "management-veto-ignored",
	[DEFECT_SDP_DIRECTION] = "sdp-direction",
	[DEFECT_ADVICE_DCA_RXCTRL_BIT12] = "advice-dca-rxctrl-bit12",
	[DEFECT_ADVICE_UNKNOWN_REGISTER] = "advice-unknown-register-written",
	[DEFECT_ADVICE_NOT_MODELLED] = "advice-not-modelled",
	[DEFECT_ADVICE_TX_MSS] = "advice-tx-small-mss",
};

/* Kinds whose callers say each only once. */
static bool each_time(enum nic_defect kind)
{
	return kind == DEFECT_ADVICE_UNKNOWN_REGISTER || kind == DEFECT_ADVICE_NOT_MODELLED;
}

void nic_defect(struct i82599 *dev, enum nic_defect kind, const char *format, ...)
{
	char line[256];
	int used;
	va_list args;

	if (kind < DEFECT_ADVICE_DCA_RXCTRL_BIT12)
		dev->defect_total++;
	if ((dev->defects[kind]++ && !each_time(kind)) || !dev->host.log)
		return;
	used = snprintf(line, sizeof(line), "82599: driver defect %s: ", defect_names[kind]);
	va_start(args, format);
	vsnprintf(line + used, sizeof(line) - (size_t)used, format, args);
	va_end(args);
	dev->host.log(dev->host.opaque, line);
}

struct i82599_defects i82599_defects(const struct i82599 *dev)
{
	return (struct i82599_defects){
		.total = dev->defect_total, .by_kind = dev->defects, .kinds = DEFECT_KINDS};
}

const char *i82599_defect_name(unsigned kind)
{
	return kind < DEFECT_KINDS ? defect_names[kind] : "unknown";
}
