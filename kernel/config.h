/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration: boot module "config" (a text file), and words of the boot command line,
 * which override its [host] section. See docs/configuration.md.
 */
#ifndef SLUICE_KERNEL_CONFIG_H
#define SLUICE_KERNEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/pci/config.h"
#include "kernel/serial_setting.h"
#include "vio/coalescing.h"
#include "vio/vlan.h"

#define CONFIG_VMS_MOST      8
#define CONFIG_VCPUS_MOST    16
#define CONFIG_DEVICES_MOST  4
#define CONFIG_NAME_BYTES    32
#define CONFIG_CMDLINE_BYTES 2048 /* Linux's COMMAND_LINE_SIZE on x86 */

/* Room for any message of config_parse(). */
#define CONFIG_ERROR_BYTES 512

/* Processor features that "hide" pretends are missing. */
enum config_hide {
	HIDE_VMX = 1 << 0,
	HIDE_POSTED_INTERRUPTS = 1 << 1,
	HIDE_APICV = 1 << 2, /* virtual-interrupt delivery and APIC-register virtualization */
	HIDE_PREEMPTION_TIMER = 1 << 3,
	HIDE_X2APIC = 1 << 4,
	HIDE_UNRESTRICTED_GUEST = 1 << 5,
	HIDE_VPID = 1 << 6,
	HIDE_PAUSE_LOOP_EXITING = 1 << 7,
	HIDE_TSC_DEADLINE = 1 << 8, /* of the APIC's timer */
	HIDE_TPR_SHADOW = 1 << 9,
	HIDE_VIRTUAL_NMIS = 1 << 10,
	HIDE_EPT_2MB_PAGES = 1 << 11,
	HIDE_INVEPT_SINGLE = 1 << 12,
	HIDE_INVVPID_SINGLE = 1 << 13,
	HIDE_TRUE_CONTROLS = 1 << 14,
};

/* Faults that the self-test expects the lab to inject. */
enum config_fault {
	FAULT_LINK_DOWN = 1 << 0,
	FAULT_STALL_TX = 1 << 1,
	FAULT_STALL_RX = 1 << 2,
	FAULT_LOSE_INTERRUPT = 1 << 3,
	FAULT_CORRUPT_RX = 1 << 4,
	FAULT_CORRUPT_TX = 1 << 5,
	FAULT_DMA_ERROR = 1 << 6,
	FAULT_REMOVE = 1 << 7,
};

#define CONFIG_RESTARTS_ALWAYS  (-1)
#define CONFIG_RESTARTS_DEFAULT 5

enum config_when_done {
	WHEN_DONE_MONITOR,
	WHEN_DONE_POWEROFF
};

struct config_net {
	uint8_t mac[6];
	unsigned queues; /* queue pairs, 1 to 16 */
	bool any_source; /* may send from any address */
	struct vio_vlan_config vlans;
	uint64_t rate_tx, rate_rx; /* bits a second; 0: no limit */
};

struct config_vm {
	char name[CONFIG_NAME_BYTES];
	char kernel[CONFIG_NAME_BYTES]; /* name of a boot module */
	char initrd[CONFIG_NAME_BYTES]; /* name of a boot module, or empty */
	char cmdline[CONFIG_CMDLINE_BYTES];
	uint64_t memory_bytes; /* multiple of 2 MB */
	unsigned vcpus;
	int vcpu_core[CONFIG_VCPUS_MOST]; /* core of each vCPU; -1: chosen */
	unsigned weight;                  /* of its share of a core, 100: normal */
	bool console;                     /* its serial port is the host's console */
	bool meter;                       /* may have the host's counters logged */
	int restarts; /* in a row, of a VM that resets itself soon after its start */
	unsigned nets;
	struct config_net net[CONFIG_DEVICES_MOST];
};

/* Which 82599 is the uplink. */
struct config_card {
	enum config_card_by {
		CARD_ANY, /* the first that works */
		CARD_ADDRESS,
		CARD_MAC
	} by;
	struct pci_address address;
	uint8_t mac[6];
};

#define CONFIG_NODE_CHOSEN UINT32_MAX

struct config {
	struct config_card card;
	unsigned hw_queues;     /* of the card; 0: as many as backends */
	unsigned io_cores;      /* cores 0 to io_cores - 1 serve I/O only */
	unsigned shared_cores;  /* the next cores do both */
	unsigned backend_share; /* percent of a shared core, if guests want more, too */
	unsigned mtu;           /* of the uplink */
	unsigned node;          /* to take memory from; or CONFIG_NODE_CHOSEN */
	bool smt;               /* use all threads of a core */
	struct vio_vlan_config uplink_vlans;
	struct vio_coalescing coalescing; /* of guests' devices after a reset */
	uint32_t hide;                    /* enum config_hide */
	struct serial_setting serial;     /* the console's */
	unsigned log_level;               /* enum log_level */
	enum config_when_done when_done;  /* after the last VM has stopped */
	bool selftest;                    /* of the network card, instead of network and VMs */
	uint32_t selftest_faults;         /* enum config_fault: will be injected, in this order */
	unsigned vms;
	struct config_vm vm[CONFIG_VMS_MOST];
};

/* The configuration in force, all zero until it has been parsed. */
extern struct config host_config;

/*
 * Parses text (not zero-terminated), then the words of command_line. On a mistake returns -EINVAL
 * with a message naming place, what was found and what was expected in error (error_bytes;
 * CONFIG_ERROR_BYTES are enough).
 */
int config_parse(struct config *config, const char *text, size_t bytes, const char *command_line,
		 char *error, size_t error_bytes);

#endif
