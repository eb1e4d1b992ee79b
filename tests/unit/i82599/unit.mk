# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the emulated 82599.

I82599_TESTS := $(addprefix i82599/,test_registers test_link test_interrupts test_rss test_rx test_tx \
	test_defects test_faults test_fifo test_abuse)
UNIT_TESTS += $(I82599_TESTS)
$(foreach t,$(I82599_TESTS),$(eval $(t)_SRCS := $(sort $(wildcard tools/i82599/*.c)) \
	tests/unit/i82599/card.c))
