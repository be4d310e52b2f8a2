/* SPDX-License-Identifier: Apache-2.0 */
/** What of a site's settings is not in force, for those who ask. */
#include <ctl/site.h>

#include <jansson.h>

struct json_t *ctl_site_notes(const struct ctl_site *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->notes; i++) {
		const struct ctl_site_note *n = &s->note[i];

		json_array_append_new(all, json_pack("{s:s,s:s*,s:i,s:s}", "key", n->key, "value", n->value,
			"line", (int)n->line, "why", n->why));
	}
	for (unsigned i = 0; i < s->faults; i++)
		json_array_append_new(all, json_pack("{s:s,s:i,s:s}", "key", "outputs", "line", 0, "why",
			s->fault[i]));
	return all;
}
