#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes inputs to begin with below fuzz/corpus/<target>/: mails and diffs of tests/data, and a few of each other form.

Run it anywhere; what is there already stays.
"""

import gzip
import json
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent
MAILS = sorted((TOP.parent / "tests/data/mail").iterdir())

DIFFS = {
    "edit": "diff --git a/a b/a\nindex 01e79c3..2b2f2e1 100644\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n",
    "new": "diff --git a/n/m b/n/m\nnew file mode 100644\n--- /dev/null\n+++ b/n/m\n@@ -0,0 +1 @@\n+x\n",
    "delete": "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-1\n-2\n-3\n",
    "rename": "diff --git a/d/f b/r\nsimilarity index 100%\nrename from d/f\nrename to r\n",
    "copy": "diff --git a/a b/c\nsimilarity index 100%\ncopy from a\ncopy to c\n",
    "mode": "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n",
    "link": "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/tmp\n"
            "\\ No newline at end of file\ndiff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n"
            "@@ -0,0 +1 @@\n+x\n",
    "below-link": "diff --git a/link/x b/link/x\nnew file mode 100644\n--- /dev/null\n+++ b/link/x\n@@ -0,0 +1 @@\n+x\n",
    "out": "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n",
    "git": "diff --git a/.git/x b/.git/x\nnew file mode 100644\n--- /dev/null\n+++ b/.git/x\n@@ -0,0 +1 @@\n+x\n",
    "quoted": 'diff --git "a/q\\t\\303\\274" "b/q\\t\\303\\274"\nnew file mode 100644\n--- /dev/null\n'
              '+++ "b/q\\t\\303\\274"\n@@ -0,0 +1 @@\n+x\n',
    "module": "diff --git a/module b/module\nindex 1111111..2222222 160000\n--- a/module\n+++ b/module\n@@ -1 +1 @@\n"
              f"-Subproject commit {'1' * 40}\n+Subproject commit {'2' * 40}\n",
    "binary": f"diff --git a/b b/b\nnew file mode 100644\nindex {'0' * 40}..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n"
              "GIT binary patch\nliteral 0\nHcmV?d00001\n\nliteral 0\nHcmV?d00001\n\n",
    "plain": "--- d/f.orig\t2020-01-02 03:04:05.0 +0100\n+++ d/f\t2020-01-02 03:04:05.0 +0100\n@@ -3,3 +3,4 @@\n"
             " line 3\n line 4\n+new\n line 5\n",
    "no-newline": "diff --git a/d/e/g b/d/e/g\n--- a/d/e/g\n+++ b/d/e/g\n@@ -1 +1 @@\n-no newline\n"
                  "\\ No newline at end of file\n+newline\n",
}

SUBMISSION = {
    "id": 1, "msgid": "<a@x>", "name": "[1/1] x", "date": "2026-01-01T00:00:00", "state": "new", "archived": False,
    "submitter": {"id": 1, "name": "A", "email": "a@x"}, "project": {"id": 1, "link_name": "p", "list_email": "l@x"},
    "series": [{"id": 1, "version": 1}], "content": "why\n\nSigned-off-by: A <a@x>\n---\n a | 2 +-\n", "diff": DIFFS["edit"],
    "headers": {"Subject": "[PATCH] x", "From": "A <a@x>", "Received": ["one", "two"], "Date": "1 Jan 2026 00:00 +0100"},
}
SERIES = {
    "id": 1, "name": "x", "date": "2026-01-01T00:00:00", "submitter": SUBMISSION["submitter"], "version": 1, "total": 1,
    "received_total": 1, "received_all": True, "project": SUBMISSION["project"], "cover_letter": None,
    "patches": [{"id": 1, "msgid": "<a@x>", "name": "[1/1] x", "list_archive_url": None}],
}
MBOX = (
    "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@x>\nSubject: [PATCH v2 1/1] x\nMessage-ID: <a@x>\n"
    "Date: Thu, 1 Jan 2026 00:00:00 +0000\n\nwhy\n---\n" + DIFFS["edit"] + "\n"
    "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: B <b@x>\nSubject: Re: [PATCH v2 1/1] x\nMessage-ID: <b@x>\n"
    "In-Reply-To: <a@x>\n\n> why\nReviewed-by: B <b@x>\n\n"
)
FEED = (
    '<feed><entry><author><name>A &#39;B</name><email>a@x</email></author><title type="html">[PATCH 0/2] a &lt; b</title>'
    '<updated>2026-01-02T03:04:05Z</updated><link href="$URL/list/a%2Fb@x/"/>'
    '<thr:in-reply-to ref="urn:uuid:1" href="$URL/list/r@x/"/><content>x</content></entry></feed>'
)
LINK = '<$URL/api/1.2/series/?page=2>; rel="next"'


def answers(what, *pieces):
    """What a server answers: a byte for what is asked, then each answer with its kind and its header."""
    return what.encode() + b"\x1e".join(
        kind.encode() + header.encode() + b"\n" + (body if isinstance(body, bytes) else body.encode())
        for kind, header, body in pieces
    )


def seeds():
    for path in MAILS:
        raw = path.read_bytes()
        for target in ("mail", "mbox", "replies"):
            yield target, path.name, raw
        subject = re.search(rb"(?mi)^subject: *(.*)$", raw)
        if subject:
            yield "subject", path.name, subject[1]
        at = raw.find(b"diff --git")
        if at >= 0:
            yield "diff", path.name, raw[at:]
    for name, diff in DIFFS.items():
        yield "diff", name, diff.encode()
        yield "apply", name, diff.encode()
    for target in ("mbox", "replies"):
        yield target, "thread", MBOX.encode()
    for at, text in enumerate((
        "https://lore.kernel.org/all/a%2Fb@x/T/#u", "https://p.org/project/uboot/list/?series=12", "id:a@x", "<a@x>",
        "https://u:p@h:8443/a/b?c\n../x?q", "http://p.org/project/uboot/patch/a%252Fb@x/", "one: Spell \u00fc, v2.lock",
        "Changes since v1: https://lore.kernel.org/r/a@x", "http://[::1]:80/", "//h/x", "//h\n/./..",
    )):
        yield "spec", str(at), text.encode()
    for at, text in enumerate((
        f"This is based on next.\n\nbase-commit: {'1' * 40}\nprerequisite-patch-id: {'2' * 40}\nchange-id: 20260101-x-0123",
        "It applies cleanly to\norigin/next\nDepends-on: <a@x>\nBased-on: https://lore.kernel.org/all/b@x/",
        "prerequisite-change-id: 20260101-x-0123:v2\nprerequisite-message-id: <c@x>\nChanges in v2:\nhttps://h/l/d@x/",
    )):
        yield "cover", str(at), text.encode()
    yield "rebuilt", "patch", json.dumps(SUBMISSION).encode()
    yield "rebuilt", "cover", json.dumps(SUBMISSION | {"diff": None, "headers": None}).encode()
    series, patch = json.dumps(SERIES), json.dumps(SUBMISSION)
    linked = SERIES | {"patches": [SERIES["patches"][0] | {"list_archive_url": "$URL/list/a@x/"}]}
    yield "patchwork", "series", answers("\x03", (" ", "", series), (" ", "", patch), (" ", "", "[]"))
    yield "patchwork", "archive", answers("\x03", (" ", "", json.dumps(linked)), ("\x06", "", MBOX), (" ", "", f"[{patch}]"))
    yield "patchwork", "patch", answers("\x04", (" ", "", patch), (" ", "", series), (" ", "", patch))
    yield "patchwork", "list", answers("\0", (" ", LINK, f"[{series}]"), (" ", "", "[]"))
    yield "patchwork", "states", answers("\1", (" ", "", f"[{patch}]"))
    yield "patchwork", "projects", answers("\2", (" ", LINK, '[{"id": 1, "name": "X", "link_name": "x"}]'), (" ", "", "[]"))
    yield "patchwork", "moved", answers("\3", ("\2", "$URL/api/1.2/series/1/", ""), ("\1", "", "{}"))
    yield "archive", "thread", answers("\2", ("\6", "", MBOX), ("\1", "", "none"), ("\1", "", "none"))
    yield "archive", "packed", answers("\2", (" ", "", gzip.compress(MBOX.encode(), mtime=0)), ("\7", "", MBOX))
    yield "archive", "recent", answers("\0", (" ", "", FEED))
    yield "archive", "inbox", answers("\1", ("\2", "$URL/list/a@x/", ""), (" ", "", "x"))
    yield "atom", "feed", FEED.replace("$URL", "http://h").encode()
    keys = [f"{digit}" * 16 for digit in "123"]
    index = "git-patman index of an archive, form 1\n" + f"reach 0 {'1' * 40} -\nremoved {'2' * 40}\n"
    index += f"0 {'3' * 40} 1767225600 {keys[0]} {keys[1]} - - [PATCH 0/1] x\n"
    index += f"0 {'4' * 40} -5 {keys[1]} {keys[1]} {keys[2]} {keys[0]},{keys[2]} [PATCH 1/1] x"
    yield "kept", "index", index.encode()
    yield "kept", "config", b"file:a\0patman.x\nyes\0file:b\0patman.A.b\n2k\0command line:\0patman.flag\0"


def main():
    count = 0
    for target, name, content in seeds():
        path = TOP / "corpus" / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
            count += 1
    print(f"{count} new inputs below {TOP / 'corpus'}")


main()
