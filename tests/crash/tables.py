# SPDX-License-Identifier: Apache-2.0
"""The walks that die: what is prepared, which command dies, how it is gone on with, and where it must end."""
import collections

KEEP = ("move", "{source}", "--to", "az2")
MOVE = KEEP + ("--addresses", "new")
COPY = MOVE + ("--volumes", "copy")
AWAKE = MOVE + ("--accept-loss", "memory")
ORDER = KEEP + ("--nic-order", "{nics}")
GIVEN = MOVE + ("--user-data", "{user_data}")
PROBED = MOVE + ("--probe", "cmd:{probe}", "--probe-timeout", "600")
RESUME, COMMIT, DISCARD = ("resume",), ("commit", "{move}"), ("discard", "{move}")

# name; source: active, shutoff, paused, suspended, locked, rich (two kinds of ports, a floating IP, port forwardings, a
# volume), volumes (two of them, one in the target's zone), booted (from a volume), triple (three NICs whose order no API
# tells), member (of a server group), or several of these joined by a hyphen; hosts: faults of hosts; prepare: commands that
# run undisturbed before;
# dies: the command that dies; on: what is typed then; after: what is typed when that is over;
# ends: states in which it may end (None: there is no move); exits: of the command that ends it; like: tables whose
# effects it may have too.
Table = collections.namedtuple("Table", "name source hosts prepare dies on after ends exits like")


def table(name, dies, ends, source="active", hosts=None, prepare=(), on=RESUME, after=None, exits=(0,), like=()):
    return Table(name, source, hosts or {}, prepare, dies, on, after, ends, exits, like)


TABLES = [
    table("forward", MOVE, ("moved",), after=COMMIT),
    table("forward-shutoff", MOVE, ("moved",), source="shutoff", after=COMMIT),
    table("forward-paused", AWAKE, ("moved",), source="paused", after=COMMIT),
    table("forward-locked", MOVE, ("moved",), source="locked", after=COMMIT),
    table("forward-suspended", AWAKE, ("moved",), source="suspended", after=COMMIT),
    table("forward-group", MOVE, ("moved",), source="member", after=COMMIT),
    table("forward-user-data", GIVEN, ("moved",), after=COMMIT),
    table("forward-probe", PROBED, ("moved",), after=COMMIT),
    table("back-boot", MOVE, ("undone",), hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("back-snapshot", MOVE, ("undone",), hosts={"az1": {"snapshot_fail": True}}, exits=(2,)),
    table("back-paused", AWAKE, ("undone",), source="paused", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("back-suspended", AWAKE, ("undone",), source="suspended", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("back-group", MOVE, ("undone",), source="member", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("back-locked", MOVE, ("undone",), source="locked", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("commit", COMMIT, ("committed",), prepare=(MOVE,)),
    table("commit-again", COMMIT, ("committed",), prepare=(MOVE,), on=COMMIT, like=("commit",)),
    table("discard", DISCARD, ("undone",), prepare=(MOVE,)),
    table("discard-shutoff", DISCARD, ("undone",), source="shutoff", prepare=(MOVE,)),
    table("discard-paused", DISCARD, ("undone",), source="paused", prepare=(AWAKE,)),
    table("discard-suspended", DISCARD, ("undone",), source="suspended", prepare=(AWAKE,)),
    table("discard-group", DISCARD, ("undone",), source="member", prepare=(MOVE,)),
    table("discard-user-data", DISCARD, ("undone",), prepare=(GIVEN,)),
    # A person changes his mind while it is dead: the undo begins under whatever was on its way.
    table("turn", MOVE, ("undone", "skipped", None), on=DISCARD, like=("forward", "discard", "back-boot", "back-snapshot")),
    table("turn-locked", MOVE, ("undone", "skipped", None), source="locked", on=DISCARD,
          like=("forward-locked", "back-locked")),
    # Ports, floating IP and volume come along.
    table("keep-forward", KEEP, ("moved",), source="rich", after=COMMIT),
    table("keep-back", KEEP, ("undone",), source="rich", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("keep-commit", COMMIT, ("committed",), source="rich", prepare=(KEEP,)),
    table("keep-discard", DISCARD, ("undone",), source="rich", prepare=(KEEP,)),
    table("keep-turn", KEEP, ("undone", "skipped", None), source="rich", on=DISCARD, like=("keep-forward", "keep-back", "keep-discard")),
    table("keep-regret", COMMIT, ("undone", "committed"), source="rich", prepare=(KEEP,), on=DISCARD,
          like=("keep-commit", "keep-discard")),
    table("keep-shutoff", KEEP, ("moved",), source="rich-shutoff", after=COMMIT),
    table("keep-shutoff-back", KEEP, ("undone",), source="rich-shutoff", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("keep-shutoff-discard", DISCARD, ("undone",), source="rich-shutoff", prepare=(KEEP,)),
    table("keep-volumes", KEEP, ("moved",), source="volumes-shutoff", after=COMMIT),
    table("keep-volumes-discard", DISCARD, ("undone",), source="volumes-shutoff", prepare=(KEEP,)),
    table("keep-suspended", KEEP + ("--accept-loss", "memory"), ("moved",), source="rich-suspended", after=COMMIT),
    table("order", ORDER, ("moved",), source="triple", after=COMMIT),
    table("order-back", ORDER, ("undone",), source="triple", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("order-discard", DISCARD, ("undone",), source="triple", prepare=(ORDER,)),
    table("copy", COPY, ("moved",), source="volumes", after=COMMIT),
    table("copy-root", COPY, ("moved",), source="booted", after=COMMIT),
    table("copy-back", COPY, ("undone",), source="volumes", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("copy-discard", DISCARD, ("undone",), source="booted", prepare=(COPY,)),
    table("copy-turn", COPY, ("undone", "skipped", None), source="volumes", on=DISCARD,
          like=("copy", "copy-back", "copy-turn-discard")),
    table("copy-turn-discard", DISCARD, ("undone",), source="volumes", prepare=(COPY,)),
    table("copy-commit", COMMIT, ("committed",), source="booted", prepare=(COPY,)),
    table("copy-commit-again", COMMIT, ("committed",), source="booted", prepare=(COPY,), on=COMMIT, like=("copy-commit",)),
    table("regret", COMMIT, ("undone", "committed"), prepare=(MOVE,), on=DISCARD, like=("commit", "discard")),
]
BY_NAME = {t.name: t for t in TABLES}
