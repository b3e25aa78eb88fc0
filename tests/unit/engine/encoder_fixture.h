/* encoder_fixture.h: a text encoder that a test makes up. */
#ifndef ENCODER_FIXTURE_H
#define ENCODER_FIXTURE_H

/* Writes an encoder that knows the words of these groups ("bill invoice", …; NULL ends, at most
 * 16): those of a group mean the same, those of different groups have nothing to do with each
 * other, and all other words mean nothing. It must work. */
void write_encoder(const char *path, const char *const *groups);

#endif
