/* SPDX-License-Identifier: Apache-2.0 */
/** Between the files of this room. */
#ifndef DP_FILE_PRIV_H
#define DP_FILE_PRIV_H

#include <dp/file.h>

/** A file of no transaction so far. NULL without memory. */
struct dp_file *dp_file_new(struct dp_app_ctx *x, enum sig_dir dir, const void *name, uint32_t name_len);
/** Only its name: what else there is to say of it is another worker's. */
struct dp_file *dp_file_shell(struct dp_app_ctx *x, enum sig_dir dir, const void *name, uint32_t name_len);
/** Into the transaction, behind its others. */
void dp_file_attach(struct dp_app_ctx *x, struct dp_tx *tx, struct dp_file *f);
void dp_file_free(struct dp_ctx *c, struct dp_file *f);

#endif
