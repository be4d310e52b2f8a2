/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a signature takes out of the bytes it matched: regex captures for the packet, the flow or its
 * alert, and the context of list entries. Kept aside while the signature is asked, and made known
 * only when it has matched.
 */
#include "inner.h"
#include <stdlib.h>
#include <string.h>

#define PKTVARS_MAX 64u
#define PKTVAR_BYTES 16384u

struct var {
	uint64_t name;       /* hash; of the key for the alert scope */
	const char *key;     /* alert scope: as shown, in the image */
	const uint8_t *tree; /* context of a list entry, in the image; NULL: bytes of the store */
	uint32_t at, len, sig;
	uint8_t layer, scope; /* enum sig_capture_scope */
};

struct var_store {
	uint32_t n, used;       /* with those of the signature being asked */
	uint32_t kept, kept_used; /* of signatures that matched */
	struct var v[PKTVARS_MAX];
	uint8_t bytes[PKTVAR_BYTES];
};

struct var_store *dp_pktvars_create(void)
{
	return calloc(1, sizeof(struct var_store));
}

void dp_pktvars_reset(struct dp_detect *d)
{
	d->pktvars->n = d->pktvars->used = d->pktvars->kept = d->pktvars->kept_used = 0;
}

void dp_vars_begin(struct dp_detect *d)
{
	d->pktvars->n = d->pktvars->kept;
	d->pktvars->used = d->pktvars->kept_used;
}

// A capture that is made again while its signature is still asked replaces the one before.
static struct var *slot(struct eval *e, uint8_t scope, uint64_t name)
{
	struct var_store *s = e->d->pktvars;
	struct var *v;

	for (uint32_t i = s->kept; i < s->n; i++)
		if (s->v[i].scope == scope && s->v[i].name == name)
			return &s->v[i];
	if (s->n == PKTVARS_MAX)
		return NULL;
	v = &s->v[s->n++];
	*v = (struct var){.name = name,
		.scope = scope,
		.layer = e->layer,
		.sig = (uint32_t)(e->s - e->img->sig)};
	return v;
}

void dp_var_set(struct eval *e, const struct sig_img_cap *cap, const uint8_t *p, uint32_t n)
{
	struct var_store *s = e->d->pktvars;
	struct var *v;

	if (n > PKTVAR_BYTES - s->used)
		return;
	v = slot(e, (uint8_t)cap->scope, cap->hash);
	if (!v)
		return;
	memcpy(s->bytes + s->used, p, n);
	v->key = e->img->pool + cap->name;
	v->at = s->used;
	v->len = n;
	s->used += n;
}

void dp_context_set(struct eval *e, const char *key, const uint8_t *tree, uint32_t n)
{
	struct var *v = slot(e, SIG_CAP_ALERT, sig_hash64(key, strlen(key)));

	if (!v)
		return;
	v->key = key;
	v->tree = tree;
	v->len = n;
}

void dp_vars_keep(struct eval *e)
{
	struct var_store *s = e->d->pktvars;
	uint32_t to = s->kept;

	for (uint32_t i = s->kept; i < s->n; i++) {
		const struct var v = s->v[i];

		if (v.scope == SIG_CAP_FLOW)
			dp_flowvar_set(e, v.name, s->bytes + v.at, v.len);
		else
			s->v[to++] = v;
	}
	s->n = s->kept = to;
	s->kept_used = s->used;
}

bool dp_pktvar_test(const struct dp_detect *d, uint64_t name, const uint8_t *want, uint32_t n,
	bool *seen)
{
	const struct var_store *s = d->pktvars;

	*seen = false;
	for (uint32_t i = 0; i < s->kept; i++) {
		const struct var *v = &s->v[i];

		if (v->name != name || v->scope != SIG_CAP_PKT)
			continue;
		*seen = true;
		if (v->len == n && memcmp(s->bytes + v->at, want, n) == 0)
			return true;
	}
	return false;
}

bool dp_pktvars_any(const struct dp_detect *d)
{
	for (uint32_t i = 0; i < d->pktvars->kept; i++)
		if (d->pktvars->v[i].scope == SIG_CAP_PKT)
			return true;
	return false;
}

// pkt:key,pkt:value takes the name from the packet too. Text that is a key of the record.
static bool named_by_packet(const struct var_store *s, uint32_t i, char *key, size_t len)
{
	const struct var *k = &s->v[i], *v = k + 1;
	size_t n = k->len < len ? k->len : len - 1;

	if (i + 1 >= s->kept || v->scope != SIG_CAP_PKT || v->sig != k->sig ||
		strcmp(k->key, "key") != 0 || strcmp(v->key, "value") != 0)
		return false;
	memcpy(key, s->bytes + k->at, n);
	key[n] = 0;
	for (size_t c = 0; c < n; c++)
		if (key[c] < 0x20 || key[c] > 0x7e)
			key[c] = '.';
	return true;
}

void dp_pktvars_tree(const struct dp_detect *d, struct dp_rec *tree)
{
	const struct var_store *s = d->pktvars;
	char key[128];

	dp_rec_arr(tree, "pktvars");
	for (uint32_t i = 0; i < s->kept; i++) {
		const char *name = s->v[i].key;

		if (s->v[i].scope != SIG_CAP_PKT)
			continue;
		if (named_by_packet(s, i, key, sizeof(key))) {
			name = key;
			i++;
		}
		dp_rec_obj(tree, "");
		dp_rec_str(tree, name, s->bytes + s->v[i].at, s->v[i].len);
		dp_rec_end(tree);
	}
	dp_rec_end(tree);
}

void dp_context_tree(const struct dp_detect *d, const struct dp_alert *a, struct dp_rec *tree)
{
	const struct var_store *s = d->pktvars;
	bool open = false;

	for (uint32_t i = 0; i < s->kept; i++) {
		const struct var *v = &s->v[i];

		if (v->scope != SIG_CAP_ALERT || v->sig != a->sig || v->layer != a->layer)
			continue;
		if (!open)
			dp_rec_obj(tree, "context");
		open = true;
		if (v->tree)
			dp_rec_raw(tree, v->key, v->tree, v->len);
		else
			dp_rec_str(tree, v->key, s->bytes + v->at, v->len);
	}
	if (open)
		dp_rec_end(tree);
}
