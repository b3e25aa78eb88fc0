/* bench_xapian.cc: Xapian, its default back end, in a temporary folder.
 *
 * BM25Weight as it comes, English stemmer, the stop words that all peers leave out; names count
 * three times (wdf). A request is the OR of its words. The engine's own folder is removed at the
 * end. */
#include <xapian.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "bench_xapian.h"
}

#include <ftw.h>
#include <unistd.h>

namespace
{
struct xapian {
    std::string folder;
    Xapian::Stem stem{"english"};
    std::unique_ptr<Xapian::Database> db;
    std::unique_ptr<Xapian::Enquire> enquire;
    std::vector<std::string> words;
};

int remove_entry(const char *path, const struct stat *, int, struct FTW *)
{
    return remove(path);
}

void fill(struct xapian &x, const struct bench_xapian_texts *texts)
{
    Xapian::WritableDatabase db(x.folder + "/db", Xapian::DB_CREATE_OR_OVERWRITE);
    for (uint32_t d = 0; d < texts->count; d++) {
        Xapian::Document document;
        for (unsigned f = 0; f < texts->field_count; f++) {
            struct adding {
                xapian &x;
                Xapian::Document &document;
                unsigned wdf;
            } adding{x, document, f == 0 ? 3u : 1u};
            texts->words(
                texts->text(texts->ctx, d, f),
                [](void *ctx, const char *word, size_t len) {
                    auto *a = static_cast<struct adding *>(ctx);
                    a->document.add_term(a->x.stem(std::string(word, len)), a->wdf);
                },
                &adding);
        }
        db.add_document(document); /* number d + 1 */
    }
    db.commit();
    db.compact(x.folder + "/compact", Xapian::DBCOMPACT_NO_RENUMBER);
}
} // namespace

extern "C" void bench_xapian_free(void *peer)
{
    auto *x = static_cast<struct xapian *>(peer);
    if (!x)
        return;
    std::string folder = x->folder;
    delete x;
    nftw(folder.c_str(), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

extern "C" void *bench_xapian_build(const struct bench_xapian_texts *texts)
{
    const char *parent = std::getenv("TMPDIR");
    std::string path = std::string(parent ? parent : "/tmp") + "/foreload-bench-XXXXXX";
    if (!mkdtemp(path.data()))
        return nullptr;
    auto *x = new struct xapian;
    x->folder = path;
    try {
        fill(*x, texts);
        x->db = std::make_unique<Xapian::Database>(x->folder + "/compact");
        x->enquire = std::make_unique<Xapian::Enquire>(*x->db);
        x->enquire->set_weighting_scheme(Xapian::BM25Weight());
        return x;
    } catch (const Xapian::Error &error) {
        fprintf(stderr, "Xapian: %s\n", error.get_msg().c_str());
        bench_xapian_free(x);
        return nullptr;
    }
}

extern "C" uint32_t bench_xapian_search(void *peer, const struct bench_xapian_texts *texts,
                                        const char *text, uint32_t *ret_documents,
                                        uint32_t capacity)
{
    auto *x = static_cast<struct xapian *>(peer);
    x->words.clear();
    texts->words(
        text,
        [](void *ctx, const char *word, size_t len) {
            auto *into = static_cast<struct xapian *>(ctx);
            into->words.push_back(into->stem(std::string(word, len)));
        },
        x);
    uint32_t count = 0;
    try {
        x->enquire->set_query(
            Xapian::Query(Xapian::Query::OP_OR, x->words.begin(), x->words.end()));
        Xapian::MSet found = x->enquire->get_mset(0, capacity);
        for (auto i = found.begin(); i != found.end(); ++i)
            ret_documents[count++] = *i - 1;
    } catch (const Xapian::Error &error) {
        fprintf(stderr, "Xapian: %s\n", error.get_msg().c_str());
    }
    return count;
}
