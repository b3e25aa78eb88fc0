/* stem.c: see stem.h. */
#include "text/stem.h"

#include "text/lexicon_data.h"

#include <libstemmer.h>
#include <stdlib.h>

static const char *const algorithms[FL_LANGUAGE_COUNT] = {
#define FL_LANGUAGE_ALGORITHM(name, code, algorithm) algorithm,
    FL_LANGUAGES(FL_LANGUAGE_ALGORITHM)
#undef FL_LANGUAGE_ALGORITHM
};

static const char *const codes[FL_LANGUAGE_COUNT] = {
#define FL_LANGUAGE_CODE(name, code, algorithm) code,
    FL_LANGUAGES(FL_LANGUAGE_CODE)
#undef FL_LANGUAGE_CODE
};

void fl_stemmers_destroy(struct fl_stemmers *stemmers)
{
    if (!stemmers)
        return;
    for (int i = 0; i < FL_LANGUAGE_COUNT; i++) {
        if (stemmers->of[i])
            sb_stemmer_delete(stemmers->of[i]);
        stemmers->of[i] = NULL;
    }
    free(stemmers->english);
    stemmers->english = NULL;
}

static struct fl_str stem_by_snowball(struct fl_stemmers *stemmers, enum fl_language language,
                                      struct fl_str word)
{
    if (!stemmers->of[language])
        stemmers->of[language] = sb_stemmer_new(algorithms[language], "UTF_8");
    struct sb_stemmer *stemmer = stemmers->of[language];
    if (!stemmer)
        return word;
    const sb_symbol *stem = sb_stemmer_stem(stemmer, (const sb_symbol *)word.ptr, (int)word.len);
    if (!stem)
        return word;
    return (struct fl_str){(const char *)stem, (size_t)sb_stemmer_length(stemmer)};
}

/* The place of a word in the cache, or NULL where it cannot have one. */
static struct fl_cached_stem *cache_place(struct fl_stemmers *stemmers, struct fl_str word)
{
    if (word.len > FL_STEM_CACHE_BYTES)
        return NULL;
    if (!stemmers->english)
        stemmers->english = calloc(FL_STEM_CACHE, sizeof *stemmers->english);
    return stemmers->english ? &stemmers->english[fl_lexicon_hash(word) % FL_STEM_CACHE] : NULL;
}

static struct fl_str stem_english(struct fl_stemmers *stemmers, struct fl_str word)
{
    struct fl_cached_stem *cached = cache_place(stemmers, word);
    if (cached && fl_str_equal((struct fl_str){cached->word, cached->word_len}, word))
        return (struct fl_str){cached->stem, cached->stem_len};
    struct fl_str stem = stem_by_snowball(stemmers, FL_LANGUAGE_EN, word);
    if (!cached || stem.len > FL_STEM_CACHE_BYTES)
        return stem;
    memcpy(cached->word, word.ptr, word.len);
    memcpy(cached->stem, stem.ptr, stem.len);
    cached->word_len = (uint8_t)word.len;
    cached->stem_len = (uint8_t)stem.len;
    return (struct fl_str){cached->stem, cached->stem_len};
}

struct fl_str fl_stem(struct fl_stemmers *stemmers, enum fl_language language, struct fl_str word)
{
    if (!algorithms[language] || word.len < 3)
        return word;
    if (language == FL_LANGUAGE_EN)
        return stem_english(stemmers, word);
    return stem_by_snowball(stemmers, language, word);
}

const char *fl_language_code(enum fl_language language)
{
    return codes[language];
}
