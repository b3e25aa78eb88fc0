/* index_file.c: see index_file.h.
 *
 *   ┌──────────────────────────────────────────────────────────────┐ 0
 *   │ "FLINDEX" NUL, version u32, byte order u32, checksum 2 × u64 │
 *   ├──────────────────────────────────────────────────────────────┤ 32
 *   │ key u64, fingerprint u64, counts 12 × u32                    │
 *   │ of each array: offset u64, bytes u64                         │
 *   ├──────────────────────────────────────────────────────────────┤ each at a multiple of 64,
 *   │ the arrays of index_layout.h, in its order                   │ zeros between
 *   └──────────────────────────────────────────────────────────────┘ end of the last array
 *
 * The checksum is XXH3-128 over all from byte 32 on. Integers are of the machine's byte order,
 * which the mark 0x01020304 tells. Offsets and lengths follow from the counts and have to be what
 * they say; fl_index_fault then looks at the contents. */
#include "text/index_file.h"

#include "base/os.h"
#include "text/index_layout.h"
#include "text/lexicon.h"
#include "text/tokenize.h"

#include <stdlib.h>
#include <utf8proc.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    VERSION = 1, /* of the layout, and of what building makes of the same words */
    BYTE_ORDER_MARK = 0x01020304,
    ALIGNMENT = 64,
};

struct place {
    uint64_t offset, bytes;
};

struct prelude {
    char magic[8];
    uint32_t version, byte_order;
    uint64_t checksum[2];
};

struct header {
    struct prelude prelude;
    uint64_t key, fingerprint;
    struct fl_index_counts counts;
    struct place places[FL_INDEX_ARRAY_COUNT];
};

static const char magic[8] = "FLINDEX";
_Static_assert(sizeof(struct prelude) == 32, "the checksum begins behind the prelude");
_Static_assert(sizeof(struct header) == 96 + 16 * FL_INDEX_ARRAY_COUNT, "no holes");
_Static_assert(sizeof(struct fl_posting) == 4 && sizeof(struct fl_index_word) == 8 &&
                   sizeof(struct fl_wordset_slot) == 8 && sizeof(float) == 4,
               "elements are as the version says");

/* Everything compiled in that the same documents may give another index by. */
static uint64_t fingerprint(void)
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    const uint64_t numbers[] = {fl_lexicon_fingerprint(), FL_WORDS_VERSION};
    XXH3_64bits_update(&state, numbers, sizeof numbers);
    const char *unicode = utf8proc_unicode_version();
    XXH3_64bits_update(&state, unicode, strlen(unicode));
    return XXH3_64bits_digest(&state);
}

uint64_t fl_index_options_hash(const struct fl_index_options *options)
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, options->fields, options->field_count * sizeof *options->fields);
    XXH3_64bits_update(&state, &options->k1, sizeof options->k1);
    XXH3_64bits_update(&state, &options->group_field, sizeof options->group_field);
    XXH3_64bits_update(&state, &options->group_idf, sizeof options->group_idf);
    return XXH3_64bits_digest(&state);
}

/* Where each array lies; returns the length of the file. */
static uint64_t lay_out(const struct fl_index_counts *n, struct place places[FL_INDEX_ARRAY_COUNT])
{
    const struct fl_index *index = NULL; /* for the sizes of its elements */
    uint64_t end = sizeof(struct header);
    struct place *place = places;
#define PLACE_ARRAY(member, count)                                 \
    place->offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; \
    place->bytes = (count) * (uint64_t)sizeof *index->member;      \
    end = place->offset + place->bytes;                            \
    place++;
    FL_INDEX_ARRAYS(PLACE_ARRAY)
#undef PLACE_ARRAY
    return end;
}

static XXH128_hash_t checksum_of(const char *file, size_t len)
{
    return XXH3_128bits(file + sizeof(struct prelude), len - sizeof(struct prelude));
}

/* --- saving --- */

static void write_arrays(char *file, const struct fl_index *index,
                         const struct place places[FL_INDEX_ARRAY_COUNT])
{
    const struct place *place = places;
#define WRITE_ARRAY(member, count)                                 \
    if (place->bytes)                                              \
        memcpy(file + place->offset, index->member, place->bytes); \
    place++;
    FL_INDEX_ARRAYS(WRITE_ARRAY)
#undef WRITE_ARRAY
}

int fl_index_save(const struct fl_index *index, uint64_t key, const char *path, struct fl_err *err)
{
    struct header header = {
        .prelude = {.version = VERSION, .byte_order = BYTE_ORDER_MARK},
        .key = key,
        .fingerprint = fingerprint(),
        .counts = fl_index_count(index),
    };
    memcpy(header.prelude.magic, magic, sizeof magic);
    uint64_t len = lay_out(&header.counts, header.places);
    char *file = calloc(1, len);
    if (!file)
        return fl_err_nomem(err);
    memcpy(file, &header, sizeof header);
    write_arrays(file, index, header.places);
    XXH128_hash_t checksum = checksum_of(file, len);
    struct prelude *prelude = (struct prelude *)file;
    prelude->checksum[0] = checksum.low64;
    prelude->checksum[1] = checksum.high64;
    int rc = fl_os_write_file(path, file, len, err);
    free(file);
    return rc;
}

/* --- loading --- */

static int damaged(struct fl_err *err, const char *path, const char *what)
{
    return fl_err_set(err, FL_ECORRUPT, "'%s' is damaged: %s", path, what);
}

/* The header, once the file is known to be whole and of this version. */
static int read_header(const struct fl_os_map *map, const char *path, struct header *ret_header,
                       struct fl_err *err)
{
    struct header header;
    if (map->len < sizeof header)
        return damaged(err, path, "too short for an index");
    memcpy(&header, map->ptr, sizeof header);
    const struct prelude *prelude = &header.prelude;
    if (memcmp(prelude->magic, magic, sizeof magic) != 0)
        return damaged(err, path, "not an index");
    if (prelude->version != VERSION || prelude->byte_order != BYTE_ORDER_MARK)
        return fl_err_set(err, FL_EVERSION, "'%s' is of another version or kind of machine", path);
    XXH128_hash_t checksum = checksum_of(map->ptr, map->len);
    if (prelude->checksum[0] != checksum.low64 || prelude->checksum[1] != checksum.high64)
        return damaged(err, path, "it differs from its checksum");
    *ret_header = header;
    return 0;
}

/* Points the arrays into the file. They are never written through. */
static void attach(struct fl_index *index, const struct header *header, const struct fl_os_map *map)
{
    const struct fl_index_counts *n = &header->counts;
    const struct place *place = header->places;
    char *file = (char *)map->ptr;
    *index = (struct fl_index){.document_count = n->documents, .map = *map};
#define ATTACH_ARRAY(member, count) index->member = (void *)(file + (place++)->offset);
    FL_INDEX_ARRAYS(ATTACH_ARRAY)
#undef ATTACH_ARRAY
    struct fl_vocab *vocab = &index->vocab;
    vocab->term_count = n->terms;
    vocab->surfaces.count = n->surfaces;
    vocab->surfaces.slot_count = n->surface_slots;
    vocab->surfaces.text_bytes = n->surface_bytes;
    vocab->stems.count = n->stems;
    vocab->stems.slot_count = n->stem_slots;
    vocab->stems.text_bytes = n->stem_bytes;
}

static int open_index(struct fl_index *index, uint64_t key, const struct fl_os_map *map,
                      const char *path, struct fl_err *err)
{
    struct header header;
    int rc = read_header(map, path, &header, err);
    if (rc)
        return rc;
    if (header.key != key || header.fingerprint != fingerprint())
        return fl_err_set(err, FL_ECHANGED, "'%s' was built from something else", path);
    struct place places[FL_INDEX_ARRAY_COUNT];
    if (lay_out(&header.counts, places) != map->len ||
        memcmp(places, header.places, sizeof places) != 0)
        return damaged(err, path, "lengths");
    attach(index, &header, map);
    const char *fault = fl_index_fault(index, &header.counts);
    return fault ? damaged(err, path, fault) : 0;
}

int fl_index_load(struct fl_index *ret_index, uint64_t key, const char *path, struct fl_err *err)
{
    struct fl_os_map map;
    struct fl_index index;
    int rc = fl_os_map_file(path, &map, err);
    if (rc)
        return rc;
    rc = open_index(&index, key, &map, path, err);
    if (rc)
        fl_os_unmap(&map);
    else
        *ret_index = index;
    return rc;
}
