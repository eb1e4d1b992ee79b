/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vio-net protocol, version 1: this header is its specification. Hypervisor and guest
 * compile the same bytes of it.
 *
 * 1. THE DEVICE is a PCI function (VIO_NET_PCI_VENDOR, VIO_NET_PCI_DEVICE) with one 32-bit memory
 *    BAR of VIO_NET_BAR_BYTES: registers, doorbells, MSI-X table, MSI-X pending bits. Registers
 *    are 32 bits wide, little-endian, and accessed by aligned 32-bit reads and writes only. Every
 *    access to the BAR costs the guest a VM exit, so none is needed on the data path while the
 *    other side is awake.
 *
 * 2. START-UP. The driver
 *      writes VIO_STATUS_RESET to VIO_REG_STATUS and reads it until VIO_STATUS_RESET is clear;
 *      checks VIO_REG_MAGIC and VIO_REG_VERSION; reads VIO_REG_DEVICE_FEATURES;
 *      writes the features it wants (a subset) to VIO_REG_DRIVER_FEATURES, then
 *      VIO_STATUS_FEATURES to VIO_REG_STATUS, and reads it back: a clear bit means refused, and
 *      VIO_REG_REFUSED_FEATURES says which bits the device does not know;
 *      for each queue writes its ring address, size and vector, then 1 to VIO_QUEUE_ENABLE, and
 *      reads that back: 0 means refused, and VIO_REG_ERROR says why;
 *      writes VIO_STATUS_FEATURES | VIO_STATUS_RUNNING to VIO_REG_STATUS.
 *    The device reads rings only while RUNNING is set; queues may be enabled and disabled then
 *    too. Writing VIO_STATUS_FEATURES alone pauses it: rings keep their state. Writing RESET stops
 *    all queues: once RESET reads as clear the device touches no memory of the driver's, and posted
 *    buffers and descriptors are the driver's again; all registers are as at the start. Disabling
 *    a single queue (0 to VIO_QUEUE_ENABLE) has the same effect on that queue once it reads as 0;
 *    it starts again at index 0. Both are nearly always complete when the write is. If they are
 *    not, because the wire still holds packets of the driver's, writing again tries again.
 *
 * 3. QUEUES come in pairs: queue 2p receives, queue 2p + 1 transmits. A queue is a ring in guest
 *    memory, physically contiguous, VIO_RING_ALIGN aligned, of struct vio_ring_driver, struct
 *    vio_ring_device, then SIZE descriptors, then, on receive queues, SIZE completions. SIZE is a
 *    power of two from VIO_RING_SIZE_LEAST to VIO_RING_SIZE_MOST. One side writes each cache
 *    line, the other reads it. Indices run freely modulo 2^32; slot = index & (SIZE - 1).
 *      The driver fills descriptors, then (release) advances `produced`. It never lets
 *      produced - completed exceed SIZE.
 *      The device works descriptors off in order, fills completions, then (release) advances
 *      `completed`. A transmit descriptor needs no completion: `completed` having passed it gives
 *      its memory back to the driver. It never lets completed pass produced.
 *
 * 4. RECEIVE. Each descriptor is one buffer, VIO_RX_BUFFER_LEAST to VIO_BUFFER_MOST bytes.
 *    Completion i tells of descriptor i. A packet larger than a buffer continues in the next
 *    ones: all completions but its last carry VIO_RX_MORE, and metadata counts in the first. The
 *    whole packet appears at once: `completed` never stands inside one. No packet takes more than
 *    VIO_RX_PIECES_MOST buffers: one that would is cut into segments (VIO_F_RX_GSO), or dropped.
 *
 * 5. TRANSMIT. A packet is an optional offload descriptor (VIO_TX_OFFLOAD set; see struct
 *    vio_tx_offload), then 1 to VIO_TX_FRAGMENTS_MOST data descriptors, all but the last with
 *    VIO_TX_MORE. (A driver whose system has packets in more pieces puts some together, or has such
 *    a packet cut into segments before.) `produced` never stands inside a packet. The total length
 *    is 14 to VIO_PACKET_MOST bytes with segment offload, else at most VIO_REG_MTU_MOST + 18
 *    (whatever the MTU is now: packets may be under way while it changes). What offloads look at,
 *    up to the checksum field or the end of the TCP header, lies in the first VIO_TX_HEADERS_MOST
 *    bytes. With segment offload the packet is Ethernet, at most one VLAN tag, IPv4 or IPv6
 *    without extension headers, TCP; gso_size is at least VIO_GSO_SIZE_LEAST,
 *    and gso_size + header_bytes are at most VIO_REG_MTU_MOST + 18.
 *
 * 6. NOTIFICATIONS are asked for by index. `driver.event` = i asks the device for an interrupt when
 *    `completed` moves from at or below i to beyond it; `device.event` = i asks the driver for a
 *    doorbell when `produced` does: see vio_event_reached(). Whoever wants no notification leaves
 *    its event behind the other side's index (vio_event_never()). Whoever goes to sleep writes its
 *    event, makes a full barrier, and looks at the other's index again; whoever advances an index
 *    makes a full barrier before it reads the other's event. So no wake-up is lost. The device
 *    may delay an interrupt that is due as its coalescing settings allow, never lose it. Either
 *    side may be notified without need.
 *
 * 7. ERRORS. A driver that breaks a rule gets its device marked broken: VIO_STATUS_BROKEN is set,
 *    VIO_REG_ERROR holds an enum vio_error, VIO_REG_ERROR_QUEUE the queue, the configuration
 *    interrupt fires, and all queues stop. Only a reset helps. Nothing else in the machine is
 *    touched.
 *
 * 8. The configuration interrupt fires when VIO_REG_LINK or VIO_REG_STATUS changed by itself.
 *
 * 9. RECEIVE-SIDE SCALING, with VIO_F_RSS. VIO_REG_QUEUE_PAIRS, VIO_REG_RSS_TABLE and
 *    VIO_REG_RSS_HASH hold what the driver wants; it takes effect, all at once, when 1 is written
 *    to VIO_REG_RSS_APPLY, and no packet of any flow is lost, doubled or reordered by that. Reading
 *    VIO_REG_RSS_APPLY then gives VIO_ERROR_NONE, or why nothing changed: VIO_ERROR_REGISTER (pairs
 *    out of range, a table entry not below them, a receive queue of the table not enabled, an
 *    unknown hash type) or VIO_ERROR_BUSY (an earlier change waits for the driver to consume, or
 *    the device lacks time: try again). After it took effect, queues outside the table get no
 *    further packets. So a driver that wants more queues enables them, then applies; one that wants
 *    fewer applies, takes what is left in those it gives up, then disables them. In order to keep
 *    the order of flows that move to another queue the device shows nothing new in that queue until
 *    `driver.consumed` of the queues they left has come so far as `completed` was at the change:
 *    drivers that negotiate VIO_F_RSS store it (release) whenever packets have left them for good;
 *    they need no doorbell for it.
 *
 * 10. THE ADDRESS. With VIO_F_MAC, which is offered where the host permits it, the driver may
 * change the device's own address: it writes VIO_REG_MAC_LOW, then VIO_REG_MAC_HIGH, which puts
 * both in effect; both read as the address in effect. Refused are addresses that are not unicast
 *    (VIO_ERROR_REGISTER), and those of other guests' devices, now or after their reset
 *    (VIO_ERROR_ADDRESS). Devices of one guest may have the same address, as the links of a bond
 *    do: frames to it go to the one that last sent from it. A reset of the device brings the
 *    configured address back.
 */
#ifndef SLUICE_VIO_VIO_NET_H
#define SLUICE_VIO_VIO_NET_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
typedef __u8 vio_u8;
typedef __le16 vio_u16;
typedef __le32 vio_u32;
typedef __le64 vio_u64;
#define VIO_ASSERT(condition)      static_assert(condition)
#define vio_offsetof(type, member) offsetof(type, member)
#else
#include <stddef.h>
#include <stdint.h>
typedef uint8_t vio_u8;
typedef uint16_t vio_u16;
typedef uint32_t vio_u32;
typedef uint64_t vio_u64;
#define VIO_ASSERT(condition)      _Static_assert(condition, #condition)
#define vio_offsetof(type, member) offsetof(type, member)
#endif

/* PCI identity. Not assigned by the PCI-SIG: private to this hypervisor's guests. */
#define VIO_NET_PCI_VENDOR   0x51ce
#define VIO_NET_PCI_DEVICE   0x0001
#define VIO_NET_PCI_REVISION 1

#define VIO_NET_VERSION 1
#define VIO_NET_MAGIC   0x4f495653 /* "SVIO" */

/* Layout of BAR 0. */
#define VIO_NET_BAR_BYTES  0x4000
#define VIO_BAR_REGISTERS  0x0000
#define VIO_BAR_DOORBELLS  0x1000 /* + 4 * queue; any value written rings */
#define VIO_BAR_MSIX_TABLE 0x2000
#define VIO_BAR_MSIX_PBA   0x3000

#define VIO_QUEUE_PAIRS_MOST 16
#define VIO_QUEUES_MOST      (2 * VIO_QUEUE_PAIRS_MOST)
/* Vector 0 is the configuration interrupt; a queue may use any. */
#define VIO_VECTORS_MOST  (VIO_QUEUE_PAIRS_MOST + 1)
#define VIO_CONFIG_VECTOR 0

#define VIO_RING_ALIGN        4096
#define VIO_RING_SIZE_LEAST   64
#define VIO_RING_SIZE_MOST    4096
#define VIO_RX_BUFFER_LEAST   256
#define VIO_BUFFER_MOST       65536
#define VIO_PACKET_MOST       65550 /* Ethernet header and 64 KB */
#define VIO_TX_FRAGMENTS_MOST 18
#define VIO_TX_HEADERS_MOST   256
#define VIO_RX_PIECES_MOST    18
#define VIO_GSO_SIZE_LEAST    64
#define VIO_MTU_LEAST         68
#define VIO_MTU_MOST          9000

/* Registers (RO: read-only). */
#define VIO_REG_MAGIC            0x000 /* RO VIO_NET_MAGIC */
#define VIO_REG_VERSION          0x004 /* RO VIO_NET_VERSION */
#define VIO_REG_DEVICE_FEATURES  0x008 /* RO VIO_F_* the device offers */
#define VIO_REG_DRIVER_FEATURES  0x00c /* VIO_F_* the driver wants */
#define VIO_REG_REFUSED_FEATURES 0x010 /* RO wanted, but not known to the device */
#define VIO_REG_STATUS           0x014 /* VIO_STATUS_* */
#define VIO_REG_ERROR            0x018 /* RO enum vio_error of the last refusal or breakage */
#define VIO_REG_ERROR_QUEUE      0x01c /* RO queue it was about */
#define VIO_REG_QUEUE_PAIRS_MOST 0x020 /* RO pairs the device has */
#define VIO_REG_QUEUE_PAIRS      0x024 /* wanted: pairs that receive traffic is spread over */
#define VIO_REG_MAC_LOW          0x028 /* bytes 0 to 3 of the address, byte 0 lowest: section 10 */
#define VIO_REG_MAC_HIGH         0x02c /* bytes 4 and 5 */
#define VIO_REG_MTU_MOST         0x030 /* RO largest MTU the wire takes */
#define VIO_REG_MTU              0x034 /* VIO_MTU_LEAST to VIO_REG_MTU_MOST */
#define VIO_REG_LINK             0x038 /* RO bit 31: up; bits 30:0 Mb/s */
#define VIO_REG_FILTER           0x03c /* VIO_FILTER_* */
#define VIO_REG_MULTICAST(n)     (0x040 + 4 * (n)) /* n < 2: 64-bit hash filter, see below */
#define VIO_REG_RSS_HASH         0x048             /* VIO_HASH_MASK(): hashed over ports too */
#define VIO_REG_RSS_APPLY        0x04c /* write 1: see section 9; read: enum vio_error */

#define VIO_LINK_UP (1u << 31)

/* Per-queue registers, queue < VIO_QUEUES_MOST. Address, size, vector: only while disabled. */
#define VIO_QUEUE_STRIDE     0x40
#define VIO_REG_QUEUE(queue) (0x100 + VIO_QUEUE_STRIDE * (queue))
#define VIO_QUEUE_RING_LOW   0x00 /* guest-physical address of the ring */
#define VIO_QUEUE_RING_HIGH  0x04
#define VIO_QUEUE_SIZE       0x08 /* descriptors */
#define VIO_QUEUE_VECTOR     0x0c /* MSI-X table entry, below VIO_VECTORS_MOST */
#define VIO_QUEUE_ENABLE     0x10 /* 1 or 0 */
/*
 * Coalescing, with ethtool's meaning: an interrupt that is due waits until `usecs` microseconds
 * have passed since the first packet or descriptor it is for, or `frames` of them are complete,
 * whichever is first. usecs 0, or frames 1: no delay. frames 0: any number may wait. It goes out
 * earlier than that when a ring is about to run out. Values out of range are refused, and what was
 * set stays. They may be written at any time, and take effect at the next packet.
 * With ADAPTIVE 1 the device chooses the delay by load, 0 after idle and at most `usecs`; `frames`
 * holds, too. A driver without VIO_F_ADAPTIVE sets ADAPTIVE to 0 by writing one of the others.
 * After a reset the registers hold the host's defaults, which are in force until they are written:
 * unless configured otherwise, ADAPTIVE 1, VIO_USECS_DEFAULT, 0 frames.
 */
#define VIO_QUEUE_USECS    0x14 /* 0 to VIO_USECS_MOST */
#define VIO_QUEUE_FRAMES   0x18 /* 0 to VIO_RING_SIZE_MOST */
#define VIO_QUEUE_ADAPTIVE 0x1c /* 1 or 0 */

#define VIO_USECS_MOST    1000
#define VIO_USECS_DEFAULT 29

/*
 * Receive-side scaling: table entry = queue pair; key as in the RSS specification. After reset:
 * one pair, all entries 0, all hash types.
 */
#define VIO_REG_RSS_TABLE     0x900 /* VIO_RSS_TABLE_ENTRIES bytes, four to a register */
#define VIO_REG_RSS_KEY       0x980 /* RO VIO_RSS_KEY_BYTES bytes, byte 0 lowest */
#define VIO_RSS_TABLE_ENTRIES 128
#define VIO_RSS_KEY_BYTES     40

/* Features. */
#define VIO_F_TX_CSUM  (1u << 0) /* transmit TCP and UDP checksums */
#define VIO_F_RX_CSUM  (1u << 1) /* receive checksum status */
#define VIO_F_TSO4     (1u << 2) /* TCP segmentation, needs TX_CSUM */
#define VIO_F_TSO6     (1u << 3)
#define VIO_F_TX_VLAN  (1u << 4) /* insert the tag of the offload descriptor */
#define VIO_F_RX_VLAN  (1u << 5) /* strip the tag into the completion */
#define VIO_F_RX_HASH  (1u << 6)
#define VIO_F_RSS      (1u << 7) /* section 9; the driver stores `consumed` */
#define VIO_F_COALESCE (1u << 8) /* the queues' coalescing registers may be written */
#define VIO_F_ADAPTIVE (1u << 9) /* VIO_QUEUE_ADAPTIVE may be 1 */
/*
 * Receive TCP packets larger than the MTU as other guests sent them (gso_size in the completion,
 * with VIO_RX_L4_PARTIAL), needs RX_CSUM. Without it the device cuts them into segments.
 */
#define VIO_F_RX_GSO (1u << 10)
#define VIO_F_MAC    (1u << 11) /* section 10: the address may be changed */

/* Status. */
#define VIO_STATUS_RESET    (1u << 0)
#define VIO_STATUS_FEATURES (1u << 1)
#define VIO_STATUS_RUNNING  (1u << 2)
#define VIO_STATUS_BROKEN   (1u << 3) /* RO */

/*
 * Receive filter. Without any bit the guest receives frames for its own address, broadcast, and
 * multicast addresses whose hash bit is set: bit number = the 6 most significant bits of the
 * Ethernet CRC-32 (as computed on the wire, before inversion) of the destination address.
 */
#define VIO_FILTER_PROMISCUOUS   (1u << 0)
#define VIO_FILTER_ALL_MULTICAST (1u << 1)

/* Why the device refused something or is broken. */
enum vio_error {
	VIO_ERROR_NONE,
	VIO_ERROR_FEATURES,         /* features that the device does not know, or need others */
	VIO_ERROR_REGISTER,         /* register value out of range, or written at the wrong time */
	VIO_ERROR_RING_ADDRESS,     /* ring misaligned or not in guest memory */
	VIO_ERROR_RING_SIZE,        /* not a power of two in range */
	VIO_ERROR_INDEX,            /* produced ran more than SIZE ahead of completed */
	VIO_ERROR_BUFFER_ADDRESS,   /* buffer not in guest memory */
	VIO_ERROR_BUFFER_BYTES,     /* buffer length out of range */
	VIO_ERROR_DESCRIPTOR_FLAGS, /* unknown flag, or one that was not negotiated */
	VIO_ERROR_PACKET_BYTES,     /* packet too short or too long */
	VIO_ERROR_PACKET_FRAGMENTS, /* too many fragments, or a packet that does not end */
	VIO_ERROR_OFFLOAD,          /* offload descriptor's values do not fit the packet */
	VIO_ERROR_BUSY,             /* the device lacks memory or time for it now: try again */
	VIO_ERROR_ADDRESS,          /* the address is another guest's device's */
};

/* Written by the driver, read by the device. */
struct vio_ring_driver {
	vio_u32 produced;
	vio_u32 event;
	/*
	 * Receive queues, with VIO_F_RSS: the driver has handed on every packet below this index
	 * for good, and holds none of them any more (in generic receive offload, say).
	 */
	vio_u32 consumed;
	vio_u32 unused[13];
};

/* Written by the device, read by the driver. */
struct vio_ring_device {
	vio_u32 completed;
	vio_u32 event;
	vio_u32 unused[14];
};

/* A receive buffer or a piece of a transmit packet. */
struct vio_descriptor {
	vio_u64 address; /* guest-physical */
	vio_u32 bytes;
	vio_u16 flags;  /* VIO_TX_*, 0 on receive queues */
	vio_u16 unused; /* 0 */
};

#define VIO_TX_MORE    (1u << 0) /* the packet goes on in the next descriptor */
#define VIO_TX_OFFLOAD (1u << 1) /* this is a struct vio_tx_offload */

/* In the place of a descriptor: what the device shall do to the packet that follows. */
struct vio_tx_offload {
	vio_u16 csum_start;   /* with CSUM: offset of the TCP or UDP header in the packet */
	vio_u16 csum_offset;  /* with CSUM: offset of the checksum field from csum_start */
	vio_u16 gso_size;     /* with TSO: payload bytes of a segment */
	vio_u16 header_bytes; /* with TSO: Ethernet header to the end of the TCP header */
	vio_u16 vlan_tci;     /* with VLAN */
	vio_u16 unused0;      /* 0 */
	vio_u16 flags;        /* VIO_TX_OFFLOAD | VIO_TX_MORE */
	vio_u16 offload;      /* VIO_OFFLOAD_* */
};

/*
 * The checksum field holds the sum of the pseudo-header, with the length of the whole packet's TCP
 * or UDP part, also with TSO.
 */
#define VIO_OFFLOAD_CSUM (1u << 0)
#define VIO_OFFLOAD_TSO4 (1u << 1) /* with CSUM */
#define VIO_OFFLOAD_TSO6 (1u << 2) /* with CSUM */
#define VIO_OFFLOAD_VLAN (1u << 3)

/* What a receive buffer was filled with. */
struct vio_completion {
	vio_u32 hash;     /* Toeplitz hash of the addresses (and ports), with hash_type */
	vio_u16 bytes;    /* in this buffer; 0 means 65536 */
	vio_u16 flags;    /* VIO_RX_* */
	vio_u16 vlan_tci; /* with VIO_RX_VLAN */
	vio_u16 gso_size; /* larger than the MTU: payload bytes of a segment, else 0 */
	vio_u16 segments; /* then, into how many segments that makes, else 0 */
	vio_u8 hash_type; /* enum vio_hash_type */
	vio_u8 unused;
};

#define VIO_RX_MORE    (1u << 0)
#define VIO_RX_IP_CSUM (1u << 1) /* IPv4 header checksum verified and good */
#define VIO_RX_L4_CSUM (1u << 2) /* TCP or UDP checksum verified and good */
#define VIO_RX_VLAN    (1u << 3)
/*
 * From another guest, never on a wire: the checksum field holds the pseudo-header's sum. Only with
 * VIO_F_RX_CSUM, and only for TCP and UDP directly after an IPv4 or IPv6 header.
 */
#define VIO_RX_L4_PARTIAL (1u << 4)

enum vio_hash_type {
	VIO_HASH_NONE,
	VIO_HASH_IPV4,
	VIO_HASH_TCP_IPV4,
	VIO_HASH_UDP_IPV4,
	VIO_HASH_IPV6,
	VIO_HASH_TCP_IPV6,
	VIO_HASH_UDP_IPV6,
};

/*
 * Bits of VIO_REG_RSS_HASH. Those of the TCP and UDP types may be cleared: such packets are then
 * hashed over their addresses only, with type VIO_HASH_IPV4 or VIO_HASH_IPV6. The bits of those two
 * are always set.
 */
#define VIO_HASH_MASK(type)   (1u << (type))
#define VIO_HASH_MASK_ADDRESS (VIO_HASH_MASK(VIO_HASH_IPV4) | VIO_HASH_MASK(VIO_HASH_IPV6))
#define VIO_HASH_MASK_ALL     0x7eu

/* Offsets in a ring of `size` descriptors. */
#define VIO_RING_DRIVER            0
#define VIO_RING_DEVICE            64
#define VIO_RING_DESCRIPTORS       128
#define VIO_RING_COMPLETIONS(size) (VIO_RING_DESCRIPTORS + 16 * (size))
#define VIO_RX_RING_BYTES(size)    (VIO_RING_DESCRIPTORS + 32 * (size))
#define VIO_TX_RING_BYTES(size)    (VIO_RING_DESCRIPTORS + 16 * (size))

/* True if moving an index from `old` to `new_index` passed the wish `event`. */
static inline int vio_event_reached(uint32_t event, uint32_t old, uint32_t new_index)
{
	return (uint32_t)(new_index - event - 1) < (uint32_t)(new_index - old);
}

/* A value for an event that is not reached within the next 2^31 steps from `index`. */
static inline uint32_t vio_event_never(uint32_t index)
{
	return index - 1;
}

VIO_ASSERT(sizeof(struct vio_ring_driver) == 64);
VIO_ASSERT(vio_offsetof(struct vio_ring_driver, produced) == 0);
VIO_ASSERT(vio_offsetof(struct vio_ring_driver, event) == 4);
VIO_ASSERT(vio_offsetof(struct vio_ring_driver, consumed) == 8);
VIO_ASSERT(sizeof(struct vio_ring_device) == 64);
VIO_ASSERT(vio_offsetof(struct vio_ring_device, completed) == 0);
VIO_ASSERT(vio_offsetof(struct vio_ring_device, event) == 4);
VIO_ASSERT(sizeof(struct vio_descriptor) == 16);
VIO_ASSERT(vio_offsetof(struct vio_descriptor, address) == 0);
VIO_ASSERT(vio_offsetof(struct vio_descriptor, bytes) == 8);
VIO_ASSERT(vio_offsetof(struct vio_descriptor, flags) == 12);
VIO_ASSERT(vio_offsetof(struct vio_descriptor, unused) == 14);
VIO_ASSERT(sizeof(struct vio_tx_offload) == 16);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, csum_start) == 0);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, csum_offset) == 2);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, gso_size) == 4);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, header_bytes) == 6);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, vlan_tci) == 8);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, unused0) == 10);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, flags) == 12);
VIO_ASSERT(vio_offsetof(struct vio_tx_offload, offload) == 14);
VIO_ASSERT(sizeof(struct vio_completion) == 16);
VIO_ASSERT(vio_offsetof(struct vio_completion, hash) == 0);
VIO_ASSERT(vio_offsetof(struct vio_completion, bytes) == 4);
VIO_ASSERT(vio_offsetof(struct vio_completion, flags) == 6);
VIO_ASSERT(vio_offsetof(struct vio_completion, vlan_tci) == 8);
VIO_ASSERT(vio_offsetof(struct vio_completion, gso_size) == 10);
VIO_ASSERT(vio_offsetof(struct vio_completion, segments) == 12);
VIO_ASSERT(vio_offsetof(struct vio_completion, hash_type) == 14);
VIO_ASSERT(VIO_REG_QUEUE(VIO_QUEUES_MOST) <= VIO_REG_RSS_TABLE);

#endif
