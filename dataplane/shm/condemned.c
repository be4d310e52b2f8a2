/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/condemned.h>

#include <errno.h>
#include <string.h>

/*
 * A slot's state word: sequence in the upper 48 bits, writer, then one of these. The sequence grows
 * with every claim, so that a reader that was interrupted never mistakes a new entry for the old.
 */
enum { SLOT_NEVER, SLOT_CLAIMED, SLOT_VALID, SLOT_GONE };
#define STATE_KIND(s) ((unsigned)((s) & 3))
#define STATE_WRITER(s) ((uint16_t)(((s) >> 2) & 0x3fff))
#define STATE_SEQ(s) ((s) >> 16)
#define STATE(seq, writer, kind) (((seq) << 16) | ((uint64_t)((writer) & 0x3fff) << 2) | (kind))

struct slot {
	_Alignas(64) uint64_t state;
	uint64_t expires_ns;
	uint32_t tag;
	struct dp_key key;
	uint8_t act, reason;
	uint8_t pad[2];
};

#define TABLE_MAGIC 0x4c42544bu

struct dp_table {
	uint32_t magic, slots;
	uint64_t puts;  /**< ever; 0 lets the packet path skip the table */
	uint64_t hosts; /**< host keys ever put */
	_Alignas(64) struct slot slot[];
};

size_t dp_table_bytes(uint32_t slots)
{
	return sizeof(struct dp_table) + (size_t)slots * sizeof(struct slot);
}

int dp_table_init(void *mem, uint32_t slots, struct dp_table **out)
{
	struct dp_table *t = mem;

	if (slots < DP_TABLE_PROBE || (slots & (slots - 1)) != 0 || ((uintptr_t)mem & 63) != 0)
		return -EINVAL;
	t->slots = slots;
	t->magic = TABLE_MAGIC;
	*out = t;
	return 0;
}

struct dp_table *dp_table_at(void *mem, size_t bytes)
{
	struct dp_table *t = mem;

	if (bytes < sizeof(*t) || t->magic != TABLE_MAGIC || dp_table_bytes(t->slots) > bytes)
		return NULL;
	return t;
}

/** xxhash-like avalanche over the key's words: cheap, and an outsider's choice of addresses only
 * ever fills DP_TABLE_PROBE slots of one neighbourhood, which fails visibly. */
static uint64_t hash_key(const struct dp_key *k)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15), w[6] = {0};

	memcpy(w, k, sizeof(*k));
	for (unsigned i = 0; i < 6; i++) {
		h ^= w[i];
		h *= UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return h;
}

static uint32_t slot_at(const struct dp_table *t, uint64_t h, unsigned i)
{
	return (uint32_t)(h + i) & (t->slots - 1);
}

/** Copy slot `s` if it is valid and did not change meanwhile. */
static bool read_slot(const struct slot *s, struct slot *copy)
{
	uint64_t before = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);

	if (STATE_KIND(before) != SLOT_VALID)
		return false;
	*copy = *s;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	copy->state = before;
	return __atomic_load_n(&s->state, __ATOMIC_RELAXED) == before;
}

static bool claim(struct slot *s, uint64_t was, uint16_t writer, uint64_t *now)
{
	*now = STATE(STATE_SEQ(was) + 1, writer, SLOT_CLAIMED);
	return __atomic_compare_exchange_n(
			&s->state, &was, *now, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/** The slot that `k` has, or the first that may be taken, or NULL. *state is what it said. */
static struct slot *find(struct dp_table *t, const struct dp_key *k, uint64_t now_ns,
		uint64_t *state, bool *same)
{
	uint64_t h = hash_key(k);
	struct slot *spare = NULL, copy;

	*same = false;
	for (unsigned i = 0; i < DP_TABLE_PROBE; i++) {
		struct slot *s = &t->slot[slot_at(t, h, i)];
		uint64_t st = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
		bool valid = read_slot(s, &copy);

		if (valid && memcmp(&copy.key, k, sizeof(*k)) == 0) {
			*same = true;
			*state = copy.state;
			return s;
		}
		if (spare == NULL && STATE_KIND(st) != SLOT_CLAIMED &&
				(STATE_KIND(st) != SLOT_VALID ||
						(valid && copy.expires_ns <= now_ns))) {
			spare = s;
			*state = st;
		}
	}
	return spare;
}

int dp_table_put(struct dp_table *t, const struct dp_table_entry *e, uint64_t now_ns)
{
	for (unsigned tries = 0; tries < DP_TABLE_PROBE; tries++) {
		uint64_t was, mine;
		bool same;
		struct slot *s = find(t, &e->key, now_ns, &was, &same);

		if (s == NULL)
			return -ENOSPC;
		if (!claim(s, was, e->writer, &mine))
			continue;
		s->key = e->key;
		s->act = e->act;
		s->reason = e->reason;
		s->tag = e->tag;
		s->expires_ns = e->expires_ns;
		__atomic_store_n(&s->state, (mine & ~UINT64_C(3)) | SLOT_VALID, __ATOMIC_RELEASE);
		if (e->key.kind == DP_KEY_HOST)
			__atomic_fetch_add(&t->hosts, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&t->puts, 1, __ATOMIC_RELEASE);
		return 0;
	}
	return -ENOSPC;
}

int dp_table_del(struct dp_table *t, const struct dp_key *k)
{
	uint64_t was, mine;
	bool same;
	struct slot *s = find(t, k, 0, &was, &same);

	if (!same || !claim(s, was, 0, &mine))
		return -ENOENT;
	__atomic_store_n(&s->state, (mine & ~UINT64_C(3)) | SLOT_GONE, __ATOMIC_RELEASE);
	return 0;
}

enum dp_act dp_table_get(const struct dp_table *t, const struct dp_key *k, uint64_t now_ns)
{
	uint64_t h = hash_key(k);
	struct slot copy;

	for (unsigned i = 0; i < DP_TABLE_PROBE; i++) {
		const struct slot *s = &t->slot[slot_at(t, h, i)];

		if (STATE_KIND(__atomic_load_n(&s->state, __ATOMIC_RELAXED)) == SLOT_NEVER)
			break;
		if (read_slot(s, &copy) && memcmp(&copy.key, k, sizeof(*k)) == 0)
			return copy.expires_ns > now_ns ? copy.act : DP_ACT_NONE;
	}
	return DP_ACT_NONE;
}

bool dp_table_idle(const struct dp_table *t)
{
	return __atomic_load_n(&t->puts, __ATOMIC_RELAXED) == 0;
}

enum dp_act dp_table_check(const struct dp_table *t, const struct dp_key *flow, uint64_t now_ns)
{
	enum dp_act act;

	if (dp_table_idle(t))
		return DP_ACT_NONE;
	act = dp_table_get(t, flow, now_ns);
	if (act == DP_ACT_DROP || __atomic_load_n(&t->hosts, __ATOMIC_RELAXED) == 0)
		return act;
	for (unsigned i = 0; i < 2; i++) {
		struct dp_key host;
		enum dp_act h;

		dp_key_host(&host, flow->ip_ver, flow->addr[i]);
		h = dp_table_get(t, &host, now_ns);
		if (h == DP_ACT_DROP)
			return h;
		if (act == DP_ACT_NONE)
			act = h;
	}
	return act;
}

unsigned dp_table_sweep(struct dp_table *t, uint16_t writer)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < t->slots; i++) {
		uint64_t st = __atomic_load_n(&t->slot[i].state, __ATOMIC_ACQUIRE);

		if (STATE_KIND(st) != SLOT_CLAIMED || STATE_WRITER(st) != writer)
			continue;
		__atomic_store_n(&t->slot[i].state, (st & ~UINT64_C(3)) | SLOT_GONE,
				__ATOMIC_RELEASE);
		n++;
	}
	return n;
}

unsigned dp_table_clear(struct dp_table *t, uint16_t writer)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < t->slots; i++) {
		struct slot *s = &t->slot[i];
		uint64_t st = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE), mine;

		if (STATE_KIND(st) != SLOT_VALID ||
				(writer != UINT16_MAX && STATE_WRITER(st) != writer) ||
				!claim(s, st, 0, &mine))
			continue;
		__atomic_store_n(&s->state, (mine & ~UINT64_C(3)) | SLOT_GONE, __ATOMIC_RELEASE);
		n++;
	}
	return n;
}

uint32_t dp_table_slots(const struct dp_table *t)
{
	return t->slots;
}

bool dp_table_entry(const struct dp_table *t, uint32_t i, uint64_t now_ns,
		struct dp_table_entry *e)
{
	struct slot copy;

	if (i >= t->slots || !read_slot(&t->slot[i], &copy) || copy.expires_ns <= now_ns)
		return false;
	*e = (struct dp_table_entry){
			.key = copy.key,
			.act = copy.act,
			.reason = copy.reason,
			.writer = STATE_WRITER(copy.state),
			.tag = copy.tag,
			.expires_ns = copy.expires_ns,
	};
	return true;
}
