/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include <errno.h>
#include <sig/frame.h>
#include <sig/rule.h>
#include <string.h>

struct walk {
	const struct sig_image *g;
	uint32_t pool_n, caps_n, refs_n, metas_n, a4_n, a6_n, pr_n, gref_n, hits_n;
	uint64_t db_n;
};

static bool str_ok(const struct walk *w, uint32_t off)
{
	return off < w->pool_n; // the pool's last byte is zero
}

static bool run_ok(uint32_t first, uint32_t n, uint32_t count)
{
	return first <= count && n <= count - first;
}

static bool bytes_ok(const struct walk *w, uint32_t off, uint32_t n)
{
	return run_ok(off, n, w->pool_n);
}

static bool index_ok(uint32_t i, uint32_t count)
{
	return i == SIG_IMG_NONE || i < count;
}

static bool var_ok(uint8_t v, uint8_t vars_n)
{
	return v == SIG_VAR_NONE || v < vars_n;
}

// Operations whose data are an array of 64-bit numbers.
static bool wants_u64(uint8_t kind)
{
	return kind == SIG_OPT_NUMBER || kind == SIG_OPT_VLAN_ID || kind == SIG_OPT_BSIZE ||
		kind == SIG_OPT_FLOWBITS || kind == SIG_OPT_KRB5_TICKET_ENC ||
		kind == SIG_OPT_HTTP2_SETTINGS || kind == SIG_OPT_IKE_SA_ATTRIBUTE ||
		kind == SIG_OPT_DNP3_OBJ;
}

// Smallest `len` that the packet path reads at `data` without looking.
static uint32_t data_min(uint8_t kind)
{
	switch (kind) {
	case SIG_OPT_CONTENT:
		return 1;
	case SIG_OPT_DCE_IFACE:
		return 16;
	case SIG_OPT_FLOWBITS:
		return 8;
	case SIG_OPT_MODBUS:
		return (uint32_t)sizeof(struct sig_modbus);
	case SIG_OPT_CIP_SERVICE:
		return (uint32_t)sizeof(struct sig_cip);
	case SIG_OPT_RPC:
		return (uint32_t)sizeof(struct sig_rpc);
	default:
		return 0;
	}
}

static bool op_ref_ok(const struct walk *w, const struct sig_img_op *o)
{
	switch (o->kind) {
	case SIG_OPT_CONTENT:
		return !(o->flags & SIG_C_REPLACE) || bytes_ok(w, o->ref, o->len);
	case SIG_OPT_PCRE:
		return o->ref < w->g->regexes_n;
	case SIG_OPT_DATASET:
	case SIG_OPT_DATAREP:
	case SIG_OPT_FILEHASH:
		return o->ref < w->g->sets_n;
	case SIG_OPT_NUMBER:
		return o->ref < SIG_NUM__COUNT;
	case SIG_OPT_APP_PROTOCOL:
	case SIG_OPT_APP_EVENT:
		return o->ref < SIG_PROTO__COUNT;
	case SIG_OPT_IPREP:
		return index_ok(o->ref, w->g->repcats_n);
	case SIG_OPT_FLOWBITS:
		return str_ok(w, o->ref);
	case SIG_OPT_DECODE_EVENT:
	case SIG_OPT_STREAM_EVENT:
		return o->ref == SIG_IMG_NONE || o->ref < 384;
	default:
		return true;
	}
}

static bool op_ok(const struct walk *w, const struct sig_img_op *o, uint8_t vars_n)
{
	if (o->kind >= SIG_OPT__COUNT || !op_ref_ok(w, o))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (!var_ok(o->var[i], vars_n))
			return false;
	if ((o->kind == SIG_OPT_BYTE_EXTRACT || o->kind == SIG_OPT_BYTE_MATH) && o->out >= vars_n)
		return false;
	if (o->kind == SIG_OPT_BYTE_JUMP) // len is the multiplier
		return true;
	if (!bytes_ok(w, o->data, o->len) || o->len < data_min(o->kind) || !str_ok(w, o->data))
		return false;
	return !wants_u64(o->kind) || (o->data % 8 == 0 && o->len % 8 == 0);
}

static bool ops_ok(const struct walk *w, uint32_t first, uint32_t n, uint8_t vars_n)
{
	if (!run_ok(first, n, w->g->ops_n))
		return false;
	for (uint32_t i = first; i < first + n; i++)
		if (!op_ok(w, &w->g->op[i], vars_n))
			return false;
	return true;
}

static bool list_ok(const struct walk *w, const struct sig_img_list *l, uint8_t vars_n)
{
	return l->buffer < SIG_BUF__COUNT &&
		(l->buffer != SIG_BUF_FRAME || l->instance < SIG_FRAME__COUNT) && run_ok(l->xf, l->xf_n, w->g->xfs_n) &&
		str_ok(w, l->name) && l->ops_n <= SIG_IMG_MAX_LIST_OPS &&
		ops_ok(w, l->op, l->ops_n, vars_n);
}

static bool sig_text_ok(const struct walk *w, const struct sig_img_sig *s)
{
	const uint32_t strings[] = {s->msg, s->classtype, s->classtype_text, s->text, s->file,
		s->why_always, s->pf_text};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (!str_ok(w, strings[i]))
			return false;
	return run_ok(s->ref, s->refs_n, w->refs_n) && run_ok(s->meta, s->metas_n, w->metas_n);
}

static bool sig_ok(const struct walk *w, const struct sig_img_sig *s)
{
	const struct sig_image *g = w->g;

	if (!sig_text_ok(w, s) || s->action >= SIG_ACT__COUNT || s->cls >= SIG_CLS__COUNT ||
		s->app >= SIG_PROTO__COUNT || s->hdr >= SIG_HDR__COUNT ||
		s->vars_n > SIG_IMG_MAX_VARS || s->lists_n + s->tx_n > SIG_IMG_MAX_ITEMS)
		return false;
	if (!index_ok(s->src, g->addrs_n) || !index_ok(s->dst, g->addrs_n) ||
		!index_ok(s->sport, g->ports_n) || !index_ok(s->dport, g->ports_n) ||
		!index_ok(s->pf_list, g->lists_n) || !index_ok(s->pf_op, g->ops_n))
		return false;
	if (!run_ok(s->gref, s->gref_n, w->gref_n) || !run_ok(s->list, s->lists_n, g->lists_n))
		return false;
	for (uint32_t i = s->list; i < s->list + s->lists_n; i++)
		if (!list_ok(w, &g->list[i], s->vars_n))
			return false;
	return ops_ok(w, s->match, s->match_n, s->vars_n) && ops_ok(w, s->tx, s->tx_n, s->vars_n) &&
		ops_ok(w, s->post, s->post_n, s->vars_n) && ops_ok(w, s->thr, s->thr_n, s->vars_n);
}

static bool sets_ok(const struct walk *w)
{
	for (uint32_t i = 0; i < w->g->sets_n; i++) {
		const struct sig_img_set *s = &w->g->set[i];
		uint32_t pos = 0, n = 0;

		if (!str_ok(w, s->name) || !str_ok(w, s->load) || !str_ok(w, s->save) ||
			!bytes_ok(w, s->data, s->len) || s->kind > SIG_SETK_HASH)
			return false;
		for (; n < s->entries; n++) {
			uint16_t len;
			uint32_t more;

			if (s->len - pos < 8)
				return false;
			memcpy(&len, w->g->pool + s->data + pos + 2, 2);
			memcpy(&more, w->g->pool + s->data + pos + 4, 4);
			pos += 8;
			if (s->len - pos < len || s->len - pos - len < more)
				return false;
			pos += len + more;
		}
		if (pos != s->len)
			return false;
	}
	return true;
}

static bool regexes_ok(const struct walk *w)
{
	for (uint32_t i = 0; i < w->g->regexes_n; i++) {
		const struct sig_img_regex *r = &w->g->regex[i];

		if (!bytes_ok(w, r->data, r->len) || !run_ok(r->cap, r->caps_n, w->caps_n))
			return false;
	}
	for (uint32_t i = 0; i < w->caps_n; i++)
		if (!str_ok(w, w->g->cap[i].name))
			return false;
	for (uint32_t i = 0; i < w->g->xfs_n; i++) {
		const struct sig_img_xf *x = &w->g->xf[i];

		if (x->kind >= SIG_XF__COUNT || !bytes_ok(w, x->data, x->len) ||
			!index_ok(x->regex, w->g->regexes_n) ||
			(x->kind == SIG_XF_PCREXFORM && x->regex == SIG_IMG_NONE) ||
			(x->kind == SIG_XF_XOR && x->len == 0))
			return false;
	}
	return true;
}

static bool places_ok(const struct walk *w)
{
	const struct sig_image *g = w->g;

	for (uint32_t i = 0; i < g->addrs_n; i++)
		if (!run_ok(g->addrs[i].v4, g->addrs[i].n4, w->a4_n) ||
			!run_ok(g->addrs[i].v6, g->addrs[i].n6, w->a6_n))
			return false;
	for (uint32_t i = 0; i < g->ports_n; i++)
		if (!run_ok(g->ports[i].first, g->ports[i].n, w->pr_n))
			return false;
	for (uint32_t i = 0; i < w->pr_n; i++)
		if (g->pr[i].lo > g->pr[i].hi)
			return false;
	for (uint32_t i = 0; i < g->globals_n; i++)
		if (!index_ok(g->global[i].addrs, g->addrs_n))
			return false;
	for (uint32_t i = 0; i < w->gref_n; i++)
		if (g->gref[i] >= g->globals_n)
			return false;
	for (uint32_t i = 0; i < g->repcats_n; i++)
		if (!str_ok(w, g->repcat[i]))
			return false;
	for (uint32_t i = 0; i < g->reps_n; i++)
		if (g->rep[i].cat >= g->repcats_n || g->rep[i].lo > g->rep[i].hi)
			return false;
	return true;
}

// The packet path keeps an entry for each port of such a set. Behind places_ok().
static bool few_ports(const struct sig_image *g, uint32_t set)
{
	size_t n = 0;

	if (set == SIG_IMG_NONE)
		return true;
	for (uint32_t i = 0; i < g->ports[set].n && n <= SIG_IMG_MAX_GROUP_PORTS; i++) {
		const struct sig_img_port_range *r = &g->pr[g->ports[set].first + i];

		n += (size_t)(r->hi - r->lo) + 1;
	}
	return n <= SIG_IMG_MAX_GROUP_PORTS;
}

static bool groups_ok(const struct walk *w)
{
	const struct sig_image *g = w->g;

	for (uint32_t i = 0; i < g->groups_n; i++) {
		const struct sig_img_group *q = &g->group[i];

		if (q->buffer >= SIG_BUF__COUNT || q->scope >= SIG_SCOPE__COUNT || q->dir > 1 ||
			!run_ok(q->xf, q->xf_n, g->xfs_n) || !run_ok(q->pat, q->pats_n, g->pats_n) ||
			!index_ok(q->sport, g->ports_n) || !index_ok(q->dport, g->ports_n) ||
			!few_ports(g, q->sport) || !few_ports(g, q->dport) ||
			((q->flags & SIG_G_WHOLE) && (q->flags & SIG_G_PARTS)) ||
			q->db % SIG_IMG_ALIGN || q->db > w->db_n || q->db_size > w->db_n - q->db)
			return false;
	}
	for (uint32_t i = 0; i < g->pats_n; i++)
		if (!run_ok(g->pat[i].hit, g->pat[i].hits_n, w->hits_n) ||
			!bytes_ok(w, g->pat[i].data, g->pat[i].len))
			return false;
	for (uint32_t i = 0; i < w->hits_n; i++)
		if (g->hit[i] >= g->sigs_n)
			return false;
	return true;
}

int sig_image_check(const struct sig_image *g, char *err, size_t err_len)
{
	const struct sig_img_sec *s = g->h->sec;
	const struct walk w = {.g = g,
		.pool_n = s[SIG_SEC_POOL].count,
		.caps_n = s[SIG_SEC_CAP].count,
		.refs_n = s[SIG_SEC_REF].count,
		.metas_n = s[SIG_SEC_META].count,
		.a4_n = s[SIG_SEC_A4].count,
		.a6_n = s[SIG_SEC_A6].count,
		.pr_n = s[SIG_SEC_PR].count,
		.gref_n = s[SIG_SEC_GREF].count,
		.hits_n = s[SIG_SEC_HIT].count,
		.db_n = s[SIG_SEC_DB].size};

	if (w.pool_n == 0 || g->pool[0] != 0 || g->pool[w.pool_n - 1] != 0)
		return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: byte pool");
	for (uint32_t i = 0; i < g->sigs_n; i++)
		if (!sig_ok(&w, &g->sig[i]))
			return sig_image_refuse(err, err_len, -EBADMSG,
				"impossible contents: signature %u (sid %u)", i, g->sig[i].sid);
	for (uint32_t i = 0; i < w.refs_n; i++)
		if (!str_ok(&w, g->ref[i].type) || !str_ok(&w, g->ref[i].prefix) ||
			!str_ok(&w, g->ref[i].value))
			return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: references");
	for (uint32_t i = 0; i < w.metas_n; i++)
		if (!str_ok(&w, g->meta[i].key) || !str_ok(&w, g->meta[i].value))
			return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: metadata");
	if (!regexes_ok(&w))
		return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: expressions");
	if (!sets_ok(&w))
		return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: data sets");
	if (!places_ok(&w))
		return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: addresses, ports");
	if (!groups_ok(&w))
		return sig_image_refuse(err, err_len, -EBADMSG, "impossible contents: prefilter groups");
	return 0;
}
