/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's command line: cards, their sockets and their wires. */
#ifndef SLUICE_TOOLS_VFIO_USER_ARGUMENTS_H
#define SLUICE_TOOLS_VFIO_USER_ARGUMENTS_H

#include "tools/wire/options.h"

#define ARGUMENTS_PORTS_MAX 8u

struct port_arguments {
	const char *socket;
	const char *bridge; /* NULL: none that could refuse */
	struct nic_options nic;
};

struct arguments {
	bool help, once;
	unsigned ports;
	struct port_arguments port[ARGUMENTS_PORTS_MAX];
};

extern const char arguments_usage[];

/*
 * Reads the command line, which is not copied. Returns 0, or -EINVAL with what was wrong and
 * expected in `why`.
 */
int arguments_read(struct arguments *arguments, int argc, char *const argv[], char *why,
		   size_t why_len);

#endif
