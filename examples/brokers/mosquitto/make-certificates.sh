#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A small certificate authority for one broker, with openssl. Keys never leave the folder by themselves: copy each key to
# the one machine that it belongs to, and keep ca.key away from the broker.
#
#   ./make-certificates.sh ca
#   ./make-certificates.sh broker broker.example [more names or addresses …]
#   ./make-certificates.sh gateway gw-7f3a 310115/pd-0042      and its section in the file acl
#   ./make-certificates.sh client platform                     or desk, wall, regulator, …: as the file acl has them
#   ./make-certificates.sh revoke gw-7f3a
#
# $CERTIFICATES is the folder (default: certificates beside this script), $ACL the access list, $DAYS how long a certificate
# lives (default: broker 30, others 365, ca 3650).
set -euo pipefail
umask 077

here=$(cd "$(dirname "$0")" && pwd)
dir=${CERTIFICATES:-$here/certificates}
acl=${ACL:-$here/acl}

conf=
trap 'rm -f "$conf"' EXIT
fail() { echo "make-certificates.sh: $*" >&2; exit 1; }
usage() { sed -n '3,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
need_ca() { [ -f "$dir/ca.key" ] || fail "there is no $dir/ca.key: './make-certificates.sh ca' first"; }
check_id() { [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$ ]] || fail "'$1' is no id: small letters, digits and -"; }
check_name() { # no certificate may take the place of the authority's or the broker's
    check_id "$1"
    case "$1" in ca | broker | revoked) fail "'$1' is a file of the broker's own: another name" ;; esac
}

config() { # what openssl needs to know; $1 = subject alternative names, $2 = usage
    cat <<CONF
[ca]
default_ca = own
[own]
dir = $dir
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir/issued
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
default_crl_days = 3650
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
commonName = ${3:-siteward}
[root]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = ${2:-clientAuth}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
${1:+subjectAltName = $1}
CONF
}

run_openssl() { # quiet unless it fails
    local said
    said=$(openssl "$@" 2>&1) || fail "openssl $1: $said"
}

give() { # the broker, which reads them as a user of its own, gets what is made in a folder that was given to it
    [ "$EUID" -ne 0 ] || chown --reference="$dir" "$@"
}

write_crl() {
    run_openssl ca -config <(config) -gencrl -out "$dir/revoked.pem.new"
    give "$dir/revoked.pem.new"
    mv "$dir/revoked.pem.new" "$dir/revoked.pem"
}

issue() { # name, usage, subject alternative names, days
    local name=$1
    conf=$(mktemp)
    config "$3" "$2" "$name" >"$conf"
    run_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/$name.key"
    run_openssl req -new -config "$conf" -key "$dir/$name.key" -out "$dir/$name.csr"
    run_openssl ca -batch -notext -config "$conf" -days "$4" -in "$dir/$name.csr" -out "$dir/$name.pem"
    give "$dir/$name.key" "$dir/$name.pem"
    rm -f "$dir/$name.csr" "$conf"
    echo "$dir/$name.pem, $dir/$name.key: $4 days"
}

make_ca() {
    [ ! -e "$dir/ca.key" ] || fail "$dir/ca.key is there: a new one would make all certificates worthless; move the folder away first"
    mkdir -p "$dir/issued"
    : >"$dir/index.txt"
    openssl rand -hex 16 >"$dir/serial"
    run_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/ca.key"
    run_openssl req -x509 -new -config <(config "" "" "siteward broker CA $(date -u +%Y-%m-%dT%H:%M:%SZ)") -extensions root -key "$dir/ca.key" \
        -days "${DAYS:-3650}" -out "$dir/ca.pem"
    write_crl
    echo "$dir/ca.pem, $dir/revoked.pem; keep $dir/ca.key safe"
}

make_broker() {
    local names="" one
    for one in "$@"; do
        if [[ $one =~ ^[0-9.]+$ || $one == *:* ]]; then names+="${names:+,}IP:$one"; else names+="${names:+,}DNS:$one"; fi
    done
    issue broker serverAuth "$names" "${DAYS:-30}"
}

check_acl() { # gateway, area/site: what stands under one name adds up
    [ -f "$acl" ] || fail "$acl is not there: \$ACL names the access list"
    if grep -qxF "# gateway $1 of $2" "$acl"; then return; fi
    if grep -qxF "user $1" "$acl"; then fail "$acl has '$1' already, and not as a gateway of $2: another name, or take that section out"; fi
}

add_acl() { # gateway, area/site
    local begin="# gateway $1 of $2" s="siteward/1/$2" leaf
    if grep -qxF "$begin" "$acl"; then return; fi
    {
        printf '\n%s\nuser %s\n' "$begin" "$1"
        for leaf in status info health 'alert/+' config gap checkpoint; do echo "topic write $s/gw/$1/$leaf"; done
        for leaf in 'sensor/#' 'output/+/state' summary schedule 'ticket/#' 'res/#'; do echo "topic write $s/$leaf"; done
        for leaf in 'cmd/#' "gw/$1/cmd/#" 'gw/+/status'; do echo "topic read $s/$leaf"; done
        echo "topic read siteward/1/${2%%/*}/broadcast/#"
        echo "topic read siteward/1/host/+/status"
    } >>"$acl"
    echo "$acl: a section for $1"
}

revoke_all() { # every certificate of this name: one that was renewed is still good in a thief's hands
    local serials serial
    serials=$(awk -F '\t' -v subject="/CN=$1" '$1 == "V" && $6 == subject { print $4 }' "$dir/index.txt")
    [ -n "$serials" ] || fail "there is no certificate of $1 that could be revoked"
    for serial in $serials; do
        run_openssl ca -config <(config) -revoke "$dir/issued/$serial.pem"
    done
    write_crl
    echo "$dir/revoked.pem: $1 is on it; SIGHUP or restart the broker"
}

[ $# -ge 1 ] || usage
case "$1" in
ca)
    [ $# -eq 1 ] || usage
    make_ca
    ;;
broker)
    [ $# -ge 2 ] || usage
    need_ca
    shift
    make_broker "$@"
    ;;
gateway)
    [ $# -eq 3 ] || usage
    need_ca
    check_name "$2"
    [[ $3 == */* ]] || fail "'$3' is no area/site, like 310115/pd-0042"
    check_id "${3%%/*}"
    check_id "${3#*/}"
    check_acl "$2" "$3"
    issue "$2" clientAuth "" "${DAYS:-365}"
    add_acl "$2" "$3"
    ;;
client)
    [ $# -eq 2 ] || usage
    need_ca
    check_name "$2"
    issue "$2" clientAuth "" "${DAYS:-365}"
    ;;
revoke)
    [ $# -eq 2 ] || usage
    need_ca
    check_id "$2"
    revoke_all "$2"
    ;;
*) usage ;;
esac
