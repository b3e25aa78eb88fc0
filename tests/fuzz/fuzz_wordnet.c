/* fuzz_wordnet.c: WordNet's data files with anything in them: one of the four, by the first byte.
 */
#include "study/wordnet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[FL_WORDNET_PARTS] = {"n", "v", "a", "r"};
    struct fl_str texts[FL_WORDNET_PARTS] = {{0}};
    struct fl_wordnet net = {0};
    if (len)
        texts[bytes[0] % FL_WORDNET_PARTS] = (struct fl_str){(const char *)bytes + 1, len - 1};
    if (!fl_wordnet_parse(&net, texts, names, NULL))
        for (uint32_t i = 0; i < net.synset_count; i++) {
            const struct fl_wordnet_synset *synset = &net.synsets[i];
            if (synset->first_word + synset->word_count > net.word_count ||
                synset->first_pointer + synset->pointer_count > net.pointer_count)
                abort();
            for (uint32_t p = 0; p < synset->pointer_count; p++) {
                uint32_t target = net.pointers[synset->first_pointer + p].synset;
                if (target != FL_WORDNET_NONE && target >= net.synset_count)
                    abort();
            }
        }
    fl_wordnet_destroy(&net);
    return 0;
}
