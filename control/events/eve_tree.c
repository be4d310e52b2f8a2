/* SPDX-License-Identifier: Apache-2.0 */
#include "eve_internal.h"

#include <string.h>

#define MAX_DEPTH 32

/** in_array: its elements have no names, so that what becomes two members elsewhere is one there. */
static void scalar(struct ctl_json *j, const struct dp_rec_tok *t, bool in_array)
{
	switch (t->kind) {
	case DP_REC_STR:
		ctl_json_bytes(j, NULL, t->p, t->n);
		break;
	case DP_REC_U64:
		ctl_json_u64(j, NULL, t->u64);
		break;
	case DP_REC_I64:
		ctl_json_i64(j, NULL, (int64_t)t->u64);
		break;
	case DP_REC_BOOL:
		ctl_json_bool(j, NULL, t->u64 != 0);
		break;
	case DP_REC_F64:
		ctl_json_f64(j, NULL, t->f64);
		break;
	case DP_REC_HEX:
		ctl_json_hex(j, NULL, t->p, t->n);
		break;
	case DP_REC_B64:
		ctl_json_b64(j, NULL, t->p, t->n);
		break;
	case DP_REC_PAYLOAD:
		ctl_json_b64(j, NULL, t->p, t->n);
		if (!in_array)
			ctl_json_printable(j, "payload_printable", t->p, t->n);
		break;
	case DP_REC_PRINTABLE:
		ctl_json_printable(j, NULL, t->p, t->n);
		break;
	default:
		ctl_json_null(j, NULL);
		break;
	}
}

/**
 * One bit per level says object or array, so that the closing bracket is right however the tokens
 * were cut. Members of a level that is not wanted are read and not written.
 */
bool eve_tree_members(struct ctl_json *j, struct eve_tree t,
		bool (*keep)(const struct ctl_eve *e, const char *key, size_t n),
		const struct ctl_eve *e)
{
	bool is_array[MAX_DEPTH + 1] = {false};
	unsigned depth = 0, muted = 0; // muted: depth at which silence began, plus one
	uint32_t pos = 0;
	struct dp_rec_tok tok;
	bool good = true;

	while (good && pos < t.n && (depth || t.p[pos])) { // a zero: records are padded
		good = dp_rec_next(t.p, t.n, &pos, &tok);
		if (!good)
			break;
		if (tok.kind == DP_REC_END) {
			if (depth == 0) {
				good = false;
				break;
			}
			depth--;
			if (muted == 0) {
				if (is_array[depth + 1])
					ctl_json_end_arr(j);
				else
					ctl_json_end_obj(j);
			}
			if (muted == depth + 1)
				muted = 0;
			continue;
		}
		bool nests = tok.kind == DP_REC_OBJ || tok.kind == DP_REC_ARR;
		bool wanted = muted == 0 && (depth || keep == NULL || keep(e, tok.key, tok.key_len));

		if (nests && depth == MAX_DEPTH) {
			good = false;
			break;
		}
		if (wanted && (depth == 0 || !is_array[depth]))
			ctl_json_key_bytes(j, tok.key, tok.key_len);
		if (nests) {
			depth++;
			is_array[depth] = tok.kind == DP_REC_ARR;
			if (!wanted && muted == 0)
				muted = depth;
			if (wanted && is_array[depth])
				ctl_json_arr(j, NULL);
			else if (wanted)
				ctl_json_obj(j, NULL);
		} else if (wanted) {
			scalar(j, &tok, depth && is_array[depth]);
		}
	}
	for (; depth; depth--) {
		if (muted == 0 && is_array[depth])
			ctl_json_end_arr(j);
		else if (muted == 0)
			ctl_json_end_obj(j);
		if (muted == depth)
			muted = 0;
	}
	return good;
}

bool eve_tree_next(struct eve_tree t, uint32_t *pos, struct eve_member *m)
{
	uint32_t start = *pos, at = *pos, from, end;
	struct dp_rec_tok tok;
	unsigned depth = 0;

	if (at >= t.n || !t.p[at] || !dp_rec_next(t.p, t.n, &at, &m->tok) ||
			m->tok.kind == DP_REC_END)
		return false;
	from = end = at;
	if (m->tok.kind == DP_REC_OBJ || m->tok.kind == DP_REC_ARR)
		depth = 1;
	while (depth) {
		end = at;
		if (at >= t.n || !dp_rec_next(t.p, t.n, &at, &tok))
			return false;
		if (tok.kind == DP_REC_OBJ || tok.kind == DP_REC_ARR)
			depth++;
		else if (tok.kind == DP_REC_END)
			depth--;
	}
	m->inside = (struct eve_tree){t.p + from, end - from};
	m->whole = (struct eve_tree){t.p + start, at - start};
	*pos = at;
	return true;
}

bool eve_tree_find(struct eve_tree t, const char *key, struct eve_member *m)
{
	uint32_t pos = 0;
	size_t n = strlen(key);

	while (eve_tree_next(t, &pos, m))
		if (m->tok.key_len == n && memcmp(m->tok.key, key, n) == 0)
			return true;
	return false;
}

bool eve_tok_is(const struct dp_rec_tok *t, const char *text)
{
	return t->kind == DP_REC_STR && t->n == strlen(text) && memcmp(t->p, text, t->n) == 0;
}

bool ctl_eve_tree(struct ctl_json *j, const uint8_t *tree, uint32_t len)
{
	return eve_tree_members(j, (struct eve_tree){tree, len}, NULL, NULL);
}
