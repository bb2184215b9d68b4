/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: waits for curl's sockets, one descriptor more, a deadline and signals. */
#include "net/loop.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/mem.h"

#define FIXED_FDS 2

struct loop {
    CURLM *multi;
    int watch_fd;
    bool watch_ready;
    struct curl_waitfd *fds; /* the two of every wait, then the added ones */
    unsigned n_fds;
    int transfers;
    int interrupts_before, resizes_before;
};

/*
 * A process has one set of signal handlers, so they and what they count belong to all
 * loops. A counter and an eventfd instead of a signalfd: the count is right at any time,
 * also while the process is busy elsewhere, and children inherit no blocked signals.
 */
static struct {
    volatile sig_atomic_t interrupts, resizes;
    volatile int wake_fd;
    int loops;
    struct sigaction old[6];
} signals = {.wake_fd = -1};

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGPIPE, SIGCHLD};
#define N_CAUGHT (sizeof(caught) / sizeof(*caught))

static void on_signal(int number)
{
    int saved = errno;
    const uint64_t one = 1;
    if (number == SIGWINCH)
        signals.resizes = signals.resizes + 1;
    else if (number != SIGCHLD)
        signals.interrupts = signals.interrupts + 1;
    if (write(signals.wake_fd, &one, sizeof(one)) < 0)
        errno = 0; /* full: then it is readable already */
    errno = saved;
}

static bool signals_open(struct err *err)
{
    if (signals.loops++ > 0)
        return true;
    signals.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (signals.wake_fd < 0) {
        signals.loops--;
        return err_set_errno(err, ERR_INTERNAL, errno, "cannot make an eventfd");
    }
    for (size_t i = 0; i < N_CAUGHT; i++) {
        /* Restarted calls: nobody else's read or write fails with EINTR; poll always
         * does. */
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        if (caught[i] == SIGPIPE)
            action.sa_handler = SIG_IGN;
        if (caught[i] == SIGCHLD)
            action.sa_flags |= SA_NOCLDSTOP;
        sigaction(caught[i], NULL, &signals.old[i]);
        bool nohup = caught[i] == SIGHUP && signals.old[i].sa_handler == SIG_IGN;
        if (!nohup)
            sigaction(caught[i], &action, NULL);
    }
    return true;
}

static void signals_close(void)
{
    if (--signals.loops > 0)
        return;
    for (size_t i = 0; i < N_CAUGHT; i++)
        sigaction(caught[i], &signals.old[i], NULL);
    close(signals.wake_fd);
    signals.wake_fd = -1;
}

struct loop *loop_new(struct err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(err, ERR_INTERNAL, "libcurl cannot start");
        return NULL;
    }
    if (!signals_open(err)) {
        curl_global_cleanup();
        return NULL;
    }
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->watch_fd = -1;
    loop->n_fds = FIXED_FDS;
    loop->fds = xcalloc(FIXED_FDS, sizeof(*loop->fds));
    loop->interrupts_before = signals.interrupts;
    loop->resizes_before = signals.resizes;
    loop->multi = curl_multi_init();
    if (!loop->multi)
        bug("libcurl gives no multi handle");
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    curl_multi_cleanup(loop->multi);
    signals_close();
    curl_global_cleanup();
    free(loop->fds);
    free(loop);
}

void *loop_multi(struct loop *loop)
{
    return loop->multi;
}

void loop_set_transfers(struct loop *loop, int n)
{
    loop->transfers = n;
}

static int wait_ms(const struct loop *loop, double wake_at)
{
    const double longest_s = 3600;
    /* Sockets live in real time: with a test's clock and a transfer under way there is
     * something to wait for, but never for the clock. */
    const int test_ms = 20;
    double s = wake_at < 0 ? longest_s : wake_at - clock_mono();
    if (s <= 0)
        return 0;
    if (clock_is_test())
        return loop->transfers > 0 ? test_ms : 0;
    return (int)ceil(clock_real(s < longest_s ? s : longest_s) * 1000);
}

bool loop_wait(struct loop *loop, double wake_at, struct err *err)
{
    bool watches = loop->watch_fd >= 0;
    /* A place that is not watched watches the wake-up's descriptor once more. */
    loop->fds[0] = loop->fds[1] =
        (struct curl_waitfd){.fd = signals.wake_fd, .events = CURL_WAIT_POLLIN};
    if (watches)
        loop->fds[1].fd = loop->watch_fd;
    int ready = 0;
    CURLMcode code = curl_multi_poll(loop->multi, loop->fds, loop->n_fds,
                                     wait_ms(loop, wake_at), &ready);
    if (code != CURLM_OK)
        return err_set(err, ERR_INTERNAL, "cannot wait for the network: %s",
                       curl_multi_strerror(code));
    loop->watch_ready = watches && loop->fds[1].revents != 0;
    uint64_t count;
    if (read(signals.wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
        return err_set_errno(err, ERR_INTERNAL, errno, "cannot read an eventfd");
    return true;
}

int loop_interrupts(const struct loop *loop)
{
    return signals.interrupts - loop->interrupts_before;
}

bool loop_resized(struct loop *loop)
{
    int resizes = signals.resizes;
    bool changed = resizes != loop->resizes_before;
    loop->resizes_before = resizes;
    return changed;
}

void loop_add_fd(struct loop *loop, int fd)
{
    loop->fds = xrealloc(loop->fds, loop->n_fds + 1, sizeof(*loop->fds));
    loop->fds[loop->n_fds++] = (struct curl_waitfd){.fd = fd, .events = CURL_WAIT_POLLIN};
}

void loop_remove_fd(struct loop *loop, int fd)
{
    for (unsigned i = FIXED_FDS; i < loop->n_fds; i++) {
        if (loop->fds[i].fd != fd)
            continue;
        loop->fds[i] = loop->fds[--loop->n_fds];
        return;
    }
}

void loop_watch_fd(struct loop *loop, int fd)
{
    loop->watch_fd = fd;
    loop->watch_ready = false;
}

bool loop_watch_ready(const struct loop *loop)
{
    return loop->watch_ready;
}
