/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the emulated 82599: its state, and what its parts offer each other. */
#ifndef SLUICE_TOOLS_I82599_DEVICE_H
#define SLUICE_TOOLS_I82599_DEVICE_H

#include "tools/i82599/defect.h"
#include "tools/i82599/fifo.h"
#include "tools/i82599/i82599.h"
#include "tools/i82599/parse.h"
#include "tools/i82599/regs.h"

#define NIC_QUEUES     128
#define NIC_VECTORS    64
#define NIC_REGISTERS  (I82599_BAR0_BYTES / 4)
#define NIC_NEVER      UINT64_MAX
#define NIC_NVM_WORDS  4096
#define NIC_RING_CACHE 64 /* descriptors a queue holds on chip */
#define NIC_TSO_MAX    (256 * 1024)
#define NIC_FRAME_MAX  16383

/* A descriptor queue. Its registers are its state; rx and tx have them at the same offsets. */
struct nic_ring {
	uint32_t *regs; /* at Q_BAL; index with Q_x / 4 */
	unsigned queue;
	bool tx;
	bool stopped;     /* a DMA error or impossible ring ended it until re-enabled */
	bool stalled;     /* by an injected fault, until re-enabled */
	bool disabled;    /* by software, and not set up anew since */
	bool draining;    /* disabled, but accesses may be under way still */
	bool holding;     /* disabled with packets that no link takes, and no SWFLSH */
	unsigned corrupt; /* write-backs to be corrupted */
	uint64_t corrupt_mask;
	i82599_time_t ready_at; /* when ENABLE begins to read 1 */
	i82599_time_t idle_at;  /* when ENABLE begins to read 0 */
	unsigned cached;        /* descriptors prefetched, from head on */
	unsigned fetching;      /* descriptors on their way; 0: none */
	unsigned cache_at;      /* position of the first in the cache, a ring */
	uint64_t cache[NIC_RING_CACHE][2];
};

/* A transmit context (DS 7.2.3.2.3), decoded. */
struct nic_tx_context {
	bool valid;
	uint16_t vlan, ip_len, mac_len, mss;
	uint8_t l4_len, l4_type;
	bool ipv4;
};

struct nic_i2c {
	unsigned phase, bits, shift;
	uint8_t address;
	bool scl, sda, pull_low, reading;
};

/* The analog settings that the NVM has for modules. */
enum nic_settings {
	NIC_SETTINGS_CABLE,    /* passive copper */
	NIC_SETTINGS_LIMITING, /* whatever has a limiting receiver: optics, active cables */
};

struct nic_module {
	const char *name, *part;
	uint8_t connector, codes_10g, codes_1g, cable, cable_spec;
	enum nic_settings settings; /* that its signal needs */
	bool undemanding;           /* or those after power-on: iPXE loads none */
	bool two_rates, gigabit;
};

struct i82599 {
	struct i82599_host host;
	struct i82599_config config;
	i82599_time_t now; /* time of what is being done */
	i82599_time_t armed;
	uint8_t pci[I82599_CONFIG_BYTES];
	uint8_t vpd[128];

	uint32_t reg[NIC_REGISTERS];
	uint16_t canonical[NIC_REGISTERS]; /* aliases resolved */
	uint16_t kind[NIC_REGISTERS];      /* index into the register table + 1 */
	bool unknown_seen[NIC_REGISTERS];  /* logged as unknown */
	uint16_t element[NIC_REGISTERS];   /* index within the register array */

	uint16_t nvm[NIC_NVM_WORDS];
	uint32_t nvm_esdp, nvm_autoc, nvm_autoc2; /* as they were loaded from it */
	struct nic_i2c i2c;

	enum i82599_module module;
	bool rate_high;               /* RS0 */
	i82599_time_t module_settled; /* when its signal is good after a change of rate */
	uint8_t analog[256];          /* behind CORECTL, kept over software resets */
	uint8_t analog_used[256];     /* as the pipeline was last started with */

	bool carrier, link, link_latched_down;
	bool light; /* our own */

	uint64_t vector_cause, vector_mask; /* EICR/EIMS bits 15:0 and beyond, by vector */
	uint32_t other_cause, other_mask;   /* EICR/EIMS bits 31:16 */
	uint64_t itr_waiting;               /* vectors held back by their throttle */
	uint64_t unsent;                    /* vectors whose message could not be sent */
	unsigned cause_epoch;               /* resets so far */
	i82599_time_t itr_next;
	i82599_time_t itr_free[NIC_VECTORS];
	uint32_t msix_table[NIC_VECTORS][4];
	uint64_t msix_pba;
	bool line; /* INTA is asserted */

	struct nic_ring rx[NIC_QUEUES], tx[NIC_QUEUES];
	struct nic_tx_context context[NIC_QUEUES][2];
	uint64_t tx_active[2];
	unsigned tx_last;
	i82599_time_t tx_done; /* when the frame on the wire has left */
	i82599_time_t tx_line_free;
	uint32_t tx_buffered; /* bytes in the Tx packet buffer */
	struct nic_fifo tx_fifo;
	uint8_t *gather;
	unsigned tx_waiting; /* queue whose read is on its way, NIC_QUEUES: none */
	unsigned gathered;   /* its packet's descriptors whose data is in `gather` */
	uint32_t gathered_bytes;

	i82599_time_t rx_line_free;
	uint32_t wire_frames;
	struct nic_fifo wire_fifo; /* frames on their way here */
	struct nic_fifo rx_fifo;   /* the receive packet buffer */
	uint32_t rx_buffered;

	unsigned rar_count;
	uint8_t rar_active[NIC_QUEUES];
	unsigned etqf_active;
	bool rss_stale;
	uint32_t rss_table[36][256];

	i82599_time_t takes[I82599_WAITS]; /* what a driver waits for: wait.c */
	i82599_time_t waits_until[I82599_WAITS];
	i82599_time_t master_off_at; /* when GIO_DIS was set */
	uint32_t reset_bits;         /* of CTRL, as last written */
	uint32_t firmware_locks;     /* GSSR's bits that the firmware has meanwhile */
	bool reset_once;             /* with requests outstanding: another one is due */
	enum i82599_management management;
	bool removed; /* injected faults: fault.c */
	bool dma_failed;
	unsigned fail_dma;
	unsigned lose_messages[NIC_VECTORS];

	struct i82599_wire_counts counts;
	unsigned unmodelled_seen; /* what has been said, by enum nic_unmodelled */
	uint64_t defect_total;
	uint64_t defects[DEFECT_KINDS];
};

/* device.c */
void nic_soft_reset(struct i82599 *dev);
bool nic_dma_allowed(struct i82599 *dev);
void nic_resume_dma(struct i82599 *dev);

/* fault.c */
bool nic_dma_read(struct i82599 *dev, uint64_t address, void *buf, size_t len);
bool nic_dma_write(struct i82599 *dev, uint64_t address, const void *buf, size_t len);
bool nic_dma_waits(const struct i82599 *dev);
bool nic_dma_busy(const struct i82599 *dev);
bool nic_dma_follow(const struct i82599 *dev, unsigned what);
void nic_dma_forget(struct i82599 *dev);
void nic_dma_error(struct i82599 *dev, struct nic_ring *ring, enum nic_defect kind,
		   uint64_t address);
uint64_t nic_corruption(struct i82599 *dev, struct nic_ring *ring);
bool nic_message_lost(struct i82599 *dev, unsigned vector);

/* register.c: the register file and its table */
void nic_map_registers(struct i82599 *dev);
void nic_reset_registers(struct i82599 *dev);
uint32_t nic_read_register(struct i82599 *dev, uint32_t offset);
void nic_write_register(struct i82599 *dev, uint32_t offset, uint32_t value);
static inline uint32_t nic_reg(const struct i82599 *dev, uint32_t offset)
{
	return dev->reg[offset / 4];
}

/* config.c */
void nic_reset_config(struct i82599 *dev);
bool nic_memory_enabled(const struct i82599 *dev);
bool nic_bus_master(const struct i82599 *dev);
bool nic_msix_enabled(const struct i82599 *dev);
bool nic_msix_masked(const struct i82599 *dev);
bool nic_intx_wanted(struct i82599 *dev, bool pending);
bool nic_msi_message(const struct i82599 *dev, uint64_t *address, uint32_t *data);

/* unmodelled.c */
enum nic_unmodelled {
	NIC_NO_POOLS,
	NIC_NO_FIVE_TUPLES,
	NIC_NO_SYN_FILTER,
	NIC_NO_FLOW_DIRECTOR,
	NIC_NO_RSC,
	NIC_NO_HEADER_SPLIT,
	NIC_NO_TIME_STAMPS,
	NIC_NO_IPSEC,
	NIC_NO_NVM_WRITE,
	NIC_UNMODELLED
};
void nic_not_modelled(struct i82599 *dev, enum nic_unmodelled what);
void nic_check_switches(struct i82599 *dev);

/* vpd.c */
void nic_build_vpd(struct i82599 *dev);
uint32_t nic_vpd_read(const struct i82599 *dev, unsigned address);

/* nvm.c */
void nic_build_nvm(struct i82599 *dev);
void nic_load_nvm(struct i82599 *dev);
/* CORECTL values, ended by FFFF. */
const uint16_t *nic_nvm_settings(const struct i82599 *dev, enum nic_settings settings);

/* firmware.c */
void nic_update_firmware(struct i82599 *dev);
void nic_link_taken(struct i82599 *dev, const char *how);
void nic_check_veto(struct i82599 *dev, uint32_t autoc);

/* wait.c */
i82599_time_t nic_wait_end(const struct i82599 *dev, enum i82599_wait wait, i82599_time_t usual);
void nic_wait_begin(struct i82599 *dev, enum i82599_wait wait);
bool nic_waits(const struct i82599 *dev, enum i82599_wait wait);
void nic_set_wait(struct i82599 *dev, enum i82599_wait wait, unsigned us);
void nic_reset_waits(struct i82599 *dev);
bool nic_requests_outstanding(const struct i82599 *dev, i82599_time_t now);

/* link.c */
void nic_reset_link(struct i82599 *dev);
void nic_update_link(struct i82599 *dev);
bool nic_loopback(const struct i82599 *dev);
i82599_time_t nic_ps_per_byte(const struct i82599 *dev);
void nic_module_has_settled(struct i82599 *dev);

/* module.c */
const struct nic_module *nic_module(const struct i82599 *dev);
uint8_t nic_module_byte(const struct nic_module *module, uint8_t offset);
void nic_update_rate(struct i82599 *dev);
void nic_tune_module(struct i82599 *dev);
/* True if the driver has done all that the module's signal needs to get through. */
bool nic_module_receives(const struct i82599 *dev);

/* i2c.c */
void nic_reset_i2c(struct i82599 *dev);
/* Apply the outputs in value and return the register with its inputs; no module: NULL. */
uint32_t nic_i2c_step(struct nic_i2c *bus, const struct nic_module *module, uint32_t value);

/* interrupt.c */
void nic_reset_interrupts(struct i82599 *dev);
void nic_queue_event(struct i82599 *dev, unsigned queue, bool tx);
void nic_cause_landed(struct i82599 *dev, unsigned what);
void nic_other_event(struct i82599 *dev, uint32_t cause);
void nic_run_itr(struct i82599 *dev);
void nic_retry_interrupts(struct i82599 *dev);
void nic_update_line(struct i82599 *dev);

/* msix.c */
bool nic_send_msix(struct i82599 *dev, unsigned vector);
void nic_flush_pending_msix(struct i82599 *dev);
uint32_t nic_msix_read(struct i82599 *dev, uint32_t offset);
void nic_msix_write(struct i82599 *dev, uint32_t offset, uint32_t value);

/* ring.c */
bool nic_ring_usable(const struct i82599 *dev, const struct nic_ring *ring);
unsigned nic_ring_count(const struct nic_ring *ring);
unsigned nic_ring_available(const struct nic_ring *ring);
const uint64_t *nic_ring_peek(struct i82599 *dev, struct nic_ring *ring, unsigned ahead);
uint64_t nic_ring_head_address(const struct nic_ring *ring);
void nic_ring_consume(struct nic_ring *ring);
void nic_ring_control_written(struct i82599 *dev, struct nic_ring *ring, uint32_t written,
			      uint32_t old);
bool nic_ring_tail_written(struct i82599 *dev, struct nic_ring *ring, uint32_t old);
void nic_ring_check(struct i82599 *dev, struct nic_ring *ring);

/* rx.c */
void nic_rx_arrive(struct i82599 *dev, const uint8_t *frame, uint32_t len, bool loopback);
void nic_rx_drain(struct i82599 *dev);

/* rx_filter.c */
bool nic_filter_accepts(struct i82599 *dev, const struct nic_parsed *p, const uint8_t *frame);
void nic_update_addresses(struct i82599 *dev);
void nic_update_ethertypes(struct i82599 *dev);

/* rss.c */
uint32_t nic_rss_hash(struct i82599 *dev, const struct nic_parsed *p, const uint8_t *frame,
		      unsigned *type);
unsigned nic_rss_queue(const struct i82599 *dev, uint32_t hash);

/* tx.c */
void nic_tx_run(struct i82599 *dev);
void nic_tx_link_changed(struct i82599 *dev);
void nic_tx_depart(struct i82599 *dev);
bool nic_tx_enqueue(struct i82599 *dev, unsigned queue, const uint8_t *frame, uint32_t len,
		    const uint16_t *vlan);

/* offload.c */
void nic_insert_checksums(uint8_t *frame, uint32_t len, const struct nic_tx_context *ctx, bool ip,
			  bool l4);
bool nic_segment(struct i82599 *dev, unsigned queue, uint8_t *packet, uint32_t len,
		 const struct nic_tx_context *ctx, uint64_t q1);

/* stats.c */
void nic_count(struct i82599 *dev, uint32_t offset, uint32_t n);
void nic_count_bytes(struct i82599 *dev, uint32_t offset, uint32_t n);
void nic_count_rx(struct i82599 *dev, const uint8_t *frame, uint32_t len);
void nic_count_tx(struct i82599 *dev, const uint8_t *frame, uint32_t len);

/* wire.c */
i82599_time_t nic_wire_time(const struct i82599 *dev, uint32_t len);
bool nic_wire_accept(struct i82599 *dev, const uint8_t *frame, uint32_t len, i82599_time_t start);
void nic_wire_arrive(struct i82599 *dev);

#endif
