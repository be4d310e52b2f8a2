/* SPDX-License-Identifier: Apache-2.0 */
#include "lower.h"
#include <errno.h>
#include <string.h>

enum place { AT_MATCH, AT_TX, AT_POST, AT_THRESHOLD, AT_NOWHERE };

static enum place place_of(const struct sig_opt *o)
{
	if (is_detection_event(o))
		return AT_MATCH;
	switch (o->kind) {
	case SIG_OPT_NUMBER:
		return sig_number_info[o->u.number.number].flags & SIG_BUF_PKT ? AT_MATCH : AT_TX;
	case SIG_OPT_FLOW:
	case SIG_OPT_PREFILTER:
	case SIG_OPT_NFQ_SET_MARK:
	case SIG_OPT_ABSENT:
		return AT_NOWHERE;
	case SIG_OPT_FLOWBITS:
		return o->u.bits_named.cmd < SIG_BIT_ISSET ? AT_POST : AT_MATCH;
	case SIG_OPT_FLOWINT:
		return o->u.flowint.op <= SIG_FI_SUB ? AT_POST : AT_MATCH;
	case SIG_OPT_XBITS:
	case SIG_OPT_HOSTBITS:
		if (o->u.xbits.cmd < SIG_BIT_ISSET)
			return AT_POST;
		return o->u.xbits.track == SIG_XB_TX ? AT_TX : AT_MATCH;
	case SIG_OPT_THRESHOLD:
	case SIG_OPT_DETECTION_FILTER:
		return AT_THRESHOLD;
	case SIG_OPT_TAG:
	case SIG_OPT_BYPASS:
	case SIG_OPT_CONFIG:
	case SIG_OPT_FILESTORE:
	case SIG_OPT_TLS_STORE:
		return AT_POST;
	default:
		return asks_transaction(o->kind) ? AT_TX : AT_MATCH;
	}
}

bool lower_in_list(const struct sig_opt *o)
{
	return o->list != SIG_LIST_NONE && o->kind != SIG_OPT_NUMBER && o->kind != SIG_OPT_ABSENT &&
		place_of(o) == AT_MATCH;
}

static uint32_t ports(struct build *b, const struct sig_ports *p)
{
	struct sig_img_ports rec = {.n = p->n};

	if (p->any)
		return SIG_IMG_NONE;
	rec.first = build_count(b, SIG_SEC_PR, sizeof(struct sig_img_port_range));
	// Equal sets are one object: the map is keyed by address of the object's ranges.
	for (uint32_t i = 0; i < build_count(b, SIG_SEC_PORTS, sizeof(rec)); i++) {
		const struct sig_img_ports *q = (void *)b->sec[SIG_SEC_PORTS].p;

		if (q[i].n == p->n &&
			memcmp(b->sec[SIG_SEC_PR].p + q[i].first * sizeof(*p->range), p->range,
				p->n * sizeof(*p->range)) == 0)
			return i;
	}
	for (uint32_t i = 0; i < p->n; i++) {
		struct sig_img_port_range r = {p->range[i].lo, p->range[i].hi};

		build_add(b, SIG_SEC_PR, &r, sizeof(r));
	}
	return build_add(b, SIG_SEC_PORTS, &rec, sizeof(rec));
}

uint32_t lower_addrs(struct build *b, const struct sig_addrs *a)
{
	struct {
		uint32_t v4, n4, v6, n6;
	} r = {.n4 = a->n4, .n6 = a->n6};

	if (a->any)
		return SIG_IMG_NONE;
	_Static_assert(sizeof(struct sig_range4) == sizeof(struct sig_img_range4), "same ranges");
	_Static_assert(sizeof(struct sig_range6) == sizeof(struct sig_img_range6), "same ranges");
	_Static_assert(sizeof(r) == sizeof(struct sig_img_addrs), "same record");
	if (a->n4) {
		struct index_map *m = &b->addrs;

		r.v4 = build_run(b, SIG_SEC_A4, m, a->v4, sizeof(*a->v4), a->n4);
	}
	if (a->n6)
		r.v6 = build_run(b, SIG_SEC_A6, &b->addrs6, a->v6, sizeof(*a->v6), a->n6);
	return build_run(b, SIG_SEC_ADDRS, &b->addr_sets, &r, sizeof(r), 1);
}

// A rule that says of transactions only that their files are to be stored matches those with a file.
static bool only_stores(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->lists_n; i++)
		if (!(sig_buffer_info[r->list[i].buffer].flags & SIG_BUF_PKT))
			return false;
	for (unsigned i = 0; i < r->opts_n; i++)
		if (place_of(&r->opt[i]) == AT_TX)
			return false;
	return true;
}

static bool belongs(const struct sig_rule *r, const struct sig_opt *o, enum place where)
{
	if (where == AT_TX && o->kind == SIG_OPT_FILESTORE)
		return only_stores(r);
	return place_of(o) == where && !lower_in_list(o);
}

static int lower_run(struct build *b, const struct sig_rule *r, enum place where, uint32_t *first,
	uint16_t *n, const char **why)
{
	*first = build_count(b, SIG_SEC_OP, sizeof(struct sig_img_op));
	*n = 0;
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];
		struct sig_img_op op;
		int rc;

		if (!belongs(r, o, where))
			continue;
		rc = lower_op(b, o, &op, why);
		if (rc)
			return rc;
		build_add(b, SIG_SEC_OP, &op, sizeof(op));
		++*n;
	}
	return 0;
}

static uint32_t misc_flags(const struct sig_rule *r, uint16_t *flow)
{
	uint32_t f = 0;

	if (r->flags & SIG_R_NOALERT)
		f |= SIG_F_NOALERT;
	if (r->flags & SIG_R_ALERT)
		f |= SIG_F_ALERT;
	if (r->flags & SIG_R_FILE)
		f |= SIG_F_FILE;
	if (r->flags & SIG_R_SETS_STATE)
		f |= SIG_F_SETS_STATE;
	if (r->arrow == SIG_ARROW_BOTH)
		f |= SIG_F_BOTH_WAYS;
	if (r->arrow == SIG_ARROW_TX)
		f |= SIG_F_TX_ARROW;
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		if (o->kind == SIG_OPT_FLOW)
			*flow |= (uint16_t)o->u.flow.mask;
		if (o->kind == SIG_OPT_BYPASS)
			f |= SIG_F_BYPASS;
		if (o->kind == SIG_OPT_TAG)
			f |= SIG_F_TAG;
		// As the peer has it: "not N" and what leaves 0 out ask for payload that may be looked
		// at, "less than N" does not.
		if (o->kind == SIG_OPT_NUMBER && o->u.number.number == SIG_NUM_DSIZE) {
			const struct sig_cmp *c = &o->u.number.cmp;

			f |= SIG_F_DSIZE;
			if (c->op == SIG_OP_EQ && c->a == 0)
				f |= SIG_F_NO_PAYLOAD;
			else if (c->op == SIG_OP_NE || c->op == SIG_OP_EQ || c->op == SIG_OP_RANGE ||
				c->op == SIG_OP_GT || c->op == SIG_OP_GE)
				f |= SIG_F_NEED_PAYLOAD;
		}
	}
	if (*flow & SIG_FLOW_ESTABLISHED)
		f |= SIG_F_NEED_EST;
	if (*flow & (SIG_FLOW_ESTABLISHED | SIG_FLOW_TO_CLIENT))
		f |= SIG_F_NEED_FLOW;
	return f;
}

// True when the payload list demands at least one byte that is there.
static bool needs_payload(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		if (o->list == SIG_LIST_NONE || r->list[o->list].buffer != SIG_BUF_PAYLOAD)
			continue;
		if (o->kind == SIG_OPT_CONTENT && !(o->u.content.flags & SIG_C_NEGATED))
			return true;
	}
	return false;
}

int lower_rule(struct build *b, const struct sig_rule *r, uint32_t order, const char **why)
{
	struct sig_img_sig s = {0};
	struct sig_img_list lists[SIG_IMG_MAX_ITEMS];
	int rc;

	if (r->lists_n >= SIG_IMG_MAX_ITEMS || r->vars_n > SIG_IMG_MAX_VARS) {
		*why = "more than 63 buffers or 32 variables";
		return -E2BIG;
	}
	s.flags = misc_flags(r, &s.flow);
	s.cls = (uint8_t)classify(r, &s.flags);
	if ((s.flags & SIG_F_PAYLOAD) && s.cls != SIG_CLS_TX && s.cls != SIG_CLS_FRAME &&
		needs_payload(r))
		s.flags |= SIG_F_NEED_PAYLOAD;
	s.transports = r->transports;
	if ((s.flow & SIG_FLOW_ONLY_STREAM) && (s.flags & SIG_F_PAYLOAD))
		s.transports &= SIG_T_TCP; // datagrams are no stream to find contents in
	s.dirs = r->dirs ? r->dirs : SIG_BUF_BOTH;
	s.action = (uint8_t)r->action;
	s.hdr = (uint8_t)r->hdr;
	s.app = (uint16_t)r->app;
	s.vars_n = r->vars_n;
	s.order = order;
	s.src = lower_addrs(b, r->src);
	s.dst = lower_addrs(b, r->dst);
	s.sport = ports(b, r->sport);
	s.dport = ports(b, r->dport);
	s.lists_n = (uint8_t)r->lists_n;
	for (unsigned i = 0; i < r->lists_n; i++) {
		rc = lower_list(b, r, i, &lists[i], why);
		if (rc)
			return rc;
	}
	s.list = build_count(b, SIG_SEC_LIST, sizeof(lists[0]));
	for (unsigned i = 0; i < r->lists_n; i++)
		build_add(b, SIG_SEC_LIST, &lists[i], sizeof(lists[0]));
	rc = lower_run(b, r, AT_MATCH, &s.match, &s.match_n, why);
	if (rc == 0)
		rc = lower_run(b, r, AT_TX, &s.tx, &s.tx_n, why);
	if (rc == 0)
		rc = lower_run(b, r, AT_POST, &s.post, &s.post_n, why);
	if (rc == 0)
		rc = lower_run(b, r, AT_THRESHOLD, &s.thr, &s.thr_n, why);
	if (rc)
		return rc;
	if (s.lists_n + s.tx_n > SIG_IMG_MAX_ITEMS) {
		*why = "more than 64 transaction tests";
		return -E2BIG;
	}
	lower_texts(b, r, &s);
	lower_globals(b, r, &s);
	s.pf_list = s.pf_op = SIG_IMG_NONE;
	build_add(b, SIG_SEC_SIG, &s, sizeof(s));
	return b->oom ? -ENOMEM : 0;
}
