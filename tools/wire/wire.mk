# SPDX-License-Identifier: BSD-2-Clause
# Rules for the wire library: build/tools/wire/libwire.a, linked with $(WIRE_LIBS).

WIRE_SRCS := $(addprefix tools/wire/,backlog.c capture.c command.c cross.c echo.c fault_plan.c flow.c generator.c \
	generator_config.c histogram.c hostfwd.c lease.c loads.c mark.c neighbor.c options.c pace.c peer.c random.c \
	replay.c report.c schedule.c settings.c sink.c slirp.c tap.c transfer.c wire.c)
WIRE_OBJS := $(WIRE_SRCS:%.c=build/%.o)
WIRE_LIB := build/tools/wire/libwire.a
WIRE_LIBS := -lslirp -lpcap

WIRE_CFLAGS = -std=gnu11 -D_GNU_SOURCE -O2 -g -fPIC -Wall -Wextra -Werror -MMD -MP -I. \
	`pkg-config --cflags slirp`

$(WIRE_OBJS): build/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(WIRE_CFLAGS) -c -o $@ $<

$(WIRE_LIB): $(WIRE_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

-include $(WIRE_OBJS:.o=.d)
