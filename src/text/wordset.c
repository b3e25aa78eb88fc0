/* wordset.c: see wordset.h. */
#include "text/wordset.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_WORDS = 512, FIRST_TEXT_BYTES = 4096, MOST_WORDS = 1 << 30 };

void fl_wordset_destroy(struct fl_wordset *set)
{
    if (!set)
        return;
    free(set->text);
    free(set->at);
    free(set->slots);
    *set = (struct fl_wordset){0};
}

static uint32_t hash_of(struct fl_str word)
{
    return (uint32_t)XXH3_64bits(word.ptr ? word.ptr : "", word.len);
}

/* The slot of the word, or the empty one where it would go. */
static struct fl_wordset_slot *find(const struct fl_wordset *set, struct fl_str word, uint32_t hash)
{
    uint32_t mask = set->slot_count - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        struct fl_wordset_slot *slot = &set->slots[i];
        if (!slot->place ||
            (slot->hash == hash && fl_str_equal(fl_wordset_get(set, slot->place - 1), word)))
            return slot;
    }
}

uint32_t fl_wordset_find(const struct fl_wordset *set, struct fl_str word)
{
    if (!set->count)
        return FL_WORDSET_NONE;
    return find(set, word, hash_of(word))->place - 1; /* an empty slot gives NONE */
}

static bool grow_words(struct fl_wordset *set)
{
    if (set->count < set->capacity)
        return true;
    uint32_t capacity = set->capacity ? set->capacity * 2 : FIRST_WORDS;
    if (capacity > MOST_WORDS)
        return false;
    uint32_t *grown = realloc(set->at, ((size_t)capacity + 1) * sizeof *grown);
    if (!grown)
        return false;
    grown[set->count] = set->text_bytes;
    set->at = grown;
    set->capacity = capacity;
    return true;
}

static bool grow_text(struct fl_wordset *set, size_t extra)
{
    size_t need = set->text_bytes + extra, capacity = set->text_capacity;
    if (need <= capacity)
        return true;
    if (extra > UINT32_MAX || need > UINT32_MAX)
        return false;
    capacity = capacity ? capacity * 2 : FIRST_TEXT_BYTES;
    capacity = capacity < need ? need : capacity > UINT32_MAX ? UINT32_MAX : capacity;
    char *grown = realloc(set->text, capacity);
    if (!grown)
        return false;
    set->text = grown;
    set->text_capacity = (uint32_t)capacity;
    return true;
}

/* Slots are at most half full once more than doubled, three quarters before that. */
static bool grow_slots(struct fl_wordset *set)
{
    if (set->count < set->slot_count / 4 * 3)
        return true;
    uint32_t count = set->slot_count ? set->slot_count * 2 : 2 * FIRST_WORDS;
    struct fl_wordset_slot *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < set->slot_count; i++) {
        uint32_t at = set->slots[i].hash & (count - 1);
        if (!set->slots[i].place)
            continue;
        while (slots[at].place)
            at = (at + 1) & (count - 1);
        slots[at] = set->slots[i];
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = count;
    return true;
}

uint32_t fl_wordset_add(struct fl_wordset *set, struct fl_str word)
{
    if (!grow_slots(set) || !grow_words(set))
        return FL_WORDSET_NONE;
    uint32_t hash = hash_of(word);
    struct fl_wordset_slot *slot = find(set, word, hash);
    if (slot->place)
        return slot->place - 1;
    if (word.len >= UINT32_MAX || !grow_text(set, word.len + 1))
        return FL_WORDSET_NONE;
    if (word.len)
        memcpy(set->text + set->text_bytes, word.ptr, word.len);
    set->text_bytes += (uint32_t)word.len + 1;
    set->text[set->text_bytes - 1] = '\0';
    uint32_t number = set->count++;
    set->at[number + 1] = set->text_bytes;
    *slot = (struct fl_wordset_slot){hash, number + 1};
    return number;
}
