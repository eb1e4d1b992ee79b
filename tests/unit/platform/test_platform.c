// SPDX-License-Identifier: BSD-2-Clause
/* The whole PC: creation, ports, network devices, power, destruction. */
#include "arch/x86/platform/platform.h"

#include <errno.h>
#include <string.h>

#include "arch/x86/cpu/wallclock.h"
#include "arch/x86/platform/platform_internal.h"
#include "arch/x86/platform/ports.h"
#include "kernel/network.h"
#include "kernel/thread.h"
#include "tests/unit/host/machine_host.h"
#include "tests/unit/platform/fake.h"
#include "vio/device.h"

struct vio_network *host_network;

static struct vio_network network;
static struct vio_device devices[VM_DEVICES_MOST];
static struct vio_device_config last_config;
static unsigned created, destroyed;
static int create_error, destroy_error;
static uint32_t last_offset, last_value, last_doorbell, doorbells;

/* --- What the platform calls ---------------------------------------------------------------------
 */

int vio_device_create(struct vio_device **device, const struct vio_device_config *config)
{
	if (create_error && created)
		return create_error;
	last_config = *config;
	*device = &devices[created++];
	return 0;
}

int vio_device_destroy(struct vio_device *device)
{
	(void)device;
	if (destroy_error)
		return destroy_error;
	destroyed++;
	return 0;
}

uint32_t vio_device_read(struct vio_device *device, uint32_t offset)
{
	(void)device;
	last_offset = offset;
	return VIO_NET_MAGIC;
}

void vio_device_write(struct vio_device *device, uint32_t offset, uint32_t value)
{
	(void)device;
	last_offset = offset;
	last_value = value;
}

void vio_device_doorbell(struct vio_device *device, unsigned queue)
{
	(void)device;
	last_doorbell = queue;
	doorbells++;
}

void thread_yield(void)
{
}

uint64_t wallclock_us(void)
{
	return 1795993799000000; /* 2026-11-29 23:09:59 */
}

/* --- Tests ---------------------------------------------------------------------------------------
 */

/* An ELF kernel of one instruction. */
static uint8_t image[0x1010];

static void put(unsigned offset, unsigned bytes, uint64_t value)
{
	memcpy(image + offset, &value, bytes);
}

static void make_elf(void)
{
	memcpy(image, "\x7f\x45LF\x02\x01\x01", 7);
	put(16, 2, 2);
	put(18, 2, 62);
	put(24, 8, 0x200000);
	put(32, 8, 64);
	put(54, 2, 56);
	put(56, 2, 1);
	put(64, 4, 1);
	put(64 + 8, 8, 0x1000);
	put(64 + 16, 8, 0x200000);
	put(64 + 24, 8, 0x200000);
	put(64 + 32, 8, 1);
	put(64 + 40, 8, 1);
	image[0x1000] = 0xf4;
}

static int setup(void **state)
{
	(void)state;
	fake_reset(4 << 20);
	make_elf();
	strcpy(fake.config.kernel, "kernel");
	fake.module[0].data = image;
	fake.module[0].bytes = sizeof(image);
	fake.config.nets = 2;
	fake.config.net[1].queues = 4;
	memcpy(fake.config.net[1].mac, "\x02\x00\x00\x00\x00\x07", 6);
	host_network = &network;
	created = destroyed = doorbells = 0;
	create_error = destroy_error = 0;
	return 0;
}

static void create(void)
{
	struct vcpu_start start;

	assert_int_equal(platform_create(FAKE_VM, &start, NULL), 0);
	assert_int_equal(start.rip, 0x200000);
}

static int teardown(void **state)
{
	(void)state;
	destroy_error = 0;
	assert_int_equal(platform_destroy(FAKE_VM), 0);
	assert_int_equal(fake.allocations, 0);
	assert_int_equal(created, destroyed);
	return 0;
}

static uint32_t in(uint16_t port, unsigned bytes)
{
	return platform_io_read(FAKE_VCPU, port, bytes);
}

static void out(uint16_t port, unsigned bytes, uint32_t value)
{
	platform_io_write(FAKE_VCPU, port, bytes, value);
}

static void test_ports(void **state)
{
	(void)state;
	create();
	assert_int_equal(in(0x3f8 + 5, 1), 0x60);
	assert_int_equal(in(0x3f8 + 4, 2), 0x6000);
	out(0x3f8 + 7, 1, 0x5a);
	assert_int_equal(in(0x3f8 + 7, 1), 0x5a);
	assert_int_equal(in(0x3f8 + 7, 2), 0xffffffff); /* across the end */
	for (const char *c = "hi\n"; *c; c++)
		out(0x3f8, 1, *c);
	assert_string_equal(host_log_line, "test: hi");
	out(0x70, 1, 0x89);
	assert_int_equal(in(0x71, 1), 0x26);
	out(0x71, 1, 0x27);
	assert_int_equal(in(0x71, 1), 0x27);
	assert_true(fake.vm.clock_offset_us == 365 * 86400 * 1000000ll);
	assert_int_equal(in(0x61, 1), 0xffffffff);
	assert_int_equal(in(0x40, 1), 0xffffffff);
	out(0x80, 1, 0);
	assert_int_equal(in(PORT_SLEEP_STATUS, 1), 0);
	out(0xcf8, 4, 0x80000800);
	assert_int_equal(in(0xcfc, 4), 0x000151ce);
	assert_int_equal(in(0xfffe, 4), 0xffffffff);
	assert_int_equal(fake.stops, 0);
}

/* Every port in every width, with odd values: nothing breaks. */
static void test_every_port(void **state)
{
	(void)state;
	create();
	for (unsigned port = 0; port < 0x10000; port++) {
		for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
			in(port, bytes);
			out(port, bytes, 0xfffefdfc);
		}
	}
}

static void test_power(void **state)
{
	(void)state;
	create();
	out(PORT_SLEEP_CONTROL, 1, SLEEP_TYPE_S5 << SLEEP_TYPE_SHIFT);
	out(PORT_SLEEP_CONTROL, 1, SLEEP_ENABLE | 3 << SLEEP_TYPE_SHIFT);
	out(PORT_RESET, 1, 0x02);
	assert_int_equal(fake.stops, 0);
	out(PORT_SLEEP_CONTROL, 1, SLEEP_POWER_OFF);
	assert_int_equal(fake.stops, 1);
	assert_false(fake.stop_reboot);
	assert_string_equal(fake.stop_reason, "powered off");
	out(PORT_RESET, 1, RESET_VALUE);
	assert_int_equal(fake.stops, 2);
	assert_true(fake.stop_reboot);
}

/* mov dx, 0xcf9; mov al, 6; out dx, al; hlt; jmp back to it */
static void test_reset_vector(void **state)
{
	(void)state;
	create();
	assert_memory_equal(fake.vm.region[0].memory + 0xffff0,
			    "\xba\xf9\x0c\xb0\x06\xee\xf4\xeb\xfd", 9);
}

static void test_console_input(void **state)
{
	(void)state;
	platform_console_input(FAKE_VM, 'x'); /* no platform yet */
	create();
	/* Vector 0x41 for I/O APIC pin 4, then receive interrupts of the UART. */
	vioapic_write(&platform_of(FAKE_VM)->ioapic, 0, 4, 0x18);
	vioapic_write(&platform_of(FAKE_VM)->ioapic, 0x10, 4, 0x8041);
	out(0x3f8 + 4, 1, 8);
	out(0x3f8 + 1, 1, 1);
	platform_console_input(FAKE_VM, 'k');
	assert_int_equal(fake.messages, 1);
	platform_eoi(FAKE_VM, 0x41);
	assert_int_equal(fake.messages, 2);
	assert_int_equal(in(0x3f8, 1), 'k');
	platform_eoi(FAKE_VM, 0x41);
	assert_int_equal(fake.messages, 2);
}

static uint64_t bar;

static void mmio(const char *code, uint32_t offset, bool is_write)
{
	memcpy(fake.vm.region[0].memory + 0x9000, code, 8);
	fake.mode = (struct vcpu_mode){.code64 = true, .rip = 0x9000};
	platform_mmio_exit(FAKE_VCPU, bar + offset, is_write);
}

static void test_network_device(void **state)
{
	struct vio_region region;

	(void)state;
	create();
	assert_int_equal(created, 2);
	assert_ptr_equal(fake.vm.device[0], &devices[0]);
	assert_ptr_equal(fake.vm.device[1], &devices[1]);
	assert_int_equal(last_config.queue_pairs, 4);
	assert_memory_equal(last_config.mac, "\x02\x00\x00\x00\x00\x07", 6);
	assert_ptr_equal(last_config.network, &network);
	assert_string_equal(last_config.name, "test net1");
	assert_true(last_config.ops->region(last_config.guest, 0x1000, &region));
	assert_ptr_equal(region.memory, fake.vm.region[0].memory);
	assert_int_equal(region.bytes, fake.vm.region[0].bytes);
	assert_false(last_config.ops->region(last_config.guest, region.bytes, &region));

	out(0xcf8, 4, 0x80001010);
	bar = in(0xcfc, 4);
	out(0xcf8, 4, 0x80001004);
	out(0xcfc, 2, 6);
	mmio("\x8b\x07......", VIO_REG_MAGIC, false);
	assert_int_equal(fake.registers[VCPU_RAX], VIO_NET_MAGIC);
	mmio("\x89\x07......", VIO_REG_STATUS, true);
	assert_int_equal(last_offset, VIO_REG_STATUS);
	assert_int_equal(last_value, VIO_NET_MAGIC);
	mmio("\x89\x07......", VIO_BAR_DOORBELLS + 4 * 31, true);
	assert_int_equal(last_doorbell, 31);
	assert_int_equal(doorbells, 1);
	/* Only whole registers. */
	last_offset = 0x77;
	mmio("\x88\x07......", VIO_REG_STATUS, true);
	mmio("\x66\x89\x07.....", VIO_BAR_DOORBELLS, true);
	mmio("\x48\x89\x07.....", VIO_REG_STATUS, true);
	mmio("\x89\x07......", VIO_REG_STATUS + 2, true);
	mmio("\x89\x07......", VIO_BAR_MSIX_TABLE + 0x800, true);
	assert_int_equal(last_offset, 0x77);
	assert_int_equal(doorbells, 1);
	mmio("\x8a\x07......", VIO_REG_STATUS, false);
	assert_int_equal(fake.registers[VCPU_RAX] & 0xff, 0xff);
	assert_int_equal(fake.stops, 0);
	last_config.ops->post_interrupt(last_config.function, 3);
	assert_int_equal(fake.messages, 0);
	assert_int_equal(platform_of(FAKE_VM)->pci.function[2]->msix.pending, 8);
}

static void test_create_fails(void **state)
{
	struct vcpu_start start;

	(void)state;
	create_error = -EEXIST;
	assert_int_equal(platform_create(FAKE_VM, &start, NULL), -EEXIST);
	destroy_error = -EBUSY;
	assert_int_equal(platform_destroy(FAKE_VM), -EBUSY);
	destroy_error = 0;
	assert_int_equal(platform_destroy(FAKE_VM), 0);
	assert_null(fake.vm.platform);
	assert_null(fake.vm.device[0]);
	assert_int_equal(destroyed, 1);
	host_network = NULL;
	assert_int_equal(platform_create(FAKE_VM, &start, NULL), -ENODEV);
	assert_contains(host_log_line, "there is no network");
	assert_int_equal(platform_destroy(FAKE_VM), 0);
	fake.module[0].data = NULL;
	assert_int_equal(platform_create(FAKE_VM, &start, NULL), -ENOENT);
	fake.vm.region[0].bytes = 4096;
	assert_int_equal(platform_create(FAKE_VM, &start, NULL), -ENOMEM);
	assert_int_equal(fake.allocations, 0);
}

static void test_destroy_again(void **state)
{
	(void)state;
	create();
	destroy_error = -EBUSY;
	assert_int_equal(platform_destroy(FAKE_VM), -EBUSY);
	assert_non_null(fake.vm.platform);
	destroy_error = 0;
	assert_int_equal(platform_destroy(FAKE_VM), 0);
	assert_int_equal(platform_destroy(FAKE_VM), 0);
	assert_null(fake.vm.device[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ports, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_port, setup, teardown),
		cmocka_unit_test_setup_teardown(test_power, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_vector, setup, teardown),
		cmocka_unit_test_setup_teardown(test_console_input, setup, teardown),
		cmocka_unit_test_setup_teardown(test_network_device, setup, teardown),
		cmocka_unit_test_setup_teardown(test_create_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_destroy_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
