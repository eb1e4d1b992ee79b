/* SPDX-License-Identifier: BSD-2-Clause */
/* One card: the model, its wire, and the client's memory and interrupts. */
#include "tools/vfio_user/port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/wire/report.h"

/* Where the card believes its MSI-X messages go: the data is the vector. */
#define VECTOR_ADDRESS 0xfee00000u
#define MSIX_CONTROL   0x72u
#define MSIX_ENABLE    0x8000u

/* What may follow DMA writes: an interrupt of the protocol's types, or a cause in EICR. */
#define CAUSE VFU_IRQ_TYPES

void vfu_port_log(const struct vfu_port *port, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", port->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* How many of len bytes are in the range. */
static size_t get_part(const struct vfu_dma_range *range, uint64_t address, size_t len)
{
	const uint64_t left = range->size - (address - range->start);

	return left < len ? (size_t)left : len;
}

/* A bridge that is no bus master answers the card's requests, messages too, as unsupported. */
static bool bridge_takes(struct vfu_port *port)
{
	const bool open = !port->bridge || *port->bridge;

	if (!open && !port->refused)
		vfu_port_log(port, "unsupported request: the bridge above is no bus master");
	port->refused = !open;
	return open;
}

/* Whether all is there that has to come by messages; asks for what is not. */
static enum vfu_remote_result ask(struct vfu_port *port, uint64_t addr, size_t len)
{
	enum vfu_remote_result all = VFU_REMOTE_DONE;

	while (len && all != VFU_REMOTE_FAILED) {
		const struct vfu_dma_range *range = vfu_dma_find(&port->dma, addr);
		const size_t part = get_part(range, addr, len);
		const enum vfu_remote_result one =
			range->memory ? VFU_REMOTE_DONE : vfu_remote_ask(&port->remote, addr, part);

		if (one != VFU_REMOTE_DONE)
			all = one;
		addr += part;
		len -= part;
	}
	return all;
}

static bool read_part(struct vfu_port *port, const struct vfu_dma_range *range, uint64_t address,
		      void *buf, size_t len)
{
	if (range->memory)
		return vfu_dma_copy(buf, range->memory + (address - range->start), len);
	vfu_remote_take(&port->remote, address, buf, len);
	return true;
}

static bool dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	struct vfu_port *port = opaque;
	enum vfu_remote_result found = VFU_REMOTE_FAILED;

	if (bridge_takes(port) && vfu_dma_covers(&port->dma, addr, len, false))
		found = ask(port, addr, len);
	port->dma_waits = found == VFU_REMOTE_WAITS;
	while (len && found == VFU_REMOTE_DONE) {
		const struct vfu_dma_range *range = vfu_dma_find(&port->dma, addr);
		const size_t part = get_part(range, addr, len);

		if (!read_part(port, range, addr, buf, part))
			found = VFU_REMOTE_FAILED;
		addr += part;
		buf = (uint8_t *)buf + part;
		len -= part;
	}
	return found == VFU_REMOTE_DONE;
}

static bool write_part(struct vfu_port *port, const struct vfu_dma_range *range, uint64_t address,
		       const void *buf, size_t len)
{
	if (!range->memory)
		return vfu_remote_write(&port->remote, address, buf, len);
	return vfu_dma_copy(range->memory + (address - range->start), buf, len);
}

static bool dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	struct vfu_port *port = opaque;

	if (!bridge_takes(port) || !vfu_dma_covers(&port->dma, addr, len, true))
		return false;
	while (len) {
		const struct vfu_dma_range *range = vfu_dma_find(&port->dma, addr);
		const size_t part = get_part(range, addr, len);

		if (!write_part(port, range, addr, buf, part))
			return false;
		addr += part;
		buf = (const uint8_t *)buf + part;
		len -= part;
	}
	return true;
}

static bool dma_waits(void *opaque)
{
	return ((struct vfu_port *)opaque)->dma_waits;
}

static bool dma_busy(void *opaque)
{
	return vfu_remote_busy(&((struct vfu_port *)opaque)->remote);
}

static void dma_forget(void *opaque)
{
	vfu_remote_forget(&((struct vfu_port *)opaque)->remote);
}

static bool dma_follow(void *opaque, unsigned what)
{
	return vfu_remote_follow(&((struct vfu_port *)opaque)->remote, CAUSE, what);
}

/* MSI-X if it is on: then the data is what we put into the table. Else MSI, of one vector. */
static void send_message(void *opaque, uint64_t address, uint32_t data)
{
	struct vfu_port *port = opaque;

	(void)address;
	if (!bridge_takes(port))
		return;
	if (i82599_config_read(port->dev, MSIX_CONTROL, 2) & MSIX_ENABLE)
		vfu_remote_interrupt(&port->remote, VFU_MSIX, data);
	else if (vfu_irqs_open(&port->irqs, VFU_MSI, 0))
		vfu_remote_interrupt(&port->remote, VFU_MSI, 0);
}

static void set_line(void *opaque, bool asserted)
{
	struct vfu_port *port = opaque;

	port->line = asserted;
	if (asserted)
		vfu_remote_interrupt(&port->remote, VFU_INTX, 0);
	else
		vfu_irqs_set_line(&port->irqs, false);
}

static void writes_landed(void *opaque, unsigned type, unsigned n)
{
	struct vfu_port *port = opaque;

	if (type == CAUSE)
		i82599_dma_landed(port->dev, n);
	else if (type == VFU_INTX)
		vfu_irqs_set_line(&port->irqs, port->line);
	else
		vfu_irqs_fire(&port->irqs, type, n);
}

static i82599_time_t get_now(void *opaque)
{
	return ((struct vfu_port *)opaque)->now();
}

static void wake_at(void *opaque, i82599_time_t when)
{
	((struct vfu_port *)opaque)->wake = when;
}

static void transmit(void *opaque, const void *frame, size_t len)
{
	struct vfu_port *port = opaque;

	wire_send(port->wire, frame, len, i82599_event_time(port->dev));
}

static void light(void *opaque, bool on)
{
	struct vfu_port *port = opaque;

	if (port->partner)
		i82599_set_carrier(port->partner->dev, on);
}

static void log_line(void *opaque, const char *line)
{
	vfu_port_log(opaque, "%s", line);
}

static bool receive(void *opaque, const void *frame, size_t len, wire_time_t start)
{
	return i82599_receive_at(((struct vfu_port *)opaque)->dev, frame, len, start);
}

static wire_time_t free_at(void *opaque)
{
	return i82599_wire_free_at(((struct vfu_port *)opaque)->dev);
}

static int create_card(struct vfu_port *port)
{
	struct i82599_config config = {.device_id = port->options.device_id,
				       .bad_nvm_checksum = port->options.bad_nvm,
				       .module = port->options.module,
				       .pcie_lanes = port->options.pcie_lanes,
				       .pcie_slow = port->options.pcie_slow,
				       .wide_bars = true};
	const struct i82599_host host = {.opaque = port,
					 .dma_read = dma_read,
					 .dma_write = dma_write,
					 .dma_waits = dma_waits,
					 .dma_busy = dma_busy,
					 .dma_forget = dma_forget,
					 .dma_follow = dma_follow,
					 .msix = send_message,
					 .intx = set_line,
					 .now = get_now,
					 .wake_at = wake_at,
					 .transmit = transmit,
					 .light = light,
					 .log = log_line};

	memcpy(config.mac, port->options.mac, sizeof(config.mac));
	port->dev = i82599_create(&config, &host);
	return port->dev ? 0 : -ENOMEM;
}

int vfu_port_open(struct vfu_port *port, const struct nic_options *options, const char *name,
		  i82599_time_t (*now)(void), char *why, size_t why_len)
{
	const struct wire_port side = {.opaque = port,
				       .receive = receive,
				       .free_at = free_at,
				       .log = log_line,
				       .real_time = true};
	int err;

	memset(port, 0, sizeof(*port));
	port->options = *options;
	port->name = name;
	port->now = now;
	port->wake = WIRE_NEVER;
	vfu_irqs_init(&port->irqs);
	vfu_remote_init(&port->remote, writes_landed, port);
	err = create_card(port);
	if (err) {
		snprintf(why, why_len, "out of memory");
		return err;
	}
	err = wire_open(&port->wire, &port->options.wire, &side, why, why_len);
	if (!err && port->options.control[0])
		err = fault_plan_open_fifo(&port->options.faults, port->options.control, why,
					   why_len);
	if (err) {
		wire_close(port->wire);
		i82599_destroy(port->dev);
		port->dev = NULL;
		return err;
	}
	i82599_set_carrier(port->dev, true);
	return 0;
}

static void write_counters(struct vfu_port *port)
{
	char why[512];

	wire_flush(port->wire);
	if (port->options.counters[0] && report_write(port->options.counters, port->now(),
						      port->dev, port->wire, why, sizeof(why)))
		vfu_port_log(port, "%s", why);
}

void vfu_port_close(struct vfu_port *port)
{
	if (!port->dev)
		return;
	write_counters(port);
	wire_close(port->wire);
	i82599_destroy(port->dev);
	port->dev = NULL;
	fault_plan_free(&port->options.faults);
	if (port->bridge)
		munmap((void *)port->bridge, 1);
	vfu_remote_detach(&port->remote);
	vfu_dma_clear(&port->dma);
	vfu_irqs_clear(&port->irqs);
}

int vfu_port_put_behind(struct vfu_port *port, const char *path, char *why, size_t why_len)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *byte = MAP_FAILED;
	int err;

	if (fd >= 0)
		byte = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	err = errno;
	if (fd >= 0)
		close(fd);
	if (byte == MAP_FAILED) {
		snprintf(why, why_len, "--bridge %s: cannot map: %s", path, strerror(err));
		return -err;
	}
	port->bridge = byte;
	return 0;
}

void vfu_port_join(struct vfu_port *a, struct vfu_port *b)
{
	wire_join(a->wire, b->wire);
	a->partner = b;
	b->partner = a;
}

void vfu_port_sync_vectors(struct vfu_port *port)
{
	for (unsigned v = 0; v < VFU_VECTORS; v++)
		i82599_set_vector(port->dev, v, VECTOR_ADDRESS, v,
				  !vfu_irqs_open(&port->irqs, VFU_MSIX, v));
}

void vfu_port_reset(struct vfu_port *port)
{
	i82599_reset(port->dev);
	vfu_port_sync_vectors(port);
}

void vfu_port_detach(struct vfu_port *port)
{
	write_counters(port);
	if (port->remote.refused)
		vfu_port_log(port, "%u DMA writes were refused by the client",
			     port->remote.refused);
	vfu_remote_detach(&port->remote);
	vfu_irqs_clear(&port->irqs);
	vfu_port_reset(port);
	vfu_dma_clear(&port->dma);
}

bool vfu_port_congested(const struct vfu_port *port)
{
	return vfu_remote_congested(&port->remote);
}

i82599_time_t vfu_port_next(const struct vfu_port *port)
{
	const wire_time_t wire = wire_next(port->wire);
	const wire_time_t fault = fault_plan_next(&port->options.faults);
	i82599_time_t next = port->wake < wire ? port->wake : wire;

	if (vfu_port_congested(port))
		return WIRE_NEVER;
	return fault < next ? fault : next;
}

void vfu_port_run(struct vfu_port *port)
{
	const i82599_time_t now = port->now();

	if (port->remote.arrived) {
		vfu_remote_begin_retry(&port->remote);
		i82599_dma_arrived(port->dev);
		vfu_remote_end_retry(&port->remote);
	}
	if (vfu_port_congested(port))
		return;
	if (fault_plan_next(&port->options.faults) <= now) {
		fault_plan_run(&port->options.faults, port->dev, now, log_line, port);
		vfu_port_sync_vectors(port);
	}
	if (port->wake <= now) {
		port->wake = WIRE_NEVER;
		i82599_run(port->dev);
	}
	wire_poll(port->wire, now);
}
