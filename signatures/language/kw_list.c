/* SPDX-License-Identifier: Apache-2.0 */
/* Membership and reputation: iprep, dataset, datarep. */
#include "kw.h"
#include "vars.h"

#include <stdio.h>
#include <string.h>

static const struct sig_word_value compare[] = {{"<", SIG_OP_LT}, {">", SIG_OP_GT},
	{"=", SIG_OP_EQ}, {"==", SIG_OP_EQ}, {"<=", SIG_OP_LE}, {">=", SIG_OP_GE},
	{"!=", SIG_OP_NE}, {NULL, 0}};

SIG_KW_FN(iprep)
{
	static const struct sig_word_value sides[] = {{"any", SIG_SIDE_ANY}, {"src", SIG_SIDE_SRC},
		{"dst", SIG_SIDE_DST}, {"both", SIG_SIDE_BOTH}, {NULL, 0}};
	struct sig_iprep r = {0};
	struct sig_str f[4];
	size_t n = sig_split(arg->t, ',', f, 4);
	struct sig_opt *o;
	uint32_t value;
	int64_t v;

	if (n < 3 || n > 4)
		return SIG_FAIL_AT(p, arg->t,
			"write iprep:src,Category,>,30 or iprep:src,Category,isset",
			"iprep takes a side, a category and a test");
	if (!sig_lookup(sides, f[0], &v))
		return SIG_FAIL_AT(p, f[0], "write any, src, dst or both", "this is not a side");
	r.side = (enum sig_side)v;
	r.category = sig_intern_text(p, f[1]);
	if (n == 3 && sig_is(f[2], "isset")) {
		r.op = SIG_OP_ISSET;
	} else if (n == 3 && sig_is(f[2], "isnotset")) {
		r.op = SIG_OP_ISNOTSET;
	} else {
		if (n != 4 || !sig_lookup(compare, f[2], &v))
			return SIG_FAIL_AT(p, f[2], "write <, >, =, <=, >= or !=, then a score",
				"this is not an operator");
		r.op = (enum sig_op)v;
		if (!sig_u32(f[3], 127, &value))
			return SIG_FAIL_AT(
				p, f[3], "write a number from 0 to 127", "this is not a score");
		r.value = (uint8_t)value;
	}
	o = sig_opt_add(p, SIG_OPT_IPREP);
	if (o)
		o->u.iprep = r;
	return o ? 0 : -1;
}

/* What dataset and datarep have in common. */
struct set_args {
	struct sig_dataset d;
	bool state, memcap, hashsize, format;
};

static int set_type(struct sig_parser *p, struct sig_str v, enum sig_set_type *type)
{
	static const struct sig_word_value types[] = {{"string", SIG_SETT_STRING},
		{"md5", SIG_SETT_MD5}, {"sha256", SIG_SETT_SHA256}, {"ipv4", SIG_SETT_IPV4},
		{"ip", SIG_SETT_IP}, {NULL, 0}};
	int64_t x;

	if (!sig_lookup(types, v, &x))
		return SIG_FAIL_AT(
			p, v, "write string, md5, sha256, ipv4 or ip", "unknown type of set");
	if (*type != SIG_SETT_NONE)
		return SIG_FAIL_AT(p, v, "keep one of them", "type is given twice");
	*type = (enum sig_set_type)x;
	return 0;
}

/* What the site says below `datasets.`; NULL when nothing. */
static const char *site_says(const struct sig_parser *p, struct sig_str set, const char *what)
{
	char path[128];
	const int n = snprintf(path, sizeof(path), "datasets.%.*s.%s", (int)set.n, set.s, what);

	if (!p->set->vars || n < 0 || (size_t)n >= sizeof(path))
		return NULL;
	return sig_vars_find(p->set->vars, path, (size_t)n, false);
}

static bool site_switch(const struct sig_parser *p, const char *what, bool def)
{
	const char *v = site_says(p, (struct sig_str){"rules", 5}, what);

	if (!v)
		return def;
	return strcmp(v, "true") == 0 || strcmp(v, "yes") == 0 || strcmp(v, "on") == 0;
}

/* Files that rules cause to be written stay below the data directory, unless the site allows more. */
static int check_written(struct sig_parser *p, struct sig_str v)
{
	struct sig_str rest = v, part;

	if (!site_switch(p, "allow-write", true))
		return SIG_FAIL_AT(p, v, "load the set, or set datasets.rules.allow-write",
			"the site does not let rules write sets");
	if (site_switch(p, "allow-absolute-filenames", false))
		return 0;
	if (v.n && v.s[0] == '/')
		return SIG_FAIL_AT(p, v, "write a path below the data directory",
			"a set cannot be saved under an absolute path");
	while (sig_next(&rest, '/', &part)) {
		if (sig_is(part, ".."))
			return SIG_FAIL_AT(p, v, "write a path without ..",
				"a set cannot be saved outside the "
				"data directory");
	}
	return 0;
}

static int set_path(struct sig_parser *p, struct sig_str word, struct sig_str v, struct set_args *a)
{
	bool load = sig_is(word, "load"), save = sig_is(word, "save");

	if (!v.n)
		return SIG_FAIL_AT(p, word, "name the file after it", "the file name is missing");
	if (!load && check_written(p, v))
		return -1;
	if ((load && a->d.load) || (save && a->d.save) ||
		(!load && !save && (a->d.load || a->d.save)) || a->state)
		return SIG_FAIL_AT(p, word, "state stands for load and save of one file",
			"load, save and state contradict each other");
	if (load) {
		a->d.load = sig_path(p, v);
	} else if (save) {
		a->d.save = sig_path(p, v);
	} else {
		a->d.load = a->d.save = sig_path(p, v);
		a->state = true;
	}
	return 0;
}

static int set_format(struct sig_parser *p, struct sig_str v, struct set_args *a)
{
	static const struct sig_word_value formats[] = {{"csv", SIG_SETF_CSV},
		{"json", SIG_SETF_JSON}, {"ndjson", SIG_SETF_NDJSON}, {"jsonline", SIG_SETF_NDJSON},
		{NULL, 0}};
	int64_t x;

	if (!sig_lookup(formats, v, &x))
		return SIG_FAIL_AT(p, v, "write csv, json or ndjson", "unknown format of set");
	a->d.format = (enum sig_set_format)x;
	a->format = true;
	return 0;
}

/* 1: not a word of sets. */
static int set_word(struct sig_parser *p, struct sig_str f, struct set_args *a)
{
	struct sig_str word, v = f;
	uint64_t n;

	if (!sig_word(&v, &word))
		return sig_fail(p, NULL, 0, "remove the extra comma", "an argument is empty");
	if (sig_is(word, "type"))
		return set_type(p, v, &a->d.type);
	if (sig_is(word, "load") || sig_is(word, "save") || sig_is(word, "state"))
		return set_path(p, word, v, a);
	if (sig_is(word, "format"))
		return set_format(p, v, a);
	if (sig_is(word, "value_key"))
		a->d.value_key = sig_intern_text(p, v);
	else if (sig_is(word, "array_key"))
		a->d.array_key = sig_intern_text(p, v);
	else if (sig_is(word, "context_key") || sig_is(word, "enrichment_key"))
		a->d.context_key = sig_intern_text(p, v);
	else if (sig_is(word, "remove_key") && !v.n)
		a->d.remove_key = true;
	else if (sig_is(word, "match") && sig_is(v, "subdomain"))
		a->d.subdomain = true;
	else if (sig_is(word, "memcap") && sig_size(v, &n) && n)
		a->d.memcap_bytes = n;
	else if (sig_is(word, "hashsize") && sig_u32(v, UINT32_MAX, &a->d.hashsize) &&
		 a->d.hashsize)
		a->hashsize = true;
	else
		return 1;
	return 0;
}

/* A set that the site defines: the rule need not say what it is, and must not contradict. */
static int from_site(struct sig_parser *p, struct sig_str name, struct sig_dataset *d)
{
	const char *type = site_says(p, name, "type"), *load = site_says(p, name, "load"),
		   *save = site_says(p, name, "save"), *state = site_says(p, name, "state");
	enum sig_set_type t = SIG_SETT_NONE;

	if (!type)
		return 0;
	if (set_type(p, (struct sig_str){type, strlen(type)}, &t))
		return -1;
	if (d->type != SIG_SETT_NONE && d->type != t)
		return SIG_FAIL_AT(p, name, "write the type that the site's datasets say, or none",
			"the site defines this set with another type");
	d->type = t;
	if (d->load || d->save)
		return 0;
	load = load ? load : state;
	save = save ? save : state;
	d->load = load ? sig_path(p, (struct sig_str){load, strlen(load)}) : NULL;
	d->save = save ? sig_path(p, (struct sig_str){save, strlen(save)}) : NULL;
	return 0;
}

static int check_dataset(struct sig_parser *p, const struct sig_arg *arg, const struct set_args *a)
{
	const struct sig_dataset *d = &a->d;

	if (d->subdomain && d->cmd != SIG_SET_ISSET && d->cmd != SIG_SET_ISNOTSET)
		return SIG_FAIL_AT(p, arg->t, "use isset or isnotset", "match subdomain only asks a set");
	if (d->format == SIG_SETF_CSV) {
		if (d->value_key || d->array_key || d->context_key || d->remove_key)
			return SIG_FAIL_AT(p, arg->t, "add format json or format ndjson",
				"keys need a set in JSON");
		return 0;
	}
	if (!d->load || d->save)
		return SIG_FAIL_AT(p, arg->t, "add load FILE",
			"a set in JSON is loaded from a file, and only "
			"loaded");
	if (!d->value_key)
		return SIG_FAIL_AT(
			p, arg->t, "add value_key NAME", "a set in JSON needs value_key");
	if (!d->context_key)
		return SIG_FAIL_AT(
			p, arg->t, "add context_key NAME", "a set in JSON needs context_key");
	if (d->cmd != SIG_SET_ISSET && d->cmd != SIG_SET_ISNOTSET)
		return SIG_FAIL_AT(
			p, arg->t, "use isset or isnotset", "a set in JSON is read only");
	return 0;
}

static int set_name(struct sig_parser *p, struct sig_str t)
{
	if (!t.n || t.n > 63)
		return SIG_FAIL_AT(p, t, "name the set with 1 to 63 characters",
			"this is not a name of a set");
	for (size_t i = 0; i < t.n; i++) {
		if (sig_is_blank(t.s[i]))
			return SIG_FAIL_AT(p, t, "use - or _ in place of the blank",
				"a name cannot contain a blank");
	}
	return 0;
}

SIG_KW_FN(dataset)
{
	static const struct sig_word_value commands[] = {{"isset", SIG_SET_ISSET},
		{"isnotset", SIG_SET_ISNOTSET}, {"set", SIG_SET_SET}, {"unset", SIG_SET_UNSET},
		{NULL, 0}};
	struct set_args a = {0};
	struct sig_str rest = arg->t, cmd, name, f;
	struct sig_opt *o;
	int64_t v;

	sig_next(&rest, ',', &cmd);
	if (!sig_lookup(commands, cmd, &v))
		return SIG_FAIL_AT(
			p, cmd, "write isset, isnotset, set or unset", "unknown command");
	a.d.cmd = (enum sig_set_cmd)v;
	if (a.d.cmd >= SIG_SET_SET)
		p->rule->flags |= SIG_R_SETS_STATE;
	if (!sig_next(&rest, ',', &name) || set_name(p, name))
		return p->failed ? -1
				 : SIG_FAIL_AT(p, arg->t, "write dataset:isset,name,type string",
					   "the name is missing");
	while (sig_next(&rest, ',', &f)) {
		int rc = set_word(p, f, &a);

		if (rc < 0)
			return -1;
		if (rc)
			return SIG_FAIL_AT(p, f, "see sekisho-signatures(7) for its arguments",
				"dataset does not know this argument");
	}
	if (from_site(p, name, &a.d) || check_dataset(p, arg, &a))
		return -1;
	if (!p->sticky)
		return sig_fail(p, NULL, 0, "write it after a sticky buffer such as dns.query",
			"dataset needs a sticky buffer before it");
	a.d.name = sig_intern_text(p, name);
	o = sig_opt_add_here(p, SIG_OPT_DATASET);
	if (o)
		o->u.dataset = a.d;
	return o ? 0 : -1;
}

SIG_KW_FN(datarep)
{
	struct set_args a = {0};
	struct sig_str rest = arg->t, name, op, value, f;
	struct sig_datarep r = {0};
	struct sig_opt *o;
	uint32_t n;
	int64_t v;

	if (!sig_next(&rest, ',', &name) || !sig_next(&rest, ',', &op) ||
		!sig_next(&rest, ',', &value))
		return SIG_FAIL_AT(p, arg->t, "write datarep:name,>,200,load FILE,type string",
			"datarep takes a name, an operator and a score");
	if (set_name(p, name))
		return -1;
	if (!sig_lookup(compare, op, &v))
		return SIG_FAIL_AT(p, op, "write <, >, =, <=, >= or !=", "this is not an operator");
	r.op = (enum sig_op)v;
	if (!sig_u32(value, UINT16_MAX, &n))
		return SIG_FAIL_AT(
			p, value, "write a number from 0 to 65535", "this is not a score");
	r.value = (uint16_t)n;
	while (sig_next(&rest, ',', &f)) {
		int rc = set_word(p, f, &a);

		if (rc < 0)
			return -1;
		if (rc)
			return SIG_FAIL_AT(p, f, "write load FILE, type, memcap or hashsize",
				"datarep does not know this argument");
	}
	if (!p->sticky)
		return sig_fail(p, NULL, 0, "write it after a sticky buffer such as dns.query",
			"datarep needs a sticky buffer before it");
	r.name = sig_intern_text(p, name);
	r.type = a.d.type;
	r.load = a.d.load;
	r.memcap_bytes = a.d.memcap_bytes;
	r.hashsize = a.d.hashsize;
	o = sig_opt_add_here(p, SIG_OPT_DATAREP);
	if (o)
		o->u.datarep = r;
	return o ? 0 : -1;
}
