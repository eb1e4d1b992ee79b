/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of a client without manners: most could well be good ones, the more to reach. */
#include "tests/unit/vfio_user/fuzz_messages.h"

#include <string.h>

static size_t make_map(struct fuzz *f, uint8_t *to)
{
	struct vfu_dma_map_request map = {.argsz = sizeof(map), .flags = 3};

	map.address = one_in(f, 2) ? MEMORY_BASE + 4096 * draw_below(f, 256) : draw_edge(f);
	map.size = one_in(f, 2) ? 4096 * draw_below(f, 64) : draw_edge(f);
	if (one_in(f, 4)) {
		map.address = MEMORY_BASE;
		map.size = MEMORY_BYTES;
	}
	map.offset = one_in(f, 2) ? 4096 * draw_below(f, 64) : draw_edge(f);
	if (one_in(f, 8))
		map.flags = (uint32_t)draw_below(f, 8);
	memcpy(to, &map, sizeof(map));
	return sizeof(map);
}

/* Often one of what is mapped. */
static size_t make_unmap(struct fuzz *f, uint8_t *to)
{
	struct vfu_dma_unmap_request unmap = {
		.argsz = 24, .address = draw_edge(f), .size = draw_edge(f)};
	const struct vfu_dma *dma = &f->client->port.dma;

	if (dma->count && !one_in(f, 4)) {
		const struct vfu_dma_range *range = &dma->range[draw_below(f, dma->count)];

		unmap.address = range->start;
		unmap.size = range->size;
	}
	if (one_in(f, 30))
		unmap = (struct vfu_dma_unmap_request){24, VFU_DMA_UNMAP_ALL, 0, 0};
	memcpy(to, &unmap, sizeof(unmap));
	return sizeof(unmap);
}

static size_t make_info(struct fuzz *f, uint8_t *to)
{
	const uint32_t words[8] = {one_in(f, 4) ? (uint32_t)draw_edge(f) : 32, 0,
				   (uint32_t)draw_below(f, 12)};

	memcpy(to, words, sizeof(words));
	return one_in(f, 2) ? 16 : 32;
}

static size_t make_irqs(struct fuzz *f, uint8_t *to)
{
	struct vfu_irq_set set = {.argsz = 20};
	size_t extra = 0;

	set.flags = 1u << draw_below(f, 3) | 8u << draw_below(f, 3);
	set.index = (uint32_t)(one_in(f, 4) ? draw_below(f, 6) : VFU_MSIX);
	set.start = (uint32_t)(one_in(f, 8) ? draw_edge(f) : draw_below(f, 64));
	set.count = (uint32_t)(one_in(f, 8) ? draw_edge(f) : draw_below(f, 8));
	if (one_in(f, 20))
		set.flags = (uint32_t)draw(f);
	if (set.flags & VFU_IRQ_DATA_BOOL && set.count < 100)
		extra = set.count;
	set.argsz += (uint32_t)extra;
	memcpy(to, &set, sizeof(set));
	for (size_t i = 0; i < extra; i++)
		to[sizeof(set) + i] = (uint8_t)draw_below(f, 2);
	return sizeof(set) + extra;
}

/* Registers that make the card do something, with values that suit them. */
static void choose_register(struct fuzz *f, struct vfu_region_access *access, uint64_t *value)
{
	static const uint32_t rings[] = {0x1000, 0x1040, 0x6000, 0x6040, 0xd000};
	static const uint32_t others[] = {
		0x0000,  0x0008,  0x0018, 0x0020, 0x0028, 0x0800,  0x0808, 0x0880,  0x0888, 0x0810,
		0x0820,  0x0898,  0x0900, 0x0904, 0x2f00, 0x3000,  0x3c00, 0x4240,  0x4a80, 0x4950,
		0x5080,  0x5000,  0x5088, 0x5200, 0x5400, 0x5818,  0x5c00, 0x8100,  0xcc00, 0x10010,
		0x10014, 0x10160, 0xee2c, 0x4900, 0x8120, 0x0ec80, 0x4a82, 0x0e600, 0x5128};
	static const uint32_t ring[] = {0,    4,    8,    0xc,  0x10, 0x14,
					0x18, 0x18, 0x18, 0x28, 0x28, 0x38};

	access->region = VFU_BAR0;
	access->count = one_in(f, 10) ? 8 : 4;
	*value = draw_edge(f);
	if (one_in(f, 2)) {
		const uint32_t offset = ring[draw_below(f, sizeof(ring) / sizeof(ring[0]))];

		access->offset = rings[draw_below(f, 5)] + offset;
		if (offset == 0)
			*value = draw_address(f);
		else if (offset == 4)
			*value = one_in(f, 10);
		else if (offset == 8)
			*value = 128 * draw_below(f, 64);
		else if (offset == 0x18)
			*value = draw_below(f, 64);
		else if (offset == 0x14)
			*value = 0x02000000 | draw_below(f, 0x1000);
		else if (offset == 0x28)
			*value = 1u << 25;
	} else {
		access->offset = others[draw_below(f, sizeof(others) / sizeof(others[0]))];
	}
}

static size_t make_access(struct fuzz *f, uint8_t *to, bool write)
{
	struct vfu_region_access access = {draw_edge(f), (uint32_t)draw_below(f, 10), 4};
	uint64_t value = draw(f);

	switch (draw_below(f, 8)) {
	case 0:
		access.count = (uint32_t)draw_edge(f);
		break;
	case 1:
		access.region = VFU_CONFIG;
		access.offset = draw_below(f, 256);
		access.count = 1u << draw_below(f, 3);
		if (one_in(f, 2)) {
			access.offset = 4;
			value = 6;
		}
		break;
	default:
		choose_register(f, &access, &value);
	}
	memcpy(to, &access, sizeof(access));
	if (!write)
		return sizeof(access);
	memcpy(to + sizeof(access), &value, sizeof(value));
	return sizeof(access) + (access.count < 512 ? access.count : 8);
}

static size_t make_writes(struct fuzz *f, uint8_t *to)
{
	uint64_t n = draw_below(f, 20);

	for (uint64_t i = 0; i < n; i++) {
		struct vfu_region_write_one one = {.count = 4};
		struct vfu_region_access access;
		uint64_t value;

		choose_register(f, &access, &value);
		one.offset = access.offset;
		one.region = access.region;
		if (one_in(f, 20))
			one.count = (uint32_t)draw_edge(f);
		memcpy(one.data, &value, sizeof(value));
		memcpy(to + 8 + i * sizeof(one), &one, sizeof(one));
	}
	if (one_in(f, 10))
		memcpy(to, &(uint64_t){draw_edge(f)}, 8);
	else
		memcpy(to, &n, 8);
	return 8 + n * sizeof(struct vfu_region_write_one);
}

size_t fuzz_make_payload(struct fuzz *f, uint16_t command, uint8_t *to)
{
	switch (command) {
	case VFU_DMA_MAP:
		return make_map(f, to);
	case VFU_DMA_UNMAP:
		return make_unmap(f, to);
	case VFU_DEVICE_GET_INFO:
	case VFU_DEVICE_GET_REGION_INFO:
	case VFU_DEVICE_GET_REGION_IO_FDS:
	case VFU_DEVICE_GET_IRQ_INFO:
		return make_info(f, to);
	case VFU_DEVICE_SET_IRQS:
		return make_irqs(f, to);
	case VFU_REGION_READ:
		return make_access(f, to, false);
	case VFU_REGION_WRITE:
		return make_access(f, to, true);
	case VFU_REGION_WRITE_MULTI:
		return make_writes(f, to);
	default:
		return 0;
	}
}

void fuzz_spoil(struct fuzz *f, uint8_t *bytes, size_t len)
{
	for (uint64_t n = 1 + draw_below(f, 4); n && len; n--)
		bytes[draw_below(f, len)] = (uint8_t)(one_in(f, 3) ? draw(f) : draw_edge(f));
}

static int choose_fd(struct fuzz *f)
{
	const int fds[] = {f->client->memfd, f->client->memfd, f->client->memfd, f->sparse,
			   f->null,          f->event,         f->event,         f->client->fd};

	return fds[draw_below(f, sizeof(fds) / sizeof(fds[0]))];
}

unsigned fuzz_choose_fds(struct fuzz *f, uint16_t command, const uint8_t *payload, int *fds)
{
	struct vfu_irq_set set;
	unsigned n = 0;

	if (command == VFU_DMA_MAP) {
		n = !one_in(f, 3);
	} else if (command == VFU_DEVICE_SET_IRQS) {
		memcpy(&set, payload, sizeof(set));
		if (set.flags & VFU_IRQ_DATA_EVENTFD && set.count <= 16)
			n = set.count;
	}
	if (one_in(f, 40))
		n = (unsigned)draw_below(f, FUZZ_MAX_FDS);
	for (unsigned i = 0; i < n; i++)
		fds[i] = command == VFU_DEVICE_SET_IRQS && !one_in(f, 20) ? f->event : choose_fd(f);
	return n;
}

void fuzz_make_descriptors(struct fuzz *f, uint64_t *q, uint64_t n)
{
	for (; n; n--, q += 2) {
		const uint64_t len =
			one_in(f, 20) ? draw_below(f, 65536) : 60 + draw_below(f, 1400);

		q[0] = one_in(f, 40) ? draw_edge(f) : draw_address(f) & ~0xfffull;
		q[1] = len << 46 | 0x2b300000u | len;
		if (one_in(f, 10))
			q[1] &= ~(1ull << 24); /* more to follow */
		if (one_in(f, 10))
			q[1] |= draw_below(f, 8) << 40 | draw_below(f, 256) << 24; /* offloads */
		if (one_in(f, 20)) {                                               /* a context */
			q[0] = 14u << 9 | 20;
			q[1] = 0x20200400u | draw_below(f, 4) << 11 | 20ull << 40 |
			       draw_below(f, 2000) << 48;
		}
		if (one_in(f, 60))
			q[1] = draw(f);
	}
}
