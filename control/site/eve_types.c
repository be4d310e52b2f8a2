/* SPDX-License-Identifier: Apache-2.0 */
/** The options of an `eve-log` output. */
#include "site_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define O(field) offsetof(struct ctl_eve_options, field)

static const struct {
	const char *key;
	size_t at; /**< of a bool */
} switches[] = {
	{"community-id", O(community_id)},
	{"types.alert.tagged-packets", O(tagged)},
	{"metadata", O(metadata)},
	{"pcap-file", O(pcap_file)},
	{"ethernet", O(ethernet)},
	{"types.alert.payload", O(payload)},
	{"types.alert.payload-printable", O(payload_printable)},
	{"types.alert.payload-length", O(payload_length)},
	{"types.alert.packet", O(packet)},
	{"types.alert.verdict", O(verdict)},
	{"types.alert.metadata.rule.metadata", O(alert_metadata)},
	{"types.alert.metadata.rule.raw", O(alert_raw)},
	{"types.alert.metadata.rule.reference", O(alert_references)},
	{"types.alert.metadata.flow", O(alert_flow)},
	{"types.alert.metadata.app-layer", O(alert_app)},
	{"types.anomaly.types.decode", O(anomaly_decode)},
	{"types.anomaly.types.stream", O(anomaly_stream)},
	{"types.anomaly.types.applayer", O(anomaly_app)},
	{"types.anomaly.packethdr", O(anomaly_header)},
	{"types.drop.alerts", O(drop_alerts)},
	{"types.drop.verdict", O(drop_verdict)},
	{"types.flow.exception-policy", O(flow_exception)},
	{"types.tls.extended", O(tls_extended)},
	{"types.stats.totals", O(stats_totals)},
	{"types.stats.deltas", O(stats_deltas)},
	{"types.ike.extended", O(ike_extended)},
	{"types.pgsql.passwords", O(pgsql_passwords)},
	{"types.dhcp.extended", O(dhcp_extended)},
};

/** What older configurations name and newer peers print anyway. */
static const char *const ignored[] = {"filetype", "append", "rotate-interval", "pcap-file",
	"types.alert.http", "types.alert.tls", "types.alert.ssh", "types.alert.smtp",
	"types.alert.dnp3", "types.stats.threads",
	"types.http.extended", "identity", "facility", "level", "threaded", "buffer-size",
	"types.files.force-filestore", "prefix", NULL};

bool site_eve_type(struct ctl_eve_options *o, const char *type, bool on)
{
	static const struct {
		const char *name;
		enum ctl_eve_type type;
	} fixed[] = {{"alert", CTL_EVE_ALERT}, {"drop", CTL_EVE_DROP}, {"flow", CTL_EVE_FLOW},
		{"netflow", CTL_EVE_NETFLOW}, {"anomaly", CTL_EVE_ANOMALY},
		{"stats", CTL_EVE_STATS}, {"fault", CTL_EVE_FAULT}};
	char name[sizeof(o->app_on[0])];

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(type, fixed[i].name) == 0) {
			o->types &= ~CTL_EVE_BIT(fixed[i].type);
			if (on)
				o->types |= CTL_EVE_BIT(fixed[i].type);
			return true;
		}
	}
	snprintf(name, sizeof(name), "%s", strcmp(type, "files") == 0 ? "fileinfo" : type);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	for (unsigned i = 0; i < o->app_n; i++) {
		if (strcmp(o->app_on[i], name) == 0) {
			if (!on)
				o->app_on[i][0] = 0;
			return true;
		}
	}
	if (!on)
		return true;
	if (o->app_n == CTL_EVE_MAX_TYPES)
		return false;
	o->types |= CTL_EVE_BIT(CTL_EVE_APP);
	snprintf(o->app_on[o->app_n++], sizeof(name), "%s", name);
	if (strcmp(name, "tls") == 0)
		o->tls_extended = false, o->tls_no_resumption = true; // unless it has options
	if (strcmp(name, "ftp") == 0)
		site_eve_type(o, "ftp_data", true);
	if (strcmp(name, "dns") == 0)
		site_eve_type(o, "mdns", true);
	return true;
}

/** What a DNS output shows: directions, types of records, formats, the layout's version. */
static bool dns(struct ctl_eve_options *o, const char *key, const char *text)
{
	int b = site_bool(text);
	size_t n = strlen(o->dns_types);

	if (strcmp(key, "version") == 0) {
		o->dns_v2 = strcmp(text, "2") == 0;
		return o->dns_v2 || strcmp(text, "3") == 0;
	}
	if ((strcmp(key, "requests") == 0 || strcmp(key, "query") == 0) && b >= 0) {
		o->dns_no_requests = !b;
	} else if ((strcmp(key, "responses") == 0 || strcmp(key, "answer") == 0) && b >= 0) {
		o->dns_no_responses = !b;
	} else if (strcmp(key, "types") == 0 || strcmp(key, "custom") == 0) {
		if (n + strlen(text) + 3 > sizeof(o->dns_types))
			return false;
		n += (size_t)snprintf(o->dns_types + n, sizeof(o->dns_types) - n, "%s%s,",
			n ? "" : ",", text);
		for (size_t i = 0; i < n; i++)
			o->dns_types[i] = (char)toupper((unsigned char)o->dns_types[i]);
	} else if (strcmp(key, "formats") == 0) {
		const bool detailed = strcmp(text, "detailed") == 0;

		if (!detailed && strcmp(text, "grouped") != 0)
			return false; // alone it leaves the default
		if (!o->dns_formats)
			o->dns_no_detailed = o->dns_no_grouped = true;
		o->dns_formats = true;
		if (detailed)
			o->dns_no_detailed = false;
		else
			o->dns_no_grouped = false;
	} else {
		return false;
	}
	return true;
}

/** X-Forwarded-For and its like, for all records or one kind. True when understood. */
static bool xff(struct ctl_eve_options *o, const char *key, const char *text)
{
	static const struct {
		const char *prefix;
		enum ctl_xff_kind kind;
	} kinds[] = {{"xff.", CTL_XFF_ANY}, {"types.alert.xff.", CTL_XFF_ALERT},
		{"types.http.xff.", CTL_XFF_HTTP}, {"types.files.xff.", CTL_XFF_FILE}};
	const int on = site_bool(text);
	struct ctl_xff *x = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && x == NULL; i++) {
		if (strncmp(key, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
			x = &o->xff[kinds[i].kind];
			key += strlen(kinds[i].prefix);
		}
	}
	if (x == NULL)
		return false;
	x->said = true;
	if (strcmp(key, "enabled") == 0 && on >= 0) {
		x->on = on;
	} else if (strcmp(key, "mode") == 0 &&
			(strcmp(text, "overwrite") == 0 || strcmp(text, "extra-data") == 0)) {
		x->overwrite = strcmp(text, "overwrite") == 0;
	} else if (strcmp(key, "deployment") == 0 &&
			(strcmp(text, "forward") == 0 || strcmp(text, "reverse") == 0)) {
		x->forward = strcmp(text, "forward") == 0;
	} else if (strcmp(key, "header") == 0 && strlen(text) < sizeof(x->header)) {
		for (size_t i = 0; i <= strlen(text); i++)
			x->header[i] = (char)tolower((unsigned char)text[i]);
	} else {
		return false;
	}
	return true;
}

static bool tls(struct ctl_eve_options *o, const char *key, const char *text)
{
	if (!o->tls_said)
		o->tls_no_resumption = false;
	o->tls_said = true;
	if (strcmp(key, "session-resumption") == 0 && site_bool(text) >= 0) {
		o->tls_no_resumption = !site_bool(text);
		return true;
	}
	if (strcmp(key, "ja4") == 0 && site_bool(text) >= 0) {
		if (o->tls_fields && site_bool(text))
			o->tls_fields |= 1u << 12;
		return true;
	}
	for (unsigned i = 0; strcmp(key, "custom") == 0 && ctl_tls_field[i] != NULL; i++) {
		if (strcmp(text, ctl_tls_field[i]) == 0) {
			o->tls_fields |= 1u << i;
			return true;
		}
	}
	return false;
}

/** What alerts show of HTTP bodies and WebSocket messages. */
static bool contents(struct ctl_eve_options *o, const char *key, int on)
{
	static const struct {
		const char *key;
		size_t at;
		uint8_t form;
	} known[] = {{"types.alert.http-body", O(alert_http_body), DP_LOG_BASE64},
		{"types.alert.http-body-printable", O(alert_http_body), DP_LOG_PRINTABLE},
		{"types.alert.websocket-payload", O(alert_ws_payload), DP_LOG_BASE64},
		{"types.alert.websocket-payload-printable", O(alert_ws_payload), DP_LOG_PRINTABLE}};

	for (size_t i = 0; on >= 0 && i < sizeof(known) / sizeof(known[0]); i++) {
		uint8_t *forms = (uint8_t *)o + known[i].at;

		if (strcmp(key, known[i].key) != 0)
			continue;
		*forms = (uint8_t)(on ? *forms | known[i].form : *forms & ~known[i].form);
		return true;
	}
	return false;
}

/** Values that are not a plain switch. True when handled. */
static bool special(struct ctl_site *s, struct ctl_site_eve *e, const struct site_value *v)
{
	struct ctl_eve_options *o = &e->opt;
	uint64_t n;
	int b = site_bool(v->text);

	if (strcmp(v->key, "filename") == 0) {
		free(e->filename);
		e->filename = strdup(v->text);
	} else if (strcmp(v->key, "community-id-seed") == 0) {
		o->community_seed = (uint16_t)atoi(v->text);
	} else if (strcmp(v->key, "suricata-version") == 0 && b >= 0) {
		snprintf(o->version, sizeof(o->version), "%s", b ? SEKISHO_VERSION : "");
	} else if (strcmp(v->key, "types.alert.payload-buffer-size") == 0 &&
			ctl_site_size(v->text, &n) == 0) {
		o->payload_max = (uint32_t)n;
	} else if (strcmp(v->key, "types.frame.payload-buffer-size") == 0 &&
			ctl_site_size(v->text, &n) == 0) {
		o->frame_max = n > 4096 ? 4095 : n ? (uint32_t)n - 1 : 0; // one less, as the peer
	} else if (contents(o, v->key, b)) {
		return true;
	} else if (strcmp(v->key, "types.alert.metadata") == 0 && b >= 0) {
		o->alert_metadata = o->alert_flow = o->alert_app = b;
	} else if (xff(o, v->key, v->text)) {
		return true;
	} else if (strcmp(v->key, "types.drop.flows") == 0) {
		o->drop_flow_start = strcmp(v->text, "start") == 0;
	} else if (strcmp(v->key, "types.stats.null-values") == 0 && b >= 0) {
		o->stats_no_zeroes = !b;
	} else if (strncmp(v->key, "types.dns.", 10) == 0 && strcmp(v->key + 10, "enabled") != 0) {
		return dns(o, v->key + 10, v->text);
	} else if (strcmp(v->key, "types.smb.types") == 0) {
		unsigned i = 0;

		while (ctl_smb_type[i] != NULL && strcmp(ctl_smb_type[i], v->text) != 0)
			i++;
		if (ctl_smb_type[i] == NULL)
			return false;
		o->smb_types |= 1u << i;
	} else if (strncmp(v->key, "types.tls.", 10) == 0 && tls(o, v->key + 10, v->text)) {
		return true;
	} else if (strcmp(v->key, "types.mqtt.string-log-limit") == 0 &&
			ctl_site_size(v->text, &n) == 0) {
		s->conf.mqtt_log_bytes = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	} else if (strcmp(v->key, "types.mqtt.passwords") == 0 && b >= 0) {
		s->conf.mqtt_no_passwords = !b;
	} else {
		return false;
	}
	return true;
}

void site_eve_apply(struct ctl_site *s, struct ctl_site_eve *e, const struct site_value *v)
{
	int b = site_bool(v->text);

	if (site_web_eve(s, v) || special(s, e, v)) {
		s->applied++;
		return;
	}
	if (strncmp(v->key, "types.", 6) == 0) { // types.NAME.enabled
		const char *name = v->key + 6, *dot = strchr(name, '.');

		if (dot != NULL && strcmp(dot, ".enabled") == 0 && b >= 0) {
			char *type = strndup(name, (size_t)(dot - name));

			if (type != NULL)
				site_eve_type(&e->opt, type, b);
			free(type);
			s->applied++;
			return;
		}
	}
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(switches[i].key, v->key) == 0 && b >= 0) {
			*(bool *)((char *)&e->opt + switches[i].at) = b;
			s->applied++;
			return;
		}
	}
	for (unsigned i = 0; ignored[i] != NULL; i++) {
		if (strcmp(v->key, ignored[i]) == 0) {
			s->without_effect++;
			return;
		}
	}
	site_note(s, v, "not understood");
}
