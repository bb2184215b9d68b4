# SPDX-License-Identifier: Apache-2.0
"""The walks that die: what is prepared, which command dies, how it is gone on with, and where it must end."""
import collections

KEEP = ("move", "{source}", "--to", "az2")
MOVE = KEEP + ("--addresses", "new")
COPY = MOVE + ("--volumes", "copy")
AWAKE = MOVE + ("--accept-loss", "memory")
RESUME, COMMIT, DISCARD = ("resume",), ("commit", "{move}"), ("discard", "{move}")

# name; source: active, shutoff, paused, locked, rich (two kinds of ports, a floating IP, port forwardings, a volume),
# volumes (two of them, one in the target's zone), booted (from a volume); hosts: faults of hosts; prepare: commands that run
# undisturbed before; dies: the command that dies; on: what is typed then; after: what is typed when that is over;
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
    table("back-boot", MOVE, ("undone",), hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("back-snapshot", MOVE, ("undone",), hosts={"az1": {"snapshot_fail": True}}, exits=(2,)),
    table("back-paused", AWAKE, ("undone",), source="paused", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("back-locked", MOVE, ("undone",), source="locked", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("commit", COMMIT, ("committed",), prepare=(MOVE,)),
    table("commit-again", COMMIT, ("committed",), prepare=(MOVE,), on=COMMIT, like=("commit",)),
    table("discard", DISCARD, ("undone",), prepare=(MOVE,)),
    table("discard-shutoff", DISCARD, ("undone",), source="shutoff", prepare=(MOVE,)),
    table("discard-paused", DISCARD, ("undone",), source="paused", prepare=(AWAKE,)),
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
    table("copy", COPY, ("moved",), source="volumes", after=COMMIT),
    table("copy-root", COPY, ("moved",), source="booted", after=COMMIT),
    table("copy-back", COPY, ("undone",), source="volumes", hosts={"az2": {"spawn_fail": True}}, exits=(2,)),
    table("copy-discard", DISCARD, ("undone",), source="booted", prepare=(COPY,)),
    table("copy-turn", COPY, ("undone", "skipped", None), source="volumes", on=DISCARD,
          like=("copy", "copy-back", "copy-turn-discard")),
    table("copy-turn-discard", DISCARD, ("undone",), source="volumes", prepare=(COPY,)),
    table("copy-commit", COMMIT, ("committed",), source="booted", prepare=(COPY,)),
    table("regret", COMMIT, ("undone", "committed"), prepare=(MOVE,), on=DISCARD, like=("commit", "discard")),
]
BY_NAME = {t.name: t for t in TABLES}
