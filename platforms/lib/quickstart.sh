# shellcheck shell=bash
# The steps of platforms/quickstart. Sourced, not run; needs $TOP and packages.sh.
#
# Everything that it makes lies below $QS_RUN, is a process listed in $QS_RUN/pids, one of the two
# namespaces, or huge pages whose former number is kept in $QS_RUN/hugepages; `down` undoes these
# four and nothing else.

QS_RUN=/run/sekisho
QS_MARK=$QS_RUN/quickstart
QS_INSIDE_IP=192.168.50.10
QS_OUTSIDE_IP=203.0.113.10
QS_PAGES=128 # of 2 MiB: buffers of two ports and one worker, with room
QS_STEP=0
QS_STEPS=11
BIN=$TOP/build/bin

# step TEXT COMMAND...: run it with its output in a log, say how it went.
step() {
	local text=$1 log=$QS_LOG/step-$((QS_STEP + 1)).log start=$EPOCHREALTIME
	shift
	QS_STEP=$((QS_STEP + 1))
	printf '[%2d/%d] %-46s ' "$QS_STEP" "$QS_STEPS" "$text"
	if "$@" >"$log" 2>&1; then
		awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "ok (%.1f s)\n", b - a }'
		return 0
	fi
	echo FAILED
	echo "quickstart: step '$text' failed:" >&2
	tail -8 "$log" | sed 's/^/  /' >&2
	echo "quickstart: its log: $log; to clean up: sudo $TOP/platforms/quickstart down" >&2
	exit 1
}

# until_true SECONDS COMMAND...: another process's state is asked for every few milliseconds.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "waited too long for: $*" && return 1; }
		read -rt 0.01 <>"$QS_TICK" || true
	done
}

in_ns() {
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# spawn NAME COMMAND...: a process that outlives this script.
spawn() {
	local name=$1
	shift
	setsid "$@" >>"$QS_LOG/$name.log" 2>&1 </dev/null &
	echo "$! $name" >>"$QS_RUN/pids"
	QS_LAST_PID=$!
}

# A process that ended and that nobody has collected yet is not alive.
alive() {
	local state
	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ "${state%% *}" != Z ]
}

spawned_alive() { # NAME
	local pid
	pid=$(awk -v n="$1" '$2 == n { print $1 }' "$QS_RUN/pids" 2>/dev/null | tail -1)
	[ -n "$pid" ] && alive "$pid"
}

qs_need_root() {
	[ "$(id -u)" -eq 0 ] && return 0
	echo "quickstart: namespaces and huge pages need root: sudo $TOP/platforms/quickstart $1" >&2
	exit 1
}

qs_begin() {
	if [ -e $QS_RUN/segment ] && [ ! -e $QS_MARK ]; then
		echo "quickstart: an appliance that is not mine runs in $QS_RUN; stop it first" >&2
		exit 1
	fi
	if [ ! -e $QS_MARK ]; then
		local ns
		for ns in inside outside; do
			[ ! -e "/run/netns/$ns" ] || {
				echo "quickstart: a namespace '$ns' exists and is not mine" >&2
				exit 1
			}
		done
	fi
	QS_LOG=$QS_RUN/log
	mkdir -p "$QS_LOG" "$QS_RUN/state"
	: >$QS_MARK
	QS_TICK=$QS_RUN/tick
	[ -p "$QS_TICK" ] || mkfifo "$QS_TICK"
}

qs_huge_pages() {
	local want now free
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || {
		echo "this kernel has no 2 MiB huge pages" && return 1
	}
	now=$(cat /proc/sys/vm/nr_hugepages)
	[ -e $QS_RUN/hugepages ] || echo "$now" >$QS_RUN/hugepages
	free=$(awk '/HugePages_Free/ { print $2 }' /proc/meminfo)
	if [ "$free" -lt $QS_PAGES ]; then
		want=$((now + QS_PAGES - free))
		echo 1 >/proc/sys/vm/compact_memory 2>/dev/null || true
		echo $want >/proc/sys/vm/nr_hugepages
		free=$(awk '/HugePages_Free/ { print $2 }' /proc/meminfo)
		[ "$free" -ge $QS_PAGES ] || {
			echo "wanted $QS_PAGES free huge pages of 2 MiB, the kernel gave $free:" \
				"too little free memory in one piece"
			return 1
		}
	fi
	mkdir -p $QS_RUN/huge
	mountpoint -q $QS_RUN/huge || mount -t hugetlbfs -o pagesize=2M sekisho-quickstart $QS_RUN/huge
}

qs_namespaces() {
	local ns
	for ns in inside outside; do
		[ -e /run/netns/$ns ] || ip netns add $ns || return 1
		ip -n $ns link set lo up || return 1
	done
}

qs_plug() { # NS INTERFACE ADDRESS NETWORK-OF-THE-OTHER
	ip link set "$2" netns "$1" 2>/dev/null || ip -n "$1" link show "$2" >/dev/null || return 1
	ip -n "$1" link set "$2" up || return 1
	ip -n "$1" addr replace "$3/24" dev "$2" || return 1
	ip -n "$1" route replace "$4" dev "$2" || return 1
}

qs_status_answers() { "$BIN/sekisho" status; }
qs_guard_ready() { [ -e $QS_RUN/segment ] && spawned_alive guard; }

qs_guard() {
	spawned_alive guard && return 0
	rm -f $QS_RUN/segment
	spawn guard "$BIN/sekisho-guard" --profile "$TOP/platforms/profiles/tap.profile" \
		--run-dir $QS_RUN --state-dir $QS_RUN/state --file-prefix sekisho-quickstart \
		--huge-dir $QS_RUN/huge --quiet
	until_true 20 qs_guard_ready || { tail -5 "$QS_LOG/guard.log" && return 1; }
	qs_plug inside sekisho0 $QS_INSIDE_IP 203.0.113.0/24 &&
		qs_plug outside sekisho1 $QS_OUTSIDE_IP 192.168.50.0/24
}

qs_inspect() {
	spawned_alive inspect && return 0
	spawn inspect "$BIN/sekisho-inspect" --run-dir $QS_RUN
	until_true 20 qs_worker_owns || { tail -5 "$QS_LOG/inspect.log" && return 1; }
}
qs_worker_owns() { "$BIN/sekisho" status --json | grep -q '"inspecting": *true'; }

qs_control() {
	spawned_alive sekishod && return 0
	spawn sekishod "$BIN/sekishod" --run-dir $QS_RUN --state-dir $QS_RUN/state --log-dir "$QS_LOG"
	until_true 20 qs_status_answers || { tail -5 "$QS_LOG/sekishod.log" && return 1; }
}

qs_signatures() {
	"$BIN/sekisho" rules activate --layer vendor "$TOP/platforms/demo/demo.rules" &&
		"$BIN/sekisho" rules activate --layer jsig "$TOP/platforms/demo/demo.jsig.rules"
}

qs_nginx() { # NS ADDRESS
	local dir=$QS_RUN/www-$1
	spawned_alive "nginx-$1" && return 0
	mkdir -p "$dir/tmp"
	echo "<h1>Hello from $1</h1>" >"$dir/index.html"
	echo 'id=42&ok=1' >"$dir/gate.php"
	cat >"$dir/nginx.conf" <<-CONF
		daemon off; master_process off; pid $dir/pid; error_log $dir/error.log;
		events { worker_connections 64; }
		http {
			access_log $dir/access.log;
			client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp;
			fastcgi_temp_path $dir/tmp; uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;
			server { listen $2:80; root $dir; }
		}
	CONF
	spawn "nginx-$1" ip netns exec "$1" nginx -c "$dir/nginx.conf" -p "$dir"
	until_true 10 qs_listens "$1"
}
qs_listens() { [ -n "$(in_ns "$1" ss -Hltn 'sport = :80')" ]; }

qs_servers() { qs_nginx outside $QS_OUTSIDE_IP && qs_nginx inside $QS_INSIDE_IP; }

qs_path() { until_true 10 in_ns inside curl -sS -m 1 -o "$QS_RUN/page" "http://$QS_OUTSIDE_IP/"; }

# --- the demonstration ------------------------------------------------------------------------

# qs_event SID AFTER: the first alert of that signature since the byte AFTER of eve.json, as a line.
qs_event() {
	/usr/bin/python3 - "$QS_LOG/eve.json" "$1" "$2" <<-'PY'
		import json, sys
		with open(sys.argv[1], 'rb') as f:
		    f.seek(int(sys.argv[3]))
		    for line in f:
		        e = json.loads(line)
		        if e['event_type'] == 'alert' and e['alert']['signature_id'] == int(sys.argv[2]):
		            a = e['alert']
		            print(f"{e['timestamp']}  {a['action'].upper()}  [{a['gid']}:{a['signature_id']}:"
		                  f"{a['rev']}] {a['signature']}  {e['proto']} {e['src_ip']}:"
		                  f"{e['src_port']} -> {e['dest_ip']}:{e['dest_port']}")
		            break
		    else:
		        sys.exit(1)
	PY
}
qs_eve_size() { stat -c %s "$QS_LOG/eve.json" 2>/dev/null || echo 0; }

qs_demo_pass() {
	in_ns inside curl -sS -m 5 "http://$QS_OUTSIDE_IP/" | grep -q 'Hello from outside'
}

# The page must not come, and both kernels must say reset at once.
qs_demo_c2() {
	local at start took rc=0
	at=$(qs_eve_size)
	start=$EPOCHREALTIME
	in_ns inside curl -sS -m 5 -A 'demo-bot/1.0' "http://$QS_OUTSIDE_IP/gate.php?id=42" || rc=$?
	took=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", (b - a) * 1000 }')
	[ $rc -eq 56 ] || { echo "curl ended with $rc where a reset (56) was due" && return 1; }
	until_true 5 qs_event 1000001 "$at" || return 1
	[ -z "$(in_ns inside ss -Htn state established "dst $QS_OUTSIDE_IP and dport = :80")" ] &&
		[ -z "$(in_ns outside ss -Htn state established "dst $QS_INSIDE_IP and sport = :80")" ] ||
		{ echo 'a kernel still holds the connection' && return 1; }
	{ qs_event 1000001 "$at" && echo "curl: connection reset after $took ms; no end holds it any more"; } \
		>"$QS_RUN/demo-c2"
}

qs_demo_attack() {
	local at rc=0
	at=$(qs_eve_size)
	in_ns outside curl -sS -m 2 --path-as-is "http://$QS_INSIDE_IP/../../../../etc/passwd" || rc=$?
	[ $rc -eq 28 ] || { echo "curl ended with $rc where silence (28) was due" && return 1; }
	until_true 5 qs_event 9900101 "$at" || return 1
	! grep -q passwd "$QS_RUN/www-inside/access.log" 2>/dev/null ||
		{ echo 'the request reached the server' && return 1; }
	{ qs_event 9900101 "$at" && echo "curl: no answer; the server never saw the request"; } \
		>"$QS_RUN/demo-attack"
}

quickstart_up() {
	qs_need_root up
	packages_install build run || {
		echo "quickstart: step 'packages' failed (above)" >&2
		exit 1
	}
	"$TOP/platforms/build" || {
		echo "quickstart: step 'build' failed (above)" >&2
		exit 1
	}
	qs_begin
	step 'huge pages' qs_huge_pages
	step 'namespaces inside and outside' qs_namespaces
	step 'guard: ports, wire, forwarding' qs_guard
	step 'control' qs_control
	step 'inspection workers' qs_inspect
	step 'demonstration signatures, two layers' qs_signatures
	step 'web servers on both sides' qs_servers
	step 'a path through the wire' qs_path
	step 'a page from outside passes' qs_demo_pass
	step 'a command-and-control callback is reset' qs_demo_c2
	sed 's/^/        /' "$QS_RUN/demo-c2"
	step 'a web attack on the inside is dropped' qs_demo_attack
	sed 's/^/        /' "$QS_RUN/demo-attack"
	cat <<-TEXT

		sekisho is running between the namespaces inside ($QS_INSIDE_IP) and outside ($QS_OUTSIDE_IP).

		  look     sudo build/bin/sekisho status
		           sudo build/bin/sekisho events --follow
		  traffic  sudo ip netns exec inside curl http://$QS_OUTSIDE_IP/
		           sudo ip netns exec inside curl -A demo-bot/1.0 'http://$QS_OUTSIDE_IP/gate.php?id=1'
		  bypass   sudo build/bin/sekisho bypass on     (now the callback passes)
		           sudo build/bin/sekisho bypass off
		  fault    sudo kill -9 \$(pgrep -f 'sekisho-inspect --run-dir $QS_RUN')   (traffic goes on)
		  stop     sudo platforms/quickstart down       (leaves nothing behind)
	TEXT
}

quickstart_status() {
	if [ ! -e $QS_MARK ]; then
		echo "quickstart: nothing is running"
		return 0
	fi
	local pid name
	while read -r pid name; do
		if alive "$pid"; then echo "$name runs (process $pid)"; else echo "$name is gone"; fi
	done < <(tac $QS_RUN/pids | awk '!seen[$2]++')
	"$BIN/sekisho" status || true
}

qs_gone() { ! alive "$1"; }

quickstart_down() {
	qs_need_root down
	if [ ! -e $QS_MARK ]; then
		echo "quickstart: nothing to stop"
		return 0
	fi
	local pid name ns
	QS_TICK=$QS_RUN/tick
	[ -p $QS_TICK ] || mkfifo $QS_TICK
	# Control first, then inspection, the guard last; workers are in their parent's session.
	for name in sekishod inspect guard nginx-inside nginx-outside; do
		while read -r pid; do
			alive "$pid" || continue
			kill -TERM "$pid" 2>/dev/null || true
			until_true 5 qs_gone "$pid" || true
			kill -KILL -- "-$pid" 2>/dev/null || true
		done < <(awk -v n="$name" '$2 == n { print $1 }' $QS_RUN/pids 2>/dev/null)
	done
	# What a kill -9 of a parent left: workers are of the session that the parent had led.
	while read -r pid name; do
		pkill -KILL -s "$pid" 2>/dev/null || true
	done < <(cat $QS_RUN/pids 2>/dev/null)
	for ns in inside outside; do
		[ ! -e /run/netns/$ns ] || {
			ip netns pids $ns | xargs -r kill -KILL 2>/dev/null || true
			ip netns del $ns
		}
	done
	! mountpoint -q $QS_RUN/huge || umount $QS_RUN/huge
	[ ! -e $QS_RUN/hugepages ] || cat $QS_RUN/hugepages >/proc/sys/vm/nr_hugepages
	rm -rf /var/run/dpdk/sekisho-quickstart "$QS_RUN"
	echo "quickstart: stopped; nothing is left"
}
