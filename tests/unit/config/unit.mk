# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the configuration's parser.
UNIT_TESTS += config/test_config config/test_ports

CONFIG_SRCS := kernel/config.c kernel/config_net.c kernel/format.c
config/test_config_SRCS := $(CONFIG_SRCS)
config/test_ports_SRCS := $(CONFIG_SRCS) vio/vlan.c
