/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that the driver is built for. */
#ifndef SLUICE_NET_COMPAT_H
#define SLUICE_NET_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* Fragments of pages need no flag any more. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define PP_FLAG_PAGE_FRAG 0
#endif

/* Arguments of get_rxfh() and set_rxfh() in a structure. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define SLUICE_RXFH_PARAM
#endif

#endif
