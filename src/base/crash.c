/* SPDX-License-Identifier: Apache-2.0 */
/* Dies at a chosen crash point, in builds that have them. */
#include "base/crash.h"

#ifdef REZONE_CRASH_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(const char *file, const char *name)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        return;
    if (write(fd, name, strlen(name)) < 0 || write(fd, "\n", 1) < 0)
        abort();
    close(fd);
}

/* Points of one name are counted by themselves when the variable names it. */
static bool is_meant(const char *at, const char *name)
{
    static long met;
    const char *colon = strchr(at, ':');
    size_t n = colon ? (size_t)(colon - at) : 0;

    if (colon && (strncmp(at, name, n) != 0 || name[n] != '\0'))
        return false;
    return strtol(colon ? colon + 1 : at, NULL, 10) == ++met;
}

void crash_point(const char *name)
{
    const char *at = getenv("REZONE_CRASH_AT"), *log = getenv("REZONE_CRASH_LOG");

    if (log)
        note(log, name);
    if (at && is_meant(at, name))
        kill(getpid(), SIGKILL);
}

#else
typedef int crash_points_are_off;
#endif
