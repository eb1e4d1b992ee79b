# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the wire.

UNIT_TESTS += wire/test_options wire/test_capture wire/test_pace wire/test_wire

wire/test_options_SRCS := tools/wire/options.c tools/wire/hostfwd.c

wire/test_capture_SRCS := tools/wire/capture.c
wire/test_capture_LIBS := -lpcap

wire/test_pace_SRCS := tools/wire/pace.c

wire/test_wire_SRCS := $(addprefix tools/wire/,wire.c backlog.c capture.c pace.c slirp.c tap.c)
wire/test_wire_CFLAGS := $(shell pkg-config --cflags slirp)
wire/test_wire_LIBS := -lslirp -lpcap
