/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Settings that an operator has applied: numbered copies in STATE-DIR/settings, so that they outlive a
 * restart and the file they came from, and can be taken back.
 *
 *     N.yaml     the configuration as it was (absent: none)
 *     N.json     {"yaml": where it came from, "set": [assignments on top]}
 *     current    "N M ...": in force, and what was in force before, the last first, as long as nobody
 *                has taken it back. 0: those of sekishod's command line
 *
 * `current` is replaced by renaming, so a crash leaves the old or the new. One thread.
 */
#ifndef CTL_SETTINGS_H
#define CTL_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#define CTL_SETTINGS_MAX 64u                      /**< assignments */
#define CTL_SETTINGS_BACK 16u                     /**< steps that can be taken back */
#define CTL_SETTINGS_YAML_MAX ((size_t)16 << 20) /**< bytes of a configuration */

struct ctl_settings {
	char dir[300];
	uint32_t current, newest;
	uint32_t before[CTL_SETTINGS_BACK]; /**< the last one last */
	unsigned depth;                     /**< of `before` */
};

/** One numbered item; owned by the caller. */
struct ctl_settings_item {
	char *yaml;   /**< the copy's path, NULL: none */
	char *origin; /**< what it is a copy of */
	char *set[CTL_SETTINGS_MAX];
	unsigned sets;
};

/** Make the folder, read what is current. 0 or -errno. */
int ctl_settings_open(struct ctl_settings *s, const char *state_dir);
/**
 * Keep the text `yaml` (NULL: none), the path `origin` it came from, which is not opened, and the assignments
 * under a number of their own; not current yet. -E2BIG: too many assignments, too long a text. -EINVAL: not
 * UTF-8. -errno of writing.
 */
int ctl_settings_add(struct ctl_settings *s, const char *origin, const char *yaml, size_t bytes,
	const char *const *set, unsigned sets, uint32_t *number);
void ctl_settings_discard(struct ctl_settings *s, uint32_t number);
/** In force from now on; what was is remembered, and what no step back leads to removed. */
int ctl_settings_commit(struct ctl_settings *s, uint32_t number);
/** What one step back leads to. -ENOENT: nothing is remembered. */
int ctl_settings_previous(const struct ctl_settings *s, uint32_t *number);
/** That is in force from now on, and what was is removed. -ENOENT: nothing is remembered. */
int ctl_settings_back(struct ctl_settings *s);
/** -ENOENT: no such number. */
int ctl_settings_get(const struct ctl_settings *s, uint32_t number, struct ctl_settings_item *item);
void ctl_settings_item_fini(struct ctl_settings_item *item);

#endif
