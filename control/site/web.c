/* SPDX-License-Identifier: Apache-2.0 */
/** Settings of HTTP, mail, FTP and files: outside `outputs`, and those of an eve-log output. */
#include "site_internal.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTTP "app-layer.protocols.http.libhtp.default-config."
#define MIME "app-layer.protocols.smtp.mime."
#define FTP "app-layer.protocols.ftp."
#define STORE "file-store."
#define A(field) offsetof(struct dp_app_conf, field)

/* LAYERS: how many, or whether one. */
enum kind { BOOL, U8, LAYERS, NUMBER, SIZE };

static const struct web_setting {
	const char *key;
	enum kind kind;
	size_t at; /**< in struct dp_app_conf */
} settings[] = {
	{HTTP "response-body-decompress-layer-limit", U8, A(http_layers)},
	{HTTP "lzma-enabled", LAYERS, A(http_lzma_layers)},
	{HTTP "lzma-memlimit", SIZE, A(http_lzma_bytes)},
	{HTTP "decompression-time-limit", NUMBER, A(http_decode_us)},
	{HTTP "compression-bomb-limit", SIZE, A(http_bomb_bytes)},
	{HTTP "meta-field-limit", SIZE, A(http_field_max)},
	{HTTP "headers-limit", NUMBER, A(http_headers_max)},
	{"app-layer.protocols.http.byterange.memcap", SIZE, A(range_bytes)},
	{"app-layer.protocols.http.byterange.timeout", NUMBER, A(range_timeout_s)},
	{HTTP "max-tx", NUMBER, A(http_tx_max)},
	{HTTP "double-decode-path", BOOL, A(http_double_path)},
	{HTTP "double-decode-query", BOOL, A(http_double_query)},
	{MIME "decode-mime", BOOL, A(mail_decode)},
	{MIME "decode-base64", BOOL, A(mail_base64)},
	{MIME "decode-quoted-printable", BOOL, A(mail_qp)},
	{MIME "extract-urls", BOOL, A(mail_urls)},
	{MIME "log-url-scheme", BOOL, A(mail_log_scheme)},
	{STORE "force-filestore", BOOL, A(file_store_force)},
	{STORE "stream-depth", SIZE, A(file_store_depth)},
	{STORE "force-magic", BOOL, A(file_magic)},
	{FTP "max-tx", NUMBER, A(ftp_tx_max)},
	{FTP "max-line-length", SIZE, A(ftp_line_max)},
};

/**
 * Known, and without a counterpart: the one way in which HTTP is read here is what clients and
 * servers of all kinds accept; bodies are inspected as the mode (inline or not) asks; sizes are
 * not made random; text of a mail is always kept up to its own limits.
 */
static const char *const without_effect[] = {
	HTTP "personality", HTTP "http-body-inline", HTTP "randomize-inspection-sizes",
	HTTP "randomize-inspection-range", HTTP "uri-include-all", HTTP "query-plusspace-decode",
	HTTP "swf-decompression.type",
	HTTP "swf-decompression.compress-depth", HTTP "swf-decompression.decompress-depth",
	"app-layer.protocols.http.memcap", MIME "header-value-depth", MIME "body-md5",
	STORE "max-open-files", // a file is open here only while a piece is written
	"app-layer.protocols.smtp.inspected-tracker.content-inspect-min-size",
	"app-layer.protocols.smtp.inspected-tracker.content-inspect-window", FTP "memcap", NULL
};

static bool put(void *at, enum kind kind, const char *text)
{
	uint64_t v;
	int b;

	switch (kind) {
	case BOOL:
		b = site_bool(text);
		if (b >= 0)
			*(bool *)at = b;
		return b >= 0;
	case LAYERS:
		b = site_bool(text);
		if (b >= 0) {
			*(uint8_t *)at = (uint8_t)b;
			return true;
		}
		// fall through
	case U8:
		if (ctl_site_size(text, &v) || v > UINT8_MAX)
			return false;
		*(uint8_t *)at = (uint8_t)v;
		return true;
	default:
		if (ctl_site_size(text, &v))
			return false;
		*(uint32_t *)at = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
		return true;
	}
}

/** `extract-urls-schemes` lists schemes: each is kept as it stands in texts. */
static bool scheme(struct ctl_site *s, const struct site_value *v)
{
	struct dp_app_conf *a = &s->conf.app;
	const char *sep = strcasecmp(v->text, "mailto") == 0 ? ":" : "://";

	if (strcmp(v->key, MIME "extract-urls-schemes") != 0)
		return false;
	if (!s->schemes_seen)
		memset(a->mail_schemes, 0, sizeof(a->mail_schemes));
	s->schemes_seen = true;
	for (unsigned i = 0; i < sizeof(a->mail_schemes) / sizeof(a->mail_schemes[0]); i++) {
		char *to = a->mail_schemes[i];

		if (to[0])
			continue;
		return (size_t)snprintf(to, sizeof(a->mail_schemes[0]), "%s%s", v->text, sep) <
			sizeof(a->mail_schemes[0]);
	}
	return false;
}

static bool hash(struct dp_app_conf *a, const char *text)
{
	if (strcasecmp(text, "md5") == 0)
		a->file_hash |= DP_FILE_MD5;
	else if (strcasecmp(text, "sha1") == 0)
		a->file_hash |= DP_FILE_SHA1;
	else if (strcasecmp(text, "sha256") == 0)
		a->file_hash |= DP_FILE_SHA256;
	else
		return false;
	return true;
}

/** Where files are stored, and how much of them. */
static bool store(struct ctl_site *s, const struct site_value *v)
{
	const char *key = v->key + sizeof(STORE) - 1;
	int b = site_bool(v->text);

	if (strncmp(v->key, STORE, sizeof(STORE) - 1) != 0)
		return false;
	if (strcmp(key, "dir") == 0) {
		free(s->store_dir);
		s->store_dir = strdup(v->text);
		return s->store_dir != NULL;
	}
	if (strcmp(key, "write-fileinfo") == 0 && b >= 0) {
		s->store_fileinfo = b;
		return true;
	}
	if (strcmp(key, "quota-bytes") == 0)
		return ctl_site_size(v->text, &s->store_quota_bytes) == 0;
	if (strcmp(key, "quota-files") == 0)
		return ctl_site_size(v->text, &s->store_quota_files) == 0;
	if (strcmp(key, "force-hash") == 0)
		return hash(&s->conf.app, v->text);
	if (strcmp(key, "enabled") == 0 && b >= 0) {
		s->conf.app.file_store = b;
		return true;
	}
	return strcmp(key, "version") == 0 && strcmp(v->text, "2") == 0;
}

enum site_web site_web(struct ctl_site *s, const struct site_value *v)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strcmp(settings[i].key, v->key) == 0)
			return put((char *)&s->conf.app + settings[i].at, settings[i].kind, v->text)
				? SITE_WEB_APPLIED : SITE_WEB_UNFIT;
	if (scheme(s, v) || store(s, v))
		return SITE_WEB_APPLIED;
	if (strcmp(v->key, HTTP "swf-decompression.enabled") == 0 && site_bool(v->text) == 0)
		return SITE_WEB_APPLIED; // it is not done here: off is what there is
	if (strcmp(v->key, "app-layer.protocols.smtp.raw-extraction") == 0 && site_bool(v->text) == 0)
		return SITE_WEB_APPLIED;
	for (unsigned i = 0; without_effect[i] != NULL; i++)
		if (strcmp(without_effect[i], v->key) == 0)
			return SITE_WEB_NO_EFFECT;
	return SITE_WEB_UNKNOWN;
}

static bool dump(struct dp_app_conf *a, const char *text)
{
	static const char *const name[] = {"none", "request", "response", "both"};

	for (uint8_t i = 0; i < 4; i++) {
		if (strcasecmp(text, name[i]) == 0) {
			a->http_dump = i;
			return true;
		}
	}
	return false;
}

/** ",name,name,": one more. The peer also writes names with underscores. */
static bool custom(struct dp_app_conf *a, const char *text)
{
	size_t n = strlen(a->http_custom), m = strlen(text);

	if (m == 0 || n + m + 3 > sizeof(a->http_custom))
		return false;
	if (n == 0)
		a->http_custom[n++] = ',';
	for (size_t i = 0; i < m; i++) {
		char c = text[i];

		a->http_custom[n++] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
	}
	a->http_custom[n++] = ',';
	a->http_custom[n] = 0;
	return true;
}

static bool mail_field(struct dp_app_conf *a, const char *text)
{
	static const char *const name[DP_MAIL__COUNT] = {
		[DP_MAIL_REPLY_TO] = "reply-to", [DP_MAIL_BCC] = "bcc",
		[DP_MAIL_MESSAGE_ID] = "message-id", [DP_MAIL_SUBJECT] = "subject",
		[DP_MAIL_X_MAILER] = "x-mailer", [DP_MAIL_USER_AGENT] = "user-agent",
		[DP_MAIL_RECEIVED] = "received", [DP_MAIL_X_ORIGINATING_IP] = "x-originating-ip",
		[DP_MAIL_IN_REPLY_TO] = "in-reply-to", [DP_MAIL_REFERENCES] = "references",
		[DP_MAIL_IMPORTANCE] = "importance", [DP_MAIL_PRIORITY] = "priority",
		[DP_MAIL_SENSITIVITY] = "sensitivity", [DP_MAIL_ORGANIZATION] = "organization",
		[DP_MAIL_CONTENT_MD5] = "content-md5", [DP_MAIL_DATE] = "date",
	};
	char want[32];

	snprintf(want, sizeof(want), "%s", text);
	for (char *p = want; *p; p++)
		if (*p == '_')
			*p = '-';
	for (unsigned i = 0; i < DP_MAIL__COUNT; i++) {
		if (strcasecmp(want, name[i]) == 0) {
			a->mail_fields |= 1u << i;
			return true;
		}
	}
	return strcasecmp(want, "relays") == 0; // the peer accepts it and prints nothing
}

bool site_web_eve(struct ctl_site *s, const struct site_value *v)
{
	static const uint32_t extended = 1u << DP_MAIL_BCC | 1u << DP_MAIL_MESSAGE_ID |
		1u << DP_MAIL_SUBJECT | 1u << DP_MAIL_X_MAILER | 1u << DP_MAIL_USER_AGENT;
	struct dp_app_conf *a = &s->conf.app;
	int b = site_bool(v->text);

	if (strcmp(v->key, "types.files.force-hash") == 0)
		return hash(a, v->text);
	if (strcmp(v->key, "types.files.force-md5") == 0 && b >= 0) {
		a->file_hash |= b ? DP_FILE_MD5 : 0;
		return true;
	}
	if (strcmp(v->key, "types.files.force-magic") == 0 && b >= 0) {
		a->file_magic = b;
		return true;
	}
	if (strcmp(v->key, "types.http.dump-all-headers") == 0)
		return dump(a, v->text);
	if (strcmp(v->key, "types.http.custom") == 0)
		return custom(a, v->text);
	if (strcmp(v->key, "types.smtp.custom") == 0)
		return mail_field(a, v->text);
	if (strcmp(v->key, "types.smtp.extended") == 0 && b >= 0) {
		a->mail_fields |= b ? extended : 0;
		return true;
	}
	if (strcmp(v->key, "types.smtp.md5") == 0) {
		a->mail_body_md5 |= strcasecmp(v->text, "body") == 0;
		a->mail_subject_md5 |= strcasecmp(v->text, "subject") == 0;
		return strcasecmp(v->text, "body") == 0 || strcasecmp(v->text, "subject") == 0;
	}
	return false;
}
