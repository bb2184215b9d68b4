/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and watches it: posix_spawn, a pipe, waitpid without waiting.
 *
 * Its group is led by a guard, which holds one end of a pipe whose other end is ours
 * alone. Where we are killed and can do nothing any more, the guard reads its end and
 * takes the whole group with it.
 */
#include "net/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/text_words.h"

#define TAIL          1024 /* bytes of its output that are kept */
#define LINE_CHARS    160
#define READS_AT_ONCE 64   /* one that never stops writing must not keep us */
#define READS_AT_END  1024 /* more than a pipe holds */

/* Reads until we are gone; 0 is its own group. */
#define GUARD "read -r _; kill -KILL 0"

struct child {
    struct loop *loop;
    pid_t pid, group;
    pid_t guard;    /* 0: there is none, and the command leads its group itself */
    int guard_pipe; /* open as long as we live */
    int out;        /* -1: at its end */
    double deadline, limit_s;
    char tail[TAIL + 1];
    size_t len;
    bool over, late;
    int status; /* of waitpid */
};

/* What others opened without this flag must not be held by a command that outlives us. */
static void close_on_exec(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *one;
    while (dir && (one = readdir(dir))) {
        unsigned long long fd;
        bool is = text_to_u64(one->d_name, 1 << 30, &fd) && fd > STDERR_FILENO;
        int flags = is ? fcntl((int)fd, F_GETFD) : -1;
        if (flags >= 0)
            (void)fcntl((int)fd, F_SETFD, flags | FD_CLOEXEC);
    }
    if (dir)
        (void)closedir(dir);
}

/* Our environment, and theirs instead of ours of the same names. Gives; its strings are
 * lent. */
static char **environment(const struct strv *env)
{
    size_t n = 0, at = 0;
    while (environ[n])
        n++;
    char **all = xcalloc(n + env->len + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++) {
        bool theirs = false;
        for (size_t k = 0; k < env->len; k++) {
            size_t name = strcspn(env->at[k], "=") + 1;
            theirs = theirs || strncmp(environ[i], env->at[k], name) == 0;
        }
        if (!theirs)
            all[at++] = environ[i];
    }
    for (size_t k = 0; k < env->len; k++)
        all[at++] = env->at[k];
    return all;
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Where exec would find it; NULL: nowhere. Looked for here, because not everywhere does
 * posix_spawn tell that there is none: the child may as well end with 127. Gives. */
static char *find_program(const char *name)
{
    struct strv folders = {0};
    const char *path = getenv("PATH");
    char *found = NULL;
    if (strchr(name, '/'))
        return is_program(name) ? xstrdup(name) : NULL;
    strv_split(&folders, path ? path : "/bin:/usr/bin", ':');
    for (size_t i = 0; i < folders.len && !found && *name; i++) {
        AUTO_FREE char *at = xasprintf("%s/%s", folders.at[i], name);
        found = is_program(at) ? xsteal(&at) : NULL;
    }
    strv_clear(&folders);
    return found;
}

/* In that group (0: one of its own), and signals as any program finds them. */
static void set_attributes(posix_spawnattr_t *attributes, pid_t group)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGPIPE, SIGCHLD};
    sigset_t usual, none;
    sigemptyset(&usual);
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        sigaddset(&usual, ours[i]);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setpgroup(attributes, group);
    posix_spawnattr_setsigdefault(attributes, &usual);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETSIGMASK);
}

/* What one is started with. */
struct start {
    char *const *words, *const *env;
    pid_t group;
    int in, out; /* of both its outputs; -1: nothing to read, nobody reads it */
};

static void set_standard(posix_spawn_file_actions_t *actions, int fd, int ours)
{
    if (ours >= 0)
        posix_spawn_file_actions_adddup2(actions, ours, fd);
    else
        posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
}

/* 0, or errno. */
static int spawn(const struct start *s, pid_t *ret)
{
    AUTO_FREE char *program = find_program(s->words[0]);
    if (!program)
        return ENOENT;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    set_attributes(&attributes, s->group);
    posix_spawn_file_actions_init(&actions);
    set_standard(&actions, STDIN_FILENO, s->in);
    set_standard(&actions, STDOUT_FILENO, s->out);
    set_standard(&actions, STDERR_FILENO, s->out);
    close_on_exec();
    int code = posix_spawn(ret, program, &actions, &attributes, s->words, s->env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

/* A machine without a shell has no guard, and loses no more by that than it. */
static void start_guard(struct child *c)
{
    static char sh[] = "/bin/sh", how[] = "-c", script[] = GUARD;
    char *const words[] = {sh, how, script, NULL};
    int fds[2];
    c->guard_pipe = -1;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return;
    struct start start = {.words = words, .env = environ, .in = fds[0], .out = -1};
    bool started = spawn(&start, &c->guard) == 0;
    close(fds[0]);
    if (started) {
        c->guard_pipe = fds[1];
        return;
    }
    close(fds[1]);
    c->guard = 0;
}

/* Alone: what the command left behind when it ended by itself may stay. */
static void end_guard(struct child *c)
{
    int status;
    if (c->guard > 0) {
        (void)kill(c->guard, SIGKILL);
        while (waitpid(c->guard, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (c->guard_pipe >= 0)
        close(c->guard_pipe);
    c->guard = 0;
    c->guard_pipe = -1;
}

static struct child *start_words(struct loop *loop, const struct strv *words,
                                 const struct strv *env, double limit_s, struct err *err)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        err_set_errno(err, ERR_INTERNAL, errno, "cannot make a pipe");
        return NULL;
    }
    AUTO_FREE char **all = environment(env);
    struct child *c = xcalloc(1, sizeof(*c));
    start_guard(c);
    const struct start start = {
        .words = words->at, .env = all, .group = c->guard, .in = -1, .out = pipe_fds[1]};
    int code = spawn(&start, &c->pid);
    close(pipe_fds[1]);
    if (code != 0) {
        AUTO_FREE char *name = text_printable(words->at[0], LINE_CHARS);
        end_guard(c);
        close(pipe_fds[0]);
        free(c);
        err_set_errno(err, ERR_NOTFOUND, code, "cannot run '%s'", name);
        return NULL;
    }
    c->group = c->guard > 0 ? c->guard : c->pid;
    c->loop = loop;
    c->out = pipe_fds[0];
    c->limit_s = limit_s;
    c->deadline = clock_mono() + limit_s;
    (void)fcntl(c->out, F_SETFL, O_NONBLOCK);
    loop_add_fd(loop, c->out);
    return c;
}

struct child *child_start(struct loop *loop, const char *command, const struct strv *env,
                          double limit_s, struct err *err)
{
    struct strv words = {0};
    struct child *c = NULL;
    if (text_words(command, &words, err)) {
        if (words.len > 0)
            c = start_words(loop, &words, env, limit_s, err);
        else
            err_set(err, ERR_USAGE, "there is no command");
    }
    strv_clear(&words);
    return c;
}

static void close_out(struct child *c)
{
    if (c->out < 0)
        return;
    loop_remove_fd(c->loop, c->out);
    close(c->out);
    c->out = -1;
}

static void keep(struct child *c, const char *bytes, size_t n)
{
    size_t drop = c->len + n > TAIL ? c->len + n - TAIL : 0;
    memmove(c->tail, c->tail + drop, c->len - drop);
    memcpy(c->tail + c->len - drop, bytes, n);
    c->len += n - drop;
}

static void read_out(struct child *c, int reads)
{
    char bytes[TAIL];
    for (int i = 0; i < reads && c->out >= 0; i++) {
        ssize_t n = read(c->out, bytes, sizeof(bytes));
        if (n > 0)
            keep(c, bytes, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            close_out(c);
        else
            return;
    }
}

/* Before its leader is waited for: until then nobody else can have the number. */
static void kill_group(struct child *c)
{
    (void)kill(-c->group, SIGKILL);
}

bool child_poll(struct child *c)
{
    if (c->over)
        return true;
    if (clock_mono() >= c->deadline && !c->late) {
        c->late = true;
        kill_group(c);
    }
    read_out(c, READS_AT_ONCE);
    pid_t ended = waitpid(c->pid, &c->status, WNOHANG);
    if (ended == 0)
        return false;
    if (ended < 0) /* somebody else waited for it: how it ended is not known */
        c->status = W_EXITCODE(127, 0);
    read_out(c, READS_AT_END); /* what it left behind may go on writing */
    close_out(c);
    end_guard(c);
    c->over = true;
    return true;
}

/* One that was killed ends by itself, soon, and wakes the loop. */
double child_deadline(const struct child *c)
{
    return c->late ? clock_mono() + 1 : c->deadline;
}

bool child_was_late(const struct child *c)
{
    return c->late;
}

/* ": 'the last line that is not empty'"; "" when there is none. Gives. */
static char *last_line(const struct child *c)
{
    size_t end = c->len, from;
    while (end > 0 && strchr("\r\n\t ", c->tail[end - 1]))
        end--;
    for (from = end; from > 0 && c->tail[from - 1] != '\n'; from--)
        ;
    AUTO_FREE char *raw = xstrndup(c->tail + from, end - from);
    AUTO_FREE char *safe = log_redact(raw); /* our secrets are in its environment */
    AUTO_FREE char *line = text_printable(safe, LINE_CHARS);
    return *line ? xasprintf(": '%s'", line) : xstrdup("");
}

bool child_succeeded(const struct child *c, struct err *err)
{
    AUTO_FREE char *line = last_line(c);
    if (c->late)
        return err_set(err, ERR_TIMEOUT, "the command did not end within %.0f s%s",
                       c->limit_s, line);
    if (WIFSIGNALED(c->status))
        return err_set(err, ERR_SERVICE, "the command was ended by signal %d%s",
                       WTERMSIG(c->status), line);
    if (WEXITSTATUS(c->status) != 0)
        return err_set(err, ERR_SERVICE, "the command ended with status %d%s",
                       WEXITSTATUS(c->status), line);
    return true;
}

void child_free(struct child *c)
{
    if (!c)
        return;
    if (!c->over) {
        kill_group(c);
        while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
            ;
    }
    end_guard(c);
    close_out(c);
    free(c);
}
