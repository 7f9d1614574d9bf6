# SPDX-License-Identifier: Apache-2.0
# The second life: it starts by itself; a real site; remove, install again, purge. Sourced by guest.sh.
# shellcheck shell=bash disable=SC2016,SC2034

test_that "it starts with the machine" wait_until 60 has sitewardd StatusText "SIMULATED. 3 of 3 sensors measure; *"

cp own_site.yaml /etc/siteward/site.yaml
test_that "the electrician's own file is good" siteward check
test_that "the gateway starts with it" systemctl restart sitewardd
test_that "the simulation has ended" sh -c '! systemctl is-active -q siteward-sim && ! (exec 3<>/dev/tcp/127.0.0.1/1502) 2>/dev/null'
test_that "nothing says simulated any more" sh -c '! siteward status --json | grep simulated'
test_that "a sensor that is not there does not measure" wait_until 30 has sitewardd StatusText "0 of 1 sensor measure*"
test_that "what is measured has a database of its own" test -s /var/lib/siteward/siteward.db
sed -i 's/^gateway:.*/gateway: {id: gw-real, data: \/var\/lib\/siteward\/simulated}/' /etc/siteward/site.yaml
systemctl restart sitewardd 2>/dev/null
test_that "measured and invented readings cannot be mixed" \
    wait_until 30 sh -c 'systemctl is-failed -q sitewardd && journalctl -b -u sitewardd --no-pager | grep -q "holds simulated data"'
cp own_site.yaml /etc/siteward/site.yaml
systemctl restart sitewardd
test_that "it runs again" has sitewardd ActiveState active

db=/var/lib/siteward/siteward.db key=/var/lib/siteward/key.ed25519
what_is_kept >/tmp/kept
test_that "remove" install remove siteward
test_that "after remove nothing runs" sh -c '! systemctl is-active -q sitewardd && ! pgrep -x sitewardd && ! pgrep -x siteward-node'
test_that "remove keeps data and configuration" sh -c 'test -s /var/lib/siteward/siteward.db && grep -q real-site /etc/siteward/site.yaml'
test_that "it is installed again" install install ./new/siteward_*.deb
test_that "and goes on" wait_until 60 has sitewardd StatusText "0 of 1 sensor measure*"
test_that "with what it had" same_as_before

test_that "the hub is installed" install install ./new/siteward-hub_*.deb
test_that "the hub does not run before it has a file" has siteward-hub ActiveState inactive
cp /usr/share/doc/siteward-hub/examples/hub.example.yaml /etc/siteward/hub.yaml
test_that "with its example it starts, broker or not" systemctl start siteward-hub
test_that "the hub's exposure is low" sh -c 'systemd-analyze security siteward-hub --no-pager | tail -n 1 | grep -Eq ": (0|1|2\.[0-5])"'

test_that "purge of the gateway" install purge siteward
test_that "the hub's file stays" sh -c 'test -s /etc/siteward/hub.yaml && systemctl is-active -q siteward-hub'
test_that "purge of the hub" install purge siteward-hub
left_over() { # files, users, processes, units; our own tests and the logs of dpkg may name it
    ! {
        find / -xdev \( -path /srv -o -path /proc -o -path /sys -o -path /tmp -o -path /var/cache/apt -o -path /var/log \
            -o -path /run/out \) -prune -o -iname '*siteward*' ! -name 'siteward-test.service' -print
        find /run /dev -xdev -iname '*siteward*' ! -name '*siteward-test*' ! -path '/run/out*' -print
        getent passwd siteward siteward-hub
        getent group siteward siteward-hub
        pgrep -l siteward
        systemctl list-unit-files --no-legend 'siteward*' | grep -v siteward-test
    } | grep .
}
test_that "purge leaves nothing" left_over
