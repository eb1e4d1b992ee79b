/* SPDX-License-Identifier: BSD-2-Clause */
/* Bochs device plugin: puts emulated 82599s and their wires on Bochs's PCI bus. Glue only. */
#define BX_PLUGGABLE

#include "iodev.h"

#include "cpu/apic.h"

#include <signal.h>
#include <stdlib.h>

extern "C" {
#include "tools/i82599/i82599.h"
}
#include "tools/wire/options.h"
#include "tools/wire/report.h"
#include "tools/wire/wire.h"

extern bool bx_user_quit;

#define LOG_THIS ports->

namespace
{

const Bit64u ps_per_second = 1000000000000ull;

/* Config space that Bochs's own BAR machinery keeps: base addresses and the ROM's. */
const unsigned conf_bar_first = 0x10, conf_bar_end = 0x28;
const unsigned conf_rom = 0x30, conf_int_line = 0x3c;
const unsigned bar_prefetchable = 0x8;

/* Each is a card of its own in a slot of its own. */
const unsigned max_ports = 2;

/* The i440BX's bridge, in front of what is in its AGP slot, Bochs's fifth. */
const char bridged_slot[] = "pci.slot.5";
const Bit32u bridge_address = 0x80000800; /* for port CF8h: 00:01.0 */
const unsigned bridge_bus = 1;
const Bit32u bridge_command = 0x04, bridge_memory = 0x20, bridge_prefetch = 0x24;
const Bit32u command_memory = 2, command_master = 4;
const Bit16u config_address_port = 0xcf8, config_data_port = 0xcfc;

Bit32u read_bridge(Bit32u offset)
{
	const Bit32u selected = DEV_pci_get_confAddr();

	bx_devices.outp(config_address_port, bridge_address | offset, 4);
	const Bit32u value = bx_devices.inp(config_data_port, 4);
	bx_devices.outp(config_address_port, selected, 4);
	return value;
}

/* Whether it is in a window of the bridge (PCI-to-PCI Bridge 1.2, 3.2.5.8): base and limit. */
bool in_window(Bit32u window, bx_phy_address addr)
{
	return addr >= (window & 0xfff0) << 16 && addr <= (window | 0xfffff);
}

volatile sig_atomic_t terminated;

void note_termination(int)
{
	terminated = 1;
}

class nic82599;

/* What Bochs knows as the plugin's device: the ports, and their options before there are any. */
class nic82599_ports : public bx_devmodel_c
{
      public:
	nic82599_ports();
	virtual ~nic82599_ports();
	virtual void init(void);
	virtual void reset(unsigned type);

	/* Ends what must be complete when the simulation ends, whichever way it does. */
	void finish(void);

	struct nic_options options[max_ports];
	bool used[max_ports];

      private:
	nic82599 *port[max_ports];

	void cross(void);
	void catch_sigterm(void);
	static void check_termination(void *opaque);
};

nic82599_ports *ports;

class nic82599 : public bx_pci_device_c
{
      public:
	explicit nic82599(struct nic_options *options);
	virtual ~nic82599();
	virtual void init(void);
	virtual void reset(unsigned type);
	virtual Bit32u pci_read_handler(Bit8u address, unsigned io_len);
	virtual void pci_write_handler(Bit8u address, Bit32u value, unsigned io_len);
	virtual void pci_bar_change_notify(void);

	void finish(void);
	void join(nic82599 *other);

      private:
	struct nic_options &options;
	struct i82599 *dev;
	struct wire *wire;
	nic82599 *partner; /* at the other end of a crossed cable */
	bool bridged;
	bool refused; /* by the bridge, the last request */
	Bit8u devfunc;
	Bit32u ips;
	int model_timer, wire_timer;

	void create_model(void);
	void create_wire(void);
	void plug_in(void);
	void write_config(unsigned address, Bit32u value, unsigned len);
	bool bridge_takes(void);
	bool bridge_passes(bx_phy_address addr);
	Bit64u time_ps(void) const;
	void set_timer(int timer, Bit64u when_ps);
	void arm_wire(void);

	bool bar_read(unsigned bar, bx_phy_address addr, Bit32u mask, unsigned len, void *data);
	bool bar_write(unsigned bar, bx_phy_address addr, Bit32u mask, unsigned len,
		       const void *data);
	static bool bar0_read(bx_phy_address addr, unsigned len, void *data, void *param);
	static bool bar0_write(bx_phy_address addr, unsigned len, void *data, void *param);
	static bool bar4_read(bx_phy_address addr, unsigned len, void *data, void *param);
	static bool bar4_write(bx_phy_address addr, unsigned len, void *data, void *param);
	static void run_model(void *opaque);
	static void run_wire(void *opaque);

	static bool dma_read(void *opaque, uint64_t addr, void *buf, size_t len);
	static bool dma_write(void *opaque, uint64_t addr, const void *buf, size_t len);
	static void send_msix(void *opaque, uint64_t address, uint32_t data);
	static i82599_time_t get_now(void *opaque);
	static void wake_at(void *opaque, i82599_time_t when);
	static void transmit(void *opaque, const void *frame, size_t len);
	static void light(void *opaque, bool on);
	static void log_line(void *opaque, const char *line);
	static bool receive(void *opaque, const void *frame, size_t len, wire_time_t start);
	static wire_time_t free_at(void *opaque);
	static void wake(void *opaque);
};

nic82599_ports::nic82599_ports()
{
	put("nic82599", "82599");
	for (unsigned i = 0; i < max_ports; i++) {
		nic_options_init(&options[i]);
		options[i].mac[5] += i;
		used[i] = i == 0;
		port[i] = NULL;
	}
}

nic82599_ports::~nic82599_ports()
{
	for (unsigned i = 0; i < max_ports; i++) {
		delete port[i];
		fault_plan_free(&options[i].faults);
	}
}

void nic82599_ports::finish(void)
{
	for (unsigned i = 0; i < max_ports; i++) {
		if (port[i])
			port[i]->finish();
	}
}

void finish_at_exit(void)
{
	if (ports)
		ports->finish();
}

void nic82599_ports::init(void)
{
	for (unsigned i = 0; i < max_ports; i++) {
		if (!used[i])
			continue;
		port[i] = new nic82599(&options[i]);
		port[i]->init();
	}
	cross();
	atexit(finish_at_exit);
	catch_sigterm();
}

void nic82599_ports::reset(unsigned type)
{
	for (unsigned i = 0; i < max_ports; i++) {
		if (port[i])
			port[i]->reset(type);
	}
}

void nic82599_ports::cross(void)
{
	const bool first = options[0].wire.kind == WIRE_CROSS;

	if (first != (options[1].wire.kind == WIRE_CROSS))
		BX_FATAL(("wire=cross: expected it for both ports"));
	if (first)
		port[0]->join(port[1]);
}

nic82599::nic82599(struct nic_options *options)
    : options(*options), dev(NULL), wire(NULL), partner(NULL), bridged(false), refused(false),
      devfunc(0), ips(0), model_timer(-1), wire_timer(-1)
{
	put("nic82599", "82599");
}

nic82599::~nic82599()
{
	finish();
	if (dev)
		i82599_destroy(dev);
}

void nic82599::join(nic82599 *other)
{
	wire_join(wire, other->wire);
	partner = other;
	other->partner = this;
}

void nic82599::finish(void)
{
	char why[512];

	if (!wire)
		return;
	if (options.counters[0] &&
	    report_write(options.counters, time_ps(), dev, wire, why, sizeof(why)))
		BX_ERROR(("%s", why));
	wire_close(wire);
	wire = NULL;
}

void nic82599::create_model(void)
{
	struct i82599_config config = {};
	struct i82599_host host = {};

	config.device_id = options.device_id;
	memcpy(config.mac, options.mac, sizeof(config.mac));
	config.bad_nvm_checksum = options.bad_nvm;
	config.module = options.module;
	config.pcie_lanes = options.pcie_lanes;
	config.pcie_slow = options.pcie_slow;
	host.opaque = this;
	host.dma_read = dma_read;
	host.dma_write = dma_write;
	host.msix = send_msix;
	host.now = get_now;
	host.wake_at = wake_at;
	host.transmit = transmit;
	host.light = light;
	host.log = log_line;
	dev = i82599_create(&config, &host);
	if (!dev)
		BX_FATAL(("out of memory"));
}

void nic82599::create_wire(void)
{
	struct wire_port port = {};
	char why[512];

	port.opaque = this;
	port.receive = receive;
	port.free_at = free_at;
	port.log = log_line;
	port.wake = wake;
	if (wire_open(&wire, &options.wire, &port, why, sizeof(why)))
		BX_FATAL(("%s", why));
}

/* Bochs itself would die of it at once; another plugin's handler is left alone. */
void nic82599_ports::catch_sigterm(void)
{
	struct sigaction action;

	if (sigaction(SIGTERM, NULL, &action) || action.sa_handler != SIG_DFL)
		return;
	signal(SIGTERM, note_termination);
	bx_pc_system.register_timer(this, check_termination, 10000, 1, 1, "82599 end");
}

void nic82599_ports::check_termination(void *)
{
	if (terminated) {
		bx_user_quit = true;
		BX_FATAL(("ended by SIGTERM"));
	}
}

/* The first one is behind the bridge if it is in the bridge's slot. */
void nic82599::plug_in(void)
{
	const char *const name = "nic82599";

	bridged = &options == &ports->options[0] && DEV_agp_present() &&
		  !strcmp(SIM->get_param_enum(bridged_slot)->get_selected(), name);
	DEV_register_pci_handlers2(this, &devfunc, name, "Intel 82599 10 Gigabit Ethernet",
				   bridged ? bridge_bus : 0);
}

/* A bridge that is no bus master answers the card's requests, messages too, as unsupported. */
bool nic82599::bridge_takes(void)
{
	const bool open = !bridged || read_bridge(bridge_command) & command_master;

	if (!open && !refused)
		BX_ERROR(("unsupported request: the bridge above is no bus master"));
	refused = !open;
	return open;
}

/* An access of a CPU. */
bool nic82599::bridge_passes(bx_phy_address addr)
{
	return !bridged || (read_bridge(bridge_command) & command_memory &&
			    (in_window(read_bridge(bridge_memory), addr) ||
			     in_window(read_bridge(bridge_prefetch), addr)));
}

void nic82599::init(void)
{
	char why[512];

	if (nic_options_check(&options, why, sizeof(why)))
		BX_FATAL(("%s", why));
	if (options.control[0] &&
	    fault_plan_open_fifo(&options.faults, options.control, why, sizeof(why)))
		BX_FATAL(("%s", why));
	ips = (Bit32u)SIM->get_param_num(BXPN_IPS)->get();
	model_timer = bx_pc_system.register_timer(this, run_model, 1000, 0, 0, "82599");
	wire_timer = bx_pc_system.register_timer(this, run_wire, 1000, 0, 0, "82599 wire");
	create_model();
	create_wire();
	plug_in();
	memset(pci_conf, 0, sizeof(pci_conf));
	init_bar_mem(0, I82599_BAR0_BYTES, bar0_read, bar0_write);
	init_bar_mem(4, I82599_BAR4_BYTES, bar4_read, bar4_write);
	/* This BIOS and bus know 32-bit base addresses only. */
	pci_conf[0x10] = i82599_config_read(dev, 0x10, 1) & bar_prefetchable;
	pci_conf[0x20] = i82599_config_read(dev, 0x20, 1) & bar_prefetchable;
	i82599_set_carrier(dev, true);
	arm_wire();
	BX_INFO(("device %04x, %llu ticks a second", options.device_id, (unsigned long long)ips));
}

void nic82599::reset(unsigned)
{
	i82599_reset(dev);
}

/* Exact: no floating point, no drift; ips need not divide a second's picoseconds. */
Bit64u nic82599::time_ps(void) const
{
	const Bit64u ticks = bx_pc_system.time_ticks();

	if (ps_per_second % ips == 0)
		return ticks * (ps_per_second / ips);
	return (Bit64u)((unsigned __int128)ticks * ps_per_second / ips);
}

/* The first tick at or after the time, but at least one tick away. */
void nic82599::set_timer(int timer, Bit64u when_ps)
{
	const Bit64u now = bx_pc_system.time_ticks();
	const unsigned __int128 scaled = (unsigned __int128)when_ps * ips + (ps_per_second - 1);
	const Bit64u when = (Bit64u)(scaled / ps_per_second);

	bx_pc_system.activate_timer_ticks(timer, when > now ? when - now : 1, 0);
}

/* One timer for the wire and for faults to come: Bochs has few. */
void nic82599::arm_wire(void)
{
	const wire_time_t fault = fault_plan_next(&options.faults);
	wire_time_t next = wire_next(wire);

	if (fault < next)
		next = fault;
	if (next == WIRE_NEVER)
		bx_pc_system.deactivate_timer(wire_timer);
	else
		set_timer(wire_timer, next);
}

void nic82599::run_model(void *opaque)
{
	nic82599 *self = (nic82599 *)opaque;

	i82599_run(self->dev);
}

void nic82599::run_wire(void *opaque)
{
	nic82599 *self = (nic82599 *)opaque;

	fault_plan_run(&self->options.faults, self->dev, self->time_ps(), log_line, self);
	wire_poll(self->wire, self->time_ps());
	self->arm_wire();
}

Bit32u nic82599::pci_read_handler(Bit8u address, unsigned io_len)
{
	Bit32u value = 0;

	if (i82599_config_read(dev, 0, 2) == 0xffff) /* removed */
		return 0xffffffff;
	for (unsigned i = 0; i < io_len; i++) {
		const unsigned at = address + i;
		Bit32u byte;

		if ((at >= conf_bar_first && at < conf_bar_end) || at == conf_int_line)
			byte = pci_conf[at];
		else if (at >= conf_rom && at < conf_rom + 4)
			byte = 0;
		else
			byte = i82599_config_read(dev, at, 1);
		value |= byte << (8 * i);
	}
	return value;
}

/* The card has its base addresses too, so that it shows when a reset has cleared them. */
void nic82599::pci_bar_change_notify(void)
{
	for (unsigned at = conf_bar_first; at < conf_bar_end; at += 4)
		i82599_config_write(dev, at, 4,
				    ReadHostDWordFromLittleEndian((Bit32u *)&pci_conf[at]));
}

/*
 * After a reset of the card Bochs has to forget the base addresses. The last goes first: of a
 * device's several handlers in a megabyte Bochs 3.0 takes away the one that came last.
 */
void nic82599::write_config(unsigned address, Bit32u value, unsigned len)
{
	i82599_config_write(dev, address, len, value);
	if (!pci_bar[0].addr || i82599_config_read(dev, conf_bar_first, 4))
		return;
	for (unsigned at = conf_bar_end - 4; at >= conf_bar_first; at -= 4)
		pci_write_handler_common(at, 0, 4);
}

/* Bochs has taken out the base addresses, the ROM's and the interrupt line before. */
void nic82599::pci_write_handler(Bit8u address, Bit32u value, unsigned io_len)
{
	if (address % io_len == 0) {
		write_config(address, value, io_len);
		return;
	}
	for (unsigned i = 0; i < io_len; i++)
		write_config(address + i, (value >> (8 * i)) & 0xff, 1);
}

/* A CPU's access comes whole up to 8 bytes; vector accesses in pieces of that. */
bool nic82599::bar_read(unsigned bar, bx_phy_address addr, Bit32u mask, unsigned len, void *data)
{
	Bit32u offset = (Bit32u)addr & mask;

	if (!bridge_passes(addr)) {
		memset(data, 0xff, len);
		return true;
	}
	while (len) {
		const unsigned piece = len > 8 ? 8 : len;
		const Bit64u value = i82599_bar_read(dev, bar, offset, piece);

		memcpy(data, &value, piece);
		data = (Bit8u *)data + piece;
		offset += piece;
		len -= piece;
	}
	return true;
}

bool nic82599::bar_write(unsigned bar, bx_phy_address addr, Bit32u mask, unsigned len,
			 const void *data)
{
	Bit32u offset = (Bit32u)addr & mask;

	if (!bridge_passes(addr))
		return true;
	while (len) {
		const unsigned piece = len > 8 ? 8 : len;
		Bit64u value = 0;

		memcpy(&value, data, piece);
		i82599_bar_write(dev, bar, offset, piece, value);
		data = (const Bit8u *)data + piece;
		offset += piece;
		len -= piece;
	}
	return true;
}

bool nic82599::bar0_read(bx_phy_address addr, unsigned len, void *data, void *param)
{
	return ((nic82599 *)param)->bar_read(0, addr, I82599_BAR0_BYTES - 1, len, data);
}

bool nic82599::bar0_write(bx_phy_address addr, unsigned len, void *data, void *param)
{
	return ((nic82599 *)param)->bar_write(0, addr, I82599_BAR0_BYTES - 1, len, data);
}

bool nic82599::bar4_read(bx_phy_address addr, unsigned len, void *data, void *param)
{
	return ((nic82599 *)param)->bar_read(4, addr, I82599_BAR4_BYTES - 1, len, data);
}

bool nic82599::bar4_write(bx_phy_address addr, unsigned len, void *data, void *param)
{
	return ((nic82599 *)param)->bar_write(4, addr, I82599_BAR4_BYTES - 1, len, data);
}

/* RAM is what lies below the installed size, except the VGA window and the BIOS area. */
bool is_ram(Bit64u addr, size_t len)
{
	const Bit64u end = addr + len;

	if (end < addr || end > BX_MEM(0)->get_memory_len())
		return false;
	return end <= 0xa0000 || addr >= 0x100000;
}

bool nic82599::dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	if (!((nic82599 *)opaque)->bridge_takes() || !is_ram(addr, len))
		return false;
	DEV_MEM_READ_PHYSICAL_DMA(addr, (unsigned)len, (Bit8u *)buf);
	return true;
}

bool nic82599::dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	if (!((nic82599 *)opaque)->bridge_takes() || !is_ram(addr, len))
		return false;
	DEV_MEM_WRITE_PHYSICAL_DMA(addr, (unsigned)len, (Bit8u *)const_cast<void *>(buf));
	return true;
}

/* SDM vol. 3, 11.11: message address and data. Bochs has no MSI of its own. */
void nic82599::send_msix(void *opaque, uint64_t address, uint32_t data)
{
	const Bit8u vector = data & 0xff;
	const bool logical = (address >> 2) & 1;
	const apic_dest_t dest = (address >> 12) & 0xff;
	Bit8u mode = (data >> 8) & 7;

	if (!((nic82599 *)opaque)->bridge_takes())
		return;
	if ((address & ~0xfffffull) != 0xfee00000) {
		BX_ERROR(("MSI-X message to %llx: not a local APIC's address, expected feexxxxx",
			  (unsigned long long)address));
		return;
	}
	/* Bochs refuses lowest priority to a physical destination; hardware takes it as fixed. */
	if (mode == APIC_DM_LOWPRI && !logical)
		mode = APIC_DM_FIXED;
	if (!apic_bus_deliver_interrupt(vector, dest, mode, logical, (data >> 14) & 1,
					(data >> 15) & 1))
		BX_ERROR(("MSI-X message %llx/%x: no local APIC took it",
			  (unsigned long long)address, data));
}

void nic82599::wake(void *opaque)
{
	((nic82599 *)opaque)->arm_wire();
}

i82599_time_t nic82599::get_now(void *opaque)
{
	return ((nic82599 *)opaque)->time_ps();
}

void nic82599::wake_at(void *opaque, i82599_time_t when)
{
	nic82599 *self = (nic82599 *)opaque;

	self->set_timer(self->model_timer, when);
}

void nic82599::transmit(void *opaque, const void *frame, size_t len)
{
	nic82599 *self = (nic82599 *)opaque;

	wire_send(self->wire, frame, len, i82599_event_time(self->dev));
	self->arm_wire();
}

void nic82599::light(void *opaque, bool on)
{
	nic82599 *self = (nic82599 *)opaque;

	if (self->partner)
		i82599_set_carrier(self->partner->dev, on);
}

/* Defects of the guest's driver above all: shown where errors are. */
void nic82599::log_line(void *, const char *line)
{
	BX_ERROR(("%s", line));
}

bool nic82599::receive(void *opaque, const void *frame, size_t len, wire_time_t start)
{
	return i82599_receive_at(((nic82599 *)opaque)->dev, frame, len, start);
}

wire_time_t nic82599::free_at(void *opaque)
{
	return i82599_wire_free_at(((nic82599 *)opaque)->dev);
}

/* The line's first word may be port=N, 0 if it is not. */
Bit32s parse_options(const char *context, int num_params, char *params[])
{
	unsigned port = 0;
	char why[512];

	for (int i = 1; i < num_params; i++) {
		if (i == 1 && !strncmp(params[i], "port=", 5)) {
			if ((strcmp(params[i] + 5, "0") && strcmp(params[i] + 5, "1")))
				BX_FATAL(("%s: nic82599: %s: expected port=0 or port=1", context,
					  params[i]));
			port = params[i][5] - '0';
			ports->used[port] = true;
			continue;
		}
		if (nic_options_parse(&ports->options[port], params[i], why, sizeof(why)))
			BX_FATAL(("%s: nic82599: %s", context, why));
	}
	return 0;
}

} /* namespace */

PLUGIN_ENTRY_FOR_MODULE(nic82599)
{
	switch (mode) {
	case PLUGIN_INIT:
		ports = new nic82599_ports();
		BX_REGISTER_DEVICE_DEVMODEL(plugin, type, ports, "nic82599");
		SIM->register_addon_option("nic82599", parse_options, NULL);
		return 0;
	case PLUGIN_FINI:
		SIM->unregister_addon_option("nic82599");
		delete ports;
		ports = NULL;
		return 0;
	case PLUGIN_PROBE:
		return PLUGTYPE_OPTIONAL;
	case PLUGIN_FLAGS:
		return PLUGFLAG_PCI;
	default:
		return 0;
	}
}
