/* residency_rule.c: see residency_rule.h. */
#include "runtime/residency_rule.h"

#include "base/err.h"

#include <stdlib.h>

int fl_residency_book_init(struct fl_residency_book *book, enum fl_residency_rule rule,
                           const struct fl_residency_fact *facts, uint32_t items, bool with_shadow)
{
    *book = (struct fl_residency_book){
        .rule = rule,
        .facts = facts,
        .values = calloc((size_t)items + 1, sizeof *book->values),
        .uses = calloc((size_t)items + 1, sizeof *book->uses),
    };
    if (book->values && book->uses &&
        (!with_shadow || !fl_residency_order_init(&book->shadow, items)))
        return 0;
    fl_residency_book_destroy(book);
    return -FL_ENOMEM;
}

void fl_residency_book_destroy(struct fl_residency_book *book)
{
    free(book->values);
    free(book->uses);
    fl_residency_order_destroy(&book->shadow);
    *book = (struct fl_residency_book){0};
}

static double worth(const struct fl_residency_book *book, uint32_t item, uint32_t uses)
{
    const struct fl_residency_fact *fact = &book->facts[item];
    double bytes = fact->bytes ? (double)fact->bytes : 1;
    switch (book->rule) {
    case FL_RULE_LRU: return (double)fact->last_use;
    case FL_RULE_LFU: return uses;
    case FL_RULE_GDSF: return book->floors[fact->rank] + uses * fact->load_ms / bytes;
    case FL_RULE_HISTORY:
        return book->floors[fact->rank] +
               (fact->history > 1 ? fact->history : 1) * fact->load_ms / bytes;
    }
    return 0;
}

double fl_residency_book_worth(const struct fl_residency_book *book, uint32_t item, uint64_t use)
{
    return book->rule == FL_RULE_LRU ? (double)use : worth(book, item, book->uses[item] + 1);
}

void fl_residency_book_forget(struct fl_residency_book *book, uint32_t item)
{
    if (book->shadow.items && fl_residency_order_has(&book->shadow, item)) {
        fl_residency_order_remove(&book->shadow, item);
        book->shadow_bytes -= book->facts[item].bytes;
    }
    book->values[item] = 0;
    book->uses[item] = 0;
}

void fl_residency_book_resize(struct fl_residency_book *book, uint32_t item, uint64_t bytes)
{
    if (book->shadow.items && fl_residency_order_has(&book->shadow, item))
        book->shadow_bytes += bytes - book->facts[item].bytes;
}

void fl_residency_book_used(struct fl_residency_book *book, uint32_t item)
{
    if (book->uses[item] < UINT32_MAX)
        book->uses[item]++;
    book->values[item] = worth(book, item, book->uses[item]);
}

void fl_residency_book_admitted(struct fl_residency_book *book, uint32_t item, uint32_t uses)
{
    book->uses[item] = uses;
    book->values[item] = worth(book, item, uses ? uses : 1);
}

void fl_residency_book_left(struct fl_residency_book *book, uint32_t item)
{
    uint32_t rank = book->facts[item].rank;
    if (book->values[item] > book->floors[rank])
        book->floors[rank] = book->values[item];
    book->uses[item] = 0;
}

void fl_residency_book_gone(struct fl_residency_book *book, uint32_t item)
{
    book->uses[item] = 0;
}

static struct fl_residency_value shadow_value(const struct fl_residency_book *book, uint32_t item)
{
    const struct fl_residency_fact *fact = &book->facts[item];
    return (struct fl_residency_value){book->values[item], fact->last_use, fact->rank};
}

/* What never leaves is not the shadow's business: its bytes are taken from the budget. */
void fl_residency_shadow_used(struct fl_residency_book *book, uint32_t item, uint64_t budget_bytes)
{
    const struct fl_residency_fact *fact = &book->facts[item];
    book->paid_ms *= FL_SHADOW_FADES;
    book->last_ms = 0;
    if (fl_residency_order_has(&book->shadow, item)) {
        fl_residency_book_used(book, item);
        struct fl_residency_value value = shadow_value(book, item);
        fl_residency_order_change(&book->shadow, item, &value);
        return;
    }
    book->last_ms = fact->load_ms;
    book->paid_ms += fact->load_ms;
    if (fact->bytes > budget_bytes) {
        fl_residency_book_admitted(book, item, 1);
        return;
    }
    while (book->shadow_bytes + fact->bytes > budget_bytes) {
        uint32_t least = fl_residency_order_least(&book->shadow);
        fl_residency_order_remove(&book->shadow, least);
        book->shadow_bytes -= book->facts[least].bytes;
        fl_residency_book_left(book, least);
    }
    fl_residency_book_admitted(book, item, 1);
    struct fl_residency_value value = shadow_value(book, item);
    fl_residency_order_insert(&book->shadow, item, &value);
    book->shadow_bytes += fact->bytes;
}
