/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that signatures refer to by name or file, read once at compile time and carried in the
 * image: datasets, reputation lists (datarep), file hash lists, IP reputation. */
#include "build.h"
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536
#define CONTEXT_MAX_BYTES 16384 /* what one entry may add to an alert */

struct entry {
	uint8_t value[LINE_MAX_BYTES];
	size_t n;
	uint16_t rep;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_hex(const char *s, size_t want, struct entry *e)
{
	for (e->n = 0; e->n < want; e->n++) {
		int hi = hex_digit(s[2 * e->n]), lo = hi < 0 ? -1 : hex_digit(s[2 * e->n + 1]);

		if (lo < 0)
			return false;
		e->value[e->n] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static bool from_base64(const char *s, struct entry *e)
{
	uint32_t acc = 0;
	unsigned bits = 0;

	e->n = 0;
	for (; *s && *s != '='; s++) {
		const char *abc =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
		const char *at = strchr(abc, *s);

		if (!at)
			return false;
		acc = acc << 6 | (uint32_t)(at - abc);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			e->value[e->n++] = (uint8_t)(acc >> bits);
		}
	}
	return true;
}

// Sixteen bytes; IPv4 as a mapped address (::ffff:a.b.c.d), so that one table holds both.
static bool from_ip(const char *s, struct entry *e)
{
	memset(e->value, 0, 16);
	e->n = 16;
	if (inet_pton(AF_INET6, s, e->value) == 1)
		return true;
	e->value[10] = e->value[11] = 0xff;
	return inet_pton(AF_INET, s, e->value + 12) == 1;
}

static bool parse_value(const char *s, enum sig_set_type type, bool plain, struct entry *e)
{
	switch (type) {
	case SIG_SETT_MD5:
		return from_hex(s, 16, e);
	case SIG_SETT_SHA256:
		return from_hex(s, 32, e);
	case SIG_SETT_IPV4:
	case SIG_SETT_IP:
		return from_ip(s, e);
	default:
		if (!plain)
			return from_base64(s, e);
		e->n = strlen(s);
		memcpy(e->value, s, e->n);
		return true;
	}
}

static void put(struct vec *v, const struct entry *e, const struct vec *context, uint32_t *entries,
	int *oom)
{
	const uint32_t more = context ? (uint32_t)context->n : 0;
	uint8_t *at = vec_grow(v, 8 + e->n + more);
	uint16_t n = (uint16_t)e->n;

	if (!at) {
		*oom = 1;
		return;
	}
	memcpy(at, &e->rep, 2);
	memcpy(at + 2, &n, 2);
	memcpy(at + 4, &more, 4);
	memcpy(at + 8, e->value, n);
	if (more)
		memcpy(at + 8 + n, context->p, more);
	++*entries;
}

static char *trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = 0;
	return s;
}

static enum sig_set_type hash_type(const char *s)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF");

	return n == 32 ? SIG_SETT_MD5 : n == 64 ? SIG_SETT_SHA256 : SIG_SETT_NONE;
}

static bool hash_line(const char *s, struct entry *e)
{
	if (hash_type(s) != SIG_SETT_NONE)
		return parse_value(s, hash_type(s), false, e);
	return strspn(s, "0123456789abcdefABCDEF") == 40 && from_hex(s, 20, e);
}

/** A list being read. */
struct list {
	struct build *b;
	const struct sig_dataset *d; /**< NULL: reputation or hashes */
	const char *path;
	FILE *f;
	struct sig_img_set *s;
	struct vec v;
	int oom;
	bool found; /**< JSON: something under value_key */
};

static const char *wants(enum sig_set_type type)
{
	switch (type) {
	case SIG_SETT_MD5:
		return "not an MD5 sum of 32 hexadecimal digits";
	case SIG_SETT_SHA256:
		return "not a SHA-256 sum of 64 hexadecimal digits";
	case SIG_SETT_IPV4:
	case SIG_SETT_IP:
		return "not an address";
	default:
		return "not base64";
	}
}

static int load_lines(struct list *l)
{
	struct sig_img_set *s = l->s;
	unsigned number = 0;
	struct entry *e = malloc(sizeof(*e));
	char *line = NULL;
	size_t cap = 0;

	if (!e)
		return -ENOMEM;
	while (getline(&line, &cap, l->f) > 0) {
		char *t = trim(line), *comma;
		bool good;

		number++;
		if (!*t || *t == '#')
			continue;
		comma = strchr(t, ',');
		e->rep = 0;
		if (comma) {
			*comma = 0;
			e->rep = (uint16_t)strtoul(comma + 1, NULL, 10);
		}
		if (s->kind != SIG_SETK_HASH && (comma != NULL) != (s->kind == SIG_SETK_REP)) {
			build_list_fault(l->b, l->path, number, comma ?
				"a score in a list of values" : "no score in a list of reputation");
			continue;
		}
		good = strlen(t) < LINE_MAX_BYTES && (s->kind == SIG_SETK_HASH ? hash_line(t, e) :
			parse_value(t, s->type, false, e));
		if (good)
			put(&l->v, e, NULL, &s->entries, &l->oom);
		else if (s->kind != SIG_SETK_HASH)
			build_list_fault(l->b, l->path, number, wants(s->type));
	}
	free(line);
	free(e);
	return 0;
}

static const json_t *at_path(const json_t *j, const char *path)
{
	char part[128];

	while (j && path && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(part))
			return NULL;
		memcpy(part, path, n);
		part[n] = 0;
		j = json_object_get(j, part);
		path += n + (path[n] == '.');
	}
	return j;
}

static void remove_path(json_t *j, const char *path)
{
	const char *dot = strrchr(path, '.');
	char *parent;

	if (!dot) {
		json_object_del(j, path);
		return;
	}
	parent = strndup(path, (size_t)(dot - path));
	if (parent)
		json_object_del((json_t *)(uintptr_t)at_path(j, parent), dot + 1);
	free(parent);
}

static void json_entry(struct list *l, json_t *j, unsigned number, struct entry *e)
{
	const json_t *val = at_path(j, l->d->value_key);
	struct vec context = {0};

	e->rep = 0;
	if (!val)
		return; // entries of another form may stand in the same file
	l->found = true;
	if (!json_is_string(val)) {
		build_list_fault(l->b, l->path, number,
			"failed to get value because it is not a string");
		return;
	}
	if (json_string_length(val) >= LINE_MAX_BYTES ||
		!parse_value(json_string_value(val), l->s->type, true, e)) {
		build_list_fault(l->b, l->path, number, wants(l->s->type));
		return;
	}
	if (l->d->remove_key)
		remove_path(j, l->d->value_key);
	l->oom |= json_tree(&context, j);
	if (context.n < CONTEXT_MAX_BYTES)
		put(&l->v, e, &context, &l->s->entries, &l->oom);
	else
		build_list_fault(l->b, l->path, number, "the entry is too long");
	free(context.p);
}

static int load_array(struct list *l, struct entry *e, const char **why)
{
	json_t *j = json_loadf(l->f, 0, NULL);
	const json_t *arr = j ? at_path(j, l->d->array_key) : NULL;
	unsigned n = (unsigned)json_array_size(arr);
	int rc = json_is_array(arr) ? 0 : -EINVAL;

	if (rc)
		*why = j ? "the list file has no array there (array_key)" : "the list file is not JSON";
	for (unsigned i = 0; i < n; i++)
		json_entry(l, json_array_get(arr, i), i + 1, e);
	json_decref(j);
	return rc;
}

/** One object a line, blank lines between them; the first line that is none ends the list. */
static void load_objects(struct list *l, struct entry *e)
{
	char *line = NULL;
	size_t cap = 0;

	for (unsigned number = 1; getline(&line, &cap, l->f) > 0; number++) {
		json_t *j;

		if (!*trim(line))
			continue;
		j = json_loads(line, 0, NULL);
		if (!j) {
			build_list_fault(l->b, l->path, number, "not a JSON object; what follows is left out");
			break;
		}
		json_entry(l, j, number, e);
		json_decref(j);
	}
	free(line);
}

static int load_json(struct list *l, const char **why)
{
	struct entry *e = malloc(sizeof(*e));
	int rc = 0;

	if (!e)
		return -ENOMEM;
	if (l->d->format == SIG_SETF_JSON)
		rc = load_array(l, e, why);
	else
		load_objects(l, e);
	if (rc == 0 && !l->found)
		build_list_fault(l->b, l->path, 0, "no entry has the value_key");
	free(e);
	return rc;
}

static int fill(struct build *b, uint32_t i, const struct sig_dataset *d, const char *load,
	const char **why)
{
	struct sig_img_set s = ((struct sig_img_set *)b->sec[SIG_SEC_SET].p)[i];
	struct list l = {.b = b, .d = d, .path = load, .f = fopen(load, "re"), .s = &s};
	int rc;

	if (!l.f) {
		// A set that is also written may begin empty.
		if (errno == ENOENT && s.dynamic)
			return 0;
		*why = "the list file cannot be read";
		return -errno;
	}
	rc = d && d->format != SIG_SETF_CSV ? load_json(&l, why) : load_lines(&l);
	fclose(l.f);
	if (rc == 0 && l.oom)
		rc = -ENOMEM;
	if (rc == 0) {
		s.data = build_bytes(b, l.v.p, l.v.n, 1);
		s.len = (uint32_t)l.v.n;
		s.load = build_str(b, load);
		((struct sig_img_set *)b->sec[SIG_SEC_SET].p)[i] = s;
	}
	free(l.v.p);
	return rc;
}

int build_dataset(struct build *b, const char *name, enum sig_img_set_kind kind,
	enum sig_set_type type, const struct sig_dataset *d, const char *load, uint32_t *index,
	const char **why)
{
	const uint32_t n = build_count(b, SIG_SEC_SET, sizeof(struct sig_img_set));
	const uint32_t str = build_str(b, name);
	struct sig_img_set *all = (struct sig_img_set *)b->sec[SIG_SEC_SET].p;
	uint32_t i = 0;

	while (i < n && !(all[i].name == str && all[i].kind == kind))
		i++;
	if (i == n) {
		struct sig_img_set s = {.name = str,
			.kind = (uint8_t)kind,
			.type = (uint8_t)type,
			.hash = sig_hash64(name, strlen(name))};

		build_add(b, SIG_SEC_SET, &s, sizeof(s));
		if (b->oom)
			return -ENOMEM;
	}
	all = (struct sig_img_set *)b->sec[SIG_SEC_SET].p;
	*index = i;
	if (all[i].type == SIG_SETT_NONE)
		all[i].type = (uint8_t)type;
	if (d && d->save) {
		all[i].dynamic = 1;
		all[i].save = build_str(b, d->save);
	}
	all = (struct sig_img_set *)b->sec[SIG_SEC_SET].p;
	if (load && !all[i].load)
		return fill(b, i, d, load, why);
	return 0;
}

/* ---- IP reputation ------------------------------------------------------------------------- */

uint32_t build_rep_category(struct build *b, const char *name)
{
	const uint32_t n = build_count(b, SIG_SEC_REPCAT, 4);
	const uint32_t str = build_str(b, name);
	const uint32_t *cat = (uint32_t *)b->sec[SIG_SEC_REPCAT].p;

	for (uint32_t i = 0; i < n; i++)
		if (cat[i] == str)
			return i;
	return build_add(b, SIG_SEC_REPCAT, &str, 4);
}

struct category {
	uint32_t number;
	char name[64];
};

static size_t read_categories(const char *path, struct category *c, size_t max)
{
	FILE *f = fopen(path, "re");
	char line[512];
	size_t n = 0;

	while (f && n < max && fgets(line, sizeof(line), f)) {
		char *num = strtok(line, ","), *name = strtok(NULL, ",");

		if (!num || !name || *num == '#')
			continue;
		c[n].number = (uint32_t)strtoul(num, NULL, 10);
		snprintf(c[n++].name, sizeof(c[0].name), "%s", trim(name));
	}
	if (f)
		fclose(f);
	return n;
}

static void rep_line(struct build *b, char *line, const struct category *c, size_t cats)
{
	char *ip = strtok(line, ","), *cat = strtok(NULL, ","), *val = strtok(NULL, ",");
	struct sig_img_rep r = {0};
	struct in_addr a;
	char *slash;
	unsigned long bits = 32;
	uint32_t mask;

	if (!ip || !cat || !val || *trim(ip) == '#')
		return;
	ip = trim(ip);
	slash = strchr(ip, '/');
	if (slash) {
		*slash = 0;
		bits = strtoul(slash + 1, NULL, 10);
	}
	if (inet_pton(AF_INET, ip, &a) != 1 || bits > 32)
		return;
	mask = bits ? UINT32_MAX << (32 - bits) : 0;
	r.lo = ntohl(a.s_addr) & mask;
	r.hi = r.lo | ~mask;
	r.value = (uint8_t)strtoul(val, NULL, 10);
	for (size_t i = 0; i < cats; i++)
		if (c[i].number == strtoul(cat, NULL, 10)) {
			r.cat = (uint16_t)build_rep_category(b, c[i].name);
			build_add(b, SIG_SEC_REP, &r, sizeof(r));
			return;
		}
}

static int by_lo(const void *pa, const void *pb)
{
	const struct sig_img_rep *a = pa, *b = pb;

	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	return a->cat < b->cat ? -1 : a->cat > b->cat;
}

int build_reputation(struct build *b)
{
	struct category *c;
	size_t cats;

	if (!b->opts->rep_categories || !b->opts->rep_files_n)
		return 0;
	c = calloc(256, sizeof(*c));
	if (!c)
		return -ENOMEM;
	cats = read_categories(b->opts->rep_categories, c, 256);
	for (uint32_t i = 0; i < b->opts->rep_files_n; i++) {
		FILE *f = fopen(b->opts->rep_files[i], "re");
		char line[512];

		while (f && fgets(line, sizeof(line), f))
			rep_line(b, line, c, cats);
		if (f)
			fclose(f);
	}
	free(c);
	qsort(b->sec[SIG_SEC_REP].p, build_count(b, SIG_SEC_REP, sizeof(struct sig_img_rep)),
		sizeof(struct sig_img_rep), by_lo);
	return b->oom ? -ENOMEM : 0;
}
