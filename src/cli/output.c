/* output.c: see output.h. */
#include "cli/output.h"

#include "base/utf8.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

enum { FLUSH_BYTES = 64 << 10, PROGRESS_MAX_BYTES = 512, PROGRESS_WIDTH = 79 };

static const char clear_line[] = "\r\x1b[K";

/* 0, or errno. */
static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

/* SIGPIPE is ignored while servers are talked to; for stdout it is what ends a filter. */
static void die_of_closed_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

static void write_out(struct fl_cli_output *out)
{
    if (out->failed)
        return;
    int error = out->buf.failed ? ENOMEM : write_all(STDOUT_FILENO, out->buf.ptr, out->buf.len);
    fl_buf_clear(&out->buf);
    if (error == EPIPE)
        die_of_closed_pipe();
    if (error) {
        out->failed = true;
        fl_cli_message("cannot write the output: %s", strerror(error));
    }
}

void fl_cli_output_flush(struct fl_cli_output *out)
{
    if (out->buf.len >= FLUSH_BYTES)
        write_out(out);
}

int fl_cli_output_finish(struct fl_cli_output *out, int status)
{
    if (out->buf.len || out->buf.failed)
        write_out(out);
    fl_buf_destroy(&out->buf);
    return out->failed ? 1 : status;
}

/* Marks and isolates that turn the writing direction, which can make a line read as another. */
static bool is_direction_mark(uint32_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
           c == 0x200F || c == 0x061C;
}

void fl_cli_append_clean(struct fl_buf *buf, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t size = fl_utf8_decode(text + i, len - i, &c);
        if (size == 0)
            fl_buf_append_str(buf, "\xEF\xBF\xBD");
        else if (c == '\n' || c == '\t' || c == '\r')
            fl_buf_append_char(buf, ' ');
        else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || is_direction_mark(c))
            fl_buf_append_char(buf, '?');
        else
            fl_buf_append(buf, text + i, size);
        i += size ? size : 1;
    }
}

unsigned fl_cli_text_width(const char *text)
{
    unsigned width = 0;
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t size = fl_utf8_decode(text + i, len - i, &c);
        int columns = size ? utf8proc_charwidth((utf8proc_int32_t)c) : 1;
        width += columns > 0 ? (unsigned)columns : 0;
        i += size ? size : 1;
    }
    return width;
}

void fl_cli_append_count(struct fl_buf *buf, uint64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            fl_buf_append_char(buf, ',');
        fl_buf_append_char(buf, digits[i]);
    }
}

void fl_cli_append_things(struct fl_buf *buf, uint64_t number, const char *thing)
{
    fl_cli_append_count(buf, number);
    fl_buf_printf(buf, " %s%s", thing, number == 1 ? "" : "s");
}

void fl_cli_append_microseconds(struct fl_buf *buf, double us)
{
    if (us < 1000)
        fl_buf_printf(buf, "%.*f µs", us < 10 ? 1 : 0, us);
    else if (us < 1e6)
        fl_buf_printf(buf, "%.1f ms", us / 1e3);
    else
        fl_buf_printf(buf, "%.1f s", us / 1e6);
}

void fl_cli_append_bytes(struct fl_buf *buf, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double number = (double)bytes;
    unsigned unit = 0;
    for (; number >= 1024 && unit < 4; unit++)
        number /= 1024;
    fl_buf_printf(buf, "%.*f %s", unit ? 1 : 0, number, units[unit]);
}

void fl_cli_stderr(const struct fl_buf *lines)
{
    write_all(STDERR_FILENO, lines->ptr, lines->len); /* nobody is left to be told of a failure */
}

void fl_cli_message(const char *format, ...)
{
    struct fl_buf line = {0};
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    fl_buf_append_str(&line, "foreload: ");
    if (len >= 0)
        fl_cli_append_clean(&line, text, (size_t)len);
    fl_buf_append_char(&line, '\n');
    fl_cli_stderr(&line);
    free(len >= 0 ? text : NULL);
    fl_buf_destroy(&line);
}

static bool shows_progress(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

void fl_cli_progress(const char *format, ...)
{
    if (!shows_progress())
        return;
    char text[PROGRESS_MAX_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct fl_buf clean = {0}, line = {0};
    fl_cli_append_clean(&clean, text, strlen(text));
    unsigned room = fl_cli_terminal_width(STDERR_FILENO, PROGRESS_WIDTH + 1) - 1;
    while (clean.len && fl_cli_text_width(clean.ptr) > room)
        clean.ptr[--clean.len] = '\0';
    fl_buf_printf(&line, "%s%s", clear_line, fl_buf_text(&clean));
    write_all(STDERR_FILENO, line.ptr, line.len);
    fl_buf_destroy(&clean);
    fl_buf_destroy(&line);
}

void fl_cli_progress_end(void)
{
    if (shows_progress())
        write_all(STDERR_FILENO, clear_line, sizeof clear_line - 1);
}

unsigned fl_cli_terminal_width(int fd, unsigned otherwise)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
        return otherwise;
    return size.ws_col;
}
