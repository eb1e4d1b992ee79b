/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and notes to the generator from the machine it loads: UDP datagrams. */
#ifndef SLUICE_TOOLS_WIRE_COMMAND_H
#define SLUICE_TOOLS_WIRE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The port that takes commands, at any IPv4 address (no fragments, no options, no VLAN tag). */
#define COMMAND_PORT 0x534cu
/* The port that takes notes. */
#define NOTE_PORT 0x534du
/* The longest text, with its terminator. */
#define COMMAND_MAX 512u

/*
 * True if the frame is a command; its payload is then in `text`, terminated, without the newline
 * it may end in.
 */
bool command_find(const uint8_t *frame, size_t len, char text[COMMAND_MAX]);

/* The payload of a frame that is a note, any bytes, or NULL. */
const uint8_t *note_find(const uint8_t *frame, size_t len, size_t *bytes);

#endif
