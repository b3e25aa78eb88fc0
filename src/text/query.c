/* query.c: see query.h. */
#include "text/query.h"

#include "base/err.h"

#include <math.h>

static const float COMMON_SHARE = 0.4f; /* of the largest idf: below, a word is common */
static const float LOST_FACTOR = 0.4f;

struct analysis {
    struct fl_query *query;
    const struct fl_index *index;
    const struct fl_query_options *options;
    bool foreign; /* the request is not in English: its dictionary is asked too */
};

void fl_query_destroy(struct fl_query *query)
{
    if (!query)
        return;
    fl_tokens_destroy(&query->tokens);
    fl_buf_destroy(&query->stems);
    fl_stemmers_destroy(&query->stemmers);
    fl_similar_scratch_destroy(&query->similar);
    *query = (struct fl_query){0};
}

const char *fl_way_name(enum fl_way way)
{
    static const char *const names[] = {"word",        "compound", "synonym",
                                        "translation", "spelling", "literal"};
    return names[way];
}

/* --- groups and terms --- */

static struct fl_query_group *begin_group(struct analysis *a, uint32_t token, unsigned count,
                                          float weight)
{
    struct fl_query *query = a->query;
    if (query->group_count == FL_QUERY_MAX_GROUPS)
        return NULL;
    uint16_t flags = query->tokens.items[token].flags;
    if (flags & FL_TOKEN_LITERAL)
        weight *= a->options->literal;
    else if (flags & FL_TOKEN_QUOTED)
        weight *= a->options->quoted;
    if (count == 1 && query->words[token].weak && !query->words[token].entry)
        weight *= a->options->weak;
    struct fl_query_group *group = &query->groups[query->group_count];
    *group =
        (struct fl_query_group){token, (uint16_t)count, (uint16_t)query->term_count, 0, weight};
    return group;
}

/* A word that is said again is meant: it adds to the group that it made, up to a limit. The larger
 * weight counts in full, since either may stand in quotation marks or in a literal. */
static void repeat_group(const struct analysis *a, struct fl_query_group *earlier, float weight)
{
    float larger = earlier->weight > weight ? earlier->weight : weight;
    float smaller = earlier->weight > weight ? weight : earlier->weight;
    float sum = larger + a->options->repeated * (smaller < 1 ? smaller : 1);
    earlier->weight = sum < FL_QUERY_MAX_WEIGHT ? sum : FL_QUERY_MAX_WEIGHT;
}

/* Keeps the group if it has a term and no earlier group is the same. */
static bool end_group(struct analysis *a, struct fl_query_group *group)
{
    if (!group || !group->term_count)
        return false;
    const struct fl_query_term *terms = a->query->terms;
    for (unsigned g = 0; g < a->query->group_count; g++) {
        struct fl_query_group *earlier = &a->query->groups[g];
        if (earlier->term_count == group->term_count &&
            terms[earlier->first_term].term == terms[group->first_term].term) {
            repeat_group(a, earlier, group->weight);
            a->query->term_count = group->first_term;
            return true;
        }
    }
    a->query->group_count++;
    return true;
}

static void add_term(struct analysis *a, struct fl_query_group *group, uint32_t term, float weight,
                     enum fl_way way)
{
    struct fl_query *query = a->query;
    if (!group || term >= FL_VOCAB_STOP || query->term_count == FL_QUERY_MAX_TERMS)
        return;
    for (unsigned i = 0; i < group->term_count; i++) {
        struct fl_query_term *present = &query->terms[group->first_term + i];
        if (present->term == term) {
            if (present->weight < weight) {
                present->weight = weight;
                present->way = (uint8_t)way;
            }
            return;
        }
    }
    query->terms[query->term_count++] =
        (struct fl_query_term){term, (uint16_t)query->group_count, (uint8_t)way, weight};
    group->term_count++;
}

/* "bake" stands for recipe and search: where no document knows recipes, all that is left of it is a
 * common word, which says little about what is wanted. */
static bool lost_its_point(const struct analysis *a, const struct fl_lexicon_entry *entry)
{
    const struct fl_lexicon_target *targets = fl_lexicon_targets(entry);
    float common = COMMON_SHARE * logf(1.0f + (float)a->index->document_count);
    bool lost = false;
    for (unsigned i = 0; i < entry->count; i++) {
        uint32_t term = a->index->lexicon_terms[targets[i].stem];
        if (term == FL_VOCAB_NONE)
            lost = true;
        else if (a->index->idf[term] >= common)
            return false;
    }
    return lost;
}

static void add_targets(struct analysis *a, struct fl_query_group *group,
                        const struct fl_lexicon_entry *entry, float factor, enum fl_way way)
{
    const struct fl_lexicon_target *targets = fl_lexicon_targets(entry);
    if (lost_its_point(a, entry))
        factor *= LOST_FACTOR;
    for (unsigned i = 0; i < entry->count; i++) {
        uint32_t term = a->index->lexicon_terms[targets[i].stem];
        float weight = factor * (float)targets[i].weight_permille / 1000.0f;
        if (term != FL_VOCAB_NONE && weight * a->index->idf[term] >= a->options->least)
            add_term(a, group, term, weight, way);
    }
}

/* A translation's English words, and the thesaurus' synonyms of those. */
static void add_translation(struct analysis *a, struct fl_query_group *group,
                            const struct fl_lexicon_entry *entry)
{
    add_targets(a, group, entry, a->options->translation, FL_WAY_TRANSLATION);
    const struct fl_lexicon_target *targets = fl_lexicon_targets(entry);
    for (unsigned i = 0; i < entry->count; i++) {
        const struct fl_lexicon_entry *english =
            fl_lexicon_find(FL_LANGUAGE_EN, fl_str_of(fl_lexicon_stem(targets[i].stem)));
        if (english)
            add_targets(a, group, english,
                        a->options->chained * (float)targets[i].weight_permille / 1000.0f,
                        FL_WAY_TRANSLATION);
    }
}

/* --- words --- */

static struct fl_str token_text(const struct analysis *a, uint32_t i)
{
    return fl_token_text(&a->query->tokens, i);
}

/* "timezone" → "time" + "zone", both known and of at least three letters. */
static bool add_split(struct analysis *a, uint32_t token)
{
    enum { LEAST_PART = 3 };
    struct fl_str word = token_text(a, token);
    uint32_t best[2] = {FL_VOCAB_NONE, FL_VOCAB_NONE};
    float best_idf = 1e9f;
    for (size_t cut = LEAST_PART; cut + LEAST_PART <= word.len; cut++) {
        uint32_t left = fl_vocab_find_term(&a->index->vocab, (struct fl_str){word.ptr, cut});
        if (left >= FL_VOCAB_STOP)
            continue;
        uint32_t right =
            fl_vocab_find_term(&a->index->vocab, (struct fl_str){word.ptr + cut, word.len - cut});
        if (right >= FL_VOCAB_STOP)
            continue;
        float idf = a->index->idf[left] + a->index->idf[right]; /* the commonest pair */
        if (idf < best_idf) {
            best[0] = left;
            best[1] = right;
            best_idf = idf;
        }
    }
    for (unsigned i = 0; i < 2 && best[i] != FL_VOCAB_NONE; i++) {
        struct fl_query_group *group = begin_group(a, token, 1, a->options->compound);
        add_term(a, group, best[i], 1.0f, FL_WAY_COMPOUND);
        end_group(a, group);
    }
    return best[0] != FL_VOCAB_NONE;
}

/* "screen shot" → "screenshot", if a document has that word. */
static void add_joined(struct analysis *a, uint32_t token)
{
    if (token + 1 >= a->query->tokens.count)
        return;
    uint16_t flags = a->query->tokens.items[token + 1].flags;
    if (flags & (FL_TOKEN_BREAK | FL_TOKEN_PART | FL_TOKEN_ENTITY | FL_TOKEN_UNSPACED))
        return;
    struct fl_str first = token_text(a, token), second = token_text(a, token + 1);
    char joined[2 * FL_TOKEN_MAX_BYTES + 2];
    if (first.len < 2 || second.len < 2)
        return;
    memcpy(joined, first.ptr, first.len);
    memcpy(joined + first.len, second.ptr, second.len);
    uint32_t term =
        fl_vocab_find_term(&a->index->vocab, (struct fl_str){joined, first.len + second.len});
    if (term >= FL_VOCAB_STOP)
        return;
    struct fl_query_group *group = begin_group(a, token, 2, a->options->compound);
    add_term(a, group, term, 1.0f, FL_WAY_COMPOUND);
    end_group(a, group);
}

static void add_similar(struct analysis *a, struct fl_query_group *group, struct fl_str word)
{
    struct fl_similar similar[FL_SIMILAR_MAX];
    unsigned count = fl_vocab_similar(&a->index->vocab, &a->query->similar, word, similar);
    for (unsigned i = 0; i < count; i++)
        add_term(a, group, similar[i].term, a->options->spelling * similar[i].similarity,
                 FL_WAY_SPELLING);
}

/* A word that no document and no lexicon has. */
static bool add_unknown(struct analysis *a, uint32_t token)
{
    uint16_t flags = a->query->tokens.items[token].flags;
    if (add_split(a, token))
        return true;
    struct fl_str word = token_text(a, token);
    if (flags & (FL_TOKEN_LITERAL | FL_TOKEN_QUOTED) || fl_lexicon_is_english(word))
        return false;
    struct fl_query_group *group = begin_group(a, token, 1, 1.0f);
    if (group)
        add_similar(a, group, word);
    return end_group(a, group);
}

/* English: the word's own term and its synonyms. Returns false when there are none. */
static bool add_english(struct analysis *a, uint32_t token, float weight)
{
    const struct fl_query_word *word = &a->query->words[token];
    struct fl_query_group *group = begin_group(a, token, 1, weight);
    if (!group)
        return true;
    add_term(a, group, word->term, 1.0f, FL_WAY_WORD);
    if (word->entry)
        add_targets(a, group, word->entry, a->options->synonym, FL_WAY_SYNONYM);
    return end_group(a, group);
}

/* --- phrases --- */

/* Appends the token's stem to the key; false when it cannot be part of a phrase. */
static bool extend_key(struct analysis *a, enum fl_language language, uint32_t token, char *key,
                       size_t *len)
{
    struct fl_str stem = language == FL_LANGUAGE_EN
                             ? a->query->words[token].stem
                             : fl_stem(&a->query->stemmers, language, token_text(a, token));
    if (*len + stem.len + 1 > FL_LEXICON_MAX_KEY_BYTES)
        return false;
    if (*len)
        key[(*len)++] = ' ';
    memcpy(key + *len, stem.ptr, stem.len);
    *len += stem.len;
    return true;
}

/* The longest phrase of at least two words at `token`: its entry and how many tokens it spans. */
static const struct fl_lexicon_entry *find_phrase(struct analysis *a, enum fl_language language,
                                                  uint32_t token, unsigned *ret_count)
{
    char key[FL_LEXICON_MAX_KEY_BYTES];
    size_t len = 0;
    const struct fl_lexicon_entry *best = NULL;
    const struct fl_lexicon_entry *first = a->query->words[token].entry;
    if (language == FL_LANGUAGE_EN && !(first && first->flags))
        return NULL;
    for (unsigned n = 0; n < FL_LEXICON_MAX_WORDS && token + n < a->query->word_count; n++) {
        uint16_t flags = a->query->tokens.items[token + n].flags;
        if ((n && flags & FL_TOKEN_BREAK) ||
            flags & (FL_TOKEN_PART | FL_TOKEN_JOINED | FL_TOKEN_ENTITY | FL_TOKEN_LITERAL))
            break;
        if (!extend_key(a, language, token + n, key, &len))
            break;
        const struct fl_lexicon_entry *entry = fl_lexicon_find(language, (struct fl_str){key, len});
        if (entry && entry->flags & FL_LEXICON_TALK)
            a->query->talk++;
        if (n == 0 && !(entry && entry->flags & FL_LEXICON_STARTS_PHRASE))
            break;
        if (n > 0 && entry && entry->count) {
            best = entry;
            *ret_count = n + 1;
        }
    }
    return best;
}

/* Returns how many tokens the phrase at `token` took, 0 for none. */
static unsigned add_phrase(struct analysis *a, enum fl_language language, uint32_t token)
{
    unsigned count = 0;
    const struct fl_lexicon_entry *entry = find_phrase(a, language, token, &count);
    if (!entry)
        return 0;
    bool english = language == FL_LANGUAGE_EN;
    struct fl_query_group *group = begin_group(a, token, count, 1.0f);
    if (group && english)
        add_targets(a, group, entry, a->options->phrase, FL_WAY_SYNONYM);
    else if (group)
        add_translation(a, group, entry);
    if (!end_group(a, group))
        return 0;
    float weight = english ? a->options->phrase_word : 0;
    for (uint32_t i = token; weight > 0 && i < token + count; i++) /* "book a flight": flights */
        if (a->query->words[i].term != FL_VOCAB_STOP)
            add_english(a, i, weight);
    return count;
}

/* --- other languages --- */

static bool add_foreign(struct analysis *a, uint32_t token)
{
    enum fl_language language = a->query->language;
    struct fl_str word = token_text(a, token);
    const struct fl_lexicon_entry *entry =
        fl_lexicon_find(language, fl_stem(&a->query->stemmers, language, word));
    if (!entry && language == FL_LANGUAGE_KO && !fl_lexicon_longest_prefix(language, word, &entry))
        entry = NULL;
    if (!entry || !entry->count)
        return false;
    struct fl_query_group *group = begin_group(a, token, 1, 1.0f);
    add_translation(a, group, entry);
    end_group(a, group);
    return true; /* known, even if no document has its translation */
}

/* A run without spaces: the longest dictionary words from the left. */
static void add_unspaced(struct analysis *a, uint32_t token)
{
    struct fl_str rest = token_text(a, token);
    enum fl_language language = a->query->language;
    while (rest.len) {
        const struct fl_lexicon_entry *entry = NULL;
        size_t n = fl_lexicon_longest_prefix(language, rest, &entry);
        size_t stop = rest.len < 24 ? rest.len : 24;
        while (stop > n && !fl_lexicon_is_stop(language, (struct fl_str){rest.ptr, stop}))
            stop--;
        if (stop > n) {
            n = stop;
        } else if (n) {
            struct fl_query_group *group = begin_group(a, token, 1, 1.0f);
            if (group)
                add_translation(a, group, entry);
            end_group(a, group);
        }
        do /* at least one character */
            n += !n || (n < rest.len && ((unsigned char)rest.ptr[n] & 0xC0) == 0x80);
        while (n < rest.len && ((unsigned char)rest.ptr[n] & 0xC0) == 0x80);
        rest.ptr += n;
        rest.len -= n;
    }
}

/* By script where that tells; else by counting stop and dictionary words. */
static enum fl_language language_of_script(const struct fl_tokens *tokens)
{
    enum fl_language found = FL_LANGUAGE_EN;
    for (uint32_t i = 0; i < tokens->text.len; i++) {
        const unsigned char *c = (const unsigned char *)tokens->text.ptr + i;
        if (c[0] == 0xE3 && c[1] >= 0x81 && c[1] <= 0x83)
            return FL_LANGUAGE_JA; /* U+3040–U+30FF */
        if (c[0] >= 0xE4 && c[0] <= 0xE9)
            found = FL_LANGUAGE_ZH;
        else if (c[0] >= 0xEA && c[0] <= 0xED && found == FL_LANGUAGE_EN)
            found = FL_LANGUAGE_KO;
        else if ((c[0] == 0xD0 || c[0] == 0xD1) && found == FL_LANGUAGE_EN)
            found = FL_LANGUAGE_RU;
    }
    return found;
}

/* Stop and dictionary words of a language among the tokens. */
static unsigned words_of_language(struct analysis *a, enum fl_language language)
{
    unsigned words = 0;
    for (uint32_t i = 0; i < a->query->word_count; i++) {
        if (a->query->tokens.items[i].flags &
            (FL_TOKEN_PART | FL_TOKEN_ENTITY | FL_TOKEN_LITERAL | FL_TOKEN_QUOTED))
            continue;
        struct fl_str word = token_text(a, i);
        if (fl_lexicon_is_stop(language, word))
            words += 2;
        else
            words +=
                fl_lexicon_find(language, fl_stem(&a->query->stemmers, language, word)) != NULL;
    }
    return words;
}

static const enum fl_language latin[] = {FL_LANGUAGE_DE, FL_LANGUAGE_ES, FL_LANGUAGE_FR,
                                         FL_LANGUAGE_IT, FL_LANGUAGE_NL, FL_LANGUAGE_PT};
enum { LATIN_COUNT = sizeof latin / sizeof *latin };

/* The cheap question first: whose stop words are these? Only a request with more of another
 * language's than of English, or with hardly any word that English or the documents know, is looked
 * at word by word in each dictionary. */
static enum fl_language detect_language(struct analysis *a)
{
    const struct fl_query *query = a->query;
    unsigned stops[FL_LANGUAGE_COUNT] = {0}, known = 0, most_stops = 0;
    enum fl_language best = language_of_script(&query->tokens);
    if (best != FL_LANGUAGE_EN)
        return best;
    for (uint32_t i = 0; i < query->word_count; i++) {
        uint32_t languages = fl_lexicon_stop_languages(token_text(a, i));
        known += query->words[i].term != FL_VOCAB_NONE || query->words[i].entry;
        for (unsigned l = 0; languages >> l; l++)
            stops[l] += languages >> l & 1;
    }
    for (unsigned l = 0; l < LATIN_COUNT; l++)
        most_stops = stops[latin[l]] > most_stops ? stops[latin[l]] : most_stops;
    if (stops[FL_LANGUAGE_EN] > most_stops ||
        (stops[FL_LANGUAGE_EN] == most_stops && 2 * known >= query->word_count))
        return best;
    unsigned most = 2 * stops[FL_LANGUAGE_EN] + known - stops[FL_LANGUAGE_EN];
    most = most > 2 ? most : 2;
    for (unsigned l = 0; l < LATIN_COUNT; l++) {
        unsigned words = words_of_language(a, latin[l]);
        if (words > most) {
            most = words;
            best = latin[l];
        }
    }
    return best;
}

/* --- one request --- */

/* A word that the index does not have as it is written. */
static int look_up_unseen(struct analysis *a, struct fl_str text, struct fl_query_word *word)
{
    struct fl_query *query = a->query;
    struct fl_str stem = fl_stem(&query->stemmers, FL_LANGUAGE_EN, text);
    size_t at = query->stems.len;
    fl_buf_append(&query->stems, stem.ptr, stem.len);
    if (fl_buf_failed(&query->stems))
        return -FL_ENOMEM;
    word->stem = (struct fl_str){query->stems.ptr + at, stem.len};
    word->term = fl_vocab_find_stem(&a->index->vocab, word->stem);
    word->entry = fl_lexicon_find(FL_LANGUAGE_EN, word->stem);
    word->weak = fl_lexicon_is_weak(FL_LANGUAGE_EN, text);
    return 0;
}

/* Looks up every token once. */
static int look_up_words(struct analysis *a)
{
    struct fl_query *query = a->query;
    const struct fl_vocab *vocab = &a->index->vocab;
    query->word_count =
        query->tokens.count < FL_QUERY_MAX_WORDS ? query->tokens.count : FL_QUERY_MAX_WORDS;
    fl_buf_clear(&query->stems); /* room for all at once: stems must not move */
    if (!fl_buf_reserve(&query->stems, query->tokens.text.len + (size_t)query->word_count * 8))
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < query->word_count; i++) {
        struct fl_query_word *word = &query->words[i];
        struct fl_str text = token_text(a, i);
        uint32_t surface = fl_vocab_find_surface(vocab, text);
        *word = (struct fl_query_word){.term = FL_VOCAB_NONE};
        if (surface == FL_VOCAB_NONE) {
            if (look_up_unseen(a, text, word))
                return -FL_ENOMEM;
            continue;
        }
        const struct fl_index_word *known = &a->index->words[surface];
        *word = (struct fl_query_word){
            .term = vocab->term_of[surface],
            .stem = fl_wordset_get(&vocab->stems, known->stem),
            .entry = known->entry ? fl_lexicon_get(FL_LANGUAGE_EN, known->entry - 1u) : NULL,
            .weak = known->weak,
            .seen = true,
        };
    }
    return 0;
}

static void take_literal(struct analysis *a, uint32_t i)
{
    const struct fl_lexicon_entry *entry = fl_lexicon_find(FL_LANGUAGE_EN, token_text(a, i));
    struct fl_query_group *group = entry ? begin_group(a, i, 1, a->options->entity) : NULL;
    if (group)
        add_targets(a, group, entry, 1.0f, FL_WAY_LITERAL);
    end_group(a, group);
}

static bool is_stop(const struct analysis *a, uint32_t i)
{
    struct fl_str word = token_text(a, i);
    if (word.len == 1 && word.ptr[0] > 0)
        return true;
    return a->foreign ? fl_lexicon_is_stop(a->query->language, word)
                      : a->query->words[i].term == FL_VOCAB_STOP;
}

/* A word that is no phrase, literal or stop word; returns how many tokens it took. */
static unsigned take_word(struct analysis *a, uint32_t i)
{
    struct fl_query *query = a->query;
    uint16_t flags = query->tokens.items[i].flags;
    bool known = (a->foreign && add_foreign(a, i)) || add_english(a, i, 1.0f) || add_unknown(a, i);
    add_joined(a, i);
    query->known_words += known;
    query->unknown_words += !known && !(flags & (FL_TOKEN_LITERAL | FL_TOKEN_QUOTED));
    unsigned taken = 1;
    if (flags & FL_TOKEN_JOINED) /* the whole was known: its parts say nothing new */
        while (i + taken < query->word_count &&
               query->tokens.items[i + taken].flags & FL_TOKEN_PART)
            taken++;
    return taken;
}

/* Takes the token (or more) at `i`; returns how many. */
static unsigned take(struct analysis *a, uint32_t i)
{
    struct fl_query *query = a->query;
    uint16_t flags = query->tokens.items[i].flags;
    if (flags & FL_TOKEN_ENTITY) {
        take_literal(a, i);
        return 1;
    }
    if (flags & FL_TOKEN_UNSPACED) {
        add_unspaced(a, i);
        query->known_words++;
        return 1;
    }
    if (flags & FL_TOKEN_JOINED && !query->words[i].seen)
        return 1; /* not known as a whole: its parts follow */
    unsigned taken = a->foreign ? add_phrase(a, query->language, i) : 0;
    if (!taken)
        taken = add_phrase(a, FL_LANGUAGE_EN, i);
    if (taken) {
        query->known_words += taken;
        return taken;
    }
    return is_stop(a, i) ? 1 : take_word(a, i);
}

int fl_query_analyze(struct fl_query *query, const struct fl_index *index,
                     const struct fl_query_options *options, struct fl_str request)
{
    fl_tokens_clear(&query->tokens);
    query->group_count = query->term_count = 0;
    query->known_words = query->unknown_words = query->talk = 0;
    query->language = FL_LANGUAGE_EN;
    query->similar.failed = false;
    if (fl_tokenize(&query->tokens, request, FL_TOKENIZE_REQUEST))
        return -FL_ENOMEM;
    struct analysis a = {query, index, options, false};
    if (look_up_words(&a))
        return -FL_ENOMEM;
    query->language = detect_language(&a);
    a.foreign = query->language != FL_LANGUAGE_EN;
    for (uint32_t i = 0; i < query->word_count;)
        i += take(&a, i);
    return query->similar.failed ? -FL_ENOMEM : 0;
}
