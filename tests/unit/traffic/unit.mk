# SPDX-License-Identifier: BSD-2-Clause
# The bare traffic guest's checks and frames, against those of the wire.
UNIT_TESTS += traffic/test_sink traffic/test_source
traffic/test_sink_SRCS := guest/bare/traffic/sink.c tools/wire/sink.c tools/wire/mark.c \
	tools/wire/histogram.c tests/unit/traffic/alloc.c
traffic/test_source_SRCS := guest/bare/traffic/source.c tools/wire/mark.c tests/unit/traffic/alloc.c
