/* SPDX-License-Identifier: Apache-2.0 */
/* Dies at a chosen crash point, in builds that have them. */
#include "base/crash.h"

#ifdef REZONE_CRASH_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void crash_point(const char *name)
{
    static long met;
    const char *at = getenv("REZONE_CRASH_AT"), *log = getenv("REZONE_CRASH_LOG");

    met++;
    if (log) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        if (fd >= 0) {
            if (write(fd, name, strlen(name)) < 0 || write(fd, "\n", 1) < 0)
                abort();
            close(fd);
        }
    }
    if (at && strtol(at, NULL, 10) == met)
        kill(getpid(), SIGKILL);
}

#else
typedef int crash_points_are_off;
#endif
