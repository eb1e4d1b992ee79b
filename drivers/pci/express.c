// SPDX-License-Identifier: BSD-2-Clause
/* Links and payloads of PCI Express (PCI Express 4.0, 7.5.3). */
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/machine.h"

#define DEVICE_CAPABILITIES  0x04
#define DEVICE_CONTROL       0x08
#define DEVICE_PAYLOAD       0x7u /* 128 bytes times a power of two */
#define DEVICE_PAYLOAD_SHIFT 5    /* in Device Control */
#define LINK_CAPABILITIES    0x0c
#define LINK_CONTROL         0x10
#define LINK_CONTROL_L0S     1u
#define LINK_CONTROL_L1      2u
#define LINK_STATUS          0x12
#define LINK_SPEED(v)        ((v)&0xfu)
#define LINK_LANES(v)        (((v) >> 4) & 0x3fu)
#define PAYLOAD_BYTES(v)     (128u << (v))
#define LINK_TEXT_BYTES      24

/* By the code of a speed: megatransfers a second, and what of them is data (8b/10b, then
 * 128b/130b). */
static const struct {
	uint32_t megatransfers, mbps;
} speeds[] = {{0, 0}, {2500, 2000}, {5000, 4000}, {8000, 7877}, {16000, 15754}, {32000, 31508}};

struct link {
	const char *name; /* of the function whose link it is */
	unsigned lanes;
	uint32_t megatransfers;
	uint32_t mbps; /* 0: there is no link */
};

static struct link make_link(const struct pci_device *dev, uint32_t reg)
{
	unsigned speed = LINK_SPEED(reg) < ARRAY_SIZE(speeds) ? LINK_SPEED(reg) : 0;

	return (struct link){dev->name, LINK_LANES(reg), speeds[speed].megatransfers,
			     LINK_LANES(reg) * speeds[speed].mbps};
}

static struct link read_link(const struct pci_device *dev, unsigned offset)
{
	unsigned at = pci_find_capability(dev, PCI_CAPABILITY_EXPRESS);

	return make_link(dev, at ? pci_read16(dev, at + offset) : 0);
}

/* The narrowest between the device and memory; both ends of a link show the same. */
static struct link find_narrowest(const struct pci_device *dev)
{
	struct link narrowest = read_link(dev, LINK_STATUS);

	while ((dev = pci_bridge_above(dev))) {
		struct link link = read_link(dev, LINK_STATUS);

		if (link.mbps && link.mbps < narrowest.mbps)
			narrowest = link;
	}
	return narrowest;
}

static const char *format_link(char *text, const struct link *link)
{
	format_string(text, LINK_TEXT_BYTES, "x%u at %u.%u GT/s", link->lanes,
		      link->megatransfers / 1000, link->megatransfers / 100 % 10);
	return text;
}

/* What the firmware switched on; it costs time, nothing else, and stays as it is. */
static void report_power_management(const struct pci_device *dev)
{
	unsigned at = pci_find_capability(dev, PCI_CAPABILITY_EXPRESS);
	uint16_t control = pci_read16(dev, at + LINK_CONTROL);

	if (control & (LINK_CONTROL_L0S | LINK_CONTROL_L1))
		log_info("PCI %s: ASPM%s%s is on: the link's wake-up adds latency", dev->name,
			 control & LINK_CONTROL_L0S ? " L0s" : "",
			 control & LINK_CONTROL_L1 ? " L1" : "");
}

void pci_report_link(const struct pci_device *dev, uint32_t mbps)
{
	struct link now = find_narrowest(dev), best = read_link(dev, LINK_CAPABILITIES), slot = {0};
	const struct pci_device *bridge = pci_bridge_above(dev);
	char text[3][LINK_TEXT_BYTES];

	if (!now.mbps)
		return;
	if (bridge)
		slot = read_link(bridge, LINK_CAPABILITIES);
	log_printf(now.mbps < mbps ? LOG_WARNING : LOG_INFO,
		   "PCI %s: PCIe %s%s%s, %u.%u Gb/s%s; it can do %s, its slot %s", dev->name,
		   format_link(text[0], &now), now.name == dev->name ? "" : " above, at ",
		   now.name == dev->name ? "" : now.name, now.mbps / 1000, now.mbps / 100 % 10,
		   now.mbps < mbps ? ": too little for its port" : "", format_link(text[1], &best),
		   slot.mbps ? format_link(text[2], &slot) : "is not told");
	report_power_management(dev);
}

static unsigned read_payload(const struct pci_device *dev, unsigned at)
{
	return pci_read16(dev, at + DEVICE_CONTROL) >> DEVICE_PAYLOAD_SHIFT & DEVICE_PAYLOAD;
}

void pci_match_payload(const struct pci_device *dev)
{
	const struct pci_device *bridge = pci_bridge_above(dev);
	unsigned at = pci_find_capability(dev, PCI_CAPABILITY_EXPRESS);
	unsigned above = bridge ? pci_find_capability(bridge, PCI_CAPABILITY_EXPRESS) : 0;
	unsigned most, wanted;

	if (!at || !above || read_payload(dev, at) == read_payload(bridge, above))
		return;
	wanted = read_payload(bridge, above);
	most = pci_read16(dev, at + DEVICE_CAPABILITIES) & DEVICE_PAYLOAD;
	if (wanted > most) {
		log_warning("PCI %s: takes payloads of at most %u bytes, but %s is set to %u",
			    dev->name, PAYLOAD_BYTES(most), bridge->name, PAYLOAD_BYTES(wanted));
		return;
	}
	log_info("PCI %s: payloads of %u bytes, as %s, not %u", dev->name, PAYLOAD_BYTES(wanted),
		 bridge->name, PAYLOAD_BYTES(read_payload(dev, at)));
	pci_write16(dev, at + DEVICE_CONTROL,
		    (uint16_t)((pci_read16(dev, at + DEVICE_CONTROL) &
				~(DEVICE_PAYLOAD << DEVICE_PAYLOAD_SHIFT)) |
			       wanted << DEVICE_PAYLOAD_SHIFT));
}
