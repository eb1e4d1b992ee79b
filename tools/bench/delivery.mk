# SPDX-License-Identifier: BSD-2-Clause
# How interrupts and doorbells are delivered without cores or features for it: docs/delivery.md.

.PHONY: bench-delivery
bench-delivery: deps
	$(MAKE) bench-parts
	tools/bench/delivery/run $(if $(QUICK),--quick) $(BENCH_ARGUMENTS)
