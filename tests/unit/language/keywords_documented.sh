#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keywords_documented.sh SEKISHO PAGE MAN [write]: the keyword tables of docs/signatures.md and of
# sekisho-signatures(7) equal what the program says. "write" puts what it says into them.
set -eu
tmp=$(mktemp -d)
trap 'rm -r "$tmp"' EXIT

# between FROM TO FILE: the lines between the two that contain FROM and TO
between() {
	awk -v from="$1" -v to="$2" 'index($0, to) {on = 0} on {print} index($0, from) {on = 1}' "$3"
}

# table OPTION FROM TO FILE
table() {
	"$sekisho" rules keywords "$1" > "$tmp/said"
	between "$2" "$3" "$4" > "$tmp/written"
	cmp -s "$tmp/said" "$tmp/written" && return
	if [ -n "$write" ]; then
		awk -v from="$2" -v to="$3" -v said="$tmp/said" '
			index($0, to) {on = 0}
			!on {print}
			index($0, from) {on = 1; while ((getline line < said) > 0) print line}' "$4" > "$tmp/new"
		cat "$tmp/new" > "$4"
		return
	fi
	diff -u "$tmp/written" "$tmp/said" | head -20 || true
	echo "$4: run tests/unit/language/keywords_documented.sh build/bin/sekisho" \
		"docs/signatures.md docs/man/sekisho-signatures.7 write"
	bad=1
}

sekisho=$1 write=${4:-} bad=0
table --markdown '<!-- keywords -->' '<!-- end of keywords -->' "$2"
table --man 'table of keywords' 'end of the table' "$3"
exit $bad
