/* SPDX-License-Identifier: Apache-2.0 */
/** Calls and answers of NFS over RPC, word by word, and their way to the parser. */
#ifndef TEST_APP_NFS_CALLS_H
#define TEST_APP_NFS_CALLS_H

#include "feed.h"
#include <string.h>

extern const struct dp_app_desc dp_app_nfs;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

struct out {
	uint8_t b[8192];
	size_t n;
};

static inline void w(struct out *o, uint32_t v)
{
	const uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	memcpy(o->b + o->n, b, 4);
	o->n += 4;
}

static inline void words(struct out *o, unsigned n, const uint32_t *v)
{
	for (unsigned i = 0; i < n; i++)
		w(o, v[i]);
}

#define W(o, ...)                                                                                  \
	words(o, sizeof((const uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

static inline void bytes(struct out *o, const void *p, uint32_t n)
{
	w(o, n);
	memcpy(o->b + o->n, p, n);
	o->n += n;
	while (o->n % 4)
		o->b[o->n++] = 0;
}

static inline void zeros(struct out *o, size_t n)
{
	memset(o->b + o->n, 0, n);
	o->n += n;
}

static inline void begin_call(struct out *o, uint32_t xid, uint32_t version, uint32_t procedure)
{
	struct out cred = {0};

	W(&cred, 7);
	bytes(&cred, "station", 7);
	W(&cred, 1000, 100, 0);
	o->n = 4; // room for the mark
	W(o, xid, 0, 2, 100003, version, procedure, 1);
	bytes(o, cred.b, (uint32_t)cred.n);
	W(o, 0, 0);
}

static inline void begin_answer(struct out *o, uint32_t xid)
{
	o->n = 4;
	W(o, xid, 1, 0, 0, 0, 0);
}

static inline void send(struct feed *t, struct out *o, enum sig_dir d, size_t step)
{
	struct out head = {0};

	w(&head, 0x80000000u | (uint32_t)(o->n - 4));
	memcpy(o->b, head.b, 4);
	if (t->f.ip_proto == 17)
		feed_data(t, d, o->b + 4, o->n - 4, 0);
	else
		feed_data(t, d, o->b, o->n, step);
}

#endif
