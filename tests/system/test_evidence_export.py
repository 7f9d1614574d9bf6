# SPDX-License-Identifier: Apache-2.0
"""`siteward evidence export` of a real ticket, taken apart by Python and OpenSSL: hashes, the piece of the chain, the
signature, readings that can be replayed; and a changed one is found."""
import datetime
import hashlib
import io
import json
import re
import shutil
import struct
import zipfile

import rig as peers
from test_chain import Night, is_signed
from test_verify import canonical


def export(siteward, night, ticket, out, *more):
    run = siteward("evidence", "export", "--ticket", ticket, "-c", night.site.file, "-o", out, *more)
    assert run.code == 0, run.err
    return run


def check_excerpt(manifest, text):
    """Recompute the chain's piece. @return hash by number"""
    hashes, head = {}, bytes.fromhex(manifest["chain"]["previous"])
    for line in text.splitlines():
        e = json.loads(line)
        body = bytes.fromhex(e["body_hex"]) if "body_hex" in e else e["body"].encode() if "body" in e else None
        assert body is None or hashlib.sha256(body).hexdigest() == e["sha256"], e["n"]
        head = hashlib.sha256(head + b"siteward-entry/1\n" + struct.pack("<Q", e["n"]) + e["kind"].encode() + b"\n" +
                              bytes.fromhex(e["sha256"])).digest()
        assert head.hex() == e["hash"], e["n"]
        hashes[e["n"]] = head.hex()
    assert list(hashes) == list(range(manifest["chain"]["first"], manifest["chain"]["last"] + 1))
    return hashes


def check_sheet(sheet, ticket, windows):
    """What a judge reads: two facts, times of the site with their offset, no English in the Chinese sheet."""
    assert "证据单" in sheet and ticket["number"] in sheet and "http" not in sheet
    if ticket["over_by"]:
        assert f"超出 {int(ticket['over_by'] / 10 + 0.5) / 10:.1f} dB</p>" in sheet, ticket["over_by"]
    offset = re.search(r"T[0-9:.]+([+-]\d\d:\d\d)", windows)[1]
    hours = int(offset[:3])
    opened = datetime.datetime.fromtimestamp(ticket["opened_us"] // 1000000, datetime.timezone(datetime.timedelta(hours=hours)))
    assert f"{opened:%Y-%m-%d %H:%M:%S} {offset}</time>" in sheet
    assert {t[-6:] for t in re.findall(r"<time>([^<]+)</time>", sheet)} == {offset}
    bare = sheet.replace(ticket["number"], "")
    for part in (r"<style>.*?</style>", r"<code>.*?</code>", r"<[^>]*>", r"&\w+;"):
        bare = re.sub(part, " ", bare, flags=re.S)
    own = {"LAeq", "LAFmax", "LAmax", "dB", "min", "PM", "UTC", "SHA", "MQTT"}
    assert set(re.findall("[A-Za-z]{2,}", bare)) <= own, set(re.findall("[A-Za-z]{2,}", bare)) - own


def changed(source, target, name, old, new):
    """The same zip with one file changed, and the manifest's hash of it made to fit."""
    with zipfile.ZipFile(source) as z:
        files = {i: z.read(i) for i in z.namelist()}
    assert old in files[name], (name, old)
    files[name] = files[name].replace(old, new, 1)
    manifest = json.loads(files["manifest.json"])
    for f in manifest["files"]:
        f["bytes"], f["sha256"] = len(files[f["name"]]), hashlib.sha256(files[f["name"]]).hexdigest()
    files["manifest.json"] = canonical(manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as z:
        for file, content in files.items():
            z.writestr(file, content)


def test_an_export_proves_itself_to_other_eyes_and_a_changed_one_does_not(rig, siteward):
    night = Night(rig)
    daemon = night.daemon()
    peers.wait_until(lambda: night.count("readings") >= 4 and night.count("ticket") >= 1, "a ticket and its minutes")
    assert daemon.end() == 0
    ((ticket, revisions),) = night.site.rows("SELECT ticket, count(*) FROM ticket_revision GROUP BY ticket LIMIT 1")
    folder = rig.folder()
    one, two = folder / "one.zip", folder / "two.zip"
    export(siteward, night, ticket, one, "--lang", "zh")
    export(siteward, night, ticket, two, "--lang", "zh")
    assert one.read_bytes() == two.read_bytes()

    with zipfile.ZipFile(io.BytesIO(one.read_bytes())) as z:
        assert z.testzip() is None
        files = {name: z.read(name) for name in z.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert canonical(manifest) == files["manifest.json"] and manifest["schema"] == "siteward.export/1.0"
    assert {f["name"] for f in manifest["files"]} == set(files) - {"manifest.json"}
    for f in manifest["files"]:
        assert hashlib.sha256(files[f["name"]]).hexdigest() == f["sha256"] and len(files[f["name"]]) == f["bytes"]
    hashes = check_excerpt(manifest, files["chain.jsonl"].decode())
    c = manifest["checkpoint"]
    assert hashes[c["n"]] == c["chain_head"]
    text = f"siteward-head/1\n{c['gw']}\n{c['n']}\n{c['chain_head']}\n{c['ts']}\n".encode()
    assert is_signed(rig.folder(), manifest["public_key"], text, c["signature"])
    bodies = [json.loads(line) for line in files["chain.jsonl"].decode().splitlines()]
    history = [json.loads(e["body"]) for e in bodies if e["kind"] == "ticket" and "body" in e]
    assert len(history) == revisions and history[-1] == json.loads(files["ticket.json"])
    check_sheet(files["sheet.html"].decode(), history[-1], files["windows.csv"].decode())
    assert files["windows.csv"].count(b"\r\n") > 1

    (folder / "readings.csv").write_bytes(files["readings.csv"])
    replayed = siteward("replay", "-c", night.site.file, "--readings", folder / "readings.csv", "--only", "agg")
    assert replayed.code == 0 and replayed.lines, replayed.err

    checked = siteward("verify", one, "--key", manifest["public_key"])
    assert checked.code == 0, checked.out + checked.err
    # all times of day moved by an hour: the clock entries in the piece say otherwise
    with zipfile.ZipFile(one) as z:
        csv = z.read("readings.csv")
    changed(one, two, "readings.csv", csv, csv.replace(b"T14:", b"T13:").replace(b"T15:", b"T14:"))
    moved = siteward("verify", two)
    assert moved.code == 1 and "another time of day" in moved.out, moved.out
    for name, old, new in [("sheet.html", "证据单".encode(), "说明书".encode()), ("ticket.json", b'"revision":', b'"revision": '),
                           ("readings.csv", b",N,", b",S,"), ("windows.csv", b'"dBA"', b'"dBB"'),
                           ("chain.jsonl", b'"kind":"window"', b'"kind":"output"')]:
        changed(one, two, name, old, new)
        assert siteward("verify", two).code == 1, name

    assert siteward("evidence", "export", "--ticket", "sw-aaaaaaaaaa", "-c", night.site.file, "-o", two).code == 3
    copy = folder / "copy.db"
    shutil.copy(night.site.folder / "data" / "siteward.db", copy)
    english = siteward("evidence", "export", "--ticket", ticket, "--database", copy, "--lang", "en", "-o", two)
    assert english.code == 0 and zipfile.ZipFile(two).read("sheet.html").decode().count("<h1>Evidence sheet") == 1
