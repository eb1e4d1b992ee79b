/* SPDX-License-Identifier: BSD-2-Clause */
/* The vfio-user protocol's messages (QEMU's docs/interop/vfio-user.rst), as they are on the socket.
 */
#ifndef SLUICE_TOOLS_VFIO_USER_PROTOCOL_H
#define SLUICE_TOOLS_VFIO_USER_PROTOCOL_H

#include <stdint.h>

#define VFU_MAJOR 0u
#define VFU_MINOR 0u

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP,
	VFU_DMA_UNMAP,
	VFU_DEVICE_GET_INFO,
	VFU_DEVICE_GET_REGION_INFO,
	VFU_DEVICE_GET_REGION_IO_FDS,
	VFU_DEVICE_GET_IRQ_INFO,
	VFU_DEVICE_SET_IRQS,
	VFU_REGION_READ,
	VFU_REGION_WRITE,
	VFU_DMA_READ,  /* by the server */
	VFU_DMA_WRITE, /* by the server */
	VFU_DEVICE_RESET,
	VFU_REGION_WRITE_MULTI = 15,
};

struct vfu_header {
	uint16_t id, command;
	uint32_t size; /* with the header */
	uint32_t flags;
#define VFU_TYPE_MASK 0xfu
#define VFU_COMMAND   0u
#define VFU_REPLY     1u
#define VFU_NO_REPLY  0x10u
#define VFU_ERROR     0x20u
	uint32_t error; /* an errno */
};

/* Followed by JSON text with its terminating zero. */
struct vfu_version {
	uint16_t major, minor;
};

struct vfu_dma_map_request {
	uint32_t argsz, flags;
#define VFU_DMA_READABLE  1u
#define VFU_DMA_WRITEABLE 2u
	uint64_t offset, address, size;
};

struct vfu_dma_unmap_request {
	uint32_t argsz, flags;
#define VFU_DMA_UNMAP_ALL 2u /* address and size are 0 */
	uint64_t address, size;
};

struct vfu_device_info {
	uint32_t argsz, flags;
#define VFU_DEVICE_RESETS 1u
#define VFU_DEVICE_PCI    2u
	uint32_t num_regions, num_irqs;
};

enum vfu_region {
	VFU_BAR0,
	VFU_BAR4 = 4,
	VFU_CONFIG = 7,
	VFU_REGIONS = 9, /* six BARs, ROM, configuration space, VGA */
};

struct vfu_region_info {
	uint32_t argsz, flags;
#define VFU_REGION_READABLE  1u
#define VFU_REGION_WRITEABLE 2u
	uint32_t index, cap_offset;
	uint64_t size, offset;
};

enum vfu_irq_type {
	VFU_INTX,
	VFU_MSI,
	VFU_MSIX,
	VFU_IRQ_TYPES = 5, /* with errors and requests, of which there are none */
};

struct vfu_irq_info {
	uint32_t argsz, flags;
#define VFU_IRQ_EVENTFD    1u
#define VFU_IRQ_MASKABLE   2u
#define VFU_IRQ_AUTOMASKED 4u
#define VFU_IRQ_NORESIZE   8u
	uint32_t index, count;
};

/* Followed by `count` bytes with VFU_IRQ_DATA_BOOL. */
struct vfu_irq_set {
	uint32_t argsz, flags;
#define VFU_IRQ_DATA_NONE      1u
#define VFU_IRQ_DATA_BOOL      2u
#define VFU_IRQ_DATA_EVENTFD   4u
#define VFU_IRQ_DATA           7u
#define VFU_IRQ_ACTION_MASK    8u
#define VFU_IRQ_ACTION_UNMASK  0x10u
#define VFU_IRQ_ACTION_TRIGGER 0x20u
#define VFU_IRQ_ACTION         0x38u
	uint32_t index, start, count;
};

/* Region read and write, request and reply; followed by the data. */
struct vfu_region_access {
	uint64_t offset;
	uint32_t region, count;
};

/* Several of them follow one uint64_t, their number. */
struct vfu_region_write_one {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[8];
};

/* DMA read and write, request and reply; followed by the data. */
struct vfu_dma_access {
	uint64_t address, count;
};

/* The longest region access, and the most descriptors in a message, that we take. */
#define VFU_MAX_TRANSFER (1024u * 1024)
#define VFU_MAX_FDS      16u
#define VFU_MAX_MESSAGE \
	(sizeof(struct vfu_header) + sizeof(struct vfu_region_access) + VFU_MAX_TRANSFER)
#define VFU_MAX_MAPS  65535u
#define VFU_PAGE_SIZE 4096u

_Static_assert(sizeof(struct vfu_header) == 16, "layout of the protocol");
_Static_assert(sizeof(struct vfu_dma_map_request) == 32, "layout of the protocol");
_Static_assert(sizeof(struct vfu_dma_unmap_request) == 24, "layout of the protocol");
_Static_assert(sizeof(struct vfu_region_info) == 32, "layout of the protocol");
_Static_assert(sizeof(struct vfu_irq_set) == 20, "layout of the protocol");
_Static_assert(sizeof(struct vfu_region_access) == 16, "layout of the protocol");
_Static_assert(sizeof(struct vfu_region_write_one) == 24, "layout of the protocol");

#endif
