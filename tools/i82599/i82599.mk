# SPDX-License-Identifier: BSD-2-Clause
# The emulated 82599 as a static library for the emulator's plugin and other hosts.

I82599_SRCS := $(addprefix tools/i82599/,config.c defect.c device.c fault.c fifo.c firmware.c i2c.c interrupt.c \
	link.c module.c msix.c nvm.c offload.c parse.c register.c register_table.c ring.c rss.c rx.c \
	rx_filter.c stats.c tx.c unmodelled.c vpd.c wait.c wire.c)
I82599_OBJS := $(I82599_SRCS:tools/i82599/%.c=build/tools/i82599/%.o)
I82599_LIB := build/tools/i82599/libi82599.a

build/tools/i82599/%.o: tools/i82599/%.c
	@mkdir -p $(@D)
	$(HOSTCC) -std=c11 -O2 -fPIC -Wall -Wextra -Werror -I. -MMD -MP -c $< -o $@

$(I82599_LIB): $(I82599_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

HOSTCC ?= cc

-include $(I82599_OBJS:.o=.d)
