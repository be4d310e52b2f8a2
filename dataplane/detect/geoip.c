/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Countries of addresses, out of a MaxMind database that is mapped when an image asks for it. A look-up
 * walks the mapped tree: no memory, no system call; the last addresses are remembered all the same.
 */
#include "inner.h"
#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED 1024u /* power of two */

struct dp_geo {
	MMDB_s db;
	struct {
		union dp_addr addr;
		uint16_t country;
		uint8_t ver; /* 0: free */
	} known[REMEMBERED];
};

static const char *const usual_places[] = {
	"/var/lib/GeoIP/GeoLite2-Country.mmdb", "/usr/share/GeoIP/GeoLite2-Country.mmdb"};

int dp_geo_open(const char *path, struct dp_geo **out)
{
	struct dp_geo *g = calloc(1, sizeof(*g));
	int rc = MMDB_FILE_OPEN_ERROR;

	*out = NULL;
	if (!g)
		return -ENOMEM;
	if (path)
		rc = MMDB_open(path, MMDB_MODE_MMAP, &g->db);
	for (size_t i = 0; !path && rc != MMDB_SUCCESS &&
			i < sizeof(usual_places) / sizeof(usual_places[0]); i++)
		rc = MMDB_open(usual_places[i], MMDB_MODE_MMAP, &g->db);
	if (rc != MMDB_SUCCESS) {
		free(g);
		return -ENOENT;
	}
	*out = g;
	return 0;
}

void dp_geo_close(struct dp_geo *g)
{
	if (!g)
		return;
	MMDB_close(&g->db);
	free(g);
}

static uint16_t look_up(const struct dp_geo *g, uint8_t ver, const union dp_addr *a)
{
	static const char *const path[] = {"country", "iso_code", NULL};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	MMDB_lookup_result_s r;
	MMDB_entry_data_s e;
	int error;

	memcpy(&v4.sin_addr, a->b, 4);
	memcpy(&v6.sin6_addr, a->b, 16);
	r = MMDB_lookup_sockaddr(&g->db,
		ver == 4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6, &error);
	if (error != MMDB_SUCCESS || !r.found_entry ||
		MMDB_aget_value(&r.entry, &e, path) != MMDB_SUCCESS || !e.has_data ||
		e.type != MMDB_DATA_TYPE_UTF8_STRING || e.data_size != 2)
		return 0;
	return (uint16_t)((uint8_t)e.utf8_string[0] << 8 | (uint8_t)e.utf8_string[1]);
}

/** Two letters, the first one high; 0: not known. */
static uint16_t country_of(struct dp_geo *g, uint8_t ver, const union dp_addr *a)
{
	const size_t n = ver == 4 ? 4 : 16;
	const uint64_t h = sig_hash64(a->b, n);
	const size_t i = (size_t)(h >> 7) & (REMEMBERED - 1);

	if (g->known[i].ver != ver || memcmp(g->known[i].addr.b, a->b, n) != 0) {
		g->known[i].country = look_up(g, ver, a);
		g->known[i].ver = ver;
		memcpy(g->known[i].addr.b, a->b, n);
	}
	return g->known[i].country;
}

// As the peer: an address without a country is in none, and not outside of any either.
static bool fits(struct eval *e, const struct sig_img_op *o, const union dp_addr *a)
{
	const uint16_t c = country_of(e->rs->run->geo, e->p->ip_ver, a);
	const uint8_t *list = (const uint8_t *)e->img->pool + o->data;
	bool listed = false;

	for (uint32_t i = 0; i + 1 < o->len && !listed; i += 2)
		listed = c == (uint16_t)(list[i] << 8 | list[i + 1]);
	return c && listed != (o->aux != 0);
}

int dp_test_geoip(struct eval *e, const struct sig_img_op *o)
{
	const struct dp_pkt *p = e->p;
	bool r;

	if (!e->rs->run->geo || !p->ip_ver || (p->flags & DP_PF_PSEUDO))
		return V_NO;
	switch (o->sub) {
	case SIG_SIDE_SRC:
		r = fits(e, o, &p->src);
		break;
	case SIG_SIDE_DST:
		r = fits(e, o, &p->dst);
		break;
	case SIG_SIDE_BOTH:
		r = fits(e, o, &p->src) && fits(e, o, &p->dst);
		break;
	default:
		r = fits(e, o, &p->src) || fits(e, o, &p->dst);
		break;
	}
	return r ? V_YES : V_NO;
}
