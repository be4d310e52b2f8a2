/* SPDX-License-Identifier: Apache-2.0 */
/** What a configuration asks for that cannot be on a wire, or is decided elsewhere there. */
#include "site_internal.h"

#include <string.h>

static const struct {
	const char *key; /**< with a dot at its end: everything below */
	const char *why;
} elsewhere[] = {
	{"host-os-policy.", "inline the first copy of every byte counts, whatever a host runs"},
	{"geoip-database", "sekisho-inspect --geoip names it"},
	{"stream.inline", "a wire is inspected inline"},
	{"stream.reassembly.urgent.policy", "on a wire urgent data is cleared into the stream"},
};

const char *site_not_on_wire(const struct ctl_site *s, const struct site_value *v)
{
	if (!s->conf.on_wire)
		return NULL;
	if (strcmp(v->key, "stream.inline") == 0 && site_bool(v->text) != 0)
		return NULL; // what is
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		const size_t n = strlen(elsewhere[i].key);
		const bool below = elsewhere[i].key[n - 1] == '.';

		if (below ? strncmp(v->key, elsewhere[i].key, n) == 0 : strcmp(v->key, elsewhere[i].key) == 0)
			return elsewhere[i].why;
	}
	return NULL;
}
