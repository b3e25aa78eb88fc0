/* test_kernels_matrices.c: rows and columns of every shape that differs for a vector unit:
 * matrices, their transposes, and sums of chosen rows. */
#include "kernels_fixture.h"

enum { ROWS_MAX = 18, COLS_MAX = 300, CELLS = OPERAND_MAX_BYTES / 4 };

static float cells[CELLS], x[LENGTH_MAX], bias[LENGTH_MAX];
static int8_t small_cells[CELLS];

static int make_numbers(void **state)
{
    (void)state;
    fill_floats(cells, CELLS, 1, 1);
    fill_floats(x, LENGTH_MAX, 2, 2);
    fill_floats(bias, LENGTH_MAX, 3, 3);
    fill_bytes(small_cells, CELLS, 4);
    for (size_t i = 3; i < LENGTH_MAX; i += 7)
        x[i] = 0;
    return 0;
}

/* Every small shape, and some that models have. */
static void each_shape(const struct fl_kernels *kernels,
                       void (*check)(const struct fl_kernels *, size_t rows, size_t cols))
{
    for (size_t rows = 0; rows <= ROWS_MAX; rows += rows < 6 ? 1 : 4)
        for (size_t cols = 0; cols <= COLS_MAX; cols++)
            check(kernels, rows, cols);
    const size_t shapes[][2] = {{128, 256}, {64, 128}, {150, 64}, {31, 1025}, {151, 1}};
    for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(kernels, shapes[i][0], shapes[i][1]);
}

static void *place_floats(unsigned operand, const float *from, size_t n, size_t offset)
{
    return place(operand, from, n * sizeof *from, offset % 16 * sizeof *from);
}

static void check_rows(const struct fl_kernels *kernels, size_t rows, size_t cols)
{
    size_t offset = rows % 2 ? cols : 0;
    const float *m = place_floats(0, cells, rows * cols, offset);
    const float *v = place_floats(1, x, cols, offset * 3);
    const float *add = rows % 3 ? place_floats(2, bias, rows, offset) : NULL;
    float *y = place_floats(3, cells, rows, offset);
    kernels->matvec(m, v, add, y, rows, cols);
    check_around(3);
    for (size_t r = 0; r < rows; r++) {
        double right = add ? add[r] : 0, size = fabs(right);
        for (size_t c = 0; c < cols; c++) {
            right += (double)m[r * cols + c] * v[c];
            size += fabs((double)m[r * cols + c] * v[c]);
        }
        if (!is_close(y[r], right, sum_bound(cols + 1, size)))
            fail_msg("%s matvec %zu×%zu: [%zu] %.9g, not %.9g", kernels->isa, rows, cols, r, y[r],
                     right);
    }
}

static void matvec_table(const struct fl_kernels *kernels)
{
    each_shape(kernels, check_rows);
}

static void matvec_within_bounds(void **state)
{
    (void)state;
    each_table(matvec_table);
}

/* What has to be added to y, in the order of `row`, or of the rows themselves. */
static void add_exactly(double *right, double *size, const float *y, const float *m,
                        const int8_t *small, const uint32_t *row, size_t rows, size_t cols)
{
    for (size_t c = 0; c < cols; c++) {
        right[c] = y[c];
        size[c] = fabsf(y[c]);
        for (size_t r = 0; r < rows; r++) {
            size_t at = (row ? row[r] : r) * cols + c;
            double product = (double)x[r] * (m ? m[at] : small[at]);
            right[c] += product;
            size[c] += fabs(product);
        }
    }
}

static void check_columns_of(const struct fl_kernels *kernels, const char *what, const float *y,
                             const double *right, const double *size, size_t rows, size_t cols)
{
    for (size_t c = 0; c < cols; c++)
        if (!is_close(y[c], right[c], sum_bound(rows, size[c])))
            fail_msg("%s %s %zu×%zu: [%zu] %.9g, not %.9g", kernels->isa, what, rows, cols, c, y[c],
                     right[c]);
}

static void check_columns(const struct fl_kernels *kernels, size_t rows, size_t cols)
{
    static double right[LENGTH_MAX], size[LENGTH_MAX];
    uint32_t row[151];
    for (size_t r = 0; r < rows; r++)
        row[r] = (uint32_t)((r * 7 + 1) % rows);
    size_t offset = rows % 2 ? cols : 0;
    const float *m = place_floats(0, cells, rows * cols, offset);
    const float *weight = place_floats(1, x, rows, offset * 3);
    const uint32_t *chosen = place(2, row, rows * sizeof *row, offset % 16 * sizeof *row);
    const int8_t *small = place(4, small_cells, rows * cols, offset % 64);

    add_exactly(right, size, bias, m, NULL, NULL, rows, cols);
    float *y = place_floats(3, bias, cols, offset * 5);
    kernels->matvec_t(m, weight, y, rows, cols);
    check_around(3);
    check_columns_of(kernels, "matvec_t", y, right, size, rows, cols);

    add_exactly(right, size, bias, m, NULL, row, rows, cols);
    y = place_floats(3, bias, cols, offset * 5);
    kernels->embedding_bag(y, m, chosen, weight, rows, cols);
    check_around(3);
    check_columns_of(kernels, "embedding_bag", y, right, size, rows, cols);

    add_exactly(right, size, bias, NULL, small, row, rows, cols);
    y = place_floats(3, bias, cols, offset * 5);
    kernels->embedding_bag_i8(y, small, chosen, weight, rows, cols);
    check_around(3);
    check_columns_of(kernels, "embedding_bag_i8", y, right, size, rows, cols);
}

static void columns_table(const struct fl_kernels *kernels)
{
    each_shape(kernels, check_columns);
}

static void sums_of_rows_within_bounds(void **state)
{
    (void)state;
    each_table(columns_table);
}

/* The integer part is exact, and three roundings follow. */
static void check_small_rows(const struct fl_kernels *kernels, size_t rows, size_t cols)
{
    size_t offset = rows % 2 ? cols : 0;
    const int8_t *m = place(0, small_cells, rows * cols, offset % 64);
    const int8_t *v = place(1, small_cells + 1000, cols, offset * 3 % 64);
    const float *scale = place_floats(2, x, rows, offset);
    const float *add = rows % 3 ? place_floats(4, bias, rows, offset) : NULL;
    float *y = place_floats(3, cells, rows, offset);
    kernels->matvec_i8(m, scale, v, 0.01f, add, y, rows, cols);
    check_around(3);
    for (size_t r = 0; r < rows; r++) {
        int64_t sum = 0;
        for (size_t c = 0; c < cols; c++)
            sum += m[r * cols + c] * v[c];
        double product = (double)scale[r] * 0.01f * (double)sum, more = add ? add[r] : 0;
        if (!is_close(y[r], product + more, 4 * ROUNDING * (fabs(product) + fabs(more))))
            fail_msg("%s matvec_i8 %zu×%zu: [%zu] %.9g, not %.9g", kernels->isa, rows, cols, r,
                     y[r], product + more);
    }
}

static void small_matvec_table(const struct fl_kernels *kernels)
{
    each_shape(kernels, check_small_rows);
}

static void matvec_i8_within_bounds(void **state)
{
    (void)state;
    each_table(small_matvec_table);
}

/* A weight of 0 hides what stands in its row; nothing else does. */
static void hidden_rows(const struct fl_kernels *kernels)
{
    enum { ROWS = 5, COLS = 83 };
    float m[ROWS * COLS], y[COLS] = {0};
    const float weight[ROWS] = {1, 0, -0.0f, 2, 1};
    const uint32_t row[ROWS] = {0, 1, 2, 3, 4};
    for (size_t i = 0; i < sizeof m / sizeof *m; i++)
        m[i] = i / COLS == 1 ? NAN : i / COLS == 2 ? INFINITY : 1;
    kernels->matvec_t(m, weight, y, ROWS, COLS);
    kernels->embedding_bag(y, m, row, weight, ROWS, COLS);
    for (size_t c = 0; c < COLS; c++)
        assert_float_equal(y[c], 8, 0);
    m[3 * COLS + 70] = INFINITY;
    m[3 * COLS + 81] = NAN;
    kernels->matvec_t(m, weight, y, ROWS, COLS);
    for (size_t c = 0; c < COLS; c++)
        assert_true(is_close(y[c], c == 70 ? INFINITY : c == 81 ? NAN : 12, 0));
}

static void rows_of_weight_zero_are_skipped(void **state)
{
    (void)state;
    each_table(hidden_rows);
}

/* One poisoned cell poisons its own row only. */
static void poisoned_rows(const struct fl_kernels *kernels)
{
    enum { ROWS = 9, COLS = 70 };
    float m[ROWS * COLS], v[COLS], y[ROWS];
    for (size_t c = 0; c < COLS; c++)
        v[c] = 1;
    for (size_t at = 0; at < (size_t)ROWS * COLS; at += 11) {
        fill_floats(m, sizeof m / sizeof *m, 1, 5);
        m[at] = at % 2 ? NAN : -INFINITY;
        kernels->matvec(m, v, NULL, y, ROWS, COLS);
        for (size_t r = 0; r < ROWS; r++)
            assert_true(r == at / COLS ? is_close(y[r], m[at], 0) : isfinite(y[r]));
    }
}

static void specials_stay_in_their_row(void **state)
{
    (void)state;
    each_table(poisoned_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matvec_within_bounds),
        cmocka_unit_test(sums_of_rows_within_bounds),
        cmocka_unit_test(matvec_i8_within_bounds),
        cmocka_unit_test(rows_of_weight_zero_are_skipped),
        cmocka_unit_test(specials_stay_in_their_row),
    };
    return cmocka_run_group_tests(tests, make_numbers, NULL);
}
