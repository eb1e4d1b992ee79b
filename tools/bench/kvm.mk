# SPDX-License-Identifier: BSD-2-Clause
# The KVM control in the lab: docs/bench-kvm.md. BENCH_KVM_ARGUMENTS: e.g. --guests 4 --size 64.

.PHONY: bench-kvm
bench-kvm: deps
	$(MAKE) lab $(BUILD)/guest/sink/sluice_sink.ko
	tools/bench/kvm/run $(BENCH_KVM_ARGUMENTS)

# Sluice under the same loads.
.PHONY: bench-coalescing
bench-coalescing: deps
	$(MAKE) lab $(BUILD)/sluice.elf $(addprefix $(BUILD)/guest/,linux/sluice_net.ko sink/sluice_sink.ko \
		meter/sluice_meter.ko)
	tools/bench/kvm/run --system sluice $(BENCH_KVM_ARGUMENTS)

# Its test runs it.
system: $(BUILD)/guest/sink/sluice_sink.ko $(BUILD)/guest/meter/sluice_meter.ko
