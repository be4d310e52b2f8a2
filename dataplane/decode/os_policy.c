/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/ctx.h>
#include <dp/os_policy.h>
#include <string.h>

const char *const dp_os_name[DP_OS__COUNT] = {"bsd", "bsd-right", "old-linux", "linux", "old-solaris",
	"solaris", "hpux10", "hpux11", "irix", "macos", "windows", "vista", "windows2k3", "first", "last"};

static bool holds(const struct dp_os_net *n, const union dp_addr *addr)
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (memcmp(n->addr.b, addr->b, whole) != 0)
		return false;
	return rest == 0 || ((n->addr.b[whole] ^ addr->b[whole]) & mask) == 0;
}

enum dp_os dp_os_of(const struct dp_conf *conf, uint8_t ver, const union dp_addr *addr)
{
	const struct dp_os_net *best = NULL;

	for (uint32_t i = 0; i < conf->os_nets; i++) {
		const struct dp_os_net *n = &conf->os_net[i];

		if (n->ver == ver && (best == NULL || n->bits >= best->bits) && holds(n, addr))
			best = n;
	}
	return best != NULL ? (enum dp_os)best->os : (enum dp_os)conf->os_default[ver == 6];
}
