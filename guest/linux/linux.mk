# SPDX-License-Identifier: BSD-2-Clause
# The guests' modules, built against the headers of their kernel (see guest/image): the front
# driver, the sink for marked frames, and the meter.

FRONT := $(BUILD)/guest/linux
FRONT_SOURCES := $(wildcard guest/linux/*.[ch]) guest/linux/Kbuild vio/vio_net.h
SINK := $(BUILD)/guest/sink
SINK_SOURCES := $(wildcard guest/linux/sink/*.[ch]) guest/linux/sink/Kbuild

METER := $(BUILD)/guest/meter
METER_SOURCES := $(wildcard guest/linux/meter/*.[ch]) guest/linux/meter/Kbuild

# The kernel's build writes beside its sources, so they are copied.
define build_module
	@mkdir -p $(@D)
	cp $(filter-out %/version,$^) $(@D)/
	+$(MAKE) -C /lib/modules/$$(cat $(BUILD)/guest/kernel/version)/build M=$(abspath $(@D)) \
		--no-print-directory modules
endef

$(FRONT)/sluice_net.ko: $(FRONT_SOURCES) $(BUILD)/guest/kernel/version
	$(build_module)

$(SINK)/sluice_sink.ko: $(SINK_SOURCES) $(BUILD)/guest/kernel/version
	$(build_module)

$(METER)/sluice_meter.ko: $(METER_SOURCES) $(BUILD)/guest/kernel/version
	$(build_module)

.PHONY: front-driver
front-driver: $(FRONT)/sluice_net.ko
