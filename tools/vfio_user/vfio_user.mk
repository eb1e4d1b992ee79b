# SPDX-License-Identifier: BSD-2-Clause
# The emulated 82599 as a vfio-user server: `make vfio-user`.

VFIO_USER_SRCS := $(addprefix tools/vfio_user/,arguments.c channel.c dma.c irq.c json.c main.c port.c \
	region.c remote.c server.c session.c version.c)
VFIO_USER_OBJS := $(VFIO_USER_SRCS:%.c=build/%.o)
VFIO_USER := build/tools/vfio_user/i82599

.PHONY: vfio-user
vfio-user: $(VFIO_USER)

$(VFIO_USER_OBJS): build/%.o: %.c
	@echo "  CC    $<"
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(CFLAGS_WARN) -I. -MMD -MP -c -o $@ $<

$(VFIO_USER): $(VFIO_USER_OBJS) build/tools/i82599/libi82599.a build/tools/wire/libwire.a
	@echo "  LD    $@"
	@$(CC) -o $@.new $^ -lslirp -lpcap
	@mv $@.new $@ # never under a running server

-include $(VFIO_USER_OBJS:.o=.d)
