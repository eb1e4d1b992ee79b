# SPDX-License-Identifier: BSD-2-Clause
# Rules of the lab: `make bochs` (the emulator and its lab plugin), `make test-lab` (its cures and machine runner).
# Needs tools/bochs/nic.mk beside it, which records in build/tools/bochs/bochs-dir which Bochs
# there is.

LAB_PLUGIN := build/tools/bochs/libbx_lab.so
PROFILE_PLUGIN := build/tools/bochs/libbx_profile.so
LAB_KERNEL := build/tests/system/lab/cures.elf
LAB_KERNEL_OBJS := $(patsubst %,build/tests/system/lab/%.o,start kernel vmx scenes checks trace)
LAB_CFLAGS := -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-pie -fno-stack-protector \
	-fcf-protection=none -mno-red-zone -mno-sse -mno-mmx -mno-80387 -MMD -MP -I. \
	-Iarch/x86/include -Ibuild

.PHONY: bochs test-lab prove-lab
bochs: $(LAB_PLUGIN) $(PROFILE_PLUGIN)

$(LAB_PLUGIN) $(PROFILE_PLUGIN): build/tools/bochs/libbx_%.so: tools/bochs/%.cc build/tools/bochs/bochs-dir
	$(CXX) -std=c++11 -O2 -fPIC -shared -Wall -Wextra -Wno-unused-parameter -Werror \
		$(patsubst %,-isystem $(shell cat build/tools/bochs/bochs-dir)/src%,/ /instrument/stubs) \
		-o $@.new $<
	mv $@.new $@ # never under a running emulator

build/tests/system/lab/%.o: tests/system/lab/%.c
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -c -o $@ $<

build/tests/system/lab/%.o: tests/system/lab/%.S
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -c -o $@ $<

# The hypervisor's own trace rings, to test that the machine runner reads them.
build/tests/system/lab/trace.o: kernel/trace.c
	@mkdir -p $(@D)
	$(CC) $(LAB_CFLAGS) -c -o $@ $<

$(LAB_KERNEL): tests/system/lab/kernel.ld $(LAB_KERNEL_OBJS)
	$(LD) -n --no-warn-rwx-segments -T $^ -o $@

test-lab: $(LAB_KERNEL) $(LAB_PLUGIN)
	tests/system/lab/run_cures
	tests/system/lab/run_machine

prove-lab: $(LAB_KERNEL) $(LAB_PLUGIN)
	tests/system/lab/run_cures --prove

-include $(LAB_KERNEL_OBJS:.o=.d)
