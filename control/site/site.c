/* SPDX-License-Identifier: Apache-2.0 */
#include "site_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#define MAX_KEY 256
#define MAX_DEPTH 24
#define MAX_INCLUDES 8 /* files that include files */

struct reader {
	struct ctl_site *s;
	yaml_document_t doc;
	struct ctl_site_eve *eve; /**< output whose options are being read */
	const char *path;
	unsigned depth; /**< of includes */
	char *err;
	size_t err_len;
	int rc; /**< of an included file */
};

void ctl_site_init(struct ctl_site *s)
{
	*s = (struct ctl_site){.eves = 1, .inline_auto = true, .master_policy = -1};
	dp_conf_default(&s->conf);
	ctl_eve_options_default(&s->eve[0].opt);
}

void ctl_site_fini(struct ctl_site *s)
{
	char **path[] = {&s->yaml_path, &s->beside, &s->classification, &s->reference, &s->threshold,
		&s->rule_path, &s->store_dir, &s->rep_path, &s->rep_categories, &s->geoip};

	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
		free(*path[i]);
	for (unsigned i = 0; i < CTL_SITE_EVES; i++)
		free(s->eve[i].filename);
	for (unsigned i = 0; i < s->rep_files; i++)
		free(s->rep_file[i]);
	for (unsigned i = 0; i < s->vars; i++)
		free(s->var[i]);
	for (unsigned i = 0; i < s->notes; i++) {
		free(s->note[i].key);
		free(s->note[i].value);
	}
	free(s->os_net);
	free(s->note);
	*s = (struct ctl_site){0};
}

static const char *text_of(const yaml_node_t *n)
{
	return (const char *)n->data.scalar.value;
}

static uint32_t line_of(const yaml_node_t *n)
{
	return (uint32_t)n->start_mark.line + 1;
}

/** Every scalar under `n`, with its dotted path; list positions leave no trace in it. */
static void walk(struct reader *r, const yaml_node_t *n, const char *key, unsigned depth,
		void (*each)(struct reader *r, const struct site_value *v))
{
	char below[MAX_KEY];

	if (n == NULL || depth > MAX_DEPTH)
		return;
	if (n->type == YAML_SCALAR_NODE) {
		const char *text = text_of(n);

		if (text[0] && strcmp(text, "null") != 0 && strcmp(text, "~") != 0)
			each(r, &(struct site_value){key, text, line_of(n)});
	} else if (n->type == YAML_SEQUENCE_NODE) {
		for (yaml_node_item_t *i = n->data.sequence.items.start;
				i < n->data.sequence.items.top; i++)
			walk(r, yaml_document_get_node(&r->doc, *i), key, depth + 1, each);
	} else if (n->type == YAML_MAPPING_NODE) {
		for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
				p < n->data.mapping.pairs.top; p++) {
			const yaml_node_t *k = yaml_document_get_node(&r->doc, p->key);

			if (k == NULL || k->type != YAML_SCALAR_NODE)
				continue;
			if ((size_t)snprintf(below, sizeof(below), "%s%s%s", key,
					key[0] ? "." : "", text_of(k)) >= sizeof(below))
				continue;
			walk(r, yaml_document_get_node(&r->doc, p->value), below, depth + 1, each);
		}
	}
}

static void plain_value(struct reader *r, const struct site_value *v)
{
	site_apply(r->s, v);
}

static void eve_value(struct reader *r, const struct site_value *v)
{
	if (strcmp(v->key, "enabled") != 0 && strcmp(v->key, "types") != 0)
		site_eve_apply(r->s, r->eve, v);
}

static const yaml_node_t *member(struct reader *r, const yaml_node_t *map, const char *key)
{
	if (map == NULL || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *k = yaml_document_get_node(&r->doc, p->key);

		if (k != NULL && k->type == YAML_SCALAR_NODE && strcmp(text_of(k), key) == 0)
			return yaml_document_get_node(&r->doc, p->value);
	}
	return NULL;
}

/** `types:` lists what is on: names, or names with options. */
static void eve_types(struct reader *r, const yaml_node_t *types)
{
	struct ctl_eve_options *o = &r->eve->opt;

	o->types = CTL_EVE_BIT(CTL_EVE_FAULT);
	o->app_listed = true;
	o->app_n = 0;
	if (types == NULL || types->type != YAML_SEQUENCE_NODE)
		return;
	for (yaml_node_item_t *i = types->data.sequence.items.start;
			i < types->data.sequence.items.top; i++) {
		const yaml_node_t *n = yaml_document_get_node(&r->doc, *i), *name = n;

		if (n == NULL)
			continue;
		if (n->type == YAML_MAPPING_NODE && n->data.mapping.pairs.start < n->data.mapping.pairs.top)
			name = yaml_document_get_node(&r->doc, n->data.mapping.pairs.start->key);
		if (name == NULL || name->type != YAML_SCALAR_NODE)
			continue;
		if (strcmp(text_of(name), "alert") == 0)
			o->verdict = o->tagged = false; // asked for by name, as the peer has it
		if (!site_eve_type(o, text_of(name), true))
			site_note(r->s, &(struct site_value){"outputs.eve-log.types", text_of(name),
				line_of(name)}, "too many types");
	}
}

/** The peer takes the layout of DNS records from its environment where an output does not say it. */
static void from_environment(struct ctl_eve_options *o)
{
	const char *version = getenv("SURICATA_EVE_DNS_VERSION");

	o->dns_v2 = version != NULL && strcmp(version, "2") == 0;
}

/** Only version 2 of the file store is known, here as at the peer; a version must be named. */
static void file_store(struct reader *r, const yaml_node_t *body)
{
	const yaml_node_t *version = member(r, body, "version");
	struct ctl_site *s = r->s;

	if (version == NULL || version->type != YAML_SCALAR_NODE || atoi(text_of(version)) < 2) {
		if (s->faults < 4)
			s->fault[s->faults++] = "file-store: only version 2 is known, write `version: 2`";
		return;
	}
	s->conf.app.file_store = true;
	walk(r, body, "file-store", 0, plain_value);
}

static void one_output(struct reader *r, const char *name, const yaml_node_t *body)
{
	const yaml_node_t *on = member(r, body, "enabled");
	struct ctl_site *s = r->s;

	if (strcmp(name, "file-store") == 0) {
		if (on != NULL && on->type == YAML_SCALAR_NODE && site_bool(text_of(on)) == 1)
			file_store(r, body);
		return;
	}
	if (strcmp(name, "eve-log") != 0) {
		s->without_effect++;
		return;
	}
	if (on == NULL || on->type != YAML_SCALAR_NODE || site_bool(text_of(on)) != 1)
		return;
	if (s->eves == CTL_SITE_EVES) {
		site_note(s, &(struct site_value){"outputs.eve-log", "", line_of(body)}, "too many");
		return;
	}
	r->eve = &s->eve[s->eves++];
	ctl_eve_options_default(&r->eve->opt);
	from_environment(&r->eve->opt);
	eve_types(r, member(r, body, "types"));
	walk(r, body, "", 0, eve_value);
}

static void outputs(struct reader *r, const yaml_node_t *list)
{
	r->s->eves = 0;
	r->s->outputs_seen = true;
	if (list->type != YAML_SEQUENCE_NODE)
		return;
	for (yaml_node_item_t *i = list->data.sequence.items.start;
			i < list->data.sequence.items.top; i++) {
		const yaml_node_t *n = yaml_document_get_node(&r->doc, *i), *k;

		if (n == NULL || n->type != YAML_MAPPING_NODE ||
				n->data.mapping.pairs.start == n->data.mapping.pairs.top)
			continue;
		k = yaml_document_get_node(&r->doc, n->data.mapping.pairs.start->key);
		if (k != NULL && k->type == YAML_SCALAR_NODE)
			one_output(r, text_of(k), yaml_document_get_node(&r->doc,
				n->data.mapping.pairs.start->value));
	}
}

static int load_one(struct ctl_site *s, const char *path, unsigned depth, char *err, size_t err_len);

/** A file beside this one, or by its whole path. What it says is as if it stood here. */
static void include(struct reader *r, const yaml_node_t *name)
{
	const char *text = name != NULL && name->type == YAML_SCALAR_NODE ? text_of(name) : NULL;
	const char *slash = strrchr(r->path, '/');
	char path[4096];

	if (text == NULL || r->rc)
		return;
	if (text[0] == '/' || slash == NULL)
		snprintf(path, sizeof(path), "%s", text);
	else
		snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - r->path), r->path, text);
	if (text[0] != '/' && r->depth == 0 && r->s->beside == NULL)
		r->s->beside = strdup(text);
	r->rc = load_one(r->s, path, r->depth + 1, r->err, r->err_len);
}

static void includes(struct reader *r, const yaml_node_t *v)
{
	if (v->type != YAML_SEQUENCE_NODE) {
		include(r, v);
		return;
	}
	for (yaml_node_item_t *i = v->data.sequence.items.start; i < v->data.sequence.items.top; i++)
		include(r, yaml_document_get_node(&r->doc, *i));
}

static void top(struct reader *r, const yaml_node_t *root)
{
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
			p < root->data.mapping.pairs.top; p++) {
		const yaml_node_t *k = yaml_document_get_node(&r->doc, p->key);
		const yaml_node_t *v = yaml_document_get_node(&r->doc, p->value);

		if (k == NULL || v == NULL || k->type != YAML_SCALAR_NODE)
			continue;
		if (strcmp(text_of(k), "outputs") == 0)
			outputs(r, v);
		else if (strcmp(text_of(k), "include") == 0)
			includes(r, v);
		else if (strcmp(text_of(k), "vars") != 0)
			walk(r, v, text_of(k), 0, plain_value);
	}
}

static int load_one(struct ctl_site *s, const char *path, unsigned depth, char *err, size_t err_len)
{
	struct reader r = {.s = s, .path = path, .depth = depth, .err = err, .err_len = err_len};
	const yaml_node_t *root;
	yaml_parser_t parser;
	FILE *f;
	int rc = 0;

	if (depth > MAX_INCLUDES) {
		snprintf(err, err_len, "%s: files include each other too deeply", path);
		return -EINVAL;
	}
	f = fopen(path, "rbe");
	if (f == NULL) {
		rc = -errno;
		snprintf(err, err_len, "%s: %s", path, strerror(-rc));
		return rc;
	}
	if (!yaml_parser_initialize(&parser)) {
		fclose(f);
		return -ENOMEM;
	}
	yaml_parser_set_input_file(&parser, f);
	if (!yaml_parser_load(&parser, &r.doc)) {
		snprintf(err, err_len, "%s:%zu:%zu: not YAML: %s", path, parser.problem_mark.line + 1,
			parser.problem_mark.column + 1, parser.problem ? parser.problem : "?");
		rc = -EINVAL;
	} else {
		root = yaml_document_get_root_node(&r.doc);
		if (root != NULL && root->type == YAML_MAPPING_NODE) {
			top(&r, root);
		} else if (root != NULL && (root->type != YAML_SCALAR_NODE || text_of(root)[0])) {
			snprintf(err, err_len, "%s:%u: no settings: expected `name: value` at the beginning of a "
				"line", path, line_of(root));
			r.rc = -EINVAL;
		}
		rc = r.rc;
		yaml_document_delete(&r.doc);
	}
	yaml_parser_delete(&parser);
	fclose(f);
	return rc;
}

int ctl_site_alone(const struct ctl_site *s, const char *name, char *err, size_t err_len)
{
	if (s->beside == NULL)
		return 0;
	snprintf(err, err_len, "%s includes %s: name it by its whole path, for a copy is kept", name,
		s->beside);
	return -EINVAL;
}

int ctl_site_load(struct ctl_site *s, const char *path, char *err, size_t err_len)
{
	s->from_yaml = true;
	// The peer's default where a configuration names no systems.
	s->conf.os_default[0] = s->conf.os_default[1] = DP_OS_BSD;
	from_environment(&s->eve[0].opt);
	free(s->yaml_path);
	s->yaml_path = strdup(path);
	return load_one(s, path, 0, err, err_len);
}

/** `outputs.1.eve-log` and `reputation-files.0` name list positions: they leave no trace here. */
static void without_positions(const char *path, size_t len, char key[MAX_KEY])
{
	size_t to = 0, n;

	for (size_t from = 0; from < len; from += n + 1) {
		for (n = 0; from + n < len && path[from + n] != '.'; n++)
			;
		if (strspn(path + from, "0123456789") >= n || to + n + 2 > MAX_KEY)
			continue;
		if (to)
			key[to++] = '.';
		memcpy(key + to, path + from, n);
		to += n;
	}
	key[to] = 0;
}

int ctl_site_set(struct ctl_site *s, const char *assignment, char *err, size_t err_len)
{
	static const char eve[] = "outputs.eve-log.";
	const char *equal = strchr(assignment, '=');
	struct site_value v = {.line = 0};
	char key[MAX_KEY];

	if (equal == NULL || equal == assignment) {
		snprintf(err, err_len, "--set %s: write it as path=value", assignment);
		return -EINVAL;
	}
	without_positions(assignment, (size_t)(equal - assignment), key);
	v.text = equal + 1;
	v.key = key;
	if (strncmp(key, eve, sizeof(eve) - 1) == 0 && s->eves) {
		v.key = key + sizeof(eve) - 1;
		site_eve_apply(s, &s->eve[0], &v);
	} else {
		site_apply(s, &v);
	}
	return 0;
}

/**
 * A policy that is not set follows `exception-policy`; its `auto` is, on an inline engine of the
 * peer, to drop the flow (not where midstream sessions are wanted), and to do nothing otherwise.
 * That holds where a site brings the peer's configuration; without one the default is fail-open.
 */
static void policies(struct ctl_site *s)
{
	struct dp_conf *c = &s->conf;
	uint8_t *pol[] = {&c->pol_stream_memcap, &c->pol_reassembly_memcap, &c->pol_midstream,
		&c->pol_flow_memcap, &c->pol_defrag_memcap, &c->pol_app_error};
	uint8_t master = DP_POL_IGNORE;

	if (s->master_policy >= 0)
		master = (uint8_t)s->master_policy;
	else if (s->from_yaml && s->conf.simulate_ips && !s->conf.midstream)
		master = DP_POL_DROP_FLOW;
	for (unsigned i = 0; i < 6; i++)
		if (!s->policy_set[i])
			*pol[i] = master;
}

/** Which header workers have to look for; one for each kind of record, whatever the outputs. */
static void forwarded(struct dp_conf *c, const struct ctl_eve_options *o)
{
	_Static_assert((int)DP_XFF__COUNT == (int)CTL_XFF__COUNT - 1, "the same kinds");
	for (unsigned i = 0; i < DP_XFF__COUNT; i++) {
		const struct ctl_xff *x = ctl_eve_xff(o, (enum ctl_xff_kind)(i + 1));

		if (x->on)
			snprintf(c->xff_header[i], sizeof(c->xff_header[i]), "%s",
				x->header[0] ? x->header : "x-forwarded-for");
	}
}

void ctl_site_finish(struct ctl_site *s)
{
	struct dp_conf *c = &s->conf;
	uint32_t frame_bytes = 0;
	bool frames = false;

	c->geoip_path = s->geoip;
	if (s->inline_auto)
		c->inline_mode = c->simulate_ips || c->on_wire;
	// Inline each segment is judged as it comes: patterns over the seam need what went before.
	if (c->inline_mode && c->raw_window_bytes == 0)
		c->raw_window_bytes = c->chunk_ts;
	c->raw_again = c->inline_mode && !c->on_wire;
	policies(s);
	c->log_anomaly_header = false;
	c->log_anomaly_decode = c->log_anomaly_stream = c->log_flow = c->log_drop = c->log_app = c->log_frame =
		false;
	for (unsigned i = 0; i < s->eves; i++) {
		struct ctl_eve_options *o = &s->eve[i].opt;
		uint8_t policy[] = {c->pol_app_error, c->pol_midstream, c->pol_stream_memcap,
			c->pol_reassembly_memcap, c->pol_defrag_memcap, c->pol_flow_memcap};

		memcpy(o->policy, policy, sizeof(policy));
		if (o->types & CTL_EVE_BIT(CTL_EVE_ANOMALY)) {
			c->log_anomaly_decode |= o->anomaly_decode;
			c->log_anomaly_stream |= o->anomaly_stream;
		}
		o->anomaly_header &= o->anomaly_decode; // as the peer: not for stream events alone
		c->log_anomaly_header |= o->anomaly_header;
		c->app.alert_http_body |= o->alert_http_body;
		c->app.alert_ws_payload |= o->alert_ws_payload;
		if (ctl_eve_options_names(o, "frame")) {
			frames = true;
			frame_bytes = o->frame_max > frame_bytes ? o->frame_max : frame_bytes;
		}
		memcpy(o->host, s->sensor, sizeof(o->host));
		c->log_app |= ctl_eve_options_app(o);
		c->log_frame |= ctl_eve_options_names(o, "frame");
		c->log_arp |= ctl_eve_options_names(o, "arp");
		o->stats_no_decoder = s->stats_no_decoder;
		o->stats_stream = s->stats_stream;
		memcpy(o->stats_decoder_prefix, s->stats_prefix, sizeof(o->stats_decoder_prefix));
		if (CTL_TLS_NEED_DER(o->tls_fields))
			c->app_want |= DP_APP_WANT_TLS_DER;
		if (CTL_TLS_NEED_HELLO(o->tls_fields))
			c->app_want |= DP_APP_WANT_TLS_HELLO;
		if (o->pgsql_passwords)
			c->app_want |= DP_APP_WANT_PASSWORDS;
		if (o->ike_extended)
			c->app_want |= DP_APP_WANT_IKE_EXTENDED;
		if (o->dhcp_extended)
			c->app_want |= DP_APP_WANT_DHCP_EXTENDED;
		c->log_flow |= (o->types & (CTL_EVE_BIT(CTL_EVE_FLOW) | CTL_EVE_BIT(CTL_EVE_NETFLOW))) != 0;
		c->log_drop |= (o->types & CTL_EVE_BIT(CTL_EVE_DROP)) != 0;
		if ((o->payload || o->payload_printable) && c->log_payload_bytes < o->payload_max)
			c->log_payload_bytes = o->payload_max;
		c->log_packet |= o->packet;
		c->log_tagged |= o->tagged && (o->types & CTL_EVE_BIT(CTL_EVE_ALERT));
		forwarded(c, o);
	}
	if (frames)
		c->log_frame_bytes = frame_bytes;
}
