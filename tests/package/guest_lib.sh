# SPDX-License-Identifier: Apache-2.0
# What the tests in the guest are written with. Sourced.
# shellcheck shell=bash
ok() { echo "passed: $1"; }
bad() { echo "failed: $1"; shift; printf '    %s\n' "$@"; }

test_that() { # name, command…: passes when the command does; what it says is told when it does not
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        ok "$name"
    else
        bad "$name" "$said"
    fi
}

wait_until() { # seconds, command…
    local left=$(($1 * 2))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || { echo "still not after the wait: $*"; "$@"; return 1; }
        sleep 0.5
    done
}

shows() { systemctl show -P "$2" "$1"; } # unit, property
has() { # unit, property, pattern
    local is
    is=$(shows "$1" "$2")
    # shellcheck disable=SC2053 # a pattern
    [[ $is == $3 ]] || { echo "$1: $2 is '$is', not $3"; return 1; }
}
pid_is_new() { # the pid before
    local is
    is=$(shows sitewardd MainPID)
    [ "$is" != 0 ] && [ "$is" != "$1" ] && has sitewardd ActiveState active
}
db=/var/lib/siteward/simulated/siteward.db
key=/var/lib/siteward/simulated/key.ed25519
what_is_kept() { stat -c '%n %i' "$db" "$key"; sha256sum "$key"; }
same_as_before() { [ "$(wc -l </tmp/kept)" -eq 3 ] && diff /tmp/kept <(what_is_kept); }
install() { # apt's arguments
    DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends "$@" </dev/null >/tmp/apt.log 2>&1 ||
        { cat /tmp/apt.log; return 1; }
}
