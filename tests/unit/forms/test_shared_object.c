/* test_shared_object.c: components are found in shared objects without loading them: the example,
 * and files of every kind of damage. */
#include "catalog_fixture.h"

#include "base/os.h"
#include "foreload/component.h"
#include "forms/elf_section.h"

#include <elf.h>
#include <stdlib.h>

/* The smallest file that has a section: head │ names │ manifest │ table. */
struct small {
    Elf64_Ehdr head;
    char names[32];
    char manifest[64];
    Elf64_Shdr table[3];
};

static struct small small_object(void)
{
    static const char names[] = "\0.shstrtab\0" FL_COMPONENT_SECTION;
    struct small file = {
        .head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
                 .e_type = ET_DYN,
                 .e_shoff = offsetof(struct small, table),
                 .e_shentsize = sizeof(Elf64_Shdr),
                 .e_shnum = 3,
                 .e_shstrndx = 1},
        .manifest = "{\"name\": \"small\", \"kind\": \"native\"}",
        .table = {{0},
                  {.sh_name = 1,
                   .sh_type = SHT_STRTAB,
                   .sh_offset = offsetof(struct small, names),
                   .sh_size = sizeof names},
                  {.sh_name = 11,
                   .sh_type = SHT_PROGBITS,
                   .sh_offset = offsetof(struct small, manifest)}},
    };
#if defined(__x86_64__)
    file.head.e_machine = EM_X86_64;
#else
    file.head.e_machine = EM_AARCH64;
#endif
    memcpy(file.names, names, sizeof names);
    file.table[2].sh_size = strlen(file.manifest) + 1;
    return file;
}

static int read_small(struct fixture *fixture, const struct small *file)
{
    return fixture_read_bytes(fixture, "/opt/small.so", (const char *)file, sizeof *file);
}

static void test_a_manifest_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct small file = small_object();
    assert_int_equal(read_small(fixture, &file), 0);
    assert_int_equal(fixture->form, FL_FORM_MANIFEST);
    const struct fl_component *component = fixture_component(fixture, "small");
    assert_string_equal(component->entry, "/opt/small.so");
    /* It may call itself native: that is not its own to say. */
    assert_int_equal(component->kind, FL_KIND_WORKER);
    assert_int_equal(fixture->findings.count, 0);
}

static void test_the_example(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fl_catalog_read_path(&fixture->catalog, FL_TEST_CLOCK, &fixture->options,
                                          &fixture->findings, &fixture->err),
                     0);
    const struct fl_component *component = fixture_component(fixture, "clock");
    assert_string_equal(component->entry, FL_TEST_CLOCK);
    assert_string_equal(component->version, "1.0.0");
    fixture_finish(fixture);
    fixture_tool(fixture, "clock/now");
    assert_int_equal(fixture->findings.count, 0);
}

static void refuse(struct fixture *fixture, const struct small *file, int code, const char *because)
{
    assert_int_equal(read_small(fixture, file), -code);
    if (!strstr(fixture->err.message, because))
        fail_msg("\"%s\" does not say \"%s\"", fixture->err.message, because);
    assert_int_equal(fixture->catalog.component_count, 0);
}

static void test_what_is_no_component(void **state)
{
    struct fixture *fixture = *state;
    struct small file = small_object();
    file.head.e_machine = EM_RISCV;
    refuse(fixture, &file, FL_ENOTSUP, "built for riscv; this program runs on ");
    file = small_object();
    file.head.e_type = ET_EXEC;
    refuse(fixture, &file, FL_ENOTSUP, "no shared object");
    file = small_object();
    file.head.e_ident[EI_CLASS] = ELFCLASS32;
    refuse(fixture, &file, FL_ENOTSUP, "64-bit");
    file = small_object();
    file.head.e_shnum = 0;
    refuse(fixture, &file, FL_ENOTSUP, "without the manifest");
    file = small_object();
    file.names[12] = 'X';
    refuse(fixture, &file, FL_ENOTSUP, "without the manifest");
}

static void test_tables_that_lead_outside(void **state)
{
    struct fixture *fixture = *state;
    struct small file = small_object();
    file.head.e_shoff = sizeof file - 1;
    refuse(fixture, &file, FL_EPARSE, "section table");
    file = small_object();
    file.head.e_shoff = UINT64_MAX - 8;
    refuse(fixture, &file, FL_EPARSE, "section table");
    file = small_object();
    file.head.e_shstrndx = 3;
    refuse(fixture, &file, FL_EPARSE, "section table");
    file = small_object();
    file.head.e_shentsize = 1;
    refuse(fixture, &file, FL_EPARSE, "section table");
    file = small_object();
    file.table[1].sh_size = UINT64_MAX;
    refuse(fixture, &file, FL_EPARSE, "names");
    file = small_object();
    file.table[2].sh_offset = sizeof file - 3;
    refuse(fixture, &file, FL_EPARSE, "lies outside");
}

/* Cut off anywhere, or with any one byte changed: an error or a component, nothing worse. */
static void test_damage(void **state)
{
    struct fixture *fixture = *state;
    struct small whole = small_object();
    for (size_t len = 0; len < sizeof whole; len++) {
        char *cut = malloc(len ? len : 1); /* its own, so that a byte too far is seen */
        assert_non_null(cut);
        memcpy(cut, &whole, len);
        struct fl_str section;
        int rc = fl_elf_section((struct fl_str){cut, len}, FL_COMPONENT_SECTION, &section, NULL);
        assert_true(rc < 0);
        free(cut);
    }
    for (size_t i = 0; i < sizeof whole; i++) {
        struct small damaged = whole;
        ((unsigned char *)&damaged)[i] ^= 0xff;
        struct fl_str section = {0};
        struct fl_str bytes = {(const char *)&damaged, sizeof damaged};
        if (!fl_elf_section(bytes, FL_COMPONENT_SECTION, &section, NULL)) {
            assert_true(section.ptr >= bytes.ptr);
            assert_true(section.ptr + section.len <= bytes.ptr + bytes.len);
        }
    }
    (void)fixture;
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_manifest_is_found),
        CASE(test_the_example),
        CASE(test_what_is_no_component),
        CASE(test_tables_that_lead_outside),
        CASE(test_damage),
    };
    return cmocka_run_group_tests_name("shared_object", tests, NULL, NULL);
}
