/* SPDX-License-Identifier: BSD-2-Clause */
/* Bits of the VMX controls and of the VMCS's state fields (SDM volume 3, chapters 25 to 28). */
#ifndef SLUICE_ARCH_X86_VMX_CONTROLS_H
#define SLUICE_ARCH_X86_VMX_CONTROLS_H

#define BIT(n) (1ull << (n))

/* Pin-based VM-execution controls */
#define PIN_EXTERNAL_INTERRUPT_EXITING BIT(0)
#define PIN_NMI_EXITING                BIT(3)
#define PIN_VIRTUAL_NMIS               BIT(5)
#define PIN_PREEMPTION_TIMER           BIT(6)
#define PIN_PROCESS_POSTED_INTERRUPTS  BIT(7)

/* Primary processor-based VM-execution controls */
#define CPU_INTERRUPT_WINDOW_EXITING BIT(2)
#define CPU_USE_TSC_OFFSETTING       BIT(3)
#define CPU_HLT_EXITING              BIT(7)
#define CPU_MWAIT_EXITING            BIT(10)
#define CPU_RDPMC_EXITING            BIT(11)
#define CPU_CR3_LOAD_EXITING         BIT(15)
#define CPU_CR3_STORE_EXITING        BIT(16)
#define CPU_CR8_LOAD_EXITING         BIT(19)
#define CPU_CR8_STORE_EXITING        BIT(20)
#define CPU_USE_TPR_SHADOW           BIT(21)
#define CPU_NMI_WINDOW_EXITING       BIT(22)
#define CPU_UNCONDITIONAL_IO_EXITING BIT(24)
#define CPU_USE_MSR_BITMAPS          BIT(28)
#define CPU_MONITOR_EXITING          BIT(29)
#define CPU_SECONDARY_CONTROLS       BIT(31)

/* Secondary processor-based VM-execution controls */
#define CPU2_VIRTUALIZE_APIC_ACCESSES   BIT(0)
#define CPU2_ENABLE_EPT                 BIT(1)
#define CPU2_ENABLE_RDTSCP              BIT(3)
#define CPU2_VIRTUALIZE_X2APIC_MODE     BIT(4)
#define CPU2_ENABLE_VPID                BIT(5)
#define CPU2_WBINVD_EXITING             BIT(6)
#define CPU2_UNRESTRICTED_GUEST         BIT(7)
#define CPU2_APIC_REGISTER_VIRT         BIT(8)
#define CPU2_VIRTUAL_INTERRUPT_DELIVERY BIT(9)
#define CPU2_PAUSE_LOOP_EXITING         BIT(10)
#define CPU2_ENABLE_INVPCID             BIT(12)
#define CPU2_ENCLS_EXITING              BIT(15)

/* VM-exit controls */
#define EXIT_SAVE_DEBUG_CONTROLS     BIT(2)
#define EXIT_HOST_ADDRESS_SPACE_SIZE BIT(9)
#define EXIT_ACKNOWLEDGE_INTERRUPT   BIT(15)
#define EXIT_SAVE_IA32_PAT           BIT(18)
#define EXIT_LOAD_IA32_PAT           BIT(19)
#define EXIT_SAVE_IA32_EFER          BIT(20)
#define EXIT_LOAD_IA32_EFER          BIT(21)

/* VM-entry controls */
#define ENTRY_LOAD_DEBUG_CONTROLS BIT(2)
#define ENTRY_IA32E_MODE_GUEST    BIT(9)
#define ENTRY_LOAD_IA32_PAT       BIT(14)
#define ENTRY_LOAD_IA32_EFER      BIT(15)

/* XCR0 (SDM volume 1, "XSAVE-Supported Features"): x87, SSE, AVX; the three of AVX-512; PKRU */
#define XCR0_AVX512 (BIT(5) | BIT(6) | BIT(7))
#define XCR0_KNOWN  (BIT(0) | BIT(1) | BIT(2) | XCR0_AVX512 | BIT(9))

/* Interruption information: VM entry, VM exit, IDT vectoring */
#define INTERRUPTION_VECTOR         0xffull
#define INTERRUPTION_TYPE           (7ull << 8)
#define INTERRUPTION_EXTERNAL       (0ull << 8)
#define INTERRUPTION_NMI            (2ull << 8)
#define INTERRUPTION_EXCEPTION      (3ull << 8)
#define INTERRUPTION_SOFTWARE       (4ull << 8)
#define INTERRUPTION_PRIVILEGED     (5ull << 8)
#define INTERRUPTION_SOFT_EXCEPTION (6ull << 8)
#define INTERRUPTION_ERROR_CODE     BIT(11)
#define INTERRUPTION_NMI_UNBLOCKED  BIT(12) /* by the IRET that caused the exit */
#define INTERRUPTION_VALID          BIT(31)

/* Guest interruptibility state */
#define BLOCKING_BY_STI    BIT(0)
#define BLOCKING_BY_MOV_SS BIT(1)
#define BLOCKING_BY_NMI    BIT(3)

/* Pending debug exceptions */
#define PENDING_DEBUG_BS BIT(14) /* a single step */

/* Guest activity state */
#define ACTIVITY_ACTIVE 0

/* Segment access rights */
#define ACCESS_CODE64  0xa09bull /* present, accessed, execute/read, long, 4 KB granularity */
#define ACCESS_DATA    0xc093ull /* present, accessed, read/write, 32-bit, 4 KB granularity */
#define ACCESS_TSS     0x008bull /* present, busy 32/64-bit TSS */
#define ACCESS_LDT     0x0082ull
#define ACCESS_CODE16  0x009bull
#define ACCESS_DATA16  0x0093ull
#define ACCESS_DPL(x)  (((x) >> 5) & 3)
#define ACCESS_LONG    BIT(13)
#define ACCESS_DEFAULT BIT(14)

/* EPT pointer and entries (SDM volume 3, "EPT Translation Mechanism") */
#define EPT_READ             BIT(0)
#define EPT_WRITE            BIT(1)
#define EPT_EXECUTE          BIT(2)
#define EPT_TYPE_WB          (6ull << 3)
#define EPT_IGNORE_PAT       BIT(6)
#define EPT_LARGE            BIT(7)
#define EPT_ADDRESS          0x000ffffffffff000ull
#define EPT_POINTER_WB       6ull
#define EPT_POINTER_4_LEVELS (3ull << 3)

/* IA32_VMX_EPT_VPID_CAP */
#define EPT_CAP_4_LEVELS        BIT(6)
#define EPT_CAP_WB              BIT(14)
#define EPT_CAP_2MB             BIT(16)
#define EPT_CAP_INVEPT          BIT(20)
#define EPT_CAP_INVEPT_SINGLE   BIT(25)
#define VPID_CAP_INVVPID        BIT(32)
#define VPID_CAP_INVVPID_SINGLE BIT(41)

/* INVEPT and INVVPID types */
#define INVEPT_SINGLE_CONTEXT  1
#define INVEPT_ALL_CONTEXTS    2
#define INVVPID_SINGLE_CONTEXT 1
#define INVVPID_ALL_CONTEXTS   2

/* Exit qualification of EPT violations */
#define EPT_VIOLATION_WRITE BIT(1)
#define EPT_VIOLATION_FETCH BIT(2)
/* Bit 12 as in the interruption information. */

#endif
