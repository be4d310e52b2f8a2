/* SPDX-License-Identifier: Apache-2.0 */
#include "marks.h"
#include <stddef.h>

/* Measured: a claim is held for 20 to 60 ns; so many rounds are about ten microseconds. */
#define CLAIM_ROUNDS 256u

static void breathe(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void dp_bucket_claim(uint32_t *claim)
{
	for (unsigned i = 0; i < CLAIM_ROUNDS; i++) {
		uint32_t none = 0;

		if (__atomic_compare_exchange_n(
			    claim, &none, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
		breathe();
	}
}

void dp_bucket_release(uint32_t *claim)
{
	__atomic_store_n(claim, 0, __ATOMIC_RELEASE);
}

static uint32_t place(uint64_t key)
{
	return (uint32_t)(key >> 8) & (MARK_BUCKETS - 1);
}

static uint64_t until_of(const struct mark *m)
{
	return __atomic_load_n(&m->until_ns, __ATOMIC_ACQUIRE);
}

uint64_t dp_mark_get(const struct marks *t, uint64_t key, uint64_t now_ns)
{
	const struct mark_bucket *b = &t->bucket[place(key)];

	for (uint32_t i = 0; i < MARK_WIDE; i++) {
		const struct mark *m = &b->mark[i];
		uint64_t until;

		if (__atomic_load_n(&m->key, __ATOMIC_ACQUIRE) != key)
			continue;
		until = until_of(m);
		// The time of another mark that took the place meanwhile is none of ours.
		if (__atomic_load_n(&m->key, __ATOMIC_ACQUIRE) == key)
			return until > now_ns ? until : 0;
	}
	return 0;
}

/** The mark of `key`, or the place for it: one that does not hold, else the one that ends first. */
static struct mark *find(struct mark_bucket *b, uint64_t key, uint64_t now_ns)
{
	struct mark *spare = &b->mark[0];

	for (uint32_t i = 0; i < MARK_WIDE; i++) {
		struct mark *m = &b->mark[i];

		if (m->key == key)
			return m;
		if (spare->until_ns > now_ns && m->until_ns < spare->until_ns)
			spare = m;
	}
	return spare;
}

static void put(struct mark *m, uint64_t key, uint64_t until_ns)
{
	if (m->key != key) {
		__atomic_store_n(&m->until_ns, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&m->key, key, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&m->until_ns, until_ns, __ATOMIC_RELEASE);
}

uint64_t dp_mark_count(struct marks *t, uint64_t key, uint64_t until_ns, uint64_t now_ns,
	enum mark_change how, uint64_t *evicted)
{
	struct mark_bucket *b = &t->bucket[place(key)];
	uint64_t had = 0;
	struct mark *m;

	dp_bucket_claim(&b->claim);
	m = find(b, key, now_ns);
	if (m->key == key && m->until_ns > now_ns)
		had = m->until_ns;
	if (had && (how == MARK_CLEAR || how == MARK_TOGGLE)) {
		put(m, key, 0);
	} else if (how == MARK_SET || how == MARK_TOGGLE || (how == MARK_ADD && !had) ||
		(how == MARK_RENEW && had)) {
		*evicted += m->key != key && m->until_ns > now_ns;
		put(m, key, until_ns);
	}
	dp_bucket_release(&b->claim);
	if (!t->used)
		t->used = true;
	return had;
}

uint64_t dp_mark_change(struct marks *t, uint64_t key, uint64_t until_ns, uint64_t now_ns,
	enum mark_change how)
{
	uint64_t evicted = 0;

	return dp_mark_count(t, key, until_ns, now_ns, how, &evicted);
}
