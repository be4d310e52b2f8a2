/* SPDX-License-Identifier: Apache-2.0 */
/* Integer keywords: one grammar for all. */
#include "kw.h"
#include "number_names.h"

#include <stdlib.h>
#include <string.h>

static const char number_cure[] =
	"write N, !N, <N, >N, <=N, >=N, N-M (ends excluded), !N-M or &mask=N";

static bool take_name(const struct sig_word_value *names, struct sig_str *t, uint64_t *v)
{
	size_t n = 0;
	int64_t x;

	if (!names)
		return false;
	while (n < t->n && t->s[n] != '<' && t->s[n] != ',' && !sig_is_blank(t->s[n]))
		n++;
	if (!sig_lookup_nocase(names, (struct sig_str){t->s, n}, &x))
		return false;
	t->s += n;
	t->n -= n;
	*v = (uint64_t)x;
	return true;
}

/* A number or a name, then an optional size suffix. */
static bool take_operand(const struct sig_word_value *names, struct sig_str *t, uint64_t *v)
{
	struct sig_str save;
	size_t n = 0;

	*t = sig_trim(*t);
	if (take_name(names, t, v))
		return true;
	save = *t;
	if (!sig_take_u64(t, v))
		return false;
	while (n < t->n && sig_lower(t->s[n]) >= 'a' && sig_lower(t->s[n]) <= 'z')
		n++;
	if (n) {
		if (!sig_size((struct sig_str){save.s, (size_t)(t->s + n - save.s)}, v))
			return false;
		t->s += n;
		t->n -= n;
	}
	*t = sig_trim(*t);
	return true;
}

static int mask_cmp(struct sig_parser *p, struct sig_str t, uint64_t max, struct sig_cmp *out)
{
	struct sig_str whole = t;
	bool not ;

	sig_take(&t, "&");
	if (!take_operand(NULL, &t, &out->a) || out->a > max)
		return SIG_FAIL_AT(p, whole, number_cure, "this is not a bit mask");
	out->op = SIG_OP_NMASK; /* &mask alone: any bit of it */
	if (!t.n)
		return 0;
	not = sig_take(&t, "!");
	if (!sig_take(&t, "=") || !take_operand(NULL, &t, &out->b) || t.n || out->b > max)
		return SIG_FAIL_AT(p, whole, number_cure, "this is not a comparison with a mask");
	out->op = not ? SIG_OP_NMASK : SIG_OP_MASK;
	return 0;
}

static bool take_op(struct sig_str *t, enum sig_op *op)
{
	static const struct sig_word_value ops[] = {{"<=", SIG_OP_LE}, {">=", SIG_OP_GE},
		{"!=", SIG_OP_NE}, {"<", SIG_OP_LT}, {">", SIG_OP_GT}, {"=", SIG_OP_EQ},
		{"!", SIG_OP_NE}, {NULL, 0}};

	*op = SIG_OP_EQ;
	for (const struct sig_word_value *w = ops; w->word; w++) {
		if (sig_take(t, w->word)) {
			*op = (enum sig_op)w->value;
			return true;
		}
	}
	return false;
}

/* Comparisons that no value, or every value, satisfies are mistakes. */
static int check_cmp(struct sig_parser *p, struct sig_str t, uint64_t max, const struct sig_cmp *c)
{
	bool range = c->op == SIG_OP_RANGE || c->op == SIG_OP_NRANGE;

	if (c->a > max || (range && c->b > max))
		return SIG_FAIL_AT(
			p, t, NULL, "the number is larger than %llu", (unsigned long long)max);
	if (range && (c->a >= c->b || c->b - c->a < 2))
		return SIG_FAIL_AT(
			p, t, "the ends are excluded: write 4-7 for 5 and 6", "the range is empty");
	if ((c->op == SIG_OP_LT && c->a == 0) || (c->op == SIG_OP_GT && c->a == max))
		return SIG_FAIL_AT(p, t, number_cure, "no number satisfies this");
	return 0;
}

int sig_cmp_parse(struct sig_parser *p, struct sig_str t, uint64_t max,
	const struct sig_word_value *names, struct sig_cmp *out)
{
	struct sig_str whole;
	bool op;

	t = sig_trim(t);
	whole = t;
	*out = (struct sig_cmp){0};
	if (t.n && t.s[0] == '&')
		return mask_cmp(p, t, max, out);
	op = take_op(&t, &out->op);
	if (!take_operand(names, &t, &out->a))
		return SIG_FAIL_AT(p, whole, number_cure, "this is not a number");
	if (t.n) {
		bool plain = !op || out->op == SIG_OP_NE;

		if (!plain || !(sig_take(&t, "<>") || sig_take(&t, "-")) ||
			!take_operand(names, &t, &out->b) || t.n)
			return SIG_FAIL_AT(
				p, whole, number_cure, "this is not a number or a range");
		out->op = out->op == SIG_OP_NE ? SIG_OP_NRANGE : SIG_OP_RANGE;
	}
	return check_cmp(p, whole, max, out);
}

/* "fin,!comp": (x & (fin|comp)) == fin */
static int parse_bits(struct sig_parser *p, struct sig_str t, const struct sig_word_value *names,
	struct sig_cmp *out)
{
	struct sig_str rest = t, f;

	*out = (struct sig_cmp){.op = SIG_OP_MASK};
	while (sig_next(&rest, ',', &f)) {
		bool not = sig_take(&f, "!");
		int64_t bit;

		if (!sig_lookup_nocase(names, sig_trim(f), &bit))
			return SIG_FAIL_AT(
				p, f, "see sekisho-signatures(7) for the names", "unknown flag");
		out->a |= (uint64_t)bit;
		if (!not )
			out->b |= (uint64_t)bit;
	}
	return 0;
}

static uint64_t max_of(enum sig_number n)
{
	uint8_t bits = sig_number_info[n].bits;

	return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static struct sig_opt *add_number(struct sig_parser *p, enum sig_number n)
{
	struct sig_opt *o;

	if (sig_need_proto(p, sig_number_info[n].proto))
		return NULL;
	if (!(sig_number_info[n].flags & SIG_BUF_PKT) && !p->tx_at)
		p->tx_at = p->kw_at;
	o = sig_opt_add(p, SIG_OPT_NUMBER);
	if (o) {
		o->u.number.number = n;
		o->u.number.index = SIG_IDX_ANY;
	}
	return o;
}

/* Index words of the array form: any, all, or_absent, ... a position, oob_or 2, or nb<3. */
static int parse_index(struct sig_parser *p, struct sig_str t, enum sig_index *index, int32_t *at,
	struct sig_cmp *count)
{
	static const struct sig_word_value words[] = {{"any", SIG_IDX_ANY}, {"all", SIG_IDX_ALL},
		{"all1", SIG_IDX_ALL1}, {"all_or_absent", SIG_IDX_ALL_OR_ABSENT},
		{"or_absent", SIG_IDX_OR_ABSENT}, {NULL, 0}};
	bool out;
	int64_t v;

	if (sig_lookup(words, t, &v)) {
		*index = (enum sig_index)v;
		return 0;
	}
	if (sig_take(&t, "nb")) {
		*index = SIG_IDX_COUNT;
		return sig_cmp_parse(p, sig_trim(t), UINT32_MAX, NULL, count);
	}
	out = sig_take(&t, "oob_or");
	t = sig_trim(t);
	if (sig_i64(t, INT32_MIN, INT32_MAX, &v)) {
		*index = out ? SIG_IDX_AT_OR_OUT : SIG_IDX_AT;
		*at = (int32_t)v;
	} else {
		return SIG_FAIL_AT(p, t, "write any, all, a position (0 first, -1 last) or nb>N",
			"this is not an index");
	}
	return 0;
}

/* With => a number may say its side: filesize:to_client,>100 */
static uint8_t take_side(struct sig_parser *p, struct sig_str *t)
{
	struct sig_str rest = *t, side;
	uint8_t dirs = 0;

	if (p->rule->arrow != SIG_ARROW_TX || !sig_next(&rest, ',', &side) || !rest.s)
		return 0;
	dirs = sig_is(side, "to_client") ? SIG_BUF_TC : sig_is(side, "to_server") ? SIG_BUF_TS : 0;
	if (dirs)
		*t = sig_trim(rest);
	return dirs;
}

static bool starts_with_name(struct sig_str t)
{
	while (t.n && (t.s[0] == '!' || t.s[0] == '=' || sig_is_blank(t.s[0])))
		t.s++, t.n--;
	return t.n && sig_lower(t.s[0]) >= 'a' && sig_lower(t.s[0]) <= 'z';
}

SIG_KW_FN(number)
{
	enum sig_number n = (enum sig_number)kw->id;
	bool bits;
	const struct sig_word_value *names = sig_number_names(n, &bits);
	struct sig_str value = arg->t, index = {NULL, 0};
	struct sig_number_opt x = {.number = n, .index = SIG_IDX_ANY};
	const char *comma;
	struct sig_opt *o;
	bool digit;

	x.dirs = take_side(p, &value);
	// A procedure's name means it in every version, whatever its number there.
	if (n == SIG_NUM_NFS_PROCEDURE && starts_with_name(value)) {
		x.number = n = SIG_NUM_NFS_PROCEDURE_NAME;
		names = sig_number_names(n, &bits);
	}
	comma = memchr(value.s, ',', value.n);
	if (comma && !bits && (sig_number_info[n].flags & SIG_BUF_MULTI)) {
		index = sig_trim(
			(struct sig_str){comma + 1, (size_t)(value.s + value.n - comma - 1)});
		value = sig_trim((struct sig_str){value.s, (size_t)(comma - value.s)});
		if (parse_index(p, index, &x.index, &x.index_at, &x.count))
			return -1;
	}
	// count >5: how many there are, whatever they hold
	if (!index.s && (sig_number_info[n].flags & SIG_BUF_MULTI) && sig_take(&value, "count")) {
		if (sig_cmp_parse(p, sig_trim(value), UINT32_MAX, NULL, &x.count))
			return -1;
		x.index = SIG_IDX_COUNT;
		x.cmp.op = SIG_OP_GE;
		value.n = 0;
	}
	digit = value.n && (sig_is_digit(value.s[0]) || strchr("<>=&", value.s[0]) ||
				   (value.n > 1 && value.s[0] == '!' && sig_is_digit(value.s[1])));
	if (n == SIG_NUM_RFB_SECRESULT && sig_is(value, "unknown"))
		x.cmp = (struct sig_cmp){.op = SIG_OP_GT, .a = 2};
	else if (x.index == SIG_IDX_COUNT && !index.s)
		; // done
	else if (bits && !digit ? parse_bits(p, value, names, &x.cmp)
				: sig_cmp_parse(p, value, max_of(n), names, &x.cmp))
		return -1;
	o = add_number(p, n);
	if (o)
		o->u.number = x;
	return o ? 0 : -1;
}

SIG_KW_FN(vlan_id)
{
	struct sig_str f[2];
	size_t n = sig_split(arg->t, ',', f, 2);
	struct sig_indexed x = {.index = SIG_IDX_ANY};
	struct sig_opt *o;

	if (n > 2)
		return SIG_FAIL_AT(p, arg->t, "write vlan.id:number or vlan.id:number,layer",
			"vlan.id takes at most two arguments");
	if (sig_cmp_parse(p, f[0], 4095, NULL, &x.cmp) ||
		(n == 2 && parse_index(p, f[1], &x.index, &x.index_at, &x.count)))
		return -1;
	if ((x.index == SIG_IDX_AT || x.index == SIG_IDX_AT_OR_OUT) && (x.index_at < -3 || x.index_at > 2))
		return SIG_FAIL_AT(
			p, f[1], "write a layer from -3 to 2", "there are at most three VLAN tags");
	o = sig_opt_add(p, SIG_OPT_VLAN_ID);
	if (o)
		o->u.indexed = x;
	return o ? 0 : -1;
}

SIG_KW_FN(urilen)
{
	struct sig_str f[2];
	size_t n = sig_split(arg->t, ',', f, 2);
	enum sig_number which = SIG_NUM_URILEN;
	struct sig_cmp cmp;
	struct sig_opt *o;

	if (n == 2 && sig_is(f[1], "raw"))
		which = SIG_NUM_URILEN_RAW;
	else if (n > 2 || (n == 2 && !sig_is(f[1], "norm")))
		return SIG_FAIL_AT(p, arg->t, "write urilen:N,norm or urilen:N,raw",
			"urilen does not know this argument");
	if (sig_cmp_parse(p, f[0], UINT16_MAX, NULL, &cmp))
		return -1;
	o = add_number(p, which);
	if (o)
		o->u.number.cmp = cmp;
	return o ? 0 : -1;
}

/* flow.pkts and flow.bytes: side,comparison; kw->id is the either-side number. */
SIG_KW_FN(flow_count)
{
	enum sig_number n = (enum sig_number)kw->id;
	struct sig_str f[2];
	enum sig_index index = SIG_IDX_ANY;
	struct sig_cmp cmp;
	struct sig_opt *o;

	if (sig_split(arg->t, ',', f, 2) != 2)
		return SIG_FAIL_AT(p, arg->t, "write toserver,>N (or toclient, both, either)",
			"%s takes a side and a comparison", kw->name);
	if (sig_is(f[0], "toserver"))
		n = n == SIG_NUM_FLOW_PKTS ? SIG_NUM_FLOW_PKTS_TS : SIG_NUM_FLOW_BYTES_TS;
	else if (sig_is(f[0], "toclient"))
		n = n == SIG_NUM_FLOW_PKTS ? SIG_NUM_FLOW_PKTS_TC : SIG_NUM_FLOW_BYTES_TC;
	else if (sig_is(f[0], "both"))
		index = SIG_IDX_ALL;
	else if (!sig_is(f[0], "either"))
		return SIG_FAIL_AT(
			p, f[0], "write toserver, toclient, both or either", "this is not a side");
	if (sig_cmp_parse(p, f[1], max_of(n), NULL, &cmp))
		return -1;
	o = add_number(p, n);
	if (o) {
		o->u.number.cmp = cmp;
		o->u.number.index = index;
	}
	return o ? 0 : -1;
}

SIG_KW_FN(ip_proto)
{
	struct sig_str t = arg->t;
	struct sig_cmp cmp = {0};
	bool upper = t.n > 0;
	struct sig_opt *o;
	char low[32];
	int64_t v;

	if (!take_op(&t, &cmp.op))
		cmp.op = SIG_OP_EQ;
	t = sig_trim(t);
	for (size_t i = 0; i < t.n; i++)
		upper &= !(t.s[i] >= 'a' && t.s[i] <= 'z');
	for (size_t i = 0; i < t.n && i < sizeof(low); i++)
		low[i] = sig_lower(t.s[i]);
	if (!sig_u64(t, &cmp.a)) {
		if (t.n > sizeof(low) ||
			!sig_lookup(sig_ip_protocols, upper ? (struct sig_str){low, t.n} : t, &v))
			return SIG_FAIL_AT(p, arg->t,
				"write a number from 0 to 255 or a name such as tcp or gre",
				"this is not an IP protocol");
		cmp.a = (uint64_t)v;
	}
	if (check_cmp(p, arg->t, UINT8_MAX, &cmp))
		return -1;
	o = add_number(p, SIG_NUM_IP_PROTO);
	if (o)
		o->u.number.cmp = cmp;
	return o ? 0 : -1;
}
