/* eval_sizes.c: see eval_sizes.h. */
#include "eval/eval_sizes.h"

#include "base/os.h"

#include <math.h>

enum { COLUMNS = 3, MAX_BYTES = 1 << 28, MAX_DIGITS = 40, MAX_EXPONENT_DIGITS = 2 };

struct reader {
    const struct fl_trace *trace;
    struct fl_size *sizes;
    struct fl_findings *findings;
    const char *path;
    unsigned line;
};

static void reject(const struct reader *r, const char *what)
{
    fl_findings_add(r->findings, FL_SEVERITY_ERROR, FL_EPARSE, r->path, r->line, "", "%s", what);
}

/* Steps over the part and the mark behind it. */
static struct fl_str cut(struct fl_str *rest, char mark)
{
    const char *end = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
    struct fl_str part = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    size_t past = part.len + (end ? 1 : 0);
    *rest = (struct fl_str){rest->ptr + past, rest->len - past};
    return part;
}

static size_t read_digits(struct fl_str text, size_t from, double *number)
{
    size_t i = from;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        *number = *number * 10 + (text.ptr[i] - '0');
    return i - from;
}

/* "12", "0.5", "1e-05": not negative, whatever the locale. */
static bool read_number(struct fl_str text, double *ret_number)
{
    double number = 0, exponent = 0;
    size_t whole = read_digits(text, 0, &number), at = whole, decimals = 0;
    if (at < text.len && text.ptr[at] == '.') {
        decimals = read_digits(text, at + 1, &number);
        at += 1 + decimals;
    }
    if (whole + decimals == 0 || whole + decimals > MAX_DIGITS)
        return false;
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        bool less = ++at < text.len && text.ptr[at] == '-';
        at += at < text.len && (less || text.ptr[at] == '+');
        size_t digits = read_digits(text, at, &exponent);
        if (!digits || digits > MAX_EXPONENT_DIGITS)
            return false;
        at += digits;
        exponent = less ? -exponent : exponent;
    }
    if (at < text.len)
        return false;
    double scale = exponent - (double)decimals; /* a quotient is exact where a product is not */
    *ret_number = scale < 0 ? number / pow(10, -scale) : number * pow(10, scale);
    return true;
}

static void read_row(const struct reader *r, struct fl_str line)
{
    struct fl_str columns[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        if (!line.len) {
            reject(r, "not three columns: item, bytes and load time, with tabs between them");
            return;
        }
        columns[c] = cut(&line, '\t');
    }
    uint32_t item = fl_strmap_get(&r->trace->items, columns[0]);
    double bytes, load_ms;
    if (!read_number(columns[1], &bytes) || bytes > FL_SIZES_MAX_BYTES || floor(bytes) < bytes)
        reject(r, "the size is no number of bytes");
    else if (!read_number(columns[2], &load_ms) || load_ms > FL_SIZES_MAX_LOAD_MS)
        reject(r, "the load time is no number of milliseconds");
    else if (item != FL_STRMAP_NONE && r->sizes[item].known)
        reject(r, "the item has a size already");
    else if (item != FL_STRMAP_NONE)
        r->sizes[item] = (struct fl_size){(uint64_t)bytes, load_ms, true};
}

void fl_sizes_parse(const struct fl_trace *trace, struct fl_str text, const char *path,
                    struct fl_size *sizes, struct fl_findings *findings)
{
    struct reader r = {trace, sizes, findings, path, 0};
    while (text.len) {
        struct fl_str line = cut(&text, '\n');
        r.line++;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len)
            read_row(&r, line);
    }
}

int fl_sizes_read(const struct fl_trace *trace, const char *path, struct fl_size *sizes,
                  struct fl_findings *findings, struct fl_err *err)
{
    struct fl_buf text = {0};
    int rc = fl_os_read_file(path, MAX_BYTES, &text, err);
    if (!rc)
        fl_sizes_parse(trace, (struct fl_str){fl_buf_text(&text), text.len}, path, sizes, findings);
    fl_buf_destroy(&text);
    return rc;
}
