/* SPDX-License-Identifier: Apache-2.0 */
/** Policies: which rules prevent, only alert, or are off. See sig/ruleset.h for the language. */
#ifndef SIG_POLICY_H
#define SIG_POLICY_H

#include "parser.h"

enum sig_policy_act { SIG_PA_KEEP, SIG_PA_PREVENT, SIG_PA_ALERT, SIG_PA_OFF };

struct sig_decision {
	enum sig_policy_act act;
	bool wakes;    /**< concerns rules that are commented out as well */
	uint32_t line; /**< of the policy */
};

/** Read the policy of the options, if there is one. 0 or -errno with an error record. */
int sig_policy_load(struct sig_set *set);
void sig_policy_free(struct sig_set *set);
/** What the policy wants of a rule. */
struct sig_decision sig_policy_decide(const struct sig_set *set, const struct sig_rule *r);
/** Give the rule the action that the policy wants, and note what that changed. Not for OFF. */
void sig_policy_act(struct sig_set *set, struct sig_rule *r, struct sig_decision d, bool was_enabled);
void sig_policy_note(struct sig_set *set, const struct sig_rule *r, enum sig_change_kind kind,
	enum sig_action was, uint32_t line);

#endif
