# SPDX-License-Identifier: BSD-2-Clause
# `make iso` and `make usb`: what a machine boots, by BIOS or UEFI, from a CD, a disk or a USB stick. docs/boot.md.

# The configuration, words for the hypervisor's command line, and boot modules (FILE=NAME).
CONFIG := guest/image/sluice.conf
CMDLINE :=
# The console's serial port, for the hypervisor and GRUB: com2,57600. Empty: what ACPI names, else COM1.
SERIAL :=
MODULES := $(BUILD)/guest/kernel/vmlinuz=vmlinuz $(BUILD)/guest/initrd.img=initrd
# The stick that `make usb` writes: /dev/sdX.
USB :=

module_file = $(firstword $(subst =, ,$(1)))
module_name = $(word 2,$(subst =, ,$(1)))
ISO_SETTINGS := $(BUILD)/iso.settings
ISO_MODULES = $(foreach m,$(MODULES),--module $(call module_file,$m) $(call module_name,$m))

# Changes only when they do.
$(ISO_SETTINGS): tools/boot/always
	@mkdir -p $(@D)
	@echo '$(CONFIG) $(MODULES) $(SERIAL) $(CMDLINE)' | cmp -s - $@ || echo '$(CONFIG) $(MODULES) $(SERIAL) $(CMDLINE)' >$@

$(BUILD)/guest/kernel/vmlinuz: $(BUILD)/guest/kernel/version ;

$(BUILD)/sluice.iso: $(BUILD)/sluice.elf $(CONFIG) $(foreach m,$(MODULES),$(call module_file,$m)) \
		$(ISO_SETTINGS) tools/lab/mkiso
	@echo "  ISO   $@"
	@tools/lab/mkiso -o $@ --protocol multiboot2 --kernel $(BUILD)/sluice.elf --cmdline '$(CMDLINE)' $(if $(SERIAL),--serial '$(SERIAL)') \
		--module $(CONFIG) config $(ISO_MODULES)

.PHONY: iso usb tools/boot/always
iso: $(BUILD)/sluice.iso

usb: deps
	$(MAKE) iso
	tools/boot/write $(BUILD)/sluice.iso $(USB)
