# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the emulated 82599, linked with the model and the bench compiled once for all.

I82599_TESTS := $(addprefix i82599/,test_registers test_interrupts test_rss test_rx test_tx \
	test_defects test_faults test_fifo test_abuse)
UNIT_TESTS += $(I82599_TESTS)

I82599_UNIT_LIB := build/tests/unit/i82599/libi82599.a
I82599_UNIT_OBJS := $(patsubst %.c,build/tests/unit/%.o,$(wildcard tools/i82599/*.c) \
	tests/unit/i82599/card.c)

$(I82599_UNIT_OBJS): build/tests/unit/%.o: %.c
	@echo "  CC    $< (unit tests)"
	@mkdir -p $(@D)
	@$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(I82599_UNIT_LIB): $(I82599_UNIT_OBJS)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

$(foreach t,$(I82599_TESTS),$(eval $(t)_DEPS := $(I82599_UNIT_LIB)))
$(foreach t,$(I82599_TESTS),$(eval $(t)_LIBS := $(I82599_UNIT_LIB) -lcmocka))

-include $(I82599_UNIT_OBJS:.o=.d)
