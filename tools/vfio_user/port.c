/* SPDX-License-Identifier: BSD-2-Clause */
/* One card: the model, its wire, and the client's memory and interrupts. */
#include "tools/vfio_user/port.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/wire/report.h"

/* Where the card believes its MSI-X messages go: the data is the vector. */
#define VECTOR_ADDRESS 0xfee00000u
#define MSIX_CONTROL   0x72u
#define MSIX_ENABLE    0x8000u

void vfu_port_log(const struct vfu_port *port, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", port->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Copies between a buffer and mapped memory, whose ranges were found to cover it. */
static bool copy(struct vfu_port *port, uint64_t address, uint8_t *buf, size_t len, bool write)
{
	while (len) {
		const struct vfu_dma_range *range = vfu_dma_find(&port->dma, address);
		const uint64_t at = address - range->start;
		const size_t part = range->size - at < len ? (size_t)(range->size - at) : len;

		if (!range->memory)
			return false;
		if (write ? !vfu_dma_copy(range->memory + at, buf, part)
			  : !vfu_dma_copy(buf, range->memory + at, part))
			return false;
		address += part;
		buf += part;
		len -= part;
	}
	return true;
}

static bool dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	struct vfu_port *port = opaque;

	return vfu_dma_covers(&port->dma, addr, len, false) && copy(port, addr, buf, len, false);
}

static bool dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	struct vfu_port *port = opaque;

	return vfu_dma_covers(&port->dma, addr, len, true) &&
	       copy(port, addr, (uint8_t *)buf, len, true);
}

/* MSI-X if it is on: then the data is what we put into the table. Else MSI, of one vector. */
static void send_message(void *opaque, uint64_t address, uint32_t data)
{
	struct vfu_port *port = opaque;

	(void)address;
	if (i82599_config_read(port->dev, MSIX_CONTROL, 2) & MSIX_ENABLE)
		vfu_irqs_fire(&port->irqs, VFU_MSIX, data);
	else if (vfu_irqs_open(&port->irqs, VFU_MSI, 0))
		vfu_irqs_fire(&port->irqs, VFU_MSI, 0);
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
				       .wide_bars = true};
	const struct i82599_host host = {.opaque = port,
					 .dma_read = dma_read,
					 .dma_write = dma_write,
					 .msix = send_message,
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
	const struct wire_port side = {
		.opaque = port, .receive = receive, .free_at = free_at, .log = log_line};
	int err;

	memset(port, 0, sizeof(*port));
	port->options = *options;
	port->name = name;
	port->now = now;
	port->wake = WIRE_NEVER;
	vfu_irqs_init(&port->irqs);
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

static void write_counters(const struct vfu_port *port)
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
	vfu_dma_clear(&port->dma);
	vfu_irqs_clear(&port->irqs);
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
	vfu_irqs_clear(&port->irqs);
	vfu_port_reset(port);
	vfu_dma_clear(&port->dma);
}

i82599_time_t vfu_port_next(const struct vfu_port *port)
{
	const wire_time_t wire = wire_next(port->wire);
	const wire_time_t fault = fault_plan_next(&port->options.faults);
	i82599_time_t next = port->wake < wire ? port->wake : wire;

	return fault < next ? fault : next;
}

void vfu_port_run(struct vfu_port *port)
{
	const i82599_time_t now = port->now();

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
