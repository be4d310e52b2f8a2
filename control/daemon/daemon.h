/* SPDX-License-Identifier: Apache-2.0 */
/** sekishod between its files. One thread, one event loop. */
#ifndef SEKISHOD_H
#define SEKISHOD_H

#include <ctl/activation.h>
#include <ctl/eve.h>
#include <ctl/filestore.h>
#include <ctl/rule_stats.h>
#include <ctl/settings.h>
#include <ctl/sink.h>
#include <ctl/store.h>
#include <dp/segment.h>
#include <event2/event.h>
#include <event2/http.h>
#include <jansson.h>
#include <plat/notify.h>
#include <sig/image.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define IMAGE_CACHE 12u
#define FOLLOWERS 32u
#define SETS_MAX 64u

struct ctl_site; /* ctl/site.h */

struct daemon_options {
	const char *run_dir, *state_dir, *log_dir;
	const char *eve;        /**< path; NULL: LOG/eve.json */
	const char *yaml;       /**< configuration in the layout of suricata.yaml, or NULL */
	const char *set[SETS_MAX]; /**< `path=value` on top of it */
	unsigned sets;
	const char *guard_args, *inspect_args; /**< command lines to keep running, NULL: not ours */
	unsigned stats_s;       /**< seconds between stats records, 0: none */
	unsigned last;          /**< events kept in memory */
	unsigned wait_ms;       /**< how long workers may take over an image */
};

struct image_ref {
	unsigned layer;
	uint32_t generation; /**< 0: free */
	uint64_t used;
	struct sig_image img;
};

/** A client that follows events. */
struct follower {
	struct evhttp_request *req; /**< NULL: free */
	uint64_t next;              /**< number of the next line to send */
};

struct layer_state {
	struct ctl_activation act;
	struct evhttp_request *req; /**< who waits for the answer; NULL: nobody */
	json_t *report;             /**< of the compiler, for the answer; NULL: none */
	bool rolling_back;
	uint32_t mode;
	uint32_t signatures;        /**< of the current image */
	uint64_t activated_wall_ns;
	double took_ms;
};

/** What `sekisho settings` did, and who waits for it. */
struct settings_state {
	struct ctl_settings store;
	uint64_t seq;               /**< as posted, 0: nothing; a worker has it or not */
	struct evhttp_request *req; /**< who waits for the workers; NULL: nobody */
	struct event *timer;        /**< NULL: nothing is under way */
	uint64_t posted_ns;
};

struct program {
	const char *name, *args;
	pid_t pid;
	int pidfd;
	bool adopted; /**< running before us, not our child */
	struct event *ended, *timer;
	struct ctl_backoff backoff;
	uint64_t starts;
};

struct daemon {
	struct daemon_options opt;
	struct event_base *base;
	struct evhttp *http;
	struct dp_seg *seg; /**< NULL: no guard so far */
	ino_t seg_ino;
	uint64_t seg_generation;
	struct ctl_store store;
	struct layer_state layer[CTL_LAYERS];
	struct image_ref image[IMAGE_CACHE];
	struct ctl_site *site;
	struct settings_state settings;
	struct ctl_eve eve;
	struct ctl_filestore files; /**< when `storing` */
	bool storing;
	uint64_t file_bytes;        /**< contents taken out of the rings */
	struct ctl_file_sink file;
	struct ctl_last last;
	struct follower follower[FOLLOWERS];
	struct event *drain, *watch, *stats, *acts, *tidy, *sig[4];
	struct ctl_rule_stats rules;
	struct event *rules_save;
	struct program guard, inspect;
	struct plat_notify service;
	uint64_t events, bad_rings, start_ns;
	unsigned idle; /**< empty rounds in a row */
};

/* log.c: key=value to stderr, the same message at most a few times a second */
__attribute__((format(printf, 2, 3))) void log_line(const char *level, const char *fmt, ...);
#define log_info(...) log_line("info", __VA_ARGS__)
#define log_warn(...) log_line("warning", __VA_ARGS__)

/* options.c */
int options_read(struct daemon_options *o, int argc, char **argv);

/* segment.c */
/** Map the segment of the guard that runs now; post the current images into a new one. */
void segment_watch(struct daemon *d);
bool segment_alive(int pid);
/** All engine counters and packet accounts of all slots. */
void segment_counters(const struct dp_seg *seg, struct dp_counters *sum);
struct lane_sum {
	uint64_t rx_pkts, rx_bytes, tx_pkts, own_pkts, forwarded, dropped, held;
	uint64_t reason[DP_R__COUNT];
};
void segment_lanes(const struct dp_seg *seg, int wire, int side, struct lane_sum *sum);
/** Is a slot polled by a worker? */
bool segment_inspecting(const struct dp_seg *seg);
const char *segment_iface(void *arg, unsigned wire, unsigned side);

/* drain.c */
int drain_init(struct daemon *d);
void drain_fini(struct daemon *d);
/** One round over all rings. Returns how many records there were. */
unsigned drain_round(struct daemon *d);
void drain_stats(struct daemon *d);
/** Records are written as the site's settings say now. */
void drain_options(struct daemon *d);
bool drain_follow(struct daemon *d, struct evhttp_request *req, uint64_t last);

/* site.c */
/** Read the configuration; the file store is opened by site_store(), after drain_init(). */
int site_open(struct daemon *d);
/** Applied settings by number, 0: those of the command line. err names file, line and column. */
int site_read(const struct daemon *d, uint32_t number, struct ctl_site **site, char *err, size_t err_len);
/** They are in force from now on, and ours no more. */
void site_adopt(struct daemon *d, struct ctl_site *s);
const struct ctl_eve_options *site_eve(const struct daemon *d);
int site_store(struct daemon *d);
/** A new segment: tell its workers the settings. */
void site_post(struct daemon *d);
void site_tidy(struct daemon *d);
void site_recount(struct daemon *d);
void site_close(struct daemon *d);

/* activate.c */
/** A stored image into force; req gets the answer later (NULL: nobody asks), and with it the compiler's
 *  report (given; NULL: none). */
void activate(struct daemon *d, unsigned layer, uint32_t generation, uint32_t mode, json_t *report,
	struct evhttp_request *req);
/** A new segment: what is current goes into its mailbox. */
void activate_current(struct daemon *d);
void activate_poll(struct daemon *d);
void activate_upload(struct daemon *d, unsigned layer, uint32_t mode, struct evhttp_request *req);
const struct sig_image *image_get(struct daemon *d, unsigned layer, uint32_t generation);

/* settings.c */
/** Body {"yaml": path or nothing, "set": [assignments]}: checked, kept, in force on every worker. */
void settings_apply(struct daemon *d, json_t *body, struct evhttp_request *req);
/** Back to what was in force before, one step each time. */
void settings_undo(struct daemon *d, struct evhttp_request *req);
/** Back to those of the command line; a step that can be taken back. */
void settings_reset(struct daemon *d, struct evhttp_request *req);
json_t *settings_json(const struct daemon *d);
/** Options of `sekisho rules compile` that the settings ask for; up to max words, to be freed. */
size_t settings_compile_words(const struct daemon *d, char **word, size_t max);
/** Lists that the settings name and that cannot be read: logged, once for each change. */
void settings_tell_lists(const struct daemon *d);
void settings_close(struct daemon *d);

/* compile.c */
/** Rule files compiled by a child of ours, then activated. strict: only when no rule is refused. */
void compile_files(struct daemon *d, unsigned layer, uint32_t mode, json_t *files, bool strict,
	struct evhttp_request *req);

/* status.c */
json_t *status_json(struct daemon *d);
json_t *status_counters(struct daemon *d);
json_t *status_rules(struct daemon *d);

/* rule_stats.c */
int rule_stats_open(struct daemon *d);
void rule_stats_close(struct daemon *d);
/** Add up what workers counted; files of images that run no more go. */
void rule_stats_collect(struct daemon *d);
void rule_stats_save(struct daemon *d);
/** Another image came into force. */
void rule_stats_activated(struct daemon *d);
/** layer -1: all. key: ctl_rule_order(). limit 0: the default. */
json_t *rule_stats_top(struct daemon *d, int layer, const char *key, size_t limit);
json_t *rule_stats_unused(struct daemon *d, int layer, uint64_t seconds);

/* http.c */
int http_open(struct daemon *d);
void http_close(struct daemon *d);
/** Ends the request; body is given. */
void http_answer(struct evhttp_request *req, int code, json_t *body);
/** The answer comes later: *req becomes NULL should the client leave before. */
void http_wait(struct evhttp_request **req);
__attribute__((format(printf, 3, 4))) void http_error(struct evhttp_request *req, int code,
	const char *fmt, ...);

/* supervise.c */
void supervise_start(struct daemon *d);
void supervise_stop(struct daemon *d);

#endif
