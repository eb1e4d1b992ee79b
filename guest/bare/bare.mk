# SPDX-License-Identifier: BSD-2-Clause
# Bare-metal test guests: build/guest/bare/NAME.elf, started like a Linux kernel.

BARE_GUESTS := busy chatter debug hello interrupts ipi latency memory processor restart spinlock startup triple_fault unknown_mmio
BARE_ELFS := $(BARE_GUESTS:%=$(BUILD)/guest/bare/%.elf)
BARE_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -I. $(CFLAGS_WARN)

# What all share, and the headers of each.
BARE_COMMON := guest/bare/start.S guest/bare/bare.c guest/bare/vcpus.c
BARE_HEADERS := guest/bare/bare.h guest/bare/bare.ld arch/x86/cpu/io.h arch/x86/cpu/msr.h \
	arch/x86/platform/ports.h
BARE_LINK = $(CC) $(BARE_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,--no-warn-rwx-segments -T guest/bare/bare.ld -o $@ $(filter %.S %.c,$^)

$(BARE_ELFS): $(BUILD)/guest/bare/%.elf: $(BARE_COMMON) guest/bare/%.c $(BARE_HEADERS)
	@mkdir -p $(@D)
	$(BARE_LINK)

# The traffic guest, of several files.
TRAFFIC_ELF := $(BUILD)/guest/bare/traffic.elf
TRAFFIC_SOURCES := $(wildcard guest/bare/traffic/*.c)
TRAFFIC_HEADERS := $(wildcard guest/bare/traffic/*.h) vio/vio_net.h arch/x86/platform/hypercalls.h

$(TRAFFIC_ELF): BARE_CFLAGS += -fno-tree-loop-distribute-patterns
$(TRAFFIC_ELF): $(BARE_COMMON) $(TRAFFIC_SOURCES) $(BARE_HEADERS) $(TRAFFIC_HEADERS)
	@mkdir -p $(@D)
	$(BARE_LINK)

# Sleeps and wake-ups, with the traffic guest's driver.
WAKEUP_ELF := $(BUILD)/guest/bare/wakeup.elf
WAKEUP_SOURCES := guest/bare/wakeup.c guest/bare/traffic/device.c guest/bare/traffic/pci.c

$(WAKEUP_ELF): $(BARE_COMMON) $(WAKEUP_SOURCES) $(BARE_HEADERS) $(TRAFFIC_HEADERS)
	@mkdir -p $(@D)
	$(BARE_LINK)

.PHONY: bare
bare: $(BARE_ELFS) $(TRAFFIC_ELF) $(WAKEUP_ELF)
