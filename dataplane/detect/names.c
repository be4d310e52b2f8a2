/* SPDX-License-Identifier: Apache-2.0 */
/* Names behind the hashes that state is kept under, for the events that show it. */
#include "inner.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_hash(const void *pa, const void *pb)
{
	const struct state_name *a = pa, *b = pb;

	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static uint64_t first_hash(const struct sig_image *g, const struct sig_img_op *o)
{
	return *(const uint64_t *)(const void *)(g->pool + o->data);
}

int dp_names_build(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	const uint32_t caps = g->h->sec[SIG_SEC_CAP].count;
	uint32_t n = 0;

	rs->name = calloc((size_t)g->ops_n + caps + 1, sizeof(*rs->name));
	if (!rs->name)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->ops_n; i++) {
		const struct sig_img_op *o = &g->op[i];

		if (o->kind == SIG_OPT_FLOWBITS)
			rs->name[n++] = (struct state_name){first_hash(g, o), o->ref};
		else if (o->kind == SIG_OPT_FLOWINT)
			rs->name[n++] = (struct state_name){o->x, o->data};
	}
	for (uint32_t i = 0; i < caps; i++)
		rs->name[n++] = (struct state_name){g->cap[i].hash, g->cap[i].name};
	qsort(rs->name, n, sizeof(*rs->name), by_hash);
	for (uint32_t i = 0; i < n; i++)
		if (!rs->names_n || rs->name[rs->names_n - 1].hash != rs->name[i].hash)
			rs->name[rs->names_n++] = rs->name[i];
	return 0;
}

static const char *name_of(const struct dp_detect *d, uint64_t hash)
{
	for (unsigned l = 0; l < DP_LAYER__COUNT; l++) {
		const struct dp_ruleset *rs = d->layer[l].rs;
		const struct state_name key = {.hash = hash}, *at;

		if (!rs)
			continue;
		at = bsearch(&key, rs->name, rs->names_n, sizeof(key), by_hash);
		if (at)
			return rs->img.pool + at->name;
	}
	return NULL;
}

_Static_assert((int)SIG_TREE_OBJ == (int)DP_REC_OBJ && (int)SIG_TREE_ARR == (int)DP_REC_ARR &&
		(int)SIG_TREE_END == (int)DP_REC_END && (int)SIG_TREE_STR == (int)DP_REC_STR &&
		(int)SIG_TREE_I64 == (int)DP_REC_I64 && (int)SIG_TREE_BOOL == (int)DP_REC_BOOL &&
		(int)SIG_TREE_F64 == (int)DP_REC_F64,
	"contexts in images are trees of records");

/** Flow bits by these names label the traffic (the peer's convention) and are told apart. */
static const char *const traffic[2] = {"traffic/id/", "traffic/label/"};

static int traffic_kind(const char *name)
{
	for (int i = 0; i < 2; i++)
		if (strncmp(name, traffic[i], strlen(traffic[i])) == 0)
			return i;
	return -1;
}

static const char *shown(const struct dp_detect *d, const struct named *v, uint8_t kind)
{
	const char *name = v->kind == kind ? name_of(d, v->name) : NULL;

	return name && (kind != NAMED_BIT || traffic_kind(name) < 0) ? name : NULL;
}

/* What the peer calls a buffer in records: legacy names, with underscores where HTTP and DNS have dots. */
static const char *buffer_label(uint64_t buffer, char *out, size_t len)
{
	static const struct {
		enum sig_buffer buffer;
		const char *name;
	} others[] = {{SIG_BUF_HTTP_REQUEST_BODY, "http_client_body"},
		{SIG_BUF_HTTP_RESPONSE_BODY, "file_data"}, {SIG_BUF_FILE_DATA, "file_data"},
		{SIG_BUF_HTTP_URI_RAW, "http_raw_uri"}, {SIG_BUF_HTTP_HOST_RAW, "http_raw_host"},
		{SIG_BUF_HTTP_HEADER_RAW, "http_raw_header"}, {SIG_BUF_DNS_QUERY, "dns_query"}};
	const char *name;
	size_t n;

	if (buffer >= SIG_BUF__COUNT)
		return NULL;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].buffer == buffer)
			return others[i].name;
	name = sig_buffer_info[buffer].name;
	if (strncmp(name, "http.", 5) != 0)
		return name;
	for (n = 0; n + 1 < len && name[n]; n++)
		out[n] = name[n] == '.' ? '_' : name[n];
	out[n] = 0;
	return out;
}

static void entropy_tree(const struct dp_flow_detect *fd, struct dp_rec *tree)
{
	char text[64];
	bool open = false;

	for (unsigned i = 0; fd && i < fd->named_n; i++) {
		const struct named *v = &fd->named[i];
		const char *label = v->kind == NAMED_ENTROPY ?
			buffer_label(v->name, text, sizeof(text)) : NULL;

		if (!label)
			continue;
		if (!open)
			dp_rec_obj(tree, "entropy");
		open = true;
		dp_rec_f64(tree, label, v->number);
	}
	if (open)
		dp_rec_end(tree);
}

static bool any_entropy(const struct dp_flow_detect *fd)
{
	for (unsigned i = 0; fd && i < fd->named_n; i++)
		if (fd->named[i].kind == NAMED_ENTROPY)
			return true;
	return false;
}

static bool any_of(const struct dp_detect *d, const struct dp_flow_detect *fd, uint8_t kind)
{
	for (unsigned i = 0; fd && i < fd->named_n; i++)
		if (shown(d, &fd->named[i], kind))
			return true;
	return false;
}

static void put_kind(const struct dp_detect *d, const struct dp_flow_detect *fd, uint8_t kind,
	struct dp_rec *tree)
{
	for (unsigned i = 0; i < fd->named_n; i++) {
		const struct named *v = &fd->named[i];
		const char *name = shown(d, v, kind);

		if (!name)
			continue;
		if (kind == NAMED_BIT) {
			dp_rec_cstr(tree, "", name);
		} else if (kind == NAMED_INT) {
			dp_rec_u64(tree, name, v->value);
		} else {
			dp_rec_obj(tree, "");
			dp_rec_str(tree, name, v->data, v->value);
			dp_rec_end(tree);
		}
	}
}

static void traffic_tree(const struct dp_detect *d, const struct dp_flow_detect *fd,
	struct dp_rec *tree)
{
	static const char *const key[2] = {"id", "label"};
	bool open = false;

	for (int k = 0; k < 2; k++) {
		bool list = false;

		for (unsigned i = 0; fd && i < fd->named_n; i++) {
			const struct named *v = &fd->named[i];
			const char *name = v->kind == NAMED_BIT ? name_of(d, v->name) : NULL;

			if (!name || traffic_kind(name) != k)
				continue;
			if (!open)
				dp_rec_obj(tree, "traffic");
			if (!list)
				dp_rec_arr(tree, key[k]);
			open = list = true;
			dp_rec_cstr(tree, "", name + strlen(traffic[k]));
		}
		if (list)
			dp_rec_end(tree);
	}
	if (open)
		dp_rec_end(tree);
}

static void metadata_tree(const struct dp_detect *d, const struct dp_flow_detect *fd, bool packet,
	struct dp_rec *tree)
{
	const bool bits = any_of(d, fd, NAMED_BIT), ints = any_of(d, fd, NAMED_INT);
	const bool vars = any_of(d, fd, NAMED_VAR), pkt = packet && dp_pktvars_any(d);

	if (!bits && !ints && !vars && !pkt && !any_entropy(fd))
		return;
	dp_rec_obj(tree, "metadata");
	if (bits) {
		dp_rec_arr(tree, "flowbits");
		put_kind(d, fd, NAMED_BIT, tree);
		dp_rec_end(tree);
	}
	if (ints) {
		dp_rec_obj(tree, "flowints");
		put_kind(d, fd, NAMED_INT, tree);
		dp_rec_end(tree);
	}
	if (vars) {
		dp_rec_arr(tree, "flowvars");
		put_kind(d, fd, NAMED_VAR, tree);
		dp_rec_end(tree);
	}
	if (pkt)
		dp_pktvars_tree(d, tree);
	entropy_tree(fd, tree);
	dp_rec_end(tree);
}

void dp_detect_flow_tree(const struct dp_detect *d, const struct dp_flow *f, struct dp_rec *tree)
{
	metadata_tree(d, f->det, false, tree);
	traffic_tree(d, f->det, tree);
}

void dp_detect_alert_tree(const struct dp_detect *d, const struct dp_pkt *p,
	const struct dp_alert *a, struct dp_rec *tree)
{
	const struct dp_flow_detect *fd = p->flow ? p->flow->det : NULL;

	dp_context_tree(d, a, tree);
	metadata_tree(d, fd, true, tree);
	traffic_tree(d, fd, tree);
}
