/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again. */
#include "net/backoff.h"

#include <stdint.h>
#include <sys/random.h>

double backoff_delay(int tries, double unit)
{
    const double first = 0.5, longest = 30;
    double delay = first;
    for (int i = 1; i < tries && delay < longest; i++)
        delay *= 2;
    if (delay > longest)
        delay = longest;
    return delay * (0.5 + 0.5 * unit);
}

double backoff_random(void)
{
    uint32_t n = 0;
    if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != (ssize_t)sizeof(n))
        return 0.5;
    return n / 4294967296.0;
}

static bool is_passing(int status, int tries)
{
    switch (status) {
    case 502:
    case 503:
    case 504:
        return true;
    case 500:
        return tries < 2;
    default:
        return false;
    }
}

bool backoff_read(const struct reply *reply, int tries, double unit, double *ret_s)
{
    bool broken = err_is_set(&reply->err) &&
                  (reply->err.code == ERR_CONNECT || reply->err.code == ERR_TIMEOUT);
    bool hopeless = err_is_set(&reply->err) && !broken;
    bool passing = is_passing(reply->status, tries) || reply_is_later(reply);
    if (hopeless || (!broken && !passing))
        return false;
    double delay = backoff_delay(tries, unit);
    if (reply->retry_after_s > BACKOFF_LONGEST_S)
        return false;
    /* Jitter on top: everybody was told the same number. */
    if (reply->retry_after_s >= 0)
        delay = reply->retry_after_s + delay * 0.2;
    *ret_s = delay;
    return true;
}
