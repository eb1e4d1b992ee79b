# SPDX-License-Identifier: BSD-2-Clause
UNIT_TESTS += config/test_config
config/test_config_SRCS := kernel/config.c kernel/format.c
