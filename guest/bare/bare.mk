# SPDX-License-Identifier: BSD-2-Clause
# Bare-metal test guests: build/guest/bare/NAME.elf, started like a Linux kernel.

BARE_GUESTS := busy hello interrupts ipi latency memory processor restart spinlock startup triple_fault unknown_mmio
BARE_ELFS := $(BARE_GUESTS:%=$(BUILD)/guest/bare/%.elf)
BARE_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -I. $(CFLAGS_WARN)

$(BARE_ELFS): $(BUILD)/guest/bare/%.elf: guest/bare/%.c guest/bare/bare.c guest/bare/vcpus.c guest/bare/start.S \
		guest/bare/bare.h guest/bare/bare.ld arch/x86/platform/ports.h
	@mkdir -p $(@D)
	$(CC) $(BARE_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--no-warn-rwx-segments -T guest/bare/bare.ld -o $@ \
		guest/bare/start.S guest/bare/bare.c guest/bare/vcpus.c $<

# The traffic guest, of several files.
TRAFFIC_ELF := $(BUILD)/guest/bare/traffic.elf
TRAFFIC_SOURCES := $(wildcard guest/bare/traffic/*.c)

$(TRAFFIC_ELF): $(TRAFFIC_SOURCES) $(wildcard guest/bare/traffic/*.h) guest/bare/bare.c \
		guest/bare/vcpus.c guest/bare/start.S guest/bare/bare.h guest/bare/bare.ld vio/vio_net.h \
		arch/x86/platform/ports.h arch/x86/platform/hypercalls.h
	@mkdir -p $(@D)
	$(CC) $(BARE_CFLAGS) -fno-tree-loop-distribute-patterns -nostdlib -static -no-pie \
		-Wl,--build-id=none -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments \
		-T guest/bare/bare.ld -o $@ guest/bare/start.S guest/bare/bare.c guest/bare/vcpus.c \
		$(TRAFFIC_SOURCES)

# Sleeps and wake-ups, with the traffic guest's driver.
WAKEUP_ELF := $(BUILD)/guest/bare/wakeup.elf
WAKEUP_SOURCES := guest/bare/wakeup.c guest/bare/traffic/device.c guest/bare/traffic/pci.c guest/bare/bare.c \
	guest/bare/vcpus.c guest/bare/start.S

$(WAKEUP_ELF): $(WAKEUP_SOURCES) $(wildcard guest/bare/traffic/*.h) guest/bare/bare.h guest/bare/bare.ld vio/vio_net.h
	@mkdir -p $(@D)
	$(CC) $(BARE_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--no-warn-rwx-segments -T guest/bare/bare.ld -o $@ $(WAKEUP_SOURCES)

.PHONY: bare
bare: $(BARE_ELFS) $(TRAFFIC_ELF) $(WAKEUP_ELF)
