/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, MILLIS, SECONDS, LIST, WIRE, CLOSED, POISON, PROFILE, FLAG, HELP, VERSION };

struct option_row {
	const char *name;
	enum kind kind;
	size_t off;        /**< in struct gd_options; of the array for LIST */
	size_t count_off;  /**< LIST: of its counter */
	uint64_t min, max;
	const char *arg, *text;
};

#define AT(f) offsetof(struct gd_options, f)
static const struct option_row rows[] = {
	{"wire", WIRE, 0, 0, 0, 0, "NAME=DEV,DEV", "a virtual wire between two ports (repeatable)"},
	{"fail-closed", CLOSED, 0, 0, 0, 0, "NAME", "without a worker this wire drops its packets"},
	{"vdev", LIST, AT(vdev), AT(n_vdev), 0, 0, "DEV,ARGS", "make a DPDK virtual device"},
	{"pci", LIST, AT(pci), AT(n_pci), 0, 0, "ADDRESS", "use this PCI device"},
	{"workers", NUMBER, AT(n_slots), 0, 1, DP_MAX_SLOTS, "N", "queues per port, one worker each"},
	{"mtu", NUMBER, AT(mtu), 0, 1280, GD_MTU_MAX, "BYTES", "largest packet (default 9216)"},
	{"buffers", NUMBER, AT(buffers), 0, 1024, 1u << 20, "N", "packet buffers per worker"},
	{"run-dir", TEXT, AT(run_dir), 0, 0, 0, "DIR", "segment and control socket"},
	{"state-dir", TEXT, AT(state_dir), 0, 0, 0, "DIR", "evidence of faults"},
	{"file-prefix", TEXT, AT(file_prefix), 0, 0, 0, "NAME", "DPDK's name for this appliance"},
	{"huge-dir", TEXT, AT(huge_dir), 0, 0, 0, "DIR", "where hugetlbfs is mounted"},
	{"cpu", TEXT, AT(cpu), 0, 0, 0, "LIST", "CPUs that the guard may use"},
	{"accept-driver", TEXT, AT(accept), 0, 0, 0, "NAME", "use a driver nobody has tried"},
	{"stall", MILLIS, AT(stall_ns), 0, 1, 60000, "MS", "no sign of life for so long: take over"},
	{"hang", MILLIS, AT(hang_ns), 0, 10, 600000, "MS", "and for so long: kill the worker"},
	{"poison", POISON, 0, 0, 0, 0, "bypass|drop", "flow of a packet that crashed a worker"},
	{"poison-for", SECONDS, AT(poison_ns), 0, 1, 86400, "S", "how long (default 3600)"},
	{"table", NUMBER, AT(table_slots), 0, 16, 1u << 24, "N", "condemned flows (power of two)"},
	{"ring-kib", NUMBER, AT(ring_kib), 0, 256, 1u << 20, "KIB", "event ring of each worker"},
	{"file-ring-kib", NUMBER, AT(file_ring_kib), 0, 0, 1u << 20, "KIB",
		"ring of file contents of each worker (default 8192; 0: no file is stored)"},
	{"quiet", FLAG, AT(quiet), 0, 0, 0, NULL, "DPDK logs errors only"},
	{"profile", PROFILE, 0, 0, 0, 0, "FILE", "read options from FILE: one a line, without --"},
	{"help", HELP, 0, 0, 0, 0, NULL, "this text"},
	{"version", VERSION, 0, 0, 0, 0, NULL, "print the version"},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/** Where a word came from, for the message. */
struct source {
	const char *file; /**< NULL: command line */
	unsigned line;
};

__attribute__((format(printf, 2, 3))) static int complain(const struct source *s,
		const char *fmt, ...)
{
	va_list ap;

	if (s->file != NULL)
		fprintf(stderr, "sekisho-guard: %s:%u: ", s->file, s->line);
	else
		fprintf(stderr, "sekisho-guard: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -EINVAL;
}

static int read_number(const struct source *s, const struct option_row *r, const char *v,
		uint64_t *out)
{
	char *end;
	unsigned long long n = strtoull(v, &end, 10);

	if (*v == 0 || *end != 0 || n < r->min || n > r->max)
		return complain(s, "%s: '%s' is not a number from %llu to %llu", r->name, v,
				(unsigned long long)r->min, (unsigned long long)r->max);
	*out = n;
	return 0;
}

static int read_wire(struct gd_options *o, const struct source *s, const char *v)
{
	struct gd_wire_opt *w = &o->wire[o->n_wires];
	char rest[8];

	if (o->n_wires == DP_MAX_WIRES)
		return complain(s, "wire: at most %u wires", DP_MAX_WIRES);
	*w = (struct gd_wire_opt){0};
	if (sscanf(v, "%31[^=,]=%31[^=,],%31[^=,]%7s", w->name, w->dev[0], w->dev[1], rest) != 3)
		return complain(s, "wire: '%s' is not NAME=DEVICE,DEVICE (net_tap0,net_tap1 ...)", v);
	if (w->name[strspn(w->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")])
		return complain(s, "wire: the name '%s' may have letters, digits, '_', '.', '-'", w->name);
	if (strcmp(w->dev[0], w->dev[1]) == 0)
		return complain(s, "wire: '%s' joins %s with itself", w->name, w->dev[0]);
	o->n_wires++;
	return 0;
}

static int read_closed(struct gd_options *o, const struct source *s, const char *v)
{
	for (unsigned i = 0; i < o->n_wires; i++) {
		if (strcmp(o->wire[i].name, v) == 0) {
			o->wire[i].fail_closed = true;
			return 0;
		}
	}
	return complain(s, "fail-closed: no wire '%s' so far; name it after its wire", v);
}

static int read_profile(struct gd_options *o, const char *path);

static int help(void)
{
	printf("usage: sekisho-guard --wire NAME=DEV,DEV [option]...\n\n"
	       "Owns the ports of the appliance and forwards whenever inspection does not.\n\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		char left[48];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].arg ? rows[i].arg : "");
		printf("  %-28s %s\n", left, rows[i].text);
	}
	return 1;
}

static int apply(struct gd_options *o, const struct source *s, const struct option_row *r,
		const char *v)
{
	uint8_t *at = (uint8_t *)o + r->off;
	uint64_t n = 0;
	int rc = 0;

	if (r->arg != NULL && v == NULL)
		return complain(s, "%s needs %s", r->name, r->arg);
	if (r->kind == NUMBER || r->kind == MILLIS || r->kind == SECONDS)
		rc = read_number(s, r, v, &n);
	if (rc < 0)
		return rc;
	switch (r->kind) {
	case TEXT:
		*(const char **)at = v;
		return 0;
	case NUMBER:
		*(uint32_t *)at = (uint32_t)n;
		return 0;
	case MILLIS:
		*(uint64_t *)at = n * GD_MS;
		return 0;
	case SECONDS:
		*(uint64_t *)at = n * DP_NS_PER_S;
		return 0;
	case LIST: {
		unsigned *count = (unsigned *)((uint8_t *)o + r->count_off);

		if (*count == GD_MAX_ARGS)
			return complain(s, "%s: at most %d", r->name, GD_MAX_ARGS);
		((const char **)at)[(*count)++] = v;
		return 0;
	}
	case WIRE:
		return read_wire(o, s, v);
	case CLOSED:
		return read_closed(o, s, v);
	case POISON:
		o->poison_drop = strcmp(v, "drop") == 0;
		if (!o->poison_drop && strcmp(v, "bypass") != 0)
			return complain(s, "poison: '%s' is neither bypass nor drop", v);
		return 0;
	case PROFILE:
		return s->file ? complain(s, "a profile cannot name another") : read_profile(o, v);
	case FLAG:
		*(bool *)at = true;
		return 0;
	case HELP:
		return help();
	case VERSION:
		printf("sekisho-guard %s\n", SEKISHO_VERSION);
		return 1;
	}
	return 0;
}

static const struct option_row *find(const char *name, size_t len)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

/** Lines `option value`; `#` begins a comment. The text stays allocated: options point into it. */
static int read_profile(struct gd_options *o, const char *path)
{
	struct source s = {path, 0};
	FILE *f = fopen(path, "re");
	char line[512];
	int rc = 0;

	if (f == NULL)
		return complain(&s, "cannot be read: %s", strerror(errno));
	while (rc >= 0 && fgets(line, sizeof(line), f) != NULL) {
		char *word, *value;
		const struct option_row *r;

		s.line++;
		line[strcspn(line, "#\n")] = 0;
		word = line + strspn(line, " \t");
		for (size_t n = strlen(word); n > 0 && strchr(" \t\r", word[n - 1]) != NULL;)
			word[--n] = 0;
		if (*word == 0)
			continue;
		value = word + strcspn(word, " \t=");
		r = find(word, (size_t)(value - word));
		if (r == NULL) {
			rc = complain(&s, "unknown option '%.*s'", (int)(value - word), word);
			break;
		}
		value += strspn(value, " \t");
		rc = apply(o, &s, r, r->arg ? strdup(value) : NULL);
	}
	fclose(f);
	return rc < 0 ? rc : 0;
}

static void set_defaults(struct gd_options *o)
{
	*o = (struct gd_options){
			.n_slots = 1,
			.run_dir = DP_RUN_DIR,
			.state_dir = DP_STATE_DIR,
			.file_prefix = "sekisho",
			.mtu = GD_MTU_MAX,
			.buffers = 8191,
			.table_slots = 65536,
			.ring_kib = 4096,
			.file_ring_kib = 8192,
			// Long enough not to mistake a busy machine for a stuck worker.
			.stall_ns = 20 * GD_MS,
			.hang_ns = 500 * GD_MS,
			.poison_ns = 3600 * DP_NS_PER_S,
	};
}

int gd_options_read(struct gd_options *o, int argc, char **argv)
{
	const struct source cmd = {NULL, 0};

	set_defaults(o);
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value;
		const struct option_row *r;
		size_t len;
		int rc;

		if (strncmp(name, "--", 2) != 0)
			return complain(&cmd, "unexpected '%s'; options begin with -- (see --help)", name);
		name += 2;
		len = strcspn(name, "=");
		r = find(name, len);
		if (r == NULL)
			return complain(&cmd, "unknown option '--%.*s' (see --help)", (int)len, name);
		value = name[len] == '=' ? name + len + 1 : NULL;
		if (value == NULL && r->arg != NULL && i + 1 < argc)
			value = argv[++i];
		rc = apply(o, &cmd, r, value);
		if (rc != 0)
			return rc;
	}
	if (o->n_wires == 0)
		return complain(&cmd, "no wire: give --wire NAME=DEVICE,DEVICE or --profile FILE");
	if ((o->table_slots & (o->table_slots - 1)) != 0)
		return complain(&cmd, "table: %u is not a power of two", o->table_slots);
	return 0;
}
