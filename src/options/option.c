/* option.c: reading a command line by its tables; see option.h. */
#include "options/option.h"

#include "base/suggest.h"

#include <assert.h>
#include <stdlib.h>

/* How much of what somebody wrote a message repeats. */
enum { QUOTED_MAX_BYTES = 60 };

struct reader {
    struct fl_args *args;
    int argc;
    char *const *argv;
    int next;             /* of argv */
    const char **given;   /* values of repeating options as they came … */
    uint8_t *given_slots; /* … and whose they are */
    size_t given_count;
    struct fl_err *err;
};

const struct fl_command *fl_command_find(const struct fl_command *parent, const char *name)
{
    for (const struct fl_command *c = parent->commands; c && c->name; c++)
        if (strcmp(c->name, name) == 0 || (c->alias && strcmp(c->alias, name) == 0))
            return c;
    return NULL;
}

static void append_path(struct fl_buf *out, const struct fl_command *const *path, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        fl_buf_printf(out, "%s%s", i ? " " : "", path[i]->name);
}

int fl_command_unknown(const struct fl_command *const *path, unsigned depth, const char *name,
                       struct fl_err *err)
{
    struct fl_suggestion suggestion = {.typed = name};
    for (const struct fl_command *c = path[depth - 1]->commands; c && c->name; c++)
        if (!c->hidden) {
            fl_suggest_offer(&suggestion, c->name);
            if (c->alias)
                fl_suggest_offer(&suggestion, c->alias);
        }
    struct fl_buf parent = {0};
    if (depth > 1) {
        fl_buf_append_str(&parent, " of '");
        append_path(&parent, path, depth);
        fl_buf_append_char(&parent, '\'');
    }
    if (suggestion.best)
        fl_err_set(err, FL_EINVAL, "unknown command '%.*s'%s; did you mean '%s'?", QUOTED_MAX_BYTES,
                   name, fl_buf_text(&parent), suggestion.best);
    else
        fl_err_set(err, FL_EINVAL, "unknown command '%.*s'%s", QUOTED_MAX_BYTES, name,
                   fl_buf_text(&parent));
    fl_buf_destroy(&parent);
    return -FL_EINVAL;
}

static void enter(struct fl_args *args, const struct fl_command *command)
{
    assert(args->depth < FL_COMMAND_DEPTH_MAX);
    args->path[args->depth++] = command;
    for (const struct fl_option *o = command->options; o && o->name; o++) {
        assert(args->slot_count < FL_ARGS_SCOPE_MAX);
        args->slots[args->slot_count++] = (struct fl_args_slot){.option = o};
    }
}

/* The innermost option of that name; a command may have its own --help. */
static struct fl_args_slot *find_long(struct fl_args *args, struct fl_str name)
{
    for (unsigned i = args->slot_count; i-- > 0;)
        if (fl_str_is(name, args->slots[i].option->name))
            return &args->slots[i];
    return NULL;
}

static struct fl_args_slot *find_letter(struct fl_args *args, char letter)
{
    for (unsigned i = args->slot_count; i-- > 0;)
        if (args->slots[i].option->letter == letter)
            return &args->slots[i];
    return NULL;
}

static int record(struct reader *r, struct fl_args_slot *slot, struct fl_option_value value)
{
    if (slot->option->repeats) {
        assert(r->given && r->given_slots); /* one place for each word of argv */
        r->given[r->given_count] = value.text;
        r->given_slots[r->given_count++] = (uint8_t)(slot - r->args->slots);
    }
    slot->last = value;
    slot->count++;
    if (slot->option->ends)
        r->args->ended_by = slot->option;
    return 0;
}

/* The value of an option is the rest of its word, or the next word. `shown` is its name. */
static int take_value(struct reader *r, struct fl_args_slot *slot, const char *rest,
                      const char *shown)
{
    const struct fl_option *option = slot->option;
    if (!rest) {
        if (r->next == r->argc)
            return fl_err_set(r->err, FL_EINVAL, "option '%s' needs a value: %s", shown,
                              option->argument);
        rest = r->argv[r->next++];
    }
    struct fl_option_value value;
    if (fl_option_read(option, rest, &value, r->err))
        return fl_err_prefix(r->err, -FL_EINVAL, "option '%s'", shown);
    return record(r, slot, value);
}

static int unknown_option(struct reader *r, struct fl_str name)
{
    char typed[QUOTED_MAX_BYTES + 1] = "";
    size_t len = name.len < QUOTED_MAX_BYTES ? name.len : QUOTED_MAX_BYTES;
    memcpy(typed, name.ptr, len);
    struct fl_suggestion suggestion = {.typed = typed};
    for (unsigned i = 0; i < r->args->slot_count; i++)
        if (!r->args->slots[i].option->hidden)
            fl_suggest_offer(&suggestion, r->args->slots[i].option->name);
    if (suggestion.best)
        return fl_err_set(r->err, FL_EINVAL, "unknown option '--%s'; did you mean '--%s'?", typed,
                          suggestion.best);
    return fl_err_set(r->err, FL_EINVAL, "unknown option '--%s'", typed);
}

static int read_long(struct reader *r, const char *word)
{
    const char *equals = strchr(word, '=');
    struct fl_str name = {word, equals ? (size_t)(equals - word) : strlen(word)};
    struct fl_args_slot *slot = find_long(r->args, name);
    int64_t on = 1;
    if (!slot && name.len > 3 && memcmp(name.ptr, "no-", 3) == 0) {
        slot = find_long(r->args, (struct fl_str){name.ptr + 3, name.len - 3});
        on = 0;
        if (slot && !slot->option->negatable)
            slot = NULL;
    }
    if (!slot)
        return unknown_option(r, name);
    char shown[QUOTED_MAX_BYTES + 3] = "--";
    memcpy(shown + 2, name.ptr, name.len < QUOTED_MAX_BYTES ? name.len : QUOTED_MAX_BYTES);
    if (slot->option->kind != FL_OPTION_FLAG)
        return take_value(r, slot, equals ? equals + 1 : NULL, shown);
    if (equals)
        return fl_err_set(r->err, FL_EINVAL, "option '%s' takes no value", shown);
    return record(r, slot, (struct fl_option_value){on ? "on" : "off", on});
}

static int read_letters(struct reader *r, const char *letters)
{
    for (; *letters && !r->args->ended_by; letters++) {
        struct fl_args_slot *slot = find_letter(r->args, *letters);
        const char shown[] = {'-', *letters, '\0'};
        if (!slot)
            return fl_err_set(r->err, FL_EINVAL, "unknown option '%s'", shown);
        if (slot->option->kind != FL_OPTION_FLAG)
            return take_value(r, slot, letters[1] ? letters + 1 : NULL, shown);
        record(r, slot, (struct fl_option_value){"on", 1});
    }
    return 0;
}

static int read_operand(struct reader *r, const char *word)
{
    struct fl_args *args = r->args;
    const struct fl_command *command = fl_args_command(args);
    if (command->commands && args->operand_count == 0) {
        const struct fl_command *found = fl_command_find(command, word);
        if (found) {
            enter(args, found);
            return 0;
        }
        if (!command->operands)
            return fl_command_unknown(args->path, args->depth, word, r->err);
    }
    if (!command->operands ||
        (command->operands_max && args->operand_count == command->operands_max))
        return fl_err_set(r->err, FL_EINVAL, "unexpected operand '%.*s'", QUOTED_MAX_BYTES, word);
    if (command->operand_choices) {
        const struct fl_option choice = {.kind = FL_OPTION_ENUM,
                                         .choices = command->operand_choices};
        struct fl_option_value value;
        if (fl_option_read(&choice, word, &value, r->err))
            return -FL_EINVAL;
    }
    args->operands[args->operand_count++] = word;
    return 0;
}

/* Puts the values of each repeating option side by side: a counting sort by option. */
static void group_values(struct reader *r)
{
    uint32_t first = 0;
    for (unsigned i = 0; i < r->args->slot_count; i++) {
        struct fl_args_slot *slot = &r->args->slots[i];
        slot->first = first;
        first += slot->option->repeats ? slot->count : 0;
    }
    uint32_t at[FL_ARGS_SCOPE_MAX] = {0};
    for (size_t i = 0; i < r->given_count; i++) {
        unsigned slot = r->given_slots[i];
        r->args->values[r->args->slots[slot].first + at[slot]++] = r->given[i];
    }
}

static int check_groups(const struct fl_args *args, struct fl_err *err)
{
    for (unsigned i = 0; i < args->slot_count; i++)
        for (unsigned j = 0; j < i; j++) {
            const struct fl_args_slot *a = &args->slots[j], *b = &args->slots[i];
            if (a->option->group && a->option->group == b->option->group && a->count && b->count)
                return fl_err_set(err, FL_EINVAL, "options '--%s' and '--%s' exclude each other",
                                  a->option->name, b->option->name);
        }
    return 0;
}

static int check_complete(const struct fl_args *args, struct fl_err *err)
{
    const struct fl_command *command = fl_args_command(args);
    if (args->ended_by)
        return 0;
    if (check_groups(args, err))
        return -FL_EINVAL;
    if (command->run && args->operand_count >= command->operands_min)
        return 0;
    struct fl_buf text = {0};
    append_path(&text, args->path, args->depth);
    if (command->run) {
        fl_buf_printf(&text, "' needs %s", command->operands);
    } else {
        fl_buf_append_str(&text, "' needs a command:");
        const char *between = " ";
        for (const struct fl_command *c = command->commands; c && c->name; c++)
            if (!c->hidden) {
                fl_buf_printf(&text, "%s%s", between, c->name);
                between = ", ";
            }
    }
    fl_err_set(err, FL_EINVAL, "'%s", fl_buf_text(&text));
    fl_buf_destroy(&text);
    return -FL_EINVAL;
}

/* One block for the three arrays of texts, none longer than argv, and one for the owners. */
static int allocate(struct reader *r)
{
    size_t room = (size_t)(r->argc > 0 ? r->argc : 0) + 1;
    const char **texts = calloc(3 * room, sizeof *texts + 1);
    if (!texts)
        return fl_err_nomem(r->err);
    r->args->memory = texts;
    r->args->operands = texts;
    r->args->values = texts + room;
    r->given = texts + 2 * room;
    r->given_slots = (uint8_t *)(texts + 3 * room);
    return 0;
}

int fl_args_parse(const struct fl_command *root, int argc, char *const *argv, struct fl_args *args,
                  struct fl_err *err)
{
    *args = (struct fl_args){0};
    enter(args, root);
    struct reader r = {.args = args, .argc = argc, .argv = argv, .next = 1, .err = err};
    if (allocate(&r))
        return -FL_ENOMEM;
    bool only_operands = false;
    int rc = 0;
    while (rc == 0 && r.next < argc && !args->ended_by) {
        const char *word = argv[r.next++];
        if (only_operands || word[0] != '-' || word[1] == '\0')
            rc = read_operand(&r, word);
        else if (word[1] != '-')
            rc = read_letters(&r, word + 1);
        else if (word[2] == '\0')
            only_operands = true;
        else
            rc = read_long(&r, word + 2);
    }
    if (rc == 0)
        rc = check_complete(args, err);
    if (rc == 0)
        group_values(&r);
    return rc;
}

void fl_args_destroy(struct fl_args *args)
{
    if (!args)
        return;
    free(args->memory);
    *args = (struct fl_args){0};
}

const struct fl_command *fl_args_command(const struct fl_args *args)
{
    return args->path[args->depth - 1];
}

static const struct fl_args_slot *given_slot(const struct fl_args *args, const char *name)
{
    for (unsigned i = args->slot_count; i-- > 0;)
        if (strcmp(args->slots[i].option->name, name) == 0)
            return args->slots[i].count ? &args->slots[i] : NULL;
    return NULL;
}

const struct fl_option_value *fl_args_get(const struct fl_args *args, const char *name)
{
    const struct fl_args_slot *slot = given_slot(args, name);
    return slot ? &slot->last : NULL;
}

bool fl_args_flag(const struct fl_args *args, const char *name)
{
    return fl_args_number(args, name, 0) != 0;
}

const char *fl_args_text(const struct fl_args *args, const char *name, const char *fallback)
{
    const struct fl_option_value *value = fl_args_get(args, name);
    return value ? value->text : fallback;
}

int64_t fl_args_number(const struct fl_args *args, const char *name, int64_t fallback)
{
    const struct fl_option_value *value = fl_args_get(args, name);
    return value ? value->number : fallback;
}

const char *const *fl_args_list(const struct fl_args *args, const char *name, size_t *ret_count)
{
    const struct fl_args_slot *slot = given_slot(args, name);
    *ret_count = slot ? slot->count : 0;
    return slot ? args->values + slot->first : NULL;
}

static void walk(const struct fl_command **path, unsigned depth,
                 void (*visit)(void *ctx, const struct fl_command *const *path, unsigned depth),
                 void *ctx)
{
    visit(ctx, path, depth);
    for (const struct fl_command *c = path[depth - 1]->commands;
         c && c->name && depth < FL_COMMAND_DEPTH_MAX; c++)
        if (!c->hidden) {
            path[depth] = c;
            walk(path, depth + 1, visit, ctx);
        }
}

void fl_command_walk(const struct fl_command *root,
                     void (*visit)(void *ctx, const struct fl_command *const *path, unsigned depth),
                     void *ctx)
{
    const struct fl_command *path[FL_COMMAND_DEPTH_MAX] = {root};
    walk(path, 1, visit, ctx);
}
