/* SPDX-License-Identifier: Apache-2.0 */
/** Settings of single protocols: on or off, where they are looked for, how far they are read. */
#include "site_internal.h"

#include <string.h>
#include <strings.h>

#include <sig/proto.h>

static unsigned protocol_named(const char *name, size_t n)
{
	for (unsigned p = SIG_PROTO_HTTP1; p < SIG_PROTO__COUNT && p < 64; p++)
		if (strncmp(sig_proto_rule_name[p], name, n) == 0 && sig_proto_rule_name[p][n] == 0)
			return p;
	return 0;
}

/** app-layer.protocols.NAME[.tcp|.udp].detection-ports.dp: where its probe is tried. */
static bool protocol_ports(struct ctl_site *s, const struct site_value *v)
{
	static const char prefix[] = "app-layer.protocols.";
	const char *name = v->key + sizeof(prefix) - 1, *rest;
	uint16_t port[4] = {0};
	unsigned proto;

	if (strncmp(v->key, prefix, sizeof(prefix) - 1) != 0)
		return false;
	rest = name + strcspn(name, ".");
	proto = protocol_named(name, (size_t)(rest - name));
	if (proto == 0 || site_ports(v->text, port) || port[0] == 0)
		return false;
	for (unsigned udp = 0; udp < 2; udp++) {
		static const char *const tail[2][2] = {
			{".detection-ports.dp", ".tcp.detection-ports.dp"},
			{".detection-ports.dp", ".udp.detection-ports.dp"}};
		uint16_t *to = s->conf.app_ports[udp][proto];

		if (strcmp(rest, tail[udp][0]) == 0 || strcmp(rest, tail[udp][1]) == 0) {
			memset(to, 0, sizeof(s->conf.app_ports[0][0]));
			memcpy(to, port, sizeof(port));
		}
	}
	return strcmp(rest, ".detection-ports.dp") == 0 ||
		strcmp(rest, ".tcp.detection-ports.dp") == 0 ||
		strcmp(rest, ".udp.detection-ports.dp") == 0;
}

/** app-layer.protocols.NAME[.tcp|.udp].enabled: the parser on or off. True when the key was of that form. */
static bool protocol_switch(struct ctl_site *s, const struct site_value *v)
{
	static const char prefix[] = "app-layer.protocols.";
	const char *name = v->key + sizeof(prefix) - 1, *dot;
	bool tcp, udp;
	bool detect_only = strcmp(v->text, "detection-only") == 0;
	int on = detect_only ? 0 : site_bool(v->text);
	uint8_t off = detect_only ? DP_APP_DETECT_ONLY : on ? DP_APP_ON : DP_APP_OFF;
	unsigned proto;

	if (strncmp(v->key, prefix, sizeof(prefix) - 1) != 0)
		return false;
	dot = strchr(name, '.');
	if (dot == NULL || on < 0)
		return false;
	tcp = strcmp(dot, ".tcp.enabled") == 0;
	udp = strcmp(dot, ".udp.enabled") == 0;
	if (!tcp && !udp && strcmp(dot, ".enabled") != 0)
		return false;
	proto = protocol_named(name, (size_t)(dot - name));
	if (proto == SIG_PROTO_HTTP_ANY)
		proto = SIG_PROTO_HTTP1;
	if (proto && !udp)
		s->conf.app_off[0][proto] = off;
	if (proto && !tcp)
		s->conf.app_off[1][proto] = off;
	return proto != 0;
}

/** app-layer.protocols.NAME.stream-depth: bytes of each direction that are inspected; 0: all. */
static bool protocol_depth(struct ctl_site *s, const struct site_value *v)
{
	static const char prefix[] = "app-layer.protocols.";
	const char *name = v->key + sizeof(prefix) - 1, *rest;
	uint64_t bytes;
	unsigned proto;

	if (strncmp(v->key, prefix, sizeof(prefix) - 1) != 0)
		return false;
	rest = name + strcspn(name, ".");
	proto = protocol_named(name, (size_t)(rest - name));
	if (proto == 0 || strcmp(rest, ".stream-depth") != 0 || ctl_site_size(v->text, &bytes))
		return false;
	s->conf.app_depth[proto] = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
	s->conf.app_depth_set[proto] = true;
	return true;
}

/** Fingerprints in records: yes, no whatever signatures ask for, or as they ask. */
static bool fingerprints(struct ctl_site *s, const struct site_value *v)
{
	static const struct {
		const char *key;
		uint32_t want;
	} known[] = {{"app-layer.protocols.ssh.hassh", DP_APP_WANT_HASSH},
		{"app-layer.protocols.tls.ja3-fingerprints", DP_APP_WANT_JA3},
		{"app-layer.protocols.tls.ja4-fingerprints", DP_APP_WANT_JA4}};
	int b = site_bool(v->text);

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(v->key, known[i].key) != 0)
			continue;
		if (b < 0)
			return strcmp(v->text, "auto") == 0;
		s->conf.app_want |= b ? known[i].want : 0;
		s->conf.app_unwanted &= ~known[i].want;
		s->conf.app_unwanted |= b ? 0 : known[i].want;
		return true;
	}
	return false;
}

/** app-layer.protocols.NAME.encryption-handling: what happens to a flow once it is encrypted. */
static bool encryption(struct ctl_site *s, const struct site_value *v)
{
	static const struct {
		const char *key;
		unsigned proto;
	} known[] = {{"app-layer.protocols.tls.encryption-handling", SIG_PROTO_TLS},
		{"app-layer.protocols.ssh.encryption-handling", SIG_PROTO_SSH}};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(v->key, known[i].key) != 0)
			continue;
		s->conf.encrypt_bypass[known[i].proto] = strcmp(v->text, "bypass") == 0;
		return strcmp(v->text, "bypass") == 0 || strcmp(v->text, "full") == 0 ||
			strcmp(v->text, "track-only") == 0 || strcmp(v->text, "default") == 0;
	}
	return false;
}

bool site_protocol(struct ctl_site *s, const struct site_value *v)
{
	return protocol_depth(s, v) || protocol_switch(s, v) || protocol_ports(s, v) ||
		fingerprints(s, v) || encryption(s, v);
}
