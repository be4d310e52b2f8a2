/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Talking to the programs of one appliance: sekishod's REST over its Unix socket, and the guard's
 * one-line commands when sekishod is not there. Blocking; for the command line.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stddef.h>

#define CTL_API_SOCKET "sekishod.sock"
#define CTL_GUARD_SOCKET "guard.sock"

struct ctl_reply {
	long status; /**< HTTP status */
	char *body;  /**< heap, terminated by zero; NULL when streamed */
	size_t len;
};

/** $SEKISHO_RUN_DIR, or /run/sekisho. */
const char *ctl_run_dir(void);

/**
 * One request. body NULL: none. -ECONNREFUSED: nobody listens; -ETIMEDOUT; -EIO else.
 * type: content type of the body, NULL: JSON.
 */
int ctl_request(const char *method, const char *path, const void *body, size_t n, const char *type,
	struct ctl_reply *reply);
/** GET whose body goes to `chunk` as it comes, without an end in time. chunk: nonzero stops. */
int ctl_stream(const char *path, int (*chunk)(void *arg, const char *p, size_t n), void *arg,
	long *status);
void ctl_reply_free(struct ctl_reply *r);

/** One line to the guard, its one-line answer on the heap. -ECONNREFUSED: no guard. */
int ctl_guard_command(const char *run_dir, const char *line, char **answer);

#endif
