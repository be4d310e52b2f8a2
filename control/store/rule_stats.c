/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/rule_stats.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "sekisho-rule-counters 1"
#define FIRST_SLOTS 4096u
/** What is in no image is forgotten so long after its last match. */
#define KEEP_S (UINT64_C(90) * 86400)

static size_t hash(struct ctl_rule_key k)
{
	uint64_t x = ((uint64_t)k.layer << 61) ^ ((uint64_t)k.gid << 32) ^ k.sid;

	x *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(x >> 20);
}

static bool same(struct ctl_rule_key a, struct ctl_rule_key b)
{
	return a.sid == b.sid && a.gid == b.gid && a.layer == b.layer;
}

static int grow(struct ctl_rule_stats *s)
{
	const size_t slots = s->slots ? 2 * s->slots : FIRST_SLOTS;
	uint32_t *slot = calloc(slots, sizeof(*slot));
	struct ctl_rule_stat *stat = realloc(s->stat, slots / 2 * sizeof(*stat));

	if (stat)
		s->stat = stat;
	if (!slot || !stat) {
		free(slot);
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->n; i++) {
		size_t at = hash(stat[i].key) & (slots - 1);

		while (slot[at])
			at = (at + 1) & (slots - 1);
		slot[at] = (uint32_t)i + 1;
	}
	free(s->slot);
	s->slot = slot;
	s->slots = slots;
	s->cap = slots / 2;
	return 0;
}

struct ctl_rule_stat *ctl_rule_stats_get(struct ctl_rule_stats *s, struct ctl_rule_key k,
	uint64_t now_s)
{
	size_t at;

	if (s->n == s->cap && grow(s))
		return NULL;
	for (at = hash(k) & (s->slots - 1); s->slot[at]; at = (at + 1) & (s->slots - 1))
		if (same(s->stat[s->slot[at] - 1].key, k))
			return &s->stat[s->slot[at] - 1];
	s->stat[s->n] = (struct ctl_rule_stat){.key = k, .since_s = now_s};
	s->slot[at] = (uint32_t)++s->n;
	return &s->stat[s->n - 1];
}

void ctl_rule_stats_fini(struct ctl_rule_stats *s)
{
	for (unsigned i = 0; i < CTL_RULE_SOURCES; i++)
		free(s->source[i].taken);
	free(s->stat);
	free(s->slot);
	*s = (struct ctl_rule_stats){0};
}

static struct ctl_rule_source *source(struct ctl_rule_stats *s, uint64_t id, uint32_t n)
{
	struct ctl_rule_source *none = NULL;

	for (unsigned i = 0; i < CTL_RULE_SOURCES; i++) {
		if (s->source[i].id == id)
			return s->source[i].n == n ? &s->source[i] : NULL;
		if (s->source[i].id == 0 && !none)
			none = &s->source[i];
	}
	if (!none)
		return NULL;
	none->taken = calloc(n + 1u, sizeof(*none->taken));
	if (!none->taken)
		return NULL;
	none->id = id;
	none->n = n;
	return none;
}

void ctl_rule_stats_round(struct ctl_rule_stats *s)
{
	for (unsigned i = 0; i < CTL_RULE_SOURCES; i++)
		s->source[i].seen = false;
}

void ctl_rule_stats_round_end(struct ctl_rule_stats *s)
{
	for (unsigned i = 0; i < CTL_RULE_SOURCES; i++) {
		if (s->source[i].seen || s->source[i].id == 0)
			continue;
		free(s->source[i].taken);
		s->source[i] = (struct ctl_rule_source){0};
	}
}

/** A counter never falls; a value below the former one is a tear of a dying machine. */
static uint64_t more(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

static void add(struct dp_sig_counters *sum, const struct dp_sig_counters *now,
	const struct dp_sig_counters *then)
{
	sum->prefilter += more(now->prefilter, then->prefilter);
	sum->evaluated += more(now->evaluated, then->evaluated);
	sum->matched += more(now->matched, then->matched);
	sum->cycles += more(now->cycles, then->cycles);
	sum->sampled += more(now->sampled, then->sampled);
	if (now->last_ns > sum->last_ns)
		sum->last_ns = now->last_ns;
}

int ctl_rule_stats_take(struct ctl_rule_stats *s, const struct dp_sig_file *f,
	const struct ctl_rule_key *key, uint64_t now_s)
{
	struct ctl_rule_source *src = source(s, f->id, f->n);

	if (!src)
		return -ENOSPC;
	src->seen = true;
	for (uint32_t i = 0; i < f->n; i++) {
		const struct dp_sig_counters now = f->sig[i];
		struct ctl_rule_stat *st;

		if (memcmp(&now, &src->taken[i], sizeof(now)) == 0)
			continue;
		st = ctl_rule_stats_get(s, key[i], now_s);
		if (!st)
			return -ENOMEM;
		add(&st->c, &now, &src->taken[i]);
		src->taken[i] = now;
	}
	return 0;
}

static bool read_rule(struct ctl_rule_stats *s, const char *line)
{
	struct ctl_rule_stat v = {0}, *st;

	if (sscanf(line, "r %u %u %u %lu %lu %lu %lu %lu %lu %lu", &v.key.layer, &v.key.gid,
			&v.key.sid, &v.since_s, &v.c.prefilter, &v.c.evaluated, &v.c.matched,
			&v.c.cycles, &v.c.sampled, &v.c.last_ns) != 10)
		return false;
	st = ctl_rule_stats_get(s, v.key, v.since_s);
	if (st)
		*st = v;
	return st != NULL;
}

static bool read_line(struct ctl_rule_stats *s, struct ctl_rule_source **src, const char *line)
{
	struct dp_sig_counters c = {0};
	uint64_t id;
	uint32_t n;

	if (line[0] == 'r')
		return read_rule(s, line);
	if (sscanf(line, "s %lu %u", &id, &n) == 2) {
		*src = id && n < 10000000 ? source(s, id, n) : NULL;
		return *src != NULL;
	}
	if (!*src || sscanf(line, "c %u %lu %lu %lu %lu %lu", &n, &c.prefilter, &c.evaluated,
			    &c.matched, &c.cycles, &c.sampled) != 6 || n >= (*src)->n)
		return false;
	(*src)->taken[n] = c;
	return true;
}

int ctl_rule_stats_load(struct ctl_rule_stats *s, const char *path)
{
	struct ctl_rule_source *src = NULL;
	char line[300];
	FILE *f;
	bool ok;

	*s = (struct ctl_rule_stats){0};
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	ok = fgets(line, sizeof(line), f) && strcmp(line, HEAD "\n") == 0;
	while (ok && fgets(line, sizeof(line), f))
		ok = read_line(s, &src, line);
	ok = ok && !ferror(f);
	fclose(f);
	if (!ok)
		ctl_rule_stats_fini(s);
	return ok ? 0 : -EBADMSG;
}

static void write_all(const struct ctl_rule_stats *s, FILE *f)
{
	uint64_t newest = 0;

	fputs(HEAD "\n", f);
	for (size_t i = 0; i < s->n; i++)
		if (s->stat[i].c.last_ns > newest)
			newest = s->stat[i].c.last_ns;
	for (size_t i = 0; i < s->n; i++) {
		const struct ctl_rule_stat *v = &s->stat[i];

		if (!v->present && v->c.last_ns / 1000000000u + KEEP_S < newest / 1000000000u)
			continue;
		fprintf(f, "r %u %u %u %lu %lu %lu %lu %lu %lu %lu\n", v->key.layer, v->key.gid,
			v->key.sid, v->since_s, v->c.prefilter, v->c.evaluated, v->c.matched,
			v->c.cycles, v->c.sampled, v->c.last_ns);
	}
	for (unsigned k = 0; k < CTL_RULE_SOURCES; k++) {
		const struct ctl_rule_source *src = &s->source[k];

		if (src->id == 0)
			continue;
		fprintf(f, "s %lu %u\n", src->id, src->n);
		for (uint32_t i = 0; i < src->n; i++) {
			const struct dp_sig_counters *c = &src->taken[i];

			if (c->prefilter | c->evaluated | c->matched)
				fprintf(f, "c %u %lu %lu %lu %lu %lu\n", i, c->prefilter,
					c->evaluated, c->matched, c->cycles, c->sampled);
		}
	}
}

int ctl_rule_stats_save(const struct ctl_rule_stats *s, const char *path)
{
	char tmp[400];
	FILE *f;
	int rc = 0;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	f = fopen(tmp, "we");
	if (!f)
		return -errno;
	write_all(s, f);
	if (fflush(f) || fsync(fileno(f)))
		rc = -errno;
	if (fclose(f) && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(tmp, path))
		rc = -errno;
	if (rc)
		unlink(tmp);
	return rc;
}
