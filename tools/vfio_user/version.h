/* SPDX-License-Identifier: BSD-2-Clause */
/* Version negotiation: what the client can do, and what we answer. */
#ifndef SLUICE_TOOLS_VFIO_USER_VERSION_H
#define SLUICE_TOOLS_VFIO_USER_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/vfio_user/protocol.h"

struct vfu_offer {
	uint64_t max_transfer; /* bytes in one message, 1 MiB unless told */
	bool write_multi;
	/* Which of them the client named: only those may be answered. */
	bool has_max_fds, has_max_transfer, has_max_maps, has_page_sizes;
	bool bad; /* a capability has a value that it cannot have */
};

/*
 * Reads the payload of a version message. Returns 0, or with what was wrong and expected in `why`
 * -EINVAL, or -ENOTSUP for another major version.
 */
int vfu_version_read(const void *payload, size_t len, struct vfu_offer *offer, char *why,
		     size_t why_len);

/* Writes our answer, a struct vfu_version and text; returns its length, below 512. */
size_t vfu_version_write(uint8_t answer[512], const struct vfu_offer *offer);

#endif
