# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the configuration's parser.
UNIT_TESTS += config/test_config config/test_ports config/test_coalescing

CONFIG_SRCS := kernel/config.c kernel/serial_setting.c kernel/config_text.c kernel/config_net.c kernel/config_card.c kernel/config_coalescing.c \
	kernel/format.c
config/test_config_SRCS := $(CONFIG_SRCS)
config/test_ports_SRCS := $(CONFIG_SRCS) vio/vlan.c
config/test_coalescing_SRCS := $(CONFIG_SRCS)
