/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"

#include <sig/keyword.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const header_word[SIG_HDR__COUNT] = {"ip", "ipv4", "ipv6", "tcp", "tcp-pkt",
	"tcp-stream", "udp", "icmp", "icmpv4", "icmpv6", "sctp", "igmp", "pkthdr", "arp", "ether",
	"app"};

const char *sig_field_proto(const struct sig_rule *r)
{
	return r->hdr == SIG_HDR_APP ? sig_proto_rule_name[r->app] : header_word[r->hdr];
}

static bool number_is(const char *value, uint32_t n)
{
	char *end;
	unsigned long v = strtoul(value, &end, 0);

	return end != value && !*end && v == n;
}

static bool yes(const char *value, bool is)
{
	bool want =
		strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;

	return want == is;
}

static bool has_keyword(const struct sig_rule *r, const char *value)
{
	for (uint16_t i = 0; i < r->opts_n; i++) {
		if (strcmp(sig_keyword_table[r->opt[i].keyword].name, value) == 0)
			return true;
	}
	return false;
}

static bool has_buffer(const struct sig_rule *r, const char *value)
{
	for (uint16_t i = 0; i < r->lists_n; i++) {
		if (strcmp(sig_buffer_info[r->list[i].buffer].name, value) == 0)
			return true;
	}
	return false;
}

static bool has_reference(const struct sig_rule *r, const char *value)
{
	for (uint32_t i = 0; i < r->references_n; i++) {
		if (strcmp(r->reference[i].type, value) == 0 ||
			strstr(r->reference[i].value, value))
			return true;
	}
	return false;
}

static bool has_metadata(const struct sig_rule *r, const char *key, const char *value)
{
	for (uint32_t i = 0; i < r->metadata_n; i++) {
		if (strcasecmp(r->metadata[i].key, key) == 0 &&
			strcasecmp(r->metadata[i].value, value) == 0)
			return true;
	}
	return false;
}

int sig_field_is(const struct sig_rule *r, const char *key, size_t key_len, const char *value)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)key_len, key);
	if (strcmp(name, "sid") == 0)
		return number_is(value, r->sid);
	if (strcmp(name, "gid") == 0)
		return number_is(value, r->gid);
	if (strcmp(name, "rev") == 0)
		return number_is(value, r->rev);
	if (strcmp(name, "priority") == 0)
		return number_is(value, r->priority);
	if (strcmp(name, "action") == 0)
		return strcmp(sig_action_name[r->action], value) == 0;
	if (strcmp(name, "proto") == 0)
		return strcmp(sig_field_proto(r), value) == 0;
	if (strcmp(name, "app") == 0)
		return strcmp(sig_proto_rule_name[r->app], value) == 0;
	if (strcmp(name, "class") == 0 || strcmp(name, "classtype") == 0)
		return strcmp(r->classtype, value) == 0;
	if (strcmp(name, "msg") == 0)
		return strcasestr(r->msg, value) != NULL;
	if (strcmp(name, "file") == 0)
		return strstr(r->file, value) != NULL;
	if (strcmp(name, "keyword") == 0)
		return has_keyword(r, value);
	if (strcmp(name, "buffer") == 0)
		return has_buffer(r, value);
	if (strcmp(name, "reference") == 0)
		return has_reference(r, value);
	if (strcmp(name, "noalert") == 0)
		return yes(value, r->flags & SIG_R_NOALERT);
	if (strcmp(name, "enabled") == 0)
		return yes(value, r->enabled);
	return has_metadata(r, name, value);
}
