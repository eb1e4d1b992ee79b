# SPDX-License-Identifier: BSD-2-Clause
# Sluice and the KVM control under the same loads, in the lab: docs/bench-kvm.md. QUICK=1: a few loads.
# BENCH_KVM_ARGUMENTS: e.g. --guests 4 --size 64.

BENCH_KVM_PARTS := $(addprefix $(BUILD)/,sluice.elf guest/linux/sluice_net.ko guest/sink/sluice_sink.ko \
	guest/meter/sluice_meter.ko)
BENCH_KVM_QUICK := $(if $(filter-out 0,$(QUICK)),--quick)

.PHONY: bench-coalescing
bench-coalescing: deps
	$(MAKE) lab $(BENCH_KVM_PARTS)
	tools/bench/kvm/run $(BENCH_KVM_QUICK) $(BENCH_KVM_ARGUMENTS)

# The control alone.
.PHONY: bench-kvm
bench-kvm: deps
	$(MAKE) lab $(BENCH_KVM_PARTS)
	tools/bench/kvm/run --system kvm $(BENCH_KVM_QUICK) $(BENCH_KVM_ARGUMENTS)

# Two runs of a scenario are identical.
.PHONY: bench-repeat
bench-repeat: deps
	$(MAKE) lab $(BENCH_KVM_PARTS)
	tools/bench/kvm/run --quick --twice --out $(BUILD)/bench/repeat $(BENCH_KVM_ARGUMENTS)

# Its test runs it.
system: $(BUILD)/guest/sink/sluice_sink.ko $(BUILD)/guest/meter/sluice_meter.ko
