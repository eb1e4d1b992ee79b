# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the 82599's driver, against the emulated card.
IXGBE_TESTS := ixgbe/test_peek

IXGBE_TESTS += $(addprefix ixgbe/,test_packet test_bringup test_module test_traffic test_rss \
	test_offload test_interrupt test_recovery test_gate test_management test_timeouts \
	test_removal test_nonsense)
IXGBE_TEST_SRCS := tests/unit/ixgbe/nic.c tests/unit/ixgbe/frame.c drivers/net/packet.c \
	$(sort $(wildcard drivers/net/ixgbe/*.c))
UNIT_TESTS += $(IXGBE_TESTS)
$(foreach t,$(IXGBE_TESTS),$(eval $(t)_SRCS := $(IXGBE_TEST_SRCS)))
$(foreach t,$(IXGBE_TESTS),$(eval $(t)_DEPS := build/tools/i82599/libi82599.a))
$(foreach t,$(IXGBE_TESTS),$(eval $(t)_LIBS := build/tools/i82599/libi82599.a))
