# SPDX-License-Identifier: BSD-2-Clause
# The interrupt policy on the host: build/tools/policy/simulate, make simulate-coalescing.

POLICY_SRCS := $(addprefix tools/policy/,main.c simulate.c controls.c traffic.c capture.c) vio/coalesce.c vio/backlog.c
POLICY_HEADERS := $(wildcard tools/policy/*.h) vio/coalesce.h vio/vio_net.h

$(BUILD)/tools/policy/simulate: $(POLICY_SRCS) $(POLICY_HEADERS)
	@echo "  LD    $@"
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(CFLAGS_WARN) -I. -o $@ $(POLICY_SRCS) -lpcap -lm

# A table, build/bench/policy.json, and interrupts against latency in build/bench/policy.svg and .png.
.PHONY: simulate-coalescing
simulate-coalescing: $(BUILD)/tools/policy/simulate
	@mkdir -p $(BUILD)/bench
	$< --json $(BUILD)/bench/policy.json --plot $(BUILD)/bench/policy.dat
	gnuplot -e "data='$(BUILD)/bench/policy.dat'; out='$(BUILD)/bench/policy'" \
		tools/policy/frontier.gp
