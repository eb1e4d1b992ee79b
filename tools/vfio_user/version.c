/* SPDX-License-Identifier: BSD-2-Clause */
/* Version negotiation: what the client can do, and what we answer. */
#include "tools/vfio_user/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/vfio_user/json.h"

#define PREFIX "capabilities"

static void take_capability(void *opaque, const char *path, const struct json_value *value)
{
	struct vfu_offer *offer = opaque;
	bool good = value->kind == JSON_NUMBER && value->whole;

	if (!strcmp(path, PREFIX)) {
		good = value->kind == JSON_OBJECT;
	} else if (!strcmp(path, PREFIX ".max_msg_fds")) {
		offer->has_max_fds = true;
	} else if (!strcmp(path, PREFIX ".max_data_xfer_size")) {
		offer->has_max_transfer = true;
		offer->max_transfer = value->number;
		good = good && value->number;
	} else if (!strcmp(path, PREFIX ".max_dma_maps")) {
		offer->has_max_maps = true;
	} else if (!strcmp(path, PREFIX ".pgsizes")) {
		offer->has_page_sizes = true;
		good = good && value->number & VFU_PAGE_SIZE;
	} else if (!strcmp(path, PREFIX ".write_multiple")) {
		good = value->kind == JSON_TRUE || value->kind == JSON_FALSE;
		offer->write_multi = value->kind == JSON_TRUE;
	} else {
		return;
	}
	if (!good)
		offer->bad = true;
}

int vfu_version_read(const void *payload, size_t len, struct vfu_offer *offer, char *why,
		     size_t why_len)
{
	const char *text = (const char *)payload + sizeof(struct vfu_version);
	struct vfu_version version;

	*offer = (struct vfu_offer){.max_transfer = VFU_MAX_TRANSFER};
	if (len < sizeof(version)) {
		snprintf(why, why_len, "%zu bytes, expected a version", len);
		return -EINVAL;
	}
	memcpy(&version, payload, sizeof(version));
	if (version.major != VFU_MAJOR) {
		snprintf(why, why_len, "version %u.%u, expected %u.x", version.major, version.minor,
			 VFU_MAJOR);
		return -ENOTSUP;
	}
	len -= sizeof(version);
	if (!len)
		return 0;
	if (text[len - 1] || !json_read(text, len - 1, take_capability, offer)) {
		snprintf(why, why_len, "capabilities that are not JSON with a zero at the end");
		return -EINVAL;
	}
	if (offer->bad) {
		snprintf(why, why_len,
			 "a capability out of range, expected numbers, with 4 KiB pages, and a "
			 "boolean write_multiple");
		return -EINVAL;
	}
	return 0;
}

size_t vfu_version_write(uint8_t answer[512], const struct vfu_offer *offer)
{
	const struct vfu_version version = {VFU_MAJOR, VFU_MINOR};
	const struct {
		bool named;
		const char *name;
		unsigned value;
	} numbers[] = {
		{offer->has_max_fds, "max_msg_fds", VFU_MAX_FDS},
		{offer->has_max_transfer, "max_data_xfer_size", VFU_MAX_TRANSFER},
		{offer->has_max_maps, "max_dma_maps", VFU_MAX_MAPS},
		{offer->has_page_sizes, "pgsizes", VFU_PAGE_SIZE},
	};
	char *text = (char *)answer + sizeof(version);
	const size_t size = 512 - sizeof(version);
	const char *comma = "";
	size_t len;

	memcpy(answer, &version, sizeof(version));
	len = (size_t)snprintf(text, size, "{\"" PREFIX "\":{");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!numbers[i].named)
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s\"%s\":%u", comma,
					numbers[i].name, numbers[i].value);
		comma = ",";
	}
	if (offer->write_multi)
		len += (size_t)snprintf(text + len, size - len, "%s\"write_multiple\":true", comma);
	len += (size_t)snprintf(text + len, size - len, "}}");
	return sizeof(version) + len + 1;
}
