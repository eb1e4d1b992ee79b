# SPDX-License-Identifier: BSD-2-Clause
# The guest's DSDT: compiled, then embedded by dsdt.S. Needs package acpica-tools.

DSDT_AML := $(BUILD)/arch/x86/platform/dsdt.aml

$(DSDT_AML): arch/x86/platform/dsdt.asl
	@mkdir -p $(@D)
	iasl -we -p $(basename $@) $< >$@.log || { cat $@.log; rm -f $@; exit 1; }

$(BUILD)/arch/x86/platform/dsdt.S.o: $(DSDT_AML)
