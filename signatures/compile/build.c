/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint32_t ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

void report_progress(struct build *b, const char *stage, uint32_t done, uint32_t total)
{
	if (b->opts->progress)
		b->opts->progress(b->opts->arg, stage, done, total);
}

void *vec_grow(struct vec *v, size_t n)
{
	void *at;

	if (v->n + n > v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 4096;
		uint8_t *p;

		while (cap < v->n + n)
			cap *= 2;
		p = realloc(v->p, cap);
		if (!p)
			return NULL;
		v->p = p;
		v->cap = cap;
	}
	at = v->p + v->n;
	memset(at, 0, n);
	v->n += n;
	return at;
}

uint32_t build_count(const struct build *b, enum sig_img_section s, size_t size)
{
	return (uint32_t)(b->sec[s].n / size);
}

uint32_t build_add(struct build *b, enum sig_img_section s, const void *rec, size_t size)
{
	uint32_t i = build_count(b, s, size);
	void *at = vec_grow(&b->sec[s], size);

	if (!at) {
		b->oom = 1;
		return 0;
	}
	memcpy(at, rec, size);
	return i;
}

static int map_room(struct index_map *m)
{
	uint32_t n = m->slot ? (m->mask + 1) * 2 : 1024;
	uint32_t *slot;
	uint64_t *hash;

	if (m->slot && m->used * 2 < m->mask)
		return 0;
	slot = calloc(n, sizeof(*slot));
	hash = calloc(n, sizeof(*hash));
	if (!slot || !hash) {
		free(slot);
		free(hash);
		return -ENOMEM;
	}
	for (uint32_t i = 0; m->slot && i <= m->mask; i++) {
		uint32_t j = (uint32_t)m->hash[i] & (n - 1);

		if (!m->slot[i])
			continue;
		while (slot[j])
			j = (j + 1) & (n - 1);
		slot[j] = m->slot[i];
		hash[j] = m->hash[i];
	}
	free(m->slot);
	free(m->hash);
	m->slot = slot;
	m->hash = hash;
	m->mask = n - 1;
	return 0;
}

uint32_t build_str(struct build *b, const char *s)
{
	struct index_map *m = &b->strings;
	struct vec *v = &b->sec[SIG_SEC_POOL];
	size_t n;
	uint64_t h;
	char *at;

	if (!v->n && !vec_grow(v, 8)) // offset 0 is the empty string
		b->oom = 1;
	if (!s || !*s || b->oom)
		return 0;
	if (map_room(m) < 0) {
		b->oom = 1;
		return 0;
	}
	n = strlen(s) + 1;
	h = sig_hash64(s, n);
	for (uint32_t i = (uint32_t)h & m->mask;; i = (i + 1) & m->mask) {
		if (m->slot[i]) {
			if (m->hash[i] == h && strcmp((char *)v->p + m->slot[i] - 1, s) == 0)
				return m->slot[i] - 1;
			continue;
		}
		if (v->n + n > UINT32_MAX / 2 || !(at = vec_grow(v, n))) {
			b->oom = 1;
			return 0;
		}
		memcpy(at, s, n);
		m->slot[i] = (uint32_t)(v->n - n) + 1;
		m->hash[i] = h;
		m->used++;
		return (uint32_t)(v->n - n);
	}
}

uint32_t build_bytes(struct build *b, const void *p, size_t n, size_t align)
{
	struct vec *v = &b->sec[SIG_SEC_POOL];
	size_t pad, at;
	uint8_t *q;

	build_str(b, NULL);
	pad = (align - v->n % align) % align;
	if (b->oom || v->n + n + pad + 1 > UINT32_MAX / 2 || !(q = vec_grow(v, pad + n + 1))) {
		b->oom = 1;
		return 0;
	}
	at = v->n - n - 1;
	if (n)
		memcpy(v->p + at, p, n);
	return (uint32_t)at;
}

uint32_t build_run(struct build *b, enum sig_img_section s, struct index_map *m, const void *recs,
	size_t size, uint32_t n)
{
	struct vec *v = &b->sec[s];
	uint64_t h;
	void *at;

	if (n == 0)
		return 0;
	if (map_room(m) < 0) {
		b->oom = 1;
		return 0;
	}
	h = sig_hash64(recs, size * n);
	for (uint32_t i = (uint32_t)h & m->mask;; i = (i + 1) & m->mask) {
		if (m->slot[i]) {
			size_t off = (size_t)(m->slot[i] - 1) * size;

			if (m->hash[i] == h && off + size * n <= v->n &&
				memcmp(v->p + off, recs, size * n) == 0)
				return m->slot[i] - 1;
			continue;
		}
		at = vec_grow(v, size * n);
		if (!at) {
			b->oom = 1;
			return 0;
		}
		memcpy(at, recs, size * n);
		m->slot[i] = (uint32_t)(v->n / size - n) + 1;
		m->hash[i] = h;
		m->used++;
		return m->slot[i] - 1;
	}
}

void build_reject(struct build *b, const struct sig_rule *r, const char *why)
{
	struct sig_compile_report *rep = b->rep;
	struct sig_compile_rejected *p =
		realloc(rep->rejected, (rep->rejected_n + 1) * sizeof(*p));

	if (!p) {
		b->oom = 1;
		return;
	}
	rep->rejected = p;
	p += rep->rejected_n++;
	memset(p, 0, sizeof(*p));
	p->gid = r->gid;
	p->sid = r->sid;
	p->line = r->line;
	snprintf(p->file, sizeof(p->file), "%s", r->file ? r->file : "");
	snprintf(p->why, sizeof(p->why), "%s", why);
}

void build_list_fault(struct build *b, const char *file, unsigned line, const char *why)
{
	struct sig_compile_report *rep = b->rep;

	if (rep->list_faults++)
		return;
	snprintf(rep->list_fault, sizeof(rep->list_fault), "%s:%u: %s", file, line, why);
}

void build_search_fault(struct build *b, const struct sig_rule *r, const char *why)
{
	struct sig_compile_report *rep = b->rep;

	if (rep->search_faults++)
		return;
	snprintf(rep->search_fault, sizeof(rep->search_fault),
		"%.160s:%u: Hyperscan refuses the expression that signature %u was to be searched by: %.100s",
		r->file ? r->file : "", r->line, r->sid, why);
}

static void map_fini(struct index_map *m)
{
	free(m->slot);
	free(m->hash);
}

void build_fini(struct build *b)
{
	for (unsigned i = 0; i < SIG_SEC__COUNT; i++)
		free(b->sec[i].p);
	map_fini(&b->strings);
	map_fini(&b->addrs6);
	map_fini(&b->addr_sets);
	map_fini(&b->addrs);
	map_fini(&b->xfs);
	map_fini(&b->regexes);
	map_fini(&b->sets);
	map_fini(&b->repcats);
	kept_free(b);
	free(b->order);
	free(b->pick);
	free(b->plain);
}

static const uint32_t record_bytes[SIG_SEC__COUNT] = {
	[SIG_SEC_POOL] = 1,
	[SIG_SEC_SIG] = sizeof(struct sig_img_sig),
	[SIG_SEC_LIST] = sizeof(struct sig_img_list),
	[SIG_SEC_OP] = sizeof(struct sig_img_op),
	[SIG_SEC_XF] = sizeof(struct sig_img_xf),
	[SIG_SEC_REGEX] = sizeof(struct sig_img_regex),
	[SIG_SEC_CAP] = sizeof(struct sig_img_cap),
	[SIG_SEC_REF] = sizeof(struct sig_img_ref),
	[SIG_SEC_META] = sizeof(struct sig_img_meta),
	[SIG_SEC_ADDRS] = sizeof(struct sig_img_addrs),
	[SIG_SEC_A4] = sizeof(struct sig_img_range4),
	[SIG_SEC_A6] = sizeof(struct sig_img_range6),
	[SIG_SEC_PORTS] = sizeof(struct sig_img_ports),
	[SIG_SEC_PR] = sizeof(struct sig_img_port_range),
	[SIG_SEC_SET] = sizeof(struct sig_img_set),
	[SIG_SEC_GLOBAL] = sizeof(struct sig_img_global),
	[SIG_SEC_GREF] = sizeof(uint32_t),
	[SIG_SEC_REP] = sizeof(struct sig_img_rep),
	[SIG_SEC_REPCAT] = sizeof(uint32_t),
	[SIG_SEC_GROUP] = sizeof(struct sig_img_group),
	[SIG_SEC_PAT] = sizeof(struct sig_img_pat),
	[SIG_SEC_HIT] = sizeof(uint32_t),
	[SIG_SEC_DB] = 1,
};

static int write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static void fill_header(struct build *b, struct sig_img_header *h, uint64_t content_id)
{
	hs_platform_info_t hp;
	uint64_t off = (sizeof(*h) + SIG_IMG_ALIGN - 1) / SIG_IMG_ALIGN * SIG_IMG_ALIGN;

	memcpy(h->magic, SIG_IMG_MAGIC, sizeof(h->magic));
	h->version = SIG_IMG_VERSION;
	h->endian = SIG_IMG_ENDIAN;
	h->sections = SIG_SEC__COUNT;
	h->content_id = content_id;
	snprintf(h->hs_version, sizeof(h->hs_version), "%s", hs_version());
	if (hs_populate_platform(&hp) == HS_SUCCESS) {
		h->hs_cpu = hp.cpu_features;
		h->hs_tune = hp.tune;
	}
	for (unsigned i = 0; i < SIG_SEC__COUNT; i++) {
		struct sig_img_sec *s = &h->sec[i];

		s->off = off;
		s->size = b->sec[i].n;
		s->stride = record_bytes[i];
		s->count = (uint32_t)(s->size / s->stride);
		off += (s->size + SIG_IMG_ALIGN - 1) / SIG_IMG_ALIGN * SIG_IMG_ALIGN;
	}
	h->size = off;
}

int build_write(struct build *b, int fd, uint64_t content_id)
{
	struct sig_img_header h = {0};
	uint8_t *mem;
	int rc;

	build_str(b, NULL);
	if (!vec_grow(&b->sec[SIG_SEC_POOL], 1) || b->oom)
		return -ENOMEM;
	fill_header(b, &h, content_id);
	if (h.size > SIG_IMG_MAX_BYTES)
		return -EFBIG;
	mem = calloc(1, h.size);
	if (!mem)
		return -ENOMEM;
	memcpy(mem, &h, sizeof(h));
	for (unsigned i = 0; i < SIG_SEC__COUNT; i++)
		if (b->sec[i].n)
			memcpy(mem + h.sec[i].off, b->sec[i].p, b->sec[i].n);
	sig_image_sum(mem, h.size, ((struct sig_img_header *)mem)->sum);
	rc = ftruncate(fd, 0) < 0 ? -errno : 0;
	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = -errno;
	if (rc == 0)
		rc = write_all(fd, mem, h.size);
	b->rep->image_bytes = h.size;
	b->rep->db_bytes = b->sec[SIG_SEC_DB].n;
	free(mem);
	return rc;
}
