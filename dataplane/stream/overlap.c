/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passive: whose bytes count where a segment brings other ones than an earlier segment did. Systems
 * differ, and they decide by segment; what we keep is merged, so the latest segments' places are
 * remembered beside it.
 */
#include "stream_priv.h"
#include <string.h>

#define PLACES 32u

/* Low 32 bits of stream offsets: all of one ring lie within a window of each other. */
struct place {
	uint32_t off, len;
};
struct places {
	uint32_t n; /* ever noted; the last PLACES of them are there */
	struct place at[PLACES];
};

/* Where a new segment lies to an older one that it overlaps. */
enum start { STARTS_BEFORE, STARTS_WITH, STARTS_BEHIND };
enum end { ENDS_BEFORE, ENDS_WITH, ENDS_BEHIND };

/*
 * Bit per enum end: there the new bytes win. As the peer has it, which took it from observation of
 * the systems. Rows that are missing: the old bytes win everywhere.
 */
#define IN(e) (1u << (e))
#define ALWAYS (IN(ENDS_BEFORE) | IN(ENDS_WITH) | IN(ENDS_BEHIND))
static const uint8_t new_wins[DP_OS__COUNT][3] = {
	[DP_OS_BSD] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_BSD_RIGHT] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_HPUX10] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_IRIX] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_MACOS] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_WINDOWS] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_WINDOWS2K3] = {[STARTS_BEFORE] = ALWAYS},
	[DP_OS_LINUX] = {[STARTS_BEFORE] = ALWAYS, [STARTS_WITH] = IN(ENDS_BEHIND)},
	[DP_OS_OLD_LINUX] = {[STARTS_BEFORE] = ALWAYS,
		[STARTS_WITH] = IN(ENDS_WITH) | IN(ENDS_BEHIND)},
	[DP_OS_SOLARIS] = {[STARTS_BEFORE] = IN(ENDS_WITH) | IN(ENDS_BEHIND),
		[STARTS_WITH] = IN(ENDS_WITH) | IN(ENDS_BEHIND), [STARTS_BEHIND] = IN(ENDS_BEHIND)},
	[DP_OS_OLD_SOLARIS] = {[STARTS_BEFORE] = IN(ENDS_WITH) | IN(ENDS_BEHIND),
		[STARTS_WITH] = IN(ENDS_WITH) | IN(ENDS_BEHIND), [STARTS_BEHIND] = IN(ENDS_BEHIND)},
	[DP_OS_HPUX11] = {[STARTS_BEFORE] = IN(ENDS_WITH) | IN(ENDS_BEHIND),
		[STARTS_WITH] = IN(ENDS_WITH) | IN(ENDS_BEHIND), [STARTS_BEHIND] = IN(ENDS_BEHIND)},
	[DP_OS_LAST] = {ALWAYS, ALWAYS, ALWAYS},
};

static bool wins(unsigned os, const struct place *fresh, const struct place *old)
{
	int32_t start = (int32_t)(fresh->off - old->off);
	int32_t end = (int32_t)(fresh->off + fresh->len - old->off - old->len);
	enum start s = start < 0 ? STARTS_BEFORE : start == 0 ? STARTS_WITH : STARTS_BEHIND;
	enum end e = end < 0 ? ENDS_BEFORE : end == 0 ? ENDS_WITH : ENDS_BEHIND;

	return new_wins[os][s] >> e & 1;
}

/* From `at` on, within `n` bytes: how many the older segment keeps, and after how many more it does. */
static void kept_by(const struct place *old, uint32_t at, uint32_t n, uint32_t *keep, uint32_t *skip)
{
	int32_t before = (int32_t)(old->off - at);
	int32_t behind = (int32_t)(old->off + old->len - at);

	if (behind <= 0)
		return;
	if (before <= 0) {
		if ((uint32_t)behind > *keep)
			*keep = (uint32_t)behind < n ? (uint32_t)behind : n;
	} else if ((uint32_t)before < *skip) {
		*skip = (uint32_t)before;
	}
}

void half_overlap(struct half *h, const struct blk *b, uint64_t seg_off, uint32_t seg_len,
	uint64_t off, const uint8_t *data, uint32_t n)
{
	const struct place fresh = {(uint32_t)seg_off, seg_len};
	const struct place whole = {(uint32_t)b->off, b->len};
	const struct places *ps = h->places;
	uint8_t *old = (uint8_t *)(uintptr_t)b->data + b->head + (off - b->off);
	uint32_t known = ps == NULL ? 0 : ps->n < PLACES ? ps->n : PLACES;

	while (n != 0) {
		uint32_t keep = 0, skip = n;
		bool covered = false;

		for (uint32_t i = 0; i < known; i++) {
			const struct place *p = &ps->at[i];

			covered |= (uint32_t)off - p->off < p->len;
			if (!wins(h->os, &fresh, p))
				kept_by(p, (uint32_t)off, n, &keep, &skip);
		}
		// Of a segment that is forgotten nothing is known but that it is part of what is kept.
		if (!covered && keep == 0 && !wins(h->os, &fresh, &whole))
			keep = skip < n ? skip : n;
		if (keep == 0) {
			memcpy(old, data, skip);
			keep = skip;
		}
		off += keep;
		old += keep;
		data += keep;
		n -= keep;
	}
}

void half_note_segment(struct tcp_ctx *x, struct half *h, uint64_t off, uint32_t n)
{
	struct places *ps = h->places;
	const struct place p = {(uint32_t)off, n};
	uint32_t known;

	if (x->c->conf->inline_mode || h->os == DP_OS_FIRST || h->os == DP_OS_LAST || h->os == DP_OS_VISTA)
		return;
	if (ps == NULL)
		ps = h->places = dp_slab_zalloc(x->c->slab, DP_MEM_STREAM, sizeof(*ps));
	if (ps == NULL)
		return;
	known = ps->n < PLACES ? ps->n : PLACES;
	for (uint32_t i = 0; i < known; i++)
		if (memcmp(&ps->at[i], &p, sizeof(p)) == 0)
			return;
	ps->at[ps->n++ % PLACES] = p;
}

void half_forget_segments(struct dp_ctx *c, struct half *h)
{
	if (h->places != NULL)
		dp_slab_free(c->slab, DP_MEM_STREAM, h->places, sizeof(*h->places));
	h->places = NULL;
}
