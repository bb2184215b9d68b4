# SPDX-License-Identifier: Apache-2.0
"""The faults of the matrix: how each is asked of the fake cloud, and of which kind it is."""

HOUR = 3600
WORDS = {"error": {"message": "a fault made for this test", "code": 0, "title": "Fault"}}
HTML = "<html><head><title>502</title></head><body><h1>Bad Gateway</h1><p>nginx</p></body></html>"
TOKEN = {"method": "POST", "path": "^/identity/v3/auth/tokens$"}


class Fault:
    """kind is what rules.py goes by:

    no      a definite no, without acting          later   not now, come again
    down    a proxy's or a service's failure, not acted on      mute    closed without a byte, not acted on
    refused nobody listens                         away    a redirect to another host, not acted on
    acted   acted on, and no usable answer         slow    acted on when the client has given up
    lie     acted on, and the answer's objects are empty        clock   a calendar jumps
    token   401
    """

    def __init__(self, name, kind, do=None, times=("once", "for good"), **how):
        self.name, self.kind, self.do, self.times, self.how = name, kind, do, times, how

    def to_fake(self, match, times, context):
        """The faults to add to the fake cloud, in order."""
        count = 1 if times == "once" else -1
        how = dict(self.how)
        if self.name == "401-revoked":
            # no new token from the first request like this one on: nobody needs one before it
            barred = {"count": -1, "do": "status", "status": 401, "body": WORDS, "match": TOKEN if match["path"] == TOKEN["path"]
                      else dict(TOKEN, after={k: v for k, v in match.items() if k in ("method", "path", "body")})}
            if match["path"] == TOKEN["path"]:
                return [barred]  # there is no token yet that could be revoked
            return [barred, {"match": match, "count": 1, "do": "revoke_tokens"}]
        if self.name == "401-expired" and times == "once" and match["path"] != TOKEN["path"]:
            return [{"match": match, "count": 1, "do": "revoke_tokens"}]
        for key, value in how.items():
            how[key] = value(context) if callable(value) else value
        return [dict({"match": match, "count": count, "do": self.do}, **how)]


def status(code, body=WORDS, kind="no", name=None, **more):
    return Fault(name or str(code), kind, "status", status=code, body=body, **more)


FAULTS = [
    status(400), status(403), status(404), status(409), status(413),
    Fault("401-expired", "token", "status", status=401, body=WORDS),
    Fault("401-revoked", "token", times=("for good",)),
    status(413, kind="later", name="413-retry", headers={"Retry-After": "2"}),
    status(429, kind="later", name="429"),
    status(429, kind="later", name="429-seconds", headers={"Retry-After": "3"}),
    status(429, kind="later", name="429-date", retry_after_date=3),
    status(500, kind="down"),
    status(502, kind="down", body=HTML, content_type="text/html"),
    status(503, kind="down"),
    Fault("refused", "refused"),
    Fault("drop", "mute", "drop"),
    Fault("lost", "acted", "lost"),
    Fault("reset", "acted", "cut"),
    Fault("truncated", "acted", "truncate"),
    Fault("shape", "acted", "shape"),
    Fault("endless", "acted", "endless"),
    Fault("late", "acted", "late", seconds=lambda context: context.late),
    Fault("delay", "slow", "delay", seconds=lambda context: context.late),
    Fault("hollow", "lie", "shape", hollow=True),
    Fault("redirect", "away", "redirect", to=lambda context: context.elsewhere),
    Fault("cloud+1h", "clock", "jump", times=("once",), seconds=HOUR),
    Fault("cloud-1h", "clock", "jump", times=("once",), seconds=-HOUR),
    Fault("own+1h", "clock", "jump", times=("once",), seconds=HOUR, file=lambda context: context.jump_file),
    Fault("own-1h", "clock", "jump", times=("once",), seconds=-HOUR, file=lambda context: context.jump_file),
]
