# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of vio.
UNIT_TESTS += vio/test_toeplitz vio/test_coalesce vio/test_backlog vio/test_coalescing vio/test_watch vio/test_switch vio/test_queue \
	vio/test_vlan vio/test_rate vio/test_transmit vio/test_fair vio/test_hostile vio/test_offload vio/test_device vio/test_address vio/test_backend \
	vio/test_between_guests vio/test_sleep vio/test_steering vio/test_uplink \
	vio/test_threads vio/test_threads_tsan vio/test_steering_threads

VIO_QUEUE_SRCS := $(addprefix vio/,queue.c queue_rx.c queue_tx.c offload.c queue_interrupt.c coalesce.c backlog.c rate.c) \
	drivers/net/packet.c tests/unit/vio/fake_guest.c

VIO_NETWORK_SRCS := $(VIO_QUEUE_SRCS) $(addprefix vio/,backend.c moderate.c watch.c coalescing.c forward.c mailbox.c switch.c vlan.c transmit.c fair.c \
	toeplitz.c network.c device.c device_address.c device_registers.c rss.c gate.c uplink.c) \
	tests/unit/vio/fake_netdev.c tests/unit/vio/fake_network.c

vio/test_toeplitz_SRCS := vio/toeplitz.c
vio/test_coalesce_SRCS := vio/coalesce.c
vio/test_backlog_SRCS := vio/backlog.c
vio/test_switch_SRCS := vio/switch.c vio/vlan.c
vio/test_rate_SRCS := vio/rate.c vio/offload.c
vio/test_rate_LIBS := -lpthread
vio/test_transmit_SRCS := $(VIO_NETWORK_SRCS)
vio/test_fair_SRCS := $(VIO_NETWORK_SRCS)
vio/test_vlan_SRCS := $(VIO_NETWORK_SRCS)
vio/test_queue_SRCS := $(VIO_QUEUE_SRCS)
vio/test_hostile_SRCS := $(VIO_QUEUE_SRCS)
vio/test_offload_SRCS := vio/offload.c
vio/test_watch_SRCS := $(VIO_NETWORK_SRCS)
vio/test_coalescing_SRCS := $(VIO_NETWORK_SRCS)
vio/test_device_SRCS := $(VIO_NETWORK_SRCS)
vio/test_steering_SRCS := $(VIO_NETWORK_SRCS) tests/unit/vio/fake_flow.c
vio/test_uplink_SRCS := $(VIO_NETWORK_SRCS) tests/unit/vio/fake_flow.c
VIO_TWO_GUESTS_SRCS := $(VIO_NETWORK_SRCS) tests/unit/vio/two_guests.c
vio/test_address_SRCS := $(VIO_TWO_GUESTS_SRCS)
vio/test_backend_SRCS := $(VIO_TWO_GUESTS_SRCS)
vio/test_between_guests_SRCS := $(VIO_TWO_GUESTS_SRCS)
vio/test_sleep_SRCS := $(VIO_TWO_GUESTS_SRCS)

VIO_THREADS_SRCS := $(filter-out tests/unit/vio/fake_net%,$(VIO_NETWORK_SRCS)) \
	tests/unit/vio/fake_threads.c
vio/test_threads_SRCS := $(VIO_THREADS_SRCS)
vio/test_threads_LIBS := -lpthread
# The thread sanitizer knows no fences: what they order is left to test_threads and the models.
vio/test_threads_tsan_SRCS := $(VIO_THREADS_SRCS)
vio/test_threads_tsan_CFLAGS := -fno-sanitize=address -fsanitize=thread -Wno-tsan \
	--param tsan-distinguish-volatile=1
vio/test_threads_tsan_LIBS := -lpthread
vio/test_steering_threads_SRCS := $(VIO_THREADS_SRCS)
vio/test_steering_threads_LIBS := -lpthread
