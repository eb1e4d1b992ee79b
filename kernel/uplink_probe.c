// SPDX-License-Identifier: BSD-2-Clause
/* Which of the machine's 82599s is the uplink, and its way from PCI function to network device. */
#include "drivers/net/ixgbe/ixgbe.h"
#include "drivers/pci/pci.h"
#include "kernel/config.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/numa.h"
#include "kernel/string.h"
#include "kernel/uplink.h"

/* The 82599's registers and its MSI-X table. */
#define REGISTER_BAR 0

#define MAC_TEXT_BYTES 18

/* What the port carries each way. */
#define PORT_MBPS 10000

/* The function in use; NULL: none. */
static const struct pci_device *used;

/* What the list of cards told, for what is said of the choice. */
struct choice {
	struct pci_device *wanted; /* by the configuration; NULL: none */
	struct pci_device *linked; /* the first whose link is up; NULL: none */
	unsigned count;
};

/*
 * Command is put back: a card that is not used stays as it was, also for the management firmware
 * that may use its port. One in D3 is left asleep.
 */
static int look(const struct pci_device *device, struct ixgbe_sight *sight)
{
	uint16_t command = pci_read16(device, PCI_COMMAND);
	volatile void *bar0 = pci_map_bar(device, REGISTER_BAR);
	int error = bar0 ? pci_enable_memory(device) : -ENODEV;

	if (!error)
		error = ixgbe_peek(device->device_id, bar0, device->bar[REGISTER_BAR].bytes, sight);
	pci_write16(device, PCI_COMMAND, command);
	return error;
}

static void format_mac(char *text, const uint8_t *mac)
{
	format_string(text, MAC_TEXT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		      mac[3], mac[4], mac[5]);
}

static bool is_wanted(const struct pci_device *device, const struct ixgbe_sight *sight)
{
	const struct config_card *card = &host_config.card;

	if (card->by == CARD_MAC)
		return sight->has_mac && !memcmp(card->mac, sight->mac, sizeof(card->mac));
	return card->by == CARD_ADDRESS && pci_is_same(card->address, device->at);
}

static void list_card(struct pci_device *device, struct choice *choice)
{
	struct ixgbe_sight sight = {0};
	char mac[MAC_TEXT_BYTES] = "unknown";
	int error = look(device, &sight);

	if (sight.has_mac)
		format_mac(mac, sight.mac);
	log_info("NIC %s: %04x:%04x, subsystem %04x:%04x, MAC %s, %s", device->name, device->vendor,
		 device->device_id, device->subsystem_vendor, device->subsystem, mac,
		 error           ? "its registers cannot be read"
		 : sight.link_up ? "link up"
				 : "link unknown: down, or not set up yet");
	if (is_wanted(device, &sight))
		choice->wanted = device;
	if (!choice->linked && sight.link_up)
		choice->linked = device;
	choice->count++;
}

static struct choice list_cards(void)
{
	struct choice choice = {0};
	struct pci_device *device = NULL;

	while ((device = pci_find(device, ixgbe_supports)))
		list_card(device, &choice);
	return choice;
}

void uplink_report(void)
{
	if (used)
		pci_report_link(used, PORT_MBPS);
}

static uint16_t read_config(const void *function, unsigned offset)
{
	return pci_read16(function, offset);
}

static struct netdev *probe_device(const struct pci_device *device)
{
	struct ixgbe_resources resources = {
		.name = device->name,
		.bar0_bytes = device->bar[REGISTER_BAR].bytes,
		.device_id = device->device_id,
		.read_config = read_config,
		.function = device,
	};
	struct netdev *dev = NULL;
	struct pci_msix msix;

	/* First of all: a BAR at a wrong address must not be decoded. */
	resources.bar0 = pci_map_bar(device, REGISTER_BAR);
	if (resources.bar0 && !pci_enable(device) && !pci_enable_msix(device, &msix)) {
		resources.msix_table = msix.table;
		resources.msix_entries = msix.entries;
		if (!ixgbe_probe(&resources, &dev)) {
			pci_enable_dma(device); /* not before the reset: rings may be left */
			used = device;
			uplink_report();
			numa_prefer_device(device);
			return dev;
		}
	}
	log_error("%s: network card %04x:%04x is not used", device->name, device->vendor,
		  device->device_id);
	pci_disable(device);
	return NULL;
}

/* The configured one and no other: another may lead to a network that guests must not reach. */
static struct netdev *probe_wanted(const struct choice *choice)
{
	const struct config_card *card = &host_config.card;
	char mac[MAC_TEXT_BYTES];

	if (choice->wanted) {
		struct netdev *dev = probe_device(choice->wanted);

		if (dev)
			log_info("NIC %s is used, as configured", dev->name);
		return dev;
	}
	format_mac(mac, card->mac);
	if (card->by == CARD_MAC)
		log_error("card = mac=%s: no 82599 has it; expected one of the %u listed above",
			  mac, choice->count);
	else
		log_error("card = %04x:%02x:%02x.%u: no 82599 is there; expected one of the %u "
			  "listed above",
			  card->address.segment, card->address.bus, card->address.device,
			  card->address.function, choice->count);
	return NULL;
}

/* The first is the same at every start, which the first with a link is not. */
static struct netdev *probe_first(const struct choice *choice)
{
	struct pci_device *device = NULL;

	while ((device = pci_find(device, ixgbe_supports))) {
		struct netdev *dev = probe_device(device);

		if (!dev)
			continue;
		if (choice->count > 1)
			log_info("NIC %s is used, the first of %u that works: card = ADDRESS or "
				 "card = mac=MAC in [host] chooses another",
				 device->name, choice->count);
		if (choice->linked && choice->linked > device)
			log_warning("NIC %s showed no link, but %s did: card = %s uses that one",
				    device->name, choice->linked->name, choice->linked->name);
		return dev;
	}
	return NULL;
}

struct netdev *uplink_probe(void)
{
	struct choice choice = list_cards();

	used = NULL;
	return host_config.card.by == CARD_ANY ? probe_first(&choice) : probe_wanted(&choice);
}
