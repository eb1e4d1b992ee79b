# SPDX-License-Identifier: BSD-2-Clause
# The Linux guest: a stock kernel and our initramfs.

GUEST_IMAGE_SOURCES := $(shell find guest/image -type f)

$(BUILD)/guest/kernel/version: guest/image/fetch-kernel
	guest/image/fetch-kernel $(@D)

GUEST_KERNEL_MODULES := $(addprefix $(BUILD)/guest/kernel/,pktgen.ko llc.ko stp.ko garp.ko mrp.ko \
	8021q.ko tls.ko bonding.ko)
GUEST_MODULES := $(BUILD)/guest/linux/sluice_net.ko $(BUILD)/guest/sink/sluice_sink.ko

$(BUILD)/guest/initrd.img: $(GUEST_MODULES) $(GUEST_IMAGE_SOURCES) $(BUILD)/guest/kernel/version
	guest/image/build-initramfs $@ $(GUEST_MODULES) $(GUEST_KERNEL_MODULES)

.PHONY: guest-image
guest-image: $(BUILD)/guest/kernel/version $(BUILD)/guest/initrd.img
