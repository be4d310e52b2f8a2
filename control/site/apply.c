/* SPDX-License-Identifier: Apache-2.0 */
/** The table of settings: dotted path, what kind of value, where it goes. */
#include "site_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { BOOL, U8, U16, U32, U64, SIZE32, SIZE64, POLICY, PORTS4, PATH, ALERTS };

#define M(field) offsetof(struct ctl_site, conf.field)
#define HTTP "app-layer.protocols.http.libhtp.default-config."

static const struct setting {
	const char *key;
	enum kind kind;
	size_t at;
} settings[] = {
	{"stream.midstream", BOOL, M(midstream)},
	{"stream.async-oneside", BOOL, M(async_oneside)},
	{"stream.checksum-validation", BOOL, M(checksum_check)},
	{"stream.drop-invalid", BOOL, M(stream_drop_invalid)},
	{"stream.bypass", BOOL, M(stream_bypass)},
	{"stream.memcap", SIZE64, M(stream_memcap)},
	{"stream.max-synack-queued", U32, M(max_synack_queued)},
	{"stream.max-syn-queued", U32, M(max_syn_queued)},
	{"stream.reassembly.memcap", SIZE64, M(reassembly_memcap)},
	{"stream.reassembly.depth", SIZE32, M(stream_depth)},
	{"stream.reassembly.toserver-chunk-size", SIZE32, M(chunk_ts)},
	{"stream.reassembly.toclient-chunk-size", SIZE32, M(chunk_tc)},
	{"stream.midstream-policy", POLICY, M(pol_midstream)},
	{"stream.memcap-policy", POLICY, M(pol_stream_memcap)},
	{"stream.reassembly.memcap-policy", POLICY, M(pol_reassembly_memcap)},
	{"defrag.memcap", SIZE64, M(defrag_memcap)},
	{"defrag.memcap-policy", POLICY, M(pol_defrag_memcap)},
	{"defrag.timeout", U32, M(defrag_timeout_s)},
	{"defrag.trackers", U32, M(defrag_max_datagrams)},
	{"flow.memcap", SIZE64, M(flow_memcap)},
	{"flow.memcap-policy", POLICY, M(pol_flow_memcap)},
	{"app-layer.error-policy", POLICY, M(pol_app_error)},
	{"flow-timeouts.tcp.new", U32, M(to_new_s[0])},
	{"flow-timeouts.udp.new", U32, M(to_new_s[1])},
	{"flow-timeouts.icmp.new", U32, M(to_new_s[2])},
	{"flow-timeouts.default.new", U32, M(to_new_s[3])},
	{"flow-timeouts.tcp.established", U32, M(to_est_s[0])},
	{"flow-timeouts.udp.established", U32, M(to_est_s[1])},
	{"flow-timeouts.icmp.established", U32, M(to_est_s[2])},
	{"flow-timeouts.default.established", U32, M(to_est_s[3])},
	{"flow-timeouts.tcp.closed", U32, M(to_closed_s[0])},
	{"flow-timeouts.default.closed", U32, M(to_closed_s[3])},
	{"flow-timeouts.tcp.bypassed", U32, M(to_bypassed_s[0])},
	{"flow-timeouts.udp.bypassed", U32, M(to_bypassed_s[1])},
	{"flow-timeouts.icmp.bypassed", U32, M(to_bypassed_s[2])},
	{"flow-timeouts.default.bypassed", U32, M(to_bypassed_s[3])},
	{"vlan.use-for-tracking", BOOL, M(vlan_use_for_tracking)},
	{"decoder.recursion-level.use-for-tracking", BOOL, M(recursion_use_for_tracking)},
	{"decoder.teredo.enabled", BOOL, M(teredo)},
	{"decoder.teredo.ports", PORTS4, M(teredo_ports)},
	{"decoder.vxlan.enabled", BOOL, M(vxlan)},
	{"decoder.vxlan.ports", PORTS4, M(vxlan_ports)},
	{"decoder.geneve.enabled", BOOL, M(geneve)},
	{"decoder.geneve.ports", PORTS4, M(geneve_ports)},
	{"decoder.erspan.typeI.enabled", BOOL, M(erspan1)},
	{"decoder.max-layers", U8, M(decode_max_layers)},
	{"packet-alert-max", ALERTS, M(max_alerts)},
	{"detect.guess-applayer-tx", BOOL, M(guess_tx)},
	{"detect.stream-tx-log-limit", U8, M(guess_tx_max)},
	{"stats.stream-events", BOOL, offsetof(struct ctl_site, stats_stream)},
	{"pcre.match-limit", U32, M(pcre_match_limit)},
	{"pcre.match-limit-recursion", U32, M(pcre_recursion_limit)},
	{HTTP "request-body-limit", SIZE32, M(http_request_body_limit)},
	{HTTP "response-body-limit", SIZE32, M(http_response_body_limit)},
	{HTTP "request-body-minimal-inspect-size", SIZE32, M(http_request_inspect_min)},
	{HTTP "request-body-inspect-window", SIZE32, M(http_request_inspect_window)},
	{HTTP "response-body-minimal-inspect-size", SIZE32, M(http_response_inspect_min)},
	{HTTP "response-body-inspect-window", SIZE32, M(http_response_inspect_window)},
	{"app-layer.protocols.mqtt.max-msg-length", SIZE32, M(mqtt_max_msg_bytes)},
	{"app-layer.protocols.mqtt.max-tx", U32, M(mqtt_max_tx)},
	{"app-layer.protocols.nfs.max-tx", U32, M(nfs_max_tx)},
	{"app-layer.protocols.websocket.max-payload-size", SIZE32, M(ws_max_payload_bytes)},
	{"classification-file", PATH, offsetof(struct ctl_site, classification)},
	{"reference-config-file", PATH, offsetof(struct ctl_site, reference)},
	{"threshold-file", PATH, offsetof(struct ctl_site, threshold)},
	{"default-rule-path", PATH, offsetof(struct ctl_site, rule_path)},
	{"default-reputation-path", PATH, offsetof(struct ctl_site, rep_path)},
	{"geoip-database", PATH, offsetof(struct ctl_site, geoip)},
	{"reputation-categories-file", PATH, offsetof(struct ctl_site, rep_categories)},
};

/** Settings of another program's shell: no effect on what is detected or reported here. */
static const char *const without_effect[] = {
	"%", "logging.", "default-log-dir", "stats.", "threading.", "af-packet", "af-xdp", "pcap.",
	"pcap-file.", "dpdk.", "profiling.", "mpm-algo", "spm-algo", "unix-command.", "coredump.",
	"napatech.", "nflog", "netmap", "pfring", "ipfw", "nfq", "capture.", "host-mode", "runmode",
	"max-pending-packets", "autofp-scheduler", "default-packet-size", "luajit.", "security.",
	"engine-analysis.", "run-as.", "pid-file", "daemon-directory", "umask",
	"plugins", "magic-file", "suricata-version", "legacy.", "host.", "detect.profiling.",
	"flow.hash-size", "flow.prealloc", "flow.emergency-recovery", "flow.managers",
	"flow.recyclers", "defrag.hash-size", "defrag.prealloc", "defrag.max-frags", "rule-files",
	"stream.prealloc-sessions", "stream.reassembly.randomize-chunk-size", "detect.grouping",
	"stream.reassembly.randomize-chunk-range", "stream.reassembly.segment-prealloc",
	"detect.profile", "detect.custom-values.", "detect.sgh-mpm-context", "detect.prefilter.",
	"action-order-checked", "datasets.enabled",
	NULL
};

int site_bool(const char *text)
{
	static const char *const yes[] = {"yes", "true", "on", "1", NULL};
	static const char *const no[] = {"no", "false", "off", "0", NULL};

	for (unsigned i = 0; yes[i] != NULL; i++)
		if (strcasecmp(text, yes[i]) == 0)
			return 1;
	for (unsigned i = 0; no[i] != NULL; i++)
		if (strcasecmp(text, no[i]) == 0)
			return 0;
	return -1;
}

int site_policy(const char *text)
{
	static const char *const name[] = {"ignore", "drop-flow", "drop-packet", "reject",
		"reject-both", "bypass", "pass-flow", "pass-packet"};

	if (strcmp(text, "auto") == 0)
		return -2;
	for (int i = 0; i < 8; i++)
		if (strcmp(text, name[i]) == 0)
			return i;
	return -1;
}

int ctl_site_size(const char *text, uint64_t *bytes)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} unit[] = {{"", 0}, {"b", 0}, {"kb", 10}, {"mb", 20}, {"gb", 30}, {"kib", 10},
		{"mib", 20}, {"gib", 30}, {"k", 10}, {"m", 20}, {"g", 30}};
	char *end;
	double v = strtod(text, &end);

	if (end == text || v < 0)
		return -EINVAL;
	while (isspace((unsigned char)*end))
		end++;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (strcasecmp(end, unit[i].unit) == 0) {
			v *= (double)(UINT64_C(1) << unit[i].shift);
			*bytes = v > 1e18 ? UINT64_C(1000000000000000000) : (uint64_t)v;
			return 0;
		}
	}
	return -EINVAL;
}

void site_note(struct ctl_site *s, const struct site_value *v, const char *why)
{
	struct ctl_site_note *grown = realloc(s->note, (s->notes + 1) * sizeof(*grown));
	size_t n = strnlen(v->text, 60);

	if (grown == NULL)
		return;
	while (n > 0 && ((unsigned char)v->text[n] & 0xc0) == 0x80) // not inside a character
		n--;
	s->note = grown;
	grown[s->notes++] = (struct ctl_site_note){strdup(v->key), strndup(v->text, n), v->line, why};
}

int site_ports(const char *text, uint16_t out[4])
{
	uint16_t port[4] = {0};
	unsigned n = 0;

	while (*text) {
		char *end;
		unsigned long v;

		if (!isdigit((unsigned char)*text)) {
			if (*text == '$' || *text == '!' || *text == ':')
				return -1;
			text++;
			continue;
		}
		v = strtoul(text, &end, 10);
		if (v > 65535 || n == 4)
			return -1;
		port[n++] = (uint16_t)v;
		text = end;
	}
	if (n)
		memcpy(out, port, sizeof(port));
	return 0;
}

static int number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return end == text || *end || errno || *out > max ? -1 : 0;
}

static int store(struct ctl_site *s, const struct setting *set, const char *text)
{
	char *at = (char *)s + set->at;
	static const uint64_t max[] = {[U8] = UINT8_MAX, [U16] = UINT16_MAX, [U32] = UINT32_MAX,
		[U64] = UINT64_MAX, [ALERTS] = UINT16_MAX};
	uint64_t v = 0;
	int b;

	switch (set->kind) {
	case BOOL:
		b = site_bool(text);
		if (b < 0)
			return strcmp(text, "auto") == 0 ? 0 : -1;
		*(bool *)at = b;
		return 0;
	case POLICY:
		b = site_policy(text);
		if (b == -1)
			return -1;
		if (b >= 0) {
			*(uint8_t *)at = (uint8_t)b;
			s->policy_set[set->at - M(pol_stream_memcap)] = true;
		}
		return 0;
	case PORTS4:
		return site_ports(text, (uint16_t *)(void *)at);
	case PATH:
		free(*(char **)(void *)at);
		*(char **)(void *)at = strdup(text);
		return 0;
	case SIZE32:
	case SIZE64:
		if (strcasecmp(text, "unlimited") == 0)
			v = 0;
		else if (ctl_site_size(text, &v))
			return -1;
		break;
	default:
		if (number(text, max[set->kind], &v))
			return -1;
		break;
	}
	if (set->kind == ALERTS && v == 0)
		return -1;
	if (set->kind == U8)
		*(uint8_t *)at = (uint8_t)v;
	else if (set->kind == U16 || set->kind == ALERTS)
		*(uint16_t *)(void *)at = (uint16_t)v;
	else if (set->kind == SIZE64 || set->kind == U64)
		*(uint64_t *)(void *)at = v;
	else
		*(uint32_t *)(void *)at = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
	return 0;
}

static bool urgent(struct ctl_site *s, const struct site_value *v)
{
	static const char *const name[] = {"oob", "inline", "drop", "gap"};

	if (strcmp(v->key, "stream.reassembly.urgent.policy") != 0)
		return false;
	for (uint8_t i = 0; i < 4; i++) {
		if (strcmp(v->text, name[i]) == 0) {
			s->conf.urgent_policy = i;
			return true;
		}
	}
	return false;
}

/** `action-order:` names the four actions, the first to win first. */
static bool action_order(struct ctl_site *s, const struct site_value *v)
{
	static const char *const name[] = {"pass", "drop", "reject", "alert"};

	if (strcmp(v->key, "action-order") != 0 || s->actions == 4)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(v->text, name[i]) == 0) {
			s->conf.action_rank[i] = (uint8_t)s->actions++;
			return true;
		}
	}
	return false;
}

static bool special(struct ctl_site *s, const struct site_value *v)
{
	const char *key = v->key;
	int b = site_bool(v->text);

	if (strcmp(key, "stream.inline") == 0) {
		s->inline_auto = b < 0;
		s->conf.inline_mode = b > 0;
		return true;
	}
	if (strcmp(key, "stats.decoder-events") == 0 && b >= 0) {
		s->stats_no_decoder = !b;
		return true;
	}
	if (strcmp(key, "stats.decoder-events-prefix") == 0) {
		snprintf(s->stats_prefix, sizeof(s->stats_prefix), "%s", v->text);
		return true;
	}
	if (strcmp(key, "sensor-name") == 0 && strlen(v->text) < sizeof(s->sensor)) {
		snprintf(s->sensor, sizeof(s->sensor), "%s", v->text);
		return true;
	}
	if (strcmp(key, "exception-policy") == 0 && site_policy(v->text) != -1) {
		s->master_policy = site_policy(v->text) < 0 ? -1 : site_policy(v->text);
		return true;
	}
	if (strcmp(key, "reputation-files") == 0 && s->rep_files < CTL_SITE_LISTS) {
		s->rep_file[s->rep_files++] = strdup(v->text);
		return true;
	}
	if ((strncmp(key, "vars.", 5) == 0 || strncmp(key, "datasets.", 9) == 0) &&
		s->vars < 2 * CTL_SITE_LISTS) {
		if (v->line == 0 && asprintf(&s->var[s->vars], "%s=%s", key, v->text) > 0)
			s->vars++;
		return true; // those of the file are read by the language room
	}
	return action_order(s, v) || urgent(s, v) || site_protocol(s, v);
}

void site_apply(struct ctl_site *s, const struct site_value *v)
{
	const char *elsewhere = site_not_on_wire(s, v);
	enum site_web web;

	if (elsewhere != NULL) {
		site_note(s, v, elsewhere);
		return;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strcmp(settings[i].key, v->key) != 0)
			continue;
		if (store(s, &settings[i], v->text))
			site_note(s, v, "the value does not fit");
		else
			s->applied++;
		return;
	}
	if (special(s, v)) {
		s->applied++;
		return;
	}
	web = site_host_os(s, v);
	switch (web == SITE_WEB_UNKNOWN ? site_web(s, v) : web) {
	case SITE_WEB_APPLIED:
		s->applied++;
		return;
	case SITE_WEB_NO_EFFECT:
		s->without_effect++;
		return;
	case SITE_WEB_UNFIT:
		site_note(s, v, "the value does not fit");
		return;
	default:
		break;
	}
	for (unsigned i = 0; without_effect[i] != NULL; i++) {
		size_t n = strlen(without_effect[i]);
		bool prefix = without_effect[i][n - 1] == '.';

		if (strncmp(v->key, without_effect[i], n) == 0 &&
				(prefix || v->key[n] == 0 || v->key[n] == '.')) {
			s->without_effect++;
			return;
		}
	}
	site_note(s, v, "not understood");
}
