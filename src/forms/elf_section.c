/* elf_section.c: see elf_section.h. Every offset comes from the file and is checked before use;
 * headers are copied out, since nothing says that they are aligned. */
#include "forms/elf_section.h"

#include <elf.h>
#include <string.h>

#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64 };
#else
#error "which ELF machine is this?"
#endif

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "aarch64";
    case EM_386: return "i386";
    case EM_ARM: return "arm";
    case EM_RISCV: return "riscv";
    default: return "another processor";
    }
}

bool fl_is_elf(struct fl_str file)
{
    return file.len >= SELFMAG && !memcmp(file.ptr, ELFMAG, SELFMAG);
}

static int check_kind(const Elf64_Ehdr *head, struct fl_err *err)
{
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB)
        return fl_err_set(err, FL_ENOTSUP, "not a 64-bit little-endian shared object");
    if (head->e_machine != OWN_MACHINE)
        return fl_err_set(err, FL_ENOTSUP, "built for %s; this program runs on %s",
                          machine_name(head->e_machine), machine_name(OWN_MACHINE));
    if (head->e_type != ET_DYN)
        return fl_err_set(err, FL_ENOTSUP, "an ELF file, but no shared object");
    return 0;
}

/* Bytes `offset` to `offset + len` of the file. */
static bool part_of(struct fl_str file, uint64_t offset, uint64_t len, struct fl_str *ret_part)
{
    if (offset > file.len || len > file.len - offset)
        return false;
    *ret_part = (struct fl_str){file.ptr + offset, len};
    return true;
}

static Elf64_Shdr header_at(struct fl_str table, size_t index)
{
    Elf64_Shdr header;
    memcpy(&header, table.ptr + index * sizeof header, sizeof header);
    return header;
}

static bool has_name(struct fl_str names, uint64_t offset, const char *name)
{
    size_t len = strlen(name) + 1; /* its NUL as well */
    struct fl_str stored;
    return part_of(names, offset, len, &stored) && !memcmp(stored.ptr, name, len);
}

int fl_elf_section(struct fl_str file, const char *name, struct fl_str *ret_section,
                   struct fl_err *err)
{
    Elf64_Ehdr head;
    if (!fl_is_elf(file) || file.len < sizeof head)
        return fl_err_set(err, FL_ENOTSUP, "not a shared object");
    memcpy(&head, file.ptr, sizeof head);
    int rc = check_kind(&head, err);
    if (rc)
        return rc;
    struct fl_str table = {0}, names = {0};
    if (!head.e_shnum)
        return fl_err_set(err, FL_ENOENT, "it has no section \"%s\"", name);
    if (head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shstrndx >= head.e_shnum ||
        !part_of(file, head.e_shoff, (uint64_t)head.e_shnum * sizeof(Elf64_Shdr), &table))
        return fl_err_set(err, FL_EPARSE, "its section table lies outside the file");
    Elf64_Shdr strings = header_at(table, head.e_shstrndx);
    if (strings.sh_type == SHT_NOBITS || !part_of(file, strings.sh_offset, strings.sh_size, &names))
        return fl_err_set(err, FL_EPARSE, "the names of its sections lie outside the file");
    for (size_t i = 0; i < head.e_shnum; i++) {
        Elf64_Shdr section = header_at(table, i);
        if (section.sh_type == SHT_NOBITS || !has_name(names, section.sh_name, name))
            continue;
        if (!part_of(file, section.sh_offset, section.sh_size, ret_section))
            return fl_err_set(err, FL_EPARSE, "its section \"%s\" lies outside the file", name);
        return 0;
    }
    return fl_err_set(err, FL_ENOENT, "it has no section \"%s\"", name);
}
