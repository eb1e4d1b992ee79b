# SPDX-License-Identifier: BSD-2-Clause
# `make run-kvm` and `make run-vfio HOST_PCI=0000:01:00.0`: Sluice at the processor's own speed, by nested
# KVM, with the emulated 82599 or with a real one. docs/nested-kvm.md.

CORES ?= 2
MEMORY ?= 512
KVM_MACHINE = tools/qemu/machine --accel kvm --iso $(BUILD)/sluice.iso --cores $(CORES) --memory $(MEMORY) \
	--interactive
KVM_KEYS := Ctrl-] moves between guest and monitor; Ctrl-A X ends the machine.

.PHONY: run-kvm run-vfio
run-kvm: deps
	@tools/qemu/preflight --memory $(MEMORY)
	$(MAKE) iso vfio-user
	@echo "When the guest is up, try in another terminal: curl http://127.0.0.1:8080/"
	@echo "$(KVM_KEYS)"
	$(KVM_MACHINE) --nic 10fb --wire slirp --hostfwd tcp:127.0.0.1:8080-10.0.2.15:80

run-vfio: deps
	@test -n "$(HOST_PCI)" || { echo "HOST_PCI= which card? Expected a PCI address: make run-vfio HOST_PCI=0000:01:00.0" >&2; exit 1; }
	@tools/qemu/preflight --memory $(MEMORY) --host-pci "$(HOST_PCI)"
	$(MAKE) iso
	@echo "$(KVM_KEYS)"
	$(KVM_MACHINE) --host-pci "$(HOST_PCI)"
