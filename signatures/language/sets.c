/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address and port expressions: [a,!b,[c,d],$VAR], any, CIDR, masks, ranges.
 * A list is the union of its positive elements minus the union of its negated ones; a list of
 * negated elements only starts from everything. Results are cached by text and shared by value.
 */
#include "iset.h"
#include "parser.h"
#include "vars.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 24

/* [0]: IPv4 or ports, [1]: IPv6. */
struct pair {
	struct sig_iset s[2];
};
struct eval {
	struct sig_parser *p;
	bool port;
	bool negated; /* a ! was met */
	struct sig_str
		var_at; /* the $VAR of the rule while inside its value; s NULL: in the rule */
};

static const sig_u128 v4_max = UINT32_MAX, v6_max = ~(sig_u128)0, port_max = UINT16_MAX;

static int fail(struct eval *e, struct sig_str at, const char *cure, const char *sentence)
{
	if (e->var_at.s)
		return SIG_FAIL_AT(e->p, e->var_at, cure, "%s (in the variable's value: '%.*s')",
			sentence, (int)(at.n > 60 ? 60 : at.n), at.s);
	return SIG_FAIL_AT(e->p, at, cure, "%s", sentence);
}

static void set_all(struct eval *e, struct pair *out)
{
	struct sig_arena *a = e->p->arena;

	sig_iset_add(a, &out->s[0], 0, e->port ? port_max : v4_max);
	if (!e->port)
		sig_iset_add(a, &out->s[1], 0, v6_max);
}

static bool is_all(const struct eval *e, const struct pair *x)
{
	const struct sig_iset *a = &x->s[0], *b = &x->s[1];

	if (a->n != 1 || a->r[0].lo != 0 || a->r[0].hi != (e->port ? port_max : v4_max))
		return false;
	return e->port || (b->n == 1 && b->r[0].lo == 0 && b->r[0].hi == v6_max);
}

static int eval(struct eval *e, struct sig_str t, int depth, struct pair *out);

static bool read_ip(struct sig_str t, bool *v6, sig_u128 *out)
{
	char buf[64];
	unsigned char raw[16];

	if (t.n == 0 || t.n >= sizeof(buf))
		return false;
	memcpy(buf, t.s, t.n);
	buf[t.n] = '\0';
	*v6 = memchr(t.s, ':', t.n) != NULL;
	if (inet_pton(*v6 ? AF_INET6 : AF_INET, buf, raw) != 1)
		return false;
	*out = 0;
	for (int i = 0; i < (*v6 ? 16 : 4); i++)
		*out = *out << 8 | raw[i];
	return true;
}

/* a.b.c.d/bits, a.b.c.d/mask, lo-hi, single */
static int addr_leaf(struct eval *e, struct sig_str t, struct pair *out)
{
	static const char cure[] = "write an address, a network such as 10.0.0.0/8, a range a-b, "
				   "a list [a,b] or a $VARIABLE";
	const char *slash = memchr(t.s, '/', t.n), *dash = memchr(t.s, '-', t.n);
	struct sig_str first = t, second = {NULL, 0};
	sig_u128 lo, hi, mask;
	uint32_t bits;
	bool v6, v6b;

	if (slash || dash) {
		const char *at = slash ? slash : dash;

		first.n = (size_t)(at - t.s);
		second = sig_trim((struct sig_str){at + 1, t.n - first.n - 1});
		first = sig_trim(first);
	}
	if (!read_ip(first, &v6, &lo))
		return fail(e, t, cure, "this is not an address");
	hi = lo;
	if (slash && sig_u32(second, v6 ? 128 : 32, &bits)) {
		sig_u128 max = v6 ? v6_max : v4_max;

		mask = bits == 0 ? max : bits == (v6 ? 128 : 32) ? 0 : max >> bits;
		hi = lo | mask;
		lo &= ~mask;
	} else if (slash) {
		if (v6 || !read_ip(second, &v6b, &mask) || v6b)
			return fail(e, t, "use /0 to /32, /0 to /128 for IPv6, or a dotted mask",
				"the network mask is not valid");
		lo &= mask;
		hi = lo | (~mask & v4_max);
	} else if (dash) {
		if (!read_ip(second, &v6b, &hi) || v6b != v6 || hi < lo)
			return fail(e, t, "write the lower address first, both of one family",
				"the address range is not valid");
	}
	sig_iset_add(e->p->arena, &out->s[v6], lo, hi);
	return 0;
}

static int port_leaf(struct eval *e, struct sig_str t, struct pair *out)
{
	static const char cure[] = "write a port 0-65535, a range 1024:2048, 1024: or :1023, "
				   "a list [80,443] or a $VARIABLE";
	const char *colon = memchr(t.s, ':', t.n);
	uint32_t lo = 0, hi = UINT16_MAX;

	if (!colon) {
		if (!sig_u32(t, UINT16_MAX, &lo))
			return fail(e, t, cure, "this is not a port");
		hi = lo;
	} else {
		struct sig_str a = sig_trim((struct sig_str){t.s, (size_t)(colon - t.s)});
		struct sig_str b =
			sig_trim((struct sig_str){colon + 1, t.n - (size_t)(colon + 1 - t.s)});

		if ((a.n && !sig_u32(a, UINT16_MAX, &lo)) ||
			(b.n && !sig_u32(b, UINT16_MAX, &hi)) || (!a.n && !b.n))
			return fail(e, t, cure, "this is not a port range");
		if (lo > hi)
			return fail(
				e, t, "write the lower port first", "the port range is backwards");
	}
	sig_iset_add(e->p->arena, &out->s[0], lo, hi);
	return 0;
}

static void join(struct eval *e, struct pair *into, const struct pair *x)
{
	for (int i = 0; i < 2; i++)
		sig_iset_add_all(e->p->arena, &into->s[i], &x->s[i]);
}

static void subtract(struct eval *e, struct pair *from, const struct pair *x, struct pair *out)
{
	for (int i = 0; i < 2; i++) {
		sig_iset_normalise(&from->s[i]);
		sig_iset_minus(e->p->arena, &from->s[i], &x->s[i], &out->s[i]);
	}
}

/* Length of the element that starts the text: up to a comma outside brackets. */
static size_t element_len(struct sig_str t)
{
	int open = 0;
	size_t i;

	for (i = 0; i < t.n; i++) {
		if (t.s[i] == '[')
			open++;
		else if (t.s[i] == ']')
			open--;
		else if (t.s[i] == ',' && open == 0)
			break;
	}
	return i;
}

static int eval_list(struct eval *e, struct sig_str t, int depth, struct pair *out)
{
	struct pair pos = {0}, neg = {0};
	struct sig_str whole = t;
	bool any_pos = false;

	for (;;) {
		size_t n = element_len(t);
		struct sig_str el = sig_trim((struct sig_str){t.s, n});
		struct pair one = {0};
		bool negated = el.n && el.s[0] == '!';

		if (!el.n)
			return fail(e, whole, "remove the extra comma or the empty brackets",
				"the list has an empty element");
		e->negated |= negated;
		if (negated)
			el = sig_trim((struct sig_str){el.s + 1, el.n - 1});
		if (eval(e, el, depth + 1, &one))
			return -1;
		if (negated && is_all(e, &one))
			return fail(e, el, "remove the negated any: nothing would be left",
				"'not any' matches nothing");
		join(e, negated ? &neg : &pos, &one);
		any_pos |= !negated;
		if (n >= t.n)
			break;
		t.s += n + 1;
		t.n -= n + 1;
	}
	if (!any_pos)
		set_all(e, &pos);
	for (int i = 0; i < 2; i++)
		sig_iset_normalise(&neg.s[i]);
	subtract(e, &pos, &neg, out);
	if (!out->s[0].n && !out->s[1].n)
		return fail(e, whole, "the negated elements take away all the others",
			"the list is empty");
	return 0;
}

/* Servers that Snort's stock configuration knows and Suricata's does not: the home network. */
static const char *find_var(struct eval *e, struct sig_str t)
{
	static const char *const servers[] = {"SIP_SERVERS", "FTP_SERVERS", "SSH_SERVERS"};
	struct sig_str name = {t.s + 1, t.n - 1};
	const char *value = sig_vars_find(e->p->set->vars, name.s, name.n, e->port);

	for (size_t i = 0; !value && !e->port && e->p->snort && i < 3; i++) {
		if (sig_is(name, servers[i]))
			value = "$HOME_NET";
	}
	return value;
}

static int eval_var(struct eval *e, struct sig_str t, int depth, struct pair *out)
{
	const struct sig_vars *vars = e->p->set->vars;
	const char *value = find_var(e, t);
	struct sig_str was = e->var_at;
	int rc;

	if (!value) {
		bool other = sig_vars_find(vars, t.s + 1, t.n - 1, !e->port);

		if (other)
			return fail(e, t,
				e->port ? "it holds addresses: use a port variable here"
					: "it holds ports: use an address variable here",
				"the variable is of the other kind");
		return fail(e, t,
			"define it with --set NAME=VALUE, --vars FILE or in the "
			"configuration, or correct the name",
			"unknown variable");
	}
	if (depth > MAX_DEPTH)
		return fail(e, t, "a variable must not lead back to itself",
			"variables are nested too deeply");
	if (!was.s)
		e->var_at = t;
	rc = eval(e, (struct sig_str){value, strlen(value)}, depth + 1, out);
	e->var_at = was;
	return rc;
}

static int eval_negated(struct eval *e, struct sig_str t, int depth, struct pair *out)
{
	struct sig_str inner = sig_trim((struct sig_str){t.s + 1, t.n - 1});
	struct pair x = {0}, all = {0};

	e->negated = true;
	if (!inner.n)
		return fail(
			e, t, "write what is to be excluded after the !", "nothing follows the !");
	if (eval(e, inner, depth + 1, &x))
		return -1;
	if (is_all(e, &x))
		return fail(e, t, "use any, or name what is to be excluded",
			"'not any' matches nothing");
	set_all(e, &all);
	subtract(e, &all, &x, out);
	return 0;
}

static int eval(struct eval *e, struct sig_str t, int depth, struct pair *out)
{
	t = sig_trim(t);
	if (!t.n)
		return fail(e, t, "write any, an element, a list or a variable", "this is empty");
	if (depth > MAX_DEPTH)
		return fail(e, t, "simplify the list", "lists are nested too deeply");
	if (element_len(t) < t.n)
		return eval_list(e, t, depth, out);
	if (t.s[0] == '!')
		return eval_negated(e, t, depth, out);
	if (t.s[0] == '[') {
		if (t.s[t.n - 1] != ']')
			return fail(e, t, "close the list with ]", "the list is not closed");
		return eval_list(e, (struct sig_str){t.s + 1, t.n - 2}, depth, out);
	}
	if (t.s[0] == '$')
		return eval_var(e, t, depth, out);
	if (sig_is_nocase(t, "any")) {
		set_all(e, out);
		return 0;
	}
	return e->port ? port_leaf(e, t, out) : addr_leaf(e, t, out);
}

static int evaluate(struct sig_parser *p, struct sig_str t, bool port, struct pair *out,
	bool *negated)
{
	struct eval e = {.p = p, .port = port};

	if (eval(&e, t, 0, out))
		return -1;
	*negated = e.negated;
	for (int i = 0; i < 2; i++)
		sig_iset_normalise(&out->s[i]);
	return 0;
}

static void store6(uint8_t *out, sig_u128 v)
{
	for (int i = 15; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

const struct sig_addrs *sig_addrs_parse(struct sig_parser *p, struct sig_str t)
{
	struct sig_set *set = p->set;
	void **place = sig_intern_at(&set->addr_by_text, t.s, t.n);
	struct pair x = {0};
	struct sig_range4 *v4;
	struct sig_range6 *v6;
	struct sig_addrs *a;
	uint32_t n4;
	size_t bytes;
	bool negated;
	char *key;

	if (*place)
		return *place;
	if (evaluate(p, t, false, &x, &negated))
		return NULL;
	n4 = (uint32_t)x.s[0].n;
	bytes = x.s[0].n * sizeof(*v4) + x.s[1].n * sizeof(*v6);
	key = sig_arena_alloc(p->arena, bytes + sizeof(n4) + 1);
	v4 = (struct sig_range4 *)(void *)key;
	v6 = (struct sig_range6 *)(void *)(v4 + x.s[0].n);
	for (size_t i = 0; i < x.s[0].n; i++)
		v4[i] = (struct sig_range4){(uint32_t)x.s[0].r[i].lo, (uint32_t)x.s[0].r[i].hi};
	for (size_t i = 0; i < x.s[1].n; i++) {
		store6(v6[i].lo, x.s[1].r[i].lo);
		store6(v6[i].hi, x.s[1].r[i].hi);
	}
	memcpy(key + bytes, &n4, sizeof(n4)); /* tells where the families meet */
	key[bytes + sizeof(n4)] = (char)negated;
	place = sig_intern_at(&set->addr_by_value, key, bytes + sizeof(n4) + 1);
	if (!*place) {
		struct eval e = {.p = p};

		a = sig_arena_alloc(p->arena, sizeof(*a));
		*a = (struct sig_addrs){.any = is_all(&e, &x),
			.negated = negated,
			.n4 = (uint32_t)x.s[0].n,
			.n6 = (uint32_t)x.s[1].n,
			.v4 = v4,
			.v6 = v6};
		*place = a;
	}
	a = *place;
	*sig_intern_at(&set->addr_by_text, t.s, t.n) = a;
	return a;
}

const struct sig_ports *sig_ports_parse(struct sig_parser *p, struct sig_str t)
{
	struct sig_set *set = p->set;
	void **place = sig_intern_at(&set->port_by_text, t.s, t.n);
	struct pair x = {0};
	struct sig_port_range *r;
	struct sig_ports *ports;
	bool negated;

	if (*place)
		return *place;
	if (evaluate(p, t, true, &x, &negated))
		return NULL;
	r = sig_arena_alloc(p->arena, x.s[0].n * sizeof(*r));
	for (size_t i = 0; i < x.s[0].n; i++)
		r[i] = (struct sig_port_range){(uint16_t)x.s[0].r[i].lo, (uint16_t)x.s[0].r[i].hi};
	place = sig_intern_at(&set->port_by_value, (const char *)r, x.s[0].n * sizeof(*r));
	if (!*place) {
		ports = sig_arena_alloc(p->arena, sizeof(*ports));
		*ports = (struct sig_ports){.any = r[0].lo == 0 && r[0].hi == UINT16_MAX,
			.n = (uint32_t)x.s[0].n,
			.range = r};
		*place = ports;
	}
	ports = *place;
	*sig_intern_at(&set->port_by_text, t.s, t.n) = ports;
	return ports;
}
