/* SPDX-License-Identifier: Apache-2.0 */
/** Properties of a rule by name, for listing, counting and conditions. */
#ifndef SIG_FIELD_H
#define SIG_FIELD_H

#include <sig/rule.h>

/** Protocol word of the rule. */
const char *sig_field_proto(const struct sig_rule *r);
/**
 * Does the rule have this value? key: sid, gid, rev, action, proto, app, class, classtype,
 * priority, msg (substring, any case), file, keyword, buffer, reference, noalert, enabled, or any
 * metadata key. Returns -1 for a key that means nothing and that no metadata has.
 */
int sig_field_is(const struct sig_rule *r, const char *key, size_t key_len, const char *value);

#endif
