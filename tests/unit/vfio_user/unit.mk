# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the vfio-user server, and its fuzzer: a short run as a unit test, a long one by
# `make fuzz-vfio-user [SEED=N] [ROUNDS=N]`.

VFIO_USER_TESTS := $(addprefix vfio_user/,test_session test_memory test_interrupts test_arguments \
	test_server fuzz)
UNIT_TESTS += $(VFIO_USER_TESTS)

VFIO_USER_WIRE := build/tools/wire/libwire.a
VFIO_USER_UNIT_SRCS := $(filter-out tools/vfio_user/main.c,$(wildcard tools/vfio_user/*.c)) \
	$(wildcard tools/i82599/*.c) tests/unit/vfio_user/client.c
$(foreach t,$(VFIO_USER_TESTS),$(eval $(t)_SRCS := $(VFIO_USER_UNIT_SRCS)))
vfio_user/fuzz_SRCS += $(addprefix tests/unit/vfio_user/,fuzz_draw.c fuzz_messages.c)
$(foreach t,$(VFIO_USER_TESTS),$(eval $(t)_DEPS := $(VFIO_USER_WIRE)))
$(foreach t,$(VFIO_USER_TESTS),$(eval $(t)_LIBS := $(VFIO_USER_WIRE) -lslirp -lpcap))

SEED ?= 1
ROUNDS ?= 20000

.PHONY: fuzz-vfio-user
fuzz-vfio-user: $(BUILD)/tests/unit/vfio_user/fuzz
	$< $(SEED) $(ROUNDS)
