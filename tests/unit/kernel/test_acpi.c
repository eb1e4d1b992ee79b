// SPDX-License-Identifier: BSD-2-Clause
/* Reading ACPI tables: good ones, and the mistakes that firmware makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "firmware.h"
#include "kernel/errno.h"
#include "machine_host.h"

#define RSDP 0xf0040
#define RSDT 0x7fe0000
#define XSDT 0x17fe0000
#define MADT 0x7fe1000
#define FADT 0x7fe2000
#define DSDT 0x7fe3000

static void fix_checksum(uint8_t *data, size_t bytes, size_t at)
{
	uint8_t sum = 0;

	data[at] = 0;
	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + data[i]);
	data[at] = (uint8_t)-sum;
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* Puts a table of header and body at address. Returns its bytes, for further mistakes. */
static uint8_t *put_table(uint64_t address, const char *signature, const void *body, size_t bytes)
{
	uint8_t table[1024] = {0};

	memcpy(table, signature, 4);
	put32(table + 4, (uint32_t)(36 + bytes));
	memcpy(table + 36, body, bytes);
	fix_checksum(table, 36 + bytes, 9);
	return firmware_put(address, table, 36 + bytes);
}

static uint8_t *put_rsdp(uint8_t revision)
{
	uint8_t rsdp[36] = "RSD PTR ";
	uint64_t xsdt = XSDT;

	rsdp[15] = revision;
	put32(rsdp + 16, RSDT);
	put32(rsdp + 20, sizeof(rsdp));
	memcpy(rsdp + 24, &xsdt, sizeof(xsdt));
	fix_checksum(rsdp, 20, 8);
	fix_checksum(rsdp, 36, 32);
	return firmware_put(RSDP, rsdp, sizeof(rsdp));
}

static void put_list(const uint32_t *addresses, unsigned count)
{
	uint64_t wide[8];

	for (unsigned i = 0; i < count; i++)
		wide[i] = addresses[i];
	put_table(RSDT, "RSDT", addresses, count * sizeof(*addresses));
	put_table(XSDT, "XSDT", wide, count * sizeof(*wide));
}

/* Two enabled cores, a disabled one, an I/O APIC, an x2APIC core, a duplicate. */
static const uint8_t madt_body[] = {
	0, 0,  0xe0, 0xfe, 1,    0,    0,    0,                   /* address, flags */
	0, 8,  0,    0,    1,    0,    0,    0,                   /* APIC id 0 */
	0, 8,  1,    4,    1,    0,    0,    0,                   /* APIC id 4 */
	0, 8,  2,    6,    0,    0,    0,    0,                   /* disabled */
	1, 12, 9,    0,    0,    0,    0xc0, 0xfe, 0,    0, 0, 0, /* I/O APIC */
	2, 10, 0,    4,    20,   0,    0,    0,    0x0f, 0,       /* IRQ 4: GSI 20, low, level */
	2, 10, 0,    99,   21,   0,    0,    0,    0,    0,       /* no such IRQ */
	9, 16, 0,    0,    0x34, 0x12, 0,    0,    1,    0, 0, 0,
	3, 0,  0,    0, /* x2APIC id 0x1234 */
	9, 16, 0,    0,    4,    0,    0,    0,    1,    0, 0, 0,
	1, 0,  0,    0, /* x2APIC id 4 again */
};

static uint8_t *put_fadt(void)
{
	uint8_t body[129 - 36] = {0};

	put32(body + 40 - 36, DSDT);
	put32(body + 48 - 36, 0xb2);
	body[52 - 36] = 0xa0;
	put32(body + 64 - 36, 0x604);
	put32(body + 76 - 36, 0x608);
	body[91 - 36] = 4;
	put32(body + 112 - 36, 1u << 10);
	body[116 - 36] = 1;
	put32(body + 120 - 36, 0xcf9);
	body[128 - 36] = 6;
	return put_table(FADT, "FACP", body, sizeof(body));
}

static const uint8_t s5_body[] = {0x10, 0x05, 0x5f, 0x53, 0x42, 0x5f, /* a scope before it */
				  0x08, '_',  'S',  '5',  '_',  0x12, 0x08,
				  0x04, 0x0a, 0x05, 0x0a, 0x07, 0x00, 0x00};

static int setup(void **state)
{
	static const uint32_t tables[] = {MADT, FADT};

	(void)state;
	firmware_clear();
	put_list(tables, 2);
	put_table(MADT, "APIC", madt_body, sizeof(madt_body));
	put_fadt();
	put_table(DSDT, "DSDT", s5_body, sizeof(s5_body));
	memset(host_log_count, 0, sizeof(host_log_count));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	firmware_clear();
	return 0;
}

static void check_all(const struct acpi_info *info)
{
	assert_int_equal(info->cores, 3);
	assert_int_equal(info->apic_id[0], 0);
	assert_int_equal(info->apic_id[1], 4);
	assert_int_equal(info->apic_id[2], 0x1234);
	assert_int_equal(info->cores_disabled, 1);
	assert_int_equal(info->ioapics, 1);
	assert_int_equal(info->ioapic[0].address, 0xfec00000);
	assert_int_equal(info->ioapic[0].gsi_base, 0);
	assert_int_equal(info->isa_irq[3].gsi, 3);
	assert_int_equal(info->isa_irq[4].gsi, 20);
	assert_int_equal(info->isa_irq[4].flags, 0xf);
	assert_int_equal(info->pm_timer_port, 0x608);
	assert_int_equal(info->pm1a_control, 0x604);
	assert_int_equal(info->pm1b_control, 0);
	assert_int_equal(info->smi_command, 0xb2);
	assert_int_equal(info->acpi_enable, 0xa0);
	assert_true(info->has_reset);
	assert_int_equal(info->reset.space, 1);
	assert_int_equal(info->reset.address, 0xcf9);
	assert_int_equal(info->reset_value, 6);
	assert_true(info->has_s5);
	assert_int_equal(info->s5_type_a, 5);
	assert_int_equal(info->s5_type_b, 7);
}

static void test_rsdt(void **state)
{
	struct acpi_info info;

	(void)state;
	put_rsdp(0);
	assert_int_equal(acpi_parse(RSDP, &info), 0);
	check_all(&info);
	assert_int_equal(host_log_count[1], 0);
}

static void test_xsdt(void **state)
{
	struct acpi_info info;
	uint8_t *rsdp;

	(void)state;
	rsdp = put_rsdp(2);
	put32(rsdp + 16, 0); /* no RSDT */
	fix_checksum(rsdp, 20, 8);
	fix_checksum(rsdp, 36, 32);
	assert_int_equal(acpi_parse(RSDP, &info), 0);
	check_all(&info);
}

static void test_bad_xsdt_checksum_means_rsdt(void **state)
{
	struct acpi_info info;
	uint8_t *rsdp;

	(void)state;
	rsdp = put_rsdp(2);
	rsdp[32]++;
	assert_int_equal(acpi_parse(RSDP, &info), 0);
	check_all(&info);
}

static void test_no_rsdp(void **state)
{
	struct acpi_info info;
	uint8_t *rsdp;

	(void)state;
	assert_int_equal(acpi_parse(0, &info), -ENOENT);
	rsdp = put_rsdp(0);
	rsdp[10]++;
	assert_int_equal(acpi_parse(RSDP, &info), -ENOENT);
	assert_int_equal(info.cores, 0);
	assert_false(info.has_s5);
}

static void test_search(void **state)
{
	uint8_t area[0x20000] = {0}, ebda[1024] = {0};
	uint16_t segment = 0x9fc0;

	(void)state;
	assert_int_equal(acpi_search_rsdp(), 0);
	firmware_put(0xe0000, area, sizeof(area));
	assert_int_equal(acpi_search_rsdp(), 0);
	firmware_clear();
	memcpy(area + 0x10050, "RSD PTR ", 8);
	fix_checksum(area + 0x10050, 20, 8);
	firmware_put(0xe0000, area, sizeof(area));
	assert_int_equal(acpi_search_rsdp(), 0xf0050);
	memcpy(ebda + 0x20, "RSD PTR ", 8);
	fix_checksum(ebda + 0x20, 20, 8);
	firmware_put(0x40e, &segment, sizeof(segment));
	firmware_put(0x9fc00, ebda, sizeof(ebda));
	assert_int_equal(acpi_search_rsdp(), 0x9fc20);
}

static void test_bad_table_is_left_out(void **state)
{
	static const uint32_t tables[] = {MADT, FADT};
	struct acpi_info info;

	(void)state;
	firmware_clear();
	put_rsdp(0);
	put_list(tables, 2);
	put_table(MADT, "APIC", madt_body, sizeof(madt_body))[50]++;
	put_fadt();
	put_table(DSDT, "DSDT", s5_body, sizeof(s5_body));
	assert_int_equal(acpi_parse(RSDP, &info), 0);
	assert_int_equal(info.cores, 0);
	assert_true(info.has_s5);
	assert_int_equal(host_log_count[1], 1);
	assert_non_null(strstr(host_log_line, "APIC"));
	assert_non_null(strstr(host_log_line, "checksum"));
}

static void test_table_lengths(void **state)
{
	static const uint32_t lengths[] = {0, 35, 1u << 30, 200};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		static const uint32_t tables[] = {MADT};
		struct acpi_info info;

		firmware_clear();
		put_rsdp(0);
		put_list(tables, 1);
		put32(put_table(MADT, "APIC", madt_body, sizeof(madt_body)) + 4, lengths[i]);
		assert_int_equal(acpi_parse(RSDP, &info), 0);
		assert_int_equal(info.cores, 0);
		assert_non_null(strstr(host_log_line, "length"));
	}
}

/* The table in an allocation of its own, so that the sanitizer sees every read beyond it. */
static void parse_copy(void (*parse)(const uint8_t *, size_t, struct acpi_info *),
		       const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	memcpy(copy, table, bytes);
	memset(info, 0, sizeof(*info));
	parse(copy, bytes, info);
	free(copy);
}

static void test_madt_structures(void **state)
{
	uint8_t table[36 + sizeof(madt_body)] = {0};
	struct acpi_info info;

	(void)state;
	memcpy(table + 36, madt_body, sizeof(madt_body));
	for (size_t bytes = 36; bytes <= sizeof(table); bytes++)
		parse_copy(acpi_parse_madt, table, bytes, &info);
	assert_int_equal(info.cores, 3);
	table[44 + 8 + 1] = 0; /* the second structure's length: must not loop for ever */
	parse_copy(acpi_parse_madt, table, sizeof(table), &info);
	assert_int_equal(info.cores, 1);
	table[44 + 8 + 1] = 255;
	parse_copy(acpi_parse_madt, table, sizeof(table), &info);
	assert_int_equal(info.cores, 1);
}

/* By processor UID, or for all; LINT1 without an entry, as where there are none. */
static void test_local_nmi(void **state)
{
	static const uint8_t body[] = {
		0,  0,  0xe0, 0xfe, 1, 0, 0, 0, /* address, flags */
		4,  6,  7,    0x0f, 0, 0,       /* UID 7: LINT0, active low */
		4,  6,  8,    0,    0, 2,       /* no such pin */
		0,  8,  7,    4,    1, 0, 0, 0, /* APIC id 4, UID 7 */
		0,  8,  8,    6,    1, 0, 0, 0, /* APIC id 6, UID 8 */
		9,  16, 0,    0,    0, 1, 0, 0, 1, 0, 0, 0, 9, 1, 0, 0, /* APIC id 256, UID 265 */
		10, 12, 5,    0,    9, 1, 0, 0, 0, 0, 0, 0, /* UID 265: LINT0, active high */
		4,  5,  7,    0,    0,                      /* too short */
	};
	uint8_t table[36 + sizeof(body) + 6] = {0};
	struct acpi_info info;

	(void)state;
	memcpy(table + 36, body, sizeof(body));
	for (size_t bytes = 36; bytes <= 36 + sizeof(body); bytes++)
		parse_copy(acpi_parse_madt, table, bytes, &info);
	assert_int_equal(info.local_nmis, 2);
	assert_int_equal(acpi_find_nmi(&info, 4).lint, 0);
	assert_true(acpi_find_nmi(&info, 4).active_low);
	assert_int_equal(acpi_find_nmi(&info, 6).lint, 1);
	assert_false(acpi_find_nmi(&info, 6).active_low);
	assert_int_equal(acpi_find_nmi(&info, 256).lint, 0);
	assert_int_equal(acpi_find_nmi(&info, 99).lint, 1);
	/* For all processors. */
	memcpy(table + 36 + sizeof(body), (const uint8_t[]){4, 6, 0xff, 0, 0, 1}, 6);
	table[36 + 8 + 2] = 0xff;
	parse_copy(acpi_parse_madt, table, sizeof(table), &info);
	assert_int_equal(acpi_find_nmi(&info, 99).lint, 0);
}

static void test_short_fadt(void **state)
{
	struct acpi_info info;
	uint8_t *table;

	(void)state;
	firmware_clear();
	table = put_fadt();
	for (size_t bytes = 36; bytes <= 129; bytes++) {
		parse_copy(acpi_parse_fadt, table, bytes, &info);
		assert_int_equal(info.has_reset, bytes >= 129);
		assert_int_equal(info.pm_timer_port, bytes > 91 ? 0x608 : 0);
		assert_int_equal(info.pm1a_control, bytes >= 68 ? 0x604 : 0);
	}
}

static void test_watchdog(void **state)
{
	static const uint32_t tables[] = {MADT, FADT};
	uint8_t body[32] = {0};
	struct acpi_info info;

	(void)state;
	body[60 - 36] = 1;
	for (unsigned bytes = 24; bytes <= 32; bytes += 8) {
		firmware_clear();
		put_rsdp(0);
		put_list(tables, 2);
		put_table(MADT, "WDAT", body, bytes);
		put_table(FADT, "WDRT", body, 8);
		memset(host_log_count, 0, sizeof(host_log_count));
		assert_int_equal(acpi_parse(RSDP, &info), 0);
		assert_int_equal(host_log_count[1], 2);
		assert_non_null(strstr(host_log_line, "WDRT"));
		acpi_report_watchdog(put_table(MADT, "WDAT", body, bytes), 36 + bytes);
		assert_int_equal(!!strstr(host_log_line, "switched on"), bytes == 32);
	}
}

static void check_s5(const uint8_t *aml, size_t bytes, bool found, unsigned a, unsigned b)
{
	uint8_t table[100] = {0};
	struct acpi_info info;

	memcpy(table + 36, aml, bytes);
	for (size_t cut = 36; cut <= 36 + bytes; cut++)
		parse_copy(acpi_parse_s5, table, cut, &info);
	assert_int_equal(info.has_s5, found);
	if (found) {
		assert_int_equal(info.s5_type_a, a);
		assert_int_equal(info.s5_type_b, b);
	}
}

static void test_s5_forms(void **state)
{
	static const uint8_t rooted[] = {0, 0, 8, '\\', '_', 'S', '5', '_', 0x12, 6, 4, 0, 1, 0, 0};
	static const uint8_t long_length[] = {0,    0,    8, '_', 'S', '5',  '_', 0x12,
					      0x47, 0x00, 4, 1,   10,  0x80, 0};
	static const uint8_t mentioned[] = {0, 0, 0x5c, '_', 'S', '5', '_', 0x12, 6, 4, 1, 1, 0, 0};
	static const uint8_t no_package[] = {0, 0, 8, '_', 'S', '5', '_', 0x0a, 6, 4, 1, 1, 0, 0};

	(void)state;
	check_s5(rooted, sizeof(rooted), true, 0, 1);
	check_s5(long_length, sizeof(long_length), true, 1, 0x80);
	check_s5(mentioned, sizeof(mentioned), false, 0, 0);
	check_s5(no_package, sizeof(no_package), false, 0, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rsdt),
		TEST(test_xsdt),
		TEST(test_bad_xsdt_checksum_means_rsdt),
		TEST(test_no_rsdp),
		TEST(test_search),
		TEST(test_bad_table_is_left_out),
		TEST(test_table_lengths),
		TEST(test_madt_structures),
		TEST(test_local_nmi),
		TEST(test_short_fadt),
		TEST(test_watchdog),
		TEST(test_s5_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
