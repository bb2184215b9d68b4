/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests share: a folder that goes away, sample rows, looks at files. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above */
#include <cmocka.h>

#include <sys/types.h>

#include "store/sqlite_db.h"
#include "store/store.h"

#define RUN_1  "11111111-0000-4000-8000-000000000001"
#define RUN_2  "22222222-0000-4000-8000-000000000002"
#define MOVE_1 "aaaaaaaa-0000-4000-8000-000000000001"
#define MOVE_2 "bbbbbbbb-0000-4000-8000-000000000002"
#define CLOUD  "https://keystone.example:5000/v3 RegionOne 0123456789abcdef"

/* The test's state is a struct place; the folder is made anew for each test. */
struct place {
    char *dir;
    char *db; /* <dir>/rezone.db, not made yet */
};

int place_set_up(void **state);
int place_tear_down(void **state);
#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, place_set_up, place_tear_down)

/* Opens for writing; fails the test with the error's text when that does not go. */
struct store *must_open(const char *path);
void must_begin(struct store *s);
void must_commit(struct store *s);
sqlite3 *handle_of(struct store *s);
void must_exec(sqlite3 *db, const char *sql);

/* Rows with every column filled, in quoting-hostile Unicode; to be freed by x_row_free.
 */
struct run_row *sample_run(const char *id);
struct move_row *sample_move(const char *id, const char *run_id, const char *server_id);
struct ask_row *sample_ask(const char *move_id, int item, int attempt);
/* Puts run and move in a transaction of their own. */
void put_sample(struct store *s, const char *run_id, const char *move_id,
                const char *server_id);
/* The state of the move as another connection reads it, or "none"; to be freed. */
char *state_of(const char *db, const char *move_id);

struct image {
    unsigned char *bytes;
    size_t n;
};
struct image image_read(const char *path);
void image_write(const char *path, const struct image *image);
void image_clear(struct image *image);
void assert_same_bytes(const char *path, const struct image *image);
unsigned mode_of(const char *path);
int files_in(const char *dir);

#endif
