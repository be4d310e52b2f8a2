/* SPDX-License-Identifier: Apache-2.0 */
/** Names that integer keywords accept in place of numbers. */
#ifndef SIG_NUMBER_NAMES_H
#define SIG_NUMBER_NAMES_H

#include "scan.h"

#include <sig/buffer.h>

/** Table for a number, NULL when it takes digits only. bits: names are bits to combine. */
const struct sig_word_value *sig_number_names(enum sig_number number, bool *bits);
/** IP protocols by name, lower case (IANA assignments). */
extern const struct sig_word_value sig_ip_protocols[];
/** Kerberos encryption types by name (RFC 3961 and the IANA registry). */
extern const struct sig_word_value sig_krb5_types[];
/** HTTP/2 settings by name (RFC 9113 6.5.2). */
extern const struct sig_word_value sig_http2_settings[];

#endif
