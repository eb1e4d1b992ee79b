/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of the guest that packets are for: one that answers datagrams, one that takes a TCP
 * transfer. */
#ifndef SLUICE_TOOLS_BENCH_KVM_AGENT_SERVERS_H
#define SLUICE_TOOLS_BENCH_KVM_AGENT_SERVERS_H

/* Starts processes at the ports of echo (UDP, 7) and discard (TCP, 9), RFC 862 and 863. */
void servers_start(void);

#endif
