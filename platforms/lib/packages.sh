# shellcheck shell=bash
# Installing the Debian packages of platforms/packages/. Sourced, not run.
#
# packages_install LIST...   installs what is missing of the named lists with apt-get. Returns 0
#                            when all is there; else prints what failed and why, and returns 1.
# Needs: $TOP, the top of the repository.

packages_missing() {
	local list pkg
	for list in "$@"; do
		while read -r pkg; do
			case $pkg in '' | '#'*) continue ;; esac
			[ "$(dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null)" = installed ] ||
				echo "$pkg"
		done <"$TOP/platforms/packages/$list"
	done
}

# Servers that come with a package must not start by themselves on this host: they are wanted in
# namespaces only. A policy file that the host already has is respected.
packages_no_autostart() {
	[ -e /usr/sbin/policy-rc.d ] && return 0
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
	PACKAGES_POLICY_FILE=/usr/sbin/policy-rc.d
}

packages_autostart_restore() {
	[ -z "${PACKAGES_POLICY_FILE:-}" ] || rm -f "$PACKAGES_POLICY_FILE"
	PACKAGES_POLICY_FILE=
}

packages_install() {
	local missing log rc=0 had_nginx=1
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -eq 0 ] && return 0
	if ! command -v apt-get >/dev/null; then
		echo "packages: this is not a Debian system; install the equals of: ${missing[*]}" >&2
		return 1
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "packages: missing, and only root can install them. Run:" >&2
		echo "  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
		return 1
	fi
	echo "packages: installing ${#missing[@]}: ${missing[*]}"
	log=$(mktemp)
	[ -d /etc/nginx ] || had_nginx=0
	packages_no_autostart
	packages_apt "$log" "${missing[@]}" || rc=1
	packages_autostart_restore
	if [ "$had_nginx" = 0 ] && [ -d /run/systemd/system ]; then
		systemctl disable --quiet nginx.service 2>/dev/null || true
	fi
	if [ $rc -ne 0 ]; then
		echo "packages: apt-get failed; its last words:" >&2
		grep -E '^(E|Err|W):|^Err' "$log" | tail -8 >&2 || true
		echo "packages: whole log: $log" >&2
		return 1
	fi
	rm -f "$log"
}

# packages_apt LOG PACKAGE...: the lists of a fresh machine may be empty or old, so a first failure
# is answered with an update and a second try.
packages_apt() {
	local log=$1 opts=(-q -y --no-install-recommends -o DPkg::Lock::Timeout=120
		-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold)
	shift
	export DEBIAN_FRONTEND=noninteractive
	if ! apt-cache show "$@" >/dev/null 2>&1 ||
		! apt-get "${opts[@]}" install "$@" >"$log" 2>&1; then
		echo "packages: refreshing the package lists"
		apt-get -q update >>"$log" 2>&1
		apt-get "${opts[@]}" install "$@" >>"$log" 2>&1
	fi
}
