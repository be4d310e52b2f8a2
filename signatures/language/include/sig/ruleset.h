/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Loading rule files into a rule set, and everything that belongs to a set rather than to a rule:
 * variables, classifications, thresholds, errors, counts.
 *
 * Not thread-safe while loading; a loaded set is immutable. One arena per set: no object in it is
 * freed on its own. A bad rule is refused with an error record and the rest loads.
 *
 *     struct sig_vars *vars = sig_vars_create();            // stock defaults
 *     sig_vars_set(vars, "HOME_NET", "[10.0.0.0/8]");
 *     const char *files[] = { "/etc/sekisho/rules" };        // files or directories (*.rules)
 *     struct sig_load_options opts = { .vars = vars };
 *     struct sig_ruleset *set;
 *     int rc = sig_ruleset_load(files, 1, &opts, &set);      // 0, or -errno when nothing is usable
 *     for (size_t i = 0; i < set->rules_n; i++) ... set->rule[i] ...
 *     sig_ruleset_destroy(set); sig_vars_destroy(vars);
 */
#ifndef SIG_RULESET_H
#define SIG_RULESET_H

#include <sig/error.h>
#include <sig/keyword.h>
#include <sig/rule.h>

struct sig_vars;

/** Address and port variables, with the stock defaults of Suricata. NULL when out of memory. */
struct sig_vars *sig_vars_create(void);
void sig_vars_destroy(struct sig_vars *vars);
/**
 * Define or replace one variable. name without '$' (a "vars.address-groups." or
 * "vars.port-groups." prefix, as in `--set`, is understood). An unknown plain name becomes a port
 * variable when it ends in _PORT or _PORTS, else an address variable. -EINVAL: bad name.
 */
int sig_vars_set(struct sig_vars *vars, const char *name, const char *value);
/** Read "vars" from JSON: {"vars":{"address-groups":{..},"port-groups":{..}}} or without "vars". */
int sig_vars_load_json(struct sig_vars *vars, const char *path, struct sig_error *err);
/**
 * Read the `vars:` section of a suricata.yaml, and its `datasets:`: sets that rules may name without
 * saying their type and files, and `datasets.rules`, what rules may do with files. A path
 * "datasets.NAME.type" and so on also does in sig_vars_set().
 */
int sig_vars_load_yaml(struct sig_vars *vars, const char *path, struct sig_error *err);
/** Value as written, or NULL. port selects the group. */
const char *sig_vars_get(const struct sig_vars *vars, const char *name, bool port);

enum sig_dialect { SIG_DIALECT_AUTO, SIG_DIALECT_SURICATA, SIG_DIALECT_SNORT2, SIG_DIALECT_SNORT3 };

struct sig_load_options {
	const struct sig_vars *vars; /**< NULL: stock defaults */
	enum sig_dialect dialect;
	const char *classification;                   /**< path, NULL: built-in table */
	const char *reference;                        /**< path, NULL: built-in table */
	const char *threshold;                        /**< path of threshold.config, NULL: none */
	const char *enable, *disable, *modify, *drop; /**< suricata-update lists, NULL: none */
	/**
	 * Path of a policy, or a vendor policy's name (balanced-ips, security-ips, connectivity-ips,
	 * max-detect-ips, also without "-ips"). NULL: rules act as written. Lines of the file, of
	 * which the last one that fits a rule decides:
	 *     prevent|alert|off [CONDITION...]
	 *     vendor NAME [CONDITION...]
	 * with sid:N gid:N class:NAME severity:N|NAME tag:NAME group:GLOB msg:GLOB
	 * metadata:KEY=VALUE action:WORD re:REGEX. Rules that are commented out are concerned by
	 * `vendor` and by lines that name a sid only. What is off but sets state that others test
	 * stays on, silent and without action; pass rules stay what they are.
	 */
	const char *policy;
	bool keep_disabled; /**< also parse rules that are commented out */
	/** Directory for relative paths in rules; NULL: that of the rule file. */
	const char *data_dir;
	/** What the packet path answers: rules with other keywords load with a warning. NULL: none. */
	sig_offers_fn *offers;
};

/** From threshold.config. Addresses as in rules; addrs NULL: no address condition. */
enum sig_global_kind { SIG_GLOBAL_SUPPRESS, SIG_GLOBAL_THRESHOLD, SIG_GLOBAL_RATE_FILTER };
enum sig_new_action { SIG_NEW_ALERT, SIG_NEW_PASS, SIG_NEW_DROP, SIG_NEW_REJECT };
struct sig_global {
	enum sig_global_kind kind;
	uint32_t gid, sid;              /**< 0 = all */
	struct sig_threshold threshold; /**< type, track, count, seconds */
	enum sig_side side;             /**< suppress: SRC, DST, or ANY = either (by_either) */
	const struct sig_addrs *addrs;
	enum sig_new_action new_action; /**< rate_filter */
	uint32_t timeout_s;
};

/** What a policy did to a rule. */
enum sig_change_kind {
	SIG_CHG_ACTION, /**< another action */
	SIG_CHG_ON,     /**< was commented out */
	SIG_CHG_OFF,
	SIG_CHG_KEPT,   /**< would be off, stays silent for the state it sets */
	SIG_CHG_SETTER, /**< would prevent, but raises no alert: left alone */
};
struct sig_change {
	const struct sig_rule *rule;
	enum sig_change_kind kind;
	enum sig_action was, is;
	uint32_t line; /**< of the policy, 0: of a list or a built-in policy */
};

struct sig_file_count {
	const char *file;
	uint32_t loaded, skipped, refused, disabled;
};

struct sig_ruleset {
	size_t rules_n;
	const struct sig_rule *const *rule; /**< in the order of the files */
	size_t errors_n;
	const struct sig_error *error;
	size_t globals_n;
	const struct sig_global *global;
	size_t changes_n; /**< of the policy */
	const struct sig_change *change;
	size_t files_n;
	const struct sig_file_count *file;
	uint32_t loaded, skipped, refused, disabled; /**< sums */
	size_t arena_bytes;
	void *impl; /**< owner of the memory */
};

/**
 * Load rules from files and directories (every *.rules in them, sorted).
 * 0: *out is set, even if every rule was refused (see its errors). -ENOENT, -EACCES, -EISDIR, ...:
 * a named path cannot be read (*out still carries an error record and must be destroyed).
 * -ENOMEM: *out is NULL.
 */
int sig_ruleset_load(const char *const *paths, size_t paths_n, const struct sig_load_options *opts,
	struct sig_ruleset **out);
/** The same from memory, name stands for the file in messages. text need not be terminated. */
int sig_ruleset_load_text(const char *name, const char *text, size_t len,
	const struct sig_load_options *opts, struct sig_ruleset **out);
void sig_ruleset_destroy(struct sig_ruleset *set);

#endif
