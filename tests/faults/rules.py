# SPDX-License-Identifier: Apache-2.0
"""Which ends of a cell are right: out of the contract, by class of request, fault, and once or for good.

The ends: `goal` of the walk · `undone` · `failed` before any change · `held` with a reason · `lost` (exit 4, resumable) ·
`unbegun` (nothing could be started: this command changed nothing).
"""

ENDS = ("goal", "undone", "failed", "held", "lost", "unbegun")

# Rows that only tidy, or are cosmetic: failing never stops a walk, it is named in left[] or announced[].
TIDY = {"commit": ("DELETE /compute/v2.1/servers/TARGET/tags", "PATCH /image", "DELETE /image",
                   "PUT /compute/v2.1/servers/TARGET/os-volume_attachments"),
        "discard": ("PUT /compute/v2.1/servers/SOURCE", "PATCH /image", "DELETE /image", "DELETE /compute/v2.1/servers/SOURCE/tags",
                    "DELETE /volume"),
        "back": ("PATCH /image", "DELETE /image", "DELETE /compute/v2.1/servers/SOURCE/tags", "DELETE /volume"),
        "move": ("PUT /compute/v2.1/servers/SOURCE", "PUT /network/v2.0/ports", "PUT /volume",
                 "POST /volume/v3/PROJECT/volumes/ID/action os-set_bootable")}
# What a walk deletes, and looks at until it is gone.
DELETED = {"commit": ("GET /compute/v2.1/servers/SOURCE",), "discard": ("GET /compute/v2.1/servers/TARGET",)}
# Reads that tell what is good to know: to be refused one is no trouble.
OPTIONAL = ("/flavors/", "/os-keypairs/", "/shares", "/info/usage", "/quotas/", "/os-server-groups", "/os-extra_specs",
            "GET /image/v2/images/ID")


def is_tidy(request):
    words = request.words.replace("?", " ")
    return any(words.startswith(w) and (w.endswith("tags") or "/tags" not in words) for w in TIDY[request.walk])


def is_swept(request):
    """Deletes what copies were made from: cosmetic in its row, but the sweep asks once more, and a move whose sweep fails is held."""
    return request.walk == "move" and request.method == "DELETE" and request.words.startswith(("DELETE /volume/", "DELETE /image/"))


def is_optional(request):
    return not request.mutating and any(part in request.words for part in OPTIONAL)


def is_litter_look(request):
    """Looks of the rows that tidy up an image: what they cannot see is named in left[]."""
    return request.walk != "move" and (request.words == "GET /image/v2/images/IMAGE" or
                                       request.copies and request.words.startswith("GET /volume/"))


def is_moot(request):
    """What hangs on a target whose deletion was asked for decides nothing any more."""
    return request.row == "DELETE-servers-target" and request.words == "GET /compute/v2.1/servers/TARGET/os-volume_attachments"


def is_news(request):
    """A list of what has changed, or of several at once: where there is none to be had, things are asked for one by one."""
    return request.query == "changes-since" or request.words == "GET /image/v2/images?id"


def is_token(request):
    return request.service == "identity"


def is_discovery(request):
    return request.words == "GET /compute/v2.1/"


def is_before(request):
    """Before this command's first change was asked for."""
    return request.row == "begin" and not request.mutating


def refusal(request):
    """A change that is definitely refused, and stays so."""
    if is_tidy(request):
        return {"goal"}
    if is_swept(request):
        return {"goal", "held"}
    if request.walk != "move":
        return {"held"}  # there is no other way from here: a person decides
    if request.first:
        return {"failed"}
    if request.past_return:
        return {"held"}
    # to go back asks for the same change again, and is refused as well
    again = request.action in ("lock", "unlock") or request.words.startswith(("POST /network/v2.0/ports", "PUT /network/v2.0/floatingips"))
    return {"undone", "held"} if again else {"undone"}


def read_end(request, fault, times):
    """For reads of all kinds, the token and the discovery included."""
    if fault.kind == "clock":
        return {"goal"}
    before = is_before(request)
    # asked by the command before it has an engine at work: there its answer is the command's
    opening = before and request.opening
    nothing = {"unbegun", "failed"} if request.walk in ("move", "back") else {"unbegun", "held", "lost"}
    if fault.name == "401-expired" and times == "once" and not is_token(request):
        return {"goal"}
    if fault.kind == "token":
        return nothing if before else {"lost"} if fault.name == "401-revoked" else {"lost", "held"}
    if fault.kind == "no":
        ends = set(nothing) if before else {"held"}
        if is_optional(request) or is_litter_look(request) or is_news(request) or is_moot(request) or (times == "once" and not opening):
            ends.add("goal")  # what was read ahead is read once more
        if times == "for good" and request.words == "GET /image/v2/images/ID":
            ends |= {"undone", "held"}  # the snapshot is read in the same way, later
        if request.words == "GET /image/v2/images/IMAGE":
            ends.add("undone")  # a snapshot that nobody may look at is none
        if opening and "os-availability-zone" in request.words and fault.name == "403":
            ends.add("goal")  # an account that may not list zones
        if is_token(request) or is_discovery(request):
            # what is no Keystone's address has one below it at times: discovery asks
            ends = {"unbegun", "goal"} if fault.name == "404" else {"unbegun"}
        if fault.name == "404" and not opening:
            # gone is what a 404 says; a row that waits for that is content, others go back or stop
            ends |= {"goal", "undone"}
        return ends
    if fault.kind == "lie" or (fault.name == "shape" and "GET /image/v2/images/" in request.words):
        # an image comes without a wrapping: numbers in the place of its members are as good as none
        # the snapshot is read in the same way as the base image, later
        later = times == "for good" and request.words == "GET /image/v2/images/ID"
        return {"goal", "undone", "failed", "held", "lost", "unbegun"} - ({"undone"} if before and not later else set())
    if fault.name == "shape" and times == "for good":
        if request.words in DELETED.get(request.walk, ()) and not before:
            return {"goal", "lost", "held"}  # it may be gone before it is asked for: a 404 has no shape
        if opening and request.walk in ("commit", "discard") and "os-availability-zone" in request.words:
            return {"goal"}  # asked there to see that the account may look at all
    if times == "once":
        return {"goal", "unbegun"} if opening and (is_token(request) or fault.kind in ("acted", "away")) else {"goal"}
    ends = nothing if before else {"lost", "held"}
    return ends | {"goal"} if is_news(request) or is_litter_look(request) or is_optional(request) else ends


def is_believed(request, fault, times):
    """A 404 that never ends: the thing is gone as far as anybody can know, and what was left on it stays there."""
    return fault.name == "404" and times == "for good" and not request.mutating


def is_source_gone(request, fault, times):
    """So is the source, for good, from the middle of a discard on: there is nothing to start."""
    return is_believed(request, fault, times) and request.walk == "discard" and request.words == "GET /compute/v2.1/servers/SOURCE"


def change_end(request, fault, times):
    """For requests that change something."""
    if fault.kind in ("clock", "acted", "lie"):
        return {"goal"}  # what was acted on is found by looking, whatever the answer was
    if fault.kind == "no":
        if times == "once" and fault.name == "409":
            return {"goal"}  # a task that is about to end stood in the way: asked again
        if fault.name == "404":
            return refusal(request) | ({"goal"} if times == "once" else set())
        return refusal(request)
    if times == "once":
        return {"goal"}
    if fault.kind == "slow":
        return {"goal", "held"}
    if fault.name == "401-revoked":
        return {"lost"}
    ends = {"held", "lost"}
    if is_tidy(request):
        ends.add("goal")
    if request.first and fault.kind in ("later", "refused"):
        ends |= {"failed", "unbegun"}  # not one request of the move was ever taken
    return ends


def allowed(request, fault, times):
    ends = (change_end if request.mutating else read_end)(request, fault, times)
    if request.walk == "back" and "goal" in ends:
        ends = ends | {"undone"}
    return ends


EXITS = {"failed": (2, 3), "held": (2,), "lost": (4,), "unbegun": (3, 4, 5), "undone": (2,)}


def exits(walk, end):
    return (walk.clean,) if end == "goal" else EXITS[end]
