/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: files and directories into logical lines, lines into rules, rules into the set. */
#include "lines.h"
#include "parser.h"
#include "policy.h"
#include "snort.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int path_error(struct sig_set *set, const char *path, int err)
{
	struct sig_error e = {.severity = SIG_SEV_REFUSED,
		.file = sig_arena_strdup(&set->arena, path),
		.token = "",
		.cure = "check the path and its permissions",
		.sentence = sig_arena_printf(&set->arena, "cannot be read: %s", strerror(err))};

	sig_set_error(set, &e);
	return -err;
}

int sig_file_read(struct sig_set *set, const char *path, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;
	char *buf;

	if (fd < 0)
		return path_error(set, path, errno);
	if (fstat(fd, &st) || S_ISDIR(st.st_mode)) {
		int err = S_ISDIR(st.st_mode) ? EISDIR : errno;

		close(fd);
		return path_error(set, path, err);
	}
	/* A pipe has no size: read it in steps. */
	size_t cap = st.st_size > 0 ? (size_t)st.st_size + 1 : 1u << 20, used = 0;

	buf = sig_arena_text(&set->arena, cap + 1);
	while ((n = read(fd, buf + used, cap - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		used += (size_t)n;
		if (used == cap) {
			char *more = sig_arena_text(&set->arena, cap * 2 + 1);

			memcpy(more, buf, used);
			buf = more;
			cap *= 2;
		}
	}
	close(fd);
	if (n < 0)
		return path_error(set, path, errno);
	buf[used] = '\0';
	*text = buf;
	*len = used;
	return 0;
}

static const char *dir_of(struct sig_set *set, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return "";
	return slash == path ? "/" : sig_arena_strndup(&set->arena, path, (size_t)(slash - path));
}

/* A sid is there once per gid: the higher revision stays, a repetition is refused. */
bool sig_set_admit(struct sig_set *set, const struct sig_rule *r)
{
	uint32_t key[2] = {r->gid, r->sid};
	void **place = sig_intern_at(&set->sids, (const char *)key, sizeof(key));
	uintptr_t had = (uintptr_t)*place;
	const struct sig_rule *old;
	struct sig_error e = {.file = r->file,
		.line = r->sid_line,
		.column = r->sid_column,
		.sid = r->sid,
		.token = sig_arena_printf(&set->arena, "sid:%u", r->sid)};

	if (!had) {
		*place = (void *)(uintptr_t)(set->rules_n + 1);
		return true;
	}
	old = set->rule[had - 1];
	e.severity = r->rev == old->rev ? SIG_SEV_REFUSED : SIG_SEV_SKIPPED;
	e.sentence = sig_arena_printf(&set->arena, "duplicate sid: already at %s:%u (rev %u)",
		old->file, old->line, old->rev);
	e.cure = "give the rule a sid of its own, or raise its rev to replace the other";
	if (r->rev > old->rev) {
		e = (struct sig_error){.severity = SIG_SEV_SKIPPED,
			.file = old->file,
			.line = old->sid_line,
			.column = old->sid_column,
			.sid = old->sid,
			.token = e.token,
			.sentence = sig_arena_printf(&set->arena,
				"replaced by revision %u at %s:%u", r->rev, r->file, r->line),
			.cure = ""};
		set->rule[had - 1] = r;
	}
	sig_set_error(set, &e);
	return false;
}

void sig_set_append(struct sig_set *set, const struct sig_rule *r)
{
	set->rule = sig_arena_grow(
		&set->arena, set->rule, &set->rules_cap, set->rules_n, sizeof(*set->rule));
	set->rule[set->rules_n++] = r;
}

static void count_result(
	struct sig_set *set, struct sig_file_count *c, int rc, const struct sig_rule *r)
{
	if (rc && set->parser->skipped) {
		c->skipped++;
	} else if (rc) {
		c->refused++;
	} else if (sig_set_admit(set, r)) {
		sig_set_append(set, r);
		c->loaded++;
	} else if (set->error[set->errors_n - 1].severity == SIG_SEV_REFUSED) {
		c->refused++;
	} else {
		c->skipped++;
	}
}

/*
 * A rule that is commented out or disabled by a list: kept for those who ask, and its mistakes are
 * nobody's concern. One that a list disables may yet be needed for the state it sets.
 */
static void put_aside(struct sig_set *set, struct sig_rule *rule, bool may_return)
{
	rule->enabled = false;
	if (set->opts.keep_disabled)
		sig_set_append(set, rule);
	if (!may_return || !(rule->flags & SIG_R_SETS_STATE))
		return;
	set->pending = sig_arena_grow(&set->arena, set->pending, &set->pending_cap,
		set->pending_n, sizeof(*set->pending));
	set->pending[set->pending_n++] =
		(struct sig_pending){rule, set->files_n - 1, set->opts.keep_disabled};
}

/** False: the policy wants it in force, as counted. */
static bool load_disabled(
	struct sig_set *set, struct sig_file_count *c, struct sig_reading *in, bool by_list)
{
	size_t errors = set->errors_n;
	const struct sig_rule *r;
	struct sig_rule *rule;
	struct sig_decision d;

	if (!set->opts.keep_disabled && !by_list && !set->policy)
		return true;
	if (sig_snort_rule_parse(set->parser, in, &r) == 0) {
		rule = (struct sig_rule *)(uintptr_t)r;
		d = set->policy && !by_list ? sig_policy_decide(set, r) :
					      (struct sig_decision){0};
		if (d.wakes && (d.act == SIG_PA_PREVENT || d.act == SIG_PA_ALERT)) {
			sig_policy_act(set, rule, d, false);
			count_result(set, c, 0, r);
			return false;
		}
		put_aside(set, rule, by_list || d.wakes);
	}
	set->errors_n = errors;
	return true;
}

/** What the policy makes of an enabled rule. False: it is off. */
static bool obey_policy(struct sig_set *set, struct sig_rule *r)
{
	const struct sig_decision d = sig_policy_decide(set, r);

	if (d.act == SIG_PA_OFF) {
		sig_policy_note(set, r, SIG_CHG_OFF, r->action, d.line);
		put_aside(set, r, true);
		return false;
	}
	if (d.act != SIG_PA_KEEP)
		sig_policy_act(set, r, d, true);
	return true;
}

static void load_line(
	struct sig_set *set, struct sig_file_count *c, struct sig_reading *in, bool enabled)
{
	const struct sig_rule *r = NULL;
	struct sig_filter_result f = {.enabled = enabled};
	int rc;

	if (set->lists) {
		sig_lists_apply(set, in->file, in->text, in->len, enabled, &f);
		if (f.fault && f.enabled) {
			struct sig_error e = {.severity = SIG_SEV_REFUSED, .file = in->file,
				.token = "modify", .sentence = f.fault,
				.cure = "narrow the expression in the modify list"};

			sig_place(in, in->text, &e.line, &e.column);
			sig_set_error(set, &e);
			c->refused++;
			return;
		}
		if (f.text) {
			in->text = f.text;
			in->len = (uint32_t)strlen(f.text);
		}
	}
	if (!f.enabled) {
		c->disabled += load_disabled(set, c, in, enabled);
		return;
	}
	rc = sig_snort_rule_parse(set->parser, in, &r);
	if (!rc && f.drop && r->action == SIG_ACT_ALERT && !(r->flags & SIG_R_NOALERT))
		((struct sig_rule *)(uintptr_t)r)->action = SIG_ACT_DROP;
	if (!rc && set->policy && !obey_policy(set, (struct sig_rule *)(uintptr_t)r)) {
		c->disabled++;
		return;
	}
	count_result(set, c, rc, r);
}

static void load_text(
	struct sig_set *set, const char *name, const char *dir, char *text, size_t len)
{
	struct sig_lines lines;
	struct sig_reading in = {.file = name, .dir = dir};
	struct sig_file_count *c;
	bool enabled;

	set->file = sig_arena_grow(
		&set->arena, set->file, &set->files_cap, set->files_n, sizeof(*set->file));
	c = &set->file[set->files_n++];
	*c = (struct sig_file_count){.file = name};
	sig_lines_init(&lines, set, name, text, len);
	set->parser->dialect = set->opts.dialect != SIG_DIALECT_AUTO ? set->opts.dialect
								     : sig_snort_guess(text, len);
	while (sig_lines_next(&lines, &in, &enabled))
		load_line(set, c, &in, enabled);
	set->pub.loaded += c->loaded;
	set->pub.skipped += c->skipped;
	set->pub.refused += c->refused;
	set->pub.disabled += c->disabled;
}

static int load_file(struct sig_set *set, const char *path)
{
	char *text;
	size_t len;
	int rc = sig_file_read(set, path, &text, &len);

	if (rc)
		return rc;
	load_text(set, sig_arena_strdup(&set->arena, path), dir_of(set, path), text, len);
	return 0;
}

static int is_rules(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 6 && strcmp(d->d_name + n - 6, ".rules") == 0;
}

static int load_path(struct sig_set *set, const char *path)
{
	struct dirent **entry;
	struct stat st;
	int n, rc = 0;

	if (stat(path, &st))
		return path_error(set, path, errno);
	if (!S_ISDIR(st.st_mode))
		return load_file(set, path);
	n = scandir(path, &entry, is_rules, alphasort);
	if (n < 0)
		return path_error(set, path, errno);
	for (int i = 0; i < n; i++) {
		char *file = sig_arena_printf(&set->arena, "%s/%s", path, entry[i]->d_name);
		int one;

		free(entry[i]);
		one = load_file(set, file);
		rc = rc ? rc : one;
	}
	free(entry);
	return rc;
}

static void publish(struct sig_set *set)
{
	struct sig_ruleset *pub = &set->pub;

	pub->rules_n = set->rules_n;
	pub->rule = set->rule;
	pub->errors_n = set->errors_n;
	pub->error = set->error;
	pub->globals_n = set->globals_n;
	pub->global = set->global;
	pub->changes_n = set->changes_n;
	pub->change = set->change;
	pub->files_n = set->files_n;
	pub->file = set->file;
	pub->arena_bytes = set->arena.total_bytes;
	pub->impl = set;
}

static void free_parser(struct sig_parser *p)
{
	if (!p)
		return;
	free(p->opt);
	free(p->list);
	free(p->ref);
	free(p->meta);
	free(p);
}

static void destroy(struct sig_set *set)
{
	free_parser(set->parser);
	sig_lists_free(set);
	sig_policy_free(set);
	sig_intern_fini(&set->keywords);
	sig_intern_fini(&set->strings);
	sig_intern_fini(&set->addr_by_text);
	sig_intern_fini(&set->addr_by_value);
	sig_intern_fini(&set->port_by_text);
	sig_intern_fini(&set->port_by_value);
	sig_intern_fini(&set->classes);
	sig_intern_fini(&set->references);
	sig_intern_fini(&set->sids);
	sig_vars_destroy(set->own_vars);
	free(set->rule);
	free(set->error);
	free(set->file);
	free(set->global);
	free(set->pending);
	free(set->change);
	sig_arena_fini(&set->arena);
	free(set);
}

static struct sig_set *create(const struct sig_load_options *opts)
{
	struct sig_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->opts = opts ? *opts : (struct sig_load_options){0};
	sig_arena_init(&set->arena);
	sig_intern_init(&set->keywords, &set->arena);
	sig_intern_init(&set->strings, &set->arena);
	sig_intern_init(&set->addr_by_text, &set->arena);
	sig_intern_init(&set->addr_by_value, &set->arena);
	sig_intern_init(&set->port_by_text, &set->arena);
	sig_intern_init(&set->port_by_value, &set->arena);
	sig_intern_init(&set->classes, &set->arena);
	sig_intern_init(&set->references, &set->arena);
	sig_intern_init(&set->sids, &set->arena);
	set->parser = calloc(1, sizeof(*set->parser));
	set->vars = set->opts.vars;
	if (!set->vars) {
		set->own_vars = sig_vars_create();
		set->vars = set->own_vars;
	}
	if (!set->parser || !set->vars) {
		destroy(set);
		return NULL;
	}
	set->parser->set = set;
	set->parser->arena = &set->arena;
	return set;
}

/* What a load needs, so that one function can arm the jump for "out of memory". */
struct job {
	const char *const *paths;
	size_t paths_n;
	const char *name, *text;
	size_t len;
};

static int run(struct sig_set *set, const struct job *job)
{
	int rc;

	sig_keywords_intern(&set->keywords);
	rc = sig_config_load(set);
	rc = rc ? rc : sig_lists_load(set);
	rc = rc ? rc : sig_policy_load(set);
	for (size_t i = 0; i < job->paths_n; i++) {
		int one = load_path(set, job->paths[i]);

		rc = rc ? rc : one;
	}
	if (job->text) {
		char *copy = sig_arena_strndup(&set->arena, job->text, job->len);

		load_text(set, sig_arena_strdup(&set->arena, job->name), "", copy, job->len);
	}
	sig_depend_resolve(set);
	rc = rc ? rc : sig_threshold_load(set);
	return rc;
}

static int load(
	const struct job *job, const struct sig_load_options *opts, struct sig_ruleset **out)
{
	struct sig_set *set = create(opts);
	int rc;

	*out = NULL;
	if (!set)
		return -ENOMEM;
	if (setjmp(set->arena.out_of_memory)) {
		destroy(set);
		return -ENOMEM;
	}
	rc = run(set, job);
	publish(set);
	*out = &set->pub;
	return rc;
}

int sig_ruleset_load(const char *const *paths, size_t paths_n, const struct sig_load_options *opts,
	struct sig_ruleset **out)
{
	struct job job = {.paths = paths, .paths_n = paths_n};

	return load(&job, opts, out);
}

int sig_ruleset_load_text(const char *name, const char *text, size_t len,
	const struct sig_load_options *opts, struct sig_ruleset **out)
{
	struct job job = {.name = name, .text = text, .len = len};

	return load(&job, opts, out);
}

void sig_ruleset_destroy(struct sig_ruleset *set)
{
	if (set)
		destroy(set->impl);
}
