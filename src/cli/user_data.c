/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the file that --user-data names. */
#include "cli/user_data.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "moves/user_data.h"

#define FILE_MAX ((size_t)USER_DATA_MAX / 4 * 3)

char *user_data_read(const char *path, struct err *err)
{
    AUTO_FREE char *bytes = NULL;
    size_t n = 0;
    struct err why = {0};
    if (!fsx_read(path, FILE_MAX, &bytes, &n, NULL, &why)) {
        err_set(err, ERR_USAGE, "--user-data: %s (compute takes at most %zu bytes)",
                why.text, FILE_MAX);
        return NULL;
    }
    if (n == 0) {
        err_set(err, ERR_USAGE, "--user-data: %s is empty: leave the option out", path);
        return NULL;
    }
    return text_base64(bytes, n);
}
