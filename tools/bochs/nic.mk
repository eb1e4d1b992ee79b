# SPDX-License-Identifier: BSD-2-Clause
# Rules for the Bochs plugin that hosts the emulated 82599: `make nic-plugin`.
# Links the model (tools/i82599/i82599.mk) and the wire (tools/wire/wire.mk).

NIC_PLUGIN := build/tools/bochs/libbx_nic82599.so
NIC_MODEL := build/tools/i82599/libi82599.a
BOCHS_DIR_FILE := build/tools/bochs/bochs-dir

NIC_CXXFLAGS = -std=c++11 -O2 -g -fPIC -Wall -Wextra -Wno-unused-parameter -Werror -MMD -MP -I. \
	-isystem $(NIC_BOCHS)/src -isystem $(NIC_BOCHS)/src/iodev -isystem $(NIC_BOCHS)/src/instrument/stubs
NIC_BOCHS = $(shell cat $(BOCHS_DIR_FILE))

.PHONY: nic-plugin bochs-always
nic-plugin: $(NIC_PLUGIN)

# Which Bochs; changes only when another one has been built, and the plugin with it.
$(BOCHS_DIR_FILE): bochs-always
	@mkdir -p $(@D)
	@tools/bochs/build > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/tools/bochs/nic82599.o: tools/bochs/nic82599.cc $(BOCHS_DIR_FILE)
	$(CXX) $(NIC_CXXFLAGS) -c -o $@ $<

$(NIC_PLUGIN): build/tools/bochs/nic82599.o $(NIC_MODEL) build/tools/wire/libwire.a
	$(CXX) -shared -o $@.new $^ $(WIRE_LIBS)
	mv $@.new $@ # never under a running emulator

-include build/tools/bochs/nic82599.d
