# SPDX-License-Identifier: BSD-2-Clause
# Sluice: see README.md. `make run` and `make test` install what they need first.

BUILD := build
CC := gcc
CFLAGS_WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wundef

.DEFAULT_GOAL := all
.SECONDEXPANSION:
.DELETE_ON_ERROR:

# --- The hypervisor -------------------------------------------------------------------------------

HV_DIRS := arch/x86/boot arch/x86/cpu arch/x86/vmx arch/x86/platform kernel kernel/selftest drivers/pci \
	drivers/net drivers/net/ixgbe vio
HV_SOURCES := $(sort $(wildcard $(HV_DIRS:=/*.c) $(HV_DIRS:=/*.S)))
HV_OBJECTS := $(HV_SOURCES:%=$(BUILD)/%.o)
HV_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only \
	-mcmodel=small -fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fno-omit-frame-pointer -mcx16 -fcf-protection=none $(CFLAGS_WARN)
HV_INCLUDES := -I. -Iarch/x86/include -I$(BUILD)
HV_LINKER_SCRIPT := arch/x86/boot/sluice.ld

HV_LINK = $(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -T $(HV_LINKER_SCRIPT) -o $@ $(HV_OBJECTS)

# The table of functions' names comes from a first link without it. It lies behind the functions, so
# that these are where they were in the first.
$(BUILD)/sluice.elf: $(BUILD)/sluice.unnamed $(BUILD)/symbols.o
	@echo "  LD    $@"
	@$(HV_LINK) $(BUILD)/symbols.o
	@nm -n $@ | tools/symbols | cmp - $(BUILD)/symbols.S

$(BUILD)/sluice.unnamed: $(HV_OBJECTS) $(HV_LINKER_SCRIPT) tools/symbols
	@tools/symbols </dev/null >$(BUILD)/symbols.none.S
	@$(CC) $(HV_CFLAGS) -c -o $(BUILD)/symbols.none.o $(BUILD)/symbols.none.S
	@$(HV_LINK) $(BUILD)/symbols.none.o

$(BUILD)/symbols.o: $(BUILD)/sluice.unnamed
	@nm -n $< | tools/symbols >$(BUILD)/symbols.S
	@$(CC) $(HV_CFLAGS) -c -o $@ $(BUILD)/symbols.S

$(BUILD)/%.c.o: %.c
	@echo "  CC    $<"
	@mkdir -p $(@D)
	@$(CC) $(HV_CFLAGS) $(HV_INCLUDES) -MMD -MP -c -o $@ $<

$(BUILD)/%.S.o: %.S
	@echo "  AS    $<"
	@mkdir -p $(@D)
	@$(CC) $(HV_CFLAGS) $(HV_INCLUDES) -D__ASSEMBLER__ -MMD -MP -c -o $@ $<

-include $(HV_OBJECTS:.o=.d)

# --- Unit tests: production sources on the host, under sanitizers ---------------------------------

UNIT_TESTS :=
UNIT_OBJECTS_DIR := $(BUILD)/tests/unit/objects
-include $(sort $(wildcard tests/unit/*/unit.mk))

UNIT_CFLAGS := -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-D_GNU_SOURCE $(CFLAGS_WARN) -Wno-missing-prototypes -I. -Itests/unit/host -I$(BUILD)
UNIT_HOST := tests/unit/host/machine_host.c
UNIT_BINARIES := $(UNIT_TESTS:%=$(BUILD)/tests/unit/%)

# Tests share objects; a test with flags of its own has objects of its own.
unit_flavour = $(if $(strip $($(1)_CFLAGS)),$(1),plain)
unit_objects = $(patsubst %,$(UNIT_OBJECTS_DIR)/$(call unit_flavour,$(1))/%.o, \
	$(sort tests/unit/$(1).c $($(1)_SRCS) $(UNIT_HOST)))

define UNIT_OBJECT_RULE
$(UNIT_OBJECTS_DIR)/$(1)/%.o: %
	@echo "  CC    $$< (unit tests)"
	@mkdir -p $$(@D)
	@$$(CC) $$(UNIT_CFLAGS) $$($(1)_CFLAGS) -MMD -MP -c -o $$@ $$<
endef
$(foreach flavour,$(sort $(foreach t,$(UNIT_TESTS),$(call unit_flavour,$(t)))), \
	$(eval $(call UNIT_OBJECT_RULE,$(flavour))))

$(UNIT_BINARIES): $(BUILD)/tests/unit/%: $$(call unit_objects,$$*) $$($$*_DEPS)
	@echo "  TEST  $*"
	@mkdir -p $(@D)
	@$(CC) $(UNIT_CFLAGS) $($*_CFLAGS) -o $@ $(call unit_objects,$*) -lcmocka $($*_LIBS)

-include $(patsubst %.o,%.d,$(sort $(foreach t,$(UNIT_TESTS),$(call unit_objects,$(t)))))

.PHONY: unit
unit: $(UNIT_BINARIES)
	@tests/run_unit $(UNIT_BINARIES)

# Models of the protocols between threads, checked by spin.
.PHONY: models
models:
	tests/model/check $(BUILD)

# --- Parts ----------------------------------------------------------------------------------------

-include arch/x86/platform/platform.mk
-include $(wildcard tools/*/*.mk guest/*/*.mk tests/system/*.mk)

# --- What users type ------------------------------------------------------------------------------

LAB_PARTS := $(LAB_PLUGIN) $(PROFILE_PLUGIN) $(NIC_PLUGIN)

.PHONY: all deps lab run smoke compat test system lint clean
all: $(BUILD)/sluice.elf

deps:
	tools/install-deps

lab: $(LAB_PARTS)

# The packages first: rules read what they install.
run: deps
	$(MAKE) iso lab
	@echo "When the guest is up, try in another terminal: curl http://127.0.0.1:8080/"
	@echo "Ctrl-] moves between guest and monitor; Ctrl-A X ends the machine."
	tools/lab/machine --iso $(BUILD)/sluice.iso --cores 2 --memory 512 --nic 10fb --wire slirp \
		--hostfwd tcp:127.0.0.1:8080-10.0.2.15:80 --symbols $(BUILD)/sluice.elf --interactive

smoke: deps
	$(MAKE) iso lab
	tests/system/smoke

compat: deps
	$(MAKE) iso lab bare
	tests/system/compat

test: deps
	tests/run_all

system: iso lab bare vfio-user
	tests/system/run

# A million wake-ups of guests and backends in each mode: minutes.
.PHONY: stress-wakeup
stress-wakeup: iso lab bare
	tests/system/stress_wakeup

# A guest of more than 3 GB: a minute, and a gigabyte of temporary files.
.PHONY: test-large-memory
test-large-memory: iso lab bare
	tests/system/large_memory

lint:
	tools/lint

clean:
	rm -rf $(BUILD)
