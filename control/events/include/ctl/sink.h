/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where finished EVE lines go: a file that may be rotated away under us, and a ring of the last
 * lines for whoever asks later. One thread. A file that cannot be written loses lines, counted:
 * events wait for nobody.
 */
#ifndef CTL_SINK_H
#define CTL_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_file_sink {
	char *path;
	int fd; /**< -1: not open */
	uint64_t lines, bytes, lost_bytes;
	int error; /**< errno of the last failure, 0 when all is well again */
};

/** Open for appending (created 0640). truncate: start with an empty file. 0 or -errno. */
int ctl_file_sink_open(struct ctl_file_sink *s, const char *path, bool truncate);
void ctl_file_sink_close(struct ctl_file_sink *s);
/** Open the path again: after rotation moved the old file away (SIGHUP). */
int ctl_file_sink_reopen(struct ctl_file_sink *s);
/** Whole lines. Retries short writes; a failing disk loses what it did not take. */
int ctl_file_sink_write(struct ctl_file_sink *s, const char *p, size_t n);

/** The last lines, by a number that grows by one for each line ever put. */
struct ctl_last {
	char **line;   /**< ring of `size` heap strings without the line end */
	size_t size;
	uint64_t next; /**< number that the next line will have */
};

int ctl_last_init(struct ctl_last *l, size_t size);
void ctl_last_fini(struct ctl_last *l);
/** Splits the text into its lines. */
void ctl_last_put(struct ctl_last *l, const char *text, size_t n);
/** Line `number`, or NULL: not there yet, or gone already. Borrowed until the next put. */
const char *ctl_last_get(const struct ctl_last *l, uint64_t number);
uint64_t ctl_last_oldest(const struct ctl_last *l);

#endif
