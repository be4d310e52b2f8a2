/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/activation.h>

#include <stdio.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

void ctl_activation_begin(struct ctl_activation *a, uint64_t mail, uint32_t image, uint64_t now_ns,
		uint64_t wait_ns)
{
	*a = (struct ctl_activation){.state = CTL_ACT_WAITING, .mail = mail, .image = image,
		.posted_ns = now_ns, .deadline_ns = now_ns + wait_ns};
}

enum ctl_act_state ctl_activation_step(struct ctl_activation *a, const struct ctl_act_worker *w,
		size_t n, uint64_t now_ns)
{
	const struct ctl_act_worker *late = NULL;

	if (a->state != CTL_ACT_WAITING)
		return a->state;
	a->workers = a->adopted = 0;
	for (size_t i = 0; i < n; i++) {
		if (w[i].failed == a->mail) {
			snprintf(a->why, sizeof(a->why), "%s %d: %s", w[i].parent ? "inspection" :
				"worker", w[i].pid, w[i].error && w[i].error[0] ? w[i].error : "refused");
			a->state = CTL_ACT_REFUSED;
			return a->state;
		}
		if (w[i].parent)
			continue;
		a->workers++;
		if (w[i].adopted >= a->mail)
			a->adopted++;
		else
			late = &w[i];
	}
	if (late == NULL) {
		a->state = CTL_ACT_DONE;
		a->done_ns = now_ns;
	} else if (now_ns >= a->deadline_ns) {
		snprintf(a->why, sizeof(a->why), "worker %d (slot %u) did not answer within %lu ms",
			late->pid, late->slot,
			(unsigned long)((now_ns - a->posted_ns) / NS_PER_MS));
		a->state = CTL_ACT_LATE;
	}
	return a->state;
}

unsigned ctl_backoff_ended(struct ctl_backoff *b, uint64_t now_ns)
{
	unsigned ms = CTL_BACKOFF_FIRST_MS;

	if (b->last_start_ns && now_ns - b->last_start_ns >= CTL_STEADY_S * NS_PER_S)
		b->failures = 0;
	b->failures++;
	if (b->failures >= CTL_BREAKER_FAILURES) {
		b->failures = 0;
		b->trips++;
		b->open_until_ns = now_ns + CTL_BREAKER_S * NS_PER_S;
		return CTL_BREAKER_S * 1000;
	}
	for (unsigned i = 1; i < b->failures && ms < CTL_BACKOFF_MAX_MS; i++)
		ms *= 2;
	return ms < CTL_BACKOFF_MAX_MS ? ms : CTL_BACKOFF_MAX_MS;
}
