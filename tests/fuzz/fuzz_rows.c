/* fuzz_rows.c: training rows from any bytes, and the features of their texts. */
#include "learn/rows.h"
#include "text/text_features.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct fl_features features;
    struct fl_rows rows = {0};
    struct fl_str text = {(const char *)bytes, len};
    if (fl_rows_parse(&rows, text, "rows", NULL, NULL, NULL))
        abort();
    for (uint32_t i = 0; i < rows.count; i++) {
        for (uint32_t l = 0; l < rows.items[i].label_count; l++)
            if (rows.items[i].labels[l] >= rows.label_count)
                abort();
        fl_features_extract(&features, rows.items[i].text);
        if (features.block_end[FL_FEATURES_BLOCKS - 1] > FL_FEATURES_MAX)
            abort();
    }
    fl_rows_destroy(&rows);
    fl_features_extract(&features, text);
    for (size_t b = 0; b < sizeof features.seen; b++)
        if (((const uint8_t *)features.seen)[b])
            abort();
    return 0;
}
