/* bpe_table.c: opening a table file; see bpe_table.h for what is in it.
 *
 * Everything that is later used as an index is checked here once, so that no file, however made,
 * leads outside its mapping or into an endless loop. */
#include "bpe/bpe_table.h"

#include "bpe/bpe.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    VERSION = 1,
    CHECKED_FROM = 24, /* the checksum covers all from here */
    ALIGNMENT = 64,
    MAX_COUNT = 1 << 21, /* of the records of any section */
};

#define MAGIC "FLBPE\r\n\x1a"

struct header {
    char magic[8];
    uint32_t version;
    uint32_t reserved;
    uint64_t checksum;
    uint32_t pattern;
    uint32_t token_count;
    uint32_t slot_count, pilot_count;
    uint32_t pair_count, pair_pilot_count;
    uint32_t long_count, long_bytes;
    uint64_t unused;
    char name[FL_BPE_NAME_BYTES];
    char unused_too[32];
};

_Static_assert(sizeof(struct header) == 128, "the header is as in the file");

/* Gives out the sections of the file one after another. */
struct sections {
    const char *base;
    uint64_t offset;
    uint64_t len;
};

/* The next section; its address means nothing if the file turns out to be too short. */
static const void *take(struct sections *s, uint32_t count, size_t record_bytes)
{
    uint64_t bytes = (uint64_t)count * record_bytes;
    const void *section = s->offset <= s->len ? s->base + s->offset : s->base;
    s->offset += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return section;
}

static int corrupt(struct fl_err *err, const char *what)
{
    return fl_err_set(err, FL_ECORRUPT, "not a valid token table: %s", what);
}

static int check_header(const struct header *header, size_t len, struct fl_err *err)
{
    if (len < sizeof *header || memcmp(header->magic, MAGIC, sizeof header->magic) != 0)
        return corrupt(err, "it does not begin like one");
    if (header->version != VERSION)
        return fl_err_set(err, FL_EVERSION, "token table of version %u, expected %d",
                          header->version, VERSION);
    const char *checked = (const char *)header + CHECKED_FROM;
    if (XXH3_64bits(checked, len - CHECKED_FROM) != header->checksum)
        return corrupt(err, "its checksum is wrong");
    if (header->pattern != FL_BPE_CL100K && header->pattern != FL_BPE_O200K)
        return corrupt(err, "unknown pattern");
    if (!header->name[0] || header->name[sizeof header->name - 1])
        return corrupt(err, "bad name");
    if (!header->token_count || header->token_count > FL_BPE_MAX_TOKENS)
        return corrupt(err, "bad number of tokens");
    const uint32_t counts[] = {header->slot_count, header->pilot_count, header->pair_count,
                               header->pair_pilot_count};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (!counts[i] || counts[i] > MAX_COUNT)
            return corrupt(err, "bad number of entries");
    return 0;
}

static int find_sections(struct fl_bpe *bpe, const struct header *header, struct fl_err *err)
{
    struct sections s = {bpe->map.ptr, sizeof *header, bpe->map.len};
    bpe->slots = take(&s, header->slot_count, sizeof *bpe->slots);
    bpe->slot_hash.pilots = take(&s, header->pilot_count, sizeof *bpe->slot_hash.pilots);
    bpe->pairs = take(&s, header->pair_count, sizeof *bpe->pairs);
    bpe->pair_hash.pilots = take(&s, header->pair_pilot_count, sizeof *bpe->pair_hash.pilots);
    bpe->merges = take(&s, header->token_count, sizeof *bpe->merges);
    bpe->prefixes = take(&s, header->token_count, sizeof *bpe->prefixes);
    bpe->longs = take(&s, header->long_count, sizeof *bpe->longs);
    bpe->long_bytes = take(&s, header->long_bytes, 1);
    if (s.offset != bpe->map.len)
        return corrupt(err, "its size is wrong");
    bpe->slot_hash.slot_count = header->slot_count;
    bpe->slot_hash.pilot_count = header->pilot_count;
    bpe->pair_hash.slot_count = header->pair_count;
    bpe->pair_hash.pilot_count = header->pair_pilot_count;
    bpe->token_count = header->token_count;
    bpe->long_count = header->long_count;
    bpe->pattern = (enum fl_bpe_pattern)header->pattern;
    memcpy(bpe->name, header->name, sizeof bpe->name);
    return 0;
}

static bool slots_are_valid(const struct fl_bpe *bpe)
{
    for (uint32_t i = 0; i < bpe->slot_hash.slot_count; i++) {
        const struct fl_bpe_slot *slot = &bpe->slots[i];
        uint32_t ids = slot->length == FL_BPE_HEAD_LENGTH ? bpe->long_count : bpe->token_count;
        if (slot->length && slot->id >= ids)
            return false;
    }
    return true;
}

static bool pairs_are_valid(const struct fl_bpe *bpe)
{
    for (uint32_t i = 0; i < bpe->pair_hash.slot_count; i++)
        if (bpe->pairs[i] != UINT64_MAX && (bpe->pairs[i] & 0xFFFFF) >= bpe->token_count)
            return false;
    return true;
}

/* Parts come before the whole, so that taking apart ends. */
static bool tokens_are_valid(const struct fl_bpe *bpe)
{
    for (uint32_t id = 0; id < bpe->token_count; id++) {
        if (bpe->prefixes[id] >> 8 >= bpe->token_count)
            return false;
        struct fl_bpe_merge merge = bpe->merges[id];
        bool is_byte = merge.left == id && merge.right == id;
        if (!is_byte && (merge.left >= id || merge.right >= id))
            return false;
    }
    return true;
}

static bool longs_are_valid(const struct fl_bpe *bpe, uint32_t long_bytes)
{
    for (uint32_t i = 0; i < bpe->long_count; i++) {
        const struct fl_bpe_long *entry = &bpe->longs[i];
        if (entry->length <= FL_BPE_SHORT_BYTES || entry->length > FL_BPE_MAX_TOKEN_BYTES ||
            (uint64_t)entry->offset + entry->length > long_bytes)
            return false;
        if (entry->id >= bpe->token_count || !entry->left_in_group ||
            entry->left_in_group > bpe->long_count - i)
            return false;
    }
    return true;
}

static bool has_all_bytes(const struct fl_bpe *bpe)
{
    for (unsigned byte = 0; byte < 256; byte++)
        if (fl_bpe_slot_id(bpe, (struct fl_bpe_key){byte, 0}, 1) == FL_BPE_NONE)
            return false;
    return true;
}

static int check(struct fl_bpe *bpe, struct fl_err *err)
{
    const struct header *header = bpe->map.ptr;
    int rc = check_header(header, bpe->map.len, err);
    if (!rc)
        rc = find_sections(bpe, header, err);
    if (rc)
        return rc;
    if (!slots_are_valid(bpe))
        return corrupt(err, "a slot leads outside");
    if (!pairs_are_valid(bpe))
        return corrupt(err, "a pair leads outside");
    if (!tokens_are_valid(bpe))
        return corrupt(err, "a token is made of later ones");
    if (!longs_are_valid(bpe, header->long_bytes))
        return corrupt(err, "a long token leads outside");
    if (!has_all_bytes(bpe))
        return corrupt(err, "a byte has no token");
    return 0;
}

int fl_bpe_open(const char *path, struct fl_bpe **ret_bpe, struct fl_err *err)
{
    struct fl_bpe *bpe = calloc(1, sizeof *bpe);
    if (!bpe)
        return fl_err_nomem(err);
    int rc = fl_os_map_file(path, &bpe->map, err);
    if (!rc) {
        rc = check(bpe, err);
        if (rc)
            fl_err_prefix(err, rc, "'%s'", path);
    }
    if (rc) {
        fl_bpe_close(bpe);
        return rc;
    }
    *ret_bpe = bpe;
    return 0;
}

void fl_bpe_close(struct fl_bpe *bpe)
{
    if (!bpe)
        return;
    fl_os_unmap(&bpe->map);
    free(bpe);
}

const char *fl_bpe_name(const struct fl_bpe *bpe)
{
    return bpe->name;
}

size_t fl_bpe_find_long(const struct fl_bpe *bpe, const char *p, struct fl_bpe_key head,
                        size_t max_length, uint32_t *ret_id)
{
    uint32_t first = fl_bpe_slot_id(bpe, head, FL_BPE_HEAD_LENGTH);
    if (first == FL_BPE_NONE)
        return 0;
    const struct fl_bpe_long *entry = &bpe->longs[first];
    for (uint32_t left = entry->left_in_group; left; left--, entry++) {
        if (entry->length <= max_length &&
            memcmp(bpe->long_bytes + entry->offset, p, entry->length) == 0) {
            *ret_id = entry->id;
            return entry->length;
        }
    }
    return 0;
}
