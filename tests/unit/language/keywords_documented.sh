#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keywords_documented.sh RULES_CHECK PAGE: the page's keyword table equals the parser's.
set -eu
tmp=$(mktemp -d)
trap 'rm -r "$tmp"' EXIT
"$1" keywords --markdown > "$tmp/parser"
sed -n '/<!-- keywords -->/,/<!-- end of keywords -->/p' "$2" | sed '1d;$d' > "$tmp/page"
if ! diff -u "$tmp/page" "$tmp/parser"; then
	echo "docs/signatures.md: replace the table by the output of: sekisho rules keywords --markdown"
	exit 1
fi
