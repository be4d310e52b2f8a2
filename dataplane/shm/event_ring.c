/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/event.h>

#include <errno.h>
#include <string.h>

static uint32_t aligned_len(size_t len)
{
	return (uint32_t)((len + DP_EV_ALIGN - 1) & ~(size_t)(DP_EV_ALIGN - 1));
}

int dp_ev_ring_init(void *mem, size_t mem_size, struct dp_ev_ring **ring)
{
	struct dp_ev_ring *r = mem;
	size_t room, size = 4096;

	if (((uintptr_t)mem & 63) != 0)
		return -EINVAL;
	if (mem_size < sizeof(*r) + size)
		return -ENOSPC;
	room = mem_size - sizeof(*r);
	while (size * 2 <= room && size < ((size_t)1 << 30))
		size *= 2;
	memset(r, 0, sizeof(*r));
	r->size = (uint32_t)size;
	__atomic_store_n(&r->magic, DP_EV_RING_MAGIC, __ATOMIC_RELEASE);
	*ring = r;
	return 0;
}

static bool lose(struct dp_ev_ring *r, uint16_t type)
{
	r->lost++;
	if (type < DP_EV__COUNT)
		r->lost_by_type[type]++;
	return false;
}

bool dp_ev_ring_put(struct dp_ev_ring *r, const struct dp_ev_head *rec, size_t len)
{
	uint32_t need = aligned_len(len);
	uint64_t head = r->head;
	uint64_t used = head - __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
	uint32_t at = (uint32_t)(head & (r->size - 1));
	uint32_t to_end = r->size - at;
	uint32_t pad = to_end < need ? to_end : 0;
	struct dp_ev_head *out;

	if (len < sizeof(*rec) || len > DP_EV_MAX || used > r->size ||
			(uint64_t)need + pad > r->size - used)
		return lose(r, rec->type);
	if (pad) {
		out = (struct dp_ev_head *)(r->buf + at);
		*out = (struct dp_ev_head){pad, DP_EV_PAD, DP_EV_VERSION};
		head += pad;
		at = 0;
	}
	out = (struct dp_ev_head *)(r->buf + at);
	memcpy(out, rec, len);
	memset((uint8_t *)out + len, 0, need - len);
	out->len = need;
	// Everything above lies beyond `head`: a producer that dies before this store has written
	// nothing that anybody will read.
	__atomic_store_n(&r->head, head + need, __ATOMIC_RELEASE);
	return true;
}

const struct dp_ev_head *dp_ev_ring_peek(struct dp_ev_ring *r)
{
	for (;;) {
		uint64_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
		uint64_t tail = r->tail;
		const struct dp_ev_head *rec;
		uint32_t at = (uint32_t)(tail & (r->size - 1));

		if (head == tail)
			return NULL;
		rec = (const struct dp_ev_head *)(r->buf + at);
		if (rec->len < sizeof(*rec) || rec->len % DP_EV_ALIGN || rec->len > head - tail ||
				rec->len > r->size - at) {
			// A producer gone mad wrote over the ring. Start again where it is now.
			__atomic_store_n(&r->tail, head, __ATOMIC_RELEASE);
			continue;
		}
		if (rec->type != DP_EV_PAD)
			return rec;
		__atomic_store_n(&r->tail, tail + rec->len, __ATOMIC_RELEASE);
	}
}

void dp_ev_ring_pop(struct dp_ev_ring *r)
{
	const struct dp_ev_head *rec = dp_ev_ring_peek(r);

	if (rec != NULL)
		__atomic_store_n(&r->tail, r->tail + rec->len, __ATOMIC_RELEASE);
}
