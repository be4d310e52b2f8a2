/* SPDX-License-Identifier: Apache-2.0 */
/** Loading one piece of rule text in a test. */
#ifndef TEST_LOAD_H
#define TEST_LOAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sig/keyword.h>
#include <sig/ruleset.h>

/** Load text; never NULL. */
struct sig_ruleset *load_text(const char *text, enum sig_dialect dialect);
/** The text must give exactly one rule and no refusal; prints what was wrong otherwise. */
const struct sig_rule *load_one(const char *text, struct sig_ruleset **set);
/** True when the options load as the body of "alert PROTO any any -> any any (...)". */
int body_loads(const char *proto, const char *body);
/** First option of a kind, or NULL. */
const struct sig_opt *find_opt(const struct sig_rule *r, enum sig_opt_kind kind);

#endif
