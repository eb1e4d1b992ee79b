// SPDX-License-Identifier: BSD-2-Clause
/* Builds the guest's ACPI tables. */
#include "arch/x86/platform/acpi_tables.h"

#include "arch/x86/cpu/rtc_time.h"
#include "arch/x86/platform/platform.h"
#include "arch/x86/platform/ports.h"
#include "kernel/string.h"

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem_id[6], oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

struct acpi_address { /* Generic Address Structure, section 5.2.3.2 */
	uint8_t space, bit_width, bit_offset, access_size;
	uint64_t address;
} __attribute__((packed));

struct acpi_rsdp { /* section 5.2.5.3 */
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt, length;
	uint64_t xsdt;
	uint8_t extended_checksum, reserved[3];
} __attribute__((packed));

struct acpi_xsdt {
	struct acpi_header header;
	uint64_t entry[2];
} __attribute__((packed));

struct acpi_fadt { /* section 5.2.9 */
	struct acpi_header header;
	uint32_t firmware_ctrl, dsdt;
	uint8_t reserved0, profile;
	uint16_t sci;
	uint8_t fixed_hardware[60]; /* SMI_CMD to MON_ALRM: none, HW_REDUCED_ACPI */
	uint8_t century;
	uint16_t boot_architecture;
	uint8_t reserved1;
	uint32_t flags;
	struct acpi_address reset_register;
	uint8_t reset_value;
	uint16_t arm_boot_architecture;
	uint8_t minor_revision;
	uint64_t x_firmware_ctrl, x_dsdt;
	struct acpi_address x_fixed_hardware[8]; /* X_PM1a_EVT_BLK to X_GPE1_BLK */
	struct acpi_address sleep_control, sleep_status;
	char hypervisor[8];
} __attribute__((packed));

struct acpi_madt { /* section 5.2.12 */
	struct acpi_header header;
	uint32_t local_apic, flags;
} __attribute__((packed));

struct acpi_madt_lapic { /* section 5.2.12.2 */
	uint8_t type, length, processor, apic_id;
	uint32_t flags;
} __attribute__((packed));

struct acpi_madt_ioapic { /* section 5.2.12.3 */
	uint8_t type, length, id, reserved;
	uint32_t address, interrupt_base;
} __attribute__((packed));

struct acpi_madt_wakeup { /* section 5.2.12.19 */
	uint8_t type, length;
	uint16_t mailbox_version;
	uint32_t reserved;
	uint64_t mailbox;
} __attribute__((packed));

_Static_assert(sizeof(struct acpi_header) == 36, "table header");
_Static_assert(sizeof(struct acpi_rsdp) == 36, "RSDP");
_Static_assert(sizeof(struct acpi_fadt) == 276, "FADT of ACPI 6");
_Static_assert(offsetof(struct acpi_fadt, boot_architecture) == 109, "FADT");
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "FADT");
_Static_assert(offsetof(struct acpi_fadt, sleep_control) == 244, "FADT");

#define FADT_REVISION         6
#define FADT_MINOR            4
#define MADT_REVISION         5
#define PROFILE_ENTERPRISE    4
#define SPACE_IO              1
#define ACCESS_BYTE           1
#define BOOT_NO_VGA           (1u << 2)
#define FADT_WBINVD           (1u << 0)
#define FADT_C1               (1u << 2)
#define FADT_NO_POWER_BUTTON  (1u << 4)
#define FADT_NO_SLEEP_BUTTON  (1u << 5)
#define FADT_NO_FIXED_RTC     (1u << 6)
#define FADT_RESET_REGISTER   (1u << 10)
#define FADT_HEADLESS         (1u << 12)
#define FADT_HARDWARE_REDUCED (1u << 20)
#define MADT_LAPIC            0
#define MADT_IOAPIC           1
#define MADT_WAKEUP           16
#define LAPIC_ENABLED         1
#define TABLE_ALIGN           16

/* Where tables go. */
struct area {
	uint8_t *memory;
	size_t bytes, used;
	uint64_t guest_address;
};

static uint8_t checksum(const void *data, size_t bytes)
{
	const uint8_t *byte = data;
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum += byte[i];
	return -sum;
}

/* Room for a table, zeroed, or NULL. Sets *address to where the guest sees it. */
static void *reserve(struct area *area, size_t bytes, uint64_t *address)
{
	uint8_t *table = area->memory + area->used;

	if (bytes > area->bytes - area->used)
		return NULL;
	*address = area->guest_address + area->used;
	area->used += (bytes + TABLE_ALIGN - 1) & ~(size_t)(TABLE_ALIGN - 1);
	if (area->used > area->bytes)
		area->used = area->bytes;
	return memset(table, 0, bytes);
}

static void fill_header(struct acpi_header *header, const char *signature, uint8_t revision,
			size_t bytes)
{
	memcpy(header->signature, signature, 4);
	header->length = bytes;
	header->revision = revision;
	memcpy(header->oem_id, "SLUICE", 6);
	memcpy(header->oem_table_id, "SLUICEVM", 8);
	header->oem_revision = 1;
	memcpy(header->creator_id, "SLUI", 4);
	header->creator_revision = 1;
}

static void seal(struct acpi_header *header)
{
	header->checksum = 0;
	header->checksum = checksum(header, header->length);
}

static struct acpi_address port_address(uint16_t port)
{
	return (struct acpi_address){
		.space = SPACE_IO, .bit_width = 8, .access_size = ACCESS_BYTE, .address = port};
}

static uint64_t write_dsdt(struct area *area)
{
	size_t bytes = guest_dsdt_bytes;
	uint64_t address = 0;
	void *dsdt = reserve(area, bytes, &address);

	if (!dsdt)
		return 0;
	memcpy(dsdt, guest_dsdt, bytes);
	return address;
}

static uint64_t write_fadt(struct area *area, uint64_t dsdt)
{
	uint64_t address = 0;
	struct acpi_fadt *fadt = reserve(area, sizeof(*fadt), &address);

	if (!fadt)
		return 0;
	fill_header(&fadt->header, "FACP", FADT_REVISION, sizeof(*fadt));
	fadt->minor_revision = FADT_MINOR;
	fadt->dsdt = dsdt;
	fadt->x_dsdt = dsdt;
	fadt->profile = PROFILE_ENTERPRISE;
	/* Neither legacy devices nor a keyboard controller: bits 0 and 1 are clear. */
	fadt->boot_architecture = BOOT_NO_VGA;
	fadt->century = RTC_CENTURY;
	fadt->flags = FADT_WBINVD | FADT_C1 | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON |
		      FADT_NO_FIXED_RTC | FADT_RESET_REGISTER | FADT_HEADLESS |
		      FADT_HARDWARE_REDUCED;
	fadt->reset_register = port_address(PORT_RESET);
	fadt->reset_value = RESET_VALUE;
	fadt->sleep_control = port_address(PORT_SLEEP_CONTROL);
	fadt->sleep_status = port_address(PORT_SLEEP_STATUS);
	memcpy(fadt->hypervisor, "SluiceVM", sizeof(fadt->hypervisor));
	seal(&fadt->header);
	return address;
}

static uint64_t write_madt(struct area *area, unsigned vcpus, uint64_t mailbox)
{
	size_t bytes = sizeof(struct acpi_madt) + vcpus * sizeof(struct acpi_madt_lapic) +
		       sizeof(struct acpi_madt_ioapic) +
		       (mailbox ? sizeof(struct acpi_madt_wakeup) : 0);
	uint64_t address = 0;
	struct acpi_madt *madt = reserve(area, bytes, &address);
	struct acpi_madt_lapic *lapic;
	struct acpi_madt_ioapic *ioapic;
	struct acpi_madt_wakeup *wakeup;

	if (!madt)
		return 0;
	fill_header(&madt->header, "APIC", MADT_REVISION, bytes);
	madt->local_apic = PLATFORM_LAPIC;
	lapic = (struct acpi_madt_lapic *)(madt + 1);
	for (unsigned i = 0; i < vcpus; i++)
		lapic[i] = (struct acpi_madt_lapic){.type = MADT_LAPIC,
						    .length = sizeof(*lapic),
						    .processor = i,
						    .apic_id = i,
						    .flags = LAPIC_ENABLED};
	ioapic = (struct acpi_madt_ioapic *)(lapic + vcpus);
	*ioapic = (struct acpi_madt_ioapic){.type = MADT_IOAPIC,
					    .length = sizeof(*ioapic),
					    .id = GUEST_IOAPIC_ID,
					    .address = PLATFORM_IOAPIC};
	wakeup = (struct acpi_madt_wakeup *)(ioapic + 1);
	if (mailbox)
		*wakeup = (struct acpi_madt_wakeup){
			.type = MADT_WAKEUP, .length = sizeof(*wakeup), .mailbox = mailbox};
	seal(&madt->header);
	return address;
}

static uint64_t write_xsdt(struct area *area, uint64_t fadt, uint64_t madt)
{
	uint64_t address = 0;
	struct acpi_xsdt *xsdt = reserve(area, sizeof(*xsdt), &address);

	if (!xsdt)
		return 0;
	fill_header(&xsdt->header, "XSDT", 1, sizeof(*xsdt));
	xsdt->entry[0] = fadt;
	xsdt->entry[1] = madt;
	seal(&xsdt->header);
	return address;
}

uint64_t guest_acpi_write(uint8_t *memory, size_t bytes, uint64_t guest_address, unsigned vcpus,
			  uint64_t mailbox)
{
	struct area area = {.memory = memory, .bytes = bytes, .guest_address = guest_address};
	uint64_t address = 0, dsdt, fadt, madt, xsdt;
	struct acpi_rsdp *rsdp = reserve(&area, sizeof(*rsdp), &address);

	if (!rsdp)
		return 0;
	dsdt = write_dsdt(&area);
	fadt = write_fadt(&area, dsdt);
	madt = write_madt(&area, vcpus, mailbox);
	xsdt = write_xsdt(&area, fadt, madt);
	if (!dsdt || !fadt || !madt || !xsdt)
		return 0;
	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, "SLUICE", 6);
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = xsdt;
	rsdp->checksum = checksum(rsdp, offsetof(struct acpi_rsdp, length));
	rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
	return address;
}
