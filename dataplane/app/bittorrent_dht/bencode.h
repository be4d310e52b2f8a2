/* SPDX-License-Identifier: Apache-2.0 */
/** Bencoding (BEP 3): a bounded reader of strings, integers, lists and dictionaries. */
#ifndef DP_APP_BENCODE_H
#define DP_APP_BENCODE_H

#include "../cursor.h"

#define BENCODE_DEPTH 4u

enum dp_bencode_kind { DP_BEN_BYTES, DP_BEN_INT, DP_BEN_LIST, DP_BEN_DICT };

struct dp_ben {
	enum dp_bencode_kind kind;
	struct dp_span body; /**< string; or what stands between the ends of a list or dictionary */
	int64_t number;
};

/** The object at the cursor. False: there is none, or it is not sound (c is bad). */
bool dp_ben_next(struct dp_cur *c, struct dp_ben *o);
/** Key and value of a dictionary's body; keys rise, or c becomes bad. */
bool dp_ben_pair(struct dp_cur *c, struct dp_span *key, struct dp_ben *value);

#endif
