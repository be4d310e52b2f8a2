/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bounded reader with a sticky error. Every read past the end sets `bad`, returns zeroes (or NULL)
 * and leaves the position at the end; the caller checks once, after a group of reads.
 * Borrowed bytes: pointers stay valid as long as the input does.
 */
#ifndef DP_APP_CURSOR_H
#define DP_APP_CURSOR_H

#include <dp/packet.h>

struct dp_cur {
	const uint8_t *p;
	uint32_t n, off;
	bool bad;
};

/** p: NULL for none. The cursor points to something even then: arithmetic on NULL is undefined. */
static inline struct dp_cur dp_cur_of(const uint8_t *p, uint32_t n)
{
	return (struct dp_cur){p ? p : (const uint8_t *)"", p ? n : 0, 0, false};
}

static inline uint32_t dp_cur_left(const struct dp_cur *c)
{
	return c->n - c->off;
}

/** `n` bytes, or NULL and `bad`. */
static inline const uint8_t *dp_cur_bytes(struct dp_cur *c, uint32_t n)
{
	const uint8_t *p;

	if (c->bad || dp_cur_left(c) < n) {
		c->bad = true;
		c->off = c->n;
		return NULL;
	}
	p = c->p + c->off;
	c->off += n;
	return p;
}

static inline void dp_cur_skip(struct dp_cur *c, uint32_t n)
{
	(void)dp_cur_bytes(c, n);
}

/** Continue at absolute position `off`. */
static inline void dp_cur_seek(struct dp_cur *c, uint32_t off)
{
	if (off > c->n) {
		c->bad = true;
		off = c->n;
	}
	c->off = off;
}

/** Cursor over the next `n` bytes, which are consumed; empty and bad when they are not there. */
static inline struct dp_cur dp_cur_sub(struct dp_cur *c, uint32_t n)
{
	struct dp_cur sub = dp_cur_of(dp_cur_bytes(c, n), n);

	sub.bad = c->bad;
	return sub;
}

static inline uint8_t dp_cur_u8(struct dp_cur *c)
{
	const uint8_t *p = dp_cur_bytes(c, 1);

	return p ? p[0] : 0;
}

static inline uint16_t dp_cur_be16(struct dp_cur *c)
{
	const uint8_t *p = dp_cur_bytes(c, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t dp_cur_be24(struct dp_cur *c)
{
	const uint8_t *p = dp_cur_bytes(c, 3);

	return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t dp_cur_be32(struct dp_cur *c)
{
	const uint8_t *p = dp_cur_bytes(c, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t dp_cur_be64(struct dp_cur *c)
{
	uint64_t hi = dp_cur_be32(c);

	return hi << 32 | dp_cur_be32(c);
}

static inline uint16_t dp_cur_le16(struct dp_cur *c)
{
	const uint8_t *p = dp_cur_bytes(c, 2);

	return p ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}

static inline uint32_t dp_cur_le32(struct dp_cur *c)
{
	const uint8_t *p = dp_cur_bytes(c, 4);

	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

static inline uint64_t dp_cur_le64(struct dp_cur *c)
{
	uint64_t lo = dp_cur_le32(c);

	return lo | (uint64_t)dp_cur_le32(c) << 32;
}

/** By byte order: little when `le`. */
static inline uint16_t dp_cur_u16(struct dp_cur *c, bool le)
{
	return le ? dp_cur_le16(c) : dp_cur_be16(c);
}

static inline uint32_t dp_cur_u32(struct dp_cur *c, bool le)
{
	return le ? dp_cur_le32(c) : dp_cur_be32(c);
}

#endif
