/* SPDX-License-Identifier: Apache-2.0 */
/* fakecloud: an OpenStack cloud in one process, for tests and demonstrations. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cloud.h"
#include "control.h"
#include "furnish.h"
#include "web.h"

struct options {
    int port, page_max, cells, max_mv;
    const char *ready_file, *clouds_yaml, *jobs, *tls_cert, *tls_key, *url;
    bool manual, with_parent;
    double skew, token_ttl;
    long servers;
};

enum {
    OPT_PORT = 256,
    OPT_READY,
    OPT_CLOUDS,
    OPT_MICROVERSION,
    OPT_JOBS,
    OPT_CLOCK,
    OPT_SKEW,
    OPT_SERVERS,
    OPT_TTL,
    OPT_PAGE_MAX,
    OPT_CELLS,
    OPT_CERT,
    OPT_KEY,
    OPT_URL,
    OPT_PARENT,
    OPT_HELP
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"ready-file", required_argument, NULL, OPT_READY},
    {"clouds-yaml", required_argument, NULL, OPT_CLOUDS},
    {"microversion", required_argument, NULL, OPT_MICROVERSION},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"clock", required_argument, NULL, OPT_CLOCK},
    {"skew", required_argument, NULL, OPT_SKEW},
    {"servers", required_argument, NULL, OPT_SERVERS},
    {"token-ttl", required_argument, NULL, OPT_TTL},
    {"page-max", required_argument, NULL, OPT_PAGE_MAX},
    {"cells", required_argument, NULL, OPT_CELLS},
    {"tls-cert", required_argument, NULL, OPT_CERT},
    {"tls-key", required_argument, NULL, OPT_KEY},
    {"url", required_argument, NULL, OPT_URL},
    {"with-parent", no_argument, NULL, OPT_PARENT},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "usage: fakecloud [options]\n"
    "  --port N            listen on 127.0.0.1:N (0, the default: any free port)\n"
    "  --ready-file FILE   write \"port N\" there once listening\n"
    "  --clouds-yaml FILE  write a clouds.yaml with the clouds admin, demo, demo2\n"
    "  --microversion MAX  Nova's newest (2.104)\n"
    "  --jobs LIST         seconds per job: stop=0.05,snapshot=0.1,boot=0.2,start=0.05,\n"
    "                      delete=0.05,attach=0.05,detach=0.05,live=0.2\n"
    "  --clock real|manual manual: time moves by POST /_fake/clock only\n"
    "  --skew SECONDS      the cloud's clock against the machine's\n"
    "  --servers N         N ACTIVE servers of demo in az1\n"
    "  --token-ttl SECONDS life of a token (3600)\n"
    "  --page-max N        Nova's longest page (1000)\n"
    "  --cells 1|2         2: az2 is a cell of its own\n"
    "  --tls-cert FILE --tls-key FILE   serve HTTPS\n"
    "  --url URL           base of all links (default: from the Host header)\n"
    "  --with-parent       end when stdin does\n";

static bool fail(const char *what, const char *value)
{
    fprintf(stderr, "fakecloud: bad %s: %s\n", what, value);
    return false;
}

static bool parse_one(struct options *o, int opt)
{
    switch (opt) {
    case OPT_PORT:
        o->port = (int)strtol(optarg, NULL, 10);
        return true;
    case OPT_READY:
        o->ready_file = optarg;
        return true;
    case OPT_CLOUDS:
        o->clouds_yaml = optarg;
        return true;
    case OPT_MICROVERSION:
        return sscanf(optarg, "2.%4d", &o->max_mv) == 1 || fail("microversion", optarg);
    case OPT_JOBS:
        o->jobs = optarg;
        return true;
    case OPT_CLOCK:
        o->manual = strcmp(optarg, "manual") == 0;
        return o->manual || strcmp(optarg, "real") == 0 || fail("clock", optarg);
    case OPT_SKEW:
        o->skew = strtod(optarg, NULL);
        return true;
    case OPT_SERVERS:
        o->servers = strtol(optarg, NULL, 10);
        return true;
    case OPT_TTL:
        o->token_ttl = strtod(optarg, NULL);
        return true;
    case OPT_PAGE_MAX:
        o->page_max = (int)strtol(optarg, NULL, 10);
        return true;
    case OPT_CELLS:
        o->cells = (int)strtol(optarg, NULL, 10);
        return true;
    case OPT_CERT:
        o->tls_cert = optarg;
        return true;
    case OPT_KEY:
        o->tls_key = optarg;
        return true;
    case OPT_URL:
        o->url = optarg;
        return true;
    case OPT_PARENT:
        o->with_parent = true;
        return true;
    default:
        fputs(help, opt == OPT_HELP ? stdout : stderr);
        exit(opt == OPT_HELP ? 0 : 64);
    }
}

static bool set_jobs(struct cloud *cl, const char *list)
{
    while (list && *list) {
        size_t n = strcspn(list, ","), k = strcspn(list, "=,");
        char *name = xstrndup(list, k);
        bool ok = k < n && control_job_time(cl, name, strtod(list + k + 1, NULL));
        free(name);
        if (!ok)
            return fail("jobs", list);
        list += n + (list[n] == ',');
    }
    return true;
}

static char *read_text(const char *path)
{
    FILE *f = path ? fopen(path, "rb") : NULL;
    char *text = NULL;
    size_t n = 0, got;
    char block[4096];
    if (!f)
        return NULL;
    while ((got = fread(block, 1, sizeof(block), f)) > 0) {
        text = xrealloc(text, n + got + 1);
        memcpy(text + n, block, got);
        n += got;
        text[n] = '\0';
    }
    fclose(f);
    return text;
}

/* A reader of the file must never see half of it. */
static bool write_text(const char *path, const char *text)
{
    char *temporary = text_new("%s.new", path);
    FILE *f = fopen(temporary, "w");
    bool ok = f && fputs(text, f) >= 0;
    if (f)
        ok = fclose(f) == 0 && ok;
    ok = ok && rename(temporary, path) == 0;
    if (!ok)
        fprintf(stderr, "fakecloud: %s: %s\n", path, strerror(errno));
    free(temporary);
    return ok;
}

static bool write_clouds(const char *path, const char *base, const char *cert)
{
    static const char *const names[] = {"admin", "demo", "demo2"};
    char *text = xstrdup("clouds:\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *n = names[i];
        char *ca = cert ? text_new("    cacert: %s\n", cert) : xstrdup("");
        char *more = text_new("%s  %s:\n    auth:\n      auth_url: %s/identity/v3\n"
                              "      username: %s\n      password: %s\n"
                              "      project_name: %s\n      user_domain_id: default\n"
                              "      project_domain_id: default\n"
                              "    regions: [RegionOne]\n    identity_api_version: 3\n%s",
                              text, n, base, n, n, n, ca);
        free(ca);
        free(text);
        text = more;
    }
    bool ok = write_text(path, text);
    free(text);
    return ok;
}

static bool announce(const struct options *o, const struct web *web)
{
    int port = web_port(web);
    char *base =
        o->url ? xstrdup(o->url)
               : text_new("%s://127.0.0.1:%d", o->tls_cert ? "https" : "http", port);
    char *ready = text_new("port %d\n", port);
    bool ok = (!o->clouds_yaml || write_clouds(o->clouds_yaml, base, o->tls_cert)) &&
              (!o->ready_file || write_text(o->ready_file, ready));
    if (ok && !o->ready_file) {
        fputs(ready, stdout);
        fflush(stdout);
    }
    free(base);
    free(ready);
    return ok;
}

static bool stdin_ended(void)
{
    char block[256];
    ssize_t n = read(STDIN_FILENO, block, sizeof(block));
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void loop(struct cloud *cl, struct web *web, int signals, bool with_parent)
{
    struct pollfd fds[] = {{.fd = web_fd(web), .events = POLLIN},
                           {.fd = signals, .events = POLLIN},
                           {.fd = with_parent ? STDIN_FILENO : -1, .events = POLLIN}};
    for (;;) {
        int a = clock_timeout_ms(&cl->clock), b = web_timeout_ms(web);
        int wait = a < 0 || (b >= 0 && b < a) ? b : a;
        if (poll(fds, 3, wait) < 0 && errno != EINTR)
            return;
        if (fds[1].revents || (fds[2].revents && stdin_ended()))
            return;
        web_run(web);
        clock_run(&cl->clock);
    }
}

static int catch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(struct cloud *cl, const struct options *o)
{
    char *cert = read_text(o->tls_cert), *key = read_text(o->tls_key);
    int status = 1, signals = catch_signals();
    if (o->tls_cert && (!cert || !key)) {
        fprintf(stderr, "fakecloud: cannot read %s and its key\n", o->tls_cert);
        goto out;
    }
    struct web_options wo = {o->port, o->url, cert, key};
    struct web *web = web_new(cl, &wo);
    if (!web) {
        fprintf(stderr, "fakecloud: cannot listen on port %d\n", o->port);
        goto out;
    }
    if (announce(o, web)) {
        loop(cl, web, signals, o->with_parent);
        status = 0;
    }
    web_free(web);
out:
    close(signals);
    free(cert);
    free(key);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {.page_max = 1000, .cells = 1, .max_mv = 104, .token_ttl = 3600};
    struct cloud cl;
    int opt, status = 64;
    while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (!parse_one(&o, opt))
            return 64;
    }
    cloud_init(&cl, o.manual, o.skew);
    cl.page_max = o.page_max;
    cl.cells = o.cells;
    cl.max_mv = o.max_mv;
    cl.token_ttl = o.token_ttl;
    if (set_jobs(&cl, o.jobs)) {
        furnish_servers(&cl, o.servers > 0 ? (size_t)o.servers : 0);
        status = run(&cl, &o);
    }
    cloud_clear(&cl);
    return status;
}
