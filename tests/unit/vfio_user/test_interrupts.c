/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: eventfds for vectors, their masks and pending bits, and requests that cannot be. */
#include "tests/unit/vfio_user/client.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define NONE    VFU_IRQ_DATA_NONE
#define BOOL    VFU_IRQ_DATA_BOOL
#define EVENTFD VFU_IRQ_DATA_EVENTFD
#define MASK    VFU_IRQ_ACTION_MASK
#define UNMASK  VFU_IRQ_ACTION_UNMASK
#define TRIGGER VFU_IRQ_ACTION_TRIGGER
#define PBA     0x2000

static int setup(void **state)
{
	client_setup(state);
	client_negotiate(*state, NULL);
	client_write32(*state, VFU_CONFIG, 4, 6);
	client_write32(*state, VFU_CONFIG, 0x70, 0x80000000); /* MSI-X on */
	client_write32(*state, VFU_BAR0, 0x898, 0xc0000030);  /* GPIE */
	client_write32(*state, VFU_BAR0, 0x880, 0xffff);      /* EIMS */
	return 0;
}

/* By software, through the card: EICS. */
static void raise(struct client *client, unsigned vector)
{
	client_write32(client, VFU_BAR0, 0x808, 1u << vector);
	client_pass(client, 10 * I82599_PS_PER_US);
	client_write32(client, VFU_BAR0, 0x880, 0xffff);
}

static void test_info(void **state)
{
	static const uint32_t count[5] = {1, 1, 64, 0, 0};
	struct client *client = *state;
	struct vfu_irq_info info;

	for (uint32_t i = 0; i < 5; i++) {
		info = (struct vfu_irq_info){.argsz = 16, .index = i};
		assert_int_equal(client_call(client, VFU_DEVICE_GET_IRQ_INFO, &info, 16, NULL, 0),
				 0);
		memcpy(&info, client->data, sizeof(info));
		assert_int_equal(info.index, i);
		assert_int_equal(info.count, count[i]);
		assert_int_equal(!!(info.flags & VFU_IRQ_EVENTFD), !!count[i]);
		assert_int_equal(info.flags & VFU_IRQ_NORESIZE, 0);
	}
	info = (struct vfu_irq_info){.argsz = 16, .index = 5};
	assert_int_equal(client_call(client, VFU_DEVICE_GET_IRQ_INFO, &info, 16, NULL, 0), EINVAL);
	info = (struct vfu_irq_info){.argsz = 15};
	assert_int_equal(client_call(client, VFU_DEVICE_GET_IRQ_INFO, &info, 16, NULL, 0), EINVAL);
	assert_int_equal(client_call(client, VFU_DEVICE_GET_IRQ_INFO, &info, 12, NULL, 0), EINVAL);
}

static void test_vectors(void **state)
{
	struct client *client = *state;
	const int fds[3] = {client_eventfd(), client_eventfd(), client_eventfd()};

	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 2, 3, fds, 3), 0);
	for (unsigned i = 0; i < 3; i++) {
		raise(client, 2 + i);
		for (unsigned j = 0; j < 3; j++)
			assert_int_equal(client_events(fds[j]), j == i);
	}
	/* Another one in its place; then none, all at once. */
	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 2, 1, &fds[1], 1), 0);
	raise(client, 2);
	assert_int_equal(client_events(fds[0]), 0);
	assert_int_equal(client_events(fds[1]), 1);
	assert_int_equal(client_set_irqs(client, NONE | TRIGGER, VFU_MSIX, 0, 0, NULL, 0), 0);
	raise(client, 2);
	raise(client, 4);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(client_events(fds[i]), 0);
		close(fds[i]);
	}
}

static void test_pending_while_masked(void **state)
{
	struct client *client = *state;
	const int fd = client_eventfd();

	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 5, 1, &fd, 1), 0);
	assert_int_equal(client_set_irqs(client, NONE | MASK, VFU_MSIX, 5, 1, NULL, 0), 0);
	raise(client, 5);
	assert_int_equal(client_events(fd), 0);
	assert_int_equal(client_read32(client, VFU_BAR4, PBA), 1u << 5);
	assert_int_equal(client_set_irqs(client, NONE | UNMASK, VFU_MSIX, 5, 1, NULL, 0), 0);
	assert_int_equal(client_events(fd), 1);
	assert_int_equal(client_read32(client, VFU_BAR4, PBA), 0);
	/* A vector that leads nowhere is as good as masked. */
	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 5, 1, NULL, 0), 0);
	raise(client, 5);
	assert_int_equal(client_read32(client, VFU_BAR4, PBA), 1u << 5);
	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 5, 1, &fd, 1), 0);
	assert_int_equal(client_events(fd), 1);
	close(fd);
}

static void test_function_mask(void **state)
{
	struct client *client = *state;
	const int fd = client_eventfd();

	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 0, 1, &fd, 1), 0);
	client_write32(client, VFU_CONFIG, 0x70, 0xc0000000);
	raise(client, 0);
	assert_int_equal(client_events(fd), 0);
	client_write32(client, VFU_CONFIG, 0x70, 0x80000000);
	assert_int_equal(client_events(fd), 1);
	close(fd);
}

static void test_some_of_them(void **state)
{
	struct client *client = *state;
	const int fds[2] = {client_eventfd(), client_eventfd()};
	struct {
		struct vfu_irq_set set;
		uint8_t which[2];
	} some = {{22, BOOL | TRIGGER, VFU_MSIX, 0, 2}, {0, 1}};

	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 0, 2, fds, 2), 0);
	assert_int_equal(client_call(client, VFU_DEVICE_SET_IRQS, &some, 22, NULL, 0), 0);
	assert_int_equal(client_events(fds[0]), 0);
	assert_int_equal(client_events(fds[1]), 1);
	some.set.flags = BOOL | MASK;
	assert_int_equal(client_call(client, VFU_DEVICE_SET_IRQS, &some, 22, NULL, 0), 0);
	raise(client, 0);
	raise(client, 1);
	assert_int_equal(client_events(fds[0]), 1);
	assert_int_equal(client_events(fds[1]), 0);
	assert_int_equal(client_set_irqs(client, NONE | TRIGGER, VFU_MSIX, 0, 2, NULL, 0), 0);
	assert_int_equal(client_events(fds[0]), 1);
	close(fds[0]);
	close(fds[1]);
}

static void test_msi(void **state)
{
	struct client *client = *state;
	const int fd = client_eventfd();

	client_write32(client, VFU_CONFIG, 0x70, 0);
	client_write32(client, VFU_CONFIG, 0x50, 1u << 16);
	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSI, 0, 1, &fd, 1), 0);
	raise(client, 0);
	assert_true(client_events(fd) > 0);
	close(fd);
}

/* A reset, asked for by message or through configuration space, leaves the eventfds. */
static void test_reset(void **state)
{
	struct client *client = *state;
	const int fd = client_eventfd();

	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_MSIX, 1, 1, &fd, 1), 0);
	for (unsigned i = 0; i < 2; i++) {
		if (i)
			client_write32(client, VFU_CONFIG, 0xa8, 0x8000); /* FLR */
		else
			client_call(client, VFU_DEVICE_RESET, NULL, 0, NULL, 0);
		assert_int_equal(client_read32(client, VFU_CONFIG, 4) & 6, 0);
		client_write32(client, VFU_CONFIG, 4, 6);
		client_write32(client, VFU_CONFIG, 0x70, 0x80000000);
		client_write32(client, VFU_BAR0, 0x898, 0xc0000030);
		client_write32(client, VFU_BAR0, 0x880, 0xffff);
		raise(client, 1);
		assert_int_equal(client_events(fd), 1);
	}
	close(fd);
}

static void test_requests_that_cannot_be(void **state)
{
	struct client *client = *state;
	const int fd = client_eventfd(), fds[2] = {fd, client->memfd};
	const unsigned before = count_fds();
	static const struct {
		uint32_t flags, index, start, count;
		unsigned nfds;
	} bad[] = {
		{0, VFU_MSIX, 0, 1, 0},
		{NONE, VFU_MSIX, 0, 1, 0},
		{TRIGGER, VFU_MSIX, 0, 1, 0},
		{NONE | BOOL | TRIGGER, VFU_MSIX, 0, 1, 0},
		{NONE | MASK | UNMASK, VFU_MSIX, 0, 1, 0},
		{NONE | TRIGGER | 0x40, VFU_MSIX, 0, 1, 0},
		{NONE | TRIGGER, VFU_MSIX, 0, 65, 0},
		{NONE | TRIGGER, VFU_MSIX, 64, 1, 0},
		{NONE | TRIGGER, VFU_MSIX, UINT32_MAX, 2, 0},
		{NONE | TRIGGER, VFU_MSIX, 2, UINT32_MAX, 0},
		{NONE | TRIGGER, VFU_MSI, 1, 1, 0},
		{NONE | TRIGGER, 3, 0, 1, 0},
		{NONE | TRIGGER, 5, 0, 0, 0},
		{NONE | TRIGGER, VFU_MSIX, 1, 0, 0},
		{NONE | MASK, VFU_MSIX, 0, 0, 0},
		{NONE | TRIGGER, VFU_MSIX, 0, 1, 1},
		{BOOL | TRIGGER, VFU_MSIX, 0, 1, 0}, /* without the bytes */
		{EVENTFD | TRIGGER, VFU_MSIX, 0, 0, 0},
		{EVENTFD | TRIGGER, VFU_MSIX, 0, 2, 1},
		{EVENTFD | TRIGGER, VFU_MSIX, 0, 2, 2}, /* one is a file */
		{EVENTFD | MASK, VFU_MSIX, 0, 1, 1},
		{EVENTFD | UNMASK, VFU_MSI, 0, 1, 1},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(client_set_irqs(client, bad[i].flags, bad[i].index, bad[i].start,
						 bad[i].count, fds, bad[i].nfds),
				 EINVAL);
	assert_int_equal(client_call(client, VFU_DEVICE_SET_IRQS,
				     &(struct vfu_irq_set){24, NONE | TRIGGER, VFU_MSIX, 0, 1}, 20,
				     NULL, 0),
			 EINVAL);
	assert_int_equal(client_call(client, VFU_DEVICE_SET_IRQS, "", 0, NULL, 0), EINVAL);
	assert_int_equal(count_fds(), before);
	close(fd);
}

/* INTA: without MSI and MSI-X, and a level. */
static void test_line_interrupt(void **state)
{
	struct client *client = *state;
	const int fd = client_eventfd(), unmask = client_eventfd();

	client_write32(client, VFU_CONFIG, 0x70, 0);
	client_write32(client, VFU_BAR0, 0x898, 0); /* GPIE: one vector */
	assert_int_equal(client_set_irqs(client, EVENTFD | TRIGGER, VFU_INTX, 0, 1, &fd, 1), 0);
	assert_int_equal(client_events(fd), 0);
	client_write32(client, VFU_BAR0, 0x808, 4); /* EICS */
	assert_int_equal(client_events(fd), 1);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) >> 16 & 8, 8);
	client_write32(client, VFU_BAR0, 0x808, 8);
	assert_int_equal(client_events(fd), 0); /* asserted already */
	/* Told again while asserted, however the mask is lifted. */
	assert_int_equal(client_set_irqs(client, NONE | UNMASK, VFU_INTX, 0, 1, NULL, 0), 0);
	assert_int_equal(client_events(fd), 1);
	assert_int_equal(client_set_irqs(client, EVENTFD | UNMASK, VFU_INTX, 0, 1, &unmask, 1), 0);
	assert_int_equal(write(unmask, &(uint64_t){1}, 8), 8);
	vfu_irqs_unmask_told(&client->port.irqs);
	assert_int_equal(client_events(fd), 1);
	/* Reading EICR ends it. */
	assert_int_equal(client_read32(client, VFU_BAR0, 0x800) & 0xffff, 12);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) >> 16 & 8, 0);
	assert_int_equal(client_set_irqs(client, NONE | UNMASK, VFU_INTX, 0, 1, NULL, 0), 0);
	assert_int_equal(client_events(fd), 0);
	/* Not with Command's bit 10, nor with a masked cause. */
	client_write32(client, VFU_CONFIG, 4, 0x406);
	client_write32(client, VFU_BAR0, 0x808, 4);
	assert_int_equal(client_events(fd), 0);
	assert_int_equal(client_read32(client, VFU_CONFIG, 4) >> 16 & 8, 8);
	client_write32(client, VFU_CONFIG, 4, 6);
	assert_int_equal(client_events(fd), 1);
	client_write32(client, VFU_BAR0, 0x888, 0xffff); /* EIMC */
	assert_int_equal(client_set_irqs(client, NONE | UNMASK, VFU_INTX, 0, 1, NULL, 0), 0);
	assert_int_equal(client_events(fd), 0);
	client_write32(client, VFU_BAR0, 0x880, 4);
	assert_int_equal(client_events(fd), 1);
	assert_int_equal(client_call(client, VFU_DEVICE_RESET, NULL, 0, NULL, 0), 0);
	assert_int_equal(client_set_irqs(client, NONE | UNMASK, VFU_INTX, 0, 1, NULL, 0), 0);
	assert_int_equal(client_events(fd), 0);
	assert_int_equal(client_set_irqs(client, NONE | TRIGGER, VFU_INTX, 0, 0, NULL, 0), 0);
	close(fd);
	close(unmask);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_info),
		TEST(test_vectors),
		TEST(test_pending_while_masked),
		TEST(test_function_mask),
		TEST(test_some_of_them),
		TEST(test_msi),
		TEST(test_reset),
		TEST(test_requests_that_cannot_be),
		TEST(test_line_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
