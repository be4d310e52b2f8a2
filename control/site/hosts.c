/* SPDX-License-Identifier: Apache-2.0 */
/** host-os-policy: which systems hosts run, by address. */
#include "site_internal.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "host-os-policy."

/** An address, or a network a.b.c.d/n. False: it is neither. */
static bool network(const char *text, struct dp_os_net *n)
{
	char addr[64], *slash, *end;
	unsigned long bits;

	if (strlen(text) >= sizeof(addr))
		return false;
	strcpy(addr, text);
	slash = strchr(addr, '/');
	if (slash != NULL)
		*slash = 0;
	n->ver = strchr(addr, ':') != NULL ? 6 : 4;
	if (inet_pton(n->ver == 6 ? AF_INET6 : AF_INET, addr, n->addr.b) != 1)
		return false;
	n->bits = n->ver == 6 ? 128 : 32;
	if (slash == NULL)
		return true;
	bits = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end || bits > n->bits)
		return false;
	n->bits = (uint8_t)bits;
	return true;
}

enum site_web site_host_os(struct ctl_site *s, const struct site_value *v)
{
	struct dp_os_net n = {0}, *grown;

	if (strncmp(v->key, PREFIX, sizeof(PREFIX) - 1) != 0)
		return SITE_WEB_UNKNOWN;
	while (n.os < DP_OS__COUNT && strcmp(v->key + sizeof(PREFIX) - 1, dp_os_name[n.os]) != 0)
		n.os++;
	if (n.os == DP_OS__COUNT)
		return SITE_WEB_UNKNOWN;
	if (!network(v->text, &n))
		return SITE_WEB_UNFIT;
	grown = realloc(s->os_net, (s->conf.os_nets + 1) * sizeof(*grown));
	if (grown == NULL)
		return SITE_WEB_UNFIT;
	grown[s->conf.os_nets++] = n;
	s->os_net = grown;
	s->conf.os_net = grown;
	return SITE_WEB_APPLIED;
}
