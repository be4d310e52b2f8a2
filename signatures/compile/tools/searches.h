/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIG_COMPILE_SEARCHES_H
#define SIG_COMPILE_SEARCHES_H

/**
 * Write what the image's databases hold, a line for each pattern of a group, fields between tabs:
 *
 *   kind   "literal" or "expression"
 *   where  "payload", or the name of a buffer
 *   flags  of Hyperscan, decimal
 *   last   a literal that ends behind this byte is no hit; "-": wherever
 *   ports  "d" or "s" and the ports of destinations or sources that it is searched at, as
 *          "d:53,135-139"; "-": all
 *   bytes  hexadecimal
 *
 * tests/bench/prefilter reads it. Exit status; it tells what failed.
 */
int searches_write(const char *path, const char *image);

#endif
