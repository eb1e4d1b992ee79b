// SPDX-License-Identifier: BSD-2-Clause
/* The two 8259 interrupt controllers: initialisation words ICW1-4, then the mask (OCW1). */
#include "arch/x86/cpu/pic.h"

#include "arch/x86/cpu/io.h"
#include "arch/x86/cpu/vectors.h"

#define PIC_MASTER    0x20
#define PIC_SLAVE     0xa0
#define ICW1          0x11 /* edge, cascade, ICW4 follows */
#define ICW4_8086     0x01
#define SLAVE_INPUT   2
#define ALL_MASKED    0xff
#define PIC_PIN_COUNT 8

static void init(unsigned port, unsigned vector, unsigned cascade)
{
	io_write8((uint16_t)port, ICW1);
	io_write8((uint16_t)(port + 1), (uint8_t)vector);
	io_write8((uint16_t)(port + 1), (uint8_t)cascade);
	io_write8((uint16_t)(port + 1), ICW4_8086);
	io_write8((uint16_t)(port + 1), ALL_MASKED);
}

void pic_disable(void)
{
	init(PIC_MASTER, VECTOR_PIC, 1u << SLAVE_INPUT);
	init(PIC_SLAVE, VECTOR_PIC + PIC_PIN_COUNT, SLAVE_INPUT);
}
