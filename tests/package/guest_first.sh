# SPDX-License-Identifier: Apache-2.0
# The first life: install, look, break, upgrade. Sourced by guest.sh.
# shellcheck shell=bash disable=SC2016

test_that "an older version is installed by apt" install install ./old/siteward_*.deb
test_that "it starts at once" wait_until 60 has sitewardd ActiveState active
test_that "the simulated sensors start with it" has siteward-sim ActiveState active
test_that "its status line says that all sensors measure, and that they are simulated" \
    wait_until 60 has sitewardd StatusText "SIMULATED. 3 of 3 sensors measure; *"
test_that "every view says simulated" sh -c 'siteward status --json | grep -q "\"simulated\": *true"'
test_that "the console answers on this machine" python3 -c '
import socket
s = socket.create_connection(("127.0.0.1", 8480), 10)
s.sendall(b"GET /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:8480\r\nConnection: close\r\n\r\n")
said = b"".join(iter(lambda: s.recv(4096), b"")).replace(b" ", b"")
assert b"200OK" in said and b"\"simulated\":true" in said, said'
test_that "and has its pages" python3 -c '
import urllib.request
with urllib.request.urlopen("http://127.0.0.1:8480/", timeout=10) as page:
    assert page.status == 200 and b"<script" in page.read()'
test_that "a GPIO chip belongs to the group of the gateway" sh -c '
    mkdir -p /sys/kernel/config/gpio-sim/a/b && echo 1 >/sys/kernel/config/gpio-sim/a/live && udevadm settle
    stat -c "%a %G" /dev/gpiochip*
    [ "$(stat -c "%a %G" /dev/gpiochip0)" = "660 siteward" ]'
test_that "it is not root" sh -c '[ "$(ps -o user= -p "$(systemctl show -P MainPID sitewardd)")" = siteward ]'
test_that "nobody else reads the configuration" sh -c '[ "$(stat -c "%a %U %G" /etc/siteward)" = "750 root siteward" ]'
exposure() {
    local said
    said=$(systemd-analyze security sitewardd --no-pager | tail -n 1)
    echo "$said"
    awk -v x="$(sed 's/.*: \([0-9.]*\) .*/\1/' <<<"$said")" 'BEGIN { exit !(x > 0 && x <= 2.5) }'
}
test_that "systemd-analyze security says 2.5 or less" exposure
test_that "systemd-analyze verify finds nothing" sh -c \
    '[ -z "$(systemd-analyze verify --man=no sitewardd.service siteward-sim.service 2>&1 | tee /dev/stderr)" ]'

# The sandbox: the same unit around another program.
mkdir -p /etc/systemd/system/probe.service.d
cp /lib/systemd/system/sitewardd.service /etc/systemd/system/probe.service
cat >/etc/systemd/system/probe.service.d/probe.conf <<'CONF'
[Unit]
Wants=
[Service]
Type=oneshot
Restart=no
WatchdogSec=0
ExecStartPre=
ExecStart=
ExecStart=/usr/bin/python3 -B /srv/package/probe.py
StandardOutput=file:/run/probe.said
ExecReload=
RuntimeDirectory=
RuntimeDirectory=probe
CONF
systemctl daemon-reload
sandbox() {
    systemctl start probe.service || { journalctl -u probe --no-pager -n 20; cat /run/probe.said; return 1; }
    cat /run/probe.said
    [ "$(cat /run/probe.said)" = $'own-data\ntcp\nconfiguration' ]
}
test_that "the sandbox holds: own data, configuration and TCP, and nothing else" sandbox
rm -rf /etc/systemd/system/probe.service*
systemctl daemon-reload

before=$(shows sitewardd MainPID)
kill -KILL "$before"
test_that "a crash is followed by a start" wait_until 60 pid_is_new "$before"
before=$(shows sitewardd MainPID)
systemctl kill -s STOP --kill-whom=main sitewardd
test_that "a hang is ended by the watchdog and followed by a start" wait_until 120 pid_is_new "$before"
test_that "the journal says that it was the watchdog" sh -c 'journalctl -b -u sitewardd --no-pager | grep -q "Watchdog timeout"'

cp /etc/siteward/site.yaml /tmp/site.yaml
sed -i 's/^site:/sit:/' /etc/siteward/site.yaml
systemctl restart sitewardd 2>/dev/null
test_that "a fault in the configuration ends with 78 and is not started again" \
    wait_until 30 sh -c 'systemctl is-failed -q sitewardd && [ "$(systemctl show -P ExecMainStatus sitewardd)" = 78 ]'
sleep 6 # three times RestartSec: nothing may happen in it
test_that "nor later" has sitewardd ActiveState failed
test_that "the journal names line and key" sh -c 'journalctl -b -u sitewardd --no-pager | grep -q "site.yaml:[0-9]*:.*sit"'
cp /tmp/site.yaml /etc/siteward/site.yaml
test_that "after the correction it starts" systemctl restart sitewardd
test_that "and measures" wait_until 60 has sitewardd StatusText "SIMULATED. 3 of 3 sensors measure; *"

echo "# a line of the electrician" >>/etc/siteward/site.yaml
what_is_kept >/tmp/kept
test_that "a newer version is installed over it" install install ./new/siteward_*.deb
test_that "it is the newer one" sh -c '! dpkg-query -W -f "\${Version}" siteward | grep before'
test_that "it runs after the upgrade" wait_until 60 has sitewardd StatusText "SIMULATED. 3 of 3 sensors measure; *"
test_that "the upgrade keeps database and key" same_as_before
test_that "the database is whole" siteward db check
test_that "the upgrade keeps what was written into the configuration" tail -n 1 /etc/siteward/site.yaml
