/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests share. */
#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

int place_set_up(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);
    const char *tmp = getenv("TMPDIR");

    place->dir = xasprintf("%s/rezone-store-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(place->dir))
        return -1;
    place->db = xasprintf("%s/rezone.db", place->dir);
    *state = place;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int place_tear_down(void **state)
{
    struct place *place = *state;

    (void)nftw(place->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(place->dir);
    free(place->db);
    free(place);
    return 0;
}

struct store *must_open(const char *path)
{
    struct err err = {0};
    struct store *s = store_open(path, false, NULL, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

void must_begin(struct store *s)
{
    struct err err = {0};

    if (!store_begin(s, &err))
        fail_msg("%s", err.text);
}

void must_commit(struct store *s)
{
    struct err err = {0};

    if (!store_commit(s, &err))
        fail_msg("%s", err.text);
}

sqlite3 *handle_of(struct store *s)
{
    return ((struct sqlite_store *)s)->db;
}

void must_exec(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

struct run_row *sample_run(const char *id)
{
    struct run_row *row = run_row_new();

    row->id = xstrdup(id);
    row->created = 1700000000.125;
    row->command = xstrdup("move");
    row->cloud = xstrdup(CLOUD);
    row->options = xstrdup("{\"to\": \"zone-b\"}");
    row->state = xstrdup("running");
    return row;
}

struct move_row *sample_move(const char *id, const char *run_id, const char *server_id)
{
    struct move_row *row = move_row_new();

    row->id = xstrdup(id);
    row->run_id = xstrdup(run_id);
    row->cloud = xstrdup(CLOUD);
    row->server_id = xstrdup(server_id);
    row->server_name = xstrdup("vm-\xc3\xa4'\"; DROP TABLE moves;-- \xf0\x9f\x9a\x9a");
    row->target_server_id = xstrdup("target");
    row->source_zone = xstrdup("zone-a");
    row->target_zone = xstrdup("zone-b");
    row->strategy = xstrdup("snapshot");
    row->version = 1;
    row->state = xstrdup("running");
    row->walk = xstrdup("forward");
    row->step = xstrdup("stop");
    row->serving = xstrdup("source");
    row->error = xstrdup("compute: said no");
    row->held_reason = xstrdup("somebody started it");
    row->announced = xstrdup("[{\"name\":\"uuid\"}]");
    row->lost = xstrdup("[]");
    row->left = xstrdup("[{\"name\":\"image\"}]");
    row->spent_s = 12.5;
    row->created = 1700000001.5;
    row->started = 1700000002.25;
    row->finished = 1700000003.75;
    row->down_at = 1700000004.0625;
    row->up_at = 1700000005.03125;
    return row;
}

struct ask_row *sample_ask(const char *move_id, int item, int attempt)
{
    struct ask_row *row = ask_row_new();

    row->move_id = xstrdup(move_id);
    row->walk = xstrdup("forward");
    row->step = xstrdup("boot");
    row->item = item;
    row->attempt = attempt;
    row->phase = xstrdup("asked");
    row->intent_at = 1700000010.5;
    row->heard_at = 1700000011.5;
    row->done_at = 1700000012.5;
    row->request_id = xstrdup("req-1");
    row->new_id = xstrdup("new-1");
    row->status = 202;
    return row;
}

void put_sample(struct store *s, const char *run_id, const char *move_id,
                const char *server_id)
{
    struct run_row *run = sample_run(run_id);
    struct move_row *move = sample_move(move_id, run_id, server_id);
    struct err err = {0};

    must_begin(s);
    if (!store_put_run(s, run, &err) || !store_put_move(s, move, &err))
        fail_msg("%s", err.text);
    must_commit(s);
    run_row_free(run);
    move_row_free(move);
}

char *state_of(const char *db, const char *move_id)
{
    struct err err = {0};
    struct store *s = store_open(db, true, NULL, &err);
    struct vec rows = {0};
    char *state;

    if (!s || !store_moves(s, NULL, move_id, &rows, &err))
        fail_msg("%s", err.text);
    state = xstrdup(rows.len ? ((struct move_row *)rows.at[0])->state : "none");
    vec_clear(&rows, move_row_free);
    store_close(s);
    return state;
}

struct image image_read(const char *path)
{
    struct image image = {0};
    struct stat st;
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    image.n = (size_t)st.st_size;
    image.bytes = xcalloc(image.n + 1, 1);
    assert_int_equal(read(fd, image.bytes, image.n), (ssize_t)image.n);
    close(fd);
    return image;
}

void image_write(const char *path, const struct image *image)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, image->bytes, image->n), (ssize_t)image->n);
    close(fd);
}

void image_clear(struct image *image)
{
    free(image->bytes);
    image->bytes = NULL;
}

void assert_same_bytes(const char *path, const struct image *image)
{
    struct image now = image_read(path);

    assert_int_equal(now.n, image->n);
    assert_memory_equal(now.bytes, image->bytes, image->n);
    image_clear(&now);
}

unsigned mode_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        fail_msg("no file %s", path);
    return st.st_mode & 07777;
}

int files_in(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;

    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        if (e->d_name[0] != '.')
            n++;
    closedir(d);
    return n;
}
