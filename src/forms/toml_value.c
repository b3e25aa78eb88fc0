/* toml_value.c: strings, numbers, truth values, dates; see toml_reader.h. */
#include "forms/toml_reader.h"

#include "base/utf8.h"

enum { WORD_BYTES_MAX = 128 };

int fl_toml_fail(struct fl_toml_reader *reader, const char *message)
{
    return fl_err_set_line(reader->err, FL_EPARSE, reader->line, "%s", message);
}

static bool starts_with(const struct fl_toml_reader *reader, const char *prefix)
{
    size_t len = strlen(prefix);
    return (size_t)(reader->end - reader->next) >= len && memcmp(reader->next, prefix, len) == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_code_point(struct fl_toml_reader *reader, int digits)
{
    uint32_t codepoint = 0;
    for (int i = 0; i < digits; i++) {
        int digit = hex_digit(fl_toml_peek(reader));
        if (digit < 0)
            return fl_toml_fail(reader, "an escape has too few hexadecimal digits");
        codepoint = codepoint << 4 | (uint32_t)digit;
        reader->next++;
    }
    if (codepoint == 0 || codepoint > 0x10FFFF || (codepoint >= 0xD800 && codepoint <= 0xDFFF))
        return fl_toml_fail(reader, "an escape stands for no character that is allowed");
    char utf8[4];
    fl_buf_append(&reader->text, utf8, fl_utf8_encode(codepoint, utf8));
    return 0;
}

/* `next` is behind the backslash. */
static int read_escape(struct fl_toml_reader *reader)
{
    static const char letters[] = "btnfre\"\\";
    static const char meanings[] = "\b\t\n\f\r\x1b\"\\";
    char c = fl_toml_peek(reader);
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) {
        reader->next++;
        fl_buf_append_char(&reader->text, meanings[letter - letters]);
        return 0;
    }
    int digits = c == 'u' ? 4 : c == 'U' ? 8 : c == 'x' ? 2 : 0;
    if (digits == 0)
        return fl_toml_fail(reader, "unknown escape in a string");
    reader->next++;
    return read_code_point(reader, digits);
}

/* A backslash at the end of a line swallows it and the white space that follows. */
static bool skip_line_ending(struct fl_toml_reader *reader)
{
    const char *c = reader->next;
    while (c < reader->end && (*c == ' ' || *c == '\t'))
        c++;
    if (c < reader->end && *c == '\r')
        c++;
    if (c == reader->end || *c != '\n')
        return false;
    for (; c < reader->end && strchr(" \t\r\n", *c); c++)
        reader->line += *c == '\n';
    reader->next = c;
    return true;
}

static bool is_forbidden(char c, bool multi_line)
{
    unsigned char byte = (unsigned char)c;
    if (c == '\t' || (multi_line && (c == '\n' || c == '\r')))
        return false;
    return byte < 0x20 || byte == 0x7F;
}

/* The closing delimiter; a multi-line string may have one or two quotes right before it. */
static bool take_end(struct fl_toml_reader *reader, char quote, bool multi_line)
{
    if (fl_toml_peek(reader) != quote)
        return false;
    if (!multi_line) {
        reader->next++;
        return true;
    }
    size_t run = 0;
    while (reader->next + run < reader->end && reader->next[run] == quote && run < 5)
        run++;
    if (run < 3)
        return false;
    for (size_t i = 3; i < run; i++)
        fl_buf_append_char(&reader->text, quote);
    reader->next += run;
    return true;
}

int fl_toml_read_string(struct fl_toml_reader *reader, bool is_key)
{
    char quote = *reader->next;
    bool multi_line = starts_with(reader, quote == '"' ? "\"\"\"" : "'''");
    if (multi_line && is_key)
        return fl_toml_fail(reader, "a key may not be a multi-line string");
    reader->next += multi_line ? 3 : 1;
    if (multi_line && starts_with(reader, "\r\n"))
        reader->next++;
    if (multi_line && fl_toml_peek(reader) == '\n') {
        reader->next++;
        reader->line++;
    }
    fl_buf_clear(&reader->text);
    while (!take_end(reader, quote, multi_line)) {
        if (reader->next == reader->end || is_forbidden(*reader->next, multi_line))
            return fl_toml_fail(reader, "a string does not end, or has a control character");
        char c = *reader->next++;
        if (c == '\r') { /* line ends become those of this system */
            if (fl_toml_peek(reader) != '\n')
                return fl_toml_fail(reader, "a carriage return without a line feed");
            continue;
        }
        reader->line += c == '\n';
        if (c != '\\' || quote == '\'') {
            fl_buf_append_char(&reader->text, c);
        } else if (!multi_line || !skip_line_ending(reader)) {
            int rc = read_escape(reader);
            if (rc)
                return rc;
        }
    }
    return fl_buf_failed(&reader->text) ? fl_err_nomem(reader->err) : 0;
}

static bool is_digit(char c, bool hex)
{
    return hex ? hex_digit(c) >= 0 : c >= '0' && c <= '9';
}

/* Removes the underscores between digits; false if one is elsewhere. */
static bool drop_underscores(char *word)
{
    bool hex = word[0] == '0' && word[1] == 'x';
    char *out = word;
    for (char *c = word; *c; c++) {
        if (*c != '_')
            *out++ = *c;
        else if (c == word || !is_digit(c[-1], hex) || !is_digit(c[1], hex))
            return false;
    }
    *out = '\0';
    return true;
}

static json_t *prefixed_integer(const char *digits, unsigned base)
{
    uint64_t value = 0;
    if (!*digits)
        return NULL;
    for (; *digits; digits++) {
        int digit = hex_digit(*digits);
        if (digit < 0 || (unsigned)digit >= base || value > (uint64_t)INT64_MAX / base)
            return NULL;
        value = value * base + (unsigned)digit;
    }
    return value <= INT64_MAX ? json_integer((json_int_t)value) : NULL;
}

/* Decimal numbers are written as in JSON, but for a plus sign and underscores. */
static json_t *number_of(char *word)
{
    if (!drop_underscores(word))
        return NULL;
    if (word[0] == '0' && word[1] && strchr("xob", word[1]))
        return prefixed_integer(word + 2, word[1] == 'x' ? 16 : word[1] == 'o' ? 8 : 2);
    if (!is_digit(word[word[0] == '+' || word[0] == '-'], false))
        return NULL;
    if (word[0] == '+')
        word++;
    json_t *value = json_loads(word, JSON_DECODE_ANY, NULL);
    if (value && !json_is_number(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

/* Matches 'd' for a digit and anything else for itself; returns the length, or 0. */
static size_t match(const char *text, const char *pattern)
{
    size_t i = 0;
    for (; pattern[i]; i++)
        if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
            return 0;
    return i;
}

static bool in_range(const char *digits, int least, int most)
{
    int value = (digits[0] - '0') * 10 + digits[1] - '0';
    return value >= least && value <= most;
}

static int days_in_month(const char *date)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year =
        (date[0] - '0') * 1000 + (date[1] - '0') * 100 + (date[2] - '0') * 10 + date[3] - '0';
    int month = (date[5] - '0') * 10 + date[6] - '0';
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* The length of hh:mm:ss with a fraction, or 0. */
static size_t match_time(const char *text)
{
    size_t len = match(text, "dd:dd:dd");
    if (!len || !in_range(text, 0, 23) || !in_range(text + 3, 0, 59) || !in_range(text + 6, 0, 60))
        return 0;
    if (text[len] != '.')
        return len;
    size_t digits = strspn(text + len + 1, "0123456789");
    return digits ? len + 1 + digits : 0;
}

static size_t match_offset(const char *text)
{
    if (*text == 'Z' || *text == 'z')
        return 1;
    if (*text != '+' && *text != '-')
        return 0;
    bool matches =
        match(text + 1, "dd:dd") && in_range(text + 1, 0, 23) && in_range(text + 4, 0, 59);
    return matches ? 6 : 0;
}

static bool is_date_or_time(const char *word)
{
    size_t len = match_time(word);
    if (len)
        return word[len] == '\0';
    len = match(word, "dddd-dd-dd");
    if (!len || !in_range(word + 5, 1, 12) || !in_range(word + 8, 1, days_in_month(word)))
        return false;
    if (word[len] == '\0')
        return true;
    if (!strchr("Tt ", word[len]))
        return false;
    size_t time = match_time(word + len + 1);
    if (!time)
        return false;
    len += 1 + time;
    len += match_offset(word + len);
    return word[len] == '\0';
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("+-_.:", c));
}

/* Copies the word at `next`; a date takes the time behind a space along. */
static int copy_word(struct fl_toml_reader *reader, char word[WORD_BYTES_MAX + 1])
{
    size_t len = 0;
    const char *c = reader->next;
    for (; c < reader->end; c++) {
        bool joins = *c == ' ' && len == 10 && word[4] == '-' && reader->end - c > 2 &&
                     c[1] >= '0' && c[1] <= '9';
        if (!is_word_byte(*c) && !joins)
            break;
        if (len == WORD_BYTES_MAX)
            return fl_toml_fail(reader, "a number or date is too long");
        word[len++] = *c;
    }
    word[len] = '\0';
    reader->next = c;
    return 0;
}

int fl_toml_read_word(struct fl_toml_reader *reader, json_t **ret_value)
{
    char word[WORD_BYTES_MAX + 1];
    int rc = copy_word(reader, word);
    if (rc)
        return rc;
    const char *unsigned_word = word + (word[0] == '+' || word[0] == '-');
    bool is_text = strcmp(unsigned_word, "inf") == 0 || strcmp(unsigned_word, "nan") == 0 ||
                   is_date_or_time(word);
    json_t *value;
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
        value = json_boolean(word[0] == 't');
    else
        value = is_text ? json_string(word) : number_of(word);
    if (!value)
        return fl_toml_fail(reader, "a value that is no string, number, truth value or date");
    *ret_value = value;
    return 0;
}
