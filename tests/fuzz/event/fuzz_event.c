/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Any bytes as a token tree, and as a record of each type: what comes out is one line of valid JSON
 * or nothing. First byte: 0 a tree, else the type of a record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctl/eve.h>
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_json(const char *text, size_t n)
{
	json_error_t err;
	json_t *v = json_loadb(text, n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &err);

	if (v == NULL) {
		fprintf(stderr, "%s: %.*s\n", err.text, (int)n, text);
		abort();
	}
	json_decref(v);
}

static void as_tree(const uint8_t *data, size_t size)
{
	struct ctl_json j = {0};

	ctl_json_obj(&j, NULL);
	ctl_eve_tree(&j, data, (uint32_t)size);
	ctl_json_end_obj(&j);
	must_be_json(j.buf, j.len);
	ctl_json_fini(&j);
}

static void as_record(uint8_t type, const uint8_t *data, size_t size)
{
	struct dp_ev_head *rec = aligned_alloc(8, (size + 64) & ~(size_t)7);
	struct ctl_eve_options o;
	struct ctl_eve e;
	char *line, *end;

	if (rec == NULL)
		return;
	memset(rec, 0, sizeof(*rec));
	memcpy((char *)rec + sizeof(*rec), data, size);
	rec->len = (uint32_t)(size + sizeof(*rec));
	rec->type = type;
	rec->version = DP_EV_VERSION;
	ctl_eve_options_default(&o);
	o.payload = o.payload_printable = o.packet = o.community_id = true;
	o.anomaly_decode = o.anomaly_stream = true;
	o.types |= CTL_EVE_BIT(CTL_EVE_NETFLOW);
	ctl_eve_init(&e, &o, NULL, NULL);
	ctl_eve_record(&e, rec);
	for (line = e.out.buf; line != NULL && line < e.out.buf + e.out.len; line = end + 1) {
		end = memchr(line, '\n', (size_t)(e.out.buf + e.out.len - line));
		if (end == NULL)
			abort();
		must_be_json(line, (size_t)(end - line));
	}
	ctl_eve_fini(&e);
	free(rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > DP_EV_MAX - sizeof(struct dp_ev_head))
		return 0;
	if (data[0] % 8 == 0)
		as_tree(data + 1, size - 1);
	else
		as_record(data[0] % 8, data + 1, size - 1);
	return 0;
}
