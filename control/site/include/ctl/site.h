/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a site brings along: a configuration in the layout of suricata.yaml, and single settings
 * `path=value` on top, mapped to what this engine and its event writer understand.
 *
 * Nothing is ignored in silence: each setting is applied, or known to be without effect here (other
 * programs' logging, threads, capture methods), or stands in `note` with its line.
 *
 *     struct ctl_site s;
 *     ctl_site_init(&s);
 *     if (ctl_site_load(&s, "suricata.yaml", err, sizeof(err))) ...
 *     ctl_site_set(&s, "stream.midstream=true", err, sizeof(err));
 *     ctl_site_finish(&s);           // policies and limits that depend on each other
 *     ... s.conf, s.eve[0].opt, s.threshold, s.note[] ...
 *     ctl_site_fini(&s);
 */
#ifndef CTL_SITE_H
#define CTL_SITE_H

#include <ctl/eve.h>
#include <dp/ctx.h>

#define CTL_SITE_EVES 8
#define CTL_SITE_LISTS 32
/** Options of `rules compile` that a site can ask for, with their values: lists, variables, files. */
#define CTL_SITE_COMPILE_WORDS (2 * (3 * CTL_SITE_LISTS + 5))

struct ctl_site_note {
	char *key;     /**< dotted path */
	char *value;   /**< as written, shortened */
	uint32_t line; /**< 0: from the command line */
	const char *why;
};

struct ctl_site_eve {
	struct ctl_eve_options opt;
	char *filename; /**< as configured, or NULL */
};

struct ctl_site {
	struct dp_conf conf;
	struct ctl_site_eve eve[CTL_SITE_EVES];
	unsigned eves; /**< EVE outputs that are on */
	bool from_yaml;
	char *yaml_path;
	char *beside; /**< the first file that yaml_path includes by a relative path; NULL: none */
	/* paths as configured; relative ones count from the configuration's folder or rule path */
	char *classification, *reference, *threshold, *rule_path, *rep_path, *rep_categories, *geoip;
	char *store_dir;     /**< of the file store; NULL: "filestore" */
	bool store_fileinfo; /**< a description beside each stored file */
	uint64_t store_quota_bytes, store_quota_files; /**< 0: without */
	struct dp_os_net *os_net; /**< what conf.os_net points to */
	char *rep_file[CTL_SITE_LISTS];
	unsigned rep_files;
	char *var[2 * CTL_SITE_LISTS]; /**< `NAME=VALUE` settings for sig_vars_set */
	unsigned vars;
	struct ctl_site_note *note;
	unsigned notes, applied, without_effect;
	const char *fault[4]; /**< outputs that are asked for and cannot be made: why */
	unsigned faults;
	bool stats_no_decoder, stats_stream; /**< stats.decoder-events, .stream-events */
	char sensor[64];                     /**< sensor-name: `host` in every record */
	char stats_prefix[24];               /**< stats.decoder-events-prefix */
	/* private: how settings combine */
	bool inline_auto;
	int master_policy; /**< enum dp_policy, -1: auto */
	bool policy_set[6];
	bool outputs_seen;
	unsigned actions; /**< of action-order, read so far */
	bool schemes_seen;
};

/** Stock defaults of the peer (dp_conf_default, one EVE output). */
void ctl_site_init(struct ctl_site *s);
void ctl_site_fini(struct ctl_site *s);
/** 0, -errno of reading, -EINVAL with place and reason: not YAML, or not settings. */
int ctl_site_load(struct ctl_site *s, const char *path, char *err, size_t err_len);
/** One `dotted.path=value`. -EINVAL: no '=' in it. An unknown path is a note, not an error. */
int ctl_site_set(struct ctl_site *s, const char *assignment, char *err, size_t err_len);
/** 0, or -EINVAL: a copy of the file (called `name`) would not find what it includes. */
int ctl_site_alone(const struct ctl_site *s, const char *name, char *err, size_t err_len);
void ctl_site_finish(struct ctl_site *s);
/** Notes and faults as a JSON array of {key, value, line, why}; the caller's (jansson.h). */
struct json_t *ctl_site_notes(const struct ctl_site *s);

/** For sizes as suricata.yaml writes them: 100kb, 1 MiB, 32mb, 2gb, plain bytes. -EINVAL. */
int ctl_site_size(const char *text, uint64_t *bytes);

#endif
