/* SPDX-License-Identifier: Apache-2.0 */
#include "dce.h"
#include <errno.h>
#include <sig/compare.h>
#include <sig/image.h>
#include <sig/rule.h>
#include <stdio.h>

#define IFACES_MAX 1024u /* per flow; a BIND carries at most 255 */

static const char *const type_names[] = {"REQUEST", "PING", "RESPONSE", "FAULT", "WORKING",
	"NOCALL", "REJECT", "ACK", "CL_CANCEL", "FACK", "CANCEL_ACK", "BIND", "BINDACK", "BINDNAK",
	"ALTER_CONTEXT", "ALTER_CONTEXT_RESP", "AUTH3", "SHUTDOWN", "CO_CANCEL", "ORPHANED", "RTS"};

const char *dp_dce_type_name(unsigned type)
{
	return type < sizeof(type_names) / sizeof(type_names[0]) ? type_names[type] : "UNKNOWN";
}

void dp_uuid_text(const uint8_t u[16], char out[37])
{
	static const char digit[] = "0123456789abcdef";
	char *o = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*o++ = '-';
		*o++ = digit[u[i] >> 4];
		*o++ = digit[u[i] & 15];
	}
	*o = '\0';
}

void dp_uuid_swap(const uint8_t in[16], uint8_t out[16])
{
	static const uint8_t from[8] = {3, 2, 1, 0, 5, 4, 7, 6};

	for (int i = 0; i < 8; i++)
		out[i] = in[from[i]];
	memcpy(out + 8, in + 8, 8);
}

int dp_dce_header(struct dp_cur *c, struct dp_dce_hdr *h)
{
	uint8_t drep;

	if (dp_cur_left(c) < DP_DCE_HDR)
		return -EAGAIN;
	h->ver = dp_cur_u8(c);
	h->ver_minor = dp_cur_u8(c);
	h->type = dp_cur_u8(c);
	h->flags = dp_cur_u8(c);
	drep = dp_cur_u8(c);
	h->le = drep & 0x10;
	dp_cur_skip(c, 3);
	h->frag_len = dp_cur_u16(c, h->le);
	h->auth_len = dp_cur_u16(c, h->le);
	h->call_id = dp_cur_u32(c, h->le);
	return h->ver == 5 && h->frag_len >= DP_DCE_HDR ? 0 : -EBADMSG;
}

static struct dp_dce_iface *iface_add(struct dp_ctx *c, struct dp_dce_ifaces *l)
{
	if (l->n == l->cap) {
		uint16_t cap = l->cap ? (uint16_t)(l->cap * 2) : 4;
		size_t one = sizeof(*l->v);
		struct dp_dce_iface *v;

		if (cap > IFACES_MAX)
			return NULL;
		v = l->v ? dp_slab_realloc(c->slab, DP_MEM_APP, l->v, l->cap * one, cap * one)
			 : dp_slab_alloc(c->slab, DP_MEM_APP, cap * one);
		if (!v)
			return NULL;
		l->v = v;
		l->cap = cap;
	}
	memset(&l->v[l->n], 0, sizeof(*l->v));
	return &l->v[l->n++];
}

int dp_dce_bind(struct dp_ctx *c, struct dp_cur *b, const struct dp_dce_hdr *h,
	struct dp_dce_ifaces *l)
{
	unsigned n;

	dp_cur_skip(b, 8); /* fragment sizes, association group */
	n = dp_cur_u8(b);
	dp_cur_skip(b, 3);
	if (b->bad)
		return -EBADMSG;
	if (h->type == DP_DCE_BIND)
		l->n = 0;
	l->known = true;
	while (n--) {
		struct dp_dce_iface i = {.ctx = dp_cur_u16(b, h->le)};
		unsigned n_transfer = dp_cur_u8(b);
		const uint8_t *u;
		struct dp_dce_iface *slot;

		dp_cur_skip(b, 1);
		u = dp_cur_bytes(b, 16);
		i.ver = dp_cur_u16(b, h->le);
		i.ver_minor = dp_cur_u16(b, h->le);
		dp_cur_skip(b, n_transfer * 20);
		if (b->bad || !u)
			return -EBADMSG;
		if (h->le)
			dp_uuid_swap(u, i.uuid);
		else
			memcpy(i.uuid, u, 16);
		slot = iface_add(c, l);
		if (!slot)
			return 0;
		*slot = i;
	}
	return 0;
}

int dp_dce_bindack(struct dp_cur *b, const struct dp_dce_hdr *h, struct dp_dce_ifaces *l)
{
	unsigned addr, n, next = 0;

	dp_cur_skip(b, 8);
	addr = dp_cur_u16(b, h->le);
	dp_cur_skip(b, addr);
	/* the result list is aligned to four bytes, counted from the PDU's start (16 before) */
	dp_cur_skip(b, (4 - b->off % 4) % 4);
	n = dp_cur_u8(b);
	dp_cur_skip(b, 3);
	if (b->bad)
		return -EBADMSG;
	while (next < l->n && l->v[next].acked)
		next++;
	for (unsigned i = 0; i < n; i++) {
		uint16_t result = dp_cur_u16(b, h->le), reason = dp_cur_u16(b, h->le);

		dp_cur_skip(b, 20);
		if (b->bad)
			return -EBADMSG;
		if (next >= l->n)
			break;
		l->v[next].acked = true;
		l->v[next].result = result;
		l->v[next].reason = reason;
		next++;
	}
	return 0;
}

void dp_dce_ifaces_free(struct dp_ctx *c, struct dp_dce_ifaces *l)
{
	dp_slab_free(c->slab, DP_MEM_APP, l->v, l->cap * sizeof(*l->v));
	*l = (struct dp_dce_ifaces){0};
}

void dp_dce_log_iface(struct dp_rec *r, const struct dp_dce_iface *i)
{
	char text[40];

	dp_uuid_text(i->uuid, text);
	dp_rec_cstr(r, "uuid", text);
	snprintf(text, sizeof(text), "%u.%u", i->ver, i->ver_minor);
	dp_rec_cstr(r, "version", text);
}

bool dp_dce_iface_match(const struct dp_dce_ifaces *l, uint16_t ctx, const void *arg,
	uint32_t arg_len)
{
	const struct dp_test_arg *t = arg;

	if (!t || arg_len != sizeof(*t) || t->op->len < 16)
		return false;
	for (unsigned i = 0; i < l->n; i++) {
		const struct dp_dce_iface *f = &l->v[i];

		if (f->acked && f->result == 0 && f->ctx == ctx &&
			!memcmp(f->uuid, t->data, 16) &&
			(!t->op->out || sig_op_holds(t->op->sub, f->ver, (uint64_t)t->op->num[0], (uint64_t)t->op->num[1])))
			return true;
	}
	return false;
}
