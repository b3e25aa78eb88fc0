/* rules.c: see rules.h. */
#include "snapshot/rules.h"

#include "text/stem.h"

#include <stdlib.h>

struct maker {
    struct fl_rules *rules;
    struct fl_stemmers stemmers;
    struct fl_tokens tokens;
};

static int push_stem(struct maker *m, struct fl_str word)
{
    struct fl_rules *rules = m->rules;
    if (rules->stem_count == rules->stem_capacity) {
        uint32_t capacity = rules->stem_capacity ? rules->stem_capacity * 2 : 256;
        struct fl_str *grown = realloc(rules->stems, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        rules->stems = grown;
        rules->stem_capacity = capacity;
    }
    struct fl_str stem = fl_stem(&m->stemmers, FL_LANGUAGE_EN, word);
    char *copy = fl_arena_strndup(&rules->arena, stem.ptr, stem.len);
    if (!copy)
        return -FL_ENOMEM;
    rules->stems[rules->stem_count++] = (struct fl_str){copy, stem.len};
    return 0;
}

static struct fl_rule *push_rule(struct fl_rules *rules)
{
    if (rules->count == rules->capacity) {
        uint32_t capacity = rules->capacity ? rules->capacity * 2 : 64;
        struct fl_rule *grown = realloc(rules->items, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        rules->items = grown;
        rules->capacity = capacity;
    }
    return &rules->items[rules->count++];
}

static int add_keyword(struct maker *m, const char *keyword, uint32_t component, uint32_t tool)
{
    struct fl_rules *rules = m->rules;
    fl_tokens_clear(&m->tokens);
    if (fl_tokenize(&m->tokens, fl_str_of(keyword), FL_TOKENIZE_REQUEST))
        return -FL_ENOMEM;
    uint32_t first = rules->stem_count, count = 0;
    for (uint32_t i = 0; i < m->tokens.count; i++) {
        if (m->tokens.items[i].flags & (FL_TOKEN_PART | FL_TOKEN_ENTITY))
            continue;
        if (push_stem(m, fl_token_text(&m->tokens, i)))
            return -FL_ENOMEM;
        count++;
    }
    if (!count)
        return 0; /* a keyword of signs only calls nothing */
    struct fl_rule *rule = push_rule(rules);
    if (!rule)
        return -FL_ENOMEM;
    struct fl_str start = rules->stems[first];
    uint32_t next = fl_strmap_get(&rules->first, start);
    *rule = (struct fl_rule){component, tool, first, count, next, keyword};
    return fl_strmap_put(&rules->first, start, rules->count - 1);
}

static int add_all(struct maker *m, const struct fl_catalog *catalog)
{
    for (uint32_t c = 0; c < catalog->component_count; c++)
        for (uint32_t k = 0; k < catalog->components[c].keywords.count; k++)
            if (add_keyword(m, catalog->components[c].keywords.items[k], c, UINT32_MAX))
                return -FL_ENOMEM;
    for (uint32_t t = 0; t < catalog->tool_count; t++)
        for (uint32_t k = 0; k < catalog->tools[t].keywords.count; k++)
            if (add_keyword(m, catalog->tools[t].keywords.items[k], catalog->tools[t].component, t))
                return -FL_ENOMEM;
    return 0;
}

int fl_rules_init(struct fl_rules *rules, const struct fl_catalog *catalog)
{
    *rules = (struct fl_rules){0};
    struct maker maker = {.rules = rules};
    int rc = add_all(&maker, catalog);
    fl_stemmers_destroy(&maker.stemmers);
    fl_tokens_destroy(&maker.tokens);
    if (rc)
        fl_rules_destroy(rules);
    return rc;
}

void fl_rules_destroy(struct fl_rules *rules)
{
    if (!rules)
        return;
    fl_arena_destroy(&rules->arena);
    fl_strmap_destroy(&rules->first);
    free(rules->items);
    free(rules->stems);
    *rules = (struct fl_rules){0};
}

static bool stands_at(const struct fl_rules *rules, const struct fl_rule *rule,
                      const struct fl_str *stems, uint32_t left)
{
    if (rule->stem_count > left)
        return false;
    for (uint32_t i = 0; i < rule->stem_count; i++)
        if (!fl_str_equal(rules->stems[rule->first_stem + i], stems[i]))
            return false;
    return true;
}

void fl_rules_match(const struct fl_rules *rules, const struct fl_str *stems, uint32_t stem_count,
                    void (*fire)(void *ctx, const struct fl_rule *rule, uint32_t at), void *ctx)
{
    for (uint32_t at = 0; rules->count && at < stem_count; at++)
        for (uint32_t r = fl_strmap_get(&rules->first, stems[at]); r != FL_STRMAP_NONE;
             r = rules->items[r].next)
            if (stands_at(rules, &rules->items[r], stems + at, stem_count - at))
                fire(ctx, &rules->items[r], at);
}
