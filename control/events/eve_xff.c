/* SPDX-License-Identifier: Apache-2.0 */
/** The client that a proxy speaks for, as a header of the request names it. */
#include "eve_internal.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#define CHAIN_MAX 512u

const struct ctl_xff *ctl_eve_xff(const struct ctl_eve_options *o, enum ctl_xff_kind kind)
{
	return o->xff[kind].said ? &o->xff[kind] : &o->xff[CTL_XFF_ANY];
}

/** One address of a chain, perhaps with brackets or a port. */
static bool proxied(struct eve_tree t, bool first, char out[INET6_ADDRSTRLEN])
{
	char text[CHAIN_MAX + 1], *at = text, *comma, *end;
	struct eve_member m;
	uint8_t addr[16];

	if (!eve_tree_find(t, "xff", &m) || m.tok.kind != DP_REC_STR || m.tok.n > CHAIN_MAX)
		return false;
	memcpy(text, m.tok.p, m.tok.n);
	text[m.tok.n] = 0;
	comma = first ? strchr(text, ',') : strrchr(text, ',');
	if (comma != NULL && first)
		*comma = 0;
	else if (comma != NULL)
		at = comma + 1;
	at += strspn(at, " \t[");
	at[strcspn(at, " \t]")] = 0;
	end = strchr(at, ':');
	if (end != NULL && strchr(end + 1, ':') == NULL)
		*end = 0; // IPv4 with a port
	if (inet_pton(AF_INET6, at, addr) != 1 && inet_pton(AF_INET, at, addr) != 1)
		return false;
	snprintf(out, INET6_ADDRSTRLEN, "%s", at);
	return true;
}

void eve_xff(struct ctl_eve *e, enum ctl_xff_kind kind, struct eve_tree tree,
		char extra[INET6_ADDRSTRLEN])
{
	const struct ctl_xff *x = ctl_eve_xff(&e->opt, kind);

	extra[0] = 0;
	if (!x->on || !proxied(tree, x->forward, extra) || !x->overwrite)
		return;
	memcpy(e->client, extra, sizeof(e->client));
	extra[0] = 0;
}
