/* lexicon.c: see lexicon.h. */
#include "text/lexicon.h"

#include "text/lexicon_data.h"

const struct fl_lexicon_entry *fl_lexicon_find(enum fl_language language, struct fl_str key)
{
    const struct fl_lexicon_table *table = &fl_lexicon_tables[language];
    for (uint32_t i = fl_lexicon_hash(key) & table->mask; table->slots[i];
         i = (i + 1) & table->mask) {
        const struct fl_lexicon_entry *entry = &table->entries[table->slots[i] - 1];
        if (entry->key_bytes == key.len &&
            memcmp(fl_lexicon_pool + entry->key, key.ptr, key.len) == 0)
            return entry;
    }
    return NULL;
}

static const struct fl_lexicon_entry *find_marked(enum fl_language language, struct fl_str word,
                                                  char mark)
{
    char key[FL_LEXICON_MAX_KEY_BYTES];
    if (word.len + 1 > sizeof key)
        return NULL;
    key[0] = mark;
    memcpy(key + 1, word.ptr, word.len);
    return fl_lexicon_find(language, (struct fl_str){key, word.len + 1});
}

bool fl_lexicon_is_stop(enum fl_language language, struct fl_str word)
{
    return find_marked(language, word, FL_LEXICON_STOP_MARK[0]) != NULL;
}

/* The generator puts every stop word of any language into the English table, marked, with the
 * languages in the place of its first target. */
uint32_t fl_lexicon_stop_languages(struct fl_str word)
{
    const struct fl_lexicon_entry *entry =
        find_marked(FL_LANGUAGE_EN, word, FL_LEXICON_LANGUAGES_MARK[0]);
    return entry ? entry->first : 0;
}

const char *fl_lexicon_next_stop(enum fl_language language, const char *previous)
{
    /* Entries are sorted by key, and no key but those of stop words begins with the mark. */
    const struct fl_lexicon_table *table = &fl_lexicon_tables[language];
    const struct fl_lexicon_entry *entry = table->entries;
    if (previous)
        entry = find_marked(language, fl_str_of(previous), FL_LEXICON_STOP_MARK[0]) + 1;
    const char *key = fl_lexicon_pool + entry->key;
    return key[0] == FL_LEXICON_STOP_MARK[0] ? key + 1 : NULL;
}

bool fl_lexicon_is_weak(enum fl_language language, struct fl_str word)
{
    return find_marked(language, word, FL_LEXICON_WEAK_MARK[0]) != NULL;
}

bool fl_lexicon_is_english(struct fl_str word)
{
    uint32_t hash = fl_lexicon_hash(word);
    for (unsigned i = 0; i < FL_BLOOM_PROBES; i++) {
        uint32_t bit = fl_bloom_bit(hash, i);
        if (!(fl_lexicon_bloom[bit / 8] >> bit % 8 & 1))
            return false;
    }
    return true;
}

uint32_t fl_lexicon_count(enum fl_language language)
{
    return fl_lexicon_tables[language].count;
}

uint32_t fl_lexicon_number(enum fl_language language, const struct fl_lexicon_entry *entry)
{
    return (uint32_t)(entry - fl_lexicon_tables[language].entries);
}

const struct fl_lexicon_entry *fl_lexicon_get(enum fl_language language, uint32_t number)
{
    return &fl_lexicon_tables[language].entries[number];
}

const struct fl_lexicon_target *fl_lexicon_targets(const struct fl_lexicon_entry *entry)
{
    return fl_lexicon_all_targets + entry->first;
}

const char *fl_lexicon_key(const struct fl_lexicon_entry *entry)
{
    return fl_lexicon_pool + entry->key;
}

uint32_t fl_lexicon_stem_count(void)
{
    return fl_lexicon_stems_count;
}

const char *fl_lexicon_stem(uint32_t number)
{
    return fl_lexicon_pool + fl_lexicon_stems[number];
}

uint64_t fl_lexicon_fingerprint(void)
{
    return fl_lexicon_data_hash;
}

size_t fl_lexicon_longest_prefix(enum fl_language language, struct fl_str text,
                                 const struct fl_lexicon_entry **ret_entry)
{
    enum { LONGEST_PREFIX_BYTES = 36 };
    size_t len = text.len < LONGEST_PREFIX_BYTES ? text.len : LONGEST_PREFIX_BYTES;
    for (; len > 0; len--) {
        if (len < text.len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
            continue; /* inside a character */
        const struct fl_lexicon_entry *entry =
            fl_lexicon_find(language, (struct fl_str){text.ptr, len});
        if (entry) {
            *ret_entry = entry;
            return len;
        }
    }
    return 0;
}
