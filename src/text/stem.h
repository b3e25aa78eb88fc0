/* stem.h: Snowball stemmers (libstemmer), one per language, made when first needed. */
#ifndef FL_TEXT_STEM_H
#define FL_TEXT_STEM_H

#include "base/str.h"

#include <stdint.h>

struct sb_stemmer;

/* Languages that a request may be in. Those without a stemmer leave words as they are. */
#define FL_LANGUAGES(X)       \
    X(EN, "en", "english")    \
    X(DE, "de", "german")     \
    X(ES, "es", "spanish")    \
    X(FR, "fr", "french")     \
    X(IT, "it", "italian")    \
    X(NL, "nl", "dutch")      \
    X(PT, "pt", "portuguese") \
    X(RU, "ru", "russian")    \
    X(JA, "ja", NULL)         \
    X(KO, "ko", NULL)         \
    X(ZH, "zh", NULL)

enum fl_language {
#define FL_LANGUAGE_ENUM(name, code, algorithm) FL_LANGUAGE_##name,
    FL_LANGUAGES(FL_LANGUAGE_ENUM)
#undef FL_LANGUAGE_ENUM
        FL_LANGUAGE_COUNT
};

enum { FL_STEM_CACHE = 512, FL_STEM_CACHE_BYTES = 24 };

struct fl_cached_stem {
    char word[FL_STEM_CACHE_BYTES];
    char stem[FL_STEM_CACHE_BYTES];
    uint8_t word_len, stem_len; /* 0: empty */
};

/* Not thread-safe: one per thread. All-zero is ready for use. Requests say the same words again and
 * again, and the stemmer takes as long as all the rest of looking up a word: English stems are kept
 * in a direct-mapped cache. */
struct fl_stemmers {
    struct sb_stemmer *of[FL_LANGUAGE_COUNT];
    struct fl_cached_stem *english; /* [FL_STEM_CACHE], made when first needed */
};

void fl_stemmers_destroy(struct fl_stemmers *stemmers);

/* The stem of a folded word; valid until the next call for that language, or the word itself. Out
 * of memory gives the word. */
struct fl_str fl_stem(struct fl_stemmers *stemmers, enum fl_language language, struct fl_str word);

/* "en", "de", … */
const char *fl_language_code(enum fl_language language);

#endif
