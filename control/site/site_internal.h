/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_SITE_INTERNAL_H
#define CTL_SITE_INTERNAL_H

#include <ctl/site.h>

/** One scalar of the file. key: dotted path without list positions. */
struct site_value {
	const char *key, *text;
	uint32_t line;
};

/** One scalar outside `outputs`. */
void site_apply(struct ctl_site *s, const struct site_value *v);
void site_note(struct ctl_site *s, const struct site_value *v, const char *why);
/** Why a setting has no effect where s->conf.on_wire (wire.c); NULL: it has. */
const char *site_not_on_wire(const struct ctl_site *s, const struct site_value *v);
/** -1 not a boolean, else 0 or 1. */
int site_bool(const char *text);
/** enum dp_policy, -1 unknown, -2 auto. */
int site_policy(const char *text);
char **site_path_member(struct ctl_site *s, const char *key);

/** app-layer.protocols.NAME (protocols.c). True when handled. */
bool site_protocol(struct ctl_site *s, const struct site_value *v);
/** Up to four port numbers in any list syntax; a variable leaves the default. */
int site_ports(const char *text, uint16_t out[4]);

enum site_web { SITE_WEB_UNKNOWN, SITE_WEB_APPLIED, SITE_WEB_NO_EFFECT, SITE_WEB_UNFIT };
/** HTTP, mail, FTP and files (web.c). */
enum site_web site_web(struct ctl_site *s, const struct site_value *v);
/** The same of an eve-log output. True when handled. */
bool site_web_eve(struct ctl_site *s, const struct site_value *v);

/** host-os-policy.SYSTEM: the addresses of hosts that run it (hosts.c). */
enum site_web site_host_os(struct ctl_site *s, const struct site_value *v);

/** One option of an eve-log output: key relative to it (`types.alert.payload`). */
void site_eve_apply(struct ctl_site *s, struct ctl_site_eve *e, const struct site_value *v);
/** Switch one of `types` on or off. False: a type that is unknown here. */
bool site_eve_type(struct ctl_eve_options *o, const char *type, bool on);

#endif
