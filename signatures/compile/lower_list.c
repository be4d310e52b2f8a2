/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature looks for in one buffer: transforms and the run of its options. */
#include "lower.h"
#include <errno.h>
#include <sig/frame.h>
#include <string.h>

#define RUN_MAX 512

static int transforms(struct build *b, const struct sig_list *l, struct sig_img_list *out)
{
	struct sig_img_xf x[32];

	if (l->transforms_n > 32)
		return -EINVAL;
	memset(x, 0, sizeof(x));
	for (unsigned i = 0; i < l->transforms_n; i++) {
		const struct sig_transform *t = &l->transform[i];

		x[i].kind = (uint8_t)t->kind;
		x[i].mode = (uint8_t)t->mode;
		x[i].bytes_set = t->bytes_set;
		x[i].truncate = t->truncate;
		x[i].offset = t->offset;
		x[i].bytes = t->bytes;
		x[i].regex = SIG_IMG_NONE;
		if (t->arg.len) { // through the string table, so that equal chains stay equal
			char tmp[1024];

			if (t->arg.len >= sizeof(tmp))
				return -EINVAL;
			memcpy(tmp, t->arg.data, t->arg.len);
			tmp[t->arg.len] = 0;
			x[i].data = memchr(tmp, 0, t->arg.len) ?
				build_bytes(b, tmp, t->arg.len, 1) : build_str(b, tmp);
			x[i].len = t->arg.len;
		}
		if (t->kind == SIG_XF_PCREXFORM) {
			struct sig_img_regex r = {.data = x[i].data, .len = x[i].len};

			x[i].regex = build_run(b, SIG_SEC_REGEX, &b->regexes, &r, sizeof(r), 1);
		}
	}
	out->xf_n = l->transforms_n;
	out->xf = build_run(b, SIG_SEC_XF, &b->xfs, x, sizeof(x[0]), l->transforms_n);
	return 0;
}

static bool is_relative(const struct sig_img_op *o)
{
	switch (o->kind) {
	case SIG_OPT_CONTENT:
		return o->flags & SIG_C_RELATIVE;
	case SIG_OPT_PCRE:
		return o->flags & SIG_P_RELATIVE;
	case SIG_OPT_BYTE_TEST:
	case SIG_OPT_BYTE_JUMP:
	case SIG_OPT_BYTE_EXTRACT:
	case SIG_OPT_BYTE_MATH:
	case SIG_OPT_ISDATAAT:
		return o->flags & SIG_B_RELATIVE;
	case SIG_OPT_BASE64_DECODE:
		return o->aux;
	default:
		return false;
	}
}

// A search must go on behind a match exactly when something later hangs on its position.
static void mark_next(struct sig_img_op *op, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!is_relative(&op[i]))
			continue;
		for (uint32_t j = i; j-- > 0;)
			if ((op[j].kind == SIG_OPT_CONTENT && !(op[j].flags & SIG_C_NEGATED)) ||
				(op[j].kind == SIG_OPT_PCRE && !(op[j].flags & SIG_P_NEGATED))) {
				op[j].flags |= SIG_IC_NEXT;
				break;
			}
	}
}

static void length_bounds(const struct sig_img_op *op, uint32_t n, struct sig_img_list *l)
{
	l->min_len = 0;
	l->max_len = UINT32_MAX;
	if (l->flags & (SIG_L_ABSENT | SIG_L_OR_ELSE))
		return;
	for (uint32_t i = 0; i < n; i++) {
		int64_t need = op[i].len;

		if (op[i].kind == SIG_OPT_CONTENT && !(op[i].flags & SIG_C_NEGATED)) {
			if ((op[i].flags & SIG_C_OFFSET) && op[i].var[1] == SIG_VAR_NONE &&
				op[i].num[1] > 0 && op[i].num[1] < INT32_MAX)
				need += op[i].num[1];
			if (need > l->min_len)
				l->min_len = (uint32_t)need;
		}
		if (op[i].kind == SIG_OPT_BSIZE && op[i].sub == SIG_OP_EQ &&
			(uint64_t)op[i].num[0] < UINT32_MAX) {
			l->max_len = (uint32_t)op[i].num[0];
			if (l->max_len > l->min_len)
				l->min_len = l->max_len;
		}
	}
}

static bool hangs_on_previous(const struct sig_opt *o)
{
	switch (o->kind) {
	case SIG_OPT_BASE64_DECODE:
		return true;
	case SIG_OPT_BYTE_TEST:
		return o->u.byte_test.flags & SIG_B_RELATIVE;
	case SIG_OPT_BYTE_JUMP:
		return o->u.byte_jump.flags & SIG_B_RELATIVE;
	case SIG_OPT_BYTE_EXTRACT:
		return o->u.byte_extract.flags & SIG_B_RELATIVE;
	case SIG_OPT_ISDATAAT:
		return o->u.isdataat.flags & SIG_B_RELATIVE;
	default:
		return false;
	}
}

// A modifier such as http_uri moves its content away from the payload after the fact; what follows
// and is relative goes with the content it follows, not with the payload it was written on.
static unsigned list_of(const struct sig_rule *r, unsigned i)
{
	const struct sig_opt *o = &r->opt[i];

	if (o->list == SIG_LIST_NONE || r->list[o->list].buffer != SIG_BUF_PAYLOAD ||
		!hangs_on_previous(o))
		return o->list;
	while (i-- > 0) {
		const struct sig_opt *q = &r->opt[i];

		if ((q->kind == SIG_OPT_CONTENT || q->kind == SIG_OPT_PCRE) &&
			q->list != SIG_LIST_NONE && r->list[q->list].buffer != SIG_BUF_BASE64_DATA)
			return q->list;
	}
	return o->list;
}

int lower_list(struct build *b, const struct sig_rule *r, unsigned li,
	struct sig_img_list *out, const char **why)
{
	const struct sig_list *l = &r->list[li];
	struct sig_img_op op[RUN_MAX];
	uint32_t n = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	out->buffer = (uint16_t)l->buffer;
	out->instance = l->instance;
	out->dirs = l->dirs ? l->dirs : SIG_BUF_BOTH;
	if (l->buffer == SIG_BUF_FRAME) {
		enum sig_proto proto;
		enum sig_frame frame;

		if (!sig_frame_find(r->app, l->name ? l->name : "", &proto, &frame)) {
			*why = "there is no frame of this name";
			return -ENOENT;
		}
		out->instance = (uint16_t)frame;
	}
	out->name = build_str(b, l->name);
	out->flags = l->buffer == SIG_BUF_BASE64_DATA ? SIG_L_B64 : 0;
	rc = transforms(b, l, out);
	if (rc)
		return rc;
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		if (list_of(r, i) != li)
			continue;
		if (o->kind == SIG_OPT_ABSENT)
			out->flags |= o->u.absent.or_else ? SIG_L_OR_ELSE : SIG_L_ABSENT;
		if (!lower_in_list(o))
			continue;
		if (n == RUN_MAX) {
			*why = "more than 512 options on one buffer";
			return -E2BIG;
		}
		rc = lower_op(b, o, &op[n++], why);
		if (rc)
			return rc;
	}
	mark_next(op, n);
	length_bounds(op, n, out);
	out->op = build_count(b, SIG_SEC_OP, sizeof(op[0]));
	out->ops_n = n;
	for (uint32_t i = 0; i < n; i++)
		build_add(b, SIG_SEC_OP, &op[i], sizeof(op[0]));
	return 0;
}
