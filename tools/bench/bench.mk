# SPDX-License-Identifier: BSD-2-Clause
# Benchmarks of the whole system in the lab: docs/bench.md.

.PHONY: bench-scaling
bench-scaling: deps
	$(MAKE) bench-parts
	tools/bench/scaling $(if $(QUICK),--quick) $(BENCH_ARGUMENTS)

.PHONY: bench-parts
bench-parts: lab bare guest-image $(BUILD)/sluice.elf
