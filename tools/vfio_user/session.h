/* SPDX-License-Identifier: BSD-2-Clause */
/* One client's use of one card: its commands and what they are answered. */
#ifndef SLUICE_TOOLS_VFIO_USER_SESSION_H
#define SLUICE_TOOLS_VFIO_USER_SESSION_H

#include "tools/vfio_user/channel.h"
#include "tools/vfio_user/port.h"

struct vfu_session {
	struct vfu_port *port;
	struct vfu_channel channel; /* closed: there is no client */
	bool negotiated;
	bool write_multi;      /* agreed on */
	uint64_t max_transfer; /* what the client takes in one message */
	unsigned refused;      /* commands, told in the log up to a limit */
	uint8_t data[I82599_BAR0_BYTES];
};

/* No client yet. */
void vfu_session_init(struct vfu_session *session, struct vfu_port *port);

/* A client has come, over this connected socket, which is taken over. */
void vfu_session_begin(struct vfu_session *session, int fd);

static inline bool vfu_session_active(const struct vfu_session *session)
{
	return session->channel.fd >= 0;
}

/* What poll() should wait for on the client's socket. */
short vfu_session_events(const struct vfu_session *session);

/*
 * Sends what waits and carries out what came, without waiting; some of it only if there is much.
 * Ends the session when the client has gone or cannot be understood.
 */
void vfu_session_serve(struct vfu_session *session);

/* Ends it now; nothing happens without a client. */
void vfu_session_end(struct vfu_session *session, const char *reason);

#endif
