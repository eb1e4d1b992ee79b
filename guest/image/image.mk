# SPDX-License-Identifier: BSD-2-Clause
# The Linux guest: a stock kernel and our initramfs.

GUEST_IMAGE_SOURCES := $(shell find guest/image -type f)

$(BUILD)/guest/kernel/version: guest/image/fetch-kernel
	guest/image/fetch-kernel $(@D)

$(BUILD)/guest/initrd.img: $(BUILD)/guest/linux/sluice_net.ko $(GUEST_IMAGE_SOURCES)
	guest/image/build-initramfs $@ $<

.PHONY: guest-image
guest-image: $(BUILD)/guest/kernel/version $(BUILD)/guest/initrd.img
