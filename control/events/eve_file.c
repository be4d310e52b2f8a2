/* SPDX-License-Identifier: Apache-2.0 */
/** Records of files: what the file store made of a file that was to be kept. */
#include "eve_internal.h"

#include <ctl/filestore.h>
#include <string.h>

bool eve_file_is_last(const struct ctl_filestore *s, const struct dp_ev_app *a, struct eve_tree t)
{
	struct eve_member m;

	return a->c.worker < DP_MAX_SLOTS && eve_tree_find(t, "fileinfo", &m) &&
		m.tok.kind == DP_REC_OBJ && eve_tree_find(m.inside, "file_id", &m) &&
		m.tok.kind == DP_REC_U64 && m.tok.u64 == (uint32_t)s->last[a->c.worker].id;
}

static bool is_key(const struct eve_member *m, const char *key)
{
	return m->tok.key_len == strlen(key) && memcmp(m->tok.key, key, m->tok.key_len) == 0;
}

/** The worker said that it is stored; it is not. */
static bool not_stored(struct ctl_eve *e, struct eve_tree t, const char *why)
{
	struct ctl_json *j = &e->out;
	struct eve_member m;
	uint32_t pos = 0;
	bool good = true;

	ctl_json_obj(j, "fileinfo");
	while (eve_tree_next(t, &pos, &m)) {
		if (is_key(&m, "stored"))
			ctl_json_bool(j, "stored", false);
		else if (is_key(&m, "file_id"))
			ctl_json_str(j, "store_error", why);
		else
			good &= eve_tree_members(j, m.whole, NULL, e);
	}
	ctl_json_end_obj(j);
	return good;
}

bool eve_file_members(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t)
{
	struct eve_member m;
	const char *why = NULL;
	uint32_t pos = 0;
	bool good = true;

	if (e->store != NULL && eve_file_is_last(e->store, a, t))
		why = e->store->last[a->c.worker].why;
	if (why == NULL)
		return eve_tree_members(&e->out, t, eve_keep_member, e);
	while (eve_tree_next(t, &pos, &m))
		good &= is_key(&m, "fileinfo") ? not_stored(e, m.inside, why)
					       : eve_tree_members(&e->out, m.whole, eve_keep_member, e);
	return good;
}
