/* model_file.c: see model_file.h. */
#include "model/model_file.h"

#include <string.h>
#include <xxhash.h>

static const char MAGIC[8] = "FLMODEL";
enum { BYTE_ORDER_MARK = 0x01020304 };

struct head {
    char magic[8];
    uint32_t byte_order, version;
    char kind[FL_MODEL_NAME];
    uint32_t section_count, reserved;
    uint64_t length;      /* of the whole file */
    uint64_t checksum[2]; /* of the head with this field zero, and of all that follows */
};

_Static_assert(sizeof(struct head) == 56, "the head has no padding");
_Static_assert(sizeof(struct fl_model_section) == 24, "nor a table entry");

static size_t aligned(size_t offset)
{
    return (offset + FL_MODEL_ALIGN - 1) & ~(size_t)(FL_MODEL_ALIGN - 1);
}

static bool name_fits(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= FL_MODEL_NAME;
}

static bool same_name(const char stored[FL_MODEL_NAME], const char *name)
{
    char padded[FL_MODEL_NAME] = {0};
    memcpy(padded, name, strnlen(name, FL_MODEL_NAME));
    return !memcmp(stored, padded, FL_MODEL_NAME);
}

/* Of the head and the rest, so that no bit is uncovered. */
static void checksum(const struct head *head, const uint8_t *rest, size_t len, uint64_t ret[2])
{
    struct head bare = *head;
    memset(bare.checksum, 0, sizeof bare.checksum);
    XXH128_hash_t seed = XXH3_128bits(&bare, sizeof bare);
    XXH128_hash_t hash = XXH3_128bits_withSeed(rest, len, seed.low64 ^ seed.high64);
    ret[0] = hash.low64;
    ret[1] = hash.high64;
}

/* --- writing --- */

void fl_model_writer_add(struct fl_model_writer *writer, const char *name, const void *bytes,
                         size_t len)
{
    if (writer->error)
        return;
    if (!name_fits(name)) {
        writer->error = -FL_EINVAL;
        return;
    }
    for (uint32_t i = 0; i < writer->count; i++)
        if (same_name(writer->sections[i].name, name)) {
            writer->error = -FL_EINVAL;
            return;
        }
    if (writer->count == FL_MODEL_MAX_SECTIONS) {
        writer->error = -FL_ELIMIT;
        return;
    }
    size_t offset = writer->bytes.len;
    static const uint8_t padding[FL_MODEL_ALIGN];
    fl_buf_append(&writer->bytes, bytes, len);
    fl_buf_append(&writer->bytes, padding, aligned(offset + len) - (offset + len));
    if (fl_buf_failed(&writer->bytes)) {
        writer->error = -FL_ENOMEM;
        return;
    }
    struct fl_model_section *section = &writer->sections[writer->count++];
    *section = (struct fl_model_section){.offset = offset, .length = len};
    memcpy(section->name, name, strlen(name));
}

int fl_model_writer_finish(struct fl_model_writer *writer, const char *kind, struct fl_buf *buf)
{
    if (writer->error)
        return writer->error;
    if (!name_fits(kind))
        return -FL_EINVAL;
    size_t table = writer->count * sizeof(struct fl_model_section);
    size_t first = aligned(sizeof(struct head) + table);
    struct head head = {
        .byte_order = BYTE_ORDER_MARK,
        .version = FL_MODEL_VERSION,
        .section_count = writer->count,
        .length = first + writer->bytes.len,
    };
    memcpy(head.magic, MAGIC, sizeof head.magic);
    memcpy(head.kind, kind, strlen(kind));
    struct fl_buf rest = {0};
    for (uint32_t i = 0; i < writer->count; i++) {
        struct fl_model_section section = writer->sections[i];
        section.offset += first;
        fl_buf_append(&rest, &section, sizeof section);
    }
    static const uint8_t padding[FL_MODEL_ALIGN];
    fl_buf_append(&rest, padding, first - sizeof head - table);
    fl_buf_append(&rest, writer->bytes.ptr, writer->bytes.len);
    if (fl_buf_failed(&rest)) {
        fl_buf_destroy(&rest);
        return -FL_ENOMEM;
    }
    checksum(&head, (const uint8_t *)rest.ptr, rest.len, head.checksum);
    fl_buf_append(buf, &head, sizeof head);
    fl_buf_append(buf, rest.ptr, rest.len);
    fl_buf_destroy(&rest);
    return fl_buf_failed(buf) ? -FL_ENOMEM : 0;
}

void fl_model_writer_destroy(struct fl_model_writer *writer)
{
    if (writer)
        fl_buf_destroy(&writer->bytes);
}

/* --- reading --- */

static const struct fl_model_section *table_of(const struct fl_model_file *file)
{
    return (const struct fl_model_section *)(const void *)(file->bytes + sizeof(struct head));
}

static int check_sections(const struct fl_model_file *file, struct fl_err *err)
{
    const struct fl_model_section *table = table_of(file);
    size_t first = sizeof(struct head) + file->count * sizeof *table;
    for (uint32_t i = 0; i < file->count; i++) {
        const struct fl_model_section *s = &table[i];
        if (s->offset < first || s->offset % FL_MODEL_ALIGN || s->offset > file->len ||
            s->length > file->len - s->offset)
            return fl_err_set(err, FL_ECORRUPT, "section %u of the model lies outside the file", i);
    }
    return 0;
}

static int check_head(struct fl_model_file *file, const char *kind, struct fl_err *err)
{
    struct head head;
    if (file->len < sizeof head || memcmp(file->bytes, MAGIC, sizeof MAGIC) != 0)
        return fl_err_set(err, FL_ECORRUPT, "not a model file");
    memcpy(&head, file->bytes, sizeof head);
    if (head.byte_order != BYTE_ORDER_MARK)
        return fl_err_set(err, FL_EVERSION, "a model file of another byte order");
    if (head.version != FL_MODEL_VERSION)
        return fl_err_set(err, FL_EVERSION, "a model file of version %u; this program reads %d",
                          head.version, FL_MODEL_VERSION);
    if (head.length != file->len)
        return fl_err_set(err, FL_ECORRUPT, "the model file is cut off or has grown");
    uint64_t sum[2];
    checksum(&head, file->bytes + sizeof head, file->len - sizeof head, sum);
    if (memcmp(sum, head.checksum, sizeof sum) != 0)
        return fl_err_set(err, FL_ECORRUPT, "the model file's checksum is wrong");
    if (head.section_count > FL_MODEL_MAX_SECTIONS ||
        head.section_count > (file->len - sizeof head) / sizeof(struct fl_model_section))
        return fl_err_set(err, FL_ECORRUPT, "the model file has too many sections");
    memcpy(file->kind_text, head.kind, FL_MODEL_NAME);
    if (!same_name(head.kind, kind))
        return fl_err_set(err, FL_ECORRUPT, "a model file of kind \"%s\", not \"%s\"",
                          file->kind_text, kind);
    file->kind = file->kind_text;
    file->count = head.section_count;
    return check_sections(file, err);
}

int fl_model_file_view(struct fl_model_file *ret_file, const void *bytes, size_t len,
                       const char *kind, struct fl_err *err)
{
    struct fl_model_file file = {.bytes = bytes, .len = len};
    int result = check_head(&file, kind, err);
    if (result)
        return result;
    *ret_file = file;
    ret_file->kind = ret_file->kind_text;
    return 0;
}

int fl_model_file_open(struct fl_model_file *ret_file, const char *path, const char *kind,
                       struct fl_err *err)
{
    struct fl_os_map map = {0};
    int result = fl_os_map_file(path, &map, err);
    if (result)
        return result;
    result = fl_model_file_view(ret_file, map.ptr, map.len, kind, err);
    if (result) {
        fl_os_unmap(&map);
        return fl_err_prefix(err, result, "%s", path);
    }
    ret_file->map = map;
    return 0;
}

void fl_model_file_close(struct fl_model_file *file)
{
    if (!file)
        return;
    fl_os_unmap(&file->map);
    *file = (struct fl_model_file){0};
}

int fl_model_file_section(const struct fl_model_file *file, const char *name, size_t unit,
                          size_t count, const void **ret_bytes, size_t *ret_count,
                          struct fl_err *err)
{
    const struct fl_model_section *table = table_of(file);
    for (uint32_t i = 0; i < file->count; i++) {
        if (!same_name(table[i].name, name))
            continue;
        if (table[i].length % unit || (count != SIZE_MAX && table[i].length / unit != count))
            return fl_err_set(err, FL_ECORRUPT, "section \"%s\" of the model has the wrong length",
                              name);
        *ret_bytes = file->bytes + table[i].offset;
        if (ret_count)
            *ret_count = table[i].length / unit;
        return 0;
    }
    return fl_err_set(err, FL_ECORRUPT, "the model has no section \"%s\"", name);
}

bool fl_model_file_has(const struct fl_model_file *file, const char *name)
{
    const struct fl_model_section *table = table_of(file);
    for (uint32_t i = 0; i < file->count; i++)
        if (same_name(table[i].name, name))
            return true;
    return false;
}
