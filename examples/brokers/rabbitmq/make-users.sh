#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Users of RabbitMQ's MQTT plug-in and what they may, with rabbitmqctl. The password is read from standard input. A second call
# sets password and rights anew. The client id must be the user's name.
#
#   ./make-users.sh gateway gw-7f3a 310115/pd-0042 < password
#   ./make-users.sh platform platform < password
#   ./make-users.sh desk desk < password
#   ./make-users.sh wall wall 310115 < password
#
# $RABBITMQCTL names another rabbitmqctl.
set -euo pipefail

ctl=${RABBITMQCTL:-rabbitmqctl}
fail() { echo "make-users.sh: $*" >&2; exit 1; }
usage() { sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
check_id() { [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$ ]] || fail "'$1' is no id: small letters, digits and -"; }

# The plug-in writes / of a topic as . and + of a filter as *; a filter is allowed as a whole or not at all.
set_user() { # name, what it may write, what it may read; regular expressions below siteward.1.
    local queue="^mqtt-subscription-$1qos[01]$" password
    IFS= read -r password || [ -n "$password" ] || fail "no password on standard input"
    if "$ctl" -q list_users --no-table-headers | cut -f1 | grep -qxF "$1"; then
        "$ctl" -q change_password "$1" <<<"$password"
    else
        "$ctl" -q add_user "$1" <<<"$password"
    fi
    "$ctl" -q set_permissions "$1" "$queue" "$queue|^amq\\.topic$" "$queue|^amq\\.topic$"
    "$ctl" -q set_topic_permissions "$1" amq.topic "^siteward\\.1\\.($2)$" "^siteward\\.1\\.($3)$"
    echo "$1: may write and read its topics"
}

[ $# -ge 2 ] || usage
check_id "$2"
any='[^.]+'
case "$1" in
gateway)
    [ $# -eq 3 ] || usage
    [[ $3 == */* ]] || fail "'$3' is no area/site, like 310115/pd-0042"
    check_id "${3%%/*}"
    check_id "${3#*/}"
    area=${3%%/*}
    site="$area\\.${3#*/}"
    set_user "$2" \
        "$site\\.(gw\\.$2\\.(status|info|health|alert\\.$any|config|gap|checkpoint)|sensor\\..+|output\\.$any\\.state|summary|schedule|ticket\\..+|res\\..+)" \
        "$site\\.(cmd\\..+|gw\\.$2\\.cmd\\..+|gw\\.\\*\\.status)|$area\\.broadcast\\..+|host\\.\\*\\.status"
    ;;
platform)
    [ $# -eq 2 ] || usage
    set_user "$2" "$any\\.$any\\.(cmd\\..+|gw\\.$any\\.cmd\\..+)|host\\.$2\\.status" ".+"
    ;;
desk)
    [ $# -eq 2 ] || usage
    set_user "$2" "$any\\.$any\\.cmd\\.(evidence|complaint)" "$any\\.$any\\.res\\.$2\\..+"
    ;;
wall)
    [ $# -eq 3 ] || usage
    check_id "$3"
    set_user "$2" "nothing" "$3\\.\\*\\.(summary|ticket\\.\\*)"
    ;;
*) usage ;;
esac
