/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/http over TLS: whom it trusts, what it says, how fast it shakes hands
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>

#include <cmocka.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "certificate.h"
#include "client.h"
#include "server.h"

static char folder[64];
static char *good_cert, *good_key, *other_cert, *other_key, *rubbish;

static int make_files(void **state)
{
    (void)state;
    strncpy(folder, "/tmp/rezone-test-tls.XXXXXX", sizeof(folder) - 1);
    if (!mkdtemp(folder))
        return -1;
    good_cert = fsx_join(folder, "good.pem");
    good_key = fsx_join(folder, "good.key");
    other_cert = fsx_join(folder, "other.pem");
    other_key = fsx_join(folder, "other.key");
    rubbish = fsx_join(folder, "rubbish.pem");
    struct err err = {0};
    return certificate_write("IP:127.0.0.1", good_cert, good_key) &&
                   certificate_write("DNS:elsewhere.example", other_cert, other_key) &&
                   fsx_write_atomic(rubbish, "no PEM", 6, 0600, &err)
               ? 0
               : -1;
}

static int remove_files(void **state)
{
    (void)state;
    char *files[] = {good_cert, good_key, other_cert, other_key, rubbish};
    for (int i = 0; i < 5; i++) {
        unlink(files[i]);
        free(files[i]);
    }
    rmdir(folder);
    return 0;
}

static bool tell(void *ctx, struct peer *peer, const struct server_request *req)
{
    (void)ctx;
    peer_reply(peer, "200 OK", "", req->tls_resumed ? "resumed" : "full");
    return true;
}

static struct reply ask(const char *cert, const char *key, struct http_options options,
                        const char *method, int *ret_hits)
{
    struct server *server = server_new_tls(tell, NULL, cert, key);
    struct client c;
    client_open(&c, &options);
    struct reply r = client_call(&c, method, server_url(server, "/"), NULL);
    assert_int_equal(http_counts(c.http).requests, 1);
    *ret_hits = server_hits(server, NULL, NULL);
    client_close(&c);
    server_free(server);
    return r;
}

static void an_unknown_authority_is_refused_at_once(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "POST"};
    for (int i = 0; i < 2; i++) {
        int hits;
        struct reply r =
            ask(good_cert, good_key, (struct http_options){0}, methods[i], &hits);
        assert_int_equal(r.fate, REPLY_NOT_SENT);
        assert_int_equal(r.err.code, ERR_TLS);
        assert_non_null(strstr(r.err.text, "certificate"));
        assert_non_null(strstr(r.err.text, "127.0.0.1:"));
        assert_int_equal(hits, 0);
        reply_clear(&r);
        struct http_options wrong = {.cacert = other_cert};
        r = ask(good_cert, good_key, wrong, methods[i], &hits);
        assert_int_equal(r.err.code, ERR_TLS);
        assert_non_null(strstr(r.err.text, other_cert));
        assert_int_equal(hits, 0);
        reply_clear(&r);
    }
}

static void a_named_authority_is_trusted(void **state)
{
    (void)state;
    int hits;
    struct http_options options = {.cacert = good_cert};
    struct reply r = ask(good_cert, good_key, options, "GET", &hits);
    assert_true(reply_is_ok(&r));
    reply_clear(&r);
    r = ask(good_cert, good_key, options, "POST", &hits);
    assert_true(reply_is_ok(&r));
    reply_clear(&r);
}

static void the_name_must_be_right_too(void **state)
{
    (void)state;
    int hits;
    struct http_options strict = {.cacert = other_cert}, insecure = {.insecure = true};
    struct reply r = ask(other_cert, other_key, strict, "GET", &hits);
    assert_int_equal(r.err.code, ERR_TLS);
    assert_int_equal(hits, 0);
    reply_clear(&r);
    r = ask(other_cert, other_key, insecure, "GET", &hits);
    assert_true(reply_is_ok(&r));
    reply_clear(&r);
}

static void a_bad_file_is_named(void **state)
{
    (void)state;
    int hits;
    struct http_options authorities = {.cacert = rubbish};
    struct http_options client = {.cacert = good_cert, .cert = rubbish, .key = good_key};
    struct reply r = ask(good_cert, good_key, authorities, "GET", &hits);
    assert_int_equal(r.err.code, ERR_TLS);
    assert_non_null(strstr(r.err.text, rubbish));
    reply_clear(&r);
    r = ask(good_cert, good_key, client, "POST", &hits);
    assert_int_equal(r.fate, REPLY_NOT_SENT);
    assert_int_equal(r.err.code, ERR_TLS);
    assert_non_null(strstr(r.err.text, rubbish));
    assert_int_equal(hits, 0);
    reply_clear(&r);
    struct http_options own = {.cacert = good_cert, .cert = other_cert, .key = other_key};
    r = ask(good_cert, good_key, own, "POST", &hits);
    assert_true(reply_is_ok(&r));
    reply_clear(&r);
}

static void fresh_connections_resume_the_session(void **state)
{
    (void)state;
    struct server *server = server_new_tls(tell, NULL, good_cert, good_key);
    struct client c;
    struct http_options options = {.cacert = good_cert};
    client_open(&c, &options);
    for (int i = 0; i < 4; i++) {
        struct reply r = client_call(&c, "POST", server_url(server, "/"), "{}");
        assert_string_equal(r.body, i ? "resumed" : "full");
        reply_clear(&r);
    }
    assert_int_equal(server_connections(server), 4);
    client_close(&c);
    server_free(server);
}

/* A process that answers every connection with some bytes and closes it. */
static pid_t answer_all(const char *bytes, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    pid_t pid = fork();
    if (pid == 0) {
        char buffer[4096];
        for (;;) {
            int peer = accept(fd, NULL, NULL);
            if (recv(peer, buffer, sizeof(buffer), 0) > 0)
                send(peer, bytes, strlen(bytes), MSG_NOSIGNAL);
            close(peer);
        }
    }
    close(fd);
    return pid;
}

static void a_peer_without_tls_is_a_mistake_and_a_hang_up_is_trouble(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum err_code code;
        unsigned long tries;
    } rows[] = {{"HTTP/1.1 400 Bad Request\r\n\r\n", ERR_TLS, 1}, {"", ERR_CONNECT, 2}};
    for (int i = 0; i < 2; i++) {
        int port;
        pid_t pid = answer_all(rows[i].bytes, &port);
        struct client c;
        struct http_options options = {.read_tries = 2};
        client_open(&c, &options);
        struct reply r =
            client_call(&c, "GET", xasprintf("https://127.0.0.1:%d/", port), NULL);
        assert_int_equal(r.fate, REPLY_NOT_SENT);
        if (r.err.code != rows[i].code)
            fail_msg("%s: %s", err_name(r.err.code), r.err.text);
        assert_int_equal(http_counts(c.http).requests, rows[i].tries);
        reply_clear(&r);
        client_close(&c);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_authority_is_refused_at_once),
        cmocka_unit_test(a_named_authority_is_trusted),
        cmocka_unit_test(the_name_must_be_right_too),
        cmocka_unit_test(a_bad_file_is_named),
        cmocka_unit_test(fresh_connections_resume_the_session),
        cmocka_unit_test(a_peer_without_tls_is_a_mistake_and_a_hang_up_is_trouble),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
