# SPDX-License-Identifier: BSD-2-Clause
# The front driver, built against the headers of the guests' kernel (see guest/initramfs).

FRONT := $(BUILD)/guest/linux
FRONT_SOURCES := $(wildcard guest/linux/*.[ch]) guest/linux/Kbuild vio/vio_net.h

# The kernel's build writes beside its sources, so they are copied.
$(FRONT)/sluice_net.ko: $(FRONT_SOURCES) $(BUILD)/guest/kernel/version
	@mkdir -p $(FRONT)
	cp $(FRONT_SOURCES) $(FRONT)/
	$(MAKE) -C /lib/modules/$$(cat $(BUILD)/guest/kernel/version)/build M=$(abspath $(FRONT)) \
		--no-print-directory modules

.PHONY: front-driver
front-driver: $(FRONT)/sluice_net.ko
