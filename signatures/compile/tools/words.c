/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"
#include <sig/rule.h>
#include <string.h>

static void number(FILE *f, const struct sig_img_op *o, unsigned i)
{
	if (o->var[i] == SIG_VAR_NONE)
		fprintf(f, "%lld", (long long)o->num[i]);
	else
		fprintf(f, "variable %u", o->var[i]);
}

void words_compare(FILE *f, const struct sig_img_op *o)
{
	static const char *const sign[] = {[SIG_OP_EQ] = "=", [SIG_OP_NE] = "not", [SIG_OP_LT] = "<",
		[SIG_OP_LE] = "<=", [SIG_OP_GT] = ">", [SIG_OP_GE] = ">="};

	if (o->sub == SIG_OP_RANGE)
		fprintf(f, "between %lld and %lld (ends excluded)", (long long)o->num[0],
			(long long)o->num[1]);
	else if (o->sub < sizeof(sign) / sizeof(sign[0]) && sign[o->sub])
		fprintf(f, "%s %lld", sign[o->sub], (long long)o->num[0]);
	else
		fprintf(f, "as given");
}

/** "2 bytes at 4 behind the cursor, little endian". */
static void where(FILE *f, const struct sig_img_op *o)
{
	if (o->num[0] == 0 && o->var[0] == SIG_VAR_NONE) {
		fputs(o->flags & SIG_B_STRING ? "the digits" : "nothing", f);
	} else {
		number(f, o, 0);
		fputs(o->flags & SIG_B_STRING ? " characters" : " bytes", f);
	}
	fputs(" at ", f);
	number(f, o, 1);
	if (o->flags & SIG_B_RELATIVE)
		fputs(" behind the cursor", f);
	if (o->flags & SIG_B_STRING)
		fprintf(f, ", as a %s number",
			o->aux == 8 ? "n octal" : o->aux == 16 ? "hexadecimal" : "decimal");
	else if (o->flags & SIG_B_DCE)
		fputs(", in the byte order of the DCERPC header", f);
	else if (o->flags & SIG_B_LITTLE)
		fputs(", little endian", f);
	if (o->flags & SIG_B_BITMASK)
		fprintf(f, ", masked with %#llx", (unsigned long long)o->x);
}

static void byte_test(FILE *f, const struct sig_img_op *o)
{
	static const char *const sign[] = {"=", "<", ">", "<=", ">=", "&", "^"};

	fputs("read ", f);
	where(f, o);
	fprintf(f, ": %s%s ", o->flags & SIG_B_NEGATED ? "not " : "",
		o->sub < sizeof(sign) / sizeof(sign[0]) ? sign[o->sub] : "?");
	number(f, o, 2);
}

static void byte_jump(FILE *f, const struct sig_img_op *o)
{
	fputs("read ", f);
	where(f, o);
	if (o->len > 1)
		fprintf(f, ", times %u", o->len);
	fprintf(f, ": move the cursor so far%s", o->flags & SIG_B_FROM_BEGINNING ? " from the beginning" :
			o->flags & SIG_B_FROM_END			 ? " from the end" : "");
	if (o->var[2] != SIG_VAR_NONE || o->num[2]) {
		fputs(", then ", f);
		number(f, o, 2);
	}
}

static void byte_math(FILE *f, const struct sig_img_op *o)
{
	static const char *const sign[] = {"+", "-", "*", "/", "<<", ">>"};

	fputs("read ", f);
	where(f, o);
	fprintf(f, ", %s ", o->sub < sizeof(sign) / sizeof(sign[0]) ? sign[o->sub] : "?");
	number(f, o, 2);
	fprintf(f, ": keep it in variable %u", o->out);
}

static void data_at(FILE *f, const struct sig_img_op *o)
{
	fprintf(f, "data must %sreach ", o->flags & SIG_B_NEGATED ? "not " : "");
	number(f, o, 0);
	fputs(o->flags & SIG_B_RELATIVE ? " bytes behind the cursor" : " bytes from the start", f);
}

static void thinning(FILE *f, const struct sig_img_op *o)
{
	static const char *const by[] = {"source", "destination", "pair of addresses", "rule", "flow"};
	static const char *const how[] = {"at most %lld alerts", "one alert for every %lld matches",
		"one alert, after %lld matches", "an alert after %lld matches and then ever more rarely"};
	const char *each = o->aux < sizeof(by) / sizeof(by[0]) ? by[o->aux] : "?";

	if (o->kind == SIG_OPT_DETECTION_FILTER)
		fprintf(f, "alerts only after %lld matches", (long long)o->num[0]);
	else if (o->sub < sizeof(how) / sizeof(how[0]))
		fprintf(f, how[o->sub], (long long)o->num[0]);
	if (o->num[1])
		fprintf(f, " in %lld s", (long long)o->num[1]);
	fprintf(f, ", by %s", each);
}

bool words_of(FILE *f, const struct sig_image *g, const struct sig_img_op *o)
{
	switch (o->kind) {
	case SIG_OPT_BYTE_TEST:
		byte_test(f, o);
		return true;
	case SIG_OPT_BYTE_JUMP:
		byte_jump(f, o);
		return true;
	case SIG_OPT_BYTE_EXTRACT:
		fputs("read ", f);
		where(f, o);
		fprintf(f, ": keep it in variable %u", o->out);
		return true;
	case SIG_OPT_BYTE_MATH:
		byte_math(f, o);
		return true;
	case SIG_OPT_ISDATAAT:
		data_at(f, o);
		return true;
	case SIG_OPT_BSIZE:
		fputs("length ", f);
		words_compare(f, o);
		return true;
	case SIG_OPT_THRESHOLD:
	case SIG_OPT_DETECTION_FILTER:
		thinning(f, o);
		return true;
	default:
		return false;
	}
}
