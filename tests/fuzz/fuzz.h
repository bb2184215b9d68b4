/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzzers share: taking an input apart, changing JSON by it, and properties.
 *
 * A target is one file fuzz_<name>.c with LLVMFuzzerTestOneInput(). It may keep nothing
 * from one input to the next: the same bytes must always do the same.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The part of the input that was not used yet. At its end everything reads as zero. */
struct input {
    const uint8_t *p;
    size_t n;
};

uint8_t take_byte(struct input *in);
size_t take_below(struct input *in, size_t n); /* 0 to n - 1; n at most 65536 */
/* Gives what stands before the next byte 0xFF (or the end), NUL-terminated, at most max
 * bytes: such a separator survives insertions better than lengths do. */
char *take_part(struct input *in, size_t max, size_t *ret_len);
/* Gives a text to put into a document: one of those that a reader may know, or one of the
 * input's own. */
char *take_word(struct input *in);
json_t *take_value(struct input *in); /* a new reference of any type */
/* Changes one place of *root: another value, a member taken away, or one added. */
void change_json(json_t **root, struct input *in);

/* Ends the process, which is what a fuzzer calls a find, when the property is broken. */
void must_at(const char *file, int line, bool good, const char *property);
#define must(good) must_at(__FILE__, __LINE__, (good), #good)

/* Nothing in it can drive a terminal: no control character but "\n", and whole UTF-8. */
bool is_harmless(const char *s, size_t n);
/* As the rest of the program expects an error: a code, and one line that can be printed.
 */
bool is_good_error(const struct err *err);
/* Absolute, on a host that we know, in printable ASCII, without a step upwards. */
bool is_good_request(const struct request *r);

/* A private folder that is removed at exit. Lends. */
const char *scratch_folder(void);
void scratch_write(const char *path, const void *bytes, size_t n);

#endif
