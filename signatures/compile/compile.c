/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int lower_all(struct build *b)
{
	int rc = order_rules(b);

	for (size_t i = 0; i < b->order_n && rc == 0; i++) {
		const struct sig_rule *r = b->set->rule[b->order[i]];
		const char *why = "cannot be expressed in the image";

		if (b->current)
			*b->current = b->order[i] + 1;
		rc = lower_rule(b, r, b->order[i], &why);
		if (rc && rc != -ENOMEM) {
			build_reject(b, r, why);
			rc = 0;
		}
		if (i % 4096 == 0)
			report_progress(b, "signatures", (uint32_t)i, (uint32_t)b->order_n);
	}
	if (b->current)
		*b->current = 0;
	return rc ? rc : b->oom ? -ENOMEM : 0;
}

static int search_all(struct build *b)
{
	int rc;

	do {
		uint32_t t = ms_now();

		choose_patterns(b);
		rc = b->oom ? -ENOMEM : group_patterns(b);
		b->rep->ms_group += ms_now() - t;
		t = ms_now();
		if (rc == 0)
			rc = compile_groups(b);
		b->rep->ms_hyperscan += ms_now() - t;
	} while (rc == -EAGAIN);
	return rc;
}

// Names what was compiled, whatever machine did it: everything but the databases.
static uint64_t content_id(const struct build *b)
{
	uint64_t h[SIG_SEC_GROUP];

	for (unsigned i = 0; i < SIG_SEC_GROUP; i++)
		h[i] = sig_hash64(b->sec[i].p, b->sec[i].n);
	return sig_hash64(h, sizeof(h));
}

int compile_with(struct build *b, int out_fd)
{
	struct sig_compile_report *rep = b->rep;
	const uint32_t t0 = ms_now();
	uint32_t t = t0;
	struct rusage ru;
	int rc;

	build_str(b, NULL);
	lower_global_table(b);
	rc = lower_all(b);
	if (rc == 0)
		rc = build_reputation(b);
	rep->ms_lower = ms_now() - t;
	if (rc == 0)
		rc = search_all(b);
	t = ms_now();
	rep->sigs = build_count(b, SIG_SEC_SIG, sizeof(struct sig_img_sig));
	rep->groups = build_count(b, SIG_SEC_GROUP, sizeof(struct sig_img_group));
	rep->patterns = build_count(b, SIG_SEC_PAT, sizeof(struct sig_img_pat));
	rep->regexes = build_count(b, SIG_SEC_REGEX, sizeof(struct sig_img_regex));
	rep->ops = build_count(b, SIG_SEC_OP, sizeof(struct sig_img_op));
	if (rc == 0)
		rc = build_write(b, out_fd, content_id(b));
	rep->ms_write = ms_now() - t;
	rep->ms_total = ms_now() - t0;
	if (getrusage(RUSAGE_SELF, &ru) == 0)
		rep->peak_bytes = (uint64_t)ru.ru_maxrss * 1024;
	return rc;
}

int sig_compile(const struct sig_ruleset *set, const struct sig_compile_opts *opts, int out_fd,
	struct sig_compile_report *report)
{
	struct build b = {.set = set, .opts = opts, .rep = report};
	int rc;

	memset(report, 0, sizeof(*report));
	rc = compile_with(&b, out_fd);
	build_fini(&b);
	return rc;
}

void sig_compile_report_fini(struct sig_compile_report *r)
{
	free(r->rejected);
	r->rejected = NULL;
	r->rejected_n = 0;
}
