/* SPDX-License-Identifier: Apache-2.0 */
/** A rule file as logical lines: comments told apart, continuations joined, places kept. */
#ifndef SIG_LINES_H
#define SIG_LINES_H

#include "parser.h"

struct sig_lines {
	struct sig_set *set;
	const char *name;
	char *at, *end;
	uint32_t line; /* physical number of the line at `at` */
};

void sig_lines_init(
	struct sig_lines *l, struct sig_set *set, const char *name, char *text, size_t len);
/**
 * Next rule, also one that is commented out ("# alert ..."): then *enabled is false. Terminates the
 * text in place. in->text, len, piece are set. False at the end of the file.
 */
bool sig_lines_next(struct sig_lines *l, struct sig_reading *in, bool *enabled);

#endif
