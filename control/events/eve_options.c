/* SPDX-License-Identifier: Apache-2.0 */
#include "eve_internal.h"

#include <stdlib.h>
#include <string.h>

/**
 * As the peer's stock eve-log section: alert, anomaly (application layer only), drop, flow, stats
 * and every protocol; netflow off; no payload, no community_id. The verdict object is ours by
 * default: an operator of an inline appliance asks for it first.
 */
void ctl_eve_options_default(struct ctl_eve_options *o)
{
	*o = (struct ctl_eve_options){
		.types = CTL_EVE_BIT(CTL_EVE_ALERT) | CTL_EVE_BIT(CTL_EVE_DROP) |
			CTL_EVE_BIT(CTL_EVE_FLOW) | CTL_EVE_BIT(CTL_EVE_ANOMALY) |
			CTL_EVE_BIT(CTL_EVE_STATS) | CTL_EVE_BIT(CTL_EVE_FAULT) |
			CTL_EVE_BIT(CTL_EVE_APP),
		.alert_metadata = true,
		.alert_flow = true,
		.alert_app = true,
		.verdict = true,
		.tagged = true,
		.payload_max = 4096,
		.frame_max = 4095,
		.metadata = true,
		.anomaly_app = true,
		.drop_alerts = true,
		.flow_exception = true,
		.tls_extended = true,
		.stats_totals = true,
	};
}

void ctl_eve_init(struct ctl_eve *e, const struct ctl_eve_options *o, ctl_sig_lookup_fn *fn,
		void *arg)
{
	*e = (struct ctl_eve){.opt = *o, .lookup = fn, .lookup_arg = arg};
}

void ctl_eve_fini(struct ctl_eve *e)
{
	ctl_json_fini(&e->out);
	free(e->last_stats);
	free(e->dropped);
	e->last_stats = NULL;
	e->dropped = NULL;
}

void ctl_eve_restart(struct ctl_eve *e, const char *capture)
{
	free(e->dropped);
	e->dropped = NULL;
	e->opt.capture = capture;
}

void ctl_eve_options_only(struct ctl_eve_options *o, const char *list)
{
	static const char *const fixed[CTL_EVE_APP] = {"alert", "drop", "flow", "netflow", "anomaly",
		"stats", "fault"};

	o->types = 0;
	o->app_listed = true;
	o->app_n = 0;
	while (*list != '\0') {
		size_t n = strcspn(list, ",");
		unsigned t = 0;

		while (t < CTL_EVE_APP && (strlen(fixed[t]) != n || memcmp(fixed[t], list, n) != 0))
			t++;
		o->types |= n ? CTL_EVE_BIT(t) : 0;
		if (t == CTL_EVE_APP && n && n < sizeof(o->app_on[0]) && o->app_n < CTL_EVE_MAX_TYPES) {
			memcpy(o->app_on[o->app_n], list, n);
			o->app_on[o->app_n++][n] = '\0';
		}
		list += n + (list[n] == ',');
	}
}

bool ctl_eve_options_names(const struct ctl_eve_options *o, const char *type)
{
	for (unsigned i = 0; o->app_listed && i < o->app_n; i++)
		if (strcmp(o->app_on[i], type) == 0)
			return true;
	return false;
}

bool ctl_eve_options_app(const struct ctl_eve_options *o)
{
	return (o->types & CTL_EVE_BIT(CTL_EVE_APP)) && (!o->app_listed || o->app_n);
}
