/* SPDX-License-Identifier: Apache-2.0 */
/* Time as text: ISO 8601, HTTP dates and spans for people. */
#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct moment {
    int year, month, day, hour, minute, second;
    double fraction;
};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Range checks by hand: timegm() would turn "31 February" into March without a word. */
static bool to_wall(const struct moment *m, double *ret)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (m->year < 1 || m->month < 1 || m->month > 12 || m->day < 1 || m->hour > 23 ||
        m->minute > 59 || m->second > 60)
        return false;
    int last = days[m->month - 1] + (m->month == 2 && is_leap(m->year));
    if (m->day > last)
        return false;
    struct tm tm = {.tm_year = m->year - 1900,
                    .tm_mon = m->month - 1,
                    .tm_mday = m->day,
                    .tm_hour = m->hour,
                    .tm_min = m->minute,
                    .tm_sec = m->second};
    *ret = (double)timegm(&tm) + m->fraction;
    return true;
}

/* Reads exactly n digits at *p and steps over them. */
static bool digits(const char **p, int n, int *ret)
{
    int value = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        value = value * 10 + (**p - '0');
    }
    *ret = value;
    return true;
}

static bool literal(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

static void fraction(const char **p, double *ret)
{
    double unit = 0.1;
    for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
        *ret += (**p - '0') * unit;
}

/* "", "Z", "+hh:mm", "+hhmm" or "+hh": seconds east of UTC. */
static bool offset(const char *p, int *ret)
{
    *ret = 0;
    if (!*p || !strcmp(p, "Z") || !strcmp(p, "z"))
        return true;
    int sign = *p == '+' ? 1 : *p == '-' ? -1 : 0;
    int hours, minutes = 0;
    p++;
    if (!sign || !digits(&p, 2, &hours) || hours > 23)
        return false;
    if (*p && (literal(&p, ':'), !digits(&p, 2, &minutes) || minutes > 59))
        return false;
    *ret = sign * (hours * 3600 + minutes * 60);
    return !*p;
}

bool clock_parse_iso(const char *s, double *ret_wall)
{
    struct moment m = {0};
    const char *p = s;
    if (!s || !digits(&p, 4, &m.year) || !literal(&p, '-') || !digits(&p, 2, &m.month) ||
        !literal(&p, '-') || !digits(&p, 2, &m.day))
        return false;
    if ((!literal(&p, 'T') && !literal(&p, ' ') && !literal(&p, 't')) ||
        !digits(&p, 2, &m.hour) || !literal(&p, ':') || !digits(&p, 2, &m.minute) ||
        !literal(&p, ':') || !digits(&p, 2, &m.second))
        return false;
    if (*p == '.' || *p == ',') {
        p++;
        if (*p < '0' || *p > '9')
            return false;
        fraction(&p, &m.fraction);
    }
    int east;
    double wall;
    if (!offset(p, &east) || !to_wall(&m, &wall))
        return false;
    *ret_wall = wall - east;
    return true;
}

bool clock_parse_http(const char *s, double *ret_wall)
{
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct moment m = {0};
    char weekday[4] = "", month[4] = "";
    if (!s || strlen(s) != 29 || s[3] != ',' || s[4] != ' ' || s[7] != ' ' ||
        s[11] != ' ')
        return false;
    memcpy(weekday, s, 3);
    memcpy(month, s + 8, 3);
    const char *w = strstr(weekdays, weekday), *n = strstr(months, month);
    if (!w || (w - weekdays) % 3 || !n || (n - months) % 3)
        return false;
    m.month = (int)(n - months) / 3 + 1;
    const char *day = s + 5, *p = s + 12;
    if (!digits(&day, 2, &m.day) || !digits(&p, 4, &m.year) || !literal(&p, ' ') ||
        !digits(&p, 2, &m.hour) || !literal(&p, ':') || !digits(&p, 2, &m.minute) ||
        !literal(&p, ':') || !digits(&p, 2, &m.second) || strcmp(p, " GMT") != 0)
        return false;
    return to_wall(&m, ret_wall);
}

void clock_iso(double wall, char out[32])
{
    /* The fourth digit of a year is the last that ISO 8601 has; NaN must not be cast. */
    const double last = 253402300799.0;
    double ms = floor((wall >= 0 ? (wall < last ? wall : last) : 0) * 1000 + 0.5);
    time_t whole = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&whole, &tm);
    snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)tm.tm_year + 1900,
             (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday, (unsigned)tm.tm_hour,
             (unsigned)tm.tm_min, (unsigned)tm.tm_sec,
             (unsigned)(ms - (double)whole * 1000) % 1000);
}

void clock_span(double seconds, char out[32])
{
    static const struct {
        unsigned long long size;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    double whole = seconds > 0 ? floor(seconds + 0.5) : 0;
    unsigned long long n = whole < 1e15 ? (unsigned long long)whole : 1000000000000000ULL;
    size_t i = 0;
    while (i < 3 && n < units[i].size)
        i++;
    unsigned long long big = n / units[i].size, rest = n % units[i].size;
    unsigned long long small = i < 3 ? rest / units[i + 1].size : 0;
    if (small)
        snprintf(out, 32, "%llu %s %llu %s", big, units[i].name, small,
                 units[i + 1].name);
    else
        snprintf(out, 32, "%llu %s", big, units[i].name);
}
