# SPDX-License-Identifier: BSD-2-Clause
# The interrupt policy against controls, in the simulator.
UNIT_TESTS += policy/test_frontier

policy/test_frontier_SRCS := $(addprefix tools/policy/,simulate.c controls.c traffic.c) vio/coalesce.c vio/backlog.c
policy/test_frontier_LIBS := -lm
