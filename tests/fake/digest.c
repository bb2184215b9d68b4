/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 (RFC 1321) and SHA-512 (FIPS 180-4), so that the fake needs no crypto library. */
#include "digest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t rotl32(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint64_t rotr64(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

static void md5_block(uint32_t h[4], const uint32_t k[64], const unsigned char *p)
{
    static const unsigned turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t m[16], a = h[0], b = h[1], c = h[2], d = h[3];
    for (int i = 0; i < 16; i++)
        m[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 |
               (uint32_t)p[4 * i + 2] << 16 | (uint32_t)p[4 * i + 3] << 24;
    for (unsigned i = 0; i < 64; i++) {
        uint32_t f;
        unsigned g;
        if (i < 16) {
            f = (b & c) | (~b & d);
            g = i;
        } else if (i < 32) {
            f = (d & b) | (~d & c);
            g = (5 * i + 1) % 16;
        } else if (i < 48) {
            f = b ^ c ^ d;
            g = (3 * i + 5) % 16;
        } else {
            f = c ^ (b | ~d);
            g = 7 * i % 16;
        }
        uint32_t t = b + rotl32(a + f + k[i] + m[g], turns[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
}

void digest_md5(const void *bytes, size_t size, char out[33])
{
    static const uint32_t k[64] = {
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
        0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
        0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
        0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
        0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
        0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
        0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
        0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
        0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
    uint32_t h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const unsigned char *p = bytes;
    size_t whole = size / 64 * 64, rest = size - whole;
    for (size_t i = 0; i < whole; i += 64)
        md5_block(h, k, p + i);
    unsigned char tail[128] = {0};
    if (rest)
        memcpy(tail, p + whole, rest);
    tail[rest] = 0x80;
    size_t padded = rest < 56 ? 64 : 128;
    for (unsigned i = 0; i < 8; i++)
        tail[padded - 8 + i] = (unsigned char)((uint64_t)size * 8 >> (8 * i));
    for (size_t i = 0; i < padded; i += 64)
        md5_block(h, k, tail + i);
    for (unsigned i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", (h[i / 4] >> (8 * (i % 4))) & 0xff);
}

/* The first 64 bits of the fractional part of a root of a prime, found by whole numbers
 * only: largest x with x^n <= p << 64n. */
static uint64_t root_bits(unsigned prime, unsigned power)
{
    /* Newton would need 192-bit numbers for cubes; bisection over 128-bit partial
     * products does with less. */
    unsigned whole = 1;
    while (power == 2 ? (whole + 1) * (whole + 1) <= prime
                      : (whole + 1) * (whole + 1) * (whole + 1) <= prime)
        whole++;
    uint64_t fraction = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t trial = fraction | 1ULL << bit;
        /* x = whole + trial / 2^64, as 4 limbs of 32 bits: x^power compared with prime.
         */
        uint32_t x[3] = {(uint32_t)trial, (uint32_t)(trial >> 32), whole};
        uint32_t y[12] = {1};
        size_t n = 1;
        for (unsigned turn = 0; turn < power; turn++) {
            uint32_t z[12] = {0};
            for (size_t i = 0; i < n; i++) {
                uint64_t carry = 0;
                for (size_t j = 0; j < 3; j++) {
                    carry += (uint64_t)y[i] * x[j] + z[i + j];
                    z[i + j] = (uint32_t)carry;
                    carry >>= 32;
                }
                z[i + 3] += (uint32_t)carry;
            }
            n += 3;
            memcpy(y, z, sizeof(y));
        }
        if (y[2 * power] < prime)
            fraction = trial;
    }
    return fraction;
}

static void sha512_tables(uint64_t h[8], uint64_t k[80])
{
    unsigned n = 0;
    for (unsigned prime = 2; n < 80; prime++) {
        unsigned d = 2;
        while (d * d <= prime && prime % d)
            d++;
        if (d * d <= prime)
            continue;
        if (n < 8)
            h[n] = root_bits(prime, 2);
        k[n++] = root_bits(prime, 3);
    }
}

static void sha512_block(uint64_t h[8], const uint64_t k[80], const unsigned char *p)
{
    uint64_t w[80], v[8];
    for (int i = 0; i < 16; i++) {
        w[i] = 0;
        for (int j = 0; j < 8; j++)
            w[i] = w[i] << 8 | p[8 * i + j];
    }
    for (int i = 16; i < 80; i++) {
        uint64_t s0 = rotr64(w[i - 15], 1) ^ rotr64(w[i - 15], 8) ^ w[i - 15] >> 7;
        uint64_t s1 = rotr64(w[i - 2], 19) ^ rotr64(w[i - 2], 61) ^ w[i - 2] >> 6;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, h, sizeof(v));
    for (int i = 0; i < 80; i++) {
        uint64_t s1 = rotr64(v[4], 14) ^ rotr64(v[4], 18) ^ rotr64(v[4], 41);
        uint64_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint64_t t1 = v[7] + s1 + choose + k[i] + w[i];
        uint64_t s0 = rotr64(v[0], 28) ^ rotr64(v[0], 34) ^ rotr64(v[0], 39);
        uint64_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof(*v));
        v[4] += t1;
        v[0] = t1 + s0 + majority;
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

void digest_sha512(const void *bytes, size_t size, char out[129])
{
    static uint64_t first[8], k[80];
    if (!k[0])
        sha512_tables(first, k);
    uint64_t h[8];
    memcpy(h, first, sizeof(h));
    const unsigned char *p = bytes;
    size_t whole = size / 128 * 128, rest = size - whole;
    for (size_t i = 0; i < whole; i += 128)
        sha512_block(h, k, p + i);
    unsigned char tail[256] = {0};
    if (rest)
        memcpy(tail, p + whole, rest);
    tail[rest] = 0x80;
    size_t padded = rest < 112 ? 128 : 256;
    for (unsigned i = 0; i < 8; i++)
        tail[padded - 1 - i] = (unsigned char)((uint64_t)size * 8 >> (8 * i));
    for (size_t i = 0; i < padded; i += 128)
        sha512_block(h, k, tail + i);
    for (int i = 0; i < 8; i++)
        snprintf(out + 16 * i, 17, "%016llx", (unsigned long long)h[i]);
}
