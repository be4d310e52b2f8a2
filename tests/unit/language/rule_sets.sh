#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rule_sets.sh RULES_CHECK CORPORA: public rule sets load as far as they are sound.
set -eu
check=$1 sets=$2/rules
if [ ! -d "$sets" ]; then
	echo "skipped: no rule sets at $sets"
	exit 77
fi
tmp=$(mktemp -d)
trap 'rm -r "$tmp"' EXIT
failed=0
# want SET AT_LEAST
want() {
	xz -dc "$3" > "$tmp/$1.rules"
	"$check" check --quiet "$tmp/$1.rules" > "$tmp/out"
	loaded=$(tail -n 1 "$tmp/out" | sed 's/.*: \([0-9]*\) loaded.*/\1/')
	echo "$1: $loaded loaded, at least $2 wanted"
	[ "$loaded" -ge "$2" ] || { failed=1; head -n 20 "$tmp/out"; }
	rm "$tmp/$1.rules"
}
want et-open-enabled 34544 "$sets/et-open-enabled.rules.xz"
want et-open-drop-policy 8306 "$sets/et-open-drop-policy.rules.xz"
want urlhaus 30579 "$sets/urlhaus.rules.xz"
want sslbl-cert 8485 "$sets/sslbl-cert.rules.xz"
want sslbl-ja3 97 "$sets/sslbl-ja3.rules.xz"
want stamus-lateral 546 "$sets/stamus-lateral.rules.xz"
want snort29-community 4010 "$sets/snort29-community.rules.xz"
want snort3-community 4010 "$sets/snort3-community.rules.xz"
want probe 3957 "$sets/../expected/probe.rules.xz"
exit "$failed"
