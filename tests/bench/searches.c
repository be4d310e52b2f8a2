/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hits of what an image searches for, over the payloads of a capture, without the engine.
 *
 *   searches LIST CAPTURE [bounds]
 *
 * LIST is what `sekisho rules compile --searches` writes. Each different search runs over every TCP and
 * UDP payload of an Ethernet capture (pcap), packet by packet from two databases (literals and
 * expressions), whatever buffer it was made for. A hit is counted once per
 * payload and search,
 *
 *   where the ports of the packet are those that its group is searched at (one search in several
 *   groups: those of any of them), and
 *   for searches of payload, where its literal ends no later than the signature allows.
 *
 * Searches of other buffers are counted wherever they hit: their bounds are a buffer's, not a payload's.
 * With `bounds` theirs count, too, as if the payload were the buffer.
 *
 * Build: cc -O3 -march=native searches.c -o searches $(pkg-config --cflags --libs libhs libpcap)
 */
#define _GNU_SOURCE
#include <hs.h>
#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETS 8192

struct ports {
	uint8_t bit[8192];
	char side;
};

struct search {
	char *bytes;
	unsigned len, flags;
	bool expression, everywhere;
	uint64_t last;
	unsigned set[64], sets;
	unsigned long hits;
};

static struct ports *sets[SETS];
static char *set_text[SETS];
static unsigned sets_n;
static struct search *all;
static unsigned n, cap;
static bool bounds;

static struct {
	unsigned sp, dp;
} now; /* the packet's */
static unsigned long hits, payloads, payload_bytes;

static void die(const char *what)
{
	fprintf(stderr, "searches: %s\n", what);
	exit(1);
}

static unsigned set_of(const char *text)
{
	struct ports *p;

	for (unsigned i = 0; i < sets_n; i++)
		if (strcmp(set_text[i], text) == 0)
			return i;
	if (sets_n == SETS)
		die("too many port sets");
	p = calloc(1, sizeof(*p));
	p->side = *text;
	for (const char *s = text + 1; *s;) {
		char *end;
		unsigned long lo = strtoul(s + 1, &end, 10), hi = strtoul(end + 1, &end, 10);

		for (; lo <= hi && lo < 65536; lo++)
			p->bit[lo >> 3] |= (uint8_t)(1u << (lo & 7));
		s = end;
	}
	set_text[sets_n] = strdup(text);
	sets[sets_n] = p;
	return sets_n++;
}

static struct search *same(const struct search *x)
{
	for (unsigned i = n; i-- > 0;) // equal ones stand together: the list is sorted
		if (all[i].len != x->len || memcmp(all[i].bytes, x->bytes, x->len) != 0)
			return NULL;
		else if (all[i].flags == x->flags && all[i].expression == x->expression)
			return &all[i];
	return NULL;
}

/** One line, sorted by its bytes. */
static void add(char *line)
{
	char *f[6], *save = NULL;
	struct search x = {0}, *q;
	bool payload;

	for (unsigned i = 0; i < 6; i++)
		if (!(f[i] = strtok_r(i ? NULL : line, "\t\n", &save)))
			die("a line with less than six fields");
	payload = strcmp(f[1], "payload") == 0;
	x.expression = strcmp(f[0], "expression") == 0;
	x.flags = (unsigned)strtoul(f[2], NULL, 10);
	x.last = *f[3] == '-' || (!payload && !bounds) ? UINT64_MAX : strtoull(f[3], NULL, 10);
	x.len = (unsigned)strlen(f[5]) / 2;
	x.bytes = calloc(1, x.len + 1);
	for (unsigned i = 0; i < x.len; i++) {
		unsigned b;

		if (sscanf(f[5] + 2 * i, "%2x", &b) != 1)
			die("not hexadecimal");
		x.bytes[i] = (char)b;
	}
	q = same(&x);
	if (!q) {
		if (n == cap)
			all = realloc(all, (cap = cap ? cap * 2 : 4096) * sizeof(*all));
		q = &all[n++];
		*q = x;
	}
	if (x.last > q->last)
		q->last = x.last;
	if (*f[4] == '-' || q->sets == sizeof(q->set) / sizeof(q->set[0]))
		q->everywhere = true;
	else
		q->set[q->sets++] = set_of(f[4]);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(strrchr(*(char *const *)a, '\t'), strrchr(*(char *const *)b, '\t'));
}

static void load(const char *path)
{
	char *line = NULL, **v = NULL;
	size_t room = 0, lines = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		die(path);
	while (getline(&line, &room, f) > 0) {
		v = realloc(v, (lines + 1) * sizeof(*v));
		v[lines++] = strdup(line);
	}
	fclose(f);
	qsort(v, lines, sizeof(*v), by_bytes);
	for (size_t i = 0; i < lines; i++)
		add(v[i]);
}

static bool at_port(const struct search *q)
{
	for (unsigned i = 0; i < q->sets; i++) {
		const struct ports *p = sets[q->set[i]];
		const unsigned port = p->side == 's' ? now.sp : now.dp;

		if (p->bit[port >> 3] >> (port & 7) & 1)
			return true;
	}
	return q->everywhere;
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
	struct search *q = &all[id];

	(void)from, (void)flags, (void)ctx;
	if (to <= q->last && at_port(q)) {
		q->hits++;
		hits++;
	}
	return 0;
}

static hs_database_t *database(bool expression)
{
	const char **e = calloc(n + 1, sizeof(*e));
	unsigned *flags = calloc(n + 1, sizeof(*flags)), *id = calloc(n + 1, sizeof(*id)), k = 0;
	size_t *len = calloc(n + 1, sizeof(*len));
	hs_compile_error_t *err = NULL;
	hs_database_t *db = NULL;

	for (unsigned i = 0; i < n; i++)
		if (all[i].expression == expression) {
			e[k] = all[i].bytes;
			len[k] = all[i].len;
			flags[k] = all[i].flags;
			id[k++] = i;
		}
	if (k && (expression ? hs_compile_multi(e, flags, id, k, HS_MODE_BLOCK, NULL, &db, &err) :
			       hs_compile_lit_multi(e, flags, id, len, k, HS_MODE_BLOCK, NULL, &db, &err)))
		die(err->message);
	free(e);
	free(flags);
	free(id);
	free(len);
	return db;
}

/** The payload of a frame; NULL: none, or not of TCP or UDP. */
static const unsigned char *payload_of(const unsigned char *p, unsigned len, unsigned *size)
{
	unsigned off = 14, type, proto, head;

	if (len < 34)
		return NULL;
	type = (unsigned)(p[12] << 8 | p[13]);
	while ((type == 0x8100 || type == 0x88a8) && len > off + 4) {
		type = (unsigned)(p[off + 2] << 8 | p[off + 3]);
		off += 4;
	}
	p += off;
	len -= off;
	if (type == 0x0800 && len >= 20) {
		const unsigned total = (unsigned)(p[2] << 8 | p[3]);

		head = (p[0] & 15u) * 4;
		proto = p[9];
		len = total && total < len ? total : len;
	} else if (type == 0x86dd && len >= 40) {
		head = 40;
		proto = p[6];
	} else {
		return NULL;
	}
	if (len < head + 13 || (proto != 6 && proto != 17))
		return NULL;
	p += head;
	len -= head;
	now.sp = (unsigned)(p[0] << 8 | p[1]);
	now.dp = (unsigned)(p[2] << 8 | p[3]);
	head = proto == 6 ? (p[12] >> 4) * 4u : 8;
	*size = len > head ? len - head : 0;
	return *size ? p + head : NULL;
}

int main(int argc, char **argv)
{
	char err[PCAP_ERRBUF_SIZE];
	hs_database_t *db[2];
	hs_scratch_t *scratch = NULL;
	struct pcap_pkthdr *h;
	const unsigned char *p;
	pcap_t *f;

	if (argc < 3)
		die("usage: searches LIST CAPTURE [bounds]");
	bounds = argc > 3;
	load(argv[1]);
	for (unsigned i = 0; i < 2; i++) {
		db[i] = database(i);
		if (db[i] && hs_alloc_scratch(db[i], &scratch))
			die("no scratch");
	}
	f = pcap_open_offline(argv[2], err);
	if (!f || pcap_datalink(f) != DLT_EN10MB)
		die(f ? "not Ethernet" : err);
	while (pcap_next_ex(f, &h, &p) == 1) {
		unsigned size;
		const unsigned char *at = payload_of(p, h->caplen, &size);

		if (!at)
			continue;
		payloads++;
		payload_bytes += size;
		for (unsigned i = 0; i < 2; i++)
			if (db[i])
				hs_scan(db[i], (const char *)at, size, 0, scratch, on_match, NULL);
	}
	printf("%u searches, %lu payloads, %lu bytes, %lu hits\n", n, payloads, payload_bytes, hits);
	if (getenv("SEARCHES_EACH"))
		for (unsigned i = 0; i < n; i++)
			if (all[i].hits) {
				printf("%lu\t%s\t", all[i].hits, all[i].expression ? "e" : "l");
				for (unsigned k = 0; k < all[i].len; k++)
					printf("%02x", (unsigned char)all[i].bytes[k]);
				putchar('\n');
			}
	return 0;
}
