/* SPDX-License-Identifier: BSD-2-Clause */
/* The emulated Intel 82599: a C library without an emulator in it. */
#ifndef SLUICE_TOOLS_I82599_I82599_H
#define SLUICE_TOOLS_I82599_I82599_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct i82599;

/* Simulated time in picoseconds: 10 Gb/s is exactly 100 ps a bit. */
typedef uint64_t i82599_time_t;

#define I82599_PS_PER_NS 1000ull
#define I82599_PS_PER_US 1000000ull

/* Sizes of the memory BARs; other BARs do not exist. */
#define I82599_BAR0_BYTES 0x20000u
#define I82599_BAR4_BYTES 0x4000u
/* Of configuration space; a host without PCI Express's extended one has the first 256. */
#define I82599_CONFIG_BYTES 4096u

/*
 * What the host of the library (Bochs plugin, vfio-user server, unit test)
 * provides. All callbacks are called on the thread that called the library,
 * and may not call back into it, except `now`.
 */
struct i82599_host {
	void *opaque;
	/* Bus-master access of len bytes at bus address addr. False: no memory there (master
	 * abort). */
	bool (*dma_read)(void *opaque, uint64_t addr, void *buf, size_t len);
	bool (*dma_write)(void *opaque, uint64_t addr, const void *buf, size_t len);
	/*
	 * For a host whose accesses take time; else the four are NULL. Whether the dma_read() that
	 * was just refused is on its way: it is repeated, the same, at i82599_dma_arrived() or
	 * before. Whether any access is under way. No read on its way is wanted any more. And:
	 * whether writes are under way; then i82599_dma_landed() is called with `what` when they
	 * have landed.
	 */
	bool (*dma_waits)(void *opaque);
	bool (*dma_busy)(void *opaque);
	void (*dma_forget)(void *opaque);
	bool (*dma_follow)(void *opaque, unsigned what);
	/* Deliver one MSI-X message. */
	void (*msix)(void *opaque, uint64_t address, uint32_t data);
	/* INTA is asserted, or not any more; NULL: the line leads nowhere. */
	void (*intx)(void *opaque, bool asserted);
	/* The current simulated time; never decreases. */
	i82599_time_t (*now)(void *opaque);
	/* Ask for i82599_run() at time t, or as soon after as possible. A later call replaces it.
	 */
	void (*wake_at)(void *opaque, i82599_time_t t);
	/* A frame (without CRC, at least 60 bytes) has left the port; the wire may keep no pointer
	 * to it. */
	void (*transmit)(void *opaque, const void *frame, size_t len);
	/*
	 * The port's own light went on or off: what a partner's carrier is. On at power-on; may be
	 * NULL.
	 */
	void (*light)(void *opaque, bool on);
	/* One line for the emulator's log, without a newline. */
	void (*log)(void *opaque, const char *line);
};

/* What may be in the SFP+ cage. What each needs of its driver: see docs/82599-model.md. */
enum i82599_module {
	I82599_PASSIVE_CABLE, /* direct-attach copper */
	I82599_ACTIVE_CABLE,  /* copper with linear amplifiers */
	I82599_LIMITING_CABLE,
	I82599_OPTICAL_CABLE,
	I82599_SR,
	I82599_LR,
	I82599_SR_SX, /* of two rates, 10 and 1 Gb/s */
	I82599_LR_LX,
	I82599_10GBASE_T, /* has no code of its own in SFF-8472 */
	I82599_NO_CODES,
	I82599_SX, /* 1 Gb/s */
	I82599_LX,
	I82599_1000BASE_T,
	I82599_NO_MODULE,
	I82599_MODULES
};
const char *i82599_module_name(enum i82599_module module);

struct i82599_config {
	uint16_t device_id;        /* 0x10fb SFP+, or 0x10f7 KX4 */
	uint8_t mac[6];            /* permanent address, put into the NVM */
	bool bad_nvm_checksum;     /* make the NVM checksum wrong */
	bool wide_bars;            /* 64-bit prefetchable BARs, as on an X520, not 32-bit ones */
	enum i82599_module module; /* in the cage at first */
	bool partner_1g;           /* the far end has 1 Gb/s, not 10, whatever is in the cage */
	bool no_tx_disable;        /* SDP3 is an input, led to something else than TX_DISABLE */
	bool no_cage_sense;        /* SDP2 is not led to the cage, and the NVM says so */
	bool crosstalk;            /* LINKS shows a link while the cage is empty */
	uint8_t pcie_lanes;        /* of the slot: 1, 2, 4 or 8; 0: 8 */
	bool pcie_slow;            /* the slot has 2.5 GT/s, not 5 */
	uint8_t link_mode;         /* backplane: AUTOC.LMS in the NVM, 1 to 7; 0: 4, KX4/KX/KR */
};

/* Defects of a driver that strict checking counts; see i82599_defect_name(). */
struct i82599_defects {
	uint64_t total;
	const uint64_t *by_kind; /* indexed by kind */
	unsigned kinds;
};

/* Returns NULL without memory. The host and config are copied. */
struct i82599 *i82599_create(const struct i82599_config *config, const struct i82599_host *host);
void i82599_destroy(struct i82599 *dev);

/* Power-on reset: everything but the NVM and the wire's carrier. */
void i82599_reset(struct i82599 *dev);

/*
 * PCI configuration space; offset + len <= I82599_CONFIG_BYTES, len 1, 2 or 4, naturally aligned.
 */
uint32_t i82599_config_read(struct i82599 *dev, unsigned offset, unsigned len);
void i82599_config_write(struct i82599 *dev, unsigned offset, unsigned len, uint32_t value);

/* Access to BAR 0 or BAR 4, len 1, 2, 4 or 8 bytes; anything else counts as a driver defect. */
uint64_t i82599_bar_read(struct i82599 *dev, unsigned bar, uint32_t offset, unsigned len);
void i82599_bar_write(struct i82599 *dev, unsigned bar, uint32_t offset, unsigned len,
		      uint64_t value);

/*
 * For a host that keeps the MSI-X table itself and only tells where messages go: sets one entry,
 * vector 0 to 63, and sends what was pending if the mask is lifted. A reset masks all entries.
 */
void i82599_set_vector(struct i82599 *dev, unsigned vector, uint64_t address, uint32_t data,
		       bool masked);

/*
 * Offer a frame from the wire (14 to 16383 bytes without CRC; runts are padded to 60). Reception
 * is paced at line rate: frames queue on the wire. Returns false when the wire's backlog is full
 * (the sender should try again after i82599_wire_free_at()).
 */
bool i82599_receive(struct i82599 *dev, const void *frame, size_t len);

/*
 * The same for a frame whose first bit (of the preamble) is on the wire at `start`, or as soon as
 * the wire is free. `start` may be ahead of now(), or behind it: a frame that should have arrived
 * by now arrives at once. Frames are offered in the order of their starts.
 */
bool i82599_receive_at(struct i82599 *dev, const void *frame, size_t len, i82599_time_t start);
i82599_time_t i82599_wire_free_at(const struct i82599 *dev);

/* The partner's carrier; off at power-on. */
void i82599_set_carrier(struct i82599 *dev, bool on);

/* Takes out what is in the cage, and puts this in. */
void i82599_set_module(struct i82599 *dev, enum i82599_module module);

/*
 * The time of what the library is doing, to the picosecond: within a callback now() may be later.
 */
i82599_time_t i82599_event_time(const struct i82599 *dev);

/* What management firmware (a baseboard controller's side band) does with the port. */
enum i82599_management {
	I82599_UNMANAGED,
	I82599_PASS_THROUGH, /* it has traffic of its own */
	I82599_VETO,         /* and forbids changes of the link */
	I82599_MANAGEMENTS
};

/* What a driver has to wait for. */
enum i82599_wait {
	I82599_WAIT_RESET,      /* CTRL.RST and LNK_RST to clear */
	I82599_WAIT_MASTER,     /* STATUS.GIO and DeviceStatus.TransactionsPending after GIO_DIS */
	I82599_WAIT_NVM_LOADED, /* EEC.ARD after a reset */
	I82599_WAIT_NVM_READ,   /* EERD.DONE */
	I82599_WAIT_DMA_READY,  /* RDRXCTL.DMAIDONE after a reset */
	I82599_WAIT_RX_ENABLE,  /* RXDCTL.ENABLE and TXDCTL.ENABLE, either way */
	I82599_WAIT_RX_DISABLE,
	I82599_WAIT_TX_ENABLE,
	I82599_WAIT_TX_DISABLE,
	I82599_WAIT_SECRX,     /* SECRXSTAT.RDY after RX_DIS */
	I82599_WAIT_AUTONEG,   /* ANLP1's state after a restart */
	I82599_WAIT_SEMAPHORE, /* SWSM.SWESMBI, which the firmware has from now on */
	I82599_WAIT_FIRMWARE,  /* GSSR, whose firmware's bits are set from now on */
	I82599_WAITS
};

#define I82599_FOR_EVER UINT32_MAX

const char *i82599_wait_name(enum i82599_wait wait);

/* What can be made to go wrong. */
enum i82599_fault_kind {
	I82599_LINK_DOWN, /* the partner's carrier */
	I82599_LINK_UP,
	I82599_STALL_RX, /* queue `index` stands still until it is re-enabled or reset */
	I82599_STALL_TX,
	I82599_LOSE_INTERRUPT, /* the next `count` messages of vector `index` get lost */
	I82599_CORRUPT_RX,     /* `mask` is XORed into the second quadword of the next `count` */
	I82599_CORRUPT_TX,     /* write-backs of queue `index`; 0: the length (rx), DD (tx) */
	I82599_DMA_ERROR,      /* the next `count` DMA accesses are not completed */
	I82599_BAD_NVM,        /* the NVM's checksum is wrong from now on */
	I82599_GOOD_NVM,
	/* What a driver waits for, `index` (i82599_wait), takes `count` microseconds from now on;
	 * 0: as usual, I82599_FOR_EVER. */
	I82599_SLOW,
	I82599_MANAGE, /* the firmware's use of the port from now on: `index`, i82599_management */
	I82599_REMOVE, /* the card is gone: all reads give ones, nothing is answered */
	I82599_INSERT, /* it is back, as after power-on */
	I82599_FAULTS
};

struct i82599_fault {
	enum i82599_fault_kind kind;
	unsigned index; /* queue 0 to 127 or vector 0 to 63 */
	unsigned count;
	uint64_t mask;
};

/*
 * Makes something go wrong, now; what follows is no defect of the driver's. A later fault of the
 * same kind and index replaces an earlier one. False: the index is out of range.
 */
bool i82599_inject(struct i82599 *dev, const struct i82599_fault *fault);
const char *i82599_fault_name(enum i82599_fault_kind kind);

/* Something that dma_read() had to wait for is there. */
void i82599_dma_arrived(struct i82599 *dev);
/* All writes have landed that were under way when dma_follow() was told `what`. */
void i82599_dma_landed(struct i82599 *dev, unsigned what);

/* Let all that is due at now() happen. */
void i82599_run(struct i82599 *dev);

struct i82599_defects i82599_defects(const struct i82599 *dev);
const char *i82599_defect_name(unsigned kind);

/* Frames and bytes seen on the port's wire since power-on, by the model itself (never cleared). */
struct i82599_wire_counts {
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
	uint64_t rx_overflow;      /* lost to a full packet buffer */
	uint64_t rx_no_descriptor; /* lost to an empty ring with DROP_EN */
	uint64_t rx_filtered;      /* not for us, or receiver off */
	uint64_t msix_messages;
	uint64_t messages_lost, dma_errors,
		writebacks_corrupted; /* injected faults that happened */
};
struct i82599_wire_counts i82599_wire_counts(const struct i82599 *dev);

#endif
