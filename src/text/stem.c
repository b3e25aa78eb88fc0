/* stem.c: see stem.h. */
#include "text/stem.h"

#include <libstemmer.h>

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
}

struct fl_str fl_stem(struct fl_stemmers *stemmers, enum fl_language language, struct fl_str word)
{
    if (!algorithms[language] || word.len < 3)
        return word;
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

const char *fl_language_code(enum fl_language language)
{
    return codes[language];
}
