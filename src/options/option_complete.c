/* option_complete.c: completion scripts for bash, zsh and fish; see option_docs.h.
 *
 * Each script follows the words before the cursor from command to command ("program catalog
 * import"), then offers the values of the option before the cursor, or that command's subcommands
 * and options. Names in the tables are plain words; summaries and help are quoted. */
#include "options/option_docs.h"

/* How a shell that has `case` says the rest. */
struct dialect {
    const char *before, *after; /* what stands around the choices of a value */
    const char *file;           /* a file name, or any text */
};

struct script {
    struct fl_buf *out;
    const struct dialect *dialect;
};

/* In single quotes; a quote inside becomes '\'', and `special` characters get a backslash. */
static void append_quoted(struct fl_buf *out, const char *text, const char *special)
{
    fl_buf_append_char(out, '\'');
    for (const char *c = text; *c; c++) {
        if (strchr(special, *c))
            fl_buf_append_char(out, '\\');
        if (*c == '\'')
            fl_buf_append_str(out, "'\\''");
        else
            fl_buf_append_char(out, *c);
    }
    fl_buf_append_char(out, '\'');
}

/* Either name of the last command of a path, in its place: "program command" | "program alias". */
static void append_names(struct fl_buf *out, const struct fl_command *const *path, unsigned depth,
                         const char *between)
{
    const struct fl_command *command = path[depth - 1];
    fl_buf_append_char(out, '"');
    fl_docs_path_append(out, path, depth);
    fl_buf_append_char(out, '"');
    if (command->alias) {
        fl_buf_printf(out, "%s\"", between);
        fl_docs_path_append(out, path, depth - 1);
        fl_buf_printf(out, " %s\"", command->alias);
    }
}

static void append_choices(struct fl_buf *out, const char *const *choices)
{
    for (const char *const *choice = choices; *choice; choice++)
        fl_buf_printf(out, "%s%s", choice == choices ? "" : " ", *choice);
}

/* --- what bash and zsh share --- */

static void append_step(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct script *s = ctx;
    if (depth == 1)
        return;
    fl_buf_append_str(s->out, "        ");
    append_names(s->out, path, depth, " | ");
    fl_buf_append_str(s->out, ") place=\"");
    fl_docs_path_append(s->out, path, depth);
    fl_buf_append_str(s->out, "\" ;;\n");
}

/* A case for each option of a command that has a value; the root's are every command's. */
static void append_values(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct script *s = ctx;
    struct fl_buf where = {0};
    fl_docs_path_append(&where, path, depth);
    const char *place = depth == 1 ? "" : fl_buf_text(&where);
    const char *any = depth == 1 ? "*" : "";
    for (const struct fl_option *o = path[depth - 1]->options; o && o->name; o++) {
        if (o->hidden || o->kind == FL_OPTION_FLAG)
            continue;
        fl_buf_printf(s->out, "    %s\"%s --%s\"", any, place, o->name);
        if (o->letter)
            fl_buf_printf(s->out, " | %s\"%s -%c\"", any, place, o->letter);
        fl_buf_append_str(s->out, ")\n        ");
        if (o->kind == FL_OPTION_ENUM) {
            fl_buf_append_str(s->out, s->dialect->before);
            append_choices(s->out, o->choices);
            fl_buf_printf(s->out, "%s ;;\n", s->dialect->after);
        } else {
            fl_buf_printf(s->out, "%s ;;\n", s->dialect->file);
        }
    }
    s->out->failed |= where.failed;
    fl_buf_destroy(&where);
}

/* --- bash --- */

static void bash_options(struct fl_buf *out, const struct fl_option *options)
{
    for (const struct fl_option *o = options; o && o->name; o++)
        if (!o->hidden) {
            fl_buf_printf(out, " --%s", o->name);
            if (o->negatable)
                fl_buf_printf(out, " --no-%s", o->name);
        }
}

static void bash_command(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct script *s = ctx;
    const struct fl_command *command = path[depth - 1];
    fl_buf_append_str(s->out, "        \"");
    fl_docs_path_append(s->out, path, depth);
    fl_buf_append_str(s->out, "\")\n            words='");
    for (const struct fl_command *c = command->commands; c && c->name; c++)
        if (!c->hidden)
            fl_buf_printf(s->out, "%s%s", c == command->commands ? "" : " ", c->name);
    if (command->operand_choices)
        append_choices(s->out, command->operand_choices);
    fl_buf_append_str(s->out, "'\n            options='");
    if (depth > 1)
        bash_options(s->out, command->options);
    fl_buf_append_str(s->out, "' ;;\n");
}

void fl_completion_bash_append(struct fl_buf *out, const struct fl_command *root)
{
    static const struct dialect dialect = {"words='", "'", "return"};
    struct script s = {out, &dialect};
    fl_buf_printf(out,
                  "# bash completion for %s\n_%s()\n{\n"
                  "    local current=$2 previous=$3 place=%s word words= options=\n"
                  "    COMPREPLY=()\n"
                  "    [[ $current == = ]] && current=\n"
                  "    [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
                  "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
                  "        case \"$place $word\" in\n",
                  root->name, root->name, root->name);
    fl_command_walk(root, append_step, &s);
    fl_buf_append_str(out, "        esac\n    done\n    case \"$place $previous\" in\n");
    fl_command_walk(root, append_values, &s);
    fl_buf_append_str(out, "    *)\n        case \"$place\" in\n");
    fl_command_walk(root, bash_command, &s);
    fl_buf_append_str(out, "        esac\n        [[ $current == -* ]] && words=\"$options");
    bash_options(out, root->options);
    fl_buf_printf(out,
                  "\" ;;\n    esac\n"
                  "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
                  "complete -o default -F _%s %s\n",
                  root->name, root->name);
}

/* --- zsh --- */

static void zsh_options(struct fl_buf *out, const struct fl_option *options)
{
    for (const struct fl_option *o = options; o && o->name; o++) {
        if (o->hidden)
            continue;
        fl_buf_printf(out, "\n            '--%s:'", o->name);
        append_quoted(out, o->help, ":\\");
        if (o->negatable)
            fl_buf_printf(out, "\n            '--no-%s:the opposite'", o->name);
    }
}

static void zsh_command(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct script *s = ctx;
    const struct fl_command *command = path[depth - 1];
    fl_buf_append_str(s->out, "    \"");
    fl_docs_path_append(s->out, path, depth);
    fl_buf_append_str(s->out, "\")\n        commands=(");
    for (const struct fl_command *c = command->commands; c && c->name; c++)
        if (!c->hidden) {
            fl_buf_printf(s->out, "\n            '%s:'", c->name);
            append_quoted(s->out, c->summary, ":\\");
        }
    if (command->operand_choices)
        append_choices(s->out, command->operand_choices);
    fl_buf_append_str(s->out, ")\n        options=(");
    if (depth > 1)
        zsh_options(s->out, command->options);
    fl_buf_append_str(s->out, ") ;;\n");
}

void fl_completion_zsh_append(struct fl_buf *out, const struct fl_command *root)
{
    static const struct dialect dialect = {"compadd -- ", "; return", "_files; return"};
    struct script s = {out, &dialect};
    const char *name = root->name;
    fl_buf_printf(out,
                  "#compdef %s\n_%s()\n{\n"
                  "    local place=%s word\n"
                  "    local -a commands options\n"
                  "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
                  "        case \"$place $word\" in\n",
                  name, name, name);
    fl_command_walk(root, append_step, &s);
    fl_buf_append_str(out, "        esac\n    done\n    case \"$place ${words[CURRENT-1]}\" in\n");
    fl_command_walk(root, append_values, &s);
    fl_buf_append_str(out, "    esac\n    case \"$place\" in\n");
    fl_command_walk(root, zsh_command, &s);
    fl_buf_append_str(out, "    esac\n    options+=(");
    zsh_options(out, root->options);
    fl_buf_printf(out,
                  ")\n    if [[ ${words[CURRENT]} == -* ]]; then\n"
                  "        _describe option options\n"
                  "    elif (( $#commands )); then\n"
                  "        _describe command commands\n"
                  "    else\n        _files\n    fi\n}\n"
                  "if [[ ${funcstack[1]} == _%s ]]; then\n    _%s \"$@\"\n"
                  "else\n    compdef _%s %s\nfi\n",
                  name, name, name, name);
}

/* --- fish --- */

static void fish_step(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct script *s = ctx;
    if (depth == 1)
        return;
    fl_buf_append_str(s->out, "            case ");
    append_names(s->out, path, depth, " ");
    fl_buf_append_str(s->out, "\n                set place \"");
    fl_docs_path_append(s->out, path, depth);
    fl_buf_append_str(s->out, "\"\n");
}

/* "complete -c program -n 'at that command'"; without the condition for the root's options. */
static void fish_complete(struct fl_buf *out, const struct fl_command *const *path, unsigned depth,
                          bool everywhere)
{
    fl_buf_printf(out, "complete -c %s", path[0]->name);
    if (everywhere)
        return;
    fl_buf_printf(out, " -n 'test (__%s_place) = \"", path[0]->name);
    fl_docs_path_append(out, path, depth);
    fl_buf_append_str(out, "\"'");
}

/* fish knows \' and \\ inside single quotes. */
static void fish_quoted(struct fl_buf *out, const char *text)
{
    fl_buf_append_char(out, '\'');
    for (const char *c = text; *c; c++) {
        if (*c == '\'' || *c == '\\')
            fl_buf_append_char(out, '\\');
        fl_buf_append_char(out, *c);
    }
    fl_buf_append_char(out, '\'');
}

static void fish_option(struct fl_buf *out, const struct fl_option *o)
{
    fl_buf_printf(out, " -l %s", o->name);
    if (o->letter)
        fl_buf_printf(out, " -s %c", o->letter);
    if (o->kind == FL_OPTION_ENUM) {
        fl_buf_append_str(out, " -x -a '");
        append_choices(out, o->choices);
        fl_buf_append_char(out, '\'');
    } else if (o->kind == FL_OPTION_PATH) {
        fl_buf_append_str(out, " -r -F");
    } else if (o->kind != FL_OPTION_FLAG) {
        fl_buf_append_str(out, " -x");
    }
    fl_buf_append_str(out, " -d ");
    fish_quoted(out, o->help);
    fl_buf_append_char(out, '\n');
}

static void fish_command(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct fl_buf *out = ((struct script *)ctx)->out;
    const struct fl_command *command = path[depth - 1];
    for (const struct fl_command *c = command->commands; c && c->name; c++)
        if (!c->hidden) {
            fish_complete(out, path, depth, false);
            fl_buf_printf(out, " -a %s -d ", c->name);
            fish_quoted(out, c->summary);
            fl_buf_append_char(out, '\n');
        }
    if (command->operands) {
        fish_complete(out, path, depth, false);
        fl_buf_append_str(out, command->operand_choices ? " -a '" : " -F");
        if (command->operand_choices)
            append_choices(out, command->operand_choices);
        fl_buf_append_str(out, command->operand_choices ? "'\n" : "\n");
    }
    for (const struct fl_option *o = command->options; o && o->name; o++) {
        if (o->hidden)
            continue;
        fish_complete(out, path, depth, depth == 1);
        fish_option(out, o);
        if (o->negatable) {
            fish_complete(out, path, depth, depth == 1);
            fl_buf_printf(out, " -l no-%s -d 'the opposite'\n", o->name);
        }
    }
}

void fl_completion_fish_append(struct fl_buf *out, const struct fl_command *root)
{
    struct script s = {out, NULL};
    fl_buf_printf(out,
                  "# fish completion for %s\nfunction __%s_place\n    set -l place %s\n"
                  "    for word in (commandline -opc)[2..-1]\n        switch \"$place $word\"\n",
                  root->name, root->name, root->name);
    fl_command_walk(root, fish_step, &s);
    fl_buf_printf(out, "        end\n    end\n    echo $place\nend\ncomplete -c %s -f\n",
                  root->name);
    fl_command_walk(root, fish_command, &s);
}
