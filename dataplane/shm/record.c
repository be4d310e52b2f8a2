/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/event.h>

#include <string.h>

/** Bytes that an END token takes; one is kept in reserve for each object or array still open. */
#define END_BYTES 2u

void dp_rec_init(struct dp_rec *r, void *buf, uint32_t cap)
{
	*r = (struct dp_rec){.buf = buf, .cap = cap};
}

/** Reserve a token of `body` bytes after the key. NULL when it does not fit: `full` sticks. */
static uint8_t *token(struct dp_rec *r, enum dp_rec_kind kind, const char *key, uint64_t body,
		uint32_t opens)
{
	size_t key_len = key == NULL ? 0 : strlen(key);
	uint64_t need;
	uint8_t *p;

	if (key_len > 255)
		key_len = 255;
	need = 2 + key_len + body + (uint64_t)(r->depth + opens) * END_BYTES;
	if (r->full || need > r->cap - r->len) {
		r->full = true;
		return NULL;
	}
	p = r->buf + r->len;
	p[0] = (uint8_t)kind;
	p[1] = (uint8_t)key_len;
	if (key_len)
		memcpy(p + 2, key, key_len);
	r->len += (uint32_t)(2 + key_len + body);
	return p + 2 + key_len;
}

static void open_nested(struct dp_rec *r, enum dp_rec_kind kind, const char *key)
{
	if (token(r, kind, key, 0, 1) != NULL)
		r->depth++;
	else
		r->skipped++;
}

void dp_rec_obj(struct dp_rec *r, const char *key)
{
	open_nested(r, DP_REC_OBJ, key);
}

void dp_rec_arr(struct dp_rec *r, const char *key)
{
	open_nested(r, DP_REC_ARR, key);
}

void dp_rec_end(struct dp_rec *r)
{
	if (r->skipped) {
		r->skipped--;
		return;
	}
	if (r->depth == 0)
		return;
	r->depth--;
	r->buf[r->len] = DP_REC_END;
	r->buf[r->len + 1] = 0;
	r->len += END_BYTES;
}

void dp_rec_raw(struct dp_rec *r, const char *key, const void *tokens, uint32_t n)
{
	dp_rec_obj(r, key);
	if (!r->full && n + (uint64_t)r->depth * END_BYTES <= r->cap - r->len) {
		if (n)
			memcpy(r->buf + r->len, tokens, n);
		r->len += n;
	} else {
		r->full = true;
	}
	dp_rec_end(r);
}

static void put_bytes(struct dp_rec *r, enum dp_rec_kind kind, const char *key, const void *src,
		size_t n)
{
	uint32_t n32 = (uint32_t)n;
	uint8_t *p;

	if (n > UINT32_MAX) {
		r->full = true;
		return;
	}
	p = token(r, kind, key, 4 + (uint64_t)n, 0);
	if (p == NULL)
		return;
	memcpy(p, &n32, 4);
	if (n)
		memcpy(p + 4, src, n);
}

void dp_rec_str(struct dp_rec *r, const char *key, const void *p, size_t n)
{
	put_bytes(r, DP_REC_STR, key, p, n);
}

size_t dp_utf8_step(const uint8_t *p, size_t n, bool *good)
{
	uint8_t c = p[0], low = 0x80, high = 0xbf;
	size_t want, k = 1;

	*good = c < 0x80;
	if (c < 0xc2 || c > 0xf4)
		return 1;
	want = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0 || c == 0xf0)
		low = c == 0xe0 ? 0xa0 : 0x90;
	if (c == 0xed || c == 0xf4)
		high = c == 0xed ? 0x9f : 0x8f;
	while (k < want && k < n && p[k] >= low && p[k] <= high) {
		low = 0x80;
		high = 0xbf;
		k++;
	}
	*good = k == want;
	return k;
}

void dp_rec_text(struct dp_rec *r, const char *key, const void *src, size_t n)
{
	const uint8_t *p = src;
	uint8_t *out;
	uint64_t len = 0;
	uint32_t len32;
	bool good, all = true;

	for (size_t i = 0, k; i < n; i += k) {
		k = dp_utf8_step(p + i, n - i, &good);
		len += good ? k : 3;
		all = all && good;
	}
	if (all || len > UINT32_MAX) {
		dp_rec_str(r, key, src, n);
		return;
	}
	out = token(r, DP_REC_STR, key, 4 + len, 0);
	if (out == NULL)
		return;
	len32 = (uint32_t)len;
	memcpy(out, &len32, 4);
	out += 4;
	for (size_t i = 0, k; i < n; i += k) {
		k = dp_utf8_step(p + i, n - i, &good);
		memcpy(out, good ? p + i : (const uint8_t *)"\xef\xbf\xbd", good ? k : 3);
		out += good ? k : 3;
	}
}

void dp_rec_cstr(struct dp_rec *r, const char *key, const char *s)
{
	put_bytes(r, DP_REC_STR, key, s, strlen(s));
}

void dp_rec_hex(struct dp_rec *r, const char *key, const void *p, size_t n)
{
	put_bytes(r, DP_REC_HEX, key, p, n);
}

void dp_rec_b64(struct dp_rec *r, const char *key, const void *p, size_t n)
{
	put_bytes(r, DP_REC_B64, key, p, n);
}

void dp_rec_payload(struct dp_rec *r, const void *p, size_t n)
{
	put_bytes(r, DP_REC_PAYLOAD, "payload", p, n);
}

void dp_rec_printable(struct dp_rec *r, const char *key, const void *p, size_t n)
{
	put_bytes(r, DP_REC_PRINTABLE, key, p, n);
}

static void put_fixed(struct dp_rec *r, enum dp_rec_kind kind, const char *key, const void *src,
		uint32_t n)
{
	uint8_t *p = token(r, kind, key, n, 0);

	if (p != NULL)
		memcpy(p, src, n);
}

void dp_rec_u64(struct dp_rec *r, const char *key, uint64_t v)
{
	put_fixed(r, DP_REC_U64, key, &v, 8);
}

void dp_rec_i64(struct dp_rec *r, const char *key, int64_t v)
{
	put_fixed(r, DP_REC_I64, key, &v, 8);
}

void dp_rec_bool(struct dp_rec *r, const char *key, bool v)
{
	uint8_t b = v;

	put_fixed(r, DP_REC_BOOL, key, &b, 1);
}

void dp_rec_f64(struct dp_rec *r, const char *key, double v)
{
	put_fixed(r, DP_REC_F64, key, &v, 8);
}

/** Bytes after the key of a fixed-size kind; 4 for the length of a counted one; -1: no such kind. */
static int fixed_bytes(uint8_t kind)
{
	switch (kind) {
	case DP_REC_OBJ:
	case DP_REC_ARR:
	case DP_REC_END:
		return 0;
	case DP_REC_BOOL:
		return 1;
	case DP_REC_STR:
	case DP_REC_HEX:
	case DP_REC_B64:
	case DP_REC_PAYLOAD:
	case DP_REC_PRINTABLE:
		return 4;
	case DP_REC_U64:
	case DP_REC_I64:
	case DP_REC_F64:
		return 8;
	default:
		return -1;
	}
}

bool dp_rec_next(const uint8_t *buf, uint32_t len, uint32_t *pos, struct dp_rec_tok *tok)
{
	uint32_t at = *pos, left, fixed;
	int bytes;

	*tok = (struct dp_rec_tok){0};
	if (at > len || len - at < 2)
		return false;
	bytes = fixed_bytes(buf[at]);
	if (bytes < 0)
		return false;
	fixed = (uint32_t)bytes;
	tok->kind = buf[at];
	tok->key_len = buf[at + 1];
	at += 2;
	left = len - at;
	if (left < tok->key_len || left - tok->key_len < fixed)
		return false;
	tok->key = (const char *)buf + at;
	at += tok->key_len;
	left -= tok->key_len + fixed;
	if (fixed == 1) {
		tok->u64 = buf[at];
	} else if (tok->kind == DP_REC_F64) {
		memcpy(&tok->f64, buf + at, 8);
	} else if (fixed == 8) {
		memcpy(&tok->u64, buf + at, 8);
	} else if (fixed == 4) {
		memcpy(&tok->n, buf + at, 4);
		if (left < tok->n)
			return false;
		tok->p = buf + at + 4;
	}
	*pos = at + fixed + tok->n;
	return true;
}
