/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/range_link.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define BUCKETS 1024u  /* power of two */
#define WIDE 7u        /* entries of a bucket, which then is a cache line */
#define CLAIM_ROUNDS 256u
#define LIFE_BITS 12u
#define LIFE_MASK ((1u << LIFE_BITS) - 1)

struct bucket {
	_Alignas(64) uint32_t claim;
	uint32_t pad;
	uint64_t entry[WIDE]; /* tag (48 bits), slot (4), life (12); 0: none */
};

struct dp_range_link {
	uint64_t bytes;
	uint32_t n_slots;
	uint32_t life[DP_RANGE_LINK_SLOTS];
	uint64_t ring_off[DP_RANGE_LINK_SLOTS][DP_RANGE_LINK_SLOTS];
	struct bucket bucket[BUCKETS];
};

static uint64_t page_up(uint64_t n)
{
	return (n + 4095) & ~UINT64_C(4095);
}

static int rings(struct dp_range_link *l, uint64_t ring_bytes)
{
	uint64_t at = page_up(sizeof(*l));
	struct dp_ev_ring *ring;

	for (unsigned from = 0; from < l->n_slots; from++) {
		for (unsigned to = 0; to < l->n_slots; to++) {
			int rc;

			if (from == to)
				continue;
			rc = dp_ev_ring_init((uint8_t *)l + at, ring_bytes, &ring);
			if (rc < 0)
				return rc;
			l->ring_off[from][to] = at;
			at += ring_bytes;
		}
	}
	return 0;
}

int dp_range_link_create(unsigned n_slots, uint32_t ring_bytes, struct dp_range_link **out)
{
	const uint64_t each = page_up(sizeof(struct dp_ev_ring)) + page_up(ring_bytes);
	const uint64_t bytes = page_up(sizeof(struct dp_range_link)) + n_slots * (n_slots - 1) * each;
	struct dp_range_link *l;
	int rc;

	if (n_slots < 1 || n_slots > DP_RANGE_LINK_SLOTS)
		return -EINVAL;
	// Touched now: want of memory must be an error here, not a SIGBUS under a packet.
	l = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (l == MAP_FAILED)
		return -ENOMEM;
	l->bytes = bytes;
	l->n_slots = n_slots;
	rc = rings(l, each);
	if (rc < 0) {
		munmap(l, bytes);
		return rc;
	}
	*out = l;
	return 0;
}

void dp_range_link_destroy(struct dp_range_link *l)
{
	if (l)
		munmap(l, l->bytes);
}

unsigned dp_range_link_slots(const struct dp_range_link *l)
{
	return l->n_slots;
}

uint32_t dp_range_link_begin(struct dp_range_link *l, unsigned slot)
{
	// What was written for the last worker here is not for this one.
	for (unsigned from = 0; from < l->n_slots; from++) {
		struct dp_ev_ring *r = from == slot ? NULL : dp_range_link_ring(l, from, slot);

		if (r)
			__atomic_store_n(&r->tail, __atomic_load_n(&r->head, __ATOMIC_ACQUIRE),
				__ATOMIC_RELEASE);
	}
	return __atomic_add_fetch(&l->life[slot], 1, __ATOMIC_ACQ_REL);
}

void dp_range_link_end(struct dp_range_link *l, unsigned slot)
{
	__atomic_add_fetch(&l->life[slot], 1, __ATOMIC_ACQ_REL);
}

bool dp_range_link_alive(const struct dp_range_link *l, unsigned slot, uint32_t life)
{
	return slot < l->n_slots &&
		((__atomic_load_n(&l->life[slot], __ATOMIC_ACQUIRE) ^ life) & LIFE_MASK) == 0;
}

struct dp_ev_ring *dp_range_link_ring(struct dp_range_link *l, unsigned from, unsigned to)
{
	return (struct dp_ev_ring *)(void *)((uint8_t *)l + l->ring_off[from][to]);
}

/* --- the table ------------------------------------------------------------------------------ */

static uint64_t key_word(const uint8_t *key, unsigned at)
{
	uint64_t v;

	memcpy(&v, key + at, sizeof(v));
	return v;
}

static struct bucket *place(struct dp_range_link *l, const uint8_t *key)
{
	return &l->bucket[key_word(key, 8) & (BUCKETS - 1)];
}

/** Without slot and life; never 0. */
static uint64_t tag_of(const uint8_t *key)
{
	return (key_word(key, 0) | 1) << 16;
}

static unsigned slot_of(uint64_t entry)
{
	return (unsigned)(entry >> LIFE_BITS & 15);
}

static void claim(struct bucket *b)
{
	for (unsigned i = 0; i < CLAIM_ROUNDS; i++) {
		uint32_t none = 0;

		if (__atomic_compare_exchange_n(&b->claim, &none, 1, false, __ATOMIC_ACQUIRE,
				    __ATOMIC_RELAXED))
			return;
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
	}
}

struct dp_range_owner dp_range_link_owner(struct dp_range_link *l,
	const uint8_t key[DP_RANGE_KEY_BYTES], unsigned self)
{
	struct dp_range_owner o = {.slot = (uint8_t)self,
		.life = __atomic_load_n(&l->life[self], __ATOMIC_RELAXED) & LIFE_MASK};
	const uint64_t mine = tag_of(key) | self << LIFE_BITS | o.life;
	struct bucket *b = place(l, key);
	uint64_t *spare = NULL;

	claim(b);
	for (unsigned i = 0; i < WIDE; i++) {
		const uint64_t e = b->entry[i];
		const bool alive = e && dp_range_link_alive(l, slot_of(e), (uint32_t)e);

		if (e >> 16 == mine >> 16) {
			o.orphan = !alive;
			o.listed = true;
			if (alive) {
				o.slot = (uint8_t)slot_of(e);
				o.life = (uint32_t)e & LIFE_MASK;
			} else {
				b->entry[i] = mine;
			}
			break;
		}
		if (!alive)
			spare = &b->entry[i];
	}
	if (!o.listed && spare) {
		*spare = mine;
		o.listed = true;
	}
	__atomic_store_n(&b->claim, 0, __ATOMIC_RELEASE);
	return o;
}

void dp_range_link_release(struct dp_range_link *l, const uint8_t key[DP_RANGE_KEY_BYTES], unsigned self)
{
	const uint64_t mine = tag_of(key) | self << LIFE_BITS |
		(__atomic_load_n(&l->life[self], __ATOMIC_RELAXED) & LIFE_MASK);
	struct bucket *b = place(l, key);

	claim(b);
	for (unsigned i = 0; i < WIDE; i++)
		if (b->entry[i] == mine)
			b->entry[i] = 0;
	__atomic_store_n(&b->claim, 0, __ATOMIC_RELEASE);
}
