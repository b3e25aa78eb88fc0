/* secrets.h: keeps what a server was given in confidence out of what is said about it. */
#ifndef FL_MCP_SECRETS_H
#define FL_MCP_SECRETS_H

#include "mcp/mcp_lister.h"

/* Replaces in `text`, in place, what the server may have repeated of its environment, headers and
 * URL by "***", also where the text ends in the middle of it; and of its arguments those that an
 * option calls a key or the like, URLs, and long ones of letters and digits: what is left of an
 * argument tells why a server failed. Values of less than four bytes stay. */
void fl_secrets_hide(const struct fl_mcp_target *target, char *text);

#endif
