/* SPDX-License-Identifier: Apache-2.0 */
/* The file that --user-data names. */
#ifndef CLI_USER_DATA_H
#define CLI_USER_DATA_H

#include "base/err.h"

/* Gives what it holds, in base64. ERR_USAGE: it cannot be read, is empty, or is more than
 * compute takes. */
char *user_data_read(const char *path, struct err *err);

#endif
