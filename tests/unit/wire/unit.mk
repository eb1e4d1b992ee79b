# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the wire.

UNIT_TESTS += wire/test_options wire/test_capture wire/test_pace wire/test_wire

I82599_SRCS := $(wildcard tools/i82599/*.c)

wire/test_options_SRCS := $(addprefix tools/wire/,options.c hostfwd.c fault_plan.c settings.c) \
	$(I82599_SRCS)

wire/test_capture_SRCS := tools/wire/capture.c
wire/test_capture_LIBS := -lpcap

wire/test_pace_SRCS := tools/wire/pace.c

WIRE_UNIT_SRCS := $(filter-out tools/wire/options.c tools/wire/hostfwd.c tools/wire/report.c \
	tools/wire/fault_plan.c,	$(wildcard tools/wire/*.c))

wire/test_wire_SRCS := $(WIRE_UNIT_SRCS)
# By the shell of the rule, not by make: before `make deps` there may be no pkg-config.
wire/test_wire_CFLAGS := `pkg-config --cflags slirp`
wire/test_wire_LIBS := -lslirp -lpcap

UNIT_TESTS += wire/test_schedule wire/test_flow wire/test_generator wire/test_carriers \
	wire/test_fault_plan

wire/test_fault_plan_SRCS := $(addprefix tools/wire/,fault_plan.c settings.c)

wire/test_schedule_SRCS := $(addprefix tools/wire/,schedule.c random.c histogram.c)

wire/test_flow_SRCS := $(addprefix tools/wire/,flow.c mark.c neighbor.c generator_config.c settings.c)

wire/test_generator_SRCS := tests/unit/wire/bench.c $(WIRE_UNIT_SRCS)
wire/test_generator_CFLAGS := $(wire/test_wire_CFLAGS)
wire/test_generator_LIBS := $(wire/test_wire_LIBS)

wire/test_carriers_SRCS := $(wire/test_generator_SRCS)
wire/test_carriers_CFLAGS := $(wire/test_wire_CFLAGS)
wire/test_carriers_LIBS := $(wire/test_wire_LIBS) -Wl,--wrap=ppoll

UNIT_TESTS += wire/test_card wire/test_network_boot

wire/test_network_boot_SRCS := $(WIRE_UNIT_SRCS)
wire/test_network_boot_CFLAGS := $(wire/test_wire_CFLAGS)
wire/test_network_boot_LIBS := $(wire/test_wire_LIBS)

wire/test_card_SRCS := $(WIRE_UNIT_SRCS) $(I82599_SRCS) tests/unit/i82599/card.c
wire/test_card_CFLAGS := $(wire/test_wire_CFLAGS)
wire/test_card_LIBS := $(wire/test_wire_LIBS)

UNIT_TESTS += wire/test_transfer

wire/test_transfer_SRCS := $(addprefix tools/wire/,transfer.c flow.c mark.c)
