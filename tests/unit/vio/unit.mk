# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of vio.
UNIT_TESTS += vio/test_toeplitz vio/test_coalesce vio/test_switch vio/test_queue

VIO_QUEUE_SRCS := $(addprefix vio/,queue.c queue_rx.c queue_tx.c offload.c coalesce.c) \
	drivers/net/packet.c tests/unit/vio/fake_guest.c

vio/test_toeplitz_SRCS := vio/toeplitz.c
vio/test_coalesce_SRCS := vio/coalesce.c
vio/test_switch_SRCS := vio/switch.c
vio/test_queue_SRCS := $(VIO_QUEUE_SRCS)
