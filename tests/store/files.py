# SPDX-License-Identifier: Apache-2.0
"""The state folder and its files, as the real program meets them: whose they are, what is in them, who may write."""
import os
import shutil
import sqlite3
import stat
import subprocess

NOBODY = 65534
COMMANDS = (["status"], ["show"], ["resume", "-y"], ["commit", "-y"], ["discard", "-y"])


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def tree(folder):
    """Names and bytes of everything in a folder, and the modes."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = (mode(path), f.read())
    return found


def asked(c):
    return [r for r in c.backend.requests() if r["mutating"] and "/auth/tokens" not in r["path"]]


def moved(world):
    """A move that is over and one that was killed in its snapshot; the first one's id."""
    c = world.c
    c.backend.control("POST", "/config", {"jobs": {"stop": 0.02, "snapshot": 0.05, "boot": 0.05, "start": 0.02}})
    first, second = c.boot("first"), c.boot("second")
    mid = c.rezone("move", first, "--to", "az2", "--addresses", "new", "-y", "-f", "json", "--settle", "1",
                   env=c.fast).expect(0).move()["id"]
    c.backend.control("POST", "/config", {"jobs": {"snapshot": 1}})
    run = c.rezone.begin("move", second, "--to", "az2", "--addresses", "new", "-y", "--settle", "1", env=c.fast)
    c.wait("the snapshot begun", lambda: len(c.our_images()) == 2 or not run.running())
    run.process.kill()
    run.finish(10)
    return mid


def ended(world):
    """The killed move is ended, so that the cloud is asked whether all is well."""
    c = world.c
    c.rezone("resume", "-y", "--settle", "1", env=c.fast).expect(0)
    assert sorted(m["state"] for m in c.moves()) == ["moved", "moved"], c.moves()
    c.check()


def as_nobody(world, *args):
    """The program run by somebody who owns nothing, where we are root."""
    c = world.c
    env = dict(c.rezone.env, HOME="/", TMPDIR="/tmp")
    # what only root may enter is not what is tested here
    binary = shutil.copy(c.rezone.binary, world.disk_folder + "/rezone")
    os.chmod(binary, 0o755)
    yaml = shutil.copy(env["OS_CLIENT_CONFIG_FILE"], world.disk_folder + "/clouds.yaml")
    os.chmod(yaml, 0o644)
    env["OS_CLIENT_CONFIG_FILE"] = yaml
    os.chmod(world.disk_folder, 0o755)
    more = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run([binary, "--os-cloud", "demo"] + list(args), env=env, cwd="/", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=60, **more)


def loose_file_is_tightened(world):
    """A reader says so, a writer mends it and says so."""
    c = world.c
    mid, state = moved(world), c.rezone.state
    os.chmod(state, 0o644)
    c.rezone("status").expect(0).says("0644", "warning")
    assert mode(state) == 0o644
    c.rezone("discard", mid, "-y", "--settle", "1", env=c.fast).expect(0).says("0644", "yours alone")
    assert mode(state) == 0o600
    c.rezone("resume", "-y", "--settle", "1", env=c.fast).expect(0)
    for name in os.listdir(os.path.dirname(state)):
        assert mode(os.path.join(os.path.dirname(state), name)) == 0o600, name
    c.check()


def loose_folder_is_told(world):
    c = world.c
    moved(world)
    os.chmod(os.path.dirname(c.rezone.state), 0o777)
    c.rezone("status").expect(0).says("warning", "others may put another file in the place")
    os.chmod(os.path.dirname(c.rezone.state), 0o700)
    assert "others may" not in c.rezone("status").expect(0).err
    ended(world)


def copy_that_may_only_be_read(world):
    """A backup, or another's database: status and show tell what is in it, and nothing is written."""
    c = world.c
    mid, folder = moved(world), os.path.dirname(c.rezone.state)
    copy = world.disk_folder + "/copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    assert os.path.getsize(copy + "/rezone.db-wal"), "the killed move left nothing in the WAL: this would test nothing"
    for name in os.listdir(copy):
        os.chmod(copy + "/" + name, 0o444)
    os.chmod(copy, 0o555)
    before = tree(copy)
    state = copy + "/rezone.db"
    try:
        done = as_nobody(world, "--state", state, "-f", "json", "status")
        assert done.returncode == 0 and mid in done.stdout and '"running"' in done.stdout, done
        done = as_nobody(world, "--state", state, "-f", "json", "show", mid)
        assert done.returncode == 0 and mid in done.stdout, done
        c.backend.forget()
        done = as_nobody(world, "--state", state, "resume", "-y")
        assert done.returncode == 6 and state in done.stderr, done
        assert not asked(c) and tree(copy) == before
    finally:
        os.chmod(copy, 0o700)
    ended(world)


def folder_of_somebody_else(world):
    """Nothing is begun where nothing can be written down."""
    c = world.c
    sid = c.boot()
    os.makedirs(os.path.dirname(c.rezone.state), 0o700)
    os.chmod(world.root, 0o755)
    os.chmod(os.path.dirname(os.path.dirname(c.rezone.state)), 0o755)
    os.chmod(os.path.dirname(c.rezone.state), 0o555)
    c.backend.forget()
    done = as_nobody(world, "--state", c.rezone.state, "move", sid, "--to", "az2", "--addresses", "new", "-y")
    assert done.returncode == 6 and c.rezone.state in done.stderr, done
    assert not asked(c) and not os.listdir(os.path.dirname(c.rezone.state))
    c.check()


def edited(path, sql):
    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()


def spoilt(path, at, data):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data)


def what_is_not_ours_is_left_alone(world):
    """Damaged, foreign, of a newer release, cut short: refused by every command, byte for byte as it was."""
    c = world.c
    mid, state = moved(world), c.rezone.state
    folder = os.path.dirname(state)
    good = world.disk_folder + "/good"
    shutil.copytree(folder, good)
    size = os.path.getsize(state)
    # what is in the WAL covers what is beneath: without one, the file has to be good
    wrongs = {"damaged page": lambda: spoilt(state, 4096, b"\xa5" * 4096), "cut short": lambda: os.truncate(state, size - 4096),
              "foreign": lambda: edited(state, "PRAGMA application_id = 77"),
              "newer": lambda: edited(state, "PRAGMA user_version = 99"), "text": lambda: spoilt(state, 0, b"hello, world\n" * 20)}
    for name, spoil in wrongs.items():
        shutil.rmtree(folder)
        shutil.copytree(good, folder, ignore=shutil.ignore_patterns("*-wal", "*-shm", "*.lock"))
        spoil()
        before = tree(folder)
        c.backend.forget()
        for command in COMMANDS:
            ids = [] if command[0] in ("status", "resume") else [mid]
            run = c.rezone(*(command + ids))
            assert run.exit == 6, "%s: %s" % (name, run)
            run.says(state)
            assert tree(folder) == before, "%s: %s has changed the folder" % (name, command)
        run = c.rezone.move(c.name("second"), "--to", "az2")
        assert run.exit == 6 and tree(folder) == before, "%s: %s" % (name, run)
        assert not asked(c), name
    shutil.rmtree(folder)
    shutil.copytree(good, folder)
    ended(world)


def spoilt_on_the_way(world, spoil, exits):
    """Something happens to the files while the cloud makes the snapshot."""
    c = world.c
    c.backend.control("POST", "/config", {"jobs": {"stop": 0.02, "snapshot": 1, "boot": 0.05}})
    sid = c.boot()
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "--settle", "1", env=c.fast)
    c.wait("the snapshot begun", lambda: c.our_images() or not run.running())
    assert run.running(), run.finish(5)
    good = world.disk_folder + "/good"
    shutil.copytree(os.path.dirname(c.rezone.state), good, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    spoil()
    sent = asked(c)
    run.finish(60)
    assert run.exit in exits, run
    active = [s["id"] for s in c.servers() if s["status"] == "ACTIVE"]
    assert len(active) <= 1 and c.cloud.server(sid), active
    return run, sid, good, sent


def put_back(world, good):
    folder = os.path.dirname(world.c.rezone.state)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(good, folder)
    world.c.rezone("resume", "-y", "--settle", "1", env=world.c.fast).expect(0)
    assert [m["state"] for m in world.c.moves()] == ["moved"], world.c.moves()
    world.c.check()


def damaged_on_the_way(world):
    """What tells the state afterwards is right, or is refused; with yesterday's copy the move is ended."""
    c = world.c
    state = c.rezone.state
    run, sid, good, _ = spoilt_on_the_way(world, lambda: spoilt(state, 0, b"\xa5" * os.path.getsize(state)), (0, 6))
    if run.exit == 6:
        run.says(state)
    before = tree(os.path.dirname(state))
    seen = c.rezone("-f", "json", "status")
    if seen.exit == 0:
        states = [m["state"] for m in seen.json]
        assert states == ["moved" if run.exit == 0 else "running"], states
    else:
        seen.expect(6).says(state)
        c.rezone("resume", "-y").expect(6).says(state)
        assert tree(os.path.dirname(state)) == before
    put_back(world, good)


def removed(world, part):
    c = world.c
    folder = os.path.dirname(c.rezone.state)

    def remove():
        found = [name for name in os.listdir(folder) if part in name]
        assert found, os.listdir(folder)
        for name in found:
            os.unlink(folder + "/" + name)
    run, sid, good, sent = spoilt_on_the_way(world, remove, (6,))
    run.says(c.rezone.state, c.name())
    assert asked(c) == sent, "a step was begun without a place to write it down"
    put_back(world, good)


def all_removed_on_the_way(world):
    """Somebody tidied up: no step is begun any more."""
    removed(world, "rezone.db")


def wal_removed_on_the_way(world):
    removed(world, "-wal")


def lock_removed_on_the_way(world):
    removed(world, ".lock")


CASES = [loose_file_is_tightened, loose_folder_is_told, copy_that_may_only_be_read, folder_of_somebody_else,
         what_is_not_ours_is_left_alone, damaged_on_the_way, all_removed_on_the_way,
         wal_removed_on_the_way, lock_removed_on_the_way]
