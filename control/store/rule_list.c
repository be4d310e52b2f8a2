/* SPDX-License-Identifier: Apache-2.0 */
/** Lists of signatures by what they did, for the command line and the API. */
#include <ctl/rule_stats.h>

#include <stdlib.h>
#include <string.h>

double ctl_rule_cost(const struct dp_sig_counters *c)
{
	return c->sampled ? (double)c->cycles / (double)c->sampled * (double)c->evaluated : 0;
}

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *seconds(uint64_t s)
{
	return s ? number(s) : json_null();
}

json_t *ctl_rule_item_json(const struct ctl_rule_item *i)
{
	const struct dp_sig_counters *c = &i->s.c;
	json_t *v = json_object();

	json_object_set_new(v, "layer", json_string(i->layer));
	json_object_set_new(v, "gid", number(i->s.key.gid));
	json_object_set_new(v, "sid", number(i->s.key.sid));
	json_object_set_new(v, "rev", number(i->rev));
	json_object_set_new(v, "msg", json_stringn_nocheck(i->msg, strlen(i->msg)));
	json_object_set_new(v, "prefilter", number(c->prefilter));
	json_object_set_new(v, "evaluated", number(c->evaluated));
	json_object_set_new(v, "matched", number(c->matched));
	json_object_set_new(v, "misses",
		number(c->evaluated > c->matched ? c->evaluated - c->matched : 0));
	json_object_set_new(v, "cycles", c->sampled ? number(c->cycles / c->sampled) : json_null());
	json_object_set_new(v, "cost", number((uint64_t)ctl_rule_cost(c)));
	json_object_set_new(v, "last_match", seconds(c->last_ns / 1000000000u));
	json_object_set_new(v, "since", seconds(i->s.since_s));
	return v;
}

const char *ctl_rule_order(const char *by)
{
	static const struct {
		const char *by, *key;
	} order[] = {{"cost", "cost"}, {"matches", "matched"}, {"misses", "misses"},
		{"evaluations", "evaluated"}, {"hits", "prefilter"}};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (strcmp(by, order[i].by) == 0)
			return order[i].key;
	return NULL;
}

struct ranked {
	json_t *item;
	json_int_t v, sid;
};

static int higher_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->v != y->v)
		return x->v > y->v ? -1 : 1;
	return (x->sid > y->sid) - (x->sid < y->sid);
}

json_t *ctl_rule_top(const json_t *items, const char *key, size_t limit)
{
	const size_t n = json_array_size(items);
	struct ranked *r = calloc(n + 1, sizeof(*r));
	json_t *out = json_array();
	size_t used = 0;

	for (size_t i = 0; r && i < n; i++) {
		json_t *item = json_array_get(items, i);
		const json_int_t v = json_integer_value(json_object_get(item, key));

		if (v > 0)
			r[used++] = (struct ranked){item, v,
				json_integer_value(json_object_get(item, "sid"))};
	}
	if (r)
		qsort(r, used, sizeof(*r), higher_first);
	for (size_t i = 0; i < used && i < limit; i++)
		json_array_append(out, r[i].item);
	free(r);
	return out;
}

json_t *ctl_rule_unused(const json_t *items, uint64_t then_s, size_t *young)
{
	json_t *out = json_array(), *item;
	size_t i;

	*young = 0;
	json_array_foreach(items, i, item) {
		const json_t *last = json_object_get(item, "last_match");
		const json_t *since = json_object_get(item, "since");

		if (json_is_integer(last) && (uint64_t)json_integer_value(last) >= then_s)
			continue;
		if (json_is_integer(since) && (uint64_t)json_integer_value(since) > then_s)
			++*young;
		else
			json_array_append(out, item);
	}
	return out;
}
