/* SPDX-License-Identifier: Apache-2.0 */
/** Verbs that bring signatures into force. Rule files are compiled here, in a child, and sent. */
#include "cli.h"
#include "remote.h"

#include <ctl/client.h>
#include <ctl/site.h>
#include <errno.h>
#include <fcntl.h>
#include <sig/image.h>
#include <sig/tools.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 256

static bool is_image(const char *path)
{
	char magic[8] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return n == sizeof(magic) && memcmp(magic, SIG_IMG_MAGIC, sizeof(magic)) == 0;
}

/** Options that belong to reading rules: handed on as they are. */
#define PASSED 12
struct passed {
	const char *word[2 * PASSED + CTL_SITE_COMPILE_WORDS];
	bool strict, json; /**< no image when a rule is refused; a report for `tell` */
	size_t n;
	json_t *site; /**< what the appliance's settings ask for; owns their words */
};

static void pass(struct passed *w, int *argc, char **argv, bool *bad)
{
	static const char *const name[] = {"--vars", "--suricata-yaml", "--policy", "--classification",
		"--reference", "--threshold", "--enable-conf", "--disable-conf", "--modify-conf",
		"--drop-conf", "--data-dir", "--dialect"};
	_Static_assert(sizeof(name) / sizeof(name[0]) == PASSED, "room for each");

	for (size_t i = 0; i < PASSED; i++) {
		const char *value = take_value(argc, argv, name[i], bad);

		if (value == NULL)
			continue;
		w->word[w->n++] = name[i];
		w->word[w->n++] = value;
	}
}

/** Among the first n words. */
static bool given(const struct passed *w, size_t n, const char *option)
{
	for (size_t i = 0; i < n; i += 2)
		if (strcmp(w->word[i], option) == 0)
			return true;
	return false;
}

/** Does an option of the site's apply beside the operator's own, the first `own` words? */
static bool applies(const struct passed *w, size_t own, bool plan, const char *option)
{
	if (strcmp(option, "--set") == 0 || strcmp(option, "--suricata-yaml") == 0)
		return !given(w, own, "--vars") && !given(w, own, "--suricata-yaml");
	if (plan && strncmp(option, "--reputation", 12) == 0)
		return false; // only compiling takes it
	return !given(w, own, option);
}

/**
 * Variables and lists of the appliance's own settings, where the operator names no others. CLI_FAILED,
 * told: who asks may not read one of them, and without it the rules would mean something else.
 */
static int pass_site(struct passed *w, bool plan)
{
	const size_t own = w->n;
	struct ctl_reply r;
	json_t *words;

	if (ctl_request("GET", "/v1/settings", NULL, 0, NULL, &r) == 0 && r.body != NULL)
		w->site = json_loadb(r.body, r.len, 0, NULL);
	ctl_reply_free(&r);
	words = json_object_get(w->site, "compile_with");
	for (size_t i = 0; i + 1 < json_array_size(words) && w->n - own + 2 <= CTL_SITE_COMPILE_WORDS;
			i += 2) {
		const char *option = json_string_value(json_array_get(words, i));
		const char *value = json_string_value(json_array_get(words, i + 1));

		if (option == NULL || value == NULL || !applies(w, own, plan, option))
			continue;
		if (strcmp(option, "--set") != 0 && access(value, R_OK)) {
			fprintf(stderr, "sekisho rules activate: %s %s, of the appliance's settings: %s. Run "
				"it as root (sudo), or name a file that you may read by %s\n", option, value, strerror(errno), option);
			return CLI_FAILED;
		}
		w->word[w->n++] = option;
		w->word[w->n++] = value;
	}
	return CLI_OK;
}

/** --dry-run: what the policy changes (`rules plan`), and nothing else. */
static int dry_run(const struct passed *with, int argc, char **argv, bool json)
{
	char *args[MAX_ARGS + 2 * PASSED + CTL_SITE_COMPILE_WORDS + 4];
	size_t n = 0;

	if (argc > MAX_ARGS)
		return CLI_USAGE;
	args[n++] = (char *)"plan";
	for (size_t i = 0; i < with->n; i++)
		args[n++] = (char *)with->word[i];
	if (json)
		args[n++] = (char *)"--json";
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	return sig_cmd_plan((int)n, args);
}

/** `sekisho rules compile FILES -o OUT` as a child: its messages reach the operator, or its report
 *  the file `report`. */
static int compile_to(char *out, const char *report, int argc, char **argv, const struct passed *with)
{
	char *args[MAX_ARGS + 2 * PASSED + CTL_SITE_COMPILE_WORDS + 10], self[] = "/proc/self/exe";
	size_t n = 0;
	int status;
	pid_t pid;

	if (argc > MAX_ARGS)
		return CLI_USAGE;
	args[n++] = (char *)"sekisho";
	args[n++] = (char *)"rules";
	args[n++] = (char *)"compile";
	args[n++] = (char *)"-o";
	args[n++] = out;
	if (with->strict)
		args[n++] = (char *)"--strict";
	if (with->json)
		args[n++] = (char *)"--json";
	for (size_t i = 0; i < with->n; i++)
		args[n++] = (char *)with->word[i];
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	if (with->json)
		posix_spawn_file_actions_addopen(&fa, STDOUT_FILENO, report, O_WRONLY | O_CREAT, 0600);
	else // the summary is not our answer
		posix_spawn_file_actions_adddup2(&fa, STDERR_FILENO, STDOUT_FILENO);
	int rc = posix_spawn(&pid, self, &fa, NULL, args, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (rc) {
		fprintf(stderr, "sekisho rules activate: the compiler did not start: %s\n", strerror(rc));
		return CLI_FAILED;
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return CLI_FAILED;
	return WEXITSTATUS(status);
}

/** Compile into a file that only *fd still knows when this returns. *report: what compiling told, or
 *  NULL. */
static int compile_into(int *fd, json_t **report, int argc, char **argv, const struct passed *with)
{
	const char *tmp = getenv("TMPDIR");
	char dir[256], out[300], told[300];
	int rc;

	if (snprintf(dir, sizeof(dir), "%s/sekisho-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
			(int)sizeof(dir) || mkdtemp(dir) == NULL) {
		fprintf(stderr, "sekisho rules activate: no temporary directory: %s\n", strerror(errno));
		return CLI_FAILED;
	}
	snprintf(out, sizeof(out), "%s/rules.img", dir);
	snprintf(told, sizeof(told), "%s/report.json", dir);
	rc = compile_to(out, told, argc, argv, with);
	if (rc == CLI_OK) {
		*fd = open(out, O_RDONLY | O_CLOEXEC);
		rc = *fd < 0 ? CLI_FAILED : CLI_OK;
	}
	if (with->json)
		*report = json_load_file(told, 0, NULL);
	unlink(told);
	unlink(out);
	rmdir(dir);
	return rc;
}

static void tell(const json_t *v, bool json)
{
	if (json) {
		print_json(v);
		return;
	}
	printf("layer %s runs generation %.0f: %.0f signatures, ", str(v, "layer"),
		num(v, "generation"), num(v, "signatures"));
	if (num(v, "workers") > 0)
		printf("on %.0f worker%s after %.1f ms\n", num(v, "workers"),
			num(v, "workers") > 1 ? "s" : "", num(v, "ms"));
	else
		puts("as soon as a worker starts");
}

/** report: of the compiler, for the answer as JSON; NULL: none. */
static int send_image(int fd, const char *layer, const char *mode, json_t *report, bool json)
{
	char path[160];
	struct stat st;
	json_t *v;
	void *map;
	int rc;

	if (fstat(fd, &st))
		return CLI_FAILED;
	map = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (map == MAP_FAILED || map == NULL) {
		fputs("sekisho rules activate: the image is empty\n", stderr);
		return CLI_FAILED;
	}
	snprintf(path, sizeof(path), "/v1/rules/activate?layer=%s%s%s", layer, mode ? "&mode=" : "",
		mode ? mode : "");
	rc = remote("rules activate", "POST", path, map, (size_t)st.st_size,
		"application/octet-stream", &v);
	munmap(map, (size_t)st.st_size);
	if (report != NULL)
		json_object_set(v, "compiled", report);
	if (rc == CLI_OK)
		tell(v, json);
	json_decref(v);
	return rc;
}

int cli_rules_activate(int argc, char **argv)
{
	bool bad = false, json = take_flag(&argc, argv, "--json");
	const char *layer = take_value(&argc, argv, "--layer", &bad);
	const char *mode = take_value(&argc, argv, "--mode", &bad);
	bool dry = take_flag(&argc, argv, "--dry-run");
	struct passed with = {.json = json, .strict = take_flag(&argc, argv, "--strict")};
	json_t *report = NULL;
	const char *name;
	int fd, rc = CLI_OK;

	pass(&with, &argc, argv, &bad);
	name = argc == 2 ? strrchr(argv[1], '.') : NULL;
	if (bad || argc < 2 || argv[1][0] == '-' || (dry && with.strict)) {
		fputs("usage: sekisho rules activate [--layer L] [--mode M] [--policy FILE|NAME]\n"
			"       [--dry-run | --strict] [--vars FILE ...] IMAGE | FILE... [--json]\n", stderr);
		return CLI_USAGE;
	}
	if (dry) {
		rc = pass_site(&with, true);
		if (rc == CLI_OK)
			rc = dry_run(&with, argc, argv, json);
		json_decref(with.site);
		return rc;
	}
	if (layer == NULL)
		layer = "jsig";
	// Named .img it is meant as one: sekishod says what is wrong with it.
	if (argc == 2 && (is_image(argv[1]) || (name != NULL && strcmp(name, ".img") == 0))) {
		if (with.n || with.strict) {
			fprintf(stderr, "sekisho rules activate: %s is for rule files; an image is what it "
				"is\n", with.n ? with.word[0] : "--strict");
			return CLI_USAGE;
		}
		fd = open(argv[1], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			fprintf(stderr, "sekisho rules activate: %s: %s\n", argv[1], strerror(errno));
	} else {
		fd = -1;
		rc = pass_site(&with, false);
		if (rc == CLI_OK)
			rc = compile_into(&fd, &report, argc, argv, &with);
		json_decref(with.site);
	}
	if (fd < 0)
		rc = rc ? rc : CLI_FAILED;
	else if (rc == CLI_OK)
		rc = send_image(fd, layer, mode, report, json);
	if (fd >= 0)
		close(fd);
	json_decref(report);
	return rc;
}

int cli_rules_rollback(int argc, char **argv)
{
	bool bad = false, json = take_flag(&argc, argv, "--json");
	const char *layer = take_value(&argc, argv, "--layer", &bad);
	char path[128];
	json_t *v;
	int rc;

	if (bad || argc > 1) {
		fputs("usage: sekisho rules rollback [--layer L] [--json]\n", stderr);
		return CLI_USAGE;
	}
	snprintf(path, sizeof(path), "/v1/rules/rollback?layer=%.40s", layer ? layer : "jsig");
	rc = remote("rules rollback", "POST", path, "", 0, NULL, &v);
	if (rc == CLI_OK)
		tell(v, json);
	json_decref(v);
	return rc;
}

int cli_rules_show(int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json");
	json_t *v, *l;
	size_t i;
	int rc;

	if (argc > 1) {
		fputs("usage: sekisho rules active [--json]\n", stderr);
		return CLI_USAGE;
	}
	rc = remote("rules active", "GET", "/v1/rules", NULL, 0, NULL, &v);
	if (rc == CLI_OK && json)
		print_json(v);
	else if (rc == CLI_OK)
		json_array_foreach(json_object_get(v, "layers"), i, l)
			printf("%-8s generation %.0f (before: %.0f), %.0f signatures, mode %s\n",
				str(l, "layer"), num(l, "generation"), num(l, "previous"),
				num(l, "signatures"), str(l, "mode"));
	json_decref(v);
	return rc;
}
