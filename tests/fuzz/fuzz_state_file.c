/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the state database: opened, read, resumed without a cloud. Input: a byte
 * of choices; then the file, or changes to one that a move left behind (place and byte,
 * three bytes each). */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsx.h"
#include "base/log.h"
#include "base/mem.h"
#include "fuzz.h"
#include "state.h"

static void write_changed(const char *path, struct input *in)
{
    size_t n;
    const char *bytes = state_template(&n);
    AUTO_FREE char *copy = xcalloc(n, 1);
    memcpy(copy, bytes, n);
    size_t len = take_byte(in) < 240 ? n : take_below(in, 65536) % n;
    while (in->n > 0) {
        /* Most of what matters stands at the front of a page. */
        size_t page = take_byte(in), at = take_below(in, 512);
        copy[(page * 4096 + at % 4096) % n] = (char)take_byte(in);
    }
    scratch_write(path, copy, len);
}

static void open_and_read(const char *path, bool read_only, unsigned deed)
{
    struct err err = {0};
    AUTO_FREE char *warning = NULL;
    struct store *store = store_open(path, read_only, &warning, &err);
    if (!store) {
        must(is_good_error(&err));
        return;
    }
    state_read(store);
    if (!read_only)
        state_resume(store, deed);
    store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned choices = take_byte(&in);
    AUTO_FREE char *path = fsx_join(scratch_folder(), "state.db");
    AUTO_FREE char *wal = xasprintf("%s-wal", path);
    AUTO_FREE char *shm = xasprintf("%s-shm", path);
    clock_set_test(1000, 1763632800);
    if (choices & 1)
        scratch_write(path, in.p, in.n);
    else
        write_changed(path, &in);
    open_and_read(path, true, 0);
    open_and_read(path, false, choices / 2 % 3);
    (void)unlink(path);
    (void)unlink(wal);
    (void)unlink(shm);
    log_close();
    return 0;
}
