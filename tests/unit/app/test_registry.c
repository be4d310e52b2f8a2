/* SPDX-License-Identifier: Apache-2.0 */
/* What every registered protocol must hold, whatever it parses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dp/app.h>

static void what_is_offered_is_said(void **state)
{
	for (unsigned i = 0; dp_app_registry[i]; i++) {
		const struct dp_app_desc *d = dp_app_registry[i];

		if (!!d->test != (d->tests[0] != 0))
			fail_msg("%s: test() and tests[] go together", sig_proto_rule_name[d->proto]);
		assert_true(!d->n_buffers || d->buffer);
		assert_true(!d->n_numbers || d->number);
	}
}

static void bits_are_enough(void **state)
{
	unsigned n = 0;

	while (dp_app_registry[n])
		assert_true(dp_app_registry[n++]->n_buffers <= 64); // dp_tx.scanned
	assert_true(n <= 64);                                      // dp_app_flow.probe_no
}

static void directions_exist(void **state)
{
	for (unsigned i = 0; dp_app_registry[i]; i++) {
		const struct dp_app_desc *d = dp_app_registry[i];

		for (unsigned k = 0; k < d->n_buffers; k++)
			assert_true(d->buffers[k].dir <= 2 && d->buffers[k].buf < SIG_BUF__COUNT);
		for (unsigned k = 0; k < d->n_numbers; k++)
			assert_true(d->numbers[k].dir <= 2 && d->numbers[k].num < SIG_NUM__COUNT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_offered_is_said),
		cmocka_unit_test(bits_are_enough),
		cmocka_unit_test(directions_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
